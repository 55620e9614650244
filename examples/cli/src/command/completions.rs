//! `vt-batch completions`

use clap::CommandFactory;

use crate::{
    args::{Cli, CompletionsArgs},
    exit::{Exit, Failure},
    output::Output,
};

pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vt-batch", &mut script);
    Output::Stdout.write(|out| out.write_all(&script))?;
    Ok(Exit::Complete)
}
