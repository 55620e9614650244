//! Where settings and the key come from.

use vt_sim::Specimen;

use crate::bench::{Bench, KEY, Run, Server, list, specimen};

#[test]
fn a_setting_comes_from_a_file_below_the_environment_below_an_argument() {
    let bench = Bench::new();
    bench.file("list.txt", list(1));
    let folder = bench.home().join(".config/vt-batch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "format = 'csv'\ndemo = true\n").unwrap();
    let starts_with =
        |run: Run, start: &str| assert!(run.stdout.starts_with(start), "{}", run.stdout);
    starts_with(bench.run(&["report", "list.txt"]), "\"hash\"");
    let mut command = bench.command(&["report", "list.txt"]);
    starts_with(Run::of(command.env("VT_FORMAT", "ndjson")), "{\"hash\"");
    let mut command = bench.command(&["report", "--format", "html", "list.txt"]);
    starts_with(Run::of(command.env("VT_FORMAT", "ndjson")), "<!");
    let mut command = bench.command(&["report", "list.txt", "--config", "other.toml"]);
    assert!(Run::of(&mut command).error(2).contains("other.toml"));
}

#[test]
fn a_mistake_in_the_file_is_named() {
    let bench = Bench::new();
    bench.file("settings.toml", "per-minutes = 4\n");
    let run = bench.run(&["report", "--demo", "--config", "settings.toml"]);
    let line = run.error(2);
    assert!(
        line.contains("settings.toml") && line.contains("per-minutes"),
        "{line}"
    );
}

/// What is said of settings like these.
fn complaint(settings: &str) -> String {
    let bench = Bench::new();
    bench.file("settings.toml", settings);
    bench.file("list.txt", list(1));
    let run = bench.run(&["report", "--demo", "--config", "settings.toml", "list.txt"]);
    run.error(2).to_owned()
}

#[test]
fn a_mistake_in_the_file_does_not_reach_the_terminal() {
    for settings in [
        r#""per\u001b[31mminute" = 4"#,
        r#""per\u001b[31mminute" = { a = 1 }"#,
        "\"\\u001b[31m\" = 1\n\"\\u001b[31m\" = 2",
    ] {
        let line = complaint(settings);
        assert!(line.contains("settings.toml"), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn a_list_is_only_for_what_may_be_given_several_times() {
    for (settings, name) in [("db = ['a.db', 'b.db']", "db"), ("title = []", "title")] {
        let line = complaint(settings);
        assert!(
            line.contains(&format!("{name} takes one value, not a list")),
            "{line}"
        );
    }
}

#[test]
fn a_list_of_no_engines_is_a_mistake() {
    let line = complaint("engine = []");
    assert!(line.contains("engine is an empty list"), "{line}");
}

#[test]
fn the_key_comes_from_a_file_that_nobody_else_may_read() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(1));
    let key = bench.file("key", format!("{KEY}\n"));
    let run = || {
        let mut command =
            server.command(&bench, &["report", "-q", "--key-file", "key", "list.txt"]);
        Run::of(command.env_remove("VT_API_KEY"))
    };
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};

        std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
        assert!(run().error(2).contains("chmod 600"));
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(run().exit, 0);
    std::fs::write(&key, "").unwrap();
    assert!(run().error(2).contains("empty"));
    std::fs::remove_file(&key).unwrap();
    assert!(run().error(2).contains("cannot read the API key from key"));
}

#[test]
fn the_key_comes_from_standard_input() {
    let bench = Bench::new();
    let server = Server::new();
    bench.file("list.txt", list(1));
    let mut command = server.command(&bench, &["report", "--key-file", "-", "list.txt"]);
    let run = Run::of(
        command
            .env_remove("VT_API_KEY")
            .write_stdin(format!("  {KEY}\r\n")),
    );
    assert_eq!(run.exit, 0, "{}", run.stderr);
}

#[test]
fn quota_shows_both_counts() {
    let bench = Bench::new();
    let server = Server::with(|simulator| simulator.per_day(500).per_month(15_500));
    let mut command = server.command(&bench, &["quota"]);
    let run = Run::of(command.env("VT_PER_MINUTE", "4"));
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let line = |period: &str| {
        run.stdout
            .lines()
            .find(|line| line.starts_with(period))
            .unwrap()
            .to_owned()
    };
    assert!(line("minute").contains("0 of 4"));
    assert_eq!(line("day").matches("0 of 500").count(), 2, "{}", run.stdout);
    let arrivals = server.simulator().arrivals();
    assert!(
        arrivals.iter().all(|arrival| arrival.free),
        "asking for the quota costs none"
    );
}

#[test]
fn lookup_shows_everything_known() {
    let bench = Bench::new();
    let server = Server::new();
    let sample = specimen(Specimen::Detected);
    let run = server.run(&bench, &["lookup", &sample.md5.to_uppercase()]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    for text in [&sample.md5, &sample.sha1, &sample.sha256] {
        assert!(run.stdout.contains(text.as_str()), "{}", run.stdout);
    }
    assert!(run.stdout.contains("detected by"));
    let run = server.run(&bench, &["lookup", "--json", &sample.md5]);
    assert!(run.stdout.starts_with("{\"data\":{"), "{}", run.stdout);
    assert!(run.stdout.contains("last_analysis_results"));
}

#[test]
fn completions_are_made_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = Bench::new().run(&["completions", shell]);
        assert_eq!(run.exit, 0);
        assert!(
            run.stdout.contains("vt-batch") && run.stdout.contains("per-minute"),
            "{shell}"
        );
    }
}
