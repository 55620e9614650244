//! The file of settings of `vt-batch`.

use std::{ffi::OsString, path::Path};

use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use toml::{Table, Value};
use vt_setup::{Failure, settings};

use crate::args::Cli;

/// Takes `input` for the file of settings.
///
/// # Panics
///
/// When a mistake in the file is not one of usage, or a setting is not the same
/// as the option of its name.
pub fn config(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let table = text.parse::<Table>().ok();
    if let Ok(command) = applied(text) {
        assert!(table.is_some(), "it is no TOML");
        // What one setting says of another is for clap to judge.
        let _judged = command.try_get_matches_from(arguments([]));
    }
    for (name, value) in table.iter().flatten().take(3) {
        check_alone(name, value);
    }
}

/// A setting alone in its file says what it says on the command line.
fn check_alone(name: &str, value: &Value) {
    let mut table = Table::new();
    table.insert(name.to_owned(), value.clone());
    let by_file = applied(&table.to_string());
    let known = program();
    let known = known
        .find_subcommand("report")
        .and_then(|report| option(report, name));
    let Some(given) = known.and_then(|option| given(option, value)) else {
        return;
    };
    let by_file = by_file.expect("there is such an option, and it may have such a value");
    let by_file = said(by_file, arguments([]));
    let by_argument = said(program(), arguments(given));
    assert_eq!(by_file, by_argument, "{name} = {value}");
}

/// The program as it is where the environment says nothing: that would beat the file.
fn program() -> Command {
    fn deaf(command: Command) -> Command {
        let command = command.mut_args(|option| option.env("no such variable"));
        command.mut_subcommands(deaf)
    }
    deaf(Cli::command())
}

fn option<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command
        .get_arguments()
        .find(|option| option.get_long() == Some(name))
}

/// The option as it is given on the command line, if it can be.
fn given(option: &Arg, value: &Value) -> Option<Vec<OsString>> {
    let name = option.get_long()?;
    let is_list = matches!(option.get_action(), ArgAction::Append);
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(is_on) if !option.get_action().takes_values() => {
            return Some(
                is_on
                    .then(|| format!("--{name}").into())
                    .into_iter()
                    .collect(),
            );
        }
        Value::Array(values) if is_list && !values.is_empty() => {
            let each = values
                .iter()
                .map(|value| given(option, value).filter(|_| !value.is_array()));
            return each.collect::<Option<Vec<_>>>().map(|given| given.concat());
        }
        _ => return None,
    };
    let takes_it = option.get_action().takes_values();
    takes_it.then(|| vec![format!("--{name}={text}").into()])
}

/// What the program is told, or that it cannot be told so.
fn said(command: Command, arguments: Vec<OsString>) -> Option<String> {
    let matches = command.try_get_matches_from(arguments).ok()?;
    let cli = Cli::from_arg_matches(&matches).expect("the matches are those of the program");
    Some(format!("{cli:?}"))
}

fn arguments(given: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let first = ["vt-batch", "report"].map(OsString::from);
    first
        .into_iter()
        .chain(given)
        .chain(["list.txt".into()])
        .collect()
}

fn applied(text: &str) -> Result<Command, Failure> {
    let applied = settings::apply(program(), Path::new("settings"), text);
    applied.inspect_err(|failure| {
        assert!(failure.is_usage());
        let message = failure.to_string();
        assert!(!message.contains(char::is_control), "{message:?}");
    })
}
