//! The key, and every place where it must not be.

use std::{fs, path::Path, process::Command};

use axum::http::StatusCode;
use vt_sim::{Fault, Limits, Simulator, Trigger};

use crate::server::Server;

const KEY: &str = "canary7f3a91c2d8e4b6057f3a91c2d8e4b6057f3a91c2d8e4b6057f3a91c2d8";
/// VirusTotal's own words have repeated keys.
const TELLING: &str =
    "<p>canary7f3a91c2d8e4b6057f3a91c2d8e4b6057f3a91c2d8e4b6057f3a91c2d8 is wrong</p>";
/// So much of it in a row is it.
const PIECE: usize = 8;

/// All files in a folder and below.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![fs::read(path).unwrap()],
    };
    entries.flat_map(read).collect()
}

fn assert_free_of_the_key(what: &str, bytes: &[u8]) {
    for piece in KEY.as_bytes().windows(PIECE) {
        let found = bytes.windows(PIECE).any(|window| window == piece);
        assert!(!found, "{what}: {}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_no_log_and_no_file_has_a_piece_of_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::builder()
        .limits(Limits::NONE)
        .unknown(0.0)
        .build()
        .unwrap();
    assert!(TELLING.contains(KEY));
    for status in [
        StatusCode::BAD_REQUEST,
        StatusCode::FORBIDDEN,
        StatusCode::BAD_GATEWAY,
    ] {
        simulator.script(Trigger::Next, Fault::html(status, TELLING));
    }
    simulator.script(Trigger::Next, Fault::Reset);
    let virustotal = simulator
        .bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut server = Server::start(|command: &mut Command| {
        command
            .args(["--base-url", &virustotal.url(), "--per-minute", "0", "--db"])
            .arg(folder.path().join("web.db"))
            .env("VT_API_KEY", KEY)
            .env("RUST_LOG", "trace")
            .stderr(log)
    });
    let client = reqwest::Client::new();
    let list: String = (0..8)
        .map(|n| vt_sim::sample(vt_sim::FIRST_ORDINARY + n).md5 + "\n")
        .collect();
    let upload = client
        .post(format!("{}/api/v1/reports", server.url))
        .body(list);
    let made = upload.send().await.unwrap();
    let place = made.headers()["location"].to_str().unwrap().to_owned();
    assert_free_of_the_key("the answer", &made.bytes().await.unwrap());
    let page = place.replace("/api/v1", "");
    // By then the first four have met what was scripted.
    simulator.arrived(5).await;
    simulator.script(
        Trigger::Every,
        Fault::html(StatusCode::UNAUTHORIZED, TELLING),
    );
    let files_of = ["csv", "json", "html", "pdf"].map(|format| format!("{page}.{format}"));
    let others = [
        "/", "/reports", "/api", "/metrics", "/nothing", &place, &page,
    ];
    for path in others
        .into_iter()
        .chain(files_of.iter().map(String::as_str))
    {
        let answer = client
            .get(format!("{}{path}", server.url))
            .send()
            .await
            .unwrap();
        assert_free_of_the_key(path, &answer.bytes().await.unwrap());
    }
    let process = format!("/proc/{}/cmdline", server.id());
    assert_free_of_the_key("the command line", &fs::read(process).unwrap());
    server.kill();
    let files = files(folder.path());
    assert!(files.len() >= 3, "a log, a database and a secret");
    for file in files {
        assert_free_of_the_key("a file", &file);
    }
    virustotal.stop().await.unwrap();
}
