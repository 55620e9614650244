//! What is kept from one run to the next.

use std::process::{Child, Command, Stdio};

use vt_sim::Specimen;

use crate::bench::{Bench, KEY, Run, Server, list, ordinary, rows, specimen};

#[test]
fn a_second_run_asks_nothing_however_the_files_are_named() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("md5.txt", list(20));
    bench.file(
        "sha256.txt",
        (0..20)
            .map(|n| ordinary(n).sha256 + "\n")
            .collect::<String>(),
    );
    let first = server.run(&bench, &["report", "--format", "csv", "md5.txt"]);
    assert_eq!((first.exit, server.requests()), (0, 20), "{}", first.stderr);
    let second = server.run(&bench, &["report", "--format", "csv", "md5.txt"]);
    let third = server.run(&bench, &["report", "--format", "csv", "sha256.txt"]);
    assert_eq!((second.exit, third.exit, server.requests()), (0, 0, 20));
    assert!(rows(&second.stdout).iter().all(|row| row[13] == "cache"));
    let same = |one: &str, other: &str| {
        let cells = |csv| {
            rows(csv)
                .into_iter()
                .map(|row| row[2..12].to_vec())
                .collect::<Vec<_>>()
        };
        assert_eq!(cells(one), cells(other));
    };
    same(&first.stdout, &second.stdout);
    same(&first.stdout, &third.stdout);
    let folder = bench.home().join(".local/share/vt-batch");
    assert!(folder.join("127.0.0.1.db").exists());
    assert!(
        !folder.join("vt.db").exists(),
        "not among VirusTotal's answers"
    );
}

#[test]
fn the_day_is_not_spent_twice() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(5));
    let run = |args: &[&str]| {
        let mut command = server.command(&bench, args);
        Run::of(command.env("VT_PER_DAY", "7"))
    };
    assert_eq!(run(&["report", "list.txt"]).exit, 0);
    let quota = run(&["quota"]).stdout;
    assert!(quota.contains("day      5 of 7"), "{quota}");
}

#[test]
fn a_database_of_one_s_own_choice_is_used() {
    let bench = Bench::new();
    bench.file("list.txt", list(3));
    let run = |args: &[&str]| bench.run(&[&["report", "--demo", "--db", "x.db"], args].concat());
    let first = run(&["list.txt"]);
    assert!(first.stdout.contains("3 requests sent"), "{}", first.stdout);
    let second = run(&["list.txt"]);
    assert!(
        second.stdout.contains("3 from the cache, 0 requests sent"),
        "{}",
        second.stdout
    );
    let refreshed = run(&["--refresh", "list.txt"]);
    assert!(
        refreshed.stdout.contains("3 requests sent"),
        "{}",
        refreshed.stdout
    );
    let strict = run(&["--max-age", "0s", "list.txt"]);
    assert!(
        strict.stdout.contains("3 requests sent"),
        "{}",
        strict.stdout
    );
}

#[test]
fn offline_needs_no_key_and_answers_what_is_kept() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("known.txt", list(3));
    bench.file("all.txt", list(5));
    server.run(&bench, &["report", "--db", "x.db", "known.txt"]);
    let run = bench.run(&[
        "report",
        "--offline",
        "--db",
        "x.db",
        "--format",
        "csv",
        "all.txt",
    ]);
    assert_eq!(run.exit, 3, "{}", run.stderr);
    let answered = rows(&run.stdout)
        .iter()
        .filter(|row| row[13] == "cache")
        .count();
    assert_eq!(answered, 3);
    assert!(run.stdout.contains("asking VirusTotal is switched off"));
    assert_eq!(server.requests(), 3);
}

#[test]
fn made_up_answers_do_not_get_among_real_ones() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(1));
    server.run(&bench, &["report", "--db", "x.db", "list.txt"]);
    let run = bench.run(&["report", "--demo", "-q", "--db", "x.db", "list.txt"]);
    assert!(run.error(1).contains("name another file"));
    bench.run(&["report", "--demo", "--db", "y.db", "list.txt"]);
    let run = server.run(&bench, &["report", "-q", "--db", "y.db", "list.txt"]);
    assert!(run.error(1).contains("made-up answers"));
}

#[test]
fn the_cache_can_be_counted_and_emptied() {
    let bench = Bench::new();
    let server = Server::new();
    let unknown = specimen(Specimen::Unknown).md5;
    bench.file("list.txt", format!("{}{unknown}\n", list(4)));
    server.run(&bench, &["report", "--db", "x.db", "list.txt"]);
    let cache = |args: &[&str]| bench.run(&[&["cache"], args, &["--db", "x.db"]].concat());
    let stats = cache(&["stats"]).stdout;
    assert!(stats.contains("reports    4\n"), "{stats}");
    assert!(stats.contains("not found  1\n"), "{stats}");
    assert_eq!(cache(&["evict"]).stdout, "0 answers forgotten\n");
    let evicted = cache(&["evict", "--older-than", "0s"]);
    assert_eq!(evicted.stdout, "5 answers forgotten\n");
    let memory = bench.run(&["cache", "stats", "--db", ":memory:"]);
    assert!(memory.error(2).contains(":memory:"));
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let bench = Bench::new();
    bench.file("list.txt", list(1));
    let run = bench.run(&["report", "--demo", "-q", "--db", "list.txt", "list.txt"]);
    assert!(run.error(1).contains("not a database of this program"));
    assert_eq!(
        std::fs::read_to_string(bench.path("list.txt")).unwrap(),
        list(1)
    );
}

