//! The rows of a report, out of the cache or out of a job.

use std::{collections::HashMap, pin::pin};

use futures::{StreamExt, TryStreamExt};
use vt_core::{
    hash::FileHash,
    job::{JobError, JobId, JobStore, JobStoreExt},
    scan::Scan,
};
use vt_report::{Row, Rows, Status};

/// Rows in the order of the input, out of a scan that asks for nothing. None as
/// soon as a hash has no answer, unless that is fine.
pub(crate) async fn of_cache(
    hashes: &[FileHash],
    mut scan: Scan,
    engines: &[String],
    incomplete_is_fine: bool,
) -> Option<Vec<Row>> {
    let mut rows = Rows::new(hashes, engines.to_vec());
    while let Some(outcome) = scan.next().await {
        if outcome.result.is_err() && !incomplete_is_fine {
            return None;
        }
        rows.take(&outcome);
    }
    rows.finish()
}

/// Rows of all items of a job. For those that are open there may be a reason.
pub(crate) async fn of_job(
    store: &dyn JobStore,
    id: JobId,
    reasons: &HashMap<FileHash, String>,
    engines: &[String],
) -> Result<Vec<Row>, JobError> {
    let mut rows = Vec::new();
    let mut pages = pin!(store.pages(id, false));
    while let Some(items) = pages.try_next().await? {
        rows.extend(items.iter().map(|item| match reasons.get(&item.hash) {
            Some(reason) if item.result.is_none() => {
                Row::unanswered(item.hash, Status::Error, reason, engines)
            }
            _ => Row::of_item(item, engines),
        }));
    }
    Ok(rows)
}
