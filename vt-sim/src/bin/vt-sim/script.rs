//! The argument `--fault`.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use vt_sim::{Fault, Simulator, Trigger};

/// A fault and when it is wanted: `FAULT`, or `FAULT for WHEN`.
#[derive(Clone, Debug)]
pub(crate) struct Scripted {
    fault: Fault,
    when: When,
}

#[derive(Clone, Debug)]
enum When {
    Every,
    Next,
    Nth(u64),
    File(String),
    Share(f64),
    /// Counted from the start.
    During(Duration, Duration),
}

impl Scripted {
    /// Sets the fault; a share is drawn from the seed.
    pub(crate) fn set(self, simulator: &Simulator, seed: u64) {
        let start = simulator.now();
        let after = |time| {
            let time = TimeDelta::from_std(time).ok();
            let at = time.and_then(|time| start.checked_add_signed(time));
            at.unwrap_or(DateTime::<Utc>::MAX_UTC)
        };
        let trigger = match self.when {
            When::Every => Trigger::Every,
            When::Next => Trigger::Next,
            When::Nth(n) => Trigger::Nth(n),
            When::File(hash) => Trigger::File(hash),
            When::Share(share) => Trigger::Share { share, seed },
            When::During(from, until) => Trigger::During(after(from)..after(until)),
        };
        simulator.script(trigger, self.fault);
    }
}

impl FromStr for Scripted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (fault, when) = match text.rsplit_once(" for ") {
            Some((fault, when)) => (fault, when.trim().parse()?),
            None => (text, When::Every),
        };
        let fault = fault
            .trim()
            .parse()
            .map_err(|error: vt_sim::FaultError| error.to_string())?;
        Ok(Self { fault, when })
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let complaint = || {
            format!(
                "`{text}` is no time for a fault; give `every`, `next`, `nth:3`, `file:HASH`, `share:0.1` or `10m..15m`"
            )
        };
        if let Some((from, until)) = text.split_once("..") {
            let time = |text: &str| humantime::parse_duration(text).map_err(|_| complaint());
            return Ok(Self::During(time(from)?, time(until)?));
        }
        Ok(match text.split_once(':') {
            None if text == "every" => Self::Every,
            None if text == "next" => Self::Next,
            Some(("nth", n)) => Self::Nth(n.parse().map_err(|_| complaint())?),
            Some(("file", hash)) => Self::File(hash.to_owned()),
            Some(("share", share)) => match share.parse() {
                Ok(share @ 0.0..=1.0) => Self::Share(share),
                _ => return Err(complaint()),
            },
            _ => return Err(complaint()),
        })
    }
}
