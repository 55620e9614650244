//! The books against VirusTotal's own count.

use chrono::TimeDelta;
use vt_core::{
    quota::GUARD,
    time::{Clock, SystemClock},
};
use vt_sim::Builder;

use crate::bench::{Bench, Run, Server, list, ordinary};

/// A server whose day is ten requests.
fn server() -> Server {
    Server::with(|simulator: Builder| simulator.unknown(0.0).per_day(10))
}

fn run(server: &Server, bench: &Bench, args: &[&str]) -> Run {
    Run::of(server.command(bench, args).env("VT_PER_DAY", "10"))
}

/// Whether it is unclear for a while which day a request is counted in: these
/// tests run by the clock on the wall.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn is_near_midnight() -> bool {
    let guard = TimeDelta::from_std(GUARD).unwrap() + TimeDelta::minutes(1);
    let now = SystemClock.wall();
    let is_near = (now - guard).date_naive() != (now + guard).date_naive();
    if is_near {
        println!("skipped: the corrected books, within three minutes of midnight UTC");
    }
    is_near
}

/// Lets somebody with the same key spend six of the ten.
fn spend_elsewhere(server: &Server) {
    let elsewhere = Bench::new();
    elsewhere.file("list.txt", list(6));
    assert_eq!(run(server, &elsewhere, &["report", "list.txt"]).exit, 0);
}

/// Ten hashes that nobody has asked for.
fn others() -> String {
    (100..110).map(|n| ordinary(n).md5 + "\n").collect()
}

fn assert_day_is_used(server: &Server) {
    let stats = server.simulator().stats();
    assert_eq!(stats.by_day.values().sum::<u64>(), 10, "the whole day");
    assert_eq!(stats.by_status.get(&429), None, "and no more");
}

#[test]
fn what_somebody_else_spent_is_not_spent_again() {
    if is_near_midnight() {
        return;
    }
    let (bench, server) = (Bench::new(), server());
    spend_elsewhere(&server);

    let quota = run(&server, &bench, &["quota"]);
    let line = quota.stdout.lines().find(|line| line.starts_with("day"));
    assert_eq!(line.unwrap(), "day      0 of 10              6 of 10");
    assert_eq!(
        quota.stderr,
        "vt-batch: VirusTotal counted more than this program, which now takes 6 requests for \
         spent today and 6 this month\n"
    );
    let again = run(&server, &bench, &["quota"]);
    assert_eq!(again.stderr, "", "it is corrected already");
    assert!(
        again.stdout.contains("day      6 of 10"),
        "{}",
        again.stdout
    );

    bench.file("list.txt", others());
    let args = ["report", "--format", "csv", "--max-wait", "1m", "list.txt"];
    let report = run(&server, &bench, &args);
    assert_eq!(report.exit, 3, "{}", report.stderr);
    assert_day_is_used(&server);
}

#[test]
fn a_report_of_a_named_user_asks_first_what_others_have_spent() {
    if is_near_midnight() {
        return;
    }
    let (bench, server) = (Bench::new(), server());
    spend_elsewhere(&server);

    // What a minute takes fills the day: more would be refused.
    bench.file("list.txt", others());
    let named = [
        "--user",
        "somebody",
        "--per-minute",
        "4",
        "--max-wait",
        "2m",
    ];
    let report = run(
        &server,
        &bench,
        &[&["report", "list.txt"], &named[..]].concat(),
    );
    assert_eq!(report.exit, 3, "{}", report.stderr);
    assert_day_is_used(&server);
}

#[test]
fn a_lower_count_of_virustotal_changes_nothing() {
    let bench = Bench::new();
    let server = server();
    bench.file("list.txt", list(5));
    assert_eq!(run(&server, &bench, &["report", "list.txt"]).exit, 0);
    server.simulator().reset();
    for _ in 0..2 {
        let quota = run(&server, &bench, &["quota"]);
        assert_eq!(quota.stderr, "");
        let line = quota.stdout.lines().find(|line| line.starts_with("day"));
        assert_eq!(line.unwrap(), "day      5 of 10              0 of 10");
    }
}
