//! Reading entries.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection};
use vt_core::{
    cache::{Detail, Entry},
    hash::{FileHash, HashKind},
    report::FileReport,
};

use super::{key, lookup_checksum, object_checksum, time};
use crate::{Error, body::Unpacker, checksum, codec};

/// Reads entries, each statement prepared once.
pub(crate) struct Finder<'a> {
    lookup: CachedStatement<'a>,
    object: CachedStatement<'a>,
    body: CachedStatement<'a>,
    unpacker: Unpacker,
    detail: Detail,
}

/// A row of the table `lookup` that is about the hash asked for.
enum Pointer {
    Object(i64),
    NotFound(Entry),
}

impl<'a> Finder<'a> {
    pub(crate) fn new(connection: &'a Connection, detail: Detail) -> Result<Self, Error> {
        let prepare = |sql| connection.prepare_cached(sql);
        Ok(Self {
            lookup: prepare(SELECT_LOOKUP)?,
            object: prepare(SELECT_OBJECT)?,
            body: prepare("SELECT body, checksum FROM body WHERE key = ?1")?,
            unpacker: Unpacker::default(),
            detail,
        })
    }

    /// One answer for each hash, in their order. The file is read in the
    /// order of its keys, which is several times quicker.
    pub(crate) fn find_all(&mut self, hashes: &[FileHash]) -> Result<Vec<Option<Entry>>, Error> {
        let mut found = vec![None; hashes.len()];
        let (mut objects, mut pointers) = (Vec::with_capacity(hashes.len()), Vec::new());
        for (at, hash) in hashes.iter().enumerate() {
            let places = match hash.kind() {
                HashKind::Sha256 => &mut objects,
                _ => &mut pointers,
            };
            places.push((key(hash), at));
        }
        pointers.sort_unstable();
        for (key, at) in pointers.drain(..) {
            match self.pointer(key, &hashes[at])? {
                Some(Pointer::Object(object)) => objects.push((object, at)),
                Some(Pointer::NotFound(entry)) => found[at] = Some(entry),
                None => {}
            }
        }
        objects.sort_unstable();
        // Several digests of one file are one object.
        let mut last: Option<(i64, Option<Object>)> = None;
        for (key, at) in objects {
            let object = match last.take() {
                Some((last, object)) if last == key => object,
                _ => self.object(key)?,
            };
            let hash = &hashes[at];
            found[at] = object.as_ref().and_then(|object| object.answer(hash));
            last = Some((key, object));
            // That VirusTotal does not know a SHA-256 stands in `lookup`, and
            // then there is no object that says something else.
            if found[at].is_none() && hash.kind() == HashKind::Sha256 {
                pointers.push((key, at));
            }
        }
        for (key, at) in pointers {
            if let Some(Pointer::NotFound(entry)) = self.pointer(key, &hashes[at])? {
                found[at] = Some(entry);
            }
        }
        Ok(found)
    }

    fn pointer(&mut self, key: i64, hash: &FileHash) -> Result<Option<Pointer>, Error> {
        look_up(&mut self.lookup, key, hash, |object, fetched_ms| {
            let not_found = |at| Pointer::NotFound(Entry::not_found(*hash, at));
            let not_found = || time(fetched_ms).map(not_found);
            object.map(Pointer::Object).or_else(not_found)
        })
        .map(Option::flatten)
    }

    /// The object with a key, if it is whole.
    pub(crate) fn object(&mut self, key: i64) -> Result<Option<Object>, Error> {
        let decode = |summary: &[u8], hidden, fetched_ms| {
            Some((codec::decode(summary)?, hidden, time(fetched_ms)?))
        };
        let whole = look_at(&mut self.object, key, decode)?.flatten();
        let Some((mut report, hidden, fetched_at)) = whole else {
            return Ok(None);
        };
        if self.detail == Detail::Full {
            let Some(body) = self.body(key)? else {
                return Ok(None);
            };
            // Read again from the body: it has what a summary may lack.
            let Ok(full) = FileReport::from_json(body) else {
                return Ok(None);
            };
            if full.sha256 != report.sha256 {
                return Ok(None);
            }
            report = full;
        }
        Ok(Some(Object {
            entry: Entry::found(Arc::new(report), fetched_at),
            hidden,
        }))
    }

    fn body(&mut self, key: i64) -> Result<Option<bytes::Bytes>, Error> {
        let mut rows = self.body.query([key])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let body = row.get_ref(0)?.as_blob().unwrap_or_default();
        if row.get(1) != Ok(checksum::of(&[&key.to_le_bytes(), body])) {
            return Ok(None);
        }
        Ok(self.unpacker.unpack(body))
    }
}

/// A file's report, and whether its SHA-256 finds it.
pub(crate) struct Object {
    pub(crate) entry: Entry,
    hidden: bool,
}

impl Object {
    /// The answer to a question about `hash`, if this is one.
    fn answer(&self, hash: &FileHash) -> Option<Entry> {
        let is_hidden = self.hidden && hash.kind() == HashKind::Sha256;
        let is_asked = self.entry.hashes().any(|own| own == *hash);
        (is_asked && !is_hidden).then(|| self.entry.clone())
    }
}

pub(super) const SELECT_LOOKUP: &str =
    "SELECT digest, object, fetched_ms, checksum FROM lookup WHERE key = ?1";

/// Looks at a row of the table `lookup` that is about this hash and not damaged:
/// at the object it leads to, if there is one, and when it was fetched.
pub(super) fn look_up<T>(
    select: &mut CachedStatement<'_>,
    key: i64,
    hash: &FileHash,
    look: impl FnOnce(Option<i64>, i64) -> T,
) -> Result<Option<T>, Error> {
    let mut rows = select.query([key])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let digest = row.get_ref(0)?.as_blob().unwrap_or_default();
    let object: Option<i64> = row.get(1).unwrap_or_default();
    let fetched_ms: i64 = row.get(2).unwrap_or_default();
    let is_whole = row.get(3) == Ok(lookup_checksum(digest, object, fetched_ms));
    Ok((is_whole && digest == hash.as_bytes()).then(|| look(object, fetched_ms)))
}

pub(super) const SELECT_OBJECT: &str =
    "SELECT summary, hidden, fetched_ms, checksum FROM object WHERE key = ?1";

/// Looks at a row of the table `object` that is not damaged: at its summary,
/// whether it is hidden, and when it was fetched.
pub(super) fn look_at<T>(
    select: &mut CachedStatement<'_>,
    key: i64,
    look: impl FnOnce(&[u8], bool, i64) -> T,
) -> Result<Option<T>, Error> {
    let mut rows = select.query([key])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let summary = row.get_ref(0)?.as_blob().unwrap_or_default();
    let hidden: i64 = row.get(1).unwrap_or_default();
    let fetched_ms: i64 = row.get(2).unwrap_or_default();
    let is_whole = row.get(3) == Ok(object_checksum(key, summary, hidden, fetched_ms));
    Ok(is_whole.then(|| look(summary, hidden != 0, fetched_ms)))
}
