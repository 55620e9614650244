//! Killed again and again while it works.

use std::{collections::HashSet, net::SocketAddr, path::Path, time::Duration};

use serde_json::Value;
use vt_sim::{Limits, Running, Simulator};

use crate::{mail_server, server::Server};

const REPORTS: u64 = 20;
const HASHES: u64 = 60;
const IN_FLIGHT: u64 = 2;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// The server on a database of ours.
fn start(folder: &Path, virustotal: &Running, mail: SocketAddr) -> Server {
    Server::start(|command| {
        let command = command.args(["--per-minute", "0", "--per-day", "0", "--per-month", "0"]);
        let command = command.args(["--max-in-flight", &IN_FLIGHT.to_string()]);
        let command = command.args(["--base-url", virustotal.url().as_str(), "--db"]);
        let command = command.arg(folder.join("web.db"));
        let command = command.args(["--mail-url", &format!("smtp://{mail}")]);
        let command = command.args(["--mail-from", "vt-web@example.org"]);
        command.env("VT_API_KEY", "0123456789abcdef")
    })
}

/// Who is told of a list.
fn address(number: u64) -> String {
    format!("team{number}@example.org")
}

/// A list of which no hash is on another.
fn list(number: u64) -> String {
    let first = vt_sim::FIRST_ORDINARY + number * HASHES;
    (first..first + HASHES)
        .map(|n| vt_sim::sample(n).sha256 + "\n")
        .collect()
}

async fn json(client: &reqwest::Client, url: String) -> Value {
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_no_result_and_repeats_few_requests() {
    let kills = setting("VT_KILLS", 15);
    let mut random = fastrand::Rng::with_seed(setting("VT_TEST_SEED", 7));
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::builder()
        .limits(Limits::NONE)
        .unknown(0.0)
        .engines(4)
        .latency(Duration::from_millis(10)..=Duration::from_millis(40))
        .build()
        .unwrap();
    let virustotal = simulator
        .bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (mail, mut mails) = mail_server::Server::endless().await;
    let client = reqwest::Client::new();
    let mut server = start(folder.path(), &virustotal, mail);
    let mut links = Vec::new();
    for number in 0..REPORTS {
        let made = client
            .post(format!("{}/api/v1/reports", server.url))
            .header("content-type", "application/json")
            .body(serde_json::json!({"text": list(number), "email": address(number)}).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), 201);
        let made: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
        links.push(made["link"].as_str().unwrap().to_owned());
    }
    for _ in 0..kills {
        // Some requests later; when all are done, at once.
        let more = random.u64(0..12);
        let enough = simulator.requests() + more;
        if enough < REPORTS * HASHES {
            simulator.arrived(enough).await;
        }
        server.kill();
        server = start(folder.path(), &virustotal, mail);
    }
    let mut rows = HashSet::new();
    for link in &links {
        let place = format!("{}/api/v1/reports/{link}", server.url);
        // Ends with the report.
        client
            .get(format!("{place}/events"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let shown = json(&client, place.clone()).await;
        assert_eq!(shown["progress"]["state"], "finished", "{shown}");
        let report = json(&client, format!("{place}/report/json")).await;
        for row in report["rows"].as_array().unwrap() {
            assert!(row["fetched_at"].is_string(), "{row}");
            assert!(
                rows.insert(row["hash"].as_str().unwrap().to_owned()),
                "twice: {row}"
            );
        }
    }
    assert_eq!(rows.len() as u64, REPORTS * HASHES);
    let requests = simulator.requests();
    let repeated = requests - REPORTS * HASHES;
    assert!(repeated <= kills * IN_FLIGHT, "{repeated}");
    let mut told = HashSet::new();
    let mut sent = 0;
    while (told.len() as u64) < REPORTS {
        let session = mails.recv().await.unwrap();
        sent += 1;
        told.extend(session.to);
    }
    server.kill();
    while mails.try_recv().is_ok() {
        sent += 1;
    }
    let again = sent - REPORTS;
    assert!(again <= kills, "{again} mails too many");
    println!(
        "{kills} kills of the web server with {REPORTS} reports: 0 of {} results lost, {repeated} requests repeated, {again} mails sent again",
        rows.len()
    );
    virustotal.stop().await.unwrap();
}
