//! Reports that were recorded elsewhere and are served again.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use serde_json::Value;

use crate::{digest::AskedHash, report};

/// A recorded file that is not served, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IgnoredReport {
    /// The file in the reports folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The folder of recorded reports, or a file in it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the recorded reports in {}; give a folder of JSON files", path.display())]
pub struct ReportsError {
    path: PathBuf,
    source: io::Error,
}

/// One recorded report.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) sha256: [u8; 32],
    pub(super) body: Bytes,
    pub(super) detected: bool,
}

/// Recorded reports by every digest that they name.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    all: Vec<Recording>,
    by_hash: HashMap<AskedHash, usize>,
    ignored: Vec<IgnoredReport>,
}

impl Recordings {
    /// Reads every `*.json` in a folder, by name; of two reports for one digest the first is served.
    pub(super) fn read_folder(&mut self, folder: &Path) -> Result<(), ReportsError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ReportsError { path, source }
        };
        let mut paths = fs::read_dir(folder)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .map_err(failed(folder))?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.sort();
        for path in paths {
            let text = fs::read(&path).map_err(failed(&path))?;
            if let Err(reason) = self.add(text) {
                self.ignored.push(IgnoredReport { path, reason });
            }
        }
        Ok(())
    }

    pub(super) fn find(&self, asked: AskedHash) -> Option<&Recording> {
        self.all.get(*self.by_hash.get(&asked)?)
    }

    pub(super) fn ignored(&self) -> &[IgnoredReport] {
        &self.ignored
    }

    fn add(&mut self, text: Vec<u8>) -> Result<(), String> {
        let json: Value =
            serde_json::from_slice(&text).map_err(|error| format!("no JSON: {error}"))?;
        let enveloped = json.get("data").is_some();
        let attributes = json
            .pointer(if enveloped {
                "/data/attributes"
            } else {
                "/attributes"
            })
            .ok_or("no attributes")?;
        let (sha256, hashes) = digests(attributes).ok_or("no sha256 among the attributes")?;
        if hashes.iter().any(|hash| self.by_hash.contains_key(hash)) {
            return Err("another file has one of its digests".to_owned());
        }
        let detected = attributes
            .pointer("/last_analysis_stats/malicious")
            .and_then(Value::as_u64)
            .is_some_and(|malicious| malicious > 0);
        let body = if enveloped {
            Bytes::from(text)
        } else {
            report::pretty(&serde_json::json!({ "data": json }))
        };
        for hash in hashes {
            self.by_hash.insert(hash, self.all.len());
        }
        self.all.push(Recording {
            sha256,
            body,
            detected,
        });
        Ok(())
    }
}

/// Returns the SHA-256, without which a file has no identity, and every digest that is there.
fn digests(attributes: &Value) -> Option<([u8; 32], Vec<AskedHash>)> {
    let read = |name| AskedHash::parse(attributes.get(name)?.as_str()?);
    let hashes = ["md5", "sha1", "sha256"].map(read);
    let [_, _, Some(AskedHash::Sha256(sha256))] = hashes else {
        return None;
    };
    Some((sha256, hashes.into_iter().flatten().collect()))
}
