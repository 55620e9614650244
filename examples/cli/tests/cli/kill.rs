//! `kill -9` at any moment loses nothing that was paid for.

use std::{
    collections::HashSet,
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
};
use vt_cache_sqlite::SqliteStore;
use vt_core::{
    client::ApiKey,
    quota::{Ledger, Quota},
    time::{BootTime, Clock, SystemClock},
};
use vt_sim::Simulator;

use crate::bench::{Bench, KEY, Server, list_from, rows};

/// Files in each list: a list is reported again and again until a run ends by
/// itself, then the next one is.
const FILES: u64 = 12;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// When a run is killed, if it has not ended by then.
enum Moment {
    /// So long after its start.
    After(Duration),
    /// So long after the arrival of the request that makes it this many.
    Request(u64, Duration),
    /// When it has written so many bytes of the report.
    Written(u64),
}

/// How long a run takes that nobody kills.
struct Life {
    first_request: Duration,
    whole: Duration,
    report: u64,
}

impl Life {
    /// Start, requests and writing take very different times, and each gets
    /// its share.
    fn moment(&self, rng: &mut fastrand::Rng, requests: u64) -> Moment {
        let mut within = |longest: Duration| longest.mul_f64(rng.f64());
        let (start, any) = (within(self.first_request), within(self.whole));
        let pause = within(Duration::from_millis(8));
        match rng.u32(0..8) {
            0..2 => Moment::After(start),
            2..4 => Moment::After(any),
            4..7 => Moment::Request(requests + rng.u64(1..6), pause),
            _ => Moment::Written(rng.u64(1..=self.report)),
        }
    }
}

/// What a run did before it ended or was killed.
struct Ended {
    killed: bool,
    written: String,
}

/// Everything that the runs share.
struct Lab {
    bench: Bench,
    server: Server,
    seed: u64,
}

impl Lab {
    fn start(&self, round: u64) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vt-batch"));
        command.args(["report", "--format", "csv", &format!("{round}.txt")]);
        if to_file(round) {
            command.args(["--output", &format!("{round}.csv")]);
        }
        let stderr = File::create(self.bench.path("stderr")).unwrap();
        command
            .current_dir(self.bench.folder.path())
            .env_clear()
            .env("HOME", self.bench.home())
            .env("VT_API_KEY", KEY)
            .env("VT_BASE_URL", self.server.url())
            .env("VT_DB", "kept.db")
            .env("VT_PER_MINUTE", "0")
            .env("VT_PER_DAY", "0")
            .env("VT_PER_MONTH", "0")
            .env("VT_MAX_IN_FLIGHT", "1")
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap()
    }

    /// Runs the program until it ends or the moment has come.
    fn run(&self, round: u64, moment: Option<&Moment>) -> Ended {
        let simulator = self.server.simulator();
        let ended = self.server.block_on(async {
            let mut child = self.start(round);
            let mut written = Vec::new();
            let mut stdout = child.stdout.take().unwrap();
            if has_come(moment, simulator, &mut stdout, &mut written).await {
                child.start_kill().unwrap();
            }
            // One that was faster has written more than was waited for.
            stdout.read_to_end(&mut written).await.unwrap();
            let status = child.wait().await.unwrap();
            let killed = status.signal() == Some(9);
            assert!(killed || status.success(), "seed {}: {status}", self.seed);
            let written = String::from_utf8(written).unwrap();
            Ended { killed, written }
        });
        let stderr = fs::read_to_string(self.bench.path("stderr")).unwrap();
        for word in ["panicked", "locked", "damaged"] {
            assert!(!stderr.contains(word), "seed {}: {stderr}", self.seed);
        }
        ended
    }

    /// The report of a round that went to a file, which is there as a whole or
    /// not at all.
    fn report_file(&self, round: u64) -> Option<String> {
        let report = fs::read_to_string(self.bench.path(&format!("{round}.csv"))).ok()?;
        let (lines, seed) = (report.lines().count() as u64, self.seed);
        assert_eq!(lines, FILES + 1, "seed {seed}: half a report:\n{report}");
        Some(report)
    }

    /// What the books say. The file is read: the program could correct them.
    fn charged(&self) -> u64 {
        let open = SqliteStore::options()
            .any_purpose()
            .open(self.bench.path("kept.db"));
        let key = ApiKey::new(KEY).unwrap().id();
        let usage = self.server.block_on(async {
            let store = open.await.unwrap();
            store.usage(key, &Quota::UNLIMITED).await.unwrap()
        });
        usage.month.into()
    }
}

