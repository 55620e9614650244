//! The web server, from outside and from inside the process.

mod api;
// The same attacks as on every format of a report.
#[path = "../../../../vt-report/tests/formats/attacks.rs"]
mod attacks;
mod dashboard;
mod guards;
mod hostile;
mod lab;
mod life;
mod upload;
