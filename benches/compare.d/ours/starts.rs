//! How long programs take that have next to nothing to do. Whoever starts them
//! must be light: Python takes longer to start a process than they do to end.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use vt_core::time::{Clock, SystemClock};

/// Starts programs in turns; their words have `--` between them.
pub(crate) fn measure(rounds: u64, words: &[&str]) -> Value {
    let mut sides: Vec<(Command, Vec<Duration>)> = words
        .split(|word| *word == "--")
        .map(|words| (command(words), Vec::new()))
        .collect();
    for _ in 0..rounds {
        for (command, times) in &mut sides {
            let start = SystemClock.boot();
            let status = command.status().expect("a program that starts");
            times.push(SystemClock.boot().saturating_since(start));
            assert!(status.success(), "{command:?}: {status}");
        }
    }
    let seconds = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let seconds: Vec<f64> = sides.iter_mut().map(|(_, times)| seconds(times)).collect();
    json!({ "medians": seconds })
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}
