//! Days of trouble: a job waits them out, asks seldom meanwhile, and loses
//! nothing.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all};
use http::StatusCode;
use vt_core::{
    client::{ApiKey, Client},
    job::{ItemResult, LEASE, MemoryJobStore, Run},
    quota::Quota,
};
use vt_sim::{Fault, NoConnection, Trigger};

use crate::{
    faults::stage::{Stage, finish, results, started},
    lab::files,
};

const HOUR: Duration = Duration::from_secs(3_600);
const OUTAGE: Duration = Duration::from_secs(72 * 3_600);
const ITEMS: u64 = 60;
const MOST_IN_AN_OUTAGE: usize = 200;
const MOST_IN_A_DAY_OF_REFUSALS: usize = 30;

fn over_quota() -> Fault {
    Fault::status(StatusCode::TOO_MANY_REQUESTS)
}

/// What is out of order.
struct Outage {
    name: &'static str,
    fault: fn() -> Fault,
}

static OUTAGES: &[Outage] = &[
    Outage {
        name: "503",
        fault: || Fault::status(StatusCode::SERVICE_UNAVAILABLE),
    },
    Outage {
        name: "503 with Retry-After",
        fault: || {
            let seconds = http::HeaderValue::from_static("120");
            let header = Fault::header(http::header::RETRY_AFTER, seconds);
            Fault::status(StatusCode::SERVICE_UNAVAILABLE).and(header)
        },
    },
    Outage {
        name: "a page of a proxy",
        fault: || Fault::bad_gateway_page().on_the_way(),
    },
    Outage {
        name: "a page of a network that wants a login",
        fault: Fault::captive_portal,
    },
    Outage {
        name: "resets",
        fault: || Fault::Reset,
    },
    Outage {
        name: "connections refused",
        fault: || Fault::NoConnection(NoConnection::Refused),
    },
    Outage {
        name: "no address",
        fault: || Fault::NoConnection(NoConnection::NoSuchHost),
    },
    Outage {
        name: "no connection in time",
        fault: || Fault::NoConnection(NoConnection::TimedOut),
    },
    Outage {
        name: "a certificate that has expired",
        fault: || Fault::NoConnection(NoConnection::Expired),
    },
    Outage {
        name: "no answer in time",
        fault: || Fault::Stall,
    },
    Outage {
        name: "bodies that are cut",
        fault: || Fault::CutBody { after: 500 },
    },
];

