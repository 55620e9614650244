//! Bodies that are made to hurt: little memory, the right error, and nothing
//! kept. The client is in a process of its own, whose memory the system counts.
#![cfg(target_os = "linux")]

use std::sync::Arc;

use futures::{StreamExt, stream};
use vt_core::{
    cache::{Cache, Detail, MemoryCache},
    client::Client,
    hash::FileHash,
    quota::{MemoryLedger, Quota},
    scan::Scanner,
    time::Clock,
};
use vt_sim::{Fault, Limits, Simulator, Trigger};

use crate::{
    connections::Hurried,
    faults::stage::{exchanged, named},
    lab::{Hashes, file},
    network, own_process,
};

const NAME: &str = "bodies::no_body_takes_more_memory_than_a_few_reports";
const GIGABYTE: u64 = 1 << 30;
/// What all of it together may add to the client's memory: the largest body
/// that is taken has 8 MiB, and is held twice while it grows.
const MOST_KIB: u64 = 64 << 10;
const OTHER_FILES: u64 = 10_000;

struct Body {
    name: &'static str,
    fault: fn() -> Fault,
    surfaced: &'static str,
}

static BODIES: &[Body] = &[
    Body {
        name: "a gigabyte, declared",
        fault: || Fault::OversizedBody { bytes: GIGABYTE },
        surfaced: "Protocol TooLarge",
    },
    Body {
        name: "a gigabyte in chunks",
        fault: || Fault::OversizedBody { bytes: GIGABYTE }.and(Fault::Chunked { size: 1 << 16 }),
        surfaced: "Protocol TooLarge",
    },
    Body {
        name: "a gigabyte that gzip makes a megabyte of",
        fault: || Fault::gzip_bomb(GIGABYTE),
        surfaced: "Protocol TooLarge",
    },
    Body {
        name: "arrays 100,000 deep in place of the report",
        fault: || Fault::field("/data", [vec![b'['; 100_000], vec![b']'; 100_000]].concat()),
        surfaced: "Protocol Report",
    },
    Body {
        name: "arrays 100,000 deep where nobody looks",
        fault: || Fault::deep_json(100_000),
        surfaced: "Protocol Report",
    },
    Body {
        name: "keys that come twice",
        fault: Fault::duplicate_keys,
        surfaced: "Protocol Report",
    },
    Body {
        name: "a million keys",
        fault: || Fault::many_keys(1_000_000),
        surfaced: "Protocol TooLarge",
    },
    Body {
        name: "bytes that are no UTF-8",
        fault: || Fault::field("/data/attributes/meaningful_name", &b"\"\xff\xfe\""[..]),
        surfaced: "Protocol Report",
    },
    Body {
        name: "the report of another file",
        fault: || Fault::OtherFile(file(1_000)[0].to_string()),
        surfaced: "Protocol HashMismatch",
    },
];

/// The question that this body comes back for.
fn asked(n: usize) -> FileHash {
    file(n as u64)[0]
}

#[test]
fn no_body_takes_more_memory_than_a_few_reports() {
    if let Ok(url) = std::env::var("VT_TEST_SERVER") {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(ask(&url));
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _context = runtime.enter();
    let simulator = Simulator::builder()
        .unknown(0.0)
        .engines(2)
        .limits(Limits::NONE);
    let simulator = simulator.build().unwrap();
    for (n, body) in BODIES.iter().enumerate() {
        let file = Trigger::File(asked(n).to_string());
        simulator.script(file, (body.fault)());
    }
    let other = Fault::OtherFile(file(1_000)[0].to_string());
    simulator.script(Trigger::Every, other);
    let server = runtime.block_on(simulator.bind("127.0.0.1:0".parse().unwrap()));
    let server = server.unwrap();
    let child = own_process::only(NAME)
        .env("VT_TEST_SERVER", server.url())
        .output()
        .unwrap();
    own_process::assert_passed(&child);
}

#[expect(clippy::print_stdout, reason = "the figures are said")]
async fn ask(url: &str) {
    let client = network::client(url).quota(Quota::UNLIMITED);
    let client = client.build().unwrap();
    let before = most_memory_kib();
    for (n, body) in BODIES.iter().enumerate() {
        meet(&client, n, body).await;
    }
    let bodies = most_memory_kib() - before;
    let errors = stream::iter(Hashes(0).take(OTHER_FILES))
        .map(|hash| {
            let client = client.clone();
            async move { exchanged(client.file(&hash).await) }
        })
        .buffer_unordered(8)
        .filter(|error| std::future::ready(error == "Protocol HashMismatch"))
        .count()
        .await;
    assert_eq!(errors as u64, OTHER_FILES);
    let all = most_memory_kib() - before;
    let count = BODIES.len();
    println!(
        "{count} bodies took {bodies} KiB more, {OTHER_FILES} of other files {all} KiB in all"
    );
    assert!(all < MOST_KIB, "{all} KiB");
}

/// Looks that the body comes to what it must, and nothing is kept of it.
async fn meet(client: &Client, n: usize, body: &Body) {
    let clock: Arc<dyn Clock> = Arc::new(Hurried::default());
    let cache = MemoryCache::new();
    let scanner = Scanner::builder(client.clone())
        .cache(cache.clone())
        .ledger(MemoryLedger::with_clock(Arc::clone(&clock)))
        .clock(clock)
        .build();
    let surfaced = named(scanner.lookup(asked(n)).await);
    let kept = cache.get(&file(n as u64), Detail::Full).await.unwrap();
    let is_right = surfaced == body.surfaced && kept.iter().all(Option::is_none);
    assert!(is_right, "{}: {surfaced}", body.name);
}

/// The most that this process has had at once.
fn most_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let amount = line.unwrap().trim().trim_end_matches(" kB");
    amount.trim().parse().unwrap()
}
