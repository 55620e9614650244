//! The seam behind which accounts are kept.

use std::{
    fmt::{self, Debug, Display},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{KeyId, Quota, Reply, Usage};

/// One request that somebody wants to send.
#[derive(Clone, Copy, Debug)]
pub struct Spend {
    /// The key it is sent with.
    pub key: KeyId,
    /// What that key may send.
    pub quota: Quota,
    /// How long after the reservation the request may still be under way.
    pub deadline: Duration,
}

/// A ledger's answer to a [`Spend`].
#[derive(Debug)]
#[must_use]
pub enum Reservation {
    /// Send now. The charge is on the books.
    Granted(Permit),
    /// Ask again later. Nothing is held meanwhile.
    Wait(Wait),
}

/// The right to send one request. Hand it back with [`Ledger::finish`]; a
/// permit that is lost stays charged.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    key: KeyId,
    charge: u64,
}

impl Permit {
    /// A permit for the charge that a ledger knows under this number.
    pub const fn new(key: KeyId, charge: u64) -> Self {
        Self { key, charge }
    }

    /// The key that is charged.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The number the ledger knows the charge under.
    #[must_use]
    pub const fn charge(&self) -> u64 {
        self.charge
    }
}

/// Why a request has to wait, and how long at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What it waits for.
    pub limit: Limit,
    /// How long. Asking later is fine.
    pub duration: Duration,
}

/// What a request can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// The limit of any 60 seconds.
    Minute,
    /// The limit of the UTC day.
    Day,
    /// The limit of the UTC month.
    Month,
    /// VirusTotal itself refused, whatever the books say.
    Server,
    /// VirusTotal, or the way to it, is down.
    Outage,
}

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute limit",
            Self::Day => "day limit",
            Self::Month => "month limit",
            Self::Server => "refusal by VirusTotal",
            Self::Outage => "end of an outage",
        })
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Whether VirusTotal can have seen it.
    pub ending: Ending,
    /// What it tells about the requests after it.
    pub reply: Reply,
    /// What the server's clock said, if it answered.
    pub server_time: Option<DateTime<Utc>>,
}

impl Attempt {
    /// A request that was never tried.
    pub const UNUSED: Self = Self::new(Ending::Unused, Reply::Nothing);

    /// A request that ended so, when the server's clock was not heard.
    #[must_use]
    pub const fn new(ending: Ending, reply: Reply) -> Self {
        Self {
            ending,
            reply,
            server_time: None,
        }
    }
}

/// Whether VirusTotal can have seen a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It may have: every limit stays charged, whatever came of it.
    Sent,
    /// It cannot have, the connection failed: the day and the month are given
    /// back, the minute is not.
    NotSent,
    /// Nothing was tried: everything is given back.
    Unused,
}

/// What VirusTotal says that a key has spent, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Requests in the UTC day, if VirusTotal says so.
    pub day: Option<u32>,
    /// Requests in the UTC month, if VirusTotal says so.
    pub month: Option<u32>,
    /// When that was, by VirusTotal's clock.
    pub server_time: DateTime<Utc>,
}

/// Keeps the accounts of keys.
///
/// # Contract
///
/// 1. A granted reservation is on the books before `reserve` returns: whoever
///    dies after it has spent it.
/// 2. Of the requests sent within their permits, at most
///    [`Quota::per_minute`] reach the server in any 60 seconds: the place of a
///    request is free again 60 seconds after `finish`.
/// 3. At most [`Quota::per_day`] are granted in a UTC day and at most
///    [`Quota::per_month`] in a UTC month, by the stricter of the local clock
///    and the server's. Near midnight both days are charged.
/// 4. A permit that never comes back frees its place 60 seconds after its
///    deadline; day and month stay charged.
/// 5. A permit that comes back after that changes nothing.
/// 6. [`Ending::NotSent`] gives back day and month, [`Ending::Unused`] the
///    minute too.
/// 7. [`Reservation::Wait`] holds nothing, and says when to ask again. There
///    is no queue in a ledger.
/// 8. [`block`](Ledger::block) stops every grant for that key until it is
///    over; a longer block is not shortened by a shorter one.
/// 9. Keys do not affect each other.
/// 10. An error grants nothing.
/// 11. [`raise`](Ledger::raise) makes day and month cost at least what
///     VirusTotal counted, and what is under way on top of that, since
///     VirusTotal may not have counted it yet. Nothing gets cheaper by it, and
///     nothing happens unless both clocks are in the same day and not within
///     [`GUARD`](super::GUARD) of its ends: a new day must not start spent.
/// 12. What a request tells of those after it ([`Reply`]) holds for everybody
///     who spends with the same key: after refusals by VirusTotal, and after
///     [`FAILURES_IN_A_ROW`](super::FAILURES_IN_A_ROW), nothing is granted for
///     a while, which grows, and then one request at a time until one is
///     answered.
///
/// The suite `testkit::ledger` (feature `testkit`)
/// tests these rules on any ledger.
///
/// # Cancel safety
///
/// A dropped `reserve` may have charged: the permit is then lost (rule 4).
#[async_trait]
pub trait Ledger: Debug + Display + Send + Sync + 'static {
    /// Charges a request, if the limits allow it now.
    ///
    /// # Errors
    ///
    /// When the books cannot be read or written: then nothing may be sent.
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError>;

    /// Says that an attempt is over.
    ///
    /// # Errors
    ///
    /// When the books cannot be written. The charge then stays as it is,
    /// which is safe.
    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError>;

    /// Lets nobody send with this key for `duration`.
    ///
    /// # Errors
    ///
    /// When the books cannot be written.
    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError>;

    /// Corrects the books upwards: with the same key, somebody else may have
    /// spent, or this ledger before its books were lost.
    ///
    /// # Errors
    ///
    /// When the books cannot be written. They then stay as they are.
    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError>;

    /// What is spent.
    ///
    /// # Errors
    ///
    /// When the books cannot be read.
    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError>;
}

/// Why a ledger could not be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the quota ledger {ledger} cannot be used: {cause}")]
#[non_exhaustive]
pub struct LedgerError {
    /// Which ledger.
    pub ledger: Box<str>,
    /// What went wrong. It is in the text, and so no
    /// [`source`](std::error::Error::source).
    pub cause: Arc<dyn std::error::Error + Send + Sync>,
}

impl LedgerError {
    /// A failure of `ledger`.
    pub fn new(
        ledger: &dyn Display,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            ledger: ledger.to_string().into(),
            cause: Arc::from(cause.into()),
        }
    }
}

#[async_trait]
impl<L: Ledger + ?Sized> Ledger for Arc<L> {
    async fn reserve(&self, spend: &Spend) -> Result<Reservation, LedgerError> {
        (**self).reserve(spend).await
    }

    async fn finish(&self, permit: Permit, attempt: Attempt) -> Result<(), LedgerError> {
        (**self).finish(permit, attempt).await
    }

    async fn block(&self, key: KeyId, duration: Duration) -> Result<(), LedgerError> {
        (**self).block(key, duration).await
    }

    async fn raise(&self, key: KeyId, seen: Spent) -> Result<(), LedgerError> {
        (**self).raise(key, seen).await
    }

    async fn usage(&self, key: KeyId, quota: &Quota) -> Result<Usage, LedgerError> {
        (**self).usage(key, quota).await
    }
}
