//! Answers on their way to another file: one JSON object on each line.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, BufRead, Write},
    mem,
    sync::Arc,
    thread,
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use vt_core::{
    cache::{Detail, Entry},
    hash::FileHash,
    report::{FileReport, Lookup},
};

use crate::{
    Error, SqliteStore,
    cache::{Finder, Row, rows},
};

/// How much text is packed at once, or a line more.
const TEXT: usize = 1 << 20;
/// How many such texts are in memory at once at most.
const AT_ONCE: usize = 8;
/// How much is taken in at once, in rows and in bytes: the more, the fewer pages
/// of the file are written more than once.
const ROWS: usize = 100_000;
const BYTES: usize = 64 << 20;
/// How many of them are compared at once with what is there.
const COMPARED: usize = 1_000;
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
        let newest = self.time().now().wall + AHEAD;
        // Batches are read while those before them are packed, on as many
        // threads as there are, and taken in one after the other.
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let at_once = threads.min(AT_ONCE);
        let mut packing = VecDeque::with_capacity(at_once + 1);
        let mut batches = Batches {
            lines: (1..).zip(lines.lines()),
        };
        let mut waiting = Packed::default();
        loop {
            let batch = batches.next_batch()?;
            let is_last = batch.is_empty();
            packing.push_back(spawn_blocking(move || pack(&batch, newest)));
            while packing.len() > at_once || is_last {
                let Some(packed) = packing.pop_front() else {
                    self.take_in(waiting, &mut imported).await?;
                    return Ok(imported);
                };
                let broken = |_| Error::Other("an import was broken off".to_owned());
                waiting.append(packed.await.map_err(broken)??);
                if waiting.rows.len() >= ROWS || waiting.bytes >= BYTES {
                    self.take_in(mem::take(&mut waiting), &mut imported).await?;
                }
            }
        }
    }

    async fn take_in(&self, packed: Packed, imported: &mut Imported) -> Result<(), Error> {
        let Packed { rows, refused, .. } = packed;
        imported.refused += refused.len() as u64;
        let first = refused.first().copied();
        imported.first_refused = imported.first_refused.or(first);
        let all = rows.len() as u64;
        let rows = self.newer(rows).await?;
        let taken = rows.len() as u64;
        imported.taken += taken;
        imported.known += all - taken;
        if rows.is_empty() {
            return Ok(());
        }
        self.keep(rows).await
    }

    /// Those that are newer than what is there, and than those before them.
    async fn newer(&self, mut rows: Vec<Row>) -> Result<Vec<Row>, Error> {
        let mut present = Vec::with_capacity(rows.len());
        for rows in rows.chunks(COMPARED) {
            let hashes: Vec<FileHash> = rows.iter().map(Row::hash).collect();
            let found = self.readers().read(move |connection| {
                let found = Finder::new(connection, Detail::Summary)?.find_all(&hashes)?;
                let time = |entry: Entry| entry.fetched_at().timestamp_millis();
                Ok(found.into_iter().map(move |entry| entry.map(time)))
            });
            present.extend(found.await?);
        }
        let mut present = present.into_iter();
        let mut newest = HashMap::with_capacity(rows.len());
        rows.retain(|row| {
            let there = newest.entry(row.hash()).or_insert(i64::MIN);
            *there = present.next().flatten().unwrap_or(*there).max(*there);
            let is_newer = row.fetched_ms() > *there;
            *there = row.fetched_ms().max(*there);
            is_newer
        });
        Ok(rows)
    }
}

/// Lines that are still to be read, with their numbers.
struct Batches<L> {
    lines: L,
}

impl<L: Iterator<Item = (u64, io::Result<String>)>> Batches<L> {
    /// The next lines that are not empty; none at the end.
    fn next_batch(&mut self) -> Result<Vec<(u64, String)>, Error> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < TEXT {
            let Some((number, line)) = self.lines.next() else {
                break;
            };
            let line = line.map_err(Error::Transfer)?;
            if !line.trim().is_empty() {
                bytes += line.len();
                batch.push((number, line));
            }
        }
        Ok(batch)
    }
}

/// Lines as they are kept, and the numbers of those that are refused.
#[derive(Default)]
struct Packed {
    rows: Vec<Row>,
    bytes: usize,
    refused: Vec<u64>,
}

impl Packed {
    fn append(&mut self, mut next: Self) {
        self.rows.append(&mut next.rows);
        self.bytes += next.bytes;
        self.refused.append(&mut next.refused);
    }
}

fn pack(lines: &[(u64, String)], newest: DateTime<Utc>) -> Result<Packed, Error> {
    let mut refused = Vec::new();
    let mut entries = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        match parse(line).filter(|entry| entry.fetched_at() <= newest) {
            Some(entry) => entries.push(entry),
            None => refused.push(*number),
        }
    }
    let rows = rows(&entries)?;
    Ok(Packed {
        bytes: rows.iter().map(Row::bytes).sum(),
        rows,
        refused,
    })
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
