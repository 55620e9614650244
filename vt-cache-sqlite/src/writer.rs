//! The one thread that writes, many requests to a transaction.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::{Error, connection::Place};

/// How many requests share a transaction at most: what waits for one that
/// takes longer would rather have its own.
const GROUP: usize = 256;

/// How much of the file is held in memory at most: what a large batch writes,
/// which else goes to the log more than once. Readers are no quicker with more.
const CACHE_KIB: i64 = 32 * 1024;

/// A handle to the thread, which ends with the last of them.
#[derive(Debug)]
pub(crate) struct Writer {
    requests: Sender<Box<dyn Request>>,
}

impl Writer {
    pub(crate) fn start(place: Place, max_bytes: Option<u64>) -> Result<Self, Error> {
        let connection = place.connect()?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        if let Some(bytes) = max_bytes {
            limit(&connection, bytes)?;
        }
        let (requests, incoming) = channel();
        thread::Builder::new()
            .name("vt-sqlite-writer".to_owned())
            .spawn(move || run(place, connection, &incoming))
            .map_err(|error| Error::Other(error.to_string()))?;
        Ok(Self { requests })
    }

    /// Does something within a transaction, and returns when that is on disk.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not take the request back.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let request = Work {
            work: Some(work),
            result: None,
            reply: Some(reply),
        };
        let gone = || Error::Other("its thread has ended".to_owned());
        self.requests.send(Box::new(request)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn limit(connection: &Connection, bytes: u64) -> Result<(), Error> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = bytes.div_ceil(page.unsigned_abs().max(1));
    let pages = i64::try_from(pages).unwrap_or(i64::MAX);
    Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
}

/// What the thread does with a request, whatever its type.
trait Request: Send {
    /// Does the work.
    fn run(&mut self, connection: &Connection) -> Result<(), Error>;
    /// Tells the caller, with the error that kept the transaction from being
    /// committed, if there was one.
    fn reply(&mut self, transaction: Result<(), Error>);
}

struct Work<F, T> {
    work: Option<F>,
    result: Option<Result<T, Error>>,
    reply: Option<oneshot::Sender<Result<T, Error>>>,
}

impl<F, T> Request for Work<F, T>
where
    F: FnOnce(&Connection) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Error> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let result = result.unwrap_or_else(|_| Err(Error::Other("a write panicked".to_owned())));
        self.result.insert(result).as_ref().map(drop).map_err(again)
    }

    fn reply(&mut self, transaction: Result<(), Error>) {
        let failed = |error| Some(Err(error));
        let result = match transaction {
            Ok(()) => self.result.take(),
            Err(error) => failed(error),
        };
        if let (Some(reply), Some(result)) = (self.reply.take(), result) {
            // Whoever does not wait any more does not want to know.
            let _ = reply.send(result);
        }
    }
}

fn run(place: Place, mut connection: Connection, incoming: &Receiver<Box<dyn Request>>) {
    while let Ok(first) = incoming.recv() {
        let mut group = vec![first];
        group.extend(incoming.try_iter().take(GROUP - 1));
        let done =
            commit(&place, &mut connection, &mut group).inspect_err(|error| place.note(error));
        for request in &mut group {
            request.reply(done.as_ref().map(drop).map_err(again));
        }
    }
    // Leaves one file behind instead of three; the next to open it does so
    // otherwise.
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
}

fn commit(
    place: &Place,
    connection: &mut Connection,
    group: &mut [Box<dyn Request>],
) -> Result<(), Error> {
    place.check()?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let [alone] = group {
        // The transaction is its own: what a savepoint would copy, every page
        // before it is written, need not be.
        return match alone.run(&transaction) {
            Ok(()) => Ok(transaction.commit()?),
            Err(error) => {
                place.note(&error);
                if !transaction.is_autocommit() {
                    transaction.rollback()?;
                }
                Ok(())
            }
        };
    }
    for request in group {
        // One that fails takes only its own changes back.
        transaction.execute_batch("SAVEPOINT request")?;
        if let Err(error) = request.run(&transaction) {
            place.note(&error);
            // A full disk, for one, makes SQLite roll everything back.
            if transaction.is_autocommit() {
                return Err(error);
            }
            transaction.execute_batch("ROLLBACK TO request")?;
        }
        transaction.execute_batch("RELEASE request")?;
    }
    Ok(transaction.commit()?)
}

/// The same error for the next of those who share a transaction.
fn again(error: &Error) -> Error {
    match error {
        Error::Busy => Error::Busy,
        Error::Corrupt => Error::Corrupt,
        Error::Full => Error::Full,
        Error::ReadOnly => Error::ReadOnly,
        Error::Moved { path } => Error::Moved { path: path.clone() },
        other => Error::Other(other.to_string()),
    }
}
