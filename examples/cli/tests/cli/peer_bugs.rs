//! What comparable programs get wrong, in whole runs of this one. The index is
//! `tests/integration/peer_bugs.rs`.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use http::StatusCode;
use vt_sim::{Fault, NoConnection, Trigger};

use crate::bench::{Bench, KEY, Run, Server, list, list_from, ordinary, rows};

const REPORT: [&str; 6] = ["report", "--format", "csv", "--max-wait", "2s", "list.txt"];

/// What one run met must not be in the way of the next, and no answer of it.
fn fails_once(name: &str, fault: Fault) {
    let (bench, server) = (Bench::new(), Server::new());
    // Several would be an outage, which is waited for.
    bench.file("list.txt", list(1));
    let is_quota = name.starts_with("429");
    server.simulator().script(Trigger::Every, fault);
    let first = server.run(&bench, &REPORT);
    assert_ne!(first.exit, 0, "{name}: {}", first.stderr);
    for row in rows(&first.stdout) {
        assert!(["error", "pending"].contains(&&*row[2]), "{name}: {row:?}");
        assert_eq!((&*row[3], &*row[4]), ("", ""), "{name}: {row:?}");
    }
    let db = bench.home().join(".local/share/vt-batch/127.0.0.1.db");
    let stats = Run::of(bench.command(&["cache", "stats"]).env("VT_DB", &db));
    for kind in ["reports    0\n", "not found  0\n"] {
        assert!(stats.stdout.contains(kind), "{name}: {}", stats.stdout);
    }
    server.simulator().clear_script();
    let second = server.run(&bench, &REPORT);
    let second_rows = rows(&second.stdout);
    assert_eq!(second_rows.len(), 1, "{name}: {}", second.stderr);
    if is_quota {
        // The block goes on, and nobody asks in spite of it.
        assert_eq!(second.exit, 3, "{name}: {}", second.stderr);
        assert!(second_rows.iter().all(|row| row[2] == "pending"), "{name}");
    } else {
        assert_eq!(second.exit, 0, "{name}: {}", second.stderr);
        let asked = second_rows.iter().all(|row| row[13] == "virustotal");
        assert!(asked, "{name}: {second_rows:?}");
    }
}

#[test]
fn a_failure_of_one_run_is_no_answer_of_the_next() {
    let status = |status| Fault::status(StatusCode::from_u16(status).unwrap());
    let faults = [
        ("401", status(401)),
        ("403", status(403)),
        ("404 without a code", Fault::bare(StatusCode::NOT_FOUND)),
        ("429", status(429)),
        ("429 bare", Fault::bare(StatusCode::TOO_MANY_REQUESTS)),
        ("500", status(500)),
        ("503", status(503)),
        ("a page", Fault::captive_portal()),
        ("a cut body", Fault::CutBody { after: 1_000 }),
        ("no body", Fault::EmptyBody),
        ("a reset", Fault::Reset),
        (
            "no connection",
            Fault::NoConnection(NoConnection::HandshakeClosed),
        ),
    ];
    thread::scope(|scope| {
        for (name, fault) in faults {
            scope.spawn(move || fails_once(name, fault));
        }
    });
}

#[test]
fn a_refusal_midway_keeps_what_is_there_and_a_row_for_the_rest() {
    let (bench, server) = (Bench::new(), Server::new());
    bench.file("list.txt", list(6));
    let run = || {
        let mut command = server.command(&bench, &REPORT);
        Run::of(command.env("VT_MAX_IN_FLIGHT", "1"))
    };
    for n in 4..10 {
        let refusal = Fault::status(StatusCode::TOO_MANY_REQUESTS);
        server.simulator().script(Trigger::Nth(n), refusal);
    }
    let first = run();
    assert_eq!((first.exit, server.requests()), (3, 4), "{}", first.stderr);
    let first = rows(&first.stdout);
    let hashes: Vec<_> = (0..6).map(|n| ordinary(n).md5).collect();
    assert!(first.iter().map(|row| &row[0]).eq(&hashes), "{first:?}");
    assert!(first[..3].iter().all(|row| row[13] == "virustotal"));
    assert!(first[3..].iter().all(|row| row[2] == "pending"));
    let again = run();
    assert_eq!((again.exit, server.requests()), (3, 4), "the block is kept");
    assert_eq!(rows(&again.stdout)[..3], first[..3]);
}

