//! What may happen to the program.

use std::fs;

use http::{Response, StatusCode};
use vt_sim::{Fault, Trigger};

use crate::bench::{Bench, KEY, list, ordinary};

/// How a scenario ends.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Itself,
    /// By a signal, after so many requests.
    Signal(u64, &'static str),
}

/// One scenario: the program is called, and something is not as it should be.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(&'static str, String)>,
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
    pub(crate) mode: u32,
    pub(crate) stdin: String,
    /// Around the program, which is `"$0" "$@"`.
    pub(crate) shell: &'static str,
    /// Whether answers are kept from an earlier run.
    pub(crate) used_before: bool,
    /// What the server does, which is told where else it could send somebody.
    pub(crate) fault: Option<Faults>,
    /// Which requests that is for.
    pub(crate) trigger: Trigger,
    /// What is changed before the program runs.
    pub(crate) change: fn(&Bench),
    pub(crate) end: End,
    /// A signal is none.
    exits: Vec<Option<i32>>,
    asks: bool,
}

type Faults = Box<dyn Fn(&str) -> Fault + Send>;

impl Case {
    /// Ends well unless told, and sends the key.
    fn new(name: impl Into<String>, args: &str) -> Self {
        Self {
            name: name.into(),
            args: args.split_whitespace().map(str::to_owned).collect(),
            env: Vec::new(),
            files: Vec::new(),
            mode: 0o600,
            stdin: String::new(),
            shell: "exec \"$0\" \"$@\"",
            used_before: false,
            fault: None,
            trigger: Trigger::Every,
            change: |_| {},
            end: End::Itself,
            exits: vec![Some(0)],
            asks: true,
        }
    }

    fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn file(mut self, name: &'static str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name, content.into()));
        self
    }

    fn fault(mut self, fault: impl Fn(&str) -> Fault + Send + 'static) -> Self {
        self.fault = Some(Box::new(fault));
        self
    }

    fn shell(mut self, shell: &'static str) -> Self {
        self.shell = shell;
        self
    }

    fn used_before(mut self, change: fn(&Bench)) -> Self {
        self.used_before = true;
        self.change = change;
        self
    }

    fn signal(mut self, requests: u64, signal: &'static str) -> Self {
        self.end = End::Signal(requests, signal);
        self.exits = vec![None];
        self
    }

    fn exits(mut self, exit: i32) -> Self {
        self.exits = vec![Some(exit)];
        self
    }

    /// Where it is a matter of time what happens.
    fn or_exits(mut self, exit: i32) -> Self {
        self.exits.push(Some(exit));
        self
    }

    /// Ends before anything is sent.
    fn asks_nothing(mut self) -> Self {
        self.asks = false;
        self
    }

    /// Fails if it was another scenario than the one that was meant.
    #[track_caller]
    pub(crate) fn check(&self, exit: Option<i32>, asked: bool) {
        assert!(self.exits.contains(&exit), "{}: {exit:?}", self.name);
        assert_eq!(asked, self.asks, "{}", self.name);
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = replies();
    cases.extend(ways_to_give_the_key());
    cases.extend(ways_to_connect());
    cases.extend(ends());
    cases.extend(places());
    cases.extend(commands());
    cases
}

/// Everything that a server can say, with the key in it wherever it fits.
fn replies() -> Vec<Case> {
    let mut cases = Vec::new();
    for (command, all_fail) in [
        ("report -q --max-wait 1s list.txt", 3),
        ("lookup {hash}", 1),
        ("quota", 1),
    ] {
        let args = command.replace("{hash}", list(1).trim());
        let case = |name: &str| Case::new(format!("{command}: {name}"), &args).exits(all_fail);
        for status in [400, 403, 418, 500] {
            let status = StatusCode::from_u16(status).unwrap();
            let error = move |_: &str| Fault::error(status, KEY, &format!("Wrong key: {KEY}"));
            // Three in a row, and the key is taken for refused.
            let exit = if status == StatusCode::FORBIDDEN {
                1
            } else {
                all_fail
            };
            cases.push(case(status.as_str()).fault(error).exits(exit));
        }
        let refused =
            |_: &str| Fault::error(StatusCode::UNAUTHORIZED, "WrongCredentialsError", KEY);
        cases.push(case("401").fault(refused).exits(1));
        cases.push(case("a page").fault(|_| Fault::plain_text(StatusCode::OK, page())));
        cases.push(case("headers").fault(|_| headers(StatusCode::OK)));
        cases.push(case("cut").fault(|_| Fault::CutBody { after: 9 }));
        cases.push(case("reset").fault(|_| Fault::Reset));
        cases.push(case("stalled").fault(|_| Fault::Stall).exits(1));
        cases.push(case("sent elsewhere").fault(|elsewhere| {
            let place = format!("{elsewhere}/{KEY}");
            let reply = Response::builder().status(302).header("location", place);
            Fault::Answer(reply.body(KEY.into()).unwrap())
        }));
    }
    cases
}

fn page() -> &'static str {
    format!("<html>Wrong key {KEY}</html>").leak()
}

