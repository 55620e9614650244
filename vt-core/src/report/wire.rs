//! VirusTotal's JSON. Its shape is known here and nowhere else.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use self::{
    depth::{DEEPEST, is_deep},
    engines::engines,
    fields::{Fields, fields},
};
use super::{Allowance, Allowances, Category, FileReport, ReportError, Stats};
use crate::hash::{FileHash, HashKind};

mod answer;
mod depth;
mod engines;
mod fields;
mod skipped;
mod whole;

pub(super) use answer::write;

/// Longer strings are cut: names are chosen by whoever sent the file.
const LONGEST_TEXT: usize = 64 * 1024;

pub(super) fn parse(raw: Bytes) -> Result<FileReport, ReportError> {
    let text = str::from_utf8(&raw).map_err(|error| ReportError::NotJson {
        reason: error.to_string(),
    })?;
    let mut report = match whole::read(text) {
        Some(read) => read?,
        None => by_pieces(text)?,
    };
    report.raw = Some(raw);
    Ok(report)
}

/// Reads what has something odd in it, or says what is wrong.
fn by_pieces(text: &str) -> Result<FileReport, ReportError> {
    if is_deep(text) {
        return Err(ReportError::NotJson {
            reason: format!("it is nested more than {DEEPEST} deep"),
        });
    }
    let attributes = attributes(text)?;
    attributes.ok_or(ReportError::NoReport)?.into_report()
}

fn attributes(text: &str) -> Result<Option<Attributes<'_>>, ReportError> {
    let body: Body<'_> = fields(text).map_err(|error| not_json(&error))?;
    let envelope = match body.data {
        Some(data) => object(data)?,
        None => Object {
            attributes: body.attributes,
        },
    };
    envelope.attributes.map(object).transpose()
}

/// An object within a text that is JSON.
fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, ReportError> {
    fields(raw.get()).map_err(|_| match raw.get().starts_with('{') {
        // Which of the two is meant?
        true => ReportError::NotJson {
            reason: "a key stands in it twice".to_owned(),
        },
        false => ReportError::NoReport,
    })
}

/// What is wrong and where. The parser's own words may repeat the text.
fn not_json(error: &serde_json::Error) -> ReportError {
    let what = match error.classify() {
        serde_json::error::Category::Syntax => "a syntax error",
        serde_json::error::Category::Eof => "the end",
        serde_json::error::Category::Data | serde_json::error::Category::Io => "something else",
    };
    let (line, column) = (error.line(), error.column());
    ReportError::NotJson {
        reason: format!("{what} at line {line}, column {column}"),
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    // A report without its envelope: what VirusTotal's own clients save.
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

/// The attributes that are read, each as it stands: one of an unexpected type
/// must not cost the rest.
#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow)]
    md5: Option<&'a RawValue>,
    #[serde(borrow)]
    sha1: Option<&'a RawValue>,
    #[serde(borrow)]
    sha256: Option<&'a RawValue>,
    #[serde(borrow)]
    last_analysis_stats: Option<&'a RawValue>,
    #[serde(borrow)]
    last_analysis_results: Option<&'a RawValue>,
    #[serde(borrow)]
    last_analysis_date: Option<&'a RawValue>,
    #[serde(borrow)]
    first_submission_date: Option<&'a RawValue>,
    #[serde(borrow)]
    last_submission_date: Option<&'a RawValue>,
    #[serde(borrow)]
    meaningful_name: Option<&'a RawValue>,
    #[serde(borrow)]
    names: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    type_description: Option<&'a RawValue>,
    #[serde(borrow)]
    type_tag: Option<&'a RawValue>,
    #[serde(borrow)]
    size: Option<&'a RawValue>,
    #[serde(borrow)]
    popular_threat_classification: Option<&'a RawValue>,
    #[serde(borrow)]
    reputation: Option<&'a RawValue>,
    #[serde(borrow)]
    times_submitted: Option<&'a RawValue>,
}

impl Attributes<'_> {
    fn into_report(self) -> Result<FileReport, ReportError> {
        let md5 = digest(self.md5, HashKind::Md5, "md5")?;
        let sha1 = digest(self.sha1, HashKind::Sha1, "sha1")?;
        let sha256 = digest(self.sha256, HashKind::Sha256, "sha256")?;
        let engines = engines(self.last_analysis_results);
        Ok(FileReport {
            stats: stats(self.last_analysis_stats).unwrap_or_else(|| Stats::count(&engines)),
            engines,
            scan_date: date(self.last_analysis_date),
            first_submission: date(self.first_submission_date),
            last_submission: date(self.last_submission_date),
            meaningful_name: text(self.meaningful_name),
            names: texts(self.names),
            tags: texts(self.tags),
            type_description: text(self.type_description),
            type_tag: text(self.type_tag),
            size: read(self.size),
            threat_label: threat_label(self.popular_threat_classification),
            reputation: read(self.reputation),
            times_submitted: read(self.times_submitted),
            ..FileReport::new(md5, sha1, sha256)
        })
    }
}

