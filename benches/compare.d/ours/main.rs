//! Our side of `benches/compare`, and what makes its inputs. Each job is a
//! process of its own, as those of the peers are:
//!
//! - `text KIND BYTES FILE`: a text, and what is in it
//! - `extract parse|distinct THREADS FILE`: the hashes of a file
//! - `database ROWS`: a file with so many answers, made if it is not there
//! - `keys ROWS FILE`, `list ROWS COUNT FILE`: hashes that are in it
//! - `cached ROWS LIST`: the answers to a list
//! - `put COUNT`, `upsert ROWS COUNT`, `import COUNT`: answers written
//! - `reports COUNT FOLDER`: answers as the simulator makes them, to be served again
//! - `fetch scanner|bare URL LIST`: the answers of a server
//! - `starts ROUNDS -- PROGRAM.. -- PROGRAM..`: how long programs take that do little
//!
//! The answer is a JSON object: `seconds` is the time of the work alone.
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::env;

use serde_json::{Value, json};
use vt_core::time::{BootTime, Clock, SystemClock};

#[path = "../../store/database.rs"]
#[expect(dead_code, reason = "the benchmark `store` uses the rest")]
mod database;
mod extraction;
mod fetching;
#[path = "../../store/lines.rs"]
mod lines;
mod starts;
mod store;
mod texts;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--bench") {
        println!("compare: left out, it is part of benches/compare");
        return;
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    println!("{}", run(&arguments));
}

fn run(arguments: &[&str]) -> Value {
    match arguments {
        ["text", kind, bytes, file] => texts::write(kind, number(bytes), file),
        ["extract", mode, threads, file] => extraction::measure(mode, number(threads), file),
        ["database", rows] => json!({ "path": store::database(number(rows)) }),
        ["keys", rows, file] => store::write_keys(number(rows), file),
        ["list", rows, count, file] => store::write_list(number(rows), number(count), file),
        ["cached", rows, list] => store::cached(number(rows), list),
        ["put", count] => store::put(number(count)),
        ["upsert", rows, count] => store::upsert(number(rows), number(count)),
        ["import", count] => store::import(number(count)),
        ["reports", count, folder] => fetching::write_reports(number(count), folder),
        ["fetch", "scanner", url, list] => fetching::scanner(url, list),
        ["fetch", "bare", url, list] => fetching::bare(url, list),
        ["starts", rounds, "--", programs @ ..] => starts::measure(number(rounds), programs),
        other => panic!("no job is called {other:?}"),
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn since(start: BootTime) -> f64 {
    SystemClock.boot().saturating_since(start).as_secs_f64()
}
