//! What is uploaded, and what is said of it.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
};
use futures::stream;
use vt_core::quota::Quota;

use crate::lab::{EICAR, Lab, bytes, form, hashes, location, multipart};

#[tokio::test(start_paused = true)]
async fn a_messy_file_becomes_a_report_under_a_link() {
    let server = Lab::new().start().await;
    let text = format!(
        "{EICAR}\nand again {EICAR}\nimphash 0123456789abcdef0123456789abcdef\n{}",
        hashes(20)
    );
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = server.upload("case 7.log", wide).await;
    let news = server.watch(&path).await;
    assert_eq!(news.last().unwrap()["state"], "finished");
    let page = server.text(&path).await;
    for part in [
        "case 7.log",
        EICAR,
        "imphash, not a file&#39;s digest",
        "<dt>Repeated</dt><dd>1</dd>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let csv = server.text(&format!("{path}.csv")).await;
    assert_eq!(csv.lines().count(), 22);
}

#[tokio::test(start_paused = true)]
async fn rows_and_news_come_while_it_waits_and_say_why() {
    let server = Lab::with(Quota::PUBLIC).start().await;
    let path = server.upload("list.txt", hashes(9)).await;
    let news = server.watch(&path).await;
    let done =
        |news: &serde_json::Value| news["total"].as_u64().unwrap() - news["open"].as_u64().unwrap();
    assert!(news.windows(2).all(|pair| done(&pair[0]) <= done(&pair[1])));
    assert!(
        news.iter().any(|news| (1..9).contains(&done(news))),
        "rows arrive one by one"
    );
    let why = |news: &serde_json::Value| news["waits_for"].as_str().map(str::to_owned);
    let why: Vec<String> = news.iter().filter_map(why).collect();
    assert!(
        why.iter()
            .any(|why| why.starts_with("The key may ask 4 questions a minute")),
        "{why:?}"
    );
    let ready = news[0]["text"].as_str().unwrap();
    assert!(ready.contains("Ready at about 2026-"), "at once: {ready}");
}

#[tokio::test(start_paused = true)]
async fn the_same_file_again_is_another_report_and_costs_nothing() {
    let lab = Lab::new();
    let server = lab.start().await;
    let first = server.upload("list.txt", hashes(12)).await;
    server.watch(&first).await;
    let requests = lab.simulator.stats().requests;
    let second = server.upload("list.txt", hashes(12)).await;
    assert_ne!(first, second);
    server.watch(&second).await;
    assert_eq!(lab.simulator.stats().requests, requests);
    assert!(
        server
            .text(&second)
            .await
            .contains("<dt>Already known</dt><dd>12</dd>")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_is_refused_in_a_sentence() {
    let server = Lab::new().start().await;
    let program = [&b"MZ\x90\0\x03\0\0\0"[..], &[0; 600]].concat();
    let files: [(&[u8], &str); 6] = [
        (b"PK\x03\x04\x14\0\0\0", "ZIP"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (&program, "Windows program"),
        (b"", "no MD5, SHA-1 or SHA-256"),
        (b"nothing in it but f00", "no MD5, SHA-1 or SHA-256"),
    ];
    for (file, said) in files {
        let response = server.send(form("x", file)).await;
        assert!(response.status().is_client_error());
        let page = String::from_utf8(bytes(response).await.to_vec()).unwrap();
        assert!(page.contains(said), "{said}: {page}");
    }
    let mut packed = form("x", EICAR.as_bytes());
    let gzip = header::HeaderValue::from_static("gzip");
    packed.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    let response = server.send(packed).await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(start_paused = true)]
async fn of_a_file_without_an_end_no_more_is_read_than_the_limit() {
    const PIECE: usize = 16 << 10;

    let lab = Lab::new();
    let server = lab.start().await;
    let read = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&read);
    let head =
        "------boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    let pieces = stream::iter(0_u64..).map_piece(head, move || {
        counted.fetch_add(PIECE as u64, Ordering::Relaxed);
    });
    let response = server.send(multipart(Body::from_stream(pieces))).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let read = read.load(Ordering::Relaxed);
    assert!(read <= lab.settings.max_upload + (64 << 10), "{read}");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_nobody_wants_is_not_read_without_end_either() {
    const HEAD: &str = "------boundary\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n";

    let lab = Lab::new();
    let server = lab.start().await;
    let read = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&read);
    let pieces = stream::iter(0_u64..).map_piece(HEAD, move || {
        counted.fetch_add(16 << 10, Ordering::Relaxed);
    });
    let response = server.send(multipart(Body::from_stream(pieces))).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let read = read.load(Ordering::Relaxed);
    assert!(read <= lab.settings.max_upload + (128 << 10), "{read}");
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_crawls_is_broken_off() {
    let server = Lab::new().start().await;
    let begun = tokio::time::Instant::now();
    let whole = bytes_of(form("list.txt", hashes(100).as_bytes())).await;
    let crawl = stream::unfold(whole, async |mut rest| {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        let piece = (!rest.is_empty()).then(|| rest.split_to(1))?;
        Some((Ok::<_, Infallible>(piece), rest))
    });
    let response = server
        .send(multipart(Body::from_stream(Box::pin(crawl))))
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(begun.elapsed().as_secs() < 90, "{:?}", begun.elapsed());
}

/// Pieces of an endless text after a head.
trait Pieces: Sized {
    fn map_piece(
        self,
        head: &'static str,
        count: impl Fn(),
    ) -> impl futures::Stream<Item = Result<Bytes, Infallible>>;
}

impl<S: futures::Stream<Item = u64>> Pieces for S {
    fn map_piece(
        self,
        head: &'static str,
        count: impl Fn(),
    ) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
        use futures::StreamExt;
        self.map(move |n| {
            count();
            Ok(match n {
                0 => Bytes::from_static(head.as_bytes()),
                _ => Bytes::from(vec![b' '; 16 << 10]),
            })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_begun_when_somebody_agrees_and_a_longer_one_never() {
    let mut lab = Lab::with(Quota::PUBLIC);
    let server = lab.start().await;
    let path = server.upload("long.txt", hashes(1_100)).await;
    let page = server.text(&path).await;
    assert!(page.contains("This will take long") && page.contains("Begin all the same"));
    assert_eq!(lab.simulator.stats().requests, 0);
    // Also not by a start of the server.
    server.app.close().await;
    let server = lab.start().await;
    let start = axum::http::Request::post(format!("{path}/start"))
        .header(header::HOST, crate::lab::HOST)
        .body(Body::empty())
        .unwrap();
    assert_eq!(server.send(start).await.status(), StatusCode::SEE_OTHER);
    let news = server.watch(&path).await;
    assert_eq!(news.last().unwrap()["state"], "finished");
    assert_eq!(lab.simulator.stats().requests, 1_100);

    lab.settings.max_hashes = 20_000;
    let server = lab.start().await;
    let other = |n: u64| format!("{n:032x}\n");
    let list: String = (1..=16_000).map(other).collect();
    let response = server.send(form("longer.txt", list.as_bytes())).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_shown_as_text_and_nothing_else() {
    let server = Lab::new().start().await;
    for name in [
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "a\u{202e}txt.exe",
        "-rf",
        "CON",
    ] {
        let response = server.send(form(name, EICAR.as_bytes())).await;
        let path = location(&response);
        let page = server.text(&path).await;
        assert!(
            !page.contains("<script>alert") && !page.contains('\u{202e}'),
            "{name}"
        );
        let file = server.get(&format!("{path}.csv")).await;
        let name = file.headers()[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap();
        assert!(
            name.starts_with("attachment; filename=\"vt-report-"),
            "{name}"
        );
        assert!(name.len() < 60, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_broken_upload_is_this_servers_fault() {
    let seed = std::env::var("VT_TEST_SEED").map_or(11, |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    let mut lab = Lab::new();
    lab.settings.upload_burst = std::num::NonZeroU32::MAX;
    let server = lab.start().await;
    let whole = bytes_of(form("list.txt", hashes(3).as_bytes())).await;
    let mut taken = 0;
    for number in 0..10_000 {
        let mut body = whole.to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..body.len());
            match random.u8(..5) {
                0 => body.truncate(at.max(1)),
                1 => body[at] = random.u8(..),
                2 => body.insert(at, *random.choice(b"\r\n-\0\xff\";=:").unwrap()),
                3 => body.extend_from_within(at..),
                _ => drop(body.drain(at..(at + 20).min(body.len() - 1).max(at))),
            }
        }
        let status = server.send(multipart(Body::from(body))).await.status();
        assert!(
            !status.is_server_error(),
            "{status}: number {number} of seed {seed}"
        );
        taken += u32::from(status == StatusCode::SEE_OTHER);
    }
    // Some are still forms with hashes in them.
    assert!((10..9_990).contains(&taken), "{taken}");
}

async fn bytes_of(request: axum::http::Request<Body>) -> Bytes {
    use http_body_util::BodyExt;
    request.into_body().collect().await.unwrap().to_bytes()
}
