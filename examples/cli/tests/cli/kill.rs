//! `kill -9` at any moment loses nothing that was paid for.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::bench::{Bench, KEY, Run, Server, list, rows};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn start(bench: &Bench, server: &Server) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vt-batch"))
        .args(["report", "--format", "csv", "list.txt"])
        .current_dir(bench.folder.path())
        .env("HOME", bench.home())
        .env("VT_API_KEY", KEY)
        .env("VT_BASE_URL", server.url())
        .env("VT_PER_MINUTE", "0")
        .env("VT_PER_DAY", "100000")
        .env("VT_MAX_IN_FLIGHT", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_at_any_moment_it_loses_no_answer_and_repeats_one_request_at_most() {
    let kills = setting("VT_KILLS", 20);
    let seed = setting("VT_TEST_SEED", 4_711);
    let mut rng = fastrand::Rng::with_seed(seed);
    let files = kills * 3 + 20;
    let bench = Bench::new();
    let latency = Duration::from_millis(1)..=Duration::from_millis(6);
    let server = Server::with(|simulator| simulator.unknown(0.1).latency(latency));
    bench.file("list.txt", list(files));
    let mut killed = 0;
    while killed < kills {
        let mut child = start(&bench, &server);
        // At a random moment of a random request, or before the first.
        let until = server.requests() + rng.u64(0..5);
        while server.requests() < until && child.try_wait().unwrap().is_none() {
            server.work_for_turns(1);
        }
        server.work_for_turns(rng.u32(0..2_000));
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    let mut command = server.command(&bench, &["report", "--format", "csv", "list.txt"]);
    let run = Run::of(command.env("VT_MAX_IN_FLIGHT", "1"));
    assert_eq!(run.exit, 0, "seed {seed}: {}", run.stderr);
    let rows = rows(&run.stdout);
    let mut hashes: Vec<&String> = rows.iter().map(|row| &row[0]).collect();
    hashes.sort();
    hashes.dedup();
    let requests = server.requests();
    let repeated = requests - files;
    let mut quota = server.command(&bench, &["quota"]);
    let spent = spent_today(&Run::of(quota.env("VT_PER_DAY", "100000")).stdout);
    println!(
        "{killed} kills, {files} files: {} lost, {} rows twice, {repeated} requests repeated, \
         {spent} charged for {requests} sent, seed {seed}",
        files - hashes.len() as u64,
        rows.len() - hashes.len(),
    );
    assert_eq!(
        (hashes.len() as u64, rows.len() as u64),
        (files, files),
        "seed {seed}"
    );
    assert!(
        repeated <= killed,
        "seed {seed}: {repeated} requests repeated by {killed} kills"
    );
    assert!(
        spent >= requests,
        "seed {seed}: {spent} charged for {requests} sent"
    );
}

fn spent_today(quota: &str) -> u64 {
    let line = quota.lines().find(|line| line.starts_with("day")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
