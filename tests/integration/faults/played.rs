//! Rows that take more than one fault and one question.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::LocalBoxFuture};
use http::StatusCode;
use vt_core::{
    job::{ItemResult, LEASE},
    quota::{Ledger, Reservation, Spend, Spent},
    scan::{Error, Scanner},
};
use vt_sim::{Fault, Trigger};

use super::{
    connections::back_in,
    row::{Item, Observed, Stored},
    stage::{Stage, finish, named, results, started},
};
use crate::lab::{collect, file, files};

type Played = LocalBoxFuture<'static, Observed>;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn over_quota() -> Fault {
    Fault::status(StatusCode::TOO_MANY_REQUESTS)
}

/// What came of a play that is about this, and not about the rest.
fn only(surfaced: String) -> Observed {
    Observed {
        events: Vec::new(),
        charged: 0,
        stored: Stored::Nothing,
        surfaced,
        item: Item::None,
    }
}

/// What came of a play whose last answer was about this file.
async fn whole(stage: &Stage, surfaced: String, last: u64) -> Observed {
    Observed {
        events: stage.events(),
        charged: stage.charged().await,
        stored: stage.stored(file(last)[0]).await,
        surfaced,
        item: Item::None,
    }
}

async fn answers(scanners: &[Scanner]) -> String {
    let lookups = scanners.iter().zip(1..).map(|(scanner, n)| async move {
        // Nobody asks at the same moment as another.
        tokio::time::sleep(Duration::from_millis(n)).await;
        scanner.lookup(file(n)[0]).await
    });
    let results = futures::future::join_all(lookups).await;
    format!(
        "{} answers",
        results.iter().filter(|result| result.is_ok()).count()
    )
}

pub(super) fn forbidden_three_times(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let forbidden = Fault::status(StatusCode::FORBIDDEN);
        stage.lab.simulator.script(Trigger::Every, forbidden);
        let jobs = stage.job(&files(0..6)).await;
        let mut run = started(&stage.runner(&jobs)).await;
        // Whether the job then ends or waits.
        let _ = tokio::time::timeout(HOUR, finish(&mut run)).await;
        let results = results(&jobs).await;
        let open = results.iter().filter(|result| result.is_none()).count();
        let surfaced = if open >= 4 {
            "at least 4 of 6 are open".to_owned()
        } else {
            format!("{open} of 6 are open")
        };
        whole(&stage, surfaced, 0).await
    }
    .boxed_local()
}

pub(super) fn refused_until_midnight(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let simulator = &stage.lab.simulator;
        let midnight = stage.lab.now() + 12 * HOUR;
        simulator.script(Trigger::During(stage.lab.now()..midnight), over_quota());
        // The last probe of the day is at another minute for each seed.
        tokio::time::sleep(MINUTE * u32::try_from(seed % 60).unwrap()).await;
        stage.scanner().lookup(file(1)[0]).await.unwrap();
        let late = (stage.lab.now() - midnight).num_seconds();
        only(if (0..=180).contains(&late) {
            "answered within 3 minutes of the new day".to_owned()
        } else {
            format!("answered {late} s after the day began")
        })
    }
    .boxed_local()
}

pub(super) fn one_node_is_refused(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        stage.meets_next(&over_quota(), 1);
        let first = tokio::spawn({
            let scanner = stage.scanner();
            async move { scanner.lookup(file(9)[0]).await }
        });
        stage.lab.simulator.arrived(1).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let others = [(); 3].map(|()| stage.scanner());
        let answered = answers(&others).await;
        assert_eq!(answered, "3 answers");
        let surfaced = named(first.await.unwrap()).replace("Found", "4 answers");
        whole(&stage, surfaced, 9).await
    }
    .boxed_local()
}

pub(super) fn a_day_of_refusals(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        stage.lab.simulator.script(Trigger::Every, over_quota());
        let nodes = [(); 10].map(|()| stage.scanner());
        let mut scans: Vec<_> = nodes
            .iter()
            .zip(0..)
            .map(|(node, n)| node.scan(files(n * 20..n * 20 + 20)))
            .collect();
        let all = futures::future::join_all(scans.iter_mut().map(StreamExt::next));
        let day = tokio::time::timeout(24 * HOUR, all).await;
        assert!(day.is_err(), "nobody is told that his hash has no answer");
        let requests = stage.events().len();
        only(if requests <= 30 {
            "at most 30 requests".to_owned()
        } else {
            format!("{requests} requests")
        })
    }
    .boxed_local()
}

pub(super) fn used_elsewhere(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        stage.lab.simulator.script(Trigger::Nth(4), over_quota());
        let outcomes = collect(stage.scanner().scan((1..5).map(|n| file(n)[0]))).await;
        let answered = outcomes.iter().filter(|outcome| outcome.result.is_ok());
        let surfaced = format!("{} answers", answered.count());
        whole(&stage, surfaced, 4).await
    }
    .boxed_local()
}

