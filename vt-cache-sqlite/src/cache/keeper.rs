//! Writing entries.

use rusqlite::{CachedStatement, Connection};
use vt_core::{
    cache::Entry,
    hash::{FileHash, HashKind},
    report::Lookup,
};

use super::{
    finder::{SELECT_LOOKUP, SELECT_OBJECT, look_at, look_up},
    key, lookup_checksum, object_checksum,
};
use crate::{Error, body::Packer, checksum, codec};

/// An entry as it is kept.
pub(crate) struct Row {
    content: Content,
    fetched_ms: i64,
}

enum Content {
    Found {
        hashes: [FileHash; 3],
        summary: Vec<u8>,
        body: Option<Vec<u8>>,
    },
    NotFound(FileHash),
}

/// Entries as they are kept.
pub(crate) fn rows(entries: &[Entry]) -> Result<Vec<Row>, Error> {
    let mut packer = None;
    entries
        .iter()
        .map(|entry| Row::new(entry, &mut packer))
        .collect()
}

impl Row {
    fn new(entry: &Entry, packer: &mut Option<Packer>) -> Result<Self, Error> {
        let content = match entry.lookup() {
            Lookup::Found(report) => Content::Found {
                hashes: report.hashes(),
                summary: codec::encode(&report),
                body: report.raw().map(|body| pack(packer, body)).transpose()?,
            },
            Lookup::NotFound => {
                let hash = entry.hashes().next();
                let nothing = || Error::Other("an answer about nothing".to_owned());
                Content::NotFound(hash.ok_or_else(nothing)?)
            }
        };
        Ok(Self {
            content,
            fetched_ms: entry.fetched_at().timestamp_millis(),
        })
    }

    /// The hash by which to ask for what is there.
    pub(crate) const fn hash(&self) -> FileHash {
        match &self.content {
            Content::Found { hashes, .. } => hashes[2],
            Content::NotFound(hash) => *hash,
        }
    }

    pub(crate) const fn fetched_ms(&self) -> i64 {
        self.fetched_ms
    }

    /// How much is to be written.
    pub(crate) fn bytes(&self) -> usize {
        match &self.content {
            Content::Found { summary, body, .. } => {
                summary.len() + body.as_ref().map_or(0, Vec::len)
            }
            Content::NotFound(_) => 0,
        }
    }
}

fn pack(packer: &mut Option<Packer>, body: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |error: std::io::Error| Error::Other(error.to_string());
    let packer = match packer {
        Some(packer) => packer,
        none => none.insert(Packer::new().map_err(failed)?),
    };
    packer.pack(body).map_err(failed)
}

/// Writes entries, each statement prepared once.
pub(super) struct Keeper<'a> {
    select_lookup: CachedStatement<'a>,
    lookup: CachedStatement<'a>,
    no_lookup: CachedStatement<'a>,
    select_object: CachedStatement<'a>,
    object: CachedStatement<'a>,
    body: CachedStatement<'a>,
    no_body: CachedStatement<'a>,
}

