use super::*;
use crate::quota::{Account, Attempt, Ending, Quota, Spent};

const DEADLINE: Duration = Duration::from_secs(30);
const FAILED: Reply = Reply::Failed;
const QUOTA_EXCEEDED: Reply = refused(RefusalKind::Quota, None);

const fn refused(kind: RefusalKind, retry_after: Option<Duration>) -> Reply {
    Reply::Refused(Refusal {
        kind,
        retry_after,
        jitter: Duration::ZERO,
    })
}

/// An account without limits, and a day that begins at midnight.
struct Books {
    account: Account,
    time: Duration,
}

impl Books {
    fn new() -> Self {
        Self {
            account: Account::default(),
            time: Duration::ZERO,
        }
    }

    fn now(&self) -> Now {
        let start: DateTime<Utc> = "2026-03-10T00:00:00Z".parse().unwrap();
        Now {
            boot: BootTime::from_start(self.time),
            wall: start + chrono::TimeDelta::from_std(self.time).unwrap(),
        }
    }

    fn reserve(&mut self) -> Result<u64, Wait> {
        let now = self.now();
        self.account.reserve(now, &Quota::UNLIMITED, DEADLINE)
    }

    fn finish(&mut self, charge: u64, reply: Reply) {
        let attempt = Attempt::new(Ending::Sent, reply);
        self.account.finish(self.now(), charge, attempt);
    }

    /// Sends as soon as that is granted, and says how long that took.
    fn send(&mut self, reply: Reply) -> Duration {
        let start = self.time;
        let charge = loop {
            match self.reserve() {
                Ok(charge) => break charge,
                Err(wait) => self.time += wait.duration,
            }
        };
        self.finish(charge, reply);
        self.time - start
    }

    fn waits<const N: usize>(&mut self, reply: Reply) -> [u64; N] {
        std::array::from_fn(|_| self.send(reply).as_secs())
    }
}

#[test]
fn the_fifth_failure_in_a_row_is_an_outage_that_is_probed_less_and_less() {
    let mut books = Books::new();
    let minutes = [60, 120, 240, 480, 960, 1_800, 1_800].map(|seconds| seconds);
    assert_eq!(books.waits(FAILED), [0; 5]);
    assert_eq!(books.waits(FAILED), minutes);
    assert_eq!(books.reserve().unwrap_err().limit, Limit::Outage);
}

#[test]
fn an_answer_ends_an_outage_and_the_row_of_failures() {
    let mut books = Books::new();
    assert_eq!(books.waits(FAILED), [0; 4]);
    assert_eq!(books.waits(Reply::Answered), [0]);
    assert_eq!(books.waits(FAILED), [0; 5]);
    assert_eq!(books.waits(Reply::Answered), [60, 0, 0]);
    assert_eq!(books.waits(FAILED), [0, 0, 0, 0, 0, 60, 120]);
}

#[test]
fn three_days_of_failures_cost_less_than_200_requests() {
    let mut books = Books::new();
    let mut requests = 0;
    while books.time < Duration::from_secs(72 * 3_600) {
        books.send(FAILED);
        requests += 1;
    }
    assert!((140..=160).contains(&requests), "{requests}");
}

#[test]
fn a_used_up_quota_is_probed_after_1_5_and_30_minutes_then_hourly_until_midnight() {
    let mut books = Books::new();
    let hour = 3_600;
    let waits = books.waits(QUOTA_EXCEEDED);
    assert_eq!(waits, [0, 60, 300, 1_800, hour, hour, hour]);
    books.time = Duration::from_secs(86_400 - 600);
    books.send(QUOTA_EXCEEDED);
    // Ten minutes to midnight, and the guard after it.
    assert_eq!(books.waits(QUOTA_EXCEEDED), [720, hour]);
    assert_eq!(books.reserve().unwrap_err().limit, Limit::Server);
}

