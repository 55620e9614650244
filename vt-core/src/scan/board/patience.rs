//! Who waits for what has no answer for now, and how long.

use std::time::Duration;

use super::{Asker, Board, ScanId, State, waits};
use crate::{
    client::{
        self,
        retry::{Attempts, LATER, Rule},
    },
    hash::FileHash,
    scan::{Error, Patience},
    time::BootTime,
};

/// How long those wait for the end of an outage who want an answer soon.
const QUICK: Duration = Duration::from_secs(60);
/// The longest of the waits in [`LATER`] while nothing is answered: the end of
/// an outage shall be noticed.
const SILENCE: usize = 2;
/// After how long without a single answer a failure is the hash's after all.
const LONGEST_OUTAGE: Duration = Duration::from_secs(4 * 24 * 3_600);

/// What a question has behind it for which somebody waits however long it
/// takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Later {
    /// How often it was put off through its own fault.
    tries: usize,
    /// How many answers to other questions there were at the last failure.
    answers: u64,
    /// Since when nothing was answered, and how often it was put off since.
    silence: Option<(BootTime, usize)>,
    /// Whether it is put off now.
    pub(super) is_off: bool,
    /// Whether that ends as soon as something is answered.
    is_silent: bool,
}

impl Later {
    /// How long the question is put off, after `answers` in all; none if it is
    /// given up.
    ///
    /// What fails while others are answered has itself to blame. What fails
    /// while nothing is answered is asked again until something is.
    fn put_off(
        &mut self,
        rule: &Rule,
        pause: Duration,
        answers: u64,
        now: BootTime,
    ) -> Option<Duration> {
        let is_own_fault = !rule.is_shared || answers > self.answers;
        self.answers = answers;
        if !is_own_fault {
            let (since, times) = self.silence.unwrap_or((now, 0));
            self.silence = Some((since, times + 1));
            let is_over = now.saturating_since(since) >= LONGEST_OUTAGE;
            // A pause is for somebody to do something, which takes no longer
            // because it was in vain.
            let times = if pause.is_zero() { times } else { 0 };
            return (!is_over).then_some(LATER[times.min(SILENCE)].max(pause));
        }
        self.silence = None;
        let wait = LATER.get(self.tries).copied();
        self.tries += 1;
        wait.map(|wait| wait.max(pause))
    }
}

impl Board {
    /// Tells those whose patience is at an end that a hash has no answer, and
    /// asks it again for the others: after a pause that grows.
    pub(in crate::scan) fn put_off(
        &mut self,
        hash: FileHash,
        error: &client::Error,
        pause: Duration,
        now: BootTime,
    ) {
        let told = self.memos.remember(hash, error.clone(), now);
        if self.refused.is_none() {
            self.dismiss_withdrawn(hash);
            self.tell_some(hash, &told, |board, scan| !board.lines.outlasts(scan));
        }
        let answers = self.answers;
        let Some(flight) = self.flights.get_mut(&hash) else {
            return;
        };
        let rule = Rule::of(error);
        let Some(wait) = flight.later.put_off(&rule, pause, answers, now) else {
            return self.fail(hash, &told);
        };
        flight.attempts = Attempts {
            now: 0,
            before: flight.attempts.total(),
        };
        flight.later.is_off = true;
        flight.later.is_silent = flight.later.silence.is_some() && pause.is_zero();
        self.is_silent |= flight.later.is_silent;
        self.delay(hash, now + wait);
    }

    /// Tells those about a hash that was asked who will be gone by `until`.
    pub(in crate::scan) fn tell_early(
        &mut self,
        hash: FileHash,
        error: &client::Error,
        until: BootTime,
    ) {
        let error = Error::from(error.clone());
        self.tell_some(hash, &error, |board, scan| {
            board.lines.is_gone_by(scan, until)
        });
    }

