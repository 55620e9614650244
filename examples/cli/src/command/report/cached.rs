//! A report whose answers are all in the cache.

use futures::StreamExt;
use vt_core::{hash::FileHash, scan::Scan};
use vt_report::{Row, RowFormat, RowWriter, Rows, Summary};

use crate::{
    args::ReportArgs,
    document,
    exit::Failure,
    output::{Output, Sketch},
    session::Session,
};

/// What became of it.
pub(super) enum Cached {
    /// It is written.
    Written(Summary),
    /// It can be: here are its rows, and where they go.
    Whole(Vec<Row>, Output),
    /// Something is not in the cache, and nothing is written.
    Missing(Output),
}

/// Makes a report of what is in the cache, if that is all that may be asked.
///
/// Where the format allows it rows are written as they come out of the cache: a
/// million of them need no memory.
pub(super) async fn report(
    session: &Session,
    hashes: &[FileHash],
    args: &ReportArgs,
    output: Output,
) -> Result<Cached, Failure> {
    let mut scan = session.cached.scan(hashes.to_vec());
    if let Some(format) = args.document.format().by_row() {
        let mut sketch = output.sketch(args.age.offline)?;
        let mut summary = Summary::default();
        let written = write_rows(scan, format, args, &mut sketch, &mut summary).await;
        return Ok(match written {
            Ok(true) => {
                output.keep(sketch)?;
                Cached::Written(summary)
            }
            Ok(false) => Cached::Missing(output.discard(sketch)?),
            Err(error) => {
                output.when_written(Err(document::io_error(error)))?;
                Cached::Written(summary)
            }
        });
    }
    let mut rows = Rows::new(hashes, args.document.engine.clone());
    while let Some(outcome) = scan.next().await {
        if outcome.result.is_err() && !args.age.offline {
            return Ok(Cached::Missing(output));
        }
        rows.take(&outcome);
    }
    Ok(match rows.finish() {
        Some(rows) => Cached::Whole(rows, output),
        None => Cached::Missing(output),
    })
}

/// Writes all rows, and counts them. False as soon as a hash has no answer, unless
/// that is fine.
async fn write_rows(
    mut scan: Scan,
    format: RowFormat,
    args: &ReportArgs,
    sketch: &mut Sketch,
    summary: &mut Summary,
) -> Result<bool, vt_report::Error> {
    let engines = &args.document.engine;
    let mut writer = RowWriter::new(format, engines, sketch)?;
    // What a scan offline has comes in the order in which it is asked for.
    while let Some(outcome) = scan.next().await {
        if outcome.result.is_err() && !args.age.offline {
            return Ok(false);
        }
        let row = Row::new(&outcome, engines);
        summary.add(&row);
        writer.write(&row)?;
    }
    writer.finish()?;
    Ok(true)
}
