//! Many hashes, one answer each, at the price of one request per file.
//!
//! A [`Scanner`] asks the cache first, then joins requests that are under way
//! for anybody else, and only then asks VirusTotal. A report answers every hash
//! of its file that somebody is waiting for.
//!
//! One scheduler serves all callers; a hash stays in line until the ledger
//! lets it be sent. Short scans go before long ones: a scan is interactive
//! once its input is known to the end and no more than 20 of its hashes wait.
//! Among equals the submitters take turns, and then the scans of each
//! ([`ScanOptions::submitter`]). What long scans may take of a day is
//! [`BulkPace`].

use std::{fmt, future::pending, sync::Arc, time::Duration};

use futures::StreamExt;

use crate::{
    client::Client,
    hash::FileHash,
    quota::{LedgerError, Usage},
    report::Allowances,
    time::Clock,
};

mod board;
mod builder;
mod core;
mod counted;
mod keeping;
mod mail;
mod metrics;
mod options;
mod outcome;
mod progress;
mod request;
mod scheduler;
mod stream;

pub use builder::ScannerBuilder;
pub use metrics::Metrics;
pub use options::{BulkPace, Patience, ScanOptions};
pub use outcome::{Answer, Error, Outcome, Source};
pub use progress::{Meter, Progress, WaitsFor};
pub use stream::Scan;

use self::core::Core;
use scheduler::Scheduler;

/// Answers questions about files. Cloning clones the handle; everything that
/// uses one scanner shares its requests.
///
/// It works inside a tokio runtime: the scheduler is a task of the runtime in
/// which the first question is asked, and works while that runtime is driven.
/// When that runtime ends, whoever waits is told so
/// ([`Error::Cancelled`]), and the next question starts a new task.
///
/// # Examples
///
/// ```
/// # use bytes::Bytes;
/// use futures::StreamExt;
/// use vt_core::{client::{ApiKey, Client}, hash, scan::Scanner};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = ApiKey::new("0123")?;
/// # let demo = vt_core::client::transport_fn(|_| async {
/// #     let body = r#"{"error": {"code": "NotFoundError"}}"#;
/// #     Ok(http::Response::builder().status(404).body(Bytes::from(body)).unwrap())
/// # });
/// let client = Client::builder(key).transport(demo).build()?;
/// let scanner = Scanner::builder(client).build();
/// let hashes = ["44d88612fea8a8f36de82e1278abb02f".parse()?];
/// let mut scan = scanner.scan(hashes);
/// while let Some(outcome) = scan.next().await {
///     println!("{}: {:?}", outcome.hash, outcome.result?.lookup);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Scanner {
    scheduler: Arc<Scheduler>,
}

impl Scanner {
    /// A scanner that asks through this client.
    pub fn builder(client: Client) -> ScannerBuilder {
        ScannerBuilder::new(client)
    }

    /// Answers each hash, as the answers come: one outcome per hash given.
    ///
    /// Nothing happens until the stream is polled. Dropping it stops what it
    /// alone was waiting for; a request that is under way is finished and its
    /// answer kept.
    ///
    /// # Panics
    ///
    /// Polling the stream panics outside a tokio runtime.
    pub fn scan<I>(&self, hashes: I) -> Scan
    where
        I: IntoIterator<Item = FileHash>,
        I::IntoIter: Send + 'static,
    {
        self.scan_with(hashes, ScanOptions::default())
    }

    /// Answers each hash, as [`scan`](Self::scan), for a caller with wishes of
    /// its own.
    ///
    /// # Panics
    ///
    /// As [`scan`](Self::scan).
    pub fn scan_with<I>(&self, hashes: I, options: ScanOptions) -> Scan
    where
        I: IntoIterator<Item = FileHash>,
        I::IntoIter: Send + 'static,
    {
        Scan::new(self.clone(), Box::new(hashes.into_iter()), options)
    }

    /// Answers one hash.
    ///
    /// # Errors
    ///
    /// When there is no answer after three attempts, or VirusTotal is out of
    /// reach ([`Patience::Quick`]). While the quota is used up this waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line. A request that is under way is
    /// finished and its answer kept.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn lookup(&self, hash: FileHash) -> Result<Answer, Error> {
        self.lookup_with(hash, ScanOptions::default(), None).await
    }

    /// Answers one hash, if that takes no longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Pending`] with the time at which an answer can be expected, or
    /// as [`lookup`](Self::lookup). A failure that is not tried again before
    /// `limit` is the error at once.
    ///
    /// # Cancel safety
    ///
    /// As [`lookup`](Self::lookup), and the same holds after `limit`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn lookup_within(&self, hash: FileHash, limit: Duration) -> Result<Answer, Error> {
        let options = ScanOptions::default();
        self.lookup_with(hash, options, Some(limit)).await
    }

    /// Answers one hash, as [`lookup`](Self::lookup) or, with a limit,
    /// [`lookup_within`](Self::lookup_within), for a caller with wishes of its
    /// own.
    ///
    /// # Errors
    ///
    /// As those two. With [`Patience::Outlast`] an outage is no error: this
    /// waits, to the limit if there is one.
    ///
    /// # Cancel safety
    ///
    /// As [`lookup`](Self::lookup), and the same holds after `limit`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn lookup_with(
        &self,
        hash: FileHash,
        mut options: ScanOptions,
        limit: Option<Duration>,
    ) -> Result<Answer, Error> {
        let clock = self.clock();
        options.deadline = limit.map(|limit| clock.boot() + limit);
        let mut scan = self.scan_with([hash], options);
        let over = async {
            match limit {
                Some(limit) => clock.sleep(limit).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            outcome = scan.next() => {
                return outcome.map_or(Err(Error::Cancelled), |outcome| outcome.result);
            }
            () = over => {}
        }
        let progress = scan.meter().read().await?;
        Err(Error::Pending { eta: progress.eta })
    }

    /// What this scanner's key has spent.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub async fn usage(&self) -> Result<Usage, LedgerError> {
        self.core().usage().await
    }

    /// Asks VirusTotal what this key has spent, and corrects the ledger upwards:
    /// somebody else may send with the same key. VirusTotal does not count this
    /// request.
    ///
    /// What VirusTotal does not say corrects nothing, nor what a group has
    /// spent, whose other keys are in it.
    ///
    /// # Errors
    ///
    /// When VirusTotal gave no answer, or the ledger cannot be written.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the ledger as it was, or corrected.
    pub async fn check_quota(&self) -> Result<Allowances, Error> {
        self.core().check_quota().await
    }

    /// How many requests this scanner has sent, the failed ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.core().counters.requests()
    }

    /// What this scanner has done so far, in numbers.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.core().counters.snapshot()
    }

    /// Completes when no request is under way: every answer that was paid for
    /// is then kept. To end soon, drop the scans first.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn idle(&self) {
        self.core().idle().await;
    }

    /// The client it asks through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.core().client
    }

    /// The clock it goes by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.core().clock
    }

    fn core(&self) -> &Arc<Core> {
        &self.scheduler.core
    }

    fn wake(&self) {
        self.scheduler.wake();
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner")
            .field("client", &self.core().client)
            .field("cache", &self.core().cache)
            .field("ledger", &self.core().ledger)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_go_to_other_threads() {
        const fn shared<T: Send + Sync + 'static>() {}
        const fn sent<T: Send + 'static>() {}
        shared::<Scanner>();
        shared::<ScannerBuilder>();
        shared::<Meter>();
        shared::<Outcome>();
        shared::<Error>();
        sent::<Scan>();
    }
}
