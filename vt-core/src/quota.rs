//! Who may send when: three limits, and a ledger that is charged before a
//! request is sent.
//!
//! VirusTotal counts requests a minute, a UTC day and a UTC month, and does
//! not say whether its minute slides. So no more than the limit may *arrive*
//! in any 60 seconds as the server sees it. A request may arrive at any time
//! between its first byte and its end, so its place in the minute is free
//! again 60 seconds after its **end**, not after its start: of five requests
//! two use the same place, and the later of them starts 60 seconds after the
//! earlier is over.
//!
//! What VirusTotal refuses all the same, and what fails, is heeded by everybody
//! who spends from the same account ([`Reply`]).
//!
//! [`Account`] is these rules without I/O, a [`Ledger`] keeps accounts, and
//! [`MemoryLedger`] keeps them in memory.

use std::{
    fmt::{self, Debug, Display},
    num::NonZeroU32,
};

mod account;
mod calendar;
mod forecast;
mod ledger;
mod memory;
mod pace;
mod spread;
mod trouble;
mod window;

pub use account::{Account, GUARD, MARGIN, WINDOW};
pub(crate) use forecast::Part;
pub use forecast::Usage;
pub use ledger::{
    Attempt, Ending, Ledger, LedgerError, Limit, Permit, Reservation, Spend, Spent, Wait,
};
pub use memory::MemoryLedger;
pub(crate) use pace::Pacer;
pub use trouble::{FAILURES_IN_A_ROW, Refusal, RefusalKind, Reply};

/// How many requests a key may send. `None` is no limit.
///
/// # Examples
///
/// ```
/// use vt_core::quota::Quota;
///
/// let private = Quota::PUBLIC.per_minute(1_000).per_day(20_000).per_month(None);
/// assert_eq!(private.per_day.unwrap().get(), 20_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Quota {
    /// Requests in any 60 seconds.
    pub per_minute: Option<NonZeroU32>,
    /// Requests in a UTC day.
    pub per_day: Option<NonZeroU32>,
    /// Requests in a UTC month.
    pub per_month: Option<NonZeroU32>,
}

impl Quota {
    /// What a free key may send: 4 a minute, 500 a day, 15,500 a month
    /// ([source](https://docs.virustotal.com/reference/public-vs-premium-api)).
    pub const PUBLIC: Self = Self {
        per_minute: NonZeroU32::new(4),
        per_day: NonZeroU32::new(500),
        per_month: NonZeroU32::new(15_500),
    };

    /// No limit but VirusTotal's own refusals.
    pub const UNLIMITED: Self = Self {
        per_minute: None,
        per_day: None,
        per_month: None,
    };

    /// Sets the limit of any 60 seconds; 0 or `None` is no limit.
    #[must_use]
    pub fn per_minute(self, limit: impl Into<Option<u32>>) -> Self {
        Self {
            per_minute: limit.into().and_then(NonZeroU32::new),
            ..self
        }
    }

    /// Sets the limit of a UTC day; 0 or `None` is no limit.
    #[must_use]
    pub fn per_day(self, limit: impl Into<Option<u32>>) -> Self {
        Self {
            per_day: limit.into().and_then(NonZeroU32::new),
            ..self
        }
    }

    /// Sets the limit of a UTC month; 0 or `None` is no limit.
    #[must_use]
    pub fn per_month(self, limit: impl Into<Option<u32>>) -> Self {
        Self {
            per_month: limit.into().and_then(NonZeroU32::new),
            ..self
        }
    }

    /// How many requests may be under way at once. Small quotas send one
    /// after the other, so that a killed process wastes one request at most.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        const MOST: usize = 64;
        match self.per_minute {
            Some(limit) if limit.get() <= 4 => 1,
            Some(limit) => usize::try_from(limit.get()).map_or(MOST, |limit| limit.min(MOST)),
            None => MOST,
        }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::PUBLIC
    }
}

/// Which key an account belongs to, without the key: the first 16 bytes of a
/// digest of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// An id from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
