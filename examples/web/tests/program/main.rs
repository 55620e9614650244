//! The program itself, as a process of its own.

mod kill;
#[cfg(target_os = "linux")]
mod slow;

mod server;
