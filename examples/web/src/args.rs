//! What the server can be told.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use clap::{Parser, builder::FalseyValueParser};
use ipnet::IpNet;
use secrecy::SecretString;
use vt_report::DEFAULT_ENGINE;
use vt_setup::ConnectionArgs;

const AFTER_HELP: &str = "\
Every option can also be set by the environment variable named with it, and by
its long name in a file: --config FILE, else vt-web/config.toml in the user's
configuration directory. The API key comes from VT_API_KEY or --key-file, never
from an argument.";

/// A web server that turns lists of file hashes into VirusTotal reports.
#[derive(Clone, Debug, Parser)]
#[command(name = "vt-web", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Args {
    /// Take settings from this file.
    #[arg(long, value_name = "FILE", env = "VT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Listen here. Whoever reaches it can upload: put a proxy in front of any
    /// address that is not this machine's own.
    #[arg(
        long,
        env = "VT_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) listen: SocketAddr,
    /// Where the server is found from outside, for links in mails; by default
    /// the address that is listened on.
    #[arg(long, env = "VT_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Answer to this name too, with its port; may be given several times.
    #[arg(
        long,
        env = "VT_ALLOW_HOST",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub(crate) allow_host: Vec<String>,
    /// Believe what these proxies say of where a request is from.
    #[arg(
        long,
        env = "VT_TRUSTED_PROXY",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxy: Vec<IpNet>,
    /// Take uploads of so many MiB at most.
    #[arg(long, env = "VT_MAX_UPLOAD", value_name = "MIB", default_value_t = 64)]
    pub(crate) max_upload: u64,
    /// Take so many uploads at once from one network, and then one a minute.
    #[arg(long, env = "VT_UPLOAD_BURST", value_name = "N", default_value = "30")]
    pub(crate) upload_burst: NonZeroU32,
    /// Take so many hashes at most in one report.
    #[arg(
        long,
        env = "VT_MAX_HASHES",
        value_name = "N",
        default_value_t = 10_000
    )]
    pub(crate) max_hashes: usize,
    /// Ask before a report is begun that takes longer than this.
    #[arg(
        long,
        env = "VT_CONSENT_AFTER",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "1d"
    )]
    pub(crate) consent_after: Duration,
    /// Refuse reports that take longer than this.
    #[arg(
        long,
        env = "VT_LONGEST_WAIT",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "30d"
    )]
    pub(crate) longest_wait: Duration,
    /// Delete reports after this time.
    #[arg(
        long,
        env = "VT_RETENTION",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "30d"
    )]
    pub(crate) retention: Duration,
    /// Take answers that were fetched no longer ago than this; by default 24 h
    /// for reports, 6 h for unknown files, 30 min for files under analysis.
    #[arg(long, env = "VT_MAX_AGE", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) max_age: Option<Duration>,
    /// Show what this engine says if none is chosen; may be given several times.
    #[arg(
        long,
        env = "VT_ENGINE",
        value_name = "NAME",
        value_delimiter = ',',
        default_value = DEFAULT_ENGINE
    )]
    pub(crate) engine: Vec<String>,
    /// Show the list of all reports to everybody, and not only their own.
    #[arg(long, env = "VT_PUBLIC_DASHBOARD", value_parser = FalseyValueParser::new())]
    pub(crate) public_dashboard: bool,
    /// Send long lists as soon as the key allows, instead of spreading them over
    /// the day so that there is something left for short ones.
    #[arg(long, env = "VT_GREEDY", value_parser = FalseyValueParser::new())]
    pub(crate) greedy: bool,
    /// The secret that links are made from; by default beside the database. It
    /// is made if it is not there.
    #[arg(long, env = "VT_SECRET_FILE", value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Show numbers at /metrics to whoever sends the token in this file.
    #[arg(long, env = "VT_METRICS_TOKEN_FILE", value_name = "FILE")]
    pub(crate) metrics_token_file: Option<PathBuf>,
    /// Mail reports to whoever asks for it, through this server:
    /// smtps://USER:PASSWORD@HOST, smtp+starttls://USER:PASSWORD@HOST or
    /// smtp://HOST. An address gets 3 a day at most, and a network may ask for 20
    /// an hour. Of several servers with one database only one may send mails.
    #[arg(
        long,
        env = "VT_MAIL_URL",
        hide_env_values = true,
        value_name = "URL",
        conflicts_with = "mail_folder"
    )]
    pub(crate) mail_url: Option<SecretString>,
    /// Write mails into this folder instead of sending them; in a demo one that
    /// is thrown away.
    #[arg(long, env = "VT_MAIL_FOLDER", value_name = "DIR")]
    pub(crate) mail_folder: Option<PathBuf>,
    /// Send mails from this address.
    #[arg(long, env = "VT_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Send mails to addresses of this domain only, and not to any; may be given
    /// several times.
    #[arg(
        long,
        env = "VT_MAIL_ALLOW",
        value_name = "DOMAIN",
        value_delimiter = ','
    )]
    pub(crate) mail_allow: Vec<String>,
    /// Write the log as JSON, one object on each line.
    #[arg(long, env = "VT_LOG_JSON", value_parser = FalseyValueParser::new())]
    pub(crate) log_json: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_option_has_an_environment_variable_and_a_help_text() {
        let program = Args::command();
        program.clone().debug_assert();
        for option in program
            .get_arguments()
            .filter(|arg| arg.get_long().is_some())
        {
            let name = option.get_long().unwrap();
            assert!(option.get_help().is_some(), "--{name}");
            let expected = format!("VT_{}", name.replace('-', "_").to_uppercase());
            assert_eq!(option.get_env().unwrap(), expected.as_str(), "--{name}");
        }
    }

    /// One row for each option, as the program knows it.
    fn table() -> String {
        let program = Args::command();
        let options = program.get_arguments().filter_map(|option| {
            let name = option.get_long()?;
            let value = option
                .get_value_names()
                .filter(|_| option.get_action().takes_values());
            let value = value.map_or_else(String::new, |names| format!(" {}", names[0]));
            let default = option
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy());
            let default = default.collect::<Vec<_>>().join(", ");
            let default = if default.is_empty() {
                default
            } else {
                format!("`{default}`")
            };
            let environment = option.get_env().unwrap().to_string_lossy().into_owned();
            let help = option.get_help().unwrap().to_string();
            Some(format!(
                "| `--{name}{value}` | `{environment}` | {default} | {help} |\n"
            ))
        });
        let head = "| option | environment | default | what it does |\n| --- | --- | --- | --- |\n";
        std::iter::once(head.to_owned()).chain(options).collect()
    }

    #[test]
    fn the_documented_table_is_what_the_program_takes() {
        let document = include_str!("../../../docs/vt-web.md");
        let (_, documented) = document.split_once("program -->\n").unwrap();
        assert_eq!(
            documented.trim(),
            table().trim(),
            "put this there:\n{}",
            table()
        );
    }
}
