//! Sends the mails that are owed, one after the other.

use std::time::Duration;

use chrono::{DateTime, Utc};
use vt_core::job::JobError;

use super::{Delivery, Letter, Mail, State, Unsent, address};
use crate::{App, app::Report, memo::Memo};

/// How long the store is left alone after it failed.
const AGAIN: Duration = Duration::from_secs(15);
/// How long a mail may take to be handed over, and how much longer with each
/// piece of it.
const LONGEST: Duration = Duration::from_secs(30);
const LONGER: Duration = Duration::from_secs(1);
const PIECE: usize = 64 << 10;
/// How long a mail that is under way has when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Sends what is owed, and what will be, until the application ends.
///
/// A mail counts as sent once that is noted in its job. A process that ends in
/// between sends it once more, under the same name.
pub(crate) async fn run(app: App, mail: Mail) {
    let outbox = Outbox { app, mail };
    let inner = &outbox.app.inner;
    let mut finished = inner.workers.finished();
    loop {
        // What is finished from here on is another round's.
        finished.mark_unchanged();
        let wait = outbox.round().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "owed mails cannot be looked up");
            Some(AGAIN)
        });
        let retry = async {
            match wait {
                Some(wait) => inner.parts.clock.sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = inner.stop.cancelled() => return,
            // There is a sender for as long as there is an application.
            _ = finished.changed() => {}
            () = retry => {}
        }
    }
}

struct Outbox {
    app: App,
    mail: Mail,
}

impl Outbox {
    /// Tries each mail that is due, the oldest first, and says in how long the
    /// next is.
    async fn round(&self) -> Result<Option<Duration>, JobError> {
        let mut next = None;
        let reports = self.app.reports(None).await?;
        for report in reports.into_iter().rev() {
            let Some(mut wait) = due_in(Some(&report), self.app.now()) else {
                continue;
            };
            if self.app.inner.stop.is_cancelled() {
                break;
            }
            if wait.is_zero() {
                // It may have been deleted while others were sent.
                let report = self.app.report(report.link).await?;
                match self.deliver(report.as_ref()).await {
                    Some(rest) => wait = rest,
                    None => continue,
                }
            }
            next = Some(next.map_or(wait, |next: Duration| next.min(wait)));
        }
        Ok(next)
    }

    /// Tries to send the mail of a report, notes what came of it, and says in
    /// how long it is to be tried again.
    async fn deliver(&self, report: Option<&Report>) -> Option<Duration> {
        let (report, delivery) = report.zip(owed(report))?;
        let tried = self.attempt(report, delivery).await?;
        let (id, tries) = (report.job.id, delivery.tries + 1);
        match &tried {
            Ok(()) => tracing::info!(%id, tries, "a mail was sent"),
            Err(why) => tracing::warn!(%id, tries, %why, "a mail was not sent"),
        }
        let delivery = delivery.clone().after(tried, self.app.now());
        self.note(report, &delivery).await;
        delivery.due_in(self.app.now())
    }

    /// None if the server ended meanwhile: whether it was sent is then unknown.
    async fn attempt(&self, report: &Report, delivery: &Delivery) -> Option<Result<(), Unsent>> {
        let Ok(to) = address::parse(&delivery.to) else {
            return Some(Err(Unsent::Never("its address is none".to_owned())));
        };
        let letter = Letter::write(&self.app, &self.mail, report, &to).await;
        // The log has more on it already.
        let Ok(letter) = letter else {
            return Some(Err(Unsent::Later("the report cannot be read".to_owned())));
        };
        let pieces = u32::try_from(letter.bytes().len() / PIECE).unwrap_or(u32::MAX);
        let (clock, stop) = (&self.app.inner.parts.clock, &self.app.inner.stop);
        let ended = async {
            stop.cancelled().await;
            clock.sleep(FAREWELL).await;
        };
        tokio::select! {
            sent = self.mail.post.send(&letter) => Some(sent),
            () = clock.sleep(LONGEST + LONGER * pieces) => {
                Some(Err(Unsent::Later("the mail server does not answer in time".to_owned())))
            }
            () = ended => None,
        }
    }

    /// What was sent must not be forgotten: there is no other mail before this
    /// is noted.
    async fn note(&self, report: &Report, delivery: &Delivery) {
        loop {
            let change = |memo: &mut Memo| memo.delivery = Some(delivery.clone());
            let Err(error) = self.app.note(report.job.id, change).await else {
                return;
            };
            tracing::warn!(%error, "what became of a mail is not noted yet");
            tokio::select! {
                () = self.app.inner.stop.cancelled() => return,
                () = self.app.inner.parts.clock.sleep(AGAIN) => {}
            }
        }
    }
}

/// The mail of a report that is finished.
fn owed(report: Option<&Report>) -> Option<&Delivery> {
    let report = report.filter(|report| report.job.finished_at.is_some())?;
    let delivery = report.memo.delivery.as_ref();
    delivery.filter(|delivery| matches!(delivery.state, State::Owed { .. }))
}

fn due_in(report: Option<&Report>, now: DateTime<Utc>) -> Option<Duration> {
    owed(report)?.due_in(now)
}
