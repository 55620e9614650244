//! A report in which everything is as it should be, read in one go.
//!
//! That is every report but those with something odd in them, which are read
//! piece by piece.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::{Text, engines::push, of_kind, skipped::Skipped};
use crate::{
    hash::{FileHash, HashKind},
    report::{Category, CompactString, Engines, FileReport, ReportError, Stats},
};

/// The report, if there is nothing odd in this text; also that there is none.
///
/// A text that is read here is nested less than
/// [`DEEPEST`](super::depth::DEEPEST) deep: that is the parser's own limit, and
/// what nobody reads is read through as well.
pub(super) fn read(text: &str) -> Option<Result<FileReport, ReportError>> {
    let Object(top): Object<Top<'_>> = serde_json::from_str(text).ok()?;
    let attributes = match top.data.flatten() {
        Some(Object(data)) => data.attributes,
        None => top.attributes,
    };
    Some(match attributes.flatten() {
        Some(Object(attributes)) => attributes.into_report(),
        None => Err(ReportError::NoReport),
    })
}

/// A value that may be null, if it was there.
type Once<T> = Option<Option<T>>;

/// What is read field by field.
trait Fields<'de>: Default {
    /// Reads the value of a field.
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

fn once<'de, T, A>(field: &mut Once<T>, map: &mut A) -> Result<(), A::Error>
where
    T: Deserialize<'de>,
    A: MapAccess<'de>,
{
    if field.is_some() {
        return Err(A::Error::custom("a key stands in it twice"));
    }
    *field = Some(map.next_value()?);
    Ok(())
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value().map(|Skipped| ())
}

/// An object, and nothing but an object.
struct Object<T>(T);

impl<'de, T: Fields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<T>, A::Error> {
        let mut fields = T::default();
        while let Some(Text(key)) = map.next_key()? {
            fields.field(&key, &mut map)?;
        }
        Ok(Object(fields))
    }
}

#[derive(Default)]
struct Top<'a> {
    data: Once<Object<Data<'a>>>,
    attributes: Once<Object<Attributes<'a>>>,
}

impl<'de> Fields<'de> for Top<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "data" => once(&mut self.data, map),
            "attributes" => once(&mut self.attributes, map),
            _ => skip(map),
        }
    }
}

#[derive(Default)]
struct Data<'a> {
    attributes: Once<Object<Attributes<'a>>>,
}

impl<'de> Fields<'de> for Data<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "attributes" => once(&mut self.attributes, map),
            _ => skip(map),
        }
    }
}

#[derive(Default)]
struct Attributes<'a> {
    md5: Once<FileHash>,
    sha1: Once<FileHash>,
    sha256: Once<FileHash>,
    last_analysis_stats: Once<Object<Counts>>,
    last_analysis_results: Once<Object<Engines>>,
    last_analysis_date: Once<i64>,
    first_submission_date: Once<i64>,
    last_submission_date: Once<i64>,
    meaningful_name: Once<Text<'a>>,
    names: Once<Vec<Text<'a>>>,
    tags: Once<Vec<Text<'a>>>,
    type_description: Once<Text<'a>>,
    type_tag: Once<Text<'a>>,
    size: Once<u64>,
    popular_threat_classification: Once<Object<Threat<'a>>>,
    reputation: Once<i64>,
    times_submitted: Once<u64>,
}

impl<'de> Fields<'de> for Attributes<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "md5" => once(&mut self.md5, map),
            "sha1" => once(&mut self.sha1, map),
            "sha256" => once(&mut self.sha256, map),
            "last_analysis_stats" => once(&mut self.last_analysis_stats, map),
            "last_analysis_results" => once(&mut self.last_analysis_results, map),
            "last_analysis_date" => once(&mut self.last_analysis_date, map),
            "first_submission_date" => once(&mut self.first_submission_date, map),
            "last_submission_date" => once(&mut self.last_submission_date, map),
            "meaningful_name" => once(&mut self.meaningful_name, map),
            "names" => once(&mut self.names, map),
            "tags" => once(&mut self.tags, map),
            "type_description" => once(&mut self.type_description, map),
            "type_tag" => once(&mut self.type_tag, map),
            "size" => once(&mut self.size, map),
            "popular_threat_classification" => once(&mut self.popular_threat_classification, map),
            "reputation" => once(&mut self.reputation, map),
            "times_submitted" => once(&mut self.times_submitted, map),
            _ => skip(map),
        }
    }
}

impl Attributes<'_> {
    fn into_report(self) -> Result<FileReport, ReportError> {
        let md5 = of_kind(self.md5.flatten(), HashKind::Md5, "md5")?;
        let sha1 = of_kind(self.sha1.flatten(), HashKind::Sha1, "sha1")?;
        let sha256 = of_kind(self.sha256.flatten(), HashKind::Sha256, "sha256")?;
        let engines = self.last_analysis_results.flatten();
        let engines = engines.map(|Object(engines)| engines).unwrap_or_default();
        let stats = self.last_analysis_stats.flatten();
        let stats = stats.and_then(|Object(Counts(stats))| stats);
        let threat = self.popular_threat_classification.flatten();
        Ok(FileReport {
            stats: stats.unwrap_or_else(|| Stats::count(&engines)),
            engines,
            scan_date: date(self.last_analysis_date),
            first_submission: date(self.first_submission_date),
            last_submission: date(self.last_submission_date),
            meaningful_name: text(self.meaningful_name),
            names: texts(self.names),
            tags: texts(self.tags),
            type_description: text(self.type_description),
            type_tag: text(self.type_tag),
            size: self.size.flatten(),
            threat_label: threat.and_then(|Object(threat)| text(threat.label)),
            reputation: self.reputation.flatten(),
            times_submitted: self.times_submitted.flatten(),
            ..FileReport::new(md5, sha1, sha256)
        })
    }
}

fn date(seconds: Once<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds.flatten()?, 0)
}

fn text(text: Once<Text<'_>>) -> Option<CompactString> {
    Some(text.flatten()?.cut()?.into())
}

fn texts(texts: Once<Vec<Text<'_>>>) -> Vec<CompactString> {
    let texts = texts.flatten().unwrap_or_default().into_iter();
    texts.filter_map(|text| Some(text.cut()?.into())).collect()
}

#[derive(Default)]
struct Threat<'a> {
    label: Once<Text<'a>>,
}

impl<'de> Fields<'de> for Threat<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "suggested_threat_label" => once(&mut self.label, map),
            _ => skip(map),
        }
    }
}

/// None if none of the counts is known.
#[derive(Default)]
struct Counts(Option<Stats>);

impl<'de> Fields<'de> for Counts {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let category = Category::from(key);
        if matches!(category, Category::Other(_)) {
            return skip(map);
        }
        let count = map.next_value()?;
        if let Some(slot) = self.0.get_or_insert_default().of_mut(category) {
            *slot = count;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Said<'a> {
    engine_name: Once<Text<'a>>,
    category: Once<Text<'a>>,
    result: Once<Text<'a>>,
}

impl<'de> Fields<'de> for Said<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "engine_name" => once(&mut self.engine_name, map),
            "category" => once(&mut self.category, map),
            "result" => once(&mut self.result, map),
            _ => skip(map),
        }
    }
}

// In VirusTotal's order, which a map would lose.
impl<'de> Fields<'de> for Engines {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Object(said) = map.next_value::<Object<Said<'de>>>()?;
        let texts = [said.engine_name, said.category, said.result];
        let texts = texts.map(|text| text.flatten().and_then(Text::cut));
        push(self, key, &texts);
        Ok(())
    }
}