/// The value if it is there and of the type asked for.
fn read<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

fn digest(
    raw: Option<&RawValue>,
    kind: HashKind,
    digest: &'static str,
) -> Result<FileHash, ReportError> {
    of_kind(read(raw), kind, digest)
}

fn of_kind(
    hash: Option<FileHash>,
    kind: HashKind,
    digest: &'static str,
) -> Result<FileHash, ReportError> {
    hash.filter(|hash| hash.kind() == kind)
        .ok_or(ReportError::NoDigest { digest })
}

fn date(raw: Option<&RawValue>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(read(raw)?, 0)
}

fn text(raw: Option<&RawValue>) -> Option<CompactString> {
    borrowed(raw).map(CompactString::from)
}

/// A text that is not empty, cut where it is too long. It is a piece of the
/// answer unless there are escapes in it.
fn borrowed(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let text: Text<'_> = serde_json::from_str(raw?.get()).ok()?;
    text.cut()
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Text<'a> {
    fn cut(self) -> Option<Cow<'a, str>> {
        let end = self.0.floor_char_boundary(LONGEST_TEXT);
        let text = match self.0 {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

fn texts(raw: Option<&RawValue>) -> Vec<CompactString> {
    let items: Vec<&RawValue> = raw
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| text(Some(item)))
        .collect()
}

fn threat_label(raw: Option<&RawValue>) -> Option<CompactString> {
    let fields: BTreeMap<Box<str>, &RawValue> = serde_json::from_str(raw?.get()).ok()?;
    text(fields.get("suggested_threat_label").copied())
}

/// The eight counts, or none if VirusTotal sent none that can be read.
fn stats(raw: Option<&RawValue>) -> Option<Stats> {
    let counts: BTreeMap<Box<str>, &RawValue> = serde_json::from_str(raw?.get()).ok()?;
    let mut stats = Stats::default();
    let mut any = false;
    for category in Category::KNOWN {
        let count = counts.get(category.as_str()).copied();
        if let (Some(slot), Some(count)) = (stats.of_mut(category), read(count)) {
            *slot = count;
            any = true;
        }
    }
    any.then_some(stats)
}

/// The code in VirusTotal's error object. Only what can be a code is taken:
/// the text goes into errors and logs.
pub(crate) fn error_code(body: &[u8]) -> Option<Box<str>> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Fields<Code>,
    }

    #[derive(Deserialize)]
    struct Code {
        code: Box<str>,
    }

    const LONGEST: usize = 64;
    // VirusTotal's codes are words, such as `NotFoundError`. With digits it
    // could be the key, which VirusTotal's texts have repeated.
    // Reports are large and have no error at their top.
    if body.len() > 4_096 {
        return None;
    }
    let Fields(refusal) = serde_json::from_slice::<Fields<Refusal>>(body).ok()?;
    let Fields(Code { code }) = refusal.error;
    let plain = code.len() <= LONGEST && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    (plain && !code.is_empty()).then_some(code)
}

pub(super) fn allowances(body: &[u8]) -> Result<Allowances, ReportError> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        data: Option<Fields<Quotas<'a>>>,
    }

    #[derive(Deserialize)]
    struct Quotas<'a> {
        #[serde(borrow)]
        api_requests_hourly: Option<&'a RawValue>,
        #[serde(borrow)]
        api_requests_daily: Option<&'a RawValue>,
        #[serde(borrow)]
        api_requests_monthly: Option<&'a RawValue>,
    }

    let Fields(body) =
        serde_json::from_slice::<Fields<Body<'_>>>(body).map_err(|error| not_json(&error))?;
    let Fields(quotas) = body.data.ok_or(ReportError::NoReport)?;
    Ok(Allowances {
        hourly: allowance(quotas.api_requests_hourly),
        daily: allowance(quotas.api_requests_daily),
        monthly: allowance(quotas.api_requests_monthly),
        server_time: None,
    })
}

/// The narrower of the user's and the group's allowance: that is the one
/// which runs out.
fn allowance(raw: Option<&RawValue>) -> Option<Allowance> {
    #[derive(Deserialize)]
    struct Scopes<'a> {
        #[serde(borrow)]
        user: Option<&'a RawValue>,
        #[serde(borrow)]
        group: Option<&'a RawValue>,
    }

    let scopes: Scopes<'_> = fields(raw?.get()).ok()?;
    let read = |raw: Option<&RawValue>| fields::<Allowance>(raw?.get()).ok();
    let group = read(scopes.group).map(|group| Allowance {
        is_shared: true,
        ..group
    });
    [read(scopes.user), group]
        .into_iter()
        .flatten()
        .min_by_key(|each| each.allowed.saturating_sub(each.used))
}

#[cfg(test)]
pub(super) mod tests;