/// What is to become of a row of the table `lookup`.
enum Change {
    Point(FileHash, i64),
    NotFound(FileHash),
    Remove,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self, Error> {
        let prepare = |sql| connection.prepare_cached(sql);
        Ok(Self {
            select_lookup: prepare(SELECT_LOOKUP)?,
            lookup: prepare(
                "REPLACE INTO lookup (key, digest, object, fetched_ms, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            no_lookup: prepare("DELETE FROM lookup WHERE key = ?1")?,
            select_object: prepare(SELECT_OBJECT)?,
            object: prepare(
                "REPLACE INTO object (key, summary, hidden, fetched_ms, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            body: prepare("REPLACE INTO body (key, body, checksum) VALUES (?1, ?2, ?3)")?,
            no_body: prepare("DELETE FROM body WHERE key = ?1")?,
        })
    }

    /// Keeps entries, the last of those about the same. Each table is written
    /// in the order of its keys, which walks through the file once.
    pub(super) fn keep(&mut self, rows: &[Row]) -> Result<(), Error> {
        let mut in_order: Vec<(i64, usize)> =
            rows.iter().map(|row| key(&row.hash())).zip(0..).collect();
        in_order.sort_unstable();
        let mut changes = Vec::with_capacity(rows.len() * 2);
        for (key, at) in in_order {
            let mut change = |key, change| changes.push((key, at, changes.len(), change));
            let row = &rows[at];
            match &row.content {
                Content::NotFound(hash) => {
                    if hash.kind() == HashKind::Sha256 {
                        self.hide(key)?;
                    }
                    change(key, Change::NotFound(*hash));
                }
                Content::Found {
                    hashes: [md5, sha1, _],
                    summary,
                    body,
                } => {
                    // An object is found by its SHA-256 without a pointer; one
                    // that says "not found" is over, and beside an object that
                    // is not hidden there is none.
                    if !self.is_open(key)? {
                        change(key, Change::Remove);
                    }
                    self.keep_object(key, summary, false, row.fetched_ms)?;
                    self.keep_body(key, body.as_deref())?;
                    change(super::key(md5), Change::Point(*md5, key));
                    change(super::key(sha1), Change::Point(*sha1, key));
                }
            }
        }
        // Of changes to one row the last counts.
        changes.sort_unstable_by_key(|(key, at, made, _)| (*key, *at, *made));
        for (key, at, _, change) in changes {
            self.change(key, &change, rows[at].fetched_ms)?;
        }
        Ok(())
    }

    /// Whether there is an object that its SHA-256 finds.
    fn is_open(&mut self, key: i64) -> Result<bool, Error> {
        let is_open = look_at(&mut self.select_object, key, |_, hidden, _| !hidden)?;
        Ok(is_open.unwrap_or_default())
    }

    fn keep_object(
        &mut self,
        key: i64,
        summary: &[u8],
        hidden: bool,
        fetched_ms: i64,
    ) -> Result<(), Error> {
        let hidden = i64::from(hidden);
        let sum = object_checksum(key, summary, hidden, fetched_ms);
        self.object
            .execute((key, summary, hidden, fetched_ms, sum))?;
        Ok(())
    }

    fn keep_body(&mut self, key: i64, body: Option<&[u8]>) -> Result<(), Error> {
        match body {
            Some(body) => {
                let sum = checksum::of(&[&key.to_le_bytes(), body]);
                self.body.execute((key, body, sum))?;
            }
            None => drop(self.no_body.execute([key])?),
        }
        Ok(())
    }

    /// Lets an object be found by its other digests only.
    fn hide(&mut self, key: i64) -> Result<(), Error> {
        let copy = |summary: &[u8], _, fetched_ms| (summary.to_vec(), fetched_ms);
        let Some((summary, fetched_ms)) = look_at(&mut self.select_object, key, copy)? else {
            return Ok(());
        };
        self.keep_object(key, &summary, true, fetched_ms)
    }

    fn change(&mut self, key: i64, change: &Change, fetched_ms: i64) -> Result<(), Error> {
        let (hash, object) = match change {
            Change::Remove => {
                self.no_lookup.execute([key])?;
                return Ok(());
            }
            Change::NotFound(hash) => (hash, None),
            Change::Point(hash, object) => {
                // Where it leads to is all it says: the time of an answer is
                // that of the object.
                let is_there = |leads_to, _| leads_to == Some(*object);
                if look_up(&mut self.select_lookup, key, hash, is_there)? == Some(true) {
                    return Ok(());
                }
                (hash, Some(*object))
            }
        };
        let digest = hash.as_bytes();
        let sum = lookup_checksum(digest, object, fetched_ms);
        self.lookup
            .execute((key, digest, object, fetched_ms, sum))?;
        Ok(())
    }
}
