//! What the tests run the program with.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};
use vt_sim::{Builder, FIRST_ORDINARY, Running, Sample, Simulator, Specimen, sample};

/// A key that must never be seen anywhere.
pub(crate) const KEY: &str = "canary0f1e2d3c4b5a69788796a5b4c3d2e1f0canary0f1e2d3c4b5a69788796";

/// An empty folder, and the program in it, away from the user's settings.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    home: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Where the user's settings and data are.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vt-batch"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.folder.path())
            .args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }
}

/// What a run of the program left behind.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a command. Whatever it does, it shows neither the key nor a panic.
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let run = Self {
            exit: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains("canary"), "the key is shown: {text}");
            assert!(!text.contains("panicked"), "{text}");
        }
        run
    }

    /// The one line that says why it failed.
    #[track_caller]
    pub(crate) fn error(&self, exit: i32) -> &str {
        assert_eq!(self.exit, exit, "{}", self.stderr);
        assert_eq!(self.stdout, "");
        let line = self.stderr.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "more than one line: {line}");
        line
    }
}

/// A simulator on a socket, and the program pointed at it.
pub(crate) struct Server {
    running: Running,
    runtime: Runtime,
}

impl Server {
    /// One that knows every sample, and has no limits.
    pub(crate) fn new() -> Self {
        Self::with(|simulator| simulator.unknown(0.0))
    }

    pub(crate) fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime = Runtime::new().unwrap();
        let builder = Simulator::builder()
            .start_now()
            .per_minute(None)
            .per_day(None)
            .per_month(None)
            .key(KEY);
        let simulator = settings(builder).build().unwrap();
        let running =
            runtime.block_on(async { simulator.bind(([127, 0, 0, 1], 0).into()).await.unwrap() });
        Self { running, runtime }
    }

    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.running.simulator()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.simulator().requests()
    }

    /// Waits until the server has seen this many requests; fails if they do
    /// not come.
    pub(crate) fn wait_for_requests(&self, requests: u64) {
        let patience = std::time::Duration::from_secs(120);
        let arrived = self.simulator().arrived(requests);
        self.block_on(async { tokio::time::timeout(patience, arrived).await })
            .unwrap();
    }

    /// Waits for something on the server's runtime.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Lets something go on beside the test.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(future)
    }

    /// The program with this server, this key and no limits.
    pub(crate) fn command(&self, bench: &Bench, args: &[&str]) -> Command {
        let mut command = bench.command(args);
        command
            .env("VT_API_KEY", KEY)
            .env("VT_BASE_URL", self.url())
            .env("VT_PER_MINUTE", "0");
        command
    }

    pub(crate) fn run(&self, bench: &Bench, args: &[&str]) -> Run {
        Run::of(&mut self.command(bench, args))
    }
}

/// The simulator's `n`th ordinary sample.
pub(crate) fn ordinary(n: u64) -> Sample {
    sample(FIRST_ORDINARY + n)
}

/// A sample whose answer is fixed.
pub(crate) fn specimen(specimen: Specimen) -> Sample {
    specimen.sample()
}

/// The MD5 digests of this many ordinary samples, one on each line.
pub(crate) fn list(count: u64) -> String {
    list_from(0, count)
}

/// As [`list`], from this sample on.
pub(crate) fn list_from(first: u64, count: u64) -> String {
    (first..first + count)
        .map(|n| ordinary(n).md5 + "\n")
        .collect()
}

/// The cells of a CSV report, without its header.
pub(crate) fn rows(csv: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let line = line.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        line.split("\",\"").map(str::to_owned).collect()
    };
    csv.lines().skip(1).map(cells).collect()
}
