//! The options for mails, as the program takes them.

use std::{
    path::Path,
    process::{Command, Output},
};

const URL: &str = "smtps://user:canary@mail.example.org";

/// The program, without anybody's settings.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vt-web"));
    command.env_clear().env("HOME", home);
    command.args(["--demo", "--listen", "127.0.0.1:0"]);
    command
}

/// Runs the program, which ends at once.
fn run(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(folder.path());
    program.env("VT_MAIL_URL", URL).args(args).output().unwrap()
}

#[test]
fn options_that_make_no_mail_are_refused_without_a_word_of_the_password() {
    let other = "http://user:canary@mail.example.org";
    let plain = "smtp://user:canary@mail.example.org";
    for (args, told) in [
        (&[][..], "--mail-from"),
        (
            &["--mail-from", "nobody"],
            "--mail-from: it is not of the form",
        ),
        (
            &["--mail-from", "a@b.example", "--mail-allow", "@b"],
            "--mail-allow: after the @",
        ),
        (
            &["--mail-from", "a@b.example", "--mail-url", other],
            "has to be smtps://",
        ),
        (
            &["--mail-from", "a@b.example", "--mail-url", plain],
            "unencrypted",
        ),
        (&["--mail-folder", "mails"], "--mail-folder"),
    ] {
        let output = run(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(told), "{args:?}: {error}");
        assert!(!error.contains("canary"), "{args:?}: {error}");
    }
}

#[test]
fn the_help_does_not_show_the_password_that_is_set() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("VT_MAIL_URL") && help.contains("--mail-allow"));
    assert!(!help.contains("canary"));
}
