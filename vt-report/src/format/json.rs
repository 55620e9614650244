//! One JSON document.

use std::io;

use serde::{Serialize, Serializer, ser::SerializeMap};
use vt_core::hash::FileHash;

use crate::{
    escape::write_json,
    report::{Report, TOTAL_COUNTS, iso},
    row::{Opinion, Row},
    summary::Summary,
};

/// A row stands on its own line, so that line tools can work on the document.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(b"{\"meta\":")?;
    write_json(out, &Meta::of(report))?;
    out.write_all(b",\n\"summary\":")?;
    write_json(out, &Counts::of(&report.summary()))?;
    out.write_all(b",\n\"rows\":[")?;
    for (at, row) in report.rows.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        write_row(row, out)?;
    }
    out.write_all(b"\n]}\n")
}

/// One row as an object.
pub(super) fn write_row(row: &Row, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(out, &Object::of(row))
}

#[derive(Serialize)]
struct Meta<'a> {
    title: &'a str,
    generated_at: String,
    generator: &'static str,
    version: &'static str,
    engines: &'a [String],
    total_counts: &'static str,
}

impl<'a> Meta<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            title: &report.title,
            generated_at: iso(report.generated_at),
            generator: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            engines: &report.engines,
            total_counts: TOTAL_COUNTS,
        }
    }
}

#[derive(Serialize)]
struct Counts {
    complete: bool,
    hashes: usize,
    detected: usize,
    clean: usize,
    not_found: usize,
    pending: usize,
    error: usize,
    unanswered: usize,
    from_cache: usize,
    requests: Option<u64>,
    skipped: Option<u64>,
}

impl Counts {
    const fn of(summary: &Summary) -> Self {
        Self {
            complete: summary.is_complete(),
            hashes: summary.hashes,
            detected: summary.detected,
            clean: summary.clean,
            not_found: summary.not_found,
            pending: summary.pending,
            error: summary.errors,
            unanswered: summary.unanswered(),
            from_cache: summary.from_cache,
            requests: summary.requests,
            skipped: summary.skipped,
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    hash: FileHash,
    sha256: Option<FileHash>,
    status: &'static str,
    detections: Option<u32>,
    total: Option<u32>,
    #[serde(serialize_with = "keyed_by_engine")]
    engines: &'a [Opinion],
    threat_label: Option<&'a str>,
    name: Option<&'a str>,
    r#type: Option<&'a str>,
    size: Option<u64>,
    scan_date: Option<String>,
    fetched_at: Option<String>,
    source: Option<&'static str>,
    link: Option<String>,
    error: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            hash: row.hash,
            sha256: row.sha256,
            status: row.status.as_str(),
            detections: row.detections,
            total: row.total,
            engines: &row.opinions,
            threat_label: row.threat_label.as_deref(),
            name: row.name.as_deref(),
            r#type: row.file_type.as_deref(),
            size: row.size,
            scan_date: row.scan_date.map(iso),
            fetched_at: row.fetched_at.map(iso),
            source: row.source.map(crate::RowSource::as_str),
            link: row.link(),
            error: row.error.as_deref(),
        }
    }
}

fn keyed_by_engine<S: Serializer>(opinions: &[Opinion], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(opinions.len()))?;
    for opinion in opinions {
        map.serialize_entry(&opinion.engine, &opinion.text)?;
    }
    map.end()
}
