//! Which process this is, so that another can tell when it has ended.

use serde::{Deserialize, Serialize};

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    // Numbers mean something else in another namespace, such as a container.
    namespace: Option<String>,
    // The system gives the number of a process that has ended to a new one.
    started: Option<u64>,
}

impl Process {
    /// This one.
    pub(crate) fn this() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            namespace: namespace(),
            started: started(pid),
        }
    }

    /// Whether it has certainly ended. The caller knows that the machine was
    /// not started anew since.
    pub(crate) fn has_ended(&self) -> bool {
        let is_near = self.namespace.is_some() && self.namespace == namespace();
        is_near && self.started.is_some() && started(self.pid) != self.started
    }
}

#[cfg(target_os = "linux")]
fn namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

/// When a process started, in ticks since boot. Only of one that is there.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in brackets, may hold anything: fields are
    // counted from its end. proc_pid_stat(5): state is 3, starttime 22.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?.parse().ok()?;
    // A zombie does nothing any more.
    (!matches!(state, "Z" | "X")).then_some(started)
}

#[cfg(not(target_os = "linux"))]
const fn namespace() -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
const fn started(_: u32) -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_has_ended_is_told_from_one_that_has_not() {
        let this = Process::this();
        assert!(!this.has_ended());
        let mut child = Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let process = Process {
            pid: child.id(),
            started: started(child.id()),
            ..this.clone()
        };
        assert!(!process.has_ended());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(process.has_ended());
        let reused = Process {
            started: Some(1),
            ..this
        };
        assert!(reused.has_ended());
        let elsewhere = Process {
            namespace: Some("pid:[1]".to_owned()),
            ..reused
        };
        assert!(!elsewhere.has_ended());
    }
}