#[test]
fn dates_are_utc_wherever_the_program_runs() {
    let (bench, server) = (Bench::new(), Server::new());
    bench.file("list.txt", list(5));
    let args = ["report", "--format", "csv", "list.txt"];
    let reports = ["", "UTC", "Pacific/Kiritimati", "EST5EDT", "ABC-13:45"].map(|zone| {
        let run = Run::of(server.command(&bench, &args).env("TZ", zone));
        assert_eq!(run.exit, 0, "{}", run.stderr);
        // Where an answer is from differs between the first run and the others.
        let rows = rows(&run.stdout).into_iter();
        rows.map(|row| row[..13].to_vec()).collect::<Vec<_>>()
    });
    assert!(reports.iter().all(|report| *report == reports[0]));
    for row in &reports[0] {
        assert!(row[12].ends_with('Z'), "{row:?}");
    }
}

#[test]
fn two_lists_in_one_file_do_not_touch_each_other() {
    let (bench, server) = (Bench::new(), Server::new());
    bench.file("a.txt", list(5));
    bench.file("b.txt", list_from(5, 4));
    // How many of which list are answered after each run.
    let mut answered = [0, 0];
    for (name, per_day) in [("a", "2"), ("b", "3"), ("a", "5"), ("b", "0"), ("a", "0")] {
        let args = ["report", "--format", "csv", "--max-wait", "2s"];
        let list = format!("{name}.txt");
        let mut command = server.command(&bench, &[&args[..], &[&list]].concat());
        let run = Run::of(command.env("VT_PER_DAY", per_day));
        let (which, first, count) = if name == "a" { (0, 0, 5) } else { (1, 5, 4) };
        let rows = rows(&run.stdout);
        let hashes = (first..first + count).map(|n| ordinary(n).md5);
        assert!(rows.iter().map(|row| row[0].clone()).eq(hashes), "{rows:?}");
        let now = rows.iter().filter(|row| row[13] == "virustotal").count();
        assert!(now >= answered[which], "{name} lost an answer: {rows:?}");
        answered[which] = now;
        let is_complete = now == rows.len();
        assert_eq!(run.exit, if is_complete { 0 } else { 3 }, "{}", run.stderr);
    }
    assert_eq!(answered, [5, 4]);
    assert_eq!(server.requests(), 9, "each was asked once");
}

#[test]
fn a_proxy_that_is_set_is_used() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        reader.read_line(&mut line).unwrap();
        let refusal = b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(refusal).unwrap();
        line
    });
    let bench = Bench::new();
    bench.file("list.txt", list(1));
    let mut command = bench.command(&[
        "report",
        "-q",
        "--base-url",
        "https://vt.example",
        "list.txt",
    ]);
    command
        .env("VT_API_KEY", KEY)
        .env("VT_PROXY", format!("http://{address}"));
    assert_ne!(Run::of(&mut command).exit, 0);
    // Whoever went elsewhere leaves the proxy waiting.
    drop(TcpStream::connect(address));
    let line = heard.join().unwrap();
    assert!(line.starts_with("CONNECT vt.example:443 "), "{line}");
}

#[test]
fn a_file_with_two_keys_is_no_key() {
    let (bench, server) = (Bench::new(), Server::new());
    bench.file("list.txt", list(1));
    let both = format!("{KEY}\n{}\n", KEY.replace('0', "9"));
    let args = ["report", "-q", "--key-file", "-", "list.txt"];
    for both in [
        both.clone(),
        both.replace('\n', ","),
        both.replace('\n', " "),
    ] {
        let mut command = server.command(&bench, &args);
        let run = Run::of(command.env_remove("VT_API_KEY").write_stdin(both));
        assert!(run.error(2).contains("characters that no key has"));
    }
    assert_eq!(server.requests(), 0);
}
