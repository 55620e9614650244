//! Bodies that are hard to take: large, packed, or no JSON.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use vt_sim::{BrokenConnection, Fault, Gzip, Specimen, Trigger, sample};

use crate::{
    ask::{build, file, json, try_file},
    raw::{ask, question, read_head, start},
};

const GIGABYTE: u64 = 1 << 30;

fn clean() -> String {
    Specimen::Clean.sample().md5
}

/// The body of an answer that meets a fault, in the process.
async fn body(fault: Fault) -> Bytes {
    let simulator = build(|b| b);
    simulator.script(Trigger::Next, fault);
    file(&simulator, &clean()).await.into_body()
}

fn valid(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn a_gigabyte_is_sent_in_little_memory() {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Every, Fault::OversizedBody { bytes: GIGABYTE });
    let mut stream = question(&running, &clean()).await;
    let head = read_head(&mut stream).await;
    assert!(head.contains("content-length: 1073741824\r\n"), "{head}");
    let mut piece = vec![0; 1 << 20];
    let mut all = 0;
    loop {
        match stream.read(&mut piece).await.unwrap() {
            0 => break,
            count => all += count as u64,
        }
    }
    assert_eq!(all, GIGABYTE);
    // All tests of this process together, at their largest.
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(kilobytes < 700 << 10, "{peak}");
    }
    let broken = try_file(&simulator, &clean()).await;
    assert!(
        matches!(broken, Err(BrokenConnection::TooLarge { bytes: GIGABYTE })),
        "{broken:?}"
    );
}

#[tokio::test]
async fn a_bomb_is_small_until_it_is_opened() {
    let (simulator, running) = start().await;
    simulator.script(Trigger::Next, Fault::gzip_bomb(GIGABYTE));
    let (head, body) = ask(&running, &clean()).await;
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    assert!(
        head.contains(&format!("content-length: {}\r\n", body.len())),
        "{head}"
    );
    assert!((body.len() as u64) < GIGABYTE / 500, "{} bytes", body.len());
    // The trailer says how long it is, and the beginning is the report.
    assert_eq!(body[body.len() - 4..], u32::to_le_bytes(1 << 30));
    let report = simulator.report(&clean()).unwrap();
    let mut beginning = vec![0; report.len()];
    GzDecoder::new(&body[..])
        .read_exact(&mut beginning)
        .unwrap();
    assert_eq!(beginning, report);
}

#[tokio::test]
async fn gzip_is_claimed_cut_or_sent_unasked() {
    let (simulator, running) = start().await;
    let report = simulator.report(&clean()).unwrap();
    let mut sent = Vec::new();
    for gzip in [Gzip::Claimed, Gzip::Always, Gzip::Cut { after: 500 }] {
        simulator.script(Trigger::Next, Fault::Gzip(gzip));
        let (head, body) = ask(&running, &clean()).await;
        assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        sent.push(body);
    }
    assert_eq!(sent[0], report);
    let mut plain = Vec::new();
    GzDecoder::new(&sent[1][..])
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, report);
    assert_eq!(sent[2], sent[1][..500]);
}

#[tokio::test(start_paused = true)]
async fn one_place_of_the_answer_has_other_bytes_or_is_gone() {
    let size = "/data/attributes/size";
    for json in [
        &b"NaN"[..],
        b"1e400",
        b"-1",
        b"\"a\xff\"",
        b"\"\\ud800\"",
        b"[]",
    ] {
        let body = body(Fault::field(size, json)).await;
        let expected = [b"\"size\": ", json].concat();
        assert!(
            body.windows(expected.len()).any(|part| part == expected),
            "{json:?}"
        );
    }
    let without = valid(&body(Fault::without_field("/data/attributes/sha256")).await);
    assert_eq!(without["data"]["attributes"]["sha256"], Value::Null);
    assert_eq!(without["data"]["id"], Specimen::Clean.sample().sha256);
    assert_eq!(
        valid(&body(Fault::without_field("/data")).await),
        serde_json::json!({})
    );
    let name = format!("\"{}\"", "n".repeat(1 << 20));
    let long = valid(&body(Fault::field("/data/attributes/meaningful_name", name)).await);
    let name = long["data"]["attributes"]["meaningful_name"]
        .as_str()
        .unwrap();
    assert_eq!(name.len(), 1 << 20);
}

#[tokio::test(start_paused = true)]
async fn json_is_deep_wide_said_twice_or_followed_by_more() {
    let deep = body(Fault::deep_json(100_000)).await;
    let opened = vec![b'['; 100_000];
    assert!(deep.windows(opened.len()).any(|part| part == opened));
    assert!(serde_json::from_slice::<Value>(&deep).is_err(), "too deep");

    let many = valid(&body(Fault::many_keys(1_000_000)).await);
    let keys = many["data"]["attributes"]["vt_sim"].as_object().unwrap();
    assert_eq!(keys.len(), 1_000_000);

    let twice = String::from_utf8(body(Fault::duplicate_keys()).await.to_vec()).unwrap();
    for key in ["md5", "sha1", "sha256", "last_analysis_stats"] {
        let key = format!("\"{key}\": ");
        assert_eq!(twice.matches(&key).count(), 2, "{key}");
    }

    let simulator = build(|b| b);
    let report = simulator.report(&clean()).unwrap();
    let more = body(Fault::Trailing(Bytes::from_static(b"\n{}"))).await;
    assert_eq!(more, [&report[..], b"\n{}"].concat());
}

#[tokio::test(start_paused = true)]
async fn faults_are_put_together_and_the_later_one_wins() {
    let simulator = build(|b| b);
    let [other, another] = [sample(20), sample(21)];
    let named = |file: &vt_sim::Sample| Fault::OtherFile(file.md5.clone());
    let json_type = "text/html".parse().unwrap();
    let fault = named(&other)
        .and(named(&another))
        .and(Fault::header(header::CONTENT_TYPE, json_type))
        .and(Fault::without_field("/data/attributes/size"));
    simulator.script(Trigger::Next, fault);
    let answer = file(&simulator, &clean()).await;
    assert_eq!(json(&answer)["data"]["id"], another.sha256);
    assert_eq!(json(&answer)["data"]["attributes"]["size"], Value::Null);
    assert_eq!(answer.headers()["content-type"], "text/html");
}
