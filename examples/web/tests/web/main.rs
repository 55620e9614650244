//! The web server, from outside and from inside the process.

mod api;
mod dashboard;
mod guards;
mod hostile;
mod lab;
mod life;
mod upload;