#[test]
fn the_key_is_in_no_byte_of_the_database() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(5));
    server.run(&bench, &["report", "--db", "x.db", "list.txt"]);
    server.run(&bench, &["quota", "--db", "x.db"]);
    for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
    }
}

#[test]
fn a_cache_can_be_handed_on_to_those_who_cannot_ask() {
    let bench = Bench::new();
    let server = Server::new();
    let unknown = specimen(Specimen::Unknown).md5;
    bench.file("list.txt", format!("{}{unknown}\n", list(30)));
    let asked = server.run(
        &bench,
        &["report", "--format", "csv", "--db", "a.db", "list.txt"],
    );
    let exported = bench.run(&["cache", "export", "--db", "a.db", "-o", "answers.ndjson"]);
    assert!(
        exported.stderr.contains("31 answers exported"),
        "{}",
        exported.stderr
    );
    let import = || {
        bench
            .run(&["cache", "import", "--db", "b.db", "answers.ndjson"])
            .stdout
    };
    assert_eq!(
        import(),
        "31 answers taken in, 0 no newer than those that were there\n"
    );
    assert_eq!(
        import(),
        "0 answers taken in, 31 no newer than those that were there\n"
    );
    let args = [
        "report",
        "--offline",
        "--format",
        "csv",
        "--db",
        "b.db",
        "list.txt",
    ];
    let offline = bench.run(&args);
    assert_eq!(offline.exit, 0, "{}", offline.stderr);
    assert_eq!(
        offline.stdout,
        asked.stdout.replace("\"virustotal\"", "\"cache\"")
    );
    // Byte for byte the same again: bodies are kept as they came.
    let again = bench.run(&["cache", "export", "--db", "b.db"]);
    assert_eq!(
        again.stdout,
        std::fs::read_to_string(bench.path("answers.ndjson")).unwrap()
    );
}

#[test]
fn lines_that_hold_no_answer_are_counted_and_the_first_is_named() {
    let bench = Bench::new();
    let hash = ordinary(1).md5;
    let line = |time: &str| format!("{{\"fetched_at\": \"{time}\", \"not_found\": \"{hash}\"}}\n");
    let text = format!(
        "{}junk\n{{}}\n{}",
        line("2026-01-01T00:00:00Z"),
        line("9000-01-01T00:00:00Z")
    );
    bench.file("answers.ndjson", text);
    let run = bench.run(&["cache", "import", "--db", "x.db", "answers.ndjson"]);
    assert_eq!(run.exit, 3);
    assert!(
        run.stdout.starts_with("1 answers taken in"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("3 lines hold no answer, the first is line 2"),
        "{}",
        run.stderr
    );
}

#[test]
fn who_will_not_wait_is_told_when_to_come_back() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(6));
    let args = ["report", "--format", "csv", "--max-wait", "1m", "list.txt"];
    let run = || Run::of(server.command(&bench, &args).env("VT_PER_DAY", "4"));
    let first = run();
    assert_eq!(first.exit, 3, "{}", first.stderr);
    assert_eq!(
        rows(&first.stdout)
            .iter()
            .filter(|row| row[2] != "pending")
            .count(),
        4
    );
    assert!(
        first.stderr.contains("the next request is allowed about"),
        "{}",
        first.stderr
    );
    let second = run();
    assert_eq!(
        (second.exit, server.requests()),
        (3, 4),
        "the day is still spent"
    );
}

/// Several programs, each with a list of its own, some of them killed.
#[test]
fn eight_programs_on_one_file_never_exceed_the_day_together() {
    let bench = Bench::new();
    let per_day = 300_u32;
    let server = Server::with(|simulator| simulator.unknown(0.0).per_day(per_day));
    let start = |n: u64| -> Child {
        let name = format!("list{n}.txt");
        bench.file(
            &name,
            (n * 50..n * 50 + 50)
                .map(|n| ordinary(n).md5 + "\n")
                .collect::<String>(),
        );
        Command::new(env!("CARGO_BIN_EXE_vt-batch"))
            .args([
                "report",
                "-q",
                "--max-wait",
                "30s",
                "--format",
                "csv",
                &name,
            ])
            .current_dir(bench.folder.path())
            .env("HOME", bench.home())
            .env("VT_API_KEY", KEY)
            .env("VT_BASE_URL", server.url())
            .env("VT_PER_MINUTE", "0")
            .env("VT_PER_DAY", per_day.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut programs: Vec<Child> = (0..8).map(start).collect();
    server.wait_for_requests(60);
    for program in &mut programs[..3] {
        program.kill().unwrap();
    }
    programs.extend((8..11).map(start));
    for program in programs {
        let output = program.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            !stderr.contains("locked") && !stderr.contains("panicked"),
            "{stderr}"
        );
    }
    let stats = server.simulator().stats();
    assert_eq!(stats.by_status.get(&429), None, "{:?}", stats.by_status);
    let sent = server.requests();
    // What the killed ones had under way is charged and may not have arrived.
    assert!(
        sent <= per_day.into() && sent >= u64::from(per_day) - 3 * 64,
        "{sent} of {per_day}"
    );
}