#[test]
fn too_many_requests_are_heeded_for_1_minute_doubling_to_30() {
    let mut books = Books::new();
    let waits = books.waits(refused(RefusalKind::Rate, None));
    assert_eq!(waits, [0, 60, 120, 240, 480, 960, 1_800, 1_800]);
}

#[test]
fn a_day_of_refusals_costs_less_than_30_requests() {
    for start in [0, 43_200, 86_000] {
        let mut books = Books::new();
        books.time = Duration::from_secs(start);
        let mut requests = 0;
        while books.time < Duration::from_secs(start + 86_400) {
            books.send(QUOTA_EXCEEDED);
            requests += 1;
        }
        assert!(requests <= 30, "{requests}");
    }
}

#[test]
fn a_wait_that_virustotal_names_is_believed_once_and_then_only_lengthens() {
    let named = |seconds| refused(RefusalKind::Quota, Some(Duration::from_secs(seconds)));
    let mut books = Books::new();
    assert_eq!(books.waits(named(7)), [0, 7, 300, 1_800]);
    let mut books = Books::new();
    assert_eq!(books.waits(named(7_200)), [0, 7_200, 7_200]);
}

#[test]
fn the_jitter_comes_on_top() {
    let jitter = Duration::from_secs(5);
    let mut books = Books::new();
    let reply = Reply::Refused(Refusal {
        kind: RefusalKind::Quota,
        retry_after: None,
        jitter,
    });
    assert_eq!(books.waits(reply), [0, 65, 305]);
}

#[test]
fn what_was_under_way_together_counts_once() {
    for (reply, wait) in [(FAILED, 0), (QUOTA_EXCEEDED, 60)] {
        let mut books = Books::new();
        let charges: Vec<u64> = (0..64).map(|_| books.reserve().unwrap()).collect();
        for charge in charges {
            books.finish(charge, reply);
        }
        assert_eq!(books.waits(Reply::Answered), [wait, 0]);
    }
}

#[test]
fn an_answer_to_what_was_sent_before_a_refusal_does_not_take_it_back() {
    let mut books = Books::new();
    let [answered, refused] = [(); 2].map(|()| books.reserve().unwrap());
    books.finish(refused, QUOTA_EXCEEDED);
    books.finish(answered, Reply::Answered);
    assert_eq!(books.reserve().unwrap_err().duration.as_secs(), 60);
}

#[test]
fn one_request_finds_out_and_if_it_is_lost_another() {
    for reply in [FAILED, QUOTA_EXCEEDED] {
        let mut books = Books::new();
        for _ in 0..5 {
            books.send(reply);
        }
        books.time += Duration::from_secs(3_600);
        let probe = books.reserve().unwrap();
        assert_eq!(books.reserve().unwrap_err().duration, LOOK_AGAIN);
        books.time += DEADLINE;
        books.reserve().unwrap_err();
        books.time += Duration::from_secs(61);
        let next = books.reserve().unwrap();
        books.finish(probe, Reply::Answered);
        books.reserve().unwrap_err();
        let unused = Attempt::UNUSED;
        books.account.finish(books.now(), next, unused);
        let next = books.reserve().unwrap();
        books.finish(next, Reply::Answered);
        assert!(books.reserve().is_ok() && books.reserve().is_ok());
    }
}

#[test]
fn who_waits_for_a_probe_is_told_of_the_trouble_that_it_probes() {
    for (reply, limit) in [(FAILED, Limit::Outage), (QUOTA_EXCEEDED, Limit::Server)] {
        let mut books = Books::new();
        for _ in 0..5 {
            books.send(reply);
        }
        books.time += Duration::from_secs(3_600);
        books.reserve().unwrap();
        let duration = LOOK_AGAIN;
        assert_eq!(books.reserve().unwrap_err(), Wait { limit, duration });
    }
}

#[test]
fn what_was_under_way_before_an_outage_is_no_probe_of_it() {
    let mut books = Books::new();
    assert_eq!(books.waits(FAILED), [0; 4]);
    let [failed, _under_way] = [(); 2].map(|()| books.reserve().unwrap());
    books.finish(failed, FAILED);
    assert_eq!(books.waits(FAILED), [60]);
}

