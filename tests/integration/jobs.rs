//! Work on jobs, and workers that end in the middle of it.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures::FutureExt;
use http::StatusCode;
use vt_core::{
    cache::Freshness,
    hash::FileHash,
    job::{
        Claim, HEARTBEAT, Item, ItemQuery, ItemResult, JobError, JobId, JobSpec, JobStore, LEASE,
        MemoryJobStore, Run, Runner, Start,
    },
    quota::Quota,
    scan::Source,
};
use vt_sim::{Fault, Trigger};

use crate::lab::{Lab, file, files};

const ID: JobId = JobId::from_bytes([5; 16]);
const ALL: ItemQuery = ItemQuery {
    from: 0,
    limit: NonZeroUsize::MAX,
    open: false,
};

fn store(lab: &Lab) -> MemoryJobStore {
    MemoryJobStore::with_clock(Arc::new(lab.clock.clone()))
}

async fn create(store: &MemoryJobStore, freshness: Freshness, hashes: &[FileHash]) {
    let spec = JobSpec {
        name: "list.txt".to_owned(),
        submitter: "a".to_owned(),
        freshness,
        memo: String::new(),
    };
    assert!(store.create(ID, &spec, hashes).await.unwrap());
}

async fn start(runner: &Runner) -> Run {
    match runner.start(ID).await.unwrap() {
        Start::Working(run) => *run,
        other => panic!("{other:?}"),
    }
}

async fn finish(mut run: Run) {
    while run.next().await.unwrap().is_some() {}
    run.stop().await.unwrap();
}

async fn results(store: &MemoryJobStore) -> Vec<Option<ItemResult>> {
    let items: Vec<Item> = store.items(ID, &ALL).await.unwrap();
    items.into_iter().map(|item| item.result).collect()
}

fn source(result: &Option<ItemResult>) -> Option<Source> {
    match result {
        Some(ItemResult::Answered(answer)) => Some(answer.source),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn every_hash_gets_its_result_and_the_job_is_finished() {
    let lab = Lab::new();
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..9)).await;
    let runner = Runner::new(lab.scanner(), store.clone());
    finish(start(&runner).await).await;
    let job = store.job(ID).await.unwrap().unwrap();
    assert_eq!((job.tally.answered(), lab.requests()), (9, 9));
    assert!(job.finished_at.is_some());
    assert!(matches!(runner.start(ID).await.unwrap(), Start::Finished));
    let missing = runner.start(JobId::from_bytes([6; 16])).await.unwrap();
    assert!(matches!(missing, Start::Missing));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_waits_for_hours_keeps_its_job() {
    let lab = Lab::with(Quota::PUBLIC.per_day(4), |simulator| simulator);
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..6)).await;
    let runner = Runner::new(lab.scanner(), store.clone());
    let work = finish(start(&runner).await);
    let watch = async {
        for _ in 0..600 {
            tokio::time::sleep(Duration::from_secs(59)).await;
            let claim = store.claim(ID, LEASE).await.unwrap();
            assert!(matches!(claim, Claim::Held { .. }), "{claim:?}");
        }
    };
    tokio::join!(work, watch);
    assert_eq!((lab.requests(), lab.answered_with(429)), (6, 0));
}

