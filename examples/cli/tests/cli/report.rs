//! `vt-batch report`

use std::path::{Path, PathBuf};

use http::StatusCode;
use vt_sim::{Fault, Specimen, Trigger};

use crate::bench::{Bench, Run, Server, list, ordinary, rows, specimen};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder that lies beside the repository, or none, said aloud.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn fixtures(name: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/fixtures").join(name);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_demo_makes_a_table_of_the_example_without_key_and_network() {
    let example = repository().join("examples/hashes.txt");
    let run = Bench::new().run(&["report", "--demo", example.to_str().unwrap()]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let header = run
        .stdout
        .lines()
        .find(|line| line.contains("hash"))
        .unwrap();
    let columns: Vec<&str> = header
        .split("  ")
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(columns[..4], ["hash", "Fortinet", "hits", "scan date"]);
    assert!(
        run.stdout
            .contains("15 hashes: 10 detected, 3 clean, 1 not found, 1 pending")
    );
    assert!(
        run.stdout.contains("demo"),
        "made-up answers say that they are"
    );
    for reason in ["imphash", "ja3", "SHA-512", "31 hex digits"] {
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
}

#[test]
fn rows_stand_in_the_order_of_the_input_one_for_each_distinct_hash() {
    let bench = Bench::new();
    let server = Server::new();
    let samples: Vec<_> = (0..60).map(ordinary).collect();
    let text: String = samples
        .iter()
        .map(|sample| format!("x {} y\n", sample.sha1))
        .collect();
    bench.file("list.txt", format!("{text}{text}"));
    let run = server.run(&bench, &["report", "--format", "csv", "list.txt"]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let rows = rows(&run.stdout);
    assert_eq!(rows.len(), 60);
    for (row, sample) in rows.iter().zip(&samples) {
        assert_eq!((&row[0], &row[1]), (&sample.sha1, &sample.sha256));
    }
    assert_eq!(server.requests(), 60);
}

#[test]
fn three_digests_of_a_recorded_file_and_an_unknown_hash_cost_two_requests() {
    let Some(reports) = fixtures("v3") else {
        return;
    };
    let bench = Bench::new();
    let server = Server::with(|simulator| simulator.reports(reports).unknown(1.0));
    let digests = [
        "b214da9f6b0d6e6de5090b3f9672defe",
        "b7162dfcbcac2724c71c03385abe577e1ab0cd8d",
        "001015aafcae8a6942366cbb0e7d39c0738752a7800c41ea1c655d47b0a4d04c",
    ];
    let input = format!("{}\n{}\n", digests.join("\n"), "0".repeat(31) + "1");
    let mut command = server.command(&bench, &["report", "--format", "csv", "-"]);
    let run = Run::of(command.env("VT_PER_MINUTE", "4").write_stdin(input));
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let rows = rows(&run.stdout);
    assert_eq!(rows.len(), 4);
    for (row, digest) in rows.iter().zip(digests) {
        assert_eq!(row[0], digest);
        assert_eq!(row[1..], rows[0][1..]);
    }
    assert_eq!(
        rows[0][2..7],
        ["detected", "53", "62", "Fortinet", "WM/Moat.81C2F10E!tr"]
    );
    assert_eq!(rows[3][2], "not_found");
    assert_eq!(server.requests(), 2);
}

#[test]
fn the_list_that_it_all_began_with_gets_a_row_for_each_of_its_hundred_hashes() {
    let Some(list) = fixtures("input/sample_hash_input_100_md5.txt") else {
        return;
    };
    let run = Bench::new().run(&[
        "report",
        "--demo",
        "--format",
        "csv",
        list.to_str().unwrap(),
    ]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let text = std::fs::read_to_string(list).unwrap();
    let mut distinct: Vec<&str> = Vec::new();
    for hash in text.lines() {
        if !distinct.contains(&hash) {
            distinct.push(hash);
        }
    }
    let hashes: Vec<String> = rows(&run.stdout)
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(hashes, distinct);
    assert_eq!(hashes.len(), 100);
}

#[test]
fn any_engines_can_be_chosen() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", &specimen(Specimen::Detected).md5);
    let args = [
        "report",
        "--format",
        "csv",
        "-e",
        "kaspersky",
        "-e",
        "Nobody",
        "list.txt",
    ];
    let run = server.run(&bench, &args);
    let header = run.stdout.lines().next().unwrap();
    assert!(
        header.contains("\"engine_2\",\"detection_name_2\""),
        "{header}"
    );
    let row = &rows(&run.stdout)[0];
    assert_eq!(
        (&*row[5], &*row[7], &*row[8]),
        ("kaspersky", "Nobody", "no such engine")
    );
}

#[test]
fn a_detection_can_be_an_exit_code() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("bad.txt", &specimen(Specimen::Detected).md5);
    bench.file("good.txt", &specimen(Specimen::Clean).md5);
    let exit = |args: &[&str]| server.run(&bench, args).exit;
    assert_eq!(exit(&["report", "--fail-on-detection", "bad.txt"]), 4);
    assert_eq!(exit(&["report", "--fail-on-detection", "good.txt"]), 0);
    assert_eq!(exit(&["report", "bad.txt"]), 0);
}

#[test]
fn a_hash_without_an_answer_makes_the_report_incomplete_and_says_why() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(5));
    let fault = Fault::error(StatusCode::FORBIDDEN, "ForbiddenError", "canary");
    server
        .simulator()
        .script(Trigger::File(ordinary(2).md5), fault);
    let run = server.run(&bench, &["report", "--format", "csv", "list.txt"]);
    assert_eq!(run.exit, 3, "{}", run.stderr);
    let statuses: Vec<bool> = rows(&run.stdout)
        .iter()
        .map(|row| row[2] == "error")
        .collect();
    assert_eq!(statuses, [false, false, true, false, false]);
    assert!(rows(&run.stdout)[2][15].contains("ForbiddenError"));
}

