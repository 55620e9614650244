//! Settings from a file: the long names of options, below the command line
//! and the environment.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command, builder::OsStr};
use etcetera::{BaseStrategy, choose_base_strategy};
use toml::{Table, Value};
use vt_report::escape::display_safe;

use crate::Failure;

/// The option that names the file, and is no setting itself.
const CONFIG: &str = "config";

/// Makes each setting in a file the default of the option of its name. The file
/// is the one that the arguments or the environment name with `--config`, else
/// `config.toml` in the program's folder of the user's configuration, if it is
/// there.
///
/// # Errors
///
/// When the file cannot be read, or says what the program does not know.
pub fn configured(command: Command, args: &[OsString]) -> Result<Command, Failure> {
    let named = named(&command, args);
    let is_named = named.is_some();
    let Some(file) = named.or_else(|| usual_file(command.get_name())) else {
        return Ok(command);
    };
    match fs::read_to_string(&file) {
        Ok(text) => apply(command, &file, &text),
        Err(error) if !is_named && error.kind() == io::ErrorKind::NotFound => Ok(command),
        Err(error) => Err(Failure::usage(format!(
            "cannot read the settings in {}: {error}",
            display_safe(&file.to_string_lossy())
        ))),
    }
}

/// The file that is named. This is a first look at the arguments: whatever is
/// wrong with the others is said by the second.
fn named(command: &Command, args: &[OsString]) -> Option<PathBuf> {
    let first_look = command.clone().ignore_errors(true);
    let matches = first_look.try_get_matches_from(args).ok()?;
    matches.get_one::<PathBuf>(CONFIG).cloned()
}

fn usual_file(program: &str) -> Option<PathBuf> {
    let base = choose_base_strategy().ok()?;
    Some(base.config_dir().join(program).join("config.toml"))
}

/// Makes each setting in a text the default of the option of its name.
///
/// # Errors
///
/// When the text is no TOML, or says what the program does not know.
pub fn apply(mut command: Command, file: &Path, text: &str) -> Result<Command, Failure> {
    // The whole error shows lines of the file, over several lines.
    let table = text.parse::<Table>();
    let table = table.map_err(|error| mistake(file, error.message()))?;
    for (name, value) in &table {
        let option = find(&command, name).ok_or_else(|| unknown(name));
        let values = option.and_then(|option| values(option, value));
        let values = values.map_err(|wrong| mistake(file, &wrong))?;
        command = set_default(command, name, &values);
    }
    Ok(command)
}

/// The option that a setting is for, of the program or of a subcommand.
fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut options = command.get_arguments();
    let own = options.find(|option| is_setting(option, name));
    let nested = || {
        let mut subcommands = command.get_subcommands();
        subcommands.find_map(|subcommand| find(subcommand, name))
    };
    own.or_else(nested)
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
    option.get_long() == Some(name) && !["help", "version", CONFIG].contains(&name)
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
    use clap::{FromArgMatches, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[arg(long)]
        config: Option<PathBuf>,
        #[arg(long)]
        listen: Option<String>,
        #[command(subcommand)]
        command: Option<Chosen>,
    }

    #[derive(Debug, Parser)]
    enum Chosen {
        Report {
            #[arg(long)]
            per_minute: Option<u32>,
            #[arg(long, value_delimiter = ',')]
            engine: Vec<String>,
            #[arg(long)]
            demo: bool,
        },
        Extract,
    }

    fn parse(text: &str, args: &[&str]) -> Result<Program, String> {
        let command = <Program as clap::CommandFactory>::command();
        let command = apply(command, Path::new("settings"), text);
        let command = command.map_err(|failure| failure.to_string())?;
        let args = ["program"].iter().chain(args);
        let matches = command.try_get_matches_from(args);
        let matches = matches.map_err(|error| error.to_string())?;
        Ok(Program::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn a_setting_is_a_default_that_an_argument_beats() {
        let text = "listen = 'x'\nper-minute = 7\nengine = ['A', 'B']\ndemo = true";
        let args = ["report", "--per-minute", "9"];
        for (args, expected) in [(&args[..1], Some(7)), (&args, Some(9))] {
            let program = parse(text, args).unwrap();
            assert_eq!(program.listen.as_deref(), Some("x"));
            assert_eq!(program.config, None);
            let Some(Chosen::Report {
                per_minute,
                engine,
                demo,
            }) = program.command
            else {
                panic!("another command");
            };
            assert_eq!((per_minute, demo), (expected, true));
            assert_eq!(engine, ["A", "B"]);
        }
    }

    #[test]
    fn a_setting_for_another_command_does_no_harm() {
        assert!(matches!(
            parse("per-minute = 7", &["extract"]).unwrap().command,
            Some(Chosen::Extract)
        ));
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
        for wrong in [
            "= 7",
            "per-minute = { a = 1 }",
            "config = 'x'",
            "listen = ['a', 'b']",
            "engine = []",
        ] {
            assert!(parse(wrong, &["extract"]).is_err(), "{wrong}");
        }
        assert!(parse("per-minute = 'many'", &["report"]).is_err());
    }
}