#[test]
fn a_restart_of_the_machine_keeps_what_is_left_of_a_wait() {
    for (reply, limit) in [(FAILED, Limit::Outage), (QUOTA_EXCEEDED, Limit::Server)] {
        let mut books = Books::new();
        for _ in 0..5 {
            books.send(reply);
        }
        let saved = books.now();
        let Err(before) = books.reserve() else {
            panic!("it is shut");
        };
        let passed = Duration::from_secs(20);
        let now = Now {
            boot: BootTime::from_start(Duration::from_secs(3)),
            wall: saved.wall + chrono::TimeDelta::from_std(passed).unwrap(),
        };
        books.account.restart(saved, now);
        let wait = books.account.reserve(now, &Quota::UNLIMITED, DEADLINE);
        let duration = before.duration - passed;
        assert_eq!(wait.unwrap_err(), Wait { limit, duration });
    }
}

#[test]
fn books_from_before_there_was_any_trouble_can_be_read() {
    let text = r#"{"window":[],"calendar":{"days":{},"months":{},"server":null},
        "open":{},"last_charge":7,"blocked_until":null}"#;
    let mut account: Account = serde_json::from_str(text).unwrap();
    let now = Books::new().now();
    assert_eq!(account.reserve(now, &Quota::PUBLIC, DEADLINE).unwrap(), 8);
    let text = serde_json::to_string(&account).unwrap();
    let read: Account = serde_json::from_str(&text).unwrap();
    assert_eq!(read.trouble(), account.trouble());
}

#[test]
fn trouble_is_on_the_books_and_no_trouble_takes_no_room() {
    for reply in [FAILED, QUOTA_EXCEEDED] {
        let mut books = Books::new();
        for _ in 0..5 {
            books.send(reply);
        }
        let text = serde_json::to_string(&books.account).unwrap();
        let mut read: Account = serde_json::from_str(&text).unwrap();
        let wait = read.reserve(books.now(), &Quota::UNLIMITED, DEADLINE);
        assert_eq!(wait.unwrap_err(), books.reserve().unwrap_err());
    }
    let mut books = Books::new();
    books.waits::<5>(FAILED);
    books.send(Reply::Answered);
    let text = serde_json::to_string(&books.account).unwrap();
    assert!(!text.contains("trouble"), "{text}");
}

#[test]
fn hearing_of_virustotal_ends_an_outage_and_no_refusal() {
    let mut books = Books::new();
    for _ in 0..5 {
        books.send(FAILED);
    }
    let seen = Spent {
        day: None,
        month: None,
        server_time: books.now().wall,
    };
    let now = books.now();
    assert!(books.account.raise(now, &seen));
    assert!(!books.account.raise(now, &seen), "nothing changes any more");
    books.send(FAILED);
    assert!(books.account.raise(now, &seen), "the row is broken");
    assert_eq!(books.waits(FAILED), [0; 5]);
    books.time += Duration::from_secs(60);
    let _probe = books.reserve().unwrap();
    books.account.raise(now, &seen);
    assert_eq!(books.waits(QUOTA_EXCEEDED), [0], "nobody waits for a probe");
    books.account.raise(now, &seen);
    assert_eq!(books.reserve().unwrap_err().limit, Limit::Server);
}

#[test]
fn a_refusal_is_remembered_as_use_from_elsewhere() {
    let mut books = Books::new();
    let usage = |books: &Books| books.account.usage(books.now(), &Quota::PUBLIC);
    assert_eq!(usage(&books).external_use, None);
    books.send(QUOTA_EXCEEDED);
    let at = books.now().wall;
    assert_eq!(usage(&books).blocked_for.as_secs(), 60);
    books.send(Reply::Answered);
    assert_eq!(usage(&books).external_use, Some(at));
    assert_eq!(usage(&books).blocked_for, Duration::ZERO);
}
