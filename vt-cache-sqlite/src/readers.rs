//! Connections that only read, each used by one thread at a time.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use crate::{Error, connection::Place};

/// Connections that wait for their next use.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    // Closed before the place is left.
    idle: Arc<Mutex<Vec<Connection>>>,
    place: Place,
}

impl Readers {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            place,
            idle: Arc::default(),
        }
    }

    /// Reads from one state of the file, on a thread that may block.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let read = readers.read_now(work);
            read.inspect_err(|error| readers.place.note(error))
        });
        read.await
            .map_err(|_| Error::Other("a read was broken off".to_owned()))?
    }

    fn read_now<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle().pop();
        let mut connection = idle.map_or_else(|| self.place.connect_reader(), Ok)?;
        let result = {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&transaction)
        };
        // One that failed may be in any state: it is closed.
        if result.is_ok() {
            self.idle().push(connection);
        }
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
