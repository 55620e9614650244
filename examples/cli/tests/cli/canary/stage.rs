//! Where a scenario plays.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::{
    cases::{Case, End},
    tap::Tap,
};
use crate::bench::{Bench, KEY, Server, list};

const FILES: u64 = 3;

pub(crate) struct Stage {
    bench: Bench,
    server: Server,
    tap: Tap,
    elsewhere: Tap,
}

/// What can be told from outside.
pub(crate) struct Ended {
    pub(crate) exit: Option<i32>,
    pub(crate) cmdline: Vec<u8>,
}

impl Stage {
    pub(crate) fn set(case: &Case) -> Self {
        let bench = Bench::new();
        let server = Server::new();
        let address = server.url().strip_prefix("http://").unwrap().parse();
        let stage = Self {
            tap: Tap::new(Some(address.unwrap())),
            elsewhere: Tap::new(None),
            bench,
            server,
        };
        stage.bench.file("list.txt", list(FILES));
        for (name, content) in &case.files {
            let path = stage.bench.file(name, content);
            fs::set_permissions(path, Permissions::from_mode(case.mode)).unwrap();
        }
        if case.used_before {
            let report = ["report", "-q", "list.txt"].map(str::to_owned);
            stage
                .start(case, &report, "exec \"$0\" \"$@\"")
                .wait()
                .unwrap();
        }
        if let Some(fault) = &case.fault {
            let fault = fault(&stage.elsewhere.url());
            stage.server.simulator().script(case.trigger.clone(), fault);
        }
        (case.change)(&stage.bench);
        stage
    }

    /// Runs the program until it ends or is ended.
    pub(crate) fn play(&self, case: &Case) -> Ended {
        let mut child = self.start(case, &case.args, case.shell);
        let pid = child.id();
        if let End::Signal(requests, signal) = case.end {
            self.server
                .wait_for_requests(self.server_before(case) + requests);
            let kill = ["-s", signal, &pid.to_string()].map(str::to_owned);
            Command::new("kill").args(kill).status().unwrap();
        }
        let cmdline = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let exit = child.wait().unwrap().code();
        Ended { exit, cmdline }
    }

    const fn server_before(&self, case: &Case) -> u64 {
        if case.used_before { FILES } else { 0 }
    }

    fn start(&self, case: &Case, args: &[String], shell: &str) -> Child {
        let folder = self.bench.folder.path();
        let (url, elsewhere) = (self.tap.url(), self.elsewhere.url());
        let filled = |text: &String| {
            text.replace("{url}", &url)
                .replace("{elsewhere}", &elsewhere)
        };
        let mut child = Command::new("sh")
            .args(["-c", shell, env!("CARGO_BIN_EXE_vt-batch")])
            .args(args.iter().map(filled))
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.bench.home())
            .env("VT_API_KEY", KEY)
            .env("VT_BASE_URL", &url)
            .env("VT_DB", "kept.db")
            .env("VT_PER_MINUTE", "0")
            .env("VT_TIMEOUT", "1s")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .envs(case.env.iter().map(|(name, value)| (name, filled(value))))
            .stdin(Stdio::piped())
            .stdout(File::create(folder.join("stdout")).unwrap())
            .stderr(File::create(folder.join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Whoever reads nothing has closed it.
        let _ = stdin.write_all(case.stdin.as_bytes());
        child
    }

    pub(crate) fn folder(&self) -> &Path {
        self.bench.folder.path()
    }

    pub(crate) fn home(&self) -> &Path {
        self.bench.home()
    }

    /// All that was sent, without the two places that the key belongs in: its
    /// header, and the address of its own quota.
    pub(crate) fn requests(&self) -> Vec<u8> {
        let heard = String::from_utf8_lossy(&self.tap.heard()).into_owned();
        let header = format!("x-apikey: {KEY}\r\n");
        let quota = format!("GET /api/v3/users/{KEY}/overall_quotas HTTP");
        heard.replace(&header, "").replace(&quota, "").into_bytes()
    }

    /// Whether any request carried the key where it belongs.
    pub(crate) fn asked(&self) -> bool {
        let heard = String::from_utf8_lossy(&self.tap.heard()).into_owned();
        heard.contains(&format!("x-apikey: {KEY}\r\n"))
    }

    /// What came to the server that nothing should come to.
    pub(crate) fn elsewhere(&self) -> Vec<u8> {
        self.elsewhere.heard()
    }
}