/// Every other report goes to a file.
const fn to_file(round: u64) -> bool {
    round % 2 == 1
}

/// Takes what a run writes until it ends, which is false, or its moment has
/// come.
async fn has_come(
    moment: Option<&Moment>,
    simulator: &Simulator,
    mut stdout: impl AsyncRead + Unpin,
    written: &mut Vec<u8>,
) -> bool {
    if let Some(Moment::Written(bytes)) = moment {
        let read = stdout.take(*bytes).read_to_end(written).await.unwrap();
        return read as u64 == *bytes;
    }
    let reading = stdout.read_to_end(written);
    tokio::pin!(reading);
    let pause = match moment {
        Some(Moment::After(pause)) => *pause,
        Some(Moment::Request(requests, pause)) => tokio::select! {
            _ = &mut reading => return false,
            () = simulator.arrived(*requests) => *pause,
        },
        _ => Duration::MAX,
    };
    tokio::time::timeout(pause, reading).await.is_err()
}

/// Measures a run to standard output, with a round of its own.
fn life(lab: &Lab, round: u64) -> Life {
    let now = || SystemClock.boot();
    let start: BootTime = now();
    let first_request = {
        let simulator = lab.server.simulator().clone();
        let first = simulator.requests() + 1;
        lab.server.spawn(async move {
            simulator.arrived(first).await;
            SystemClock.boot()
        })
    };
    let ended = lab.run(round, None);
    let first_request = lab.server.block_on(first_request).unwrap();
    Life {
        first_request: first_request.saturating_since(start),
        whole: now().saturating_since(start),
        report: ended.written.len() as u64,
    }
}

#[derive(Default)]
struct Figures {
    kills: u64,
    rounds: u64,
    lost: u64,
    twice: u64,
    repeated: u64,
}

impl Figures {
    /// Reports one list until a run ends by itself.
    fn round(&mut self, lab: &Lab, life: &Life, rng: &mut fastrand::Rng, kills: u64) {
        let (round, seed) = (self.rounds, lab.seed);
        lab.bench
            .file(&format!("{round}.txt"), list_from(round * FILES, FILES));
        let (before, kills_before) = (lab.server.requests(), self.kills);
        let report = loop {
            let requests = lab.server.requests();
            let moment = (self.kills < kills).then(|| life.moment(rng, requests));
            let ended = lab.run(round, moment.as_ref());
            self.kills += u64::from(ended.killed);
            let file = lab.report_file(round);
            if !ended.killed {
                break if to_file(round) {
                    file.unwrap()
                } else {
                    ended.written
                };
            }
        };
        let rows = rows(&report);
        let distinct: HashSet<&String> = rows.iter().map(|row| &row[0]).collect();
        let answered = rows.iter().filter(|row| row[2] != "error").count() as u64;
        self.lost += FILES - answered;
        self.twice += (rows.len() - distinct.len()) as u64;
        let repeated = lab.server.requests() - before - FILES;
        let killed = self.kills - kills_before;
        assert!(
            repeated <= killed,
            "seed {seed}: {repeated} requests repeated by {killed} kills"
        );
        self.repeated += repeated;
        self.rounds += 1;
    }
}

#[test]
fn killed_at_any_moment_it_loses_no_answer_and_repeats_one_request_at_most() {
    let kills = setting("VT_KILLS", 20);
    let seed = setting("VT_TEST_SEED", 4_711);
    let mut rng = fastrand::Rng::with_seed(seed);
    let latency = Duration::from_millis(1)..=Duration::from_millis(6);
    let lab = Lab {
        bench: Bench::new(),
        server: Server::with(|simulator| simulator.unknown(0.1).latency(latency)),
        seed,
    };
    lab.bench.file("0.txt", list_from(0, FILES));
    let life = life(&lab, 0);
    let mut figures = Figures {
        rounds: 1,
        ..Figures::default()
    };
    let (mut charged, mut sent) = (0, 0);
    while figures.kills < kills {
        figures.round(&lab, &life, &mut rng, kills);
        (charged, sent) = (lab.charged(), lab.server.requests());
        assert!(
            charged >= sent,
            "seed {seed}: {charged} charged for {sent} sent"
        );
    }
    let Figures {
        kills,
        rounds,
        lost,
        twice,
        repeated,
    } = figures;
    println!(
        "{kills} kills, {} files: {lost} lost, {twice} rows twice, {repeated} requests repeated, \
         {charged} charged for {sent} sent, seed {seed}",
        rounds * FILES,
    );
    assert_eq!((lost, twice), (0, 0), "seed {seed}");
}
