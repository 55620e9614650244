//! The rows of a report, out of a job.

use std::{collections::HashMap, pin::pin};

use futures::TryStreamExt;
use vt_core::{
    hash::FileHash,
    job::{JobError, JobId, JobStore, JobStoreExt},
};
use vt_report::{Row, Status};

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
