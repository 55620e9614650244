//! Writing entries.

use rusqlite::{CachedStatement, Connection};
use vt_core::{
    cache::Entry,
    hash::{FileHash, HashKind},
    report::Lookup,
};

use super::{
    finder::{SELECT_OBJECT, look_at},
    key, lookup_checksum, object_checksum,
};
use crate::{Error, checksum, codec};

/// An entry as it is kept.
pub(super) enum Row {
    Found {
        hashes: [FileHash; 3],
        summary: Vec<u8>,
        body: Option<Vec<u8>>,
        fetched_ms: i64,
    },
    NotFound {
        hash: FileHash,
        fetched_ms: i64,
    },
}

impl Row {
    pub(super) fn new(entry: &Entry) -> Result<Self, Error> {
        let fetched_ms = entry.fetched_at().timestamp_millis();
        let report = match entry.lookup() {
            Lookup::Found(report) => report,
            Lookup::NotFound => {
                let hash = entry.hashes().next();
                let hash =
                    hash.ok_or_else(|| Error::Other("an answer about nothing".to_owned()))?;
                return Ok(Self::NotFound { hash, fetched_ms });
            }
        };
        let failed = |error: &dyn std::error::Error| Error::Other(error.to_string());
        let body = report.raw().map(|body| codec::pack(body)).transpose();
        Ok(Self::Found {
            hashes: report.hashes(),
            summary: codec::encode(&report).map_err(|error| failed(&error))?,
            body: body.map_err(|error| failed(&error))?,
            fetched_ms,
        })
    }
}

/// Writes entries, each statement prepared once.
pub(super) struct Keeper<'a> {
    lookup: CachedStatement<'a>,
    select_object: CachedStatement<'a>,
    object: CachedStatement<'a>,
    body: CachedStatement<'a>,
    no_lookup: CachedStatement<'a>,
    no_body: CachedStatement<'a>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self, Error> {
        let prepare = |sql| connection.prepare_cached(sql);
        Ok(Self {
            lookup: prepare(
                "REPLACE INTO lookup (key, digest, object, fetched_ms, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            select_object: prepare(SELECT_OBJECT)?,
            object: prepare(
                "REPLACE INTO object (key, summary, hidden, fetched_ms, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            body: prepare("REPLACE INTO body (key, body, checksum) VALUES (?1, ?2, ?3)")?,
            no_lookup: prepare("DELETE FROM lookup WHERE key = ?1")?,
            no_body: prepare("DELETE FROM body WHERE key = ?1")?,
        })
    }

    pub(super) fn keep(&mut self, row: &Row) -> Result<(), Error> {
        match row {
            Row::NotFound { hash, fetched_ms } => {
                if hash.kind() == HashKind::Sha256 {
                    self.hide(key(hash))?;
                }
                self.point(hash, None, *fetched_ms)
            }
            Row::Found {
                hashes: [md5, sha1, sha256],
                summary,
                body,
                fetched_ms,
            } => {
                let key = key(sha256);
                self.keep_object(key, summary, false, *fetched_ms)?;
                match body {
                    Some(body) => {
                        let sum = checksum::of(&[&key.to_le_bytes(), body]);
                        self.body.execute((key, body, sum))?;
                    }
                    None => drop(self.no_body.execute([key])?),
                }
                // An object is found by its SHA-256 without a pointer; one
                // that says "not found" is over.
                self.no_lookup.execute([key])?;
                self.point(md5, Some(key), *fetched_ms)?;
                self.point(sha1, Some(key), *fetched_ms)
            }
        }
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

    /// Lets an object be found by its other digests only.
    fn hide(&mut self, key: i64) -> Result<(), Error> {
        let copy = |summary: &[u8], _, fetched_ms| (summary.to_vec(), fetched_ms);
        let Some((summary, fetched_ms)) = look_at(&mut self.select_object, key, copy)? else {
            return Ok(());
        };
        self.keep_object(key, &summary, true, fetched_ms)
    }

    fn point(
        &mut self,
        hash: &FileHash,
        object: Option<i64>,
        fetched_ms: i64,
    ) -> Result<(), Error> {
        let digest = hash.as_bytes();
        let sum = lookup_checksum(digest, object, fetched_ms);
        self.lookup
            .execute((key(hash), digest, object, fetched_ms, sum))?;
        Ok(())
    }
}