fn headers(status: StatusCode) -> Fault {
    let mut reply = Response::builder().status(status);
    for name in ["content-type", "date", "location", "retry-after", "server"] {
        reply = reply.header(name, KEY);
    }
    Fault::Answer(reply.body(KEY.into()).unwrap())
}

fn ways_to_give_the_key() -> Vec<Case> {
    let report =
        |name: &str| Case::new(format!("key: {name}"), "report -q list.txt").env("VT_API_KEY", "");
    let from_file = |name: &str| report(name).env("VT_KEY_FILE", "key");
    let refused = |case: Case| case.exits(2).asks_nothing();
    vec![
        report("in the environment").env("VT_API_KEY", KEY),
        report("between white space").env("VT_API_KEY", format!(" {KEY}\n")),
        refused(report("with a character too many").env("VT_API_KEY", format!("{KEY}é"))),
        refused(report("with a line in it").env("VT_API_KEY", format!("{KEY}\nx"))),
        from_file("in a file").file("key", format!("{KEY}\n")),
        refused(from_file("in a file twice").file("key", format!("{KEY}\n{KEY}\n"))),
        refused(
            from_file("in a file that is no text").file("key", [KEY.as_bytes(), &[0xff]].concat()),
        ),
        Case {
            mode: 0o644,
            ..refused(from_file("in a file for all to read").file("key", KEY))
        },
        Case {
            stdin: format!("{KEY}\r\n"),
            ..report("on standard input").env("VT_KEY_FILE", "-")
        },
        report("in a file that the settings name")
            .file("key", KEY)
            .file("set.toml", "key-file = 'key'")
            .env("VT_CONFIG", "set.toml"),
        refused(report("in the settings").file("set.toml", format!("api-key = '{KEY}'")))
            .env("VT_CONFIG", "set.toml"),
        refused(report("in settings with a mistake").file("set.toml", format!("api-key = {KEY}")))
            .env("VT_CONFIG", "set.toml"),
        refused(report("in a table of settings").file("set.toml", format!("[db]\nkey = '{KEY}'")))
            .env("VT_CONFIG", "set.toml"),
    ]
}

fn ways_to_connect() -> Vec<Case> {
    let report =
        |name: &str| Case::new(format!("way: {name}"), "report -q list.txt").asks_nothing();
    let base = |name: &str, url: &str| report(name).env("VT_BASE_URL", url.replace("KEY", KEY));
    let proxy = |name: &str, url: &str| {
        base(name, "https://vt.invalid").env("VT_PROXY", url.replace("KEY", KEY))
    };
    vec![
        base("refused", "http://127.0.0.1:1").exits(1),
        base("TLS to who speaks none", "https://127.0.0.1:1").exits(1),
        base("an unknown host", "https://vt.invalid")
            .env("VT_PROXY", "off")
            .exits(1),
        base("a URL with the key in it", "https://me:KEY@vt.invalid").exits(2),
        base(
            "a URL with the key at its end",
            "https://vt.invalid?apikey=KEY",
        )
        .exits(2),
        base("a URL in clear", "http://vt.invalid").exits(2),
        proxy("a proxy of an unknown kind", "ftp://me:KEY@proxy.invalid").exits(2),
        proxy("a proxy that is no URL", "http://me:KEY@[proxy").exits(2),
        proxy("a proxy that is not there", "http://me:KEY@127.0.0.1:1").exits(1),
        proxy("a proxy that lets nobody through", "{url}").exits(1),
        base("a proxy of the environment", "https://vt.invalid")
            .env("HTTPS_PROXY", format!("http://me:{KEY}@127.0.0.1:1"))
            .exits(1),
        Case::new("way: help with a proxy", "report --help")
            .env("VT_PROXY", format!("http://me:{KEY}@proxy.invalid"))
            .env("VT_BASE_URL", format!("https://me:{KEY}@vt.invalid"))
            .asks_nothing(),
        Case {
            change: |bench| {
                let folder = bench.home().join(".config/vt-batch");
                fs::create_dir_all(&folder).unwrap();
                fs::copy(bench.path("config.toml"), folder.join("config.toml")).unwrap();
            },
            ..Case::new("way: help with URLs in the settings", "report --help")
                .file(
                    "config.toml",
                    format!("proxy = 'http://me:{KEY}@p.invalid'\nbase-url = 'https://me:{KEY}@vt.invalid'"),
                )
                .asks_nothing()
        },
    ]
}

