//! Rows that need a real socket, in real time: what the transport makes of a
//! server, and what that is taken for.
//!
//! The test starts itself once more, with a setting by which the clients of
//! that process trust an authority of our own: only then is an expired
//! certificate told from one that nobody knows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream};
use vt_core::{
    client::{Client, ClientBuilder},
    quota::MemoryLedger,
    scan::Scanner,
    time::Clock,
};
use vt_sim::{Authority, Fault, Nowhere, Running, Simulator, Trigger};

use super::{socket_rows::ROWS, stage::named};
use crate::{
    connections::Hurried,
    lab::{file, key},
    own_process,
    wiretap::{NO_REQUEST, Wiretap, encrypted},
};

const NAME: &str = "faults::sockets::every_row_that_needs_a_socket_holds";
/// Where rustls looks for the authorities that it trusts.
const TRUSTED: &str = "SSL_CERT_FILE";

/// One entry; each of its faults is met by itself.
pub(super) struct Row {
    pub(super) number: u8,
    pub(super) name: &'static str,
    pub(super) place: Place,
    pub(super) faults: fn() -> Vec<Fault>,
    /// Requests that were sent, those that the server has in its log, and those
    /// that the day is charged.
    pub(super) counts: (u64, u64, u32),
    pub(super) surfaced: &'static str,
}

/// Where the question goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Plain,
    /// Where a connection is kept that has brought an answer.
    Warm,
    /// By the name of this machine, which has an address of each kind.
    Localhost,
    Tls,
    Refusing,
    Silent,
    Nameless,
}

#[test]
fn every_row_that_needs_a_socket_holds() {
    if let Some(path) = std::env::var_os("VT_TEST_AUTHORITY") {
        return play(&PathBuf::from(path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.pem");
    let child = own_process::only(NAME)
        .env(TRUSTED, &path)
        .env("VT_TEST_AUTHORITY", &path)
        .output()
        .unwrap();
    own_process::assert_passed(&child);
}

#[expect(clippy::print_stdout, reason = "the figures are said")]
fn play(path: &Path) {
    let authority = Authority::new().unwrap();
    std::fs::write(path, authority.pem()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let met = runtime.block_on(meet_all(&authority));
    let wrong: Vec<String> = met
        .into_iter()
        .filter_map(|(Row { number, name, .. }, complaint)| {
            Some(format!("row {number}, {name}: {}", complaint?))
        })
        .collect();
    println!("{} entries of the fault table over sockets", ROWS.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Meets each fault of each row, and tells of which what is not as it must be.
async fn meet_all(authority: &Authority) -> Vec<(&'static Row, Option<String>)> {
    let faults = ROWS
        .iter()
        .flat_map(|row| (row.faults)().into_iter().map(move |fault| (row, fault)));
    // Most of them only wait.
    stream::iter(faults)
        .map(async |(row, fault)| {
            let told = format!("{fault:?}");
            let complaint = meet(row, fault, authority).await;
            (
                row,
                complaint.map(|complaint| format!("{told:.60}: {complaint}")),
            )
        })
        .buffered(16)
        .collect()
        .await
}

/// Asks one question there, and tells what is not as it must be.
async fn meet(row: &Row, fault: Fault, authority: &Authority) -> Option<String> {
    let simulator = Simulator::builder()
        .unknown(0.0)
        .limits(vt_sim::Limits::NONE)
        .build()
        .unwrap();
    let server = serve(&simulator, row.place, authority).await;
    let refusing = Nowhere::refusing().unwrap();
    let silent = Nowhere::silent().await.unwrap();
    let wire = Wiretap::before(server.addr()).await;
    let url = match row.place {
        Place::Refusing => refusing.url(),
        Place::Silent => silent.url(),
        Place::Nameless => "https://nobody.invalid".to_owned(),
        Place::Localhost => format!("http://localhost:{}", server.addr().port()),
        Place::Tls => format!("https://{}", wire.address()),
        Place::Plain | Place::Warm => server.url(),
    };
    let clock: Arc<dyn Clock> = Arc::new(Hurried::default());
    let scanner = Scanner::builder(patient(Client::builder(key()).base_url(url)))
        .ledger(MemoryLedger::with_clock(Arc::clone(&clock)))
        .clock(clock)
        .build();
    if row.place == Place::Warm {
        scanner.lookup(file(2)[0]).await.unwrap();
    }
    simulator.script(Trigger::Every, fault);
    let surfaced = named(scanner.lookup(file(1)[0]).await);
    let charged = scanner.usage().await.unwrap().day;
    let counts = (scanner.requests(), simulator.requests(), charged);
    if charged == 0 {
        for said in wire.said() {
            assert!(encrypted(&said) < NO_REQUEST, "{} bytes", encrypted(&said));
        }
    }
    let is_right = counts == row.counts && surfaced == row.surfaced;
    let (must, be) = (row.counts, row.surfaced);
    (!is_right).then(|| format!("{counts:?} {surfaced}, not {must:?} {be}"))
}

/// Time limits that a busy machine keeps, and a stalled server soon uses up.
fn patient(client: ClientBuilder) -> Client {
    client
        .connect_timeout(Duration::from_secs(4))
        .idle_timeout(Duration::from_secs(4))
        .deadline(Duration::from_secs(6))
        .build()
        .unwrap()
}

async fn serve(simulator: &Simulator, place: Place, authority: &Authority) -> Running {
    let anywhere = "127.0.0.1:0".parse().unwrap();
    match place {
        Place::Tls => simulator.bind_tls(anywhere, authority).await.unwrap(),
        _ => simulator.bind(anywhere).await.unwrap(),
    }
}
