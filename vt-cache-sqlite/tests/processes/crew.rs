//! The processes, of which some are killed.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::spender::Assignment;

/// What is run, and what became of it.
pub(crate) struct Crew {
    processes: Vec<Child>,
    stderr: PathBuf,
}

impl Crew {
    pub(crate) fn start(assignment: &Assignment, folder: &Path, count: usize) -> Self {
        let stderr = folder.join("stderr");
        File::create(&stderr).unwrap();
        let mut crew = Self {
            processes: Vec::new(),
            stderr,
        };
        for _ in 0..count {
            crew.start_one(assignment);
        }
        crew
    }

    fn start_one(&mut self, assignment: &Assignment) {
        let stderr = File::options().append(true).open(&self.stderr).unwrap();
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", crate::NAME, "--nocapture"])
            .envs(assignment.to_env())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn();
        self.processes.push(process.unwrap());
    }

    /// Kills one, by preference one that has just begun, and starts another.
    pub(crate) fn kill_one(&mut self, assignment: &Assignment, rng: &mut fastrand::Rng) {
        let last = self.processes.len() - 1;
        let chosen = match rng.u32(0..4) {
            0 => last,
            _ => rng.usize(0..=last),
        };
        let mut process = self.processes.remove(chosen);
        process.kill().unwrap();
        let status = process.wait().unwrap();
        assert_eq!(
            status.code(),
            None,
            "ended before it was killed: {}",
            self.told()
        );
        self.start_one(assignment);
    }

    /// Waits for all; none of them may have failed.
    pub(crate) fn wait_for_the_end(&mut self) {
        while let Some(mut process) = self.processes.pop() {
            let status = process.wait().unwrap();
            assert!(status.success(), "{status}: {}", self.told());
        }
        assert_eq!(self.told(), "");
    }

    fn told(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }
}

impl Drop for Crew {
    /// When the test has failed there is nobody left to wait for them.
    fn drop(&mut self) {
        for process in &mut self.processes {
            // It may have ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
