//! `vt-batch`: file hashes out of any text, a VirusTotal report out of the
//! hashes.

/// Tells the user something, in one line on standard error.
macro_rules! tell {
    ($($text:tt)*) => {
        $crate::output::tell(format_args!($($text)*))
    };
}

mod args;
mod books;
mod command;
mod document;
mod exit;
mod input;
mod interrupt;
mod output;
mod progress;
mod rows;
mod session;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
use exit::{Exit, Failure};

fn main() -> ExitCode {
    match run(std::env::args_os().collect()) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if let Some(message) = failure.message() {
                tell!("{message}");
            }
            failure.exit().into()
        }
    }
}

fn run(args: Vec<OsString>) -> Result<Exit, Failure> {
    let command = vt_setup::configured(Cli::command(), &args)?;
    let matches = match command.try_get_matches_from(args) {
        Ok(matches) => matches,
        // Help and version come this way too, and are no failure.
        Err(error) => {
            let printed = error.print();
            return match error.exit_code() {
                0 => printed
                    .map(|()| Exit::Complete)
                    .or_else(output::broken_pipe_is_success),
                _ => Err(Failure::silent(Exit::Usage)),
            };
        }
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Failure::usage(error.to_string()))?;
    match cli.command {
        Command::Report(args) => block_on(command::report::run(args)),
        Command::Extract(args) => command::extract::run(&args),
        Command::Lookup(args) => block_on(command::lookup::run(args)),
        Command::Quota(args) => block_on(command::quota::run(args)),
        Command::Cache(command) => block_on(command::cache::run(command)),
        Command::Jobs(command) => block_on(command::jobs::run(command)),
        Command::Completions(args) => command::completions::run(&args),
    }
}

fn block_on(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let exit = runtime.block_on(work);
    // A request that is still under way has nobody left to wait for it.
    runtime.shutdown_background();
    exit
}
