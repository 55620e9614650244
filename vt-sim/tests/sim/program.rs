//! The program `vt-sim`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

use vt_sim::sample;

#[test]
fn the_first_line_is_the_url_and_there_it_serves() {
    let mut program = Program::start(&["--per-minute", "1", "--key", "demo"]);

    let answer = program.ask("GET", "/api/v3/users/demo", "demo");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let path = format!("/api/v3/files/{}", sample(0).md5);
    assert!(
        program
            .ask("GET", &path, "other")
            .starts_with("HTTP/1.1 401")
    );
    assert!(
        program
            .ask("GET", &path, "demo")
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        program
            .ask("GET", &path, "demo")
            .starts_with("HTTP/1.1 429")
    );
    let stats = program.ask("GET", "/sim/stats", "");
    assert!(stats.contains("\"requests\": 4"), "{stats}");
    program.child.kill().unwrap();
}

#[test]
fn with_recorded_reports_nothing_else_is_known_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for (more, status) in [(&[][..], "404"), (&["--unknown", "0"], "200")] {
        let arguments = [&["--reports", folder], more].concat();
        let mut program = Program::start(&arguments);
        let path = format!("/api/v3/files/{}", "7".repeat(32));
        let answer = program.ask("GET", &path, "demo");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        program.child.kill().unwrap();
    }
}

#[test]
fn faults_are_scripted_from_the_command_line() {
    let mut program = Program::start(&[
        "--fault",
        "429:empty + header:retry-after=7 for nth:2",
        "--fault",
        "503 for 0s..1h",
        "--fault",
        "other-file for share:1",
    ]);
    let path = format!("/api/v3/files/{}", sample(0).md5);
    let answers: Vec<String> = (0..3).map(|_| program.ask("GET", &path, "demo")).collect();
    assert!(answers[0].starts_with("HTTP/1.1 503"), "{}", answers[0]);
    assert!(answers[1].starts_with("HTTP/1.1 429"), "{}", answers[1]);
    assert!(answers[1].contains("retry-after: 7\r\n"), "{}", answers[1]);
    assert!(answers[2].contains("TransientError"), "{}", answers[2]);
    // Forgetting everything is forgetting the faults too.
    program.ask("POST", "/sim/reset", "");
    let answer = program.ask("GET", &path, "demo");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    program.child.kill().unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_well() {
    let mut program = Program::start(&[]);
    // One whole answer shows that the server runs, and with it the handler.
    program.ask("GET", "/sim/stats", "");
    let pid = program.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );

    assert!(program.child.wait().unwrap().success());
}

#[test]
fn samples_prints_as_many_hashes_as_asked_for() {
    let output = run(&["samples", "--count", "3", "--from", "7", "--kind", "sha1"]);

    let expected: String = (7..10).map(|n| sample(n).sha1 + "\n").collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for (arguments, reason) in [
        (&["--listen", "0.0.0.0:0"][..], "loopback"),
        (&["--listen", "[::]:0"][..], "loopback"),
        (&["--latency", "80ms..20ms"][..], "range"),
        (&["--unknown", "2"][..], "0 to 1"),
        (&["--fault", "nonsense"][..], "no fault"),
        (&["--fault", "503 for share:2"][..], "share:0.1"),
        (&["--fault", "503 for 1h..tea"][..], "10m..15m"),
        (&["--fault", "503 for nth:x"][..], "nth:3"),
        (&["--reports", "/no/such/folder"][..], "/no/such/folder"),
    ] {
        let output = run(arguments);

        assert!(!output.status.success(), "{arguments:?}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(reason), "{arguments:?}: {complaint}");
    }
}

struct Program {
    child: Child,
    addr: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let addr = line.trim_end().strip_prefix("http://").unwrap().to_owned();
        Self { child, addr }
    }

    fn ask(&self, method: &str, path: &str, key: &str) -> String {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: x\r\nx-apikey: {key}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vt-sim"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}
