//! What the engines said, where something odd stands between it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Text, borrowed, fields::fields};
use crate::report::{Category, EngineResult, Engines};

/// The engines that can be read, each on its own.
pub(super) fn engines(raw: Option<&RawValue>) -> Engines {
    let read = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    read.map(|EngineMap(engines)| engines).unwrap_or_default()
}

/// Adds what an engine said: its own name, its category and its result.
pub(super) fn push(engines: &mut Engines, key: &str, said: &[Option<Cow<'_, str>>; 3]) {
    let [name, category, result] = said.each_ref().map(Option::as_deref);
    let Some(category) = category else {
        return;
    };
    let mut engine = EngineResult::new(key, Category::from(category));
    engine.name = name.filter(|name| *name != key);
    engine.result = result;
    engines.push(engine);
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    engine_name: Option<&'a RawValue>,
    #[serde(borrow)]
    category: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

/// The engines in VirusTotal's order, which a map would lose.
struct EngineMap(Engines);

impl<'de> Deserialize<'de> for EngineMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnginesVisitor)
    }
}

struct EnginesVisitor;

impl<'de> Visitor<'de> for EnginesVisitor {
    type Value = EngineMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of engines")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EngineMap, A::Error> {
        let mut engines = Engines::new();
        while let Some((Text(key), engine)) = map.next_entry::<Text<'_>, &RawValue>()? {
            if let Ok(said) = fields::<Said<'_>>(engine.get()) {
                let said = [said.engine_name, said.category, said.result].map(borrowed);
                push(&mut engines, &key, &said);
            }
        }
        Ok(EngineMap(engines))
    }
}
