//! How many mails somebody may have sent.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use lettre::Address;

use super::address;
use crate::{app::Report, problem::Problem};

/// How many mails go to one address in any 24 hours.
const TO_AN_ADDRESS: usize = 3;
/// How many mails one network may ask for in any hour.
const FOR_A_NETWORK: usize = 20;
/// With more keys than this those are forgotten that have all their allowance.
const KEYS: usize = 10_000;

/// Counts the mails that were asked for.
///
/// A deleted report still counts, or else whoever deletes and uploads in turn
/// could send as many as they like.
pub(crate) struct Allowance(Mutex<Windows>);

struct Windows {
    addresses: Window,
    networks: Window,
}

/// What was taken in a span of time that ends now.
struct Window {
    span: TimeDelta,
    most: usize,
    taken: HashMap<String, Vec<DateTime<Utc>>>,
}

impl Allowance {
    /// Counts a mail to an address for a network, or says that it is one too
    /// many.
    pub(crate) fn take(
        &self,
        to: &Address,
        network: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let mut windows = self.windows();
        let mailbox = mailbox(to);
        if !windows.addresses.has_room(&mailbox, now) {
            return Err(Problem::too_many(format!(
                "That address gets {TO_AN_ADDRESS} mails a day at most. Leave it out, and keep the link."
            )));
        }
        if !windows.networks.has_room(network, now) {
            return Err(Problem::too_many(format!(
                "Your network may ask for {FOR_A_NETWORK} mails an hour. Leave the address out, and keep the link."
            )));
        }
        windows.addresses.note(mailbox, now);
        windows.networks.note(network.to_owned(), now);
        Ok(())
    }

    /// Counts the mail that was asked for with a report of an earlier process.
    pub(crate) fn recall(&self, report: &Report) {
        let delivery = report.memo.delivery.as_ref();
        if let Some(to) = delivery.and_then(|delivery| address::parse(&delivery.to).ok()) {
            let mut windows = self.windows();
            let at = report.job.created_at;
            windows.addresses.note(mailbox(&to), at);
            windows.networks.note(report.job.spec.submitter.clone(), at);
        }
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where mails to an address end: what stands after a `+` is the reader's own.
fn mailbox(address: &Address) -> String {
    let user = address.user();
    let user = user.split('+').next().filter(|user| !user.is_empty());
    let user = user.unwrap_or(address.user());
    format!("{user}@{}", address.domain()).to_ascii_lowercase()
}

impl Window {
    fn new(span: TimeDelta, most: usize) -> Self {
        Self {
            span,
            most,
            taken: HashMap::new(),
        }
    }

    fn has_room(&mut self, key: &str, now: DateTime<Utc>) -> bool {
        let span = self.span;
        let is_recent = |at: &DateTime<Utc>| now - *at < span;
        if self.taken.len() > KEYS {
            self.taken.retain(|_, times| times.iter().any(is_recent));
        }
        let Some(times) = self.taken.get_mut(key) else {
            return true;
        };
        times.retain(is_recent);
        times.len() < self.most
    }

    fn note(&mut self, key: String, at: DateTime<Utc>) {
        self.taken.entry(key).or_default().push(at);
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self(Mutex::new(Windows {
            addresses: Window::new(TimeDelta::days(1), TO_AN_ADDRESS),
            networks: Window::new(TimeDelta::hours(1), FOR_A_NETWORK),
        }))
    }
}

impl fmt::Debug for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowance").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(
        allowance: &Allowance,
        addresses: impl IntoIterator<Item = String>,
        now: DateTime<Utc>,
    ) -> usize {
        let take = |address: &String| {
            let address = address.parse().unwrap();
            allowance.take(&address, "192.0.2.0/24", now).is_ok()
        };
        addresses.into_iter().filter(take).count()
    }

    #[test]
    fn an_address_gets_three_mails_in_any_day_however_it_is_written() {
        let (allowance, start) = (Allowance::default(), DateTime::UNIX_EPOCH);
        let mut days = [0, 0, 0];
        // One in ten minutes, for three days.
        for n in 0..3 * 144 {
            let spelling = format!("a{}@Example.org", if n % 2 == 0 { "+x" } else { "" });
            let now = start + TimeDelta::minutes(10 * n);
            days[n as usize / 144] += taken(&allowance, [spelling], now);
        }
        assert_eq!(days, [3, 3, 3]);
    }

    #[test]
    fn ten_thousand_posts_of_a_network_send_twenty_mails_an_hour() {
        let (allowance, now) = (Allowance::default(), DateTime::UNIX_EPOCH);
        let addresses = || (0..10_000).map(|n| format!("victim{n}@example.org"));
        assert_eq!(taken(&allowance, addresses(), now), 20);
        assert_eq!(
            taken(&allowance, addresses(), now + TimeDelta::minutes(59)),
            0
        );
        assert_eq!(
            taken(&allowance, addresses(), now + TimeDelta::minutes(60)),
            20
        );
        let other = "victim1@example.org".parse().unwrap();
        assert!(allowance.take(&other, "198.51.100.0/24", now).is_ok());
    }
}
