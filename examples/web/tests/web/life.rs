//! Ends and starts of the server, and what time does.

use std::time::Duration;

use axum::http::StatusCode;
use vt_core::{
    cache::{CacheExt, Detail},
    quota::Quota,
};

use crate::lab::{Lab, hashes};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(start_paused = true)]
async fn a_server_that_was_ended_goes_on_where_it_was() {
    let lab = Lab::with(Quota::PUBLIC);
    let server = lab.start().await;
    let path = server.upload("list.txt", hashes(30)).await;
    tokio::time::sleep(Duration::from_secs(150)).await;
    server.app.close().await;
    let before = lab.simulator.stats().requests;
    assert!((4..30).contains(&before), "{before}");
    let server = lab.start().await;
    let news = server.watch(&path).await;
    assert_eq!(news.last().unwrap()["state"], "finished");
    assert_eq!(lab.simulator.stats().requests, 30);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_pauses_reports_until_there_is_another() {
    let mut lab = Lab::new();
    let good = "0123456789abcdef";
    lab.simulator.script(
        vt_sim::Trigger::Every,
        vt_sim::Fault::status(StatusCode::UNAUTHORIZED),
    );
    let server = lab.start().await;
    let path = server.upload("list.txt", hashes(5)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let page = server.text(&path).await;
    assert!(page.contains("refused the API key"), "{page}");
    assert!(!page.contains(good));
    let asked = lab.simulator.stats().requests;
    tokio::time::sleep(DAY).await;
    assert_eq!(
        lab.simulator.stats().requests,
        asked,
        "nothing is asked with that key any more"
    );
    server.app.close().await;
    lab.simulator.clear_script();
    lab.key("fedcba9876543210");
    let server = lab.start().await;
    let news = server.watch(&path).await;
    let last = news.last().unwrap();
    assert_eq!(
        (&last["state"], &last["failed"]),
        (&"finished".into(), &0.into())
    );
}

#[tokio::test(start_paused = true)]
async fn answers_are_forgotten_at_midnight_and_reports_when_their_time_is_over() {
    let lab = Lab::new();
    let server = lab.start().await;
    let path = server.upload("list.txt", hashes(3)).await;
    server.watch(&path).await;
    let hash = hashes(1).parse().unwrap();
    let kept = async || {
        lab.cache
            .get_one(hash, Detail::Summary)
            .await
            .unwrap()
            .is_some()
    };
    // It is noon: at the first midnight the answers are half a day old.
    tokio::time::sleep(DAY * 3 / 4).await;
    assert!(kept().await);
    tokio::time::sleep(DAY).await;
    assert!(!kept().await);
    let page = server.text(&path).await;
    assert!(page.contains(&hashes(1)), "a report keeps its answers");
    tokio::time::sleep(DAY * 27).await;
    assert_eq!(server.get(&path).await.status(), StatusCode::OK);
    tokio::time::sleep(DAY * 2).await;
    assert_eq!(server.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_short_list_beside_a_long_one_is_ready_in_minutes() {
    let lab = Lab::with(Quota::PUBLIC);
    let server = lab.start().await;
    server.upload("long.txt", hashes(400)).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let short: String = (500..503)
        .map(|n| vt_sim::sample(vt_sim::FIRST_ORDINARY + n).md5 + "\n")
        .collect();
    let path = server.upload("short.txt", short).await;
    let begun = tokio::time::Instant::now();
    server.watch(&path).await;
    assert!(
        begun.elapsed() < Duration::from_secs(120),
        "{:?}",
        begun.elapsed()
    );
}
