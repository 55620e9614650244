//! Asks a server for the files of a list with the crate `virustotal-rs`:
//! `virustotal-rs-peer URL LIST`, 64 requests under way at once.

use std::{
    env, fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinSet;
use virustotal_rs::{ApiTier, ClientBuilder};

const IN_FLIGHT: usize = 64;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, list] = &arguments[..] else {
        panic!("usage: virustotal-rs-peer URL LIST");
    };
    let list = fs::read_to_string(list).expect("a list");
    let hashes: Vec<String> = list.lines().map(str::to_owned).collect();
    let (start, start_cpu) = (Instant::now(), cpu());
    let answers = fetch(url, hashes).await;
    let (seconds, cpu) = (start.elapsed(), cpu() - start_cpu);
    println!(
        "{{\"seconds\": {}, \"cpu\": {}, \"answers\": {answers}}}",
        seconds.as_secs_f64(),
        cpu.as_secs_f64()
    );
}

async fn fetch(url: &str, hashes: Vec<String>) -> usize {
    let builder = ClientBuilder::new().api_key("compare");
    // The tier without a quota of its own.
    let builder = builder.tier(ApiTier::Premium);
    let client = builder.base_url(format!("{url}/api/v3/")).build();
    let client = client.expect("settings that work");
    let (hashes, next) = (Arc::new(hashes), Arc::new(AtomicUsize::new(0)));
    let mut workers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, hashes, next) = (client.clone(), Arc::clone(&hashes), Arc::clone(&next));
        workers.spawn(async move {
            let mut answers = 0;
            while let Some(hash) = hashes.get(next.fetch_add(1, Ordering::Relaxed)) {
                let file = client.files().get(hash).await.expect("an answer");
                let sha256 = file.object.attributes.sha256;
                assert_eq!(sha256.as_deref(), Some(hash.as_str()));
                answers += 1;
            }
            answers
        });
    }
    workers.join_all().await.into_iter().sum()
}

/// The processor time of this process so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.try_into().expect("it is not negative")
}
