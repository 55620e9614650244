//! However often a report was interrupted, it is the report that was not.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use vt_sim::Sample;

use crate::bench::{Bench, KEY, Run, Server, ordinary, rows};

const REPORT: [&str; 4] = ["report", "--format", "csv", "list.txt"];
const FETCHED_AT: usize = 12;

fn server() -> Server {
    let latency = Duration::from_millis(1)..=Duration::from_millis(4);
    Server::with(|simulator| simulator.unknown(0.2).latency(latency))
}

/// Digests of all kinds, some of them of the same file.
fn digests(count: u64, rng: &mut fastrand::Rng) -> String {
    let digest = |n: u64, sample: Sample| match n % 3 {
        0 => sample.md5,
        1 => sample.sha1,
        _ => sample.sha256,
    };
    let line = |n| digest(n, ordinary(rng.u64(0..count))) + "\n";
    (0..count).map(line).collect()
}

/// One request after the other, so that there is a moment between any two.
fn settings() -> [(&'static str, &'static str); 3] {
    [
        ("VT_PER_MINUTE", "0"),
        ("VT_PER_DAY", "0"),
        ("VT_MAX_IN_FLIGHT", "1"),
    ]
}

/// Runs the program until so many requests more have come in, or it ends.
fn interrupt(bench: &Bench, server: &Server, requests: u64, signal: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vt-batch"))
        .args(REPORT)
        .current_dir(bench.folder.path())
        .env_clear()
        .envs(settings())
        .env("HOME", bench.home())
        .env("VT_API_KEY", KEY)
        .env("VT_BASE_URL", server.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    server.wait_for_requests(server.requests() + requests);
    let pid = child.id().to_string();
    Command::new("kill").args([signal, &pid]).status().unwrap();
    child.wait().unwrap();
}

/// The report, without when its answers were fetched.
fn timeless(run: &Run) -> Vec<Vec<String>> {
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let mut rows = rows(&run.stdout);
    for row in &mut rows {
        assert!(!row.remove(FETCHED_AT).is_empty());
    }
    rows
}

#[test]
fn a_report_that_was_interrupted_equals_one_that_was_not() {
    let number = |name, default| {
        std::env::var(name).map_or(default, |text: String| text.parse().expect("a number"))
    };
    let (interruptions, seed) = (number("VT_INTERRUPTIONS", 20), number("VT_TEST_SEED", 3));
    let mut rng = fastrand::Rng::with_seed(seed);
    let list = digests(interruptions * 8 + 20, &mut rng);
    let (bench, peers) = (Bench::new(), Bench::new());
    bench.file("list.txt", &list);
    peers.file("list.txt", &list);
    let busy = server();
    for _ in 0..interruptions {
        let signal = rng.choice(["-KILL", "-INT", "-TERM"]).unwrap();
        interrupt(&bench, &busy, rng.u64(1..4), signal);
    }
    let finish = |server: &Server, bench: &Bench| {
        let mut command = server.command(bench, &REPORT);
        Run::of(command.envs(settings()))
    };
    let interrupted = timeless(&finish(&busy, &bench));
    let quiet = server();
    assert_eq!(
        interrupted,
        timeless(&finish(&quiet, &peers)),
        "seed {seed}"
    );
    let repeated = busy.requests() - quiet.requests();
    assert!(repeated <= interruptions, "seed {seed}: {repeated}");
    println!(
        "{interruptions} interruptions of one report of {} rows, which equals that without; \
         {repeated} requests repeated, seed {seed}",
        interrupted.len()
    );
}
