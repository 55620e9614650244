//! A report is a job: the same command goes on with it.

use std::process::{Command, Stdio};

use http::StatusCode;
use vt_sim::{Fault, Trigger};

use crate::bench::{Bench, KEY, Run, Server, list, ordinary, rows};

const REPORT: [&str; 4] = ["report", "--format", "csv", "list.txt"];

/// The answered rows of a report.
fn answered(run: &Run) -> usize {
    let rows = rows(&run.stdout);
    rows.iter().filter(|row| !row[12].is_empty()).count()
}

/// A report of so many hashes, of which the key may ask two today.
fn begun(bench: &Bench, server: &Server, hashes: u64) -> Run {
    bench.file("list.txt", list(hashes));
    let args = ["report", "--format", "csv", "--max-wait", "1m", "list.txt"];
    let run = Run::of(server.command(bench, &args).env("VT_PER_DAY", "2"));
    assert_eq!((run.exit, answered(&run)), (3, 2), "{}", run.stderr);
    run
}

fn ids(bench: &Bench) -> Vec<String> {
    let list = jobs(bench, &["list"]).stdout;
    let lines = list.lines().skip(1);
    lines.map(|line| line[..12].to_owned()).collect()
}

/// `vt-batch jobs` on the file of the server of these tests.
fn jobs(bench: &Bench, args: &[&str]) -> Run {
    let db = bench.home().join(".local/share/vt-batch/127.0.0.1.db");
    let args: Vec<&str> = ["jobs"].iter().chain(args).copied().collect();
    Run::of(bench.command(&args).env("VT_DB", db))
}

#[test]
fn the_same_command_goes_on_where_it_ended() {
    let bench = Bench::new();
    let server = Server::new();
    begun(&bench, &server, 5);
    let run = server.run(&bench, &REPORT);
    assert_eq!((run.exit, answered(&run)), (0, 5), "{}", run.stderr);
    assert!(run.stderr.contains("2 of 5 answered"), "{}", run.stderr);
    assert_eq!(server.requests(), 5);
    // What was fetched for the job is not from the cache, in whichever run.
    assert!(rows(&run.stdout).iter().all(|row| row[13] == "virustotal"));
}

#[test]
fn results_stay_when_the_cache_forgets_them() {
    let bench = Bench::new();
    let server = Server::new();
    let first = begun(&bench, &server, 3);
    let db = bench.home().join(".local/share/vt-batch/127.0.0.1.db");
    let evict = ["cache", "evict", "--older-than", "0s"];
    let evicted = Run::of(bench.command(&evict).env("VT_DB", db));
    assert_eq!(evicted.stdout, "2 answers forgotten\n");
    let run = server.run(&bench, &REPORT);
    assert_eq!((run.exit, server.requests()), (0, 3), "{}", run.stderr);
    assert_eq!(rows(&run.stdout)[..2], rows(&first.stdout)[..2]);
}

#[test]
fn a_refresh_that_was_interrupted_asks_each_file_once() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(4));
    assert_eq!(server.run(&bench, &REPORT).exit, 0);
    let args = ["report", "--refresh", "--max-wait", "1m", "list.txt"];
    let some = Run::of(server.command(&bench, &args).env("VT_PER_DAY", "6"));
    assert_eq!((some.exit, server.requests()), (3, 6), "{}", some.stderr);
    let rest = server.run(&bench, &args);
    assert_eq!((rest.exit, server.requests()), (0, 8), "{}", rest.stderr);
    // A refresh that is done is done: the next one is another.
    let again = server.run(&bench, &args);
    assert_eq!((again.exit, server.requests()), (0, 12), "{}", again.stderr);
}

#[test]
fn what_failed_is_asked_once_more_and_nothing_else() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    let bad = Fault::error(StatusCode::BAD_REQUEST, "BadRequestError", "canary");
    let trigger = Trigger::File(ordinary(1).md5);
    server.simulator().script(trigger, bad);
    let first = server.run(&bench, &REPORT);
    assert_eq!((first.exit, answered(&first)), (3, 2), "{}", first.stderr);
    assert_eq!(rows(&first.stdout)[1][2], "error");
    let before = server.requests();
    let second = server.run(&bench, &REPORT);
    assert_eq!(second.exit, 3, "{}", second.stderr);
    assert_eq!(server.requests(), before + 1);
}

#[test]
fn what_is_all_in_the_cache_is_no_job() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    assert_eq!(server.run(&bench, &REPORT).exit, 0);
    assert_eq!(ids(&bench).len(), 1);
    bench.file("list.txt", list(2));
    assert_eq!(server.run(&bench, &REPORT).exit, 0);
    assert_eq!(ids(&bench).len(), 1);
}

#[test]
fn jobs_are_listed_shown_and_deleted() {
    let bench = Bench::new();
    let server = Server::new();
    begun(&bench, &server, 3);
    bench.file("other.txt", list(1));
    assert_eq!(server.run(&bench, &["report", "other.txt"]).exit, 0);
    let objects = jobs(&bench, &["list", "--json"]).stdout;
    let object: serde_json::Value = serde_json::from_str(objects.trim()).unwrap();
    assert_eq!(
        (&object["total"], &object["answered"]),
        (&3.into(), &2.into())
    );
    assert_eq!(object["finished_at"], serde_json::Value::Null);
    let [id] = ids(&bench).try_into().unwrap();
    let shown = jobs(&bench, &["show", &id[..4], "--format", "csv"]);
    assert_eq!((shown.exit, answered(&shown)), (3, 2), "{}", shown.stderr);
    assert_eq!(rows(&shown.stdout)[2].last().unwrap(), "not asked yet");
    assert_eq!(
        jobs(&bench, &["show", "zz"]).error(1),
        "vt-batch: no job zz: see `vt-batch jobs list`"
    );
    assert_eq!(
        jobs(&bench, &["delete", "--finished"]).stdout,
        "0 jobs deleted\n"
    );
    assert_eq!(jobs(&bench, &["delete", &id]).stdout, "1 jobs deleted\n");
    assert!(ids(&bench).is_empty());
    assert_eq!(server.requests(), 2);
}

#[test]
fn two_at_once_make_the_same_report_and_ask_once() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(40));
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vt-batch"));
        command.args(REPORT).current_dir(bench.folder.path());
        command.env("HOME", bench.home()).env("VT_API_KEY", KEY);
        command.env("VT_BASE_URL", server.url());
        command
            .env("VT_PER_MINUTE", "0")
            .env("VT_MAX_IN_FLIGHT", "1");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let (first, second) = (start(), start());
    let reports = [first, second].map(|child| child.wait_with_output().unwrap());
    for report in &reports {
        let said = String::from_utf8_lossy(&report.stderr);
        assert_eq!(report.status.code(), Some(0), "{said}");
    }
    assert_eq!(reports[0].stdout, reports[1].stdout);
    assert_eq!(server.requests(), 40);
}
