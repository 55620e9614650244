//! Settings from a file: the long names of options, below the command line
//! and the environment.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command, CommandFactory, builder::OsStr};
use etcetera::{BaseStrategy, choose_base_strategy};
use toml::{Table, Value};
use vt_report::escape::display_safe;

use crate::{args::Cli, exit::Failure};

/// What the file says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    file: PathBuf,
    table: Table,
}

/// Reads the file that the arguments or the environment name, else the usual
/// one if it is there.
pub(crate) fn load(args: &[OsString]) -> Result<Settings, Failure> {
    // A first look at the arguments, only for this one: whatever is wrong
    // with the others is said by the second.
    let first_look = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(args);
    let named = first_look
        .ok()
        .and_then(|matches| matches.get_one::<PathBuf>("config").cloned());
    let is_named = named.is_some();
    let Some(file) = named.or_else(usual_file) else {
        return Ok(Settings::default());
    };
    match fs::read_to_string(&file) {
        Ok(text) => Settings::parse(file, &text),
        Err(error) if !is_named && error.kind() == io::ErrorKind::NotFound => {
            Ok(Settings::default())
        }
        Err(error) => Err(Failure::usage(format!(
            "cannot read the settings in {}: {error}",
            display_safe(&file.to_string_lossy())
        ))),
    }
}

fn usual_file() -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    Some(base.config_dir().join("vt-batch").join("config.toml"))
}

impl Settings {
    fn parse(file: PathBuf, text: &str) -> Result<Self, Failure> {
        match text.parse::<Table>() {
            Ok(table) => Ok(Self { file, table }),
            // The whole error shows lines of the file, over several lines.
            Err(error) => Err(mistake(&file, error.message())),
        }
    }

    /// Makes each setting the default of the option of its name.
    pub(crate) fn apply(&self, mut command: Command) -> Result<Command, Failure> {
        for (name, value) in &self.table {
            let option = find(&command, name).ok_or_else(|| unknown(name));
            let values = option.and_then(|option| values(option, value));
            let values = values.map_err(|wrong| mistake(&self.file, &wrong))?;
            command = command.mut_subcommands(|subcommand| set_default(subcommand, name, &values));
        }
        Ok(command)
    }
}

/// The option of a subcommand that a setting is for.
fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_subcommands().find_map(|subcommand| {
        let mut options = subcommand.get_arguments();
        options
            .find(|option| is_setting(option, name))
            .or_else(|| find(subcommand, name))
    })
}

fn set_default(mut command: Command, name: &str, values: &[OsStr]) -> Command {
    let option = command
        .get_arguments()
        .find(|option| is_setting(option, name));
    if let Some(id) = option.map(|option| option.get_id().clone()) {
        command = command.mut_arg(id, |option| {
            // What the help shall not show of the environment it shall not
            // show of the file: there may be a password in it.
            let is_secret = option.is_hide_env_values_set();
            option.default_values(values).hide_default_value(is_secret)
        });
    }
    command.mut_subcommands(|nested| set_default(nested, name, values))
}

fn is_setting(option: &Arg, name: &str) -> bool {
    option.get_long() == Some(name) && name != "help"
}

fn mistake(file: &Path, what: &str) -> Failure {
    // Whoever wrote the file may have had the terminal in mind.
    let file = file.to_string_lossy();
    let (file, what) = (display_safe(&file), display_safe(what));
    Failure::usage(format!("{file}: {what}"))
}

fn unknown(name: &str) -> String {
    format!("there is no setting {name}; settings are the long names of options, like per-minute")
}

/// A setting as it would stand on the command line; else what is wrong.
fn values(option: &Arg, value: &Value) -> Result<Vec<OsStr>, String> {
    let name = option.get_long().unwrap_or_default();
    let one = |value: &Value| match value {
        Value::String(text) => Ok(OsStr::from(text)),
        Value::Integer(number) => Ok(OsStr::from(number.to_string())),
        Value::Boolean(yes) => Ok(OsStr::from(yes.to_string())),
        _ => Err(format!("{name} takes a text, a number, true or false")),
    };
    let Value::Array(values) = value else {
        return one(value).map(|value| vec![value]);
    };
    if !matches!(option.get_action(), ArgAction::Append) {
        return Err(format!("{name} takes one value, not a list"));
    }
    if values.is_empty() {
        return Err(format!(
            "{name} is an empty list: name at least one, or leave the setting out"
        ));
    }
    values.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;
    use crate::args::Command as Chosen;

    fn parse(text: &str, args: &[&str]) -> Result<Cli, String> {
        let settings = Settings::parse("settings".into(), text);
        let command = settings
            .and_then(|settings| settings.apply(Cli::command()))
            .map_err(|failure| failure.message().unwrap().to_owned())?;
        let args = ["vt-batch"].iter().chain(args);
        let matches = command
            .try_get_matches_from(args)
            .map_err(|error| error.to_string())?;
        Ok(Cli::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn a_setting_is_a_default_that_an_argument_beats() {
        let text = "per-minute = 7\nengine = ['A', 'B']\ndemo = true\nformat = 'csv'";
        let Chosen::Report(report) = parse(text, &["report", "x"]).unwrap().command else {
            panic!("another command");
        };
        assert_eq!(report.connection.per_minute, Some(7));
        assert_eq!(report.document.engine, ["A", "B"]);
        assert!(report.connection.demo);
        let args = ["report", "--per-minute", "9", "--engine", "C", "x"];
        let Chosen::Report(report) = parse(text, &args).unwrap().command else {
            panic!("another command");
        };
        assert_eq!(report.connection.per_minute, Some(9));
        assert_eq!(report.document.engine, ["C"]);
    }

    #[test]
    fn a_setting_for_another_command_does_no_harm() {
        parse("per-minute = 7", &["extract", "x"]).unwrap();
    }

    #[test]
    fn a_mistake_is_named_with_its_file() {
        let message = parse("per-minutes = 7", &["extract"]).unwrap_err();
        assert!(
            message.contains("settings") && message.contains("per-minutes"),
            "{message}"
        );
        let message = parse("api-key = 'secret'", &["extract"]).unwrap_err();
        assert!(!message.contains("secret"), "{message}");
        assert!(parse("= 7", &["extract"]).is_err());
        assert!(parse("per-minute = { a = 1 }", &["extract"]).is_err());
        assert!(parse("per-minute = 'many'", &["report", "x"]).is_err());
    }
}
