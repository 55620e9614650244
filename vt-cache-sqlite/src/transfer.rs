//! Answers on their way to another file: one JSON object on each line.

use std::{
    io::{BufRead, Write},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use vt_core::{
    cache::{Cache, Detail, Entry},
    hash::FileHash,
    report::{FileReport, Lookup},
};

use crate::{Error, SqliteStore, cache::Finder};

/// How many answers are taken in at once.
const BATCH: usize = 500;
/// How far another machine's clock may be ahead: as much as is forgiven when
/// an answer's age is judged.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A line: VirusTotal's untouched answer as a text, or a hash that it does not
/// know.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    fetched_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_found: Option<FileHash>,
}

/// What became of the lines that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Answers that were taken in.
    pub taken: u64,
    /// Answers that are no newer than what was there.
    pub known: u64,
    /// Lines that hold no answer, and the number of the first, from 1.
    pub refused: u64,
    /// The first line that was refused.
    pub first_refused: Option<u64>,
}

impl SqliteStore {
    /// Writes every answer that has its body, and says how many those are.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or `out` cannot be written.
    pub async fn export(&self, mut out: impl Write + Send + 'static) -> Result<u64, Error> {
        let exported = self.readers().read(move |connection| {
            let answers = export_reports(connection, &mut out)?;
            let answers = answers + export_unknown(connection, &mut out)?;
            out.flush().map_err(Error::Transfer)?;
            Ok(answers)
        });
        exported.await
    }

    /// Takes in answers that [`export`](Self::export) wrote, where they are
    /// newer than what is there. Whoever wrote the lines is believed.
    ///
    /// # Errors
    ///
    /// When `lines` cannot be read, or the file cannot be written. What was
    /// taken in before stays.
    pub async fn import(&self, lines: impl BufRead) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        let mut batch = Vec::with_capacity(BATCH);
        let newest = self.time().now().wall + AHEAD;
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line.map_err(Error::Transfer)?;
            if line.trim().is_empty() {
                continue;
            }
            match parse(&line).filter(|entry| entry.fetched_at() <= newest) {
                Some(entry) => batch.push(entry),
                None => {
                    imported.refused += 1;
                    imported.first_refused.get_or_insert(number);
                }
            }
            if batch.len() == BATCH {
                self.take_in(&mut batch, &mut imported).await?;
            }
        }
        self.take_in(&mut batch, &mut imported).await?;
        Ok(imported)
    }

    async fn take_in(&self, batch: &mut Vec<Entry>, imported: &mut Imported) -> Result<(), Error> {
        let hash = |entry: &Entry| entry.hashes().last();
        let hashes: Vec<FileHash> = batch.iter().filter_map(hash).collect();
        let failed = |error: vt_core::cache::CacheError| Error::Other(error.cause.to_string());
        let present = self.get(&hashes, Detail::Summary).await.map_err(failed)?;
        let all = batch.len() as u64;
        let mut present = present.into_iter();
        batch.retain(|entry| {
            let present = present.next().flatten();
            present.is_none_or(|present| present.fetched_at() < entry.fetched_at())
        });
        self.put(batch).await.map_err(failed)?;
        imported.taken += batch.len() as u64;
        imported.known += all - batch.len() as u64;
        batch.clear();
        Ok(())
    }
}

fn export_reports(connection: &Connection, out: &mut impl Write) -> Result<u64, Error> {
    let mut keys = connection.prepare("SELECT key FROM object ORDER BY key")?;
    let mut finder = Finder::new(connection, Detail::Full)?;
    let mut answers = 0;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        let Some(object) = finder.object(row.get(0)?)? else {
            continue;
        };
        let entry = object.entry;
        if let Lookup::Found(report) = entry.lookup()
            && let Some(body) = report.raw().and_then(|body| str::from_utf8(body).ok())
        {
            let line = Line {
                fetched_at: entry.fetched_at(),
                body: Some(body.to_owned()),
                not_found: None,
            };
            write_line(out, &line)?;
            answers += 1;
        }
    }
    Ok(answers)
}

fn export_unknown(connection: &Connection, out: &mut impl Write) -> Result<u64, Error> {
    let mut unknown =
        connection.prepare("SELECT digest FROM lookup WHERE object IS NULL ORDER BY key")?;
    let mut finder = Finder::new(connection, Detail::Summary)?;
    let mut answers = 0;
    let mut rows = unknown.query([])?;
    while let Some(row) = rows.next()? {
        let digest = row.get_ref(0)?.as_blob().unwrap_or_default();
        let Some(hash) = FileHash::from_bytes(digest) else {
            continue;
        };
        if let Some(entry) = finder.find_all(&[hash])?.pop().flatten() {
            let line = Line {
                fetched_at: entry.fetched_at(),
                body: None,
                not_found: Some(hash),
            };
            write_line(out, &line)?;
            answers += 1;
        }
    }
    Ok(answers)
}

fn write_line(out: &mut impl Write, line: &Line) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, line)
        .map_err(std::io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .map_err(Error::Transfer)
}

fn parse(line: &str) -> Option<Entry> {
    let line: Line = serde_json::from_str(line).ok()?;
    match (line.body, line.not_found) {
        (Some(body), None) => {
            let report = FileReport::from_json(body).ok()?;
            Some(Entry::found(Arc::new(report), line.fetched_at))
        }
        (None, Some(hash)) => Some(Entry::not_found(hash, line.fetched_at)),
        _ => None,
    }
}
