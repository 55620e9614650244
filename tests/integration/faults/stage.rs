//! Where a row is played: a simulator, a scanner and a job on one paused
//! clock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use vt_core::{
    cache::{Cache, Detail, Freshness},
    client::{self, Client, Transport, TransportError},
    hash::FileHash,
    job::{
        ItemQuery, ItemResult, JobId, JobSpec, JobStore, LEASE, MemoryJobStore, Run, Runner, Start,
    },
    quota::Quota,
    report::{Lookup, Verdict},
    scan::{Answer, Error, Patience, Scanner, ScannerBuilder},
    time::{BootTime, Clock},
};
use vt_sim::{Fault, Simulator, Trigger};

use super::row::{Item, Observed, Row, Stimulus, Stored};
use crate::lab::{Lab, file, key};

/// How long an answer takes, drawn anew for each.
pub(crate) const LATENCY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_millis(900);
/// What the client takes; so little that a thousand seeds are soon done.
pub(crate) const MAX_BODY: usize = 512 << 10;
/// How long a job meets a fault, and how long it then has to get over it.
const TROUBLE: Duration = Duration::from_secs(20 * 60);
const RECOVERY: Duration = Duration::from_secs(26 * 3_600);

const ID: JobId = JobId::from_bytes([9; 16]);

/// Plays a row and tells what came of it.
pub(crate) async fn play(row: &Row, seed: u64) -> Observed {
    let hash = match row.stimulus.itself() {
        Stimulus::Played(play) => return play(seed).await,
        Stimulus::File(specimen) => specimen.sample().md5.parse().unwrap(),
        _ => file(1)[0],
    };
    let direct = Stage::new(seed)
        .meets(row, seed)
        .lab
        .client
        .file(&hash)
        .await;
    let stage = Stage::new(seed).meets(row, seed);
    let looked_up = named(stage.scanner().lookup(hash).await);
    let answered = exchanged(direct);
    Observed {
        events: stage.events(),
        charged: stage.charged().await,
        stored: stage.stored(hash).await,
        surfaced: if looked_up == answered {
            answered
        } else {
            format!("{answered}, then {looked_up}")
        },
        item: Stage::new(seed).meets_always(row, seed).item(hash).await,
    }
}

/// A lab whose client notes when it sends.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    recorder: Recorder,
    start: BootTime,
    seed: u64,
}

