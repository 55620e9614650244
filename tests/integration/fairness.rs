//! Who waits how long beside whom.

use std::time::Duration;

use futures::future::join_all;
use vt_core::{
    hash::FileHash,
    scan::{BulkPace, ScanOptions, Scanner},
};

use crate::lab::{Hashes, Lab, collect};

const DAY: Duration = Duration::from_secs(86_400);

fn seed() -> u64 {
    std::env::var("VT_TEST_SEED").map_or(16, |text| text.parse().expect("a number"))
}

/// Lets a scan run until it is done or the test is over.
fn drive(scanner: &Scanner, hashes: Vec<FileHash>, options: ScanOptions) {
    let scan = scanner.scan_with(hashes, options);
    tokio::spawn(collect(scan));
}

/// How long short jobs take, each from a submitter of its own.
#[derive(Debug)]
struct Waits(Vec<Duration>);

impl Waits {
    /// Sends this many jobs of three hashes a day at random times.
    async fn of_jobs(scanner: &Scanner, days: u32, a_day: u32, hashes: &mut Hashes) -> Self {
        let mut random = fastrand::Rng::with_seed(seed());
        let job = |at: Duration, hashes: Vec<FileHash>| {
            let scanner = scanner.clone();
            async move {
                tokio::time::sleep(at).await;
                let start = tokio::time::Instant::now();
                let outcomes = collect(scanner.scan(hashes)).await;
                assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
                start.elapsed()
            }
        };
        let jobs = (0..days * a_day).map(|n| {
            let at = DAY * (n / a_day) + DAY.mul_f64(random.f64());
            tokio::spawn(job(at, hashes.take(3)))
        });
        let waits = join_all(jobs).await;
        let mut waits: Vec<_> = waits.into_iter().map(Result::unwrap).collect();
        waits.sort_unstable();
        Self(waits)
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100) - 1]
    }
}

#[tokio::test(start_paused = true)]
async fn short_jobs_beside_a_huge_one_wait_a_minute_and_the_quota_is_used() {
    let (lab, days) = (Lab::cheap(seed()), 30);
    let scanner = lab.builder().bulk_pace(BulkPace::Spread).build();
    let mut hashes = Hashes(0);
    drive(&scanner, hashes.take(100_000), ScanOptions::new());
    let waits = Waits::of_jobs(&scanner, days, 60, &mut hashes).await;
    let (p50, p95) = (waits.percentile(50), waits.percentile(95));

    let by_day: Vec<u64> = lab.simulator.stats().by_day.into_values().collect();
    // The first and the last are no whole days.
    let whole = &by_day[1..by_day.len() - 1];
    let used = whole.iter().sum::<u64>() as f64 / (500 * whole.len()) as f64;
    println!(
        "{} short jobs in {days} days: p50 {:.1} s, p95 {:.1} s, {:.2} % of the quota used, seed {}",
        waits.0.len(),
        p50.as_secs_f64(),
        p95.as_secs_f64(),
        100.0 * used,
        seed()
    );
    assert!(p50 <= Duration::from_secs(60), "{p50:?}, seed {}", seed());
    assert!(p95 <= Duration::from_secs(120), "{p95:?}, seed {}", seed());
    assert!(used >= 0.995, "{used}, seed {}", seed());
    assert_eq!(lab.answered_with(429), 0, "seed {}", seed());
}

#[tokio::test(start_paused = true)]
async fn who_splits_a_long_list_into_short_ones_delays_nobody() {
    let lab = Lab::cheap(seed());
    let scanner = lab.builder().bulk_pace(BulkPace::Spread).build();
    let mut hashes = Hashes(0);
    for _ in 0..200 {
        drive(
            &scanner,
            hashes.take(20),
            ScanOptions::new().submitter("splits"),
        );
    }
    // Its 4,000 hashes take longer than the seven days of this test.
    let waits = Waits::of_jobs(&scanner, 7, 60, &mut hashes).await;
    let p95 = waits.percentile(95);
    println!("p95 {:.1} s, seed {}", p95.as_secs_f64(), seed());
    assert!(p95 <= Duration::from_secs(120), "{p95:?}, seed {}", seed());
    assert!(lab.requests() >= 3_500, "the quota is used");
    assert_eq!(lab.answered_with(429), 0);
}
