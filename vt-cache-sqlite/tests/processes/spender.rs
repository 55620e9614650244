//! One process: sends whenever it may, until both days are spent.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use vt_cache_sqlite::SqliteStore;
use vt_core::{
    quota::{Attempt, Ending, Ledger, Limit, Permit, Reply, Reservation, Spend},
    time::Clock,
};

use crate::{KEY, clock::FastClock, quota};

/// Whoever would wait longer than this has spent both days.
const LONGEST_WAIT: Duration = Duration::from_secs(12 * 60 * 60);

/// What every process is told.
pub(crate) struct Assignment {
    pub(crate) server: SocketAddr,
    pub(crate) clock: FastClock,
    pub(crate) file: PathBuf,
    pub(crate) charges: u32,
}

const SERVER: &str = "VT_TEST_SERVER";
const CLOCK: &str = "VT_TEST_CLOCK";
const FILE: &str = "VT_TEST_FILE";
const CHARGES: &str = "VT_TEST_CHARGES";

impl Assignment {
    /// What this process was told, if it is one of them.
    pub(crate) fn from_env() -> Option<Self> {
        let text = |name: &str| std::env::var(name).ok();
        Some(Self {
            server: text(SERVER)?.parse().unwrap(),
            clock: FastClock::from_text(&text(CLOCK)?),
            file: text(FILE)?.into(),
            charges: text(CHARGES)?.parse().unwrap(),
        })
    }

    pub(crate) fn to_env(&self) -> [(&'static str, String); 4] {
        [
            (SERVER, self.server.to_string()),
            (CLOCK, self.clock.to_text()),
            (FILE, self.file.to_str().unwrap().to_owned()),
            (CHARGES, self.charges.to_string()),
        ]
    }

    /// Panics at any error of the ledger.
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn spend(&self) {
        let options = SqliteStore::options().clock(Arc::new(self.clock.clone()));
        let store = options.open(&self.file).await.unwrap();
        let mut server = TcpStream::connect(self.server).unwrap();
        server.set_nodelay(true).unwrap();
        let spend = Spend {
            key: KEY,
            quota: quota(self.charges),
            deadline: Duration::from_secs(30),
        };
        loop {
            match store.reserve(&spend).await.unwrap() {
                Reservation::Granted(permit) => {
                    send(&mut server, &permit);
                    let attempt = Attempt::new(Ending::Sent, Reply::Answered);
                    store.finish(permit, attempt).await.unwrap();
                }
                Reservation::Wait(wait) if wait.duration < LONGEST_WAIT => {
                    self.clock.sleep(wait.duration).await;
                }
                Reservation::Wait(wait) => {
                    assert_eq!(wait.limit, Limit::Day);
                    return;
                }
            }
        }
    }
}

fn send(server: &mut TcpStream, permit: &Permit) {
    server
        .write_all(format!("{}\n", permit.charge()).as_bytes())
        .unwrap();
    server.read_exact(&mut [0]).unwrap();
}