impl Stage {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, Quota::PUBLIC)
    }

    pub(crate) fn with(seed: u64, quota: Quota) -> Self {
        let mut lab = Lab::with(quota, |simulator| {
            // Few engines, for reports that are soon made and read.
            simulator.latency(LATENCY).engines(8).seed(seed)
        });
        let recorder = Recorder {
            simulator: lab.simulator.clone(),
            clock: Arc::new(lab.clock.clone()),
            sent: Arc::default(),
        };
        let client = Client::builder(key())
            .transport(Arc::new(recorder.clone()))
            .quota(quota)
            .clock(Arc::new(lab.clock.clone()))
            .max_body(MAX_BODY);
        lab.client = client.build().unwrap();
        Self {
            start: lab.clock.boot(),
            lab,
            recorder,
            seed,
        }
    }

    /// Sets the script of a row.
    fn meets(self, row: &Row, seed: u64) -> Self {
        let (times, faults) = match row.stimulus.itself() {
            Stimulus::Always(faults) => (None, faults()),
            Stimulus::Times(times, faults) => (Some(*times), faults()),
            _ => return self,
        };
        let fault = chosen(faults, seed);
        match times {
            None => self.lab.simulator.script(Trigger::Every, fault),
            Some(times) => self.meets_next(&fault, times),
        }
        self
    }

    /// Sets the script of a row, without an end.
    fn meets_always(self, row: &Row, seed: u64) -> Self {
        if let Stimulus::Always(faults) | Stimulus::Times(_, faults) = row.stimulus.itself() {
            let fault = chosen(faults(), seed);
            self.lab.simulator.script(Trigger::Every, fault);
        }
        self
    }

    /// Lets so many requests meet a fault.
    pub(crate) fn meets_next(&self, fault: &Fault, times: u32) {
        for _ in 0..times {
            self.lab.simulator.script(Trigger::Next, fault.clone());
        }
    }

    pub(crate) fn scanner(&self) -> Scanner {
        self.builder().build()
    }

    /// Who works on a job until each hash has its result, if that takes days.
    pub(crate) fn runner(&self, jobs: &MemoryJobStore) -> Runner {
        Runner::new(self.scanner(), jobs.clone()).patience(Patience::Outlast)
    }

    pub(crate) fn builder(&self) -> ScannerBuilder {
        self.lab.builder().seed(self.seed)
    }

    /// When each attempt began, after the one before, and what the server's
    /// log says of it.
    pub(crate) fn events(&self) -> Vec<(Duration, String)> {
        let arrivals = self.lab.simulator.arrivals();
        let sent = self.recorder.sent.lock().unwrap();
        let ends = sent.iter().skip(1).map(|(_, before)| *before);
        let ends = ends.chain([arrivals.len()]);
        let mut last = self.start;
        let event = |(&(at, before), end): (&(BootTime, usize), usize)| {
            let after = at.saturating_since(last);
            last = at;
            let what = match arrivals[before..end].first() {
                None => "no connection".to_owned(),
                Some(arrival) => arrival
                    .status
                    .map_or("silence".to_owned(), |status| status.to_string()),
            };
            (after, what)
        };
        sent.iter().zip(ends).map(event).collect()
    }

    /// What the month is charged, whatever day it was.
    pub(crate) async fn charged(&self) -> u32 {
        self.scanner().usage().await.unwrap().month
    }

    /// What is kept of an answer.
    pub(crate) async fn stored(&self, hash: FileHash) -> Stored {
        let [entry] = &self.lab.cache.get(&[hash], Detail::Full).await.unwrap()[..] else {
            panic!("one hash has one entry");
        };
        let Some(entry) = entry else {
            return Stored::Nothing;
        };
        let hashes: Vec<FileHash> = entry.hashes().collect();
        let offline = self.builder().offline(true).build();
        let asked = self.lab.clock.boot();
        let age = self.lab.now() - entry.fetched_at();
        for minutes in [5, 30, 6 * 60, 24 * 60] {
            let left = Duration::from_secs(60 * u64::from(minutes)) - age.to_std().unwrap();
            let end = asked + left;
            self.until(end - Duration::from_secs(1)).await;
            for &hash in &hashes {
                assert!(
                    offline.lookup(hash).await.is_ok(),
                    "too soon, or not each digest"
                );
            }
            self.until(end + Duration::from_secs(1)).await;
            if offline.lookup(hash).await.is_err() {
                return Stored::Minutes(minutes);
            }
        }
        Stored::Minutes(u32::MAX)
    }

    async fn until(&self, moment: BootTime) {
        tokio::time::sleep(moment.saturating_since(self.lab.clock.boot())).await;
    }

    /// What becomes of a job with this item.
    pub(crate) async fn item(&self, hash: FileHash) -> Item {
        let jobs = self.job(&[hash]).await;
        let runner = self.runner(&jobs);
        let mut run = started(&runner).await;
        let has_ended = tokio::time::timeout(TROUBLE, finish(&mut run))
            .await
            .is_ok();
        let requests = self.lab.simulator.requests();
        match state(&jobs).await {
            Some(ItemResult::Answered(_)) => return Item::Done,
            Some(ItemResult::Failed(_)) => return Item::Failed(requests),
            None => self.lab.simulator.clear_script(),
        }
        if !has_ended {
            let recovery = tokio::time::timeout(RECOVERY, finish(&mut run)).await;
            let is_done = matches!(state(&jobs).await, Some(ItemResult::Answered(_)));
            if recovery.is_ok() && is_done {
                return Item::Open;
            }
        }
        run.stop().await.unwrap();
        tokio::time::sleep(LEASE).await;
        // As with another key: nothing of this scanner is remembered.
        let runner = self.runner(&jobs);
        let mut run = started(&runner).await;
        let has_ended = tokio::time::timeout(RECOVERY, finish(&mut run))
            .await
            .is_ok();
        match state(&jobs).await {
            Some(ItemResult::Answered(_)) if has_ended => Item::Paused,
            _ => Item::Lost,
        }
    }

    pub(crate) async fn job(&self, hashes: &[FileHash]) -> MemoryJobStore {
        let jobs = MemoryJobStore::with_clock(Arc::new(self.lab.clock.clone()));
        let spec = JobSpec {
            name: "list.txt".to_owned(),
            submitter: "a".to_owned(),
            freshness: Freshness::default(),
            memo: String::new(),
        };
        assert!(jobs.create(ID, &spec, hashes).await.unwrap());
        jobs
    }
}

