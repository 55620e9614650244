//! Answers of a server: by the scanner, and by as little as can ask at all.

use std::{
    fs,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, task::JoinSet};
use vt_core::{
    cache::MemoryCache,
    client::{ApiKey, Client},
    hash::FileHash,
    quota::Quota,
    scan::Scanner,
    time::{Clock, SystemClock},
};

use crate::since;

mod reports;
mod typed;

pub(crate) use reports::write_reports;

/// Requests under way at once.
const IN_FLIGHT: usize = 64;

/// VirusTotal compresses for those alone whose name has this word in it: ours, and
/// its own client's.
const AGENT: &str = "compare (gzip)";

/// All that a scan does: cache, quota, retries, one request per file.
pub(crate) fn scanner(url: &str, list: &str) -> Value {
    let hashes = hashes(list).into_iter();
    let hashes: Vec<FileHash> = hashes.map(|hash| hash.parse().expect("a hash")).collect();
    let runtime = Runtime::new().expect("a runtime");
    let client = Client::builder(ApiKey::new("compare").expect("a key"))
        .base_url(url)
        .quota(Quota::UNLIMITED);
    let scanner = Scanner::builder(client.build().expect("settings that work"))
        .cache(MemoryCache::new())
        .max_in_flight(NonZeroUsize::new(IN_FLIGHT).expect("not zero"))
        .build();
    measure(|| {
        runtime.block_on(async {
            let outcomes = scanner.scan(hashes);
            outcomes
                .fold(0, async |answers, outcome| {
                    let answer = outcome.result.expect("an answer");
                    answers + usize::from(answer.lookup.report().is_some())
                })
                .await
        })
    })
}

/// The same requests, the same HTTP client and the same fields, and nothing else.
pub(crate) fn bare(url: &str, list: &str) -> Value {
    let hashes = Arc::new(hashes(list));
    let next = Arc::new(AtomicUsize::new(0));
    let runtime = Runtime::new().expect("a runtime");
    let client = reqwest::Client::builder().user_agent(AGENT).build();
    let client = client.expect("settings that work");
    measure(|| {
        runtime.block_on(async {
            let mut workers = JoinSet::new();
            for _ in 0..IN_FLIGHT {
                let (client, url) = (client.clone(), url.to_owned());
                let (hashes, next) = (Arc::clone(&hashes), Arc::clone(&next));
                workers.spawn(async move {
                    let mut answers = 0;
                    while let Some(hash) = hashes.get(next.fetch_add(1, Ordering::Relaxed)) {
                        ask(&client, &url, hash).await;
                        answers += 1;
                    }
                    answers
                });
            }
            workers.join_all().await.into_iter().sum()
        })
    })
}

async fn ask(client: &reqwest::Client, url: &str, hash: &str) {
    let request = client.get(format!("{url}/api/v3/files/{hash}"));
    let answer = request.header("x-apikey", "compare").send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let body = answer.expect("an answer").bytes().await;
    let body = body.expect("a whole body");
    let report = typed::parse(&body).expect("a report");
    assert_eq!(report.sha256, hash);
}

/// How long it took, and how long of that on a processor.
fn measure(work: impl FnOnce() -> usize) -> Value {
    let (start, start_cpu) = (SystemClock.boot(), cpu());
    let answers = work();
    let (seconds, cpu) = (since(start), cpu() - start_cpu);
    json!({ "seconds": seconds, "cpu": cpu.as_secs_f64(), "answers": answers })
}

/// The processor time of this process so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.try_into().expect("it is not negative")
}

fn hashes(list: &str) -> Vec<String> {
    let list = fs::read_to_string(list).expect("a list");
    list.lines().map(str::to_owned).collect()
}