#[test]
fn an_outage_of_three_days_costs_few_requests_and_no_item() {
    let mut wrong = Vec::new();
    for outage in OUTAGES {
        let came = paused(async { last(outage).await });
        let name = outage.name;
        match came {
            Ok(requests) => println!("72 hours of {name}: {requests} requests"),
            Err(came) => wrong.push(format!("{name}: {came}")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn paused<T>(play: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(play)
}

/// How many attempts an outage took, if all went well.
async fn last(outage: &Outage) -> Result<usize, String> {
    let stage = Stage::new(3);
    let simulator = &stage.lab.simulator;
    let jobs = stage.job(&files(0..ITEMS)).await;
    let mut run = started(&stage.runner(&jobs)).await;
    // Not from the beginning: it hits a job that goes well.
    let before = tokio::time::timeout(Duration::from_secs(90), finish(&mut run)).await;
    assert!(before.is_err(), "there is more to do");
    let good = stage.events().len();
    simulator.script(Trigger::Every, (outage.fault)());
    let end = tokio::time::timeout(OUTAGE, finish(&mut run)).await;
    let requests = stage.events().len() - good;
    if end.is_ok() {
        return Err(format!("the job ended after {requests} requests"));
    }
    if requests > MOST_IN_AN_OUTAGE {
        return Err(format!("{requests} requests"));
    }
    simulator.clear_script();
    let recovery = tokio::time::timeout(24 * HOUR, finish(&mut run)).await;
    recovery.map_err(|_| "it was not over a day later".to_owned())?;
    match count(&jobs).await {
        (ITEMS, 0) => Ok(requests),
        (answered, failed) => Err(format!("{answered} answered, {failed} failed")),
    }
}

/// How many items are answered, and how many failed.
async fn count(jobs: &MemoryJobStore) -> (u64, u64) {
    let mut counts = (0, 0);
    for result in results(jobs).await.into_iter().flatten() {
        match result {
            ItemResult::Answered(_) => counts.0 += 1,
            ItemResult::Failed(_) => counts.1 += 1,
        }
    }
    counts
}

async fn a_day_of_refusals(nodes: u64) -> usize {
    let stage = Stage::new(nodes);
    stage.lab.simulator.script(Trigger::Every, over_quota());
    let mut runs: Vec<Run> = Vec::new();
    let mut stores = Vec::new();
    for node in 0..nodes {
        let jobs = stage.job(&files(node * 20..node * 20 + 20)).await;
        runs.push(started(&stage.runner(&jobs)).await);
        stores.push(jobs);
    }
    let work = join_all(runs.iter_mut().map(finish));
    assert!(tokio::time::timeout(24 * HOUR, work).await.is_err());
    let requests = stage.events().len();
    stage.lab.simulator.clear_script();
    let work = join_all(runs.iter_mut().map(finish));
    tokio::time::timeout(24 * HOUR, work).await.unwrap();
    for jobs in stores {
        assert_eq!(count(&jobs).await, (20, 0));
    }
    requests
}

#[tokio::test(start_paused = true)]
async fn a_day_of_nothing_but_refusals_costs_a_node_30_requests_at_most() {
    let requests = a_day_of_refusals(1).await;
    println!("24 hours of 429: {requests} requests");
    assert!(requests <= MOST_IN_A_DAY_OF_REFUSALS, "{requests} requests");
}

#[tokio::test(start_paused = true)]
async fn a_day_of_nothing_but_refusals_costs_ten_nodes_no_more_than_one() {
    let requests = a_day_of_refusals(10).await;
    println!("24 hours of 429, 10 nodes: {requests} requests");
    assert!(requests <= MOST_IN_A_DAY_OF_REFUSALS, "{requests} requests");
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_for_less_than_a_minute_the_first_answer_comes_within_65_seconds() {
    for seconds in 1..60 {
        let stage = Stage::new(seconds);
        let start = stage.lab.now();
        let recovery = start + Duration::from_secs(seconds);
        let simulator = &stage.lab.simulator;
        simulator.script(Trigger::During(start..recovery), over_quota());
        let outcome = stage.scanner().scan(files(0..4)).next().await.unwrap();
        assert!(outcome.result.is_ok());
        let arrivals = simulator.arrivals();
        let first_good = arrivals.iter().find(|arrival| arrival.status == Some(200));
        let late = (first_good.unwrap().wall - recovery).num_milliseconds();
        assert!((0..=65_000).contains(&late), "{late} ms after {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_midway_costs_one_request_more_and_a_new_one_loses_nothing() {
    for (seed, code) in [
        "WrongCredentialsError",
        "AuthenticationRequiredError",
        "UserNotActiveError",
    ]
    .into_iter()
    .enumerate()
    {
        for quota in [Quota::PUBLIC, Quota::PUBLIC.per_minute(60)] {
            let mut stage = Stage::with(seed as u64, quota);
            let under_way = quota.max_in_flight() as u64;
            let jobs = stage.job(&files(0..ITEMS)).await;
            let runner = stage.runner(&jobs);
            let mut run = started(&runner).await;
            let simulator = stage.lab.simulator.clone();
            let refuse = async {
                simulator.arrived(10).await;
                let refused = Fault::error(StatusCode::UNAUTHORIZED, code, "no");
                simulator.script(Trigger::Every, refused);
            };
            let work = tokio::time::timeout(24 * HOUR, finish(&mut run));
            let _ = tokio::join!(work, refuse);
            let refused = stage.lab.answered_with(401);
            assert!((1..=under_way).contains(&refused), "{refused} were refused");
            let (answered, failed) = count(&jobs).await;
            assert_eq!((answered, failed), (simulator.requests() - refused, 0));

            drop((run, runner));
            tokio::time::sleep(LEASE).await;
            simulator.clear_script();
            let new_key = ApiKey::new("another").unwrap();
            let client = Client::builder(new_key).transport(Arc::new(simulator.clone()));
            stage.lab.client = client.quota(quota).build().unwrap();
            finish(&mut started(&stage.runner(&jobs)).await).await;
            assert_eq!(count(&jobs).await, (ITEMS, 0));
            assert_eq!(simulator.requests(), ITEMS + refused, "nothing twice");
        }
    }
}