pub(crate) async fn started(runner: &Runner) -> Run {
    match runner.start(ID).await.unwrap() {
        Start::Working(run) => *run,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn finish(run: &mut Run) {
    while run.next().await.unwrap().is_some() {}
}

/// The results of a job, in order.
pub(crate) async fn results(jobs: &MemoryJobStore) -> Vec<Option<ItemResult>> {
    let all = ItemQuery {
        from: 0,
        limit: std::num::NonZeroUsize::MAX,
        open: false,
    };
    let items = jobs.items(ID, &all).await.unwrap();
    items.into_iter().map(|item| item.result).collect()
}

async fn state(jobs: &MemoryJobStore) -> Option<ItemResult> {
    results(jobs).await.pop().flatten()
}

fn chosen(mut faults: Vec<Fault>, seed: u64) -> Fault {
    let turn = seed % faults.len() as u64;
    faults.swap_remove(usize::try_from(turn).unwrap())
}

/// What a lookup gives, in short.
pub(crate) fn named(result: Result<Answer, Error>) -> String {
    match result {
        Ok(answer) => exchanged(Ok(answer.lookup)),
        Err(Error::Client(error)) => exchanged(Err(error)),
        Err(error) => first_word(&format!("{error:?}")),
    }
}

/// What an exchange gives, in short.
pub(crate) fn exchanged(result: Result<Lookup, client::Error>) -> String {
    match result {
        Ok(Lookup::NotFound) => "NotFound".to_owned(),
        Ok(Lookup::Found(report)) if report.verdict() == Verdict::Pending => "Pending".to_owned(),
        Ok(Lookup::Found(_)) => "Found".to_owned(),
        Err(client::Error::Upstream { status, .. }) => format!("Upstream {status}"),
        Err(client::Error::Timeout { phase, .. }) => format!("Timeout {phase:?}"),
        Err(client::Error::Protocol(error)) => {
            format!("Protocol {}", first_word(&format!("{error:?}")))
        }
        Err(error) => first_word(&format!("{error:?}")),
    }
}

fn first_word(text: &str) -> String {
    let is_letter = |char: &char| char.is_ascii_alphabetic();
    text.chars().take_while(is_letter).collect()
}

/// The simulator, and when something was sent to it with how many arrivals
/// before.
#[derive(Clone, Debug)]
struct Recorder {
    simulator: Simulator,
    clock: Arc<dyn Clock>,
    sent: Arc<std::sync::Mutex<Vec<(BootTime, usize)>>>,
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<()>) -> Result<Response<Bytes>, TransportError> {
        let arrivals = usize::try_from(self.simulator.requests()).unwrap();
        self.sent
            .lock()
            .unwrap()
            .push((self.clock.boot(), arrivals));
        self.simulator.send(request).await
    }
}
