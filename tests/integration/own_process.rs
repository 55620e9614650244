//! A test in a process of its own: its memory, environment and output are not
//! those of the tests beside it.

use std::process::{Command, Output};

/// This test binary, with the one test of this name to run.
pub(crate) fn only(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    command
}

/// Fails unless the process found its test and it passed, and passes on what
/// it said.
#[track_caller]
#[expect(clippy::print_stdout, reason = "the figures are said")]
pub(crate) fn assert_passed(child: &Output) {
    let told = String::from_utf8_lossy(&child.stdout);
    // Without the words of its test harness, which are not about this run.
    for line in told.lines().filter(|line| !line.starts_with("test ")) {
        println!("{line}");
    }
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    assert!(told.contains("1 passed"), "no such test: {told}");
}
