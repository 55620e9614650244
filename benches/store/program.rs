//! `vt-batch report` of hashes that are all in the cache: time and memory.

use std::{
    fmt::Write,
    fs,
    io::Read,
    path::PathBuf,
    process::{ChildStdout, Command, Stdio},
    time::Duration,
};

use vt_core::time::{Clock, SystemClock};

use crate::database::{Database, hashes};

/// Prints how long a report takes, and how much memory at most.
pub(crate) fn measure(database: &Database, count: u64, runs: u64, random: &mut fastrand::Rng) {
    let program = program();
    if !program.exists() {
        println!("reports: left out, build it with `cargo build --release -p vt-batch`");
        return;
    }
    let count = usize::try_from(count).expect("a list that fits in memory");
    let list = database.folder().join("list.txt");
    let mut text = String::with_capacity(count * 65);
    for hash in hashes(database.rows(), count, random) {
        writeln!(text, "{hash}").expect("a string takes it");
    }
    fs::write(&list, text).expect("a list");
    let mut command = Command::new(program);
    command
        .args(["report", "--quiet", "--offline", "--format", "csv", "--db"])
        .args([database.path(), &list])
        .env_clear()
        .env("HOME", database.folder())
        .stdout(Stdio::piped());
    let mut took: Vec<(Duration, u64)> = (0..runs).map(|_| run(&mut command, count)).collect();
    took.sort_unstable();
    let (median, kib) = took[took.len() / 2];
    println!(
        "reports: {count} cached hashes as CSV in {:.2} s, median of {runs} from {:.2} to {:.2}, \
         with {} MiB at most",
        median.as_secs_f64(),
        took[0].0.as_secs_f64(),
        took[took.len() - 1].0.as_secs_f64(),
        kib / 1_024,
    );
}

/// The program beside this one.
fn program() -> PathBuf {
    let this = std::env::current_exe().expect("this program");
    let release = this.ancestors().nth(2).expect("target/release/deps");
    release.join("vt-batch")
}

fn run(command: &mut Command, count: usize) -> (Duration, u64) {
    let start = SystemClock.boot();
    let mut child = command.spawn().expect("the program");
    let output = child.stdout.take().expect("a pipe");
    let (lines, kib) = read(output, child.id());
    let status = child.wait().expect("an end");
    let time = SystemClock.boot().saturating_since(start);
    assert!(status.success(), "{status}");
    assert!(lines > 0 && lines <= count + 1, "{lines} lines");
    (time, kib)
}

/// Counts the lines, and asks for the most memory that was used each time
/// there is something to read: at the end there is nobody left to ask.
fn read(mut output: ChildStdout, id: u32) -> (usize, u64) {
    let mut buffer = vec![0; 1 << 16];
    let (mut lines, mut most_kib) = (0, 0);
    loop {
        let count = output.read(&mut buffer).expect("the output");
        if count == 0 {
            return (lines, most_kib);
        }
        lines += buffer[..count]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        most_kib = most_kib.max(high_water_kib(id).unwrap_or_default());
    }
}

/// What Linux says of it; elsewhere nothing is said.
fn high_water_kib(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