    /// Tells those who wait for anything, and will not wait for the end of an
    /// outage, that there is one: nothing is sent before `until`.
    pub(in crate::scan) fn tell_impatient(
        &mut self,
        error: &Error,
        now: BootTime,
        until: BootTime,
    ) {
        let is_long = until.saturating_since(now) > QUICK;
        for scan in self.lines.quick() {
            if is_long || self.lines.is_gone_by(scan, until) {
                self.tell_scan(scan, error);
            }
        }
    }

    /// Asks what was put off because nothing was answered, now that something
    /// was.
    pub(super) fn end_silence(&mut self) {
        if !std::mem::take(&mut self.is_silent) {
            return;
        }
        let delayed: Vec<FileHash> = self.delayed.iter().map(|(_, hash)| *hash).collect();
        for hash in delayed {
            let flight = self.flights.get(&hash);
            if flight.is_some_and(|flight| flight.later.is_silent) {
                self.bring_forward(hash);
            }
        }
    }

    /// Whoever wants an answer now is not put off because somebody else can
    /// wait.
    pub(super) fn bring_forward(&mut self, hash: FileHash) {
        let flight = self.flights.get(&hash);
        if flight
            .is_some_and(|flight| flight.later.is_off && matches!(flight.state, State::Delayed(_)))
        {
            self.wait_again(hash);
        }
    }

    /// Whether a hash is to be asked without compression.
    pub(in crate::scan) fn is_plain(&self, hash: &FileHash) -> bool {
        self.flights.get(hash).is_some_and(|flight| flight.plain)
    }

    /// Has a hash be asked without compression from now on.
    pub(in crate::scan) fn ask_plain(&mut self, hash: &FileHash) {
        if let Some(flight) = self.flights.get_mut(hash) {
            flight.plain = true;
        }
    }

    /// Notes that the key may not ask about a hash, and says about how many
    /// in a row it may not.
    pub(in crate::scan) fn forbid(&mut self, hash: FileHash) -> usize {
        if !self.forbidden.contains(&hash) {
            self.forbidden.push(hash);
        }
        self.forbidden.len()
    }

    /// Hands an error to a scan for everything it has in line.
    fn tell_scan(&mut self, scan: ScanId, error: &Error) {
        for hash in self.lines.empty(scan) {
            if waits(&self.flights, scan, &hash)
                && let Some(asker) = self.take_out(scan, hash)
            {
                self.tell_error(hash, asker, error);
            }
        }
    }

    /// Hands an error about a hash that was asked to some who wait for it.
    fn tell_some(
        &mut self,
        hash: FileHash,
        error: &Error,
        is_told: impl Fn(&Self, ScanId) -> bool,
    ) {
        let Some(flight) = self.flights.get(&hash) else {
            return;
        };
        let (told, rest): (Vec<Asker>, Vec<Asker>) = flight
            .askers
            .iter()
            .partition(|asker| is_told(self, asker.scan));
        for asker in told {
            self.tell_error(hash, asker, error);
        }
        if rest.is_empty() {
            self.flights.remove(&hash);
        } else if let Some(flight) = self.flights.get_mut(&hash) {
            flight.askers = rest;
        }
    }
}

impl super::Lines {
    /// Whether a scan waits for answers however long it takes.
    pub(super) fn outlasts(&self, scan: ScanId) -> bool {
        let line = self.scans.get(&scan);
        line.is_some_and(|line| line.patience == Patience::Outlast)
    }

    /// Whether nobody looks at a scan's answers at that moment any more.
    fn is_gone_by(&self, scan: ScanId, moment: BootTime) -> bool {
        let line = self.scans.get(&scan);
        line.is_none_or(|line| line.deadline.is_some_and(|deadline| deadline < moment))
    }

    /// The scans that have something in line and want an answer soon.
    fn quick(&self) -> Vec<ScanId> {
        let quick = self
            .scans
            .iter()
            .filter(|(_, line)| line.waiting > 0 && line.patience == Patience::Quick);
        quick.map(|(scan, _)| *scan).collect()
    }
}
