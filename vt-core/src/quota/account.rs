//! The rules of one key, without I/O and without async.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Attempt, Ending, Limit, Quota, Spent, Usage, Wait,
    calendar::{Calendar, Span},
    trouble::Trouble,
    window::Window,
};
use crate::time::{BootTime, Now};

/// The time that VirusTotal's minute limit looks at.
pub const WINDOW: Duration = Duration::from_secs(60);

/// What is added to [`WINDOW`], for clocks of different speed and rounding.
pub const MARGIN: Duration = Duration::from_millis(250);

/// How far the server's clock may be from ours before a day is charged to
/// the wrong date.
pub const GUARD: Duration = Duration::from_secs(120);

/// The books of one key.
///
/// It is a value: a ledger loads it, asks it, and stores it, in one
/// transaction. What is stored has to name its fields, as JSON does: books of
/// an older version lack some.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use chrono::DateTime;
/// use vt_core::{quota::{Account, Quota}, time::{BootTime, Now}};
///
/// let now = Now { boot: BootTime::default(), wall: DateTime::UNIX_EPOCH };
/// let mut account = Account::default();
/// for _ in 0..4 {
///     account.reserve(now, &Quota::PUBLIC, Duration::from_secs(30)).unwrap();
/// }
/// let wait = account.reserve(now, &Quota::PUBLIC, Duration::from_secs(30)).unwrap_err();
/// assert!(wait.duration > Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    window: Window,
    calendar: Calendar,
    open: HashMap<u64, Span>,
    last_charge: u64,
    blocked_until: Option<BootTime>,
    // Most of the time there is none, and nothing is to be stored.
    #[serde(default, skip_serializing_if = "Trouble::is_none")]
    trouble: Trouble,
}

impl Account {
    /// Charges a request that starts now and is over within `deadline`, and
    /// says under which number.
    ///
    /// # Errors
    ///
    /// When a limit does not allow it: which, and how long to wait. Nothing is
    /// charged then.
    pub fn reserve(&mut self, now: Now, quota: &Quota, deadline: Duration) -> Result<u64, Wait> {
        self.advance(now.boot);
        let blocked = self.blocked_for(now.boot);
        if blocked > Duration::ZERO {
            return Err(Wait {
                limit: Limit::Server,
                duration: blocked,
            });
        }
        let is_open = |charge| self.open.contains_key(&charge);
        if let Some(wait) = self.trouble.wait(now.boot, is_open) {
            return Err(wait);
        }
        if let Some(wait) = self.calendar.wait(now, deadline, quota) {
            return Err(wait);
        }
        let duration = self.window.wait(now.boot, places(quota));
        if duration > Duration::ZERO {
            return Err(Wait {
                limit: Limit::Minute,
                duration,
            });
        }
        self.last_charge += 1;
        self.window
            .take(self.last_charge, now.boot + deadline + WINDOW + MARGIN);
        let span = self.calendar.span(now, deadline);
        self.calendar.charge(&span);
        self.open.insert(self.last_charge, span);
        self.trouble.granted(self.last_charge);
        Ok(self.last_charge)
    }

    /// Notes that the attempt with this number is over, and what it told of
    /// those after it. One that comes back after its place was free again
    /// changes nothing.
    pub fn finish(&mut self, now: Now, charge: u64, attempt: Attempt) {
        if let Some(server_time) = attempt.server_time {
            self.calendar.observe_server(now.boot, server_time);
        }
        self.advance(now.boot);
        let Some(span) = self.open.remove(&charge) else {
            return;
        };
        match attempt.ending {
            Ending::Unused => self.window.release(charge),
            Ending::Sent | Ending::NotSent => {
                self.window.move_to(charge, now.boot + WINDOW + MARGIN)
            }
        };
        if attempt.ending != Ending::Sent {
            self.calendar.give_back(&span);
        }
        self.trouble
            .note(now, charge, self.last_charge, attempt.reply);
    }

    /// Grants nothing for `duration`. A longer block stays.
    pub fn block(&mut self, now: Now, duration: Duration) {
        let until = now.boot + duration;
        self.blocked_until = self.blocked_until.max(Some(until));
    }

    /// Makes day and month cost at least what the server counted, and says
    /// whether that changed anything. What is under way comes on top: the
    /// server may not have counted it yet, and it may be given back.
    ///
    /// Nothing is charged unless both clocks are in the same day and not
    /// within [`GUARD`] of its ends. That the server said something ends an
    /// outage in any case.
    pub fn raise(&mut self, now: Now, seen: &Spent) -> bool {
        self.advance(now.boot);
        let is_over = self.trouble.end_outage();
        self.calendar.raise(now.wall, seen, self.open.values()) || is_over
    }

    /// Carries the books over a restart of the clock that only goes forward,
    /// which is one of the machine. What was under way then is over, so every
    /// place is free in 60 seconds; a block goes on by the wall clock, and not
    /// longer than it had to go when the books were `saved`.
    pub fn restart(&mut self, saved: Now, now: Now) {
        self.window.move_all_to(now.boot + WINDOW + MARGIN);
        self.open.clear();
        self.calendar.forget_server();
        let passed = (now.wall - saved.wall).to_std().unwrap_or_default();
        let left = self.blocked_for(saved.boot).saturating_sub(passed);
        self.blocked_until = Some(now.boot + left);
        self.trouble.restart(saved.boot, passed, now.boot);
    }

    /// Books that take the place of lost ones: the day counts as spent, and
    /// so does the minute.
    #[must_use]
    pub fn after_loss(now: Now, deadline: Duration) -> Self {
        let mut account = Self::default();
        let span = account.calendar.span(now, Duration::ZERO);
        account.calendar.assume_spent(&span);
        account.block(now, deadline + WINDOW + MARGIN);
        account
    }

    /// What is spent at `now`.
    #[must_use]
    pub fn usage(&self, now: Now, quota: &Quota) -> Usage {
        let (day, month) = self.calendar.used(now.wall.date_naive());
        let shut_for = self.trouble.shut_for(now.boot);
        let shut_for = shut_for.map_or(Duration::ZERO, |(_, left)| left);
        Usage {
            at: now.wall,
            quota: *quota,
            minute: u32::try_from(self.window.taken(now.boot)).unwrap_or(u32::MAX),
            place_free_in: self.window.first_free_in(now.boot),
            day,
            month,
            blocked_for: self.blocked_for(now.boot).max(shut_for),
            external_use: self.trouble.external_use(),
        }
    }

    #[cfg(test)]
    pub(super) const fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    fn advance(&mut self, now: BootTime) {
        for charge in self.window.advance(now) {
            self.open.remove(&charge);
        }
    }

    fn blocked_for(&self, now: BootTime) -> Duration {
        self.blocked_until
            .map_or(Duration::ZERO, |until| until.saturating_since(now))
    }
}

fn places(quota: &Quota) -> usize {
    let limit = quota.per_minute.map_or(u32::MAX, std::num::NonZeroU32::get);
    usize::try_from(limit).unwrap_or(usize::MAX)
}