pub(super) fn used_up(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let seen = Spent {
            day: Some(500),
            month: None,
            server_time: stage.lab.now(),
        };
        let key = stage.lab.client.key_id();
        stage.lab.ledger.raise(key, seen).await.unwrap();
        let scanner = stage.scanner();
        let told = scanner.lookup_within(file(1)[0], MINUTE).await;
        let Err(Error::Pending { eta: Some(eta) }) = &told else {
            panic!("{told:?}");
        };
        let hours = (*eta - stage.lab.now()).num_minutes();
        assert!((12 * 60 - 1..13 * 60).contains(&hours), "{eta}");
        let told = named(told);
        let answer = scanner.lookup(file(1)[0]).await;
        let surfaced = format!("{told}, then {}", named(answer));
        let usage = scanner.usage().await.unwrap();
        Observed {
            events: stage.events(),
            charged: usage.day,
            stored: stage.stored(file(1)[0]).await,
            surfaced,
            item: Item::Done,
        }
    }
    .boxed_local()
}

pub(super) fn a_wait_longer_than_the_caller_s(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        stage.lab.simulator.script(Trigger::Every, back_in("120"));
        let start = stage.lab.now();
        let limit = Duration::from_secs(10);
        let told = named(stage.scanner().lookup_within(file(1)[0], limit).await);
        let waited = (stage.lab.now() - start).num_milliseconds();
        let surfaced = if waited < 1_000 {
            format!("{told} at once")
        } else {
            format!("{told} after {waited} ms")
        };
        whole(&stage, surfaced, 1).await
    }
    .boxed_local()
}

pub(super) fn suspended(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        stage.meets_next(&Fault::Stall, 1);
        let scanner = stage.scanner();
        let lookup = tokio::spawn(async move { scanner.lookup(file(1)[0]).await });
        stage.lab.simulator.arrived(1).await;
        tokio::time::advance(8 * HOUR).await;
        let surfaced = named(lookup.await.unwrap());
        whole(&stage, surfaced, 1).await
    }
    .boxed_local()
}

pub(super) fn left_in_line(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let scanner = stage.scanner();
        collect(scanner.scan(files(10..14))).await;
        let waiting = tokio::time::timeout(MINUTE / 2, scanner.lookup(file(1)[0]));
        assert!(waiting.await.is_err(), "the minute is used up");
        tokio::time::sleep(3 * MINUTE).await;
        whole(&stage, "Cancelled".to_owned(), 1).await
    }
    .boxed_local()
}

pub(super) fn left_under_way(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let scanner = stage.scanner();
        let other = tokio::spawn({
            let scanner = scanner.clone();
            async move { scanner.lookup(file(1)[1]).await }
        });
        tokio::select! {
            biased;
            () = stage.lab.simulator.arrived(1) => {}
            _ = scanner.lookup(file(1)[0]) => panic!("nothing is answered at once"),
        }
        let surfaced = match other.await.unwrap() {
            Ok(_) => "the other is answered".to_owned(),
            Err(error) => error.to_string(),
        };
        whole(&stage, surfaced, 1).await
    }
    .boxed_local()
}

/// Every place of the minute is taken by a process that is gone.
pub(super) fn killed_before_sending(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let client = &stage.lab.client;
        let spend = Spend {
            key: client.key_id(),
            quota: *client.quota(),
            deadline: client.deadline() + Duration::from_secs(10),
        };
        for _ in 0..4 {
            let reservation = stage.lab.ledger.reserve(&spend).await.unwrap();
            assert!(matches!(reservation, Reservation::Granted(_)));
        }
        let surfaced = named(stage.scanner().lookup(file(1)[0]).await);
        whole(&stage, surfaced, 1).await
    }
    .boxed_local()
}

/// A process that worked on a job is gone as it waits for an answer.
pub(super) fn killed_before_keeping(seed: u64) -> Played {
    async move {
        let stage = Stage::new(seed);
        let hash = file(1)[0];
        let jobs = stage.job(&[hash]).await;
        let dead = started(&stage.runner(&jobs)).await;
        let client = &stage.lab.client;
        let spend = Spend {
            key: client.key_id(),
            quota: *client.quota(),
            deadline: client.deadline(),
        };
        let _lost = stage.lab.ledger.reserve(&spend).await.unwrap();
        assert!(client.file(&hash).await.is_ok(), "nobody hears of it");
        drop(dead);
        tokio::time::sleep(LEASE).await;
        let mut run = started(&stage.runner(&jobs)).await;
        finish(&mut run).await;
        let is_done = matches!(results(&jobs).await[..], [Some(ItemResult::Answered(_))]);
        let surfaced = match stage.lab.requests() {
            2 => "one request more".to_owned(),
            requests => format!("{requests} requests"),
        };
        Observed {
            item: if is_done { Item::Done } else { Item::Lost },
            ..whole(&stage, surfaced, 1).await
        }
    }
    .boxed_local()
}
