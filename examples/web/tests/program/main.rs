//! The program itself, as a process of its own.

#[cfg(target_os = "linux")]
mod canary;
mod kill;
mod refusal;
#[cfg(target_os = "linux")]
mod slow;

#[path = "../mail/server.rs"]
#[expect(dead_code, reason = "most of its ways are for other tests")]
mod mail_server;
mod server;