/// Ends that nobody would choose.
fn ends() -> Vec<Case> {
    let report = |name: &str| Case::new(format!("end: {name}"), "report list.txt");
    let stalls = |_: &str| Fault::Stall;
    let tired = |_: &str| Fault::error(StatusCode::TOO_MANY_REQUESTS, "QuotaExceededError", KEY);
    vec![
        Case {
            trigger: Trigger::File(ordinary(2).md5),
            ..report("killed with answers in the log")
                .env("VT_MAX_IN_FLIGHT", "1")
                .fault(stalls)
                .signal(3, "KILL")
        },
        report("killed while nothing comes")
            .fault(stalls)
            .signal(1, "KILL"),
        report("killed while it is refused")
            .fault(tired)
            .signal(1, "KILL"),
        report("told to end")
            .fault(stalls)
            .signal(1, "TERM")
            .exits(130),
        report("aborted")
            .shell("ulimit -c 0; exec \"$0\" \"$@\"")
            .fault(stalls)
            .signal(1, "ABRT"),
        report("Ctrl-C").fault(stalls).signal(1, "INT").exits(130),
        report("nobody listens").shell("exec \"$0\" \"$@\" >&- 2>&-"),
        report("no room for the report")
            .shell("exec \"$0\" \"$@\" >/dev/full")
            .exits(1),
        report("no room for messages")
            .shell("exec \"$0\" \"$@\" --db list.txt 2>/dev/full")
            .asks_nothing()
            .exits(1),
    ]
}

/// Files and folders in a bad state.
fn places() -> Vec<Case> {
    let report = |name: &str| Case::new(format!("place: {name}"), "report -q list.txt");
    let small = "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\"";
    let refused = |case: Case| case.asks_nothing().exits(1);
    vec![
        report("a disk that is too small for answers")
            .file("list.txt", list(30))
            .shell(small)
            .signal(3, "INT")
            .exits(130)
            .or_exits(1),
        refused(
            report("a disk that is full").shell("trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""),
        ),
        refused(report("a database that is a folder").env("VT_DB", ".")),
        refused(report("a database in a file").env("VT_DB", "list.txt/kept.db")),
        refused(report("a database of somebody else").env("VT_DB", "list.txt")),
        refused(report("an output that is a folder").env("VT_OUTPUT", ".")),
        report("a damaged database")
            .used_before(|bench| damage(bench, 4_096..20_000))
            .env("VT_MAX_WAIT", "1s")
            .exits(3)
            .or_exits(0),
        report("a database without its head")
            .used_before(|bench| damage(bench, 20..60))
            .env("VT_MAX_WAIT", "1s")
            .exits(3)
            // Where the log still has the head.
            .or_exits(0),
        report("half a database")
            .used_before(|bench| {
                let bytes = fs::read(bench.path("kept.db")).unwrap();
                bench.file("kept.db", &bytes[..bytes.len() / 2]);
            })
            .env("VT_MAX_WAIT", "1s")
            .exits(3)
            .or_exits(0),
    ]
}

fn damage(bench: &Bench, range: std::ops::Range<usize>) {
    let mut bytes = fs::read(bench.path("kept.db")).unwrap();
    let end = range.end.min(bytes.len());
    bytes[range.start..end].fill(0xa5);
    bench.file("kept.db", bytes);
}

/// Every other command, with the key at hand.
fn commands() -> Vec<Case> {
    let unused = |command: &str| Case::new(command, command).asks_nothing();
    let mut cases = vec![
        unused("extract list.txt"),
        unused("completions bash"),
        unused("report --demo list.txt"),
        unused("report --api-key list.txt").exits(2),
        unused("--help"),
        Case::new("quota by name", "quota --user me"),
    ];
    for command in [
        "cache stats",
        "cache evict --older-than 0s",
        "cache export -o answers.ndjson",
        "report --offline list.txt",
    ] {
        cases.push(Case::new(command, command).used_before(|_| {}));
    }
    for format in ["csv", "json", "ndjson", "html", "pdf", "table"] {
        let command = format!("report --format {format} -o report list.txt");
        cases.push(Case::new(&command, &command));
    }
    cases
}
