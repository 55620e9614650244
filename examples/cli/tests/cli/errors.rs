//! Mistakes get one clear line and the right exit code.

use http::StatusCode;
use vt_sim::{Fault, Trigger};

use crate::bench::{Bench, KEY, Run, Server, list};

#[test]
fn without_a_key_it_says_what_to_do() {
    let bench = Bench::new();
    bench.file("list.txt", list(1));
    for args in [
        &["report", "list.txt"][..],
        &["report"],
        &["quota"],
        &["lookup", &list(1)[..32]],
    ] {
        let run = bench.run(args);
        let line = run.error(2);
        for way in ["VT_API_KEY", "--key-file", "--demo"] {
            assert!(line.contains(way), "{line}");
        }
    }
}

#[test]
fn a_text_without_a_hash_is_named() {
    let bench = Bench::new();
    bench.file("empty.txt", "");
    bench.file("prose.txt", "nothing to see here\n");
    for name in ["empty.txt", "prose.txt"] {
        for args in [&["report", "--demo", "-q", name][..], &["extract", name]] {
            let run = bench.run(args);
            assert!(run.error(1).contains(&format!("no file hashes in {name}")));
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("folder")).unwrap();
    for command in [&["report", "--demo"][..], &["extract"]] {
        let run = |name| bench.run(&[command, &[name]].concat());
        assert!(run("gone.txt").error(1).contains("cannot read gone.txt"));
        assert!(run("folder").error(1).contains("folder is a directory"));
        assert!(
            run("-")
                .error(1)
                .contains("no file hashes in standard input")
        );
    }
}

#[test]
fn standard_input_is_read_only_once() {
    let run = Bench::new().run(&["extract", "-", "-"]);
    assert!(run.error(2).contains("only once"));
}

#[test]
fn a_server_that_is_not_there_is_named_after_one_hash() {
    let bench = Bench::new();
    bench.file("list.txt", list(50));
    let port = {
        // Free again at once: nobody listens there.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}");
    let mut command = bench.command(&["report", "-q", "list.txt"]);
    command.env("VT_API_KEY", KEY).env("VT_BASE_URL", &url);
    let run = Run::of(&mut command);
    let line = run.error(1);
    let reason = format!("no connection to 127.0.0.1:{port}");
    assert!(line.contains(&reason), "{line}");
    assert!(
        line.ends_with("run the same command again to go on"),
        "{line}"
    );
}

#[test]
fn a_base_url_that_would_give_the_key_away_is_refused() {
    let bench = Bench::new();
    bench.file("list.txt", list(1));
    for url in [
        "http://www.virustotal.com",
        "https://me:canary@host.example",
        "www",
        "ftp://x.example",
    ] {
        let mut command = bench.command(&["report", "list.txt", "--base-url", url]);
        let run = Run::of(command.env("VT_API_KEY", KEY));
        assert!(run.error(2).contains("bad base URL"), "{url}");
    }
}

#[test]
fn a_refused_key_is_one_line_and_one_request() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(50));
    let mut command = server.command(&bench, &["report", "-q", "list.txt"]);
    command
        .env("VT_API_KEY", "canary-another")
        .env("VT_PER_MINUTE", "4");
    let run = Run::of(&mut command);
    assert!(run.error(1).contains("refused the API key"));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_page_instead_of_an_answer_is_no_answer() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(1));
    let page = Fault::plain_text(StatusCode::OK, "<html>log in canary</html>");
    server.simulator().script(Trigger::Every, page);
    let run = server.run(&bench, &["report", "list.txt"]);
    assert_eq!(run.exit, 3);
    assert!(
        run.stdout.contains("text/plain, not JSON"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("1 of 1 have no answer; run the same command again"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_hash_is_told_why() {
    let run = Bench::new().run(&["lookup", "--demo", "abc"]);
    assert_eq!(run.exit, 2);
    assert!(
        run.stderr.contains("3 hex digits, but MD5 has 32"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_unknown_option_is_wrong_usage() {
    assert_eq!(Bench::new().run(&["report", "--api-key", "canary"]).exit, 2);
    assert_eq!(Bench::new().run(&[]).exit, 2);
    assert_eq!(Bench::new().run(&["report", "--format", "pdf"]).exit, 2);
}
