//! The hashes of a job, and what came of each.

use std::collections::HashSet;

use chrono::DateTime;
use rusqlite::{Connection, Row, types::ValueRef};
use vt_core::{
    hash::FileHash,
    job::{Item, ItemQuery, ItemResult},
    report::Lookup,
    scan::{Answer, Source},
};

use crate::{Error, checksum, codec};

/// Each hash once, in the order of the first of its kind.
pub(super) fn distinct(hashes: &[FileHash]) -> Vec<FileHash> {
    let mut seen = HashSet::with_capacity(hashes.len());
    let distinct = hashes.iter().filter(|hash| seen.insert(**hash));
    distinct.copied().collect()
}

/// Keeps the hashes of a new job.
pub(super) fn insert_all(
    connection: &Connection,
    job: i64,
    hashes: &[FileHash],
) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO item (job, place, digest, checksum) VALUES (?1, ?2, ?3, ?4)",
    )?;
    if u32::try_from(hashes.len()).is_err() {
        let most = u32::MAX;
        return Err(Error::Other(format!("a job has at most {most} hashes")));
    }
    for (place, hash) in (0..).zip(hashes) {
        let digest = hash.as_bytes();
        insert.execute((job, place, digest, item_sum(job, place, digest)))?;
    }
    Ok(())
}

/// Items of a job, in their order. A damaged hash is left out, a damaged
/// result is none.
pub(super) fn select(
    connection: &Connection,
    job: i64,
    query: ItemQuery,
) -> Result<Vec<Item>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT item.place, digest, item.checksum, kind, source, fetched_ms, content,
                result.checksum
         FROM item LEFT JOIN result ON result.job = item.job AND result.place = item.place
         WHERE item.job = ?1 AND item.place >= ?2 ORDER BY item.place",
    )?;
    let mut rows = select.query((job, query.from))?;
    let mut items = Vec::new();
    while items.len() < query.limit.get()
        && let Some(row) = rows.next()?
    {
        let item = read(row, job);
        items.extend(item.filter(|item| !query.open || item.result.is_none()));
    }
    Ok(items)
}

/// What is there in the place of a result.
pub(super) enum Place {
    /// There is no such hash in the job.
    Absent,
    Open,
    /// Damaged: it counts already.
    Damaged,
    Taken(ItemResult),
}

pub(super) fn look_at(connection: &Connection, job: i64, place: u32) -> Result<Place, Error> {
    let mut select = connection.prepare_cached(
        "SELECT 0, 0, 0, kind, source, fetched_ms, content, result.checksum
         FROM item LEFT JOIN result ON result.job = item.job AND result.place = item.place
         WHERE item.job = ?1 AND item.place = ?2",
    )?;
    let mut rows = select.query((job, place))?;
    let Some(row) = rows.next()? else {
        return Ok(Place::Absent);
    };
    let is_open = row.get_ref(3)? == ValueRef::Null;
    Ok(match read_result(row, job, place) {
        Some(result) => Place::Taken(result),
        None if is_open => Place::Open,
        None => Place::Damaged,
    })
}

/// Keeps a result, in the place of one that was there.
pub(super) fn keep(
    connection: &Connection,
    job: i64,
    place: u32,
    result: &Packed,
) -> Result<(), Error> {
    let mut replace = connection.prepare_cached(
        "REPLACE INTO result (job, place, kind, source, fetched_ms, content, checksum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Packed {
        kind,
        source,
        fetched_ms,
        content,
    } = result;
    let sum = result_sum(job, place, [*kind, *source, *fetched_ms], content);
    replace.execute((job, place, kind, source, fetched_ms, content, sum))?;
    Ok(())
}

/// Removes the failures of a job.
pub(super) fn remove_failures(connection: &Connection, job: i64) -> Result<(), Error> {
    let mut delete =
        connection.prepare_cached("DELETE FROM result WHERE job = ?1 AND kind = ?2")?;
    delete.execute((job, FAILED))?;
    Ok(())
}

const NOT_FOUND: i64 = 0;
const FOUND: i64 = 1;
const FAILED: i64 = 2;
const SOURCES: [Source; 3] = [Source::Cache, Source::VirusTotal, Source::Joined];

/// A result as it is kept.
pub(super) struct Packed {
    kind: i64,
    source: i64,
    fetched_ms: i64,
    content: Vec<u8>,
}

impl Packed {
    pub(super) fn new(result: &ItemResult) -> Self {
        let answer = match result {
            ItemResult::Answered(answer) => answer,
            ItemResult::Failed(reason) => {
                return Self {
                    kind: FAILED,
                    source: 0,
                    fetched_ms: 0,
                    content: reason.as_bytes().to_vec(),
                };
            }
        };
        let (kind, content) = match &answer.lookup {
            Lookup::NotFound => (NOT_FOUND, Vec::new()),
            Lookup::Found(report) => (FOUND, codec::encode(report)),
        };
        let source = SOURCES.iter().position(|source| *source == answer.source);
        Self {
            kind,
            source: source.and_then(|at| i64::try_from(at).ok()).unwrap_or(1),
            fetched_ms: answer.fetched_at.timestamp_millis(),
            content,
        }
    }
}

fn read(row: &Row<'_>, job: i64) -> Option<Item> {
    let index: u32 = row.get(0).ok()?;
    let digest = row.get_ref(1).ok()?.as_blob().ok()?;
    if row.get(2) != Ok(item_sum(job, index, digest)) {
        return None;
    }
    Some(Item {
        index,
        hash: FileHash::from_bytes(digest)?,
        result: read_result(row, job, index),
    })
}

fn read_result(row: &Row<'_>, job: i64, place: u32) -> Option<ItemResult> {
    let kind: i64 = row.get(3).ok()?;
    let source: i64 = row.get(4).ok()?;
    let fetched_ms: i64 = row.get(5).ok()?;
    let content = row.get_ref(6).ok()?.as_blob().ok()?;
    if row.get(7) != Ok(result_sum(job, place, [kind, source, fetched_ms], content)) {
        return None;
    }
    let lookup = match kind {
        NOT_FOUND => Lookup::NotFound,
        FOUND => Lookup::Found(codec::decode(content)?.into()),
        FAILED => return Some(ItemResult::Failed(str::from_utf8(content).ok()?.into())),
        _ => return None,
    };
    Some(ItemResult::Answered(Answer {
        lookup,
        source: *SOURCES.get(usize::try_from(source).ok()?)?,
        fetched_at: DateTime::from_timestamp_millis(fetched_ms)?,
    }))
}

fn item_sum(job: i64, place: u32, digest: &[u8]) -> i64 {
    checksum::of(&[&job.to_le_bytes(), &place.to_le_bytes(), digest])
}

fn result_sum(job: i64, place: u32, numbers: [i64; 3], content: &[u8]) -> i64 {
    let [kind, source, fetched_ms] = numbers.map(i64::to_le_bytes);
    let (job, place) = (job.to_le_bytes(), place.to_le_bytes());
    checksum::of(&[&job, &place, &kind, &source, &fetched_ms, content])
}
