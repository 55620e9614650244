//! Where the report goes, and what it never contains.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use vt_sim::{Fault, Specimen, Trigger};

use crate::bench::{Bench, KEY, Server, list, ordinary, specimen};

#[test]
fn a_file_appears_whole_in_the_format_of_its_name() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    for (name, start) in [
        ("report.csv", "\"hash\""),
        ("report.json", "{"),
        ("report.ndjson", "{\"hash\""),
        ("report.jsonl", "{\"hash\""),
        ("report.HTML", "<!"),
        ("report.pdf", "%PDF-1.7\n"),
        ("report.txt", "VirusTotal report"),
    ] {
        let run = server.run(&bench, &["report", "-q", "list.txt", "-o", name]);
        assert_eq!((run.exit, &*run.stdout), (0, ""), "{}", run.stderr);
        let written = std::fs::read(bench.path(name)).unwrap();
        assert!(written.starts_with(start.as_bytes()), "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(bench.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 8, "nothing is left beside: {left:?}");
}

#[test]
fn what_the_cache_cannot_finish_leaves_no_half_a_report_behind() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("known.txt", list(400));
    server.run(&bench, &["report", "-q", "known.txt"]);
    let mut known = 400;
    for (format, header) in [("csv", 1), ("ndjson", 0)] {
        for place in ["-", "report"] {
            // All but the last are in the cache: rows are written before that is known.
            known += 1;
            bench.file("list.txt", list(known));
            let arguments = ["report", "-q", "--format", format, "list.txt", "-o", place];
            let run = server.run(&bench, &arguments);
            let to_file = std::fs::read_to_string(bench.path(place));
            let written = to_file.unwrap_or(run.stdout);
            assert_eq!(written.lines().count() as u64, known + header, "{place}");
            assert_eq!(written.matches(&ordinary(0).md5).count(), 1, "{place}");
            assert!(written.contains(&ordinary(known - 1).md5), "{place}");
        }
    }
    assert_eq!(server.requests(), 404);
}

#[test]
fn a_pdf_goes_through_a_pipe_whole_and_leads_to_every_file() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    let mut command = server.command(&bench, &["report", "-q", "--format", "pdf", "list.txt"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"%PDF-1.7\n"));
    assert!(output.stdout.ends_with(b"%%EOF"));
    let text = String::from_utf8_lossy(&output.stdout);
    for at in 0..3 {
        let link = format!(
            "(https://www.virustotal.com/gui/file/{})",
            ordinary(at).sha256
        );
        assert!(text.contains(&link), "{link}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_found_out_before_anything_is_asked() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    for place in ["gone/report.csv", "."] {
        let run = server.run(&bench, &["report", "-q", "list.txt", "-o", place]);
        assert!(run.error(1).contains(&format!("cannot write to {place}")));
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_failed_run_leaves_the_old_file_alone() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(3));
    let old = bench.file("report.csv", "the old one");
    let mut command = server.command(&bench, &["report", "-q", "list.txt", "-o", "report.csv"]);
    command.env("VT_API_KEY", "canary-another");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(old).unwrap(), "the old one");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_run_leaves_nothing_beside_the_report() {
    use rustix::fs::{Mode, OFlags};

    let (bench, server) = (Bench::new(), Server::new());
    bench.file("list.txt", list(1));
    let nameless = OFlags::TMPFILE | OFlags::WRONLY;
    if rustix::fs::open(bench.folder.path(), nameless, Mode::RUSR).is_err() {
        return println!("skipped: this file system has no files without a name");
    }
    server.simulator().script(Trigger::Every, Fault::Stall);
    let mut child = Command::new(env!("CARGO_BIN_EXE_vt-batch"))
        .args(["report", "-q", "list.txt", "-o", "report.csv"])
        .current_dir(bench.folder.path())
        .env("HOME", bench.home())
        .env("VT_API_KEY", KEY)
        .env("VT_BASE_URL", server.url())
        .spawn()
        .unwrap();
    server.wait_for_requests(1);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = std::fs::read_dir(bench.folder.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["list.txt"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let bench = Bench::new();
    bench.file("list.txt", list(2_000));
    for args in [
        &["extract", "list.txt"][..],
        &["report", "--demo", "-q", "--format", "ndjson", "list.txt"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vt-batch"))
            .args(args)
            .current_dir(bench.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn hostile_names_come_out_harmless_in_every_format() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", &specimen(Specimen::HostileText).sha256);
    for format in ["table", "csv", "json", "ndjson", "html"] {
        let run = server.run(&bench, &["report", "-q", "--format", format, "list.txt"]);
        assert_eq!(run.exit, 0);
        let harmful = |c: char| {
            c.is_control() && c != '\n'
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        assert!(!run.stdout.contains(harmful), "{format}: {:?}", run.stdout);
        let markup = format == "html" && run.stdout.contains("<script");
        let formula = format == "csv" && run.stdout.contains("\"=");
        assert!(!markup && !formula, "{format}: {}", run.stdout);
    }
    let run = server.run(&bench, &["lookup", &specimen(Specimen::HostileText).md5]);
    assert!(
        !run.stdout.contains(|c: char| c.is_control() && c != '\n'),
        "{:?}",
        run.stdout
    );
    let run = server.run(
        &bench,
        &["lookup", "--json", &specimen(Specimen::HostileText).md5],
    );
    assert!(
        !run.stdout.contains(|c: char| c.is_control() && c != '\n'),
        "{:?}",
        run.stdout
    );
}

#[test]
fn colours_are_for_those_who_ask() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", ordinary(1).md5);
    let has_color = |args: &[&str]| server.run(&bench, args).stdout.contains('\u{1b}');
    assert!(!has_color(&["report", "list.txt"]));
    assert!(has_color(&["report", "--color", "always", "list.txt"]));
    assert!(!has_color(&["report", "--color", "never", "list.txt"]));
}
