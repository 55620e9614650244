//! What each engine says of a made-up file.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::engines::{ENGINES, Engine, FORTINET};
use crate::profile::{Fortinet, Manner, Profile};

/// The verdicts of one analysis; written as an object keyed by engine.
#[derive(Debug, Default)]
pub(super) struct Verdicts(Vec<(&'static str, Verdict)>);

/// One value of `last_analysis_results`.
#[derive(Debug, Serialize)]
struct Verdict {
    method: &'static str,
    engine_name: &'static str,
    engine_version: Option<&'static str>,
    engine_update: Option<String>,
    category: Category,
    result: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Category {
    Malicious,
    Suspicious,
    Undetected,
    Timeout,
    ConfirmedTimeout,
    Failure,
    TypeUnsupported,
}

/// The counts of `last_analysis_stats`: always all eight.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Stats {
    pub(super) malicious: u64,
    suspicious: u64,
    undetected: u64,
    harmless: u64,
    timeout: u64,
    confirmed_timeout: u64,
    failure: u64,
    type_unsupported: u64,
}

/// How an engine spells its detections.
#[derive(Debug)]
pub(super) enum Style {
    /// `W32/Family.A1B2` and an ending.
    Slash(&'static str),
    /// `Trojan:Win32/Family!MTB`.
    Colon,
    /// `Trojan.Win32.Family.4711`.
    Dotted,
    /// `Trojan.GenericKD.4711`.
    Generic,
    /// `a variant of Win32/Family.A1`.
    Variant,
    /// A beginning, then the family and a number.
    Prefix(&'static str),
    /// A beginning, the family, an ending.
    Heuristic(&'static str, &'static str),
    /// The same words for every file.
    Fixed(&'static str),
    /// Never an opinion: the engine is for telephones.
    Unsupported,
}

impl Verdicts {
    /// Lets the first `count` engines of the list speak.
    pub(super) fn draw(
        profile: Profile,
        family: &str,
        count: usize,
        analysed: DateTime<Utc>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let eagerness = if profile.detected {
            0.15 + 0.7 * random.f64()
        } else {
            0.0
        };
        let mut verdicts = Vec::with_capacity(count);
        for engine in ENGINES.iter().take(count) {
            let drawn = draw_category(engine, eagerness, random);
            let number = random.u32(..);
            // Drawn for an absent engine too, so that the others say the same with and without it.
            let Some(category) = category_for(engine, profile, drawn) else {
                continue;
            };
            let result = matches!(category, Category::Malicious | Category::Suspicious)
                .then(|| detection_name(engine, profile, family, number));
            verdicts.push((engine.key, verdict(engine, category, result, analysed)));
        }
        Self(verdicts)
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for (_, verdict) in &self.0 {
            *match verdict.category {
                Category::Malicious => &mut stats.malicious,
                Category::Suspicious => &mut stats.suspicious,
                Category::Undetected => &mut stats.undetected,
                Category::Timeout => &mut stats.timeout,
                Category::ConfirmedTimeout => &mut stats.confirmed_timeout,
                Category::Failure => &mut stats.failure,
                Category::TypeUnsupported => &mut stats.type_unsupported,
            } += 1;
        }
        stats
    }
}

impl Serialize for Verdicts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, verdict) in &self.0 {
            map.serialize_entry(key, verdict)?;
        }
        map.end()
    }
}

fn draw_category(engine: &Engine, eagerness: f64, random: &mut fastrand::Rng) -> Category {
    let detects = random.f64() < eagerness;
    let mishap = random.u16(0..1000);
    match mishap {
        _ if matches!(engine.style, Style::Unsupported) => Category::TypeUnsupported,
        0..6 => Category::Timeout,
        6..8 => Category::ConfirmedTimeout,
        8..11 => Category::Failure,
        11..14 => Category::TypeUnsupported,
        14..24 if detects => Category::Suspicious,
        _ if detects => Category::Malicious,
        _ => Category::Undetected,
    }
}

/// Applies the rules that are fixed for a file; `None` leaves the engine out.
fn category_for(engine: &Engine, profile: Profile, drawn: Category) -> Option<Category> {
    // The first engine after Fortinet answers for the promise that a detected file has a detection.
    let vouches = engine.key == "Microsoft";
    match profile.fortinet {
        Fortinet::Absent if engine.key == FORTINET => None,
        Fortinet::TimedOut if engine.key == FORTINET => Some(Category::Timeout),
        Fortinet::Detects if engine.key == FORTINET => Some(Category::Malicious),
        _ if vouches && profile.detected => Some(Category::Malicious),
        _ => Some(drawn),
    }
}

fn verdict(
    engine: &'static Engine,
    category: Category,
    result: Option<String>,
    analysed: DateTime<Utc>,
) -> Verdict {
    let updated = |days| {
        (analysed - TimeDelta::days(days))
            .format("%Y%m%d")
            .to_string()
    };
    Verdict {
        method: "blacklist",
        engine_name: engine.name,
        engine_version: engine.version,
        engine_update: engine.update_age.map(updated),
        category,
        result,
    }
}

fn detection_name(engine: &Engine, profile: Profile, family: &str, number: u32) -> String {
    if profile.manner == Manner::Hostile && engine.key == FORTINET {
        return "=1+1|<b onclick=\"alert(1)\">\u{1b}[31m!tr".to_owned();
    }
    let (code, serial) = (number >> 16, number % 10_000);
    match engine.style {
        Style::Slash(ending) => format!("W32/{family}.{code:04X}{ending}"),
        Style::Colon => format!("Trojan:Win32/{family}!MTB"),
        Style::Dotted => format!("Trojan.Win32.{family}.{serial}"),
        Style::Generic => format!("Trojan.GenericKD.{number}"),
        Style::Variant => format!("a variant of Win32/{family}.{:02X}", code % 256),
        Style::Prefix(beginning) => format!("{beginning}{family}.{serial}"),
        Style::Heuristic(beginning, ending) => format!("{beginning}{family}{ending}"),
        Style::Fixed(words) => words.to_owned(),
        Style::Unsupported => String::new(),
    }
}
