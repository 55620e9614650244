//! The ledger across processes, restarts and reboots.

use std::fs;

use vt_core::{
    quota::{Ledger, Limit, Quota, Spent},
    testkit::VirtualClock,
    time::Clock,
};

use crate::folder::{Folder, KEY, reserve, spend};

#[tokio::test(start_paused = true)]
async fn the_day_is_known_after_a_restart_and_so_is_the_minute() {
    let folder = Folder::new();
    let clock = VirtualClock::at_noon();
    let quota = Quota::PUBLIC.per_minute(2).per_day(3);
    for _ in 0..2 {
        // Lost with the process, as by `kill -9`.
        drop(
            reserve(&folder.open_on(&clock, "boot").await, quota)
                .await
                .unwrap(),
        );
    }
    let store = folder.open_on(&clock, "boot").await;
    let wait = reserve(&store, quota).await.unwrap_err();
    assert_eq!((wait.limit, wait.duration.as_secs()), (Limit::Minute, 90));
    tokio::time::advance(wait.duration).await;
    drop(reserve(&store, quota).await.unwrap());
    let store = folder.open_on(&clock, "boot").await;
    assert_eq!(reserve(&store, quota).await.unwrap_err().limit, Limit::Day);
}

#[tokio::test(start_paused = true)]
async fn what_virustotal_counted_is_known_after_a_restart() {
    let folder = Folder::new();
    let clock = VirtualClock::at_noon();
    let seen = Spent {
        day: Some(499),
        month: None,
        server_time: clock.wall(),
    };
    let store = folder.open_on(&clock, "boot").await;
    store.raise(KEY, seen).await.unwrap();
    drop(store);
    let store = folder.open_on(&clock, "boot").await;
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    let wait = reserve(&store, Quota::PUBLIC).await.unwrap_err();
    assert_eq!(wait.limit, Limit::Day);
}

#[tokio::test(start_paused = true)]
async fn after_a_reboot_the_minute_is_waited_for_once() {
    let folder = Folder::new();
    let clock = VirtualClock::at_noon();
    tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
    let quota = Quota::PUBLIC.per_minute(1);
    drop(
        reserve(&folder.open_on(&clock, "one").await, quota)
            .await
            .unwrap(),
    );
    // The new clock counts from zero: the old places would be taken for a day.
    let clock = VirtualClock::new(clock.wall());
    let store = folder.open_on(&clock, "two").await;
    let wait = reserve(&store, quota).await.unwrap_err();
    assert_eq!((wait.limit, wait.duration.as_secs()), (Limit::Minute, 60));
    let usage = store.usage(KEY, &quota).await.unwrap();
    assert_eq!(usage.day, 1, "the day is the same");
}

#[tokio::test]
async fn a_file_that_was_replaced_is_noticed_before_anything_is_charged() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    drop(reserve(&store, Quota::PUBLIC).await.unwrap());
    fs::rename(folder.file(), folder.0.path().join("elsewhere")).unwrap();
    fs::write(folder.file(), "").unwrap();
    let error = store.reserve(&spend(Quota::PUBLIC)).await.unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
}

#[tokio::test]
async fn many_handles_on_one_file_lose_no_charge() {
    let folder = Folder::new();
    drop(folder.open().await.unwrap());
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let store = folder.open().await.unwrap();
        tasks.push(tokio::spawn(async move {
            let quota = Quota::UNLIMITED.per_day(90);
            let mut granted = 0;
            while let Ok(permit) = reserve(&store, quota).await {
                granted += 1;
                drop(permit);
            }
            granted
        }));
    }
    let mut granted = 0;
    for task in tasks {
        granted += task.await.unwrap();
    }
    assert_eq!(granted, 90);
}
