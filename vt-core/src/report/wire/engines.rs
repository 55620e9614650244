//! What the engines said, of which there is the most to read.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Text, borrowed,
    fields::{Fields, fields},
};
use crate::report::{Category, EngineResult, Engines};

/// The engines that can be read.
pub(super) fn engines(raw: Option<&RawValue>) -> Engines {
    let Some(raw) = raw else {
        return Engines::new();
    };
    // All of them in one go, or each on its own if one is not as it should be.
    let all = serde_json::from_str(raw.get()).map(|EngineMap::<Whole<'_>>(all, _)| all);
    let each = || serde_json::from_str(raw.get()).map(|EngineMap::<Pieces<'_>>(all, _)| all);
    all.or_else(|_| each()).unwrap_or_default()
}

/// An engine, if it can be read.
trait Engine<'a>: Deserialize<'a> {
    /// Its own name, its category and its result.
    fn said(self) -> Option<[Option<Cow<'a, str>>; 3]>;
}

#[derive(Deserialize)]
struct Whole<'a>(#[serde(borrow)] Fields<Said<Text<'a>>>);

#[derive(Deserialize)]
struct Pieces<'a>(#[serde(borrow)] &'a RawValue);

#[derive(Deserialize)]
struct Said<T> {
    engine_name: Option<T>,
    category: Option<T>,
    result: Option<T>,
}

impl<'a> Engine<'a> for Whole<'a> {
    fn said(self) -> Option<[Option<Cow<'a, str>>; 3]> {
        let Fields(said) = self.0;
        let texts = [said.engine_name, said.category, said.result];
        Some(texts.map(|text| text.and_then(Text::cut)))
    }
}

impl<'a> Engine<'a> for Pieces<'a> {
    fn said(self) -> Option<[Option<Cow<'a, str>>; 3]> {
        let said: Said<&RawValue> = fields(self.0.get()).ok()?;
        Some([said.engine_name, said.category, said.result].map(borrowed))
    }
}

/// The engines in VirusTotal's order, which a map would lose.
struct EngineMap<E>(Engines, PhantomData<E>);

impl<'de, E: Engine<'de>> Deserialize<'de> for EngineMap<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnginesVisitor(PhantomData))
    }
}

struct EnginesVisitor<E>(PhantomData<E>);

impl<'de, E: Engine<'de>> Visitor<'de> for EnginesVisitor<E> {
    type Value = EngineMap<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of engines")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EngineMap<E>, A::Error> {
        let mut engines = Engines::new();
        while let Some((Text(key), engine)) = map.next_entry::<Text<'_>, E>()? {
            let Some([name, Some(category), result]) = engine.said() else {
                continue;
            };
            let mut said = EngineResult::new(&key, Category::from(&*category));
            said.name = name.as_deref().filter(|name| *name != key);
            said.result = result.as_deref();
            engines.push(said);
        }
        Ok(EngineMap(engines, PhantomData))
    }
}