#[test]
fn a_key_that_is_refused_midway_keeps_what_is_there() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(4));
    let refused = Fault::error(StatusCode::UNAUTHORIZED, "WrongCredentialsError", "canary");
    server
        .simulator()
        .script(Trigger::File(ordinary(2).md5), refused);
    let mut command = server.command(&bench, &["report", "--format", "csv", "list.txt"]);
    let run = Run::of(command.env("VT_PER_MINUTE", "4"));
    assert_eq!(run.exit, 3, "{}", run.stderr);
    let rows = rows(&run.stdout);
    let statuses: Vec<&str> = rows.iter().map(|row| &*row[2]).collect();
    assert!(
        statuses[..2]
            .iter()
            .all(|status| !["error", "pending"].contains(status))
    );
    assert_eq!(statuses[2..], ["error", "error"]);
    assert!(run.stderr.contains("stopped early"), "{}", run.stderr);
    assert_eq!(server.requests(), 3);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_there_and_exits_with_130() {
    use std::process::{Command, Stdio};

    for signal in ["-INT", "-TERM"] {
        let bench = Bench::new();
        let server = Server::new();
        bench.file("list.txt", list(9));
        let child = Command::new(env!("CARGO_BIN_EXE_vt-batch"))
            .args(["report", "--format", "csv", "list.txt"])
            .current_dir(bench.folder.path())
            .env("HOME", bench.home())
            .env("VT_API_KEY", crate::bench::KEY)
            .env("VT_BASE_URL", server.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The fifth has to wait for a minute.
        server.wait_for_requests(4);
        let kill = [signal, &child.id().to_string()];
        Command::new("kill").args(kill).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let rows = rows(std::str::from_utf8(&output.stdout).unwrap());
        assert_eq!(rows.len(), 9);
        // Also the reply that was still on its way.
        let answered = rows.iter().filter(|row| row[2] != "pending").count();
        assert_eq!(answered, 4);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("4 of 9 answered; run it"), "{stderr}");
        let again = server.run(&bench, &["report", "--format", "csv", "list.txt"]);
        assert_eq!((again.exit, server.requests()), (0, 9));
    }
}