#[tokio::test(start_paused = true)]
async fn the_job_of_a_dead_worker_is_finished_by_the_next_and_nothing_is_asked_twice() {
    let lab = Lab::new();
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..20)).await;
    for _ in 0..3 {
        // Another process: it shares what is kept, not what is in memory.
        let runner = Runner::new(lab.scanner(), store.clone());
        let mut run = start(&runner).await;
        run.next().await.unwrap();
        drop((run, runner));
        tokio::time::sleep(LEASE - HEARTBEAT * 2).await;
        let runner = Runner::new(lab.scanner(), store.clone());
        let held = runner.start(ID).await.unwrap();
        assert!(matches!(held, Start::Held { .. }));
        tokio::time::sleep(HEARTBEAT * 2).await;
    }
    finish(start(&Runner::new(lab.scanner(), store.clone())).await).await;
    assert_eq!(lab.requests(), 20);
    let results = results(&store).await;
    let asked = |result| matches!(source(result), Some(Source::VirusTotal));
    assert!(
        results.iter().all(asked),
        "fetched for the job, by whichever worker"
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_job_was_taken_over_stops() {
    let lab = Lab::new();
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..9)).await;
    let runner = Runner::new(lab.scanner(), store.clone());
    let mut slow = start(&runner).await;
    slow.next().await.unwrap();
    // Nobody polls it meanwhile.
    tokio::time::sleep(LEASE).await;
    let next = start(&runner).await;
    let error = loop {
        match slow.next().await {
            Ok(outcomes) => assert!(outcomes.is_some()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JobError::Lost { job: ID }), "{error}");
    finish(next).await;
    assert_eq!(lab.requests(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_loses_nothing() {
    let lab = Lab::unlimited();
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..50)).await;
    let mut run = start(&Runner::new(lab.scanner(), store.clone())).await;
    let mut seen = 0;
    loop {
        match run.next().now_or_never() {
            Some(Ok(Some(outcomes))) => seen += outcomes.len(),
            Some(other) => break assert!(other.unwrap().is_none()),
            None => tokio::task::yield_now().await,
        }
    }
    assert_eq!((seen, lab.requests()), (50, 50));
    assert!(results(&store).await.iter().all(Option::is_some));
}

#[tokio::test(start_paused = true)]
async fn who_winds_down_still_gets_what_is_under_way_and_nothing_else() {
    let lab = Lab::with(Quota::PUBLIC, |simulator| {
        let second = Duration::from_secs(1);
        simulator.latency(second..=second)
    });
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..9)).await;
    let mut run = start(&Runner::new(lab.scanner(), store.clone())).await;
    run.next().await.unwrap();
    lab.simulator.arrived(2).await;
    run.wind_down();
    finish(run).await;
    let job = store.job(ID).await.unwrap().unwrap();
    assert_eq!((job.tally.answered(), lab.requests()), (2, 2));
    let claim = store.claim(ID, LEASE).await.unwrap();
    assert!(matches!(claim, Claim::Granted(_)), "{claim:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_one_hash_is_its_result_and_one_of_the_key_is_none() {
    let lab = Lab::new();
    let store = store(&lab);
    create(&store, Freshness::default(), &files(0..4)).await;
    let fault = |status, code| Fault::error(status, code, "no");
    let bad = fault(StatusCode::BAD_REQUEST, "BadRequestError");
    let refused = fault(StatusCode::UNAUTHORIZED, "WrongCredentialsError");
    lab.simulator
        .script(Trigger::File(file(1)[2].to_string()), bad);
    lab.simulator
        .script(Trigger::File(file(2)[2].to_string()), refused);
    finish(start(&Runner::new(lab.scanner(), store.clone())).await).await;
    let results = results(&store).await;
    assert!(matches!(results[0], Some(ItemResult::Answered(_))));
    assert!(matches!(results[1], Some(ItemResult::Failed(_))));
    assert_eq!(results[2..], [None, None]);
    let job = store.job(ID).await.unwrap().unwrap();
    assert_eq!((job.tally.open(), job.finished_at), (2, None));
}

#[tokio::test(start_paused = true)]
async fn what_was_cached_before_the_job_began_says_so() {
    let lab = Lab::new();
    let [md5, _, sha256] = file(0);
    lab.scanner().lookup(md5).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let store = store(&lab);
    create(
        &store,
        Freshness::default(),
        &[sha256, file(1)[0], file(1)[1]],
    )
    .await;
    finish(start(&Runner::new(lab.scanner(), store.clone())).await).await;
    let sources: Vec<_> = results(&store).await.iter().map(source).collect();
    let expected = [Source::Cache, Source::VirusTotal, Source::Joined].map(Some);
    assert_eq!(sources, expected);
    let results = results(&store).await;
    let Some(ItemResult::Answered(answer)) = &results[0] else {
        panic!("{results:?}");
    };
    let vt_core::report::Lookup::Found(report) = &answer.lookup else {
        panic!("{answer:?}");
    };
    assert_eq!(report.raw(), None, "the body stays in the cache");
}
