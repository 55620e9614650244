//! Several processes on one file, some of them killed: what they send together
//! is within the limits, as the one who counts it says.
//!
//! The test starts itself again for each process. All of them run on one clock,
//! faster than the machine's.
#![cfg(target_os = "linux")]

#[path = "processes/clock.rs"]
mod clock;
#[path = "processes/counter.rs"]
mod counter;
#[path = "processes/crew.rs"]
mod crew;
#[path = "processes/spender.rs"]
mod spender;

use std::{fmt, time::Duration};

use vt_cache_sqlite::SqliteStore;
use vt_core::quota::{KeyId, Ledger, Quota, Usage};

use clock::FastClock;
use counter::{Arrivals, Counter};
use crew::Crew;
use spender::Assignment;

/// The name of the test, which every process runs.
const NAME: &str = "eight_processes_some_killed_use_the_limits_and_never_exceed_them";
const KEY: KeyId = KeyId::from_bytes([8; 16]);
const PROCESSES: usize = 8;
/// More would be more than a disk can write on the fast clock.
const PER_MINUTE: u32 = 120;

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Half of the charges for each of two days.
const fn quota(charges: u32) -> Quota {
    let mut quota = Quota::UNLIMITED;
    quota.per_minute = std::num::NonZeroU32::new(PER_MINUTE);
    quota.per_day = std::num::NonZeroU32::new(charges / 2);
    quota
}

#[test]
fn eight_processes_some_killed_use_the_limits_and_never_exceed_them() {
    if let Some(assignment) = Assignment::from_env() {
        return assignment.spend();
    }
    let charges = setting("VT_CHARGES", 400);
    let kills = setting("VT_KILLS", 6);
    let seed = u64::from(setting("VT_TEST_SEED", 4_711));
    let folder = tempfile::tempdir().unwrap();
    let clock = FastClock::before_midnight(longest_day(charges));
    let counter = Counter::listen(&clock);
    let assignment = Assignment {
        server: counter.address(),
        clock: clock.clone(),
        file: folder.path().join("vt.db"),
        charges,
    };
    let mut crew = Crew::start(&assignment, folder.path(), PROCESSES);
    let mut rng = fastrand::Rng::with_seed(seed);
    // Not among the last: whoever is killed there has nothing more to do.
    let mut moments: Vec<usize> = (0..kills)
        .map(|_| rng.usize(0..charges as usize * 9 / 10))
        .collect();
    moments.sort_unstable();
    let mut arrivals = Arrivals::default();
    for moment in moments {
        counter.wait_for(moment, &mut arrivals);
        counter.collect_for(Duration::from_millis(rng.u64(0..10)), &mut arrivals);
        crew.kill_one(&assignment, &mut rng);
    }
    crew.wait_for_the_end();
    counter.collect_for(Duration::ZERO, &mut arrivals);
    let end = End {
        kills: kills as usize,
        most: arrivals.most_in_a_minute(),
        days: arrivals.by_day(&clock).into_values().collect(),
        pace: arrivals.pace(&clock),
        usage: usage(&assignment),
        arrivals,
    };
    println!("{end}, seed {seed}");
    end.judge(seed);
}

/// How long before midnight a day's charges are begun, so that the last of them
/// are not so near to it that they count for the next day as well, even on a
/// machine that is busy with something else half of the time.
fn longest_day(charges: u32) -> Duration {
    let full_speed = Duration::from_secs(60) * (charges / 2) / PER_MINUTE;
    full_speed * 2 + Duration::from_secs(240)
}

#[tokio::main(flavor = "current_thread")]
async fn usage(assignment: &Assignment) -> Usage {
    let options = SqliteStore::options().clock(std::sync::Arc::new(assignment.clock.clone()));
    let store = options.open(&assignment.file).await.unwrap();
    store.usage(KEY, &quota(assignment.charges)).await.unwrap()
}

/// What came of it, by the counter and by the books.
struct End {
    kills: usize,
    arrivals: Arrivals,
    most: usize,
    days: Vec<usize>,
    pace: f64,
    usage: Usage,
}

impl End {
    #[track_caller]
    fn judge(&self, seed: u64) {
        let (sent, charged) = (self.arrivals.count(), self.usage.month as usize);
        let per_day = self.per_day();
        let context = format!("seed {seed}: {self}");
        assert!(self.most <= PER_MINUTE as usize, "{context}");
        assert!(self.days.iter().all(|day| *day <= per_day), "{context}");
        assert_eq!(self.arrivals.sent_twice(), 0, "{context}");
        assert!(charged >= sent, "{context}");
        assert_eq!(self.days.len(), 2, "{context}");
        assert!(self.usage.day as usize >= self.days[1], "{context}");
        // From here on: nobody who sends too little gets by. How fast it went
        // is the machine's affair, and only shown.
        assert!(charged <= sent + self.kills, "{context}");
        let used = |day: &usize| day * 10 >= per_day * 9;
        assert!(self.days.iter().all(used), "{context}");
    }

    fn per_day(&self) -> usize {
        self.usage.quota.per_day.unwrap().get() as usize
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} charges by {PROCESSES} processes, {} kills: {} sent, {} of {PER_MINUTE} in any \
             60 s, {:?} of {} a day, {:.0} % of the minute used, 0 locked",
            self.usage.month,
            self.kills,
            self.arrivals.count(),
            self.most,
            self.days,
            self.per_day(),
            self.pace * 100.0,
        )
    }
}
