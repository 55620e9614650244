//! What the program can be told.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{FalseyValueParser, PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;
use vt_core::hash::FileHash;
use vt_report::{DEFAULT_ENGINE, Format};
use vt_setup::{ConnectionArgs, DatabaseArgs};

const AFTER_HELP: &str = "\
Every option can also be set by the environment variable named with it, and by
its long name in a file: --config FILE, else vt-batch/config.toml in the user's
configuration directory. The API key comes from VT_API_KEY or --key-file, never
from an argument.

Exit codes: 0 complete, 1 failed, 2 wrong usage, 3 some hashes have no answer
(run again), 4 detections with --fail-on-detection, 130 interrupted.";

/// File hashes out of any text, a VirusTotal report out of the hashes.
#[derive(Debug, Parser)]
#[command(name = "vt-batch", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Take settings from this file.
    #[arg(long, global = true, value_name = "FILE", env = "VT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find hashes in any text and report what VirusTotal says of them.
    Report(ReportArgs),
    /// Find hashes in any text and print them, one on each line.
    Extract(ExtractArgs),
    /// Show everything known of a few hashes.
    Lookup(LookupArgs),
    /// Show what may be sent and what was.
    Quota(QuotaArgs),
    /// Look after the answers that are kept.
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Look after reports that were begun.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    /// Do not wait longer than this for the next request to be allowed: report
    /// what is there. By default it waits as long as it takes.
    #[arg(long, env = "VT_MAX_WAIT", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) max_wait: Option<Duration>,
    /// Wait until VirusTotal can be reached again and answers, for days if need
    /// be. By default hashes that get no answer after a few tries are left for
    /// the next run.
    #[arg(long, env = "VT_PATIENT", value_parser = FalseyValueParser::new())]
    pub(crate) patient: bool,
    /// Spread a long list over the UTC day, so that at any time there is
    /// something left for a few other questions.
    #[arg(long, env = "VT_SPREAD", value_parser = FalseyValueParser::new())]
    pub(crate) spread: bool,
    /// Exit with 4 if any file is detected.
    #[arg(long, env = "VT_FAIL_ON_DETECTION", value_parser = FalseyValueParser::new())]
    pub(crate) fail_on_detection: bool,
    /// Say nothing but errors on standard error.
    #[arg(long, short, env = "VT_QUIET", value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) age: AgeArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// How a report is written, and where to.
#[derive(Debug, Args)]
pub(crate) struct DocumentArgs {
    /// What the report is written as; by default what the name given with -o
    /// ends in, else a table.
    #[arg(long, short, env = "VT_FORMAT", value_parser = format_parser(), value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write to this file instead of standard output. The file appears whole
    /// or not at all.
    #[arg(long, short, env = "VT_OUTPUT", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Show what this engine says; may be given several times.
    #[arg(
        long,
        short,
        env = "VT_ENGINE",
        value_name = "NAME",
        value_delimiter = ',',
        default_value = DEFAULT_ENGINE
    )]
    pub(crate) engine: Vec<String>,
    /// What the report is called.
    #[arg(long, env = "VT_TITLE", value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// When a table has colours.
    #[arg(long, env = "VT_COLOR", value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Print a JSON object for each hash, and for each thing that looked like
    /// one and is not taken.
    #[arg(long, env = "VT_JSON", value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,
    /// Say nothing but errors on standard error.
    #[arg(long, short, env = "VT_QUIET", value_parser = FalseyValueParser::new())]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LookupArgs {
    /// MD5, SHA-1 or SHA-256 digests.
    #[arg(required = true, value_name = "HASH")]
    pub(crate) hashes: Vec<FileHash>,
    /// Print VirusTotal's answers as JSON, one on each line.
    #[arg(long, env = "VT_JSON", value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) age: AgeArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QuotaArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Count the answers that are kept.
    Stats(CacheStatsArgs),
    /// Forget old answers.
    Evict(CacheEvictArgs),
    /// Write all answers as JSON, one on each line, for another machine.
    Export(CacheExportArgs),
    /// Take in answers that `cache export` wrote.
    Import(CacheImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CacheStatsArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CacheEvictArgs {
    /// Forget what was fetched longer ago than this.
    #[arg(
        long,
        env = "VT_OLDER_THAN",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "30d"
    )]
    pub(crate) older_than: Duration,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CacheExportArgs {
    /// Write to this file instead of standard output. The file appears whole
    /// or not at all.
    #[arg(long, short, env = "VT_OUTPUT", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CacheImportArgs {
    /// The file to read; - is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List the reports that were begun, the newest first.
    List(JobsListArgs),
    /// Write the report of a job as far as it is; asks for nothing.
    Show(JobsShowArgs),
    /// Remove jobs with their results. Answers that are kept stay.
    Delete(JobsDeleteArgs),
}

#[derive(Debug, Args)]
pub(crate) struct JobsListArgs {
    /// Print a JSON object for each job.
    #[arg(long, env = "VT_JSON", value_parser = FalseyValueParser::new())]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JobsShowArgs {
    /// The job's id as `jobs list` shows it; its first digits will do.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct JobsDeleteArgs {
    /// The ids of jobs; their first digits will do.
    #[arg(value_name = "ID", required_unless_present = "finished")]
    pub(crate) ids: Vec<String>,
    /// Every job that is finished.
    #[arg(long, env = "VT_FINISHED", value_parser = FalseyValueParser::new())]
    pub(crate) finished: bool,
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Age of answers")]
pub(crate) struct AgeArgs {
    /// Take answers that were fetched no longer ago than this; by default 24 h
    /// for reports, 6 h for unknown files, 30 min for files under analysis.
    #[arg(long, env = "VT_MAX_AGE", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) max_age: Option<Duration>,
    /// Ask for every hash, whatever is kept.
    #[arg(
        long,
        env = "VT_REFRESH",
        value_parser = FalseyValueParser::new(),
        conflicts_with_all = ["offline", "max_age"]
    )]
    pub(crate) refresh: bool,
    /// Take what is kept, of any age, and ask for nothing; needs no key.
    #[arg(long, env = "VT_OFFLINE", value_parser = FalseyValueParser::new())]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files to read; - or none is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.as_str()))
        .try_map(|name| name.parse::<Format>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_an_environment_variable_and_a_help_text() {
        let cli = Cli::command();
        let nested = cli
            .get_subcommands()
            .flat_map(clap::Command::get_subcommands);
        for command in cli.get_subcommands().chain(nested) {
            for option in command
                .get_arguments()
                .filter(|arg| arg.get_long().is_some())
            {
                let name = option.get_long().unwrap();
                assert!(option.get_help().is_some(), "--{name}");
                let expected = format!("VT_{}", name.replace('-', "_").to_uppercase());
                assert_eq!(option.get_env().unwrap(), expected.as_str(), "--{name}");
            }
        }
    }
}
