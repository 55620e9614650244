//! What the server does by itself: it forgets.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use vt_core::job::{JobError, JobFilter};

use crate::{App, memo::Memo};

/// How often reports are looked at whose time is over.
const HOUR: Duration = Duration::from_secs(3_600);

/// Forgets old answers at midnight (UTC), and old reports every hour, until the
/// server ends.
pub(crate) async fn keep_up(app: App) {
    let clock = app.inner.parts.clock.clone();
    let stop = app.inner.stop.clone();
    let mut midnight = next_midnight(app.now());
    loop {
        match delete_old(&app).await {
            Ok(0) => {}
            Ok(reports) => tracing::info!(reports, "old reports are deleted"),
            Err(error) => tracing::warn!(%error, "old reports are not deleted"),
        }
        let wait = (midnight - app.now()).to_std().unwrap_or_default();
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(wait.min(HOUR)) => {}
        }
        if app.now() >= midnight {
            midnight = next_midnight(app.now());
            evict(&app).await;
        }
    }
}

fn next_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    tomorrow.map_or(now, |day| day.and_time(NaiveTime::MIN).and_utc())
}

/// Forgets answers that this server would not take any more. Reports keep theirs.
async fn evict(app: &App) {
    let age = TimeDelta::from_std(app.settings().freshness.found).unwrap_or(TimeDelta::MAX);
    let before = app.now().checked_sub_signed(age);
    let before = before.unwrap_or(DateTime::<Utc>::MIN_UTC);
    match app.inner.parts.cache.evict(before).await {
        Ok(answers) => tracing::info!(answers, "old answers are forgotten"),
        Err(error) => tracing::warn!(%error, "old answers are not forgotten"),
    }
}

/// Deletes the reports whose time is over, and says how many those were.
async fn delete_old(app: &App) -> Result<usize, JobError> {
    let retention = TimeDelta::from_std(app.settings().retention).unwrap_or(TimeDelta::MAX);
    let Some(before) = app.now().checked_sub_signed(retention) else {
        return Ok(0);
    };
    let mut deleted = 0;
    for job in app.jobs().jobs(&JobFilter::default()).await? {
        // Jobs of other programs are theirs.
        if job.created_at < before && Memo::of(&job).is_some() {
            app.delete(job.id).await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_midnight_is_that_of_utc() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let next = next_midnight(time("2026-02-28T23:59:59Z"));
        assert_eq!(next, time("2026-03-01T00:00:00Z"));
        assert_eq!(next_midnight(next), time("2026-03-02T00:00:00Z"));
    }
}
