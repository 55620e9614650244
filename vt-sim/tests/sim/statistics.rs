//! The log and the figures drawn from it.

use std::time::Duration;

use http::Method;
use tokio::time::advance;

use vt_sim::{Fault, Specimen, Trigger};

use crate::ask::{KEY, build, get, get_with, json, request, send, status};

#[tokio::test(start_paused = true)]
async fn the_most_in_60_seconds_is_what_brute_force_finds() {
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let simulator = build(|b| b.per_minute(random.u32(1..9)));
        let hash = Specimen::Clean.sample().md5;
        for _ in 0..300 {
            status(&simulator, &hash).await;
            // Many gaps of nothing, and sums that hit 60 seconds exactly.
            let gap = random
                .choice([0, 0, 500, 1000, 5000, 20_000, 60_000])
                .unwrap();
            advance(Duration::from_millis(gap)).await;
        }

        let times: Vec<_> = simulator
            .arrivals()
            .iter()
            .map(|arrival| arrival.at)
            .collect();
        let in_window = |&first: &Duration| {
            let inside = |at: &&Duration| **at >= first && **at - first < Duration::from_secs(60);
            times.iter().filter(inside).count() as u64
        };
        let brute = times.iter().map(in_window).max().unwrap();
        assert_eq!(simulator.stats().most_in_60s, brute, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_says_when_what_was_asked_and_what_came_of_it() {
    let simulator = build(|b| b.key(KEY));
    let known = Specimen::Clean.sample();
    advance(Duration::from_secs(7)).await;
    status(&simulator, &known.md5.to_uppercase()).await;
    advance(Duration::from_secs(5)).await;
    let path = format!("/api/v3/files/{}", known.sha1);
    get_with(&simulator, &path, &[("x-apikey", "wrong")]).await;
    simulator.script(Trigger::Next, Fault::Reset);
    simulator
        .respond(request(&path, &[("x-apikey", KEY)]))
        .await
        .unwrap_err();

    let log = simulator.arrivals();

    assert_eq!(log.len(), 3);
    assert_eq!(log[0].at, Duration::from_secs(7));
    assert_eq!(log[1].wall - log[0].wall, chrono::TimeDelta::seconds(5));
    assert_eq!(log[0].hash.as_ref(), Some(&known.md5.to_uppercase()));
    assert_eq!(log[0].file.as_ref(), Some(&known.sha256));
    assert_eq!((log[0].status, log[0].key_accepted()), (Some(200), true));
    assert_eq!((log[1].status, log[1].key_accepted()), (Some(401), false));
    assert_eq!((log[2].status, log[2].key_accepted()), (None, true));
    let stats = simulator.stats();
    assert_eq!((stats.requests, stats.unanswered), (3, 1));
    assert_eq!(stats.by_file[&known.sha256], 3);
    assert_eq!(stats.by_hash[&known.sha1], 2);
}

#[tokio::test(start_paused = true)]
async fn the_figures_are_there_over_http_and_can_be_cleared() {
    let simulator = build(|b| b.per_day(1));
    let hash = Specimen::Clean.sample().md5;
    assert_eq!(status(&simulator, &hash).await, 200);
    assert_eq!(status(&simulator, &hash).await, 429);

    let stats = json(&get_with(&simulator, "/sim/stats", &[]).await);
    assert_eq!(stats["requests"], 2);
    assert_eq!(stats["by_status"]["429"], 1);
    assert_eq!(stats["most_in_60s"], 2);

    send(&simulator, Method::POST, "/sim/reset").await;
    let stats = json(&get_with(&simulator, "/sim/stats", &[]).await);
    assert_eq!(stats["requests"], 0);
    assert_eq!(status(&simulator, &hash).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_in_no_log_and_no_debug_text() {
    let simulator = build(|b| b.key("hidden-key").key("other").inactive_key("retired-key"));
    for key in ["hidden-key", "secret-typo", "retired-key"] {
        get_with(
            &simulator,
            &format!("/api/v3/users/{key}"),
            &[("x-apikey", key)],
        )
        .await;
        let answer = get_with(&simulator, "/api/v3/files/x", &[("x-apikey", key)]).await;
        assert!(!String::from_utf8_lossy(answer.body()).contains(key));
    }
    let answer = get_with(
        &simulator,
        "/api/v3/users/hidden-key",
        &[("x-apikey", "hidden-key")],
    )
    .await;

    let everything = format!(
        "{simulator:?}{:?}{:?}{answer:?}",
        simulator.arrivals(),
        simulator.stats()
    );
    for key in ["hidden-key", "secret-typo", "retired-key"] {
        assert!(!everything.contains(key), "{key} in {everything}");
    }
    assert!(
        get(&simulator, "/api/v3/users/x")
            .await
            .status()
            .is_client_error()
    );
}

#[tokio::test(start_paused = true)]
async fn the_nth_request_can_be_waited_for_and_is_in_the_log_by_then() {
    let simulator = build(|b| b);
    let hash = Specimen::Clean.sample().md5;
    simulator.arrived(0).await;
    let waiting = tokio::spawn({
        let simulator = simulator.clone();
        async move {
            simulator.arrived(3).await;
            simulator.arrivals().len()
        }
    });
    for sent in 1..=3 {
        assert!(!waiting.is_finished());
        status(&simulator, &hash).await;
        assert_eq!(simulator.requests(), sent);
        tokio::task::yield_now().await;
    }
    assert_eq!(waiting.await.unwrap(), 3);
    simulator.arrived(2).await;
    simulator.reset();
    assert_eq!(simulator.requests(), 0);
    assert!(futures::poll!(std::pin::pin!(simulator.arrived(1))).is_pending());
}
