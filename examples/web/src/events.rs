//! How far a report is, told as it happens.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Path, State},
    http::{Extensions, StatusCode},
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, stream};
use tokio::sync::watch;
use vt_core::job::JobId;

use crate::{App, link::Link, page, problem::Problem, progress::Progress};

/// How often there is news at most, and at least.
const SOONEST: Duration = Duration::from_millis(500);
const LATEST: Duration = Duration::from_secs(5);
/// How many may watch a report, and how many all of them.
const WATCHERS: usize = 8;
const ALL_WATCHERS: usize = 256;

/// Who watches what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchers(Arc<Mutex<HashMap<JobId, usize>>>);

/// Somebody's place among those who watch; free again when it is dropped.
#[derive(Debug)]
struct Place {
    watchers: Watchers,
    id: JobId,
}

impl Watchers {
    fn admit(&self, id: JobId) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let here = counts.get(&id).copied().unwrap_or_default();
        if here >= WATCHERS || all >= ALL_WATCHERS {
            return None;
        }
        counts.insert(id, here + 1);
        let watchers = self.clone();
        Some(Place { watchers, id })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self
            .watchers
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.id);
            }
        }
    }
}

/// `GET /reports/{link}/events`
pub(crate) async fn events(
    State(app): State<App>,
    Path(link): Path<String>,
    extensions: Extensions,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let report = page::find(&app, &link, &extensions).await?;
    let place = app.inner.watchers.admit(report.job.id).ok_or_else(|| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many watch already",
            "Reload the page now and then instead.",
        )
    })?;
    let work = app.inner.workers.on(report.job.id);
    let watch = Watch {
        link: report.link,
        results: work.map(|work| work.results()),
        is_first: true,
        _place: place,
        app,
    };
    let news = stream::unfold(Some(watch), |watch| async { watch?.next().await });
    Ok(Sse::new(news).keep_alive(KeepAlive::default()))
}

struct Watch {
    app: App,
    link: Link,
    results: Option<watch::Receiver<u64>>,
    is_first: bool,
    _place: Place,
}

impl Watch {
    /// The next news, and who waits for those after it.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Option<Self>)> {
        if !std::mem::take(&mut self.is_first) {
            self.wait().await?;
        }
        let report = self.app.report(self.link.clone()).await.ok()??;
        let progress = Progress::of(&self.app, &report).await;
        let event = Event::default().json_data(&progress).ok()?;
        let is_last = !progress.is_working();
        Some((Ok(event), (!is_last).then_some(self)))
    }

    /// Waits until there may be news; none if the server ends.
    async fn wait(&mut self) -> Option<()> {
        let clock = Arc::clone(&self.app.inner.parts.clock);
        let stop = self.app.inner.stop.clone();
        let results = self.results.as_mut();
        let change = async {
            clock.sleep(SOONEST).await;
            let is_news = match results {
                Some(results) => results.changed().await.is_ok(),
                None => false,
            };
            if !is_news {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => None,
            () = change => Some(()),
            () = clock.sleep(LATEST) => Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_no_place_leaves_nothing_behind() {
        let watchers = Watchers::default();
        let id = |n: u8| JobId::from_bytes([n; 16]);
        let places: Vec<_> = (0..=255)
            .flat_map(|n| [id(n); WATCHERS + 1])
            .filter_map(|id| watchers.admit(id))
            .collect();
        assert_eq!(places.len(), ALL_WATCHERS);
        assert_eq!(watchers.0.lock().unwrap().len(), ALL_WATCHERS / WATCHERS);
        drop(places);
        assert!(watchers.0.lock().unwrap().is_empty());
    }
}
