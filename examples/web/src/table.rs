//! The table of results on a page.

use std::{num::NonZeroUsize, sync::Arc};

use futures::{TryStreamExt, pin_mut};
use vt_core::job::{ItemQuery, JobError, JobStoreExt};
use vt_report::{Row, Status};

use crate::{
    App,
    app::Report,
    moment::Moment,
    selection::{Brief, Filter, Selection, Sort},
};

/// How many rows a page has.
pub(crate) const ROWS: NonZeroUsize = NonZeroUsize::new(100).unwrap();

/// A page of results.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) tabs: Vec<Tab>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Line>,
    pub(crate) page: usize,
    pub(crate) pages: usize,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) label: &'static str,
    pub(crate) count: u64,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) label: &'static str,
    /// What sorts by it, if anything does.
    pub(crate) href: Option<String>,
    pub(crate) order: Option<&'static str>,
}

/// A row, and how it is shown.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) row: Row,
}

impl Line {
    pub(crate) fn status(&self) -> &'static str {
        self.row.status.as_str()
    }

    pub(crate) fn status_in_words(&self) -> &'static str {
        match self.row.status {
            Status::NotFound => "not found",
            Status::Pending if self.row.is_answered() => "no analysis yet",
            Status::Pending => "open",
            status => status.as_str(),
        }
    }

    pub(crate) fn hits(&self) -> Option<String> {
        let (detections, total) = self.row.detections.zip(self.row.total)?;
        Some(format!("{detections}/{total}"))
    }

    pub(crate) fn scanned(&self) -> Option<Moment> {
        self.row.scan_date.map(Moment)
    }
}

impl Table {
    pub(crate) async fn of(
        app: &App,
        report: &Report,
        selection: &Selection,
    ) -> Result<Self, JobError> {
        let base = format!("/reports/{}", report.link);
        let (rows, count) = rows(app, report, selection).await?;
        let pages = count.div_ceil(ROWS.get()).max(1);
        let page = selection.page.min(pages);
        let to = |page: usize| format!("{base}{}", selection.with_page(page));
        Ok(Self {
            tabs: tabs(&base, report, selection),
            columns: columns(&base, selection),
            rows,
            page,
            pages,
            previous: (page > 1).then(|| to(page - 1)),
            next: (page < pages).then(|| to(page + 1)),
        })
    }
}

/// The rows of a page, and how many there are on all of them.
async fn rows(
    app: &App,
    report: &Report,
    selection: &Selection,
) -> Result<(Vec<Line>, usize), JobError> {
    let total = usize::try_from(report.job.tally.total).unwrap_or(usize::MAX);
    if selection.is_plain() {
        let page = selection.page.min(total.div_ceil(ROWS.get()).max(1));
        let from = u32::try_from((page - 1) * ROWS.get()).unwrap_or(u32::MAX);
        return Ok((read(app, report, selection, from, ROWS).await?, total));
    }
    let briefs = app.inner.briefs.of(app, report).await?;
    let selected = selection.apply(&briefs);
    let page = selection
        .page
        .min(selected.len().div_ceil(ROWS.get()).max(1));
    let mut rows = Vec::with_capacity(ROWS.get());
    for index in selected
        .iter()
        .skip((page - 1) * ROWS.get())
        .take(ROWS.get())
    {
        rows.extend(read(app, report, selection, *index, NonZeroUsize::MIN).await?);
    }
    Ok((rows, selected.len()))
}

async fn read(
    app: &App,
    report: &Report,
    selection: &Selection,
    from: u32,
    limit: NonZeroUsize,
) -> Result<Vec<Line>, JobError> {
    let query = ItemQuery {
        from,
        limit,
        open: false,
    };
    let items = app.jobs().items(report.job.id, &query).await?;
    let rows = items
        .iter()
        .map(|item| Row::of_item(item, &selection.engines));
    Ok(rows.map(|row| Line { row }).collect())
}

fn tabs(base: &str, report: &Report, selection: &Selection) -> Vec<Tab> {
    let tally = report.job.tally;
    let tab = |filter: Filter| {
        let (label, count) = match filter {
            Filter::All => ("All", tally.total),
            Filter::Only(Status::Detected) => ("Detected", tally.detected),
            Filter::Only(Status::Clean) => ("Clean", tally.clean),
            Filter::Only(Status::NotFound) => ("Not found", tally.not_found),
            Filter::Only(Status::Pending) => ("Pending", tally.pending + tally.open()),
            Filter::Only(_) => ("Errors", tally.failed),
        };
        Tab {
            label,
            count,
            href: format!("{base}{}", selection.with_filter(filter)),
            is_current: selection.filter == filter,
        }
    };
    Filter::TABS.map(tab).into()
}

fn columns(base: &str, selection: &Selection) -> Vec<Column> {
    let column = |label, sort: Option<Sort>| Column {
        label,
        href: sort.map(|sort| format!("{base}{}", selection.with_sort(sort))),
        order: sort.filter(|sort| *sort == selection.sort).map(|_| {
            if selection.is_descending {
                "descending"
            } else {
                "ascending"
            }
        }),
    };
    vec![
        column("Hash", Some(Sort::Hash)),
        column("Detection name", None),
        column("Hits", Some(Sort::Detections)),
        column("Scan date (UTC)", Some(Sort::ScanDate)),
        column("Status", Some(Sort::Status)),
        column("Name", None),
        column("Link", None),
    ]
}

/// What of each report is needed to sort and filter it, for as long as that is
/// looked at.
#[derive(Debug)]
pub(crate) struct Briefs(moka::future::Cache<(vt_core::job::JobId, u64), Arc<Vec<Brief>>>);

impl Briefs {
    async fn of(&self, app: &App, report: &Report) -> Result<Arc<Vec<Brief>>, JobError> {
        let tally = report.job.tally;
        let key = (report.job.id, tally.answered() + tally.failed);
        let made = self.0.try_get_with(key, brief_all(app, report));
        made.await.map_err(|error: Arc<JobError>| (*error).clone())
    }
}

impl Default for Briefs {
    fn default() -> Self {
        const MOST: u64 = 2_000_000;
        let weight =
            |_: &_, briefs: &Arc<Vec<Brief>>| u32::try_from(briefs.len()).unwrap_or(u32::MAX);
        let cache = moka::future::Cache::builder()
            .max_capacity(MOST)
            .weigher(weight);
        Self(cache.build())
    }
}

async fn brief_all(app: &App, report: &Report) -> Result<Arc<Vec<Brief>>, JobError> {
    let pages = app.jobs().pages(report.job.id, false);
    pin_mut!(pages);
    let mut briefs = Vec::new();
    while let Some(items) = pages.try_next().await? {
        briefs.extend(
            items
                .iter()
                .map(|item| Brief::of(item.index, &Row::of_item(item, &[]))),
        );
    }
    Ok(Arc::new(briefs))
}
