//! Answers on their way from one file to another.

use std::{fmt::Write, io::Cursor};

use chrono::DateTime;
use vt_core::{
    cache::{Cache, CacheExt, Detail, Entry},
    testkit::cache::report,
};

use crate::folder::Folder;

fn line(n: u32, body_bytes: usize, seconds: i64) -> String {
    let report = report(n, body_bytes);
    let body = report.raw().map(|body| str::from_utf8(body).unwrap());
    let body = serde_json::to_string(body.unwrap()).unwrap();
    let time = DateTime::from_timestamp(seconds, 0).unwrap().to_rfc3339();
    format!("{{\"fetched_at\":\"{time}\",\"body\":{body}}}\n")
}

/// Several pieces of text, which are packed at the same time.
#[tokio::test]
async fn what_is_taken_in_is_untouched_and_what_is_refused_is_counted() {
    const ANSWERS: u32 = 1_500;
    const BODY: usize = 3_000;
    let mut text = String::new();
    for n in 0..ANSWERS {
        text.push_str(&line(n, BODY, i64::from(n)));
        if n % 500 == 100 {
            writeln!(text, "no answer {n}\n").unwrap();
        }
    }
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    let imported = store.import(Cursor::new(&text)).await.unwrap();
    assert_eq!((imported.taken, imported.known), (ANSWERS.into(), 0));
    assert_eq!((imported.refused, imported.first_refused), (3, Some(102)));
    for n in 0..ANSWERS {
        let report = report(n, BODY);
        let found = store.get_one(report.sha1, Detail::Full).await.unwrap();
        let fetched_at = DateTime::from_timestamp(n.into(), 0).unwrap();
        assert_eq!(found, Some(Entry::found(report, fetched_at)));
    }
    let again = store.import(Cursor::new(&text)).await.unwrap();
    assert_eq!((again.taken, again.known), (0, ANSWERS.into()));
}

#[tokio::test]
async fn of_answers_about_one_file_the_newest_stays_whatever_the_order_of_lines() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    store
        .put(&[Entry::found(report(2, 10), DateTime::UNIX_EPOCH)])
        .await
        .unwrap();
    let lines: String = [(1, 5), (1, 9), (1, 7), (2, -1), (1, 9)]
        .map(|(n, seconds)| line(n, 10, seconds))
        .concat();
    let imported = store.import(Cursor::new(lines)).await.unwrap();
    assert_eq!((imported.taken, imported.known), (2, 3));
    for (n, seconds) in [(1, 9), (2, 0)] {
        let found = store.get_one(report(n, 0).md5, Detail::Full).await.unwrap();
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(found.map(|entry| entry.fetched_at()), Some(time));
    }
}
