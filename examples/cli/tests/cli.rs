//! The program as its users run it, against a simulator on a real socket.

#[path = "cli/bench.rs"]
mod bench;
#[cfg(target_os = "linux")]
#[path = "cli/canary.rs"]
mod canary;
#[path = "cli/database.rs"]
mod database;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/extract.rs"]
mod extract;
#[path = "cli/jobs.rs"]
mod jobs;
#[cfg(unix)]
#[path = "cli/kill.rs"]
mod kill;
#[path = "cli/outages.rs"]
mod outages;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/peer_bugs.rs"]
mod peer_bugs;
#[path = "cli/quota.rs"]
mod quota;
#[path = "cli/report.rs"]
mod report;
#[cfg(unix)]
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/settings.rs"]
mod settings;
