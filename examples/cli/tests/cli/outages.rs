//! VirusTotal gives no answers for a while.

use std::thread;

use http::StatusCode;
use vt_sim::{Fault, Trigger};

use crate::bench::{Bench, Run, Server, list, ordinary, rows};

/// How many of two hashes have an answer in the end, and the exit code. The
/// first is refused with 503 until whoever is impatient has given it up, and
/// nothing is answered before.
fn after_an_outage(options: &[&str]) -> (usize, i32) {
    let (bench, server) = (Bench::new(), Server::new());
    bench.file("list.txt", list(2));
    let script = |n, fault| {
        let file = Trigger::File(ordinary(n).md5);
        server.simulator().script(file, fault);
    };
    script(0, Fault::status(StatusCode::SERVICE_UNAVAILABLE));
    script(1, Fault::Stall);
    let args = [&["report", "--format", "csv", "list.txt"], options].concat();
    let mut command = server.command(&bench, &args);
    // The second must not be asked again before the first was asked three times.
    command.env("VT_MAX_IN_FLIGHT", "2").env("VT_TIMEOUT", "8s");
    let run = thread::scope(|scope| {
        let run = scope.spawn(move || Run::of(&mut command));
        server.wait_for_requests(4);
        server.simulator().clear_script();
        run.join().unwrap()
    });
    let rows = rows(&run.stdout);
    let answered = rows.iter().filter(|row| row[2] != "error").count();
    (answered, run.exit)
}

#[test]
fn whoever_is_patient_has_every_answer_after_an_outage() {
    let [patient, impatient] = thread::scope(|scope| {
        [&["--patient"][..], &[]]
            .map(|options| scope.spawn(move || after_an_outage(options)))
            .map(|run| run.join().unwrap())
    });
    assert_eq!(patient, (2, 0));
    assert_eq!(impatient, (1, 3));
}
