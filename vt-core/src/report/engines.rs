//! What all engines said, in two pieces of memory.

use std::fmt;

use super::{Category, EngineResult};

mod known;

/// What the engines said of one file, in VirusTotal's order.
///
/// There are seventy of them, and most say what they always say: each takes two
/// bytes, and the names of malware stand in one text.
///
/// # Examples
///
/// ```
/// use vt_core::report::{Category, EngineResult, Engines};
///
/// let mut result = EngineResult::new("Fortinet", Category::Malicious);
/// result.result = Some("W32/Bad!tr");
/// let engines: Engines = [result, EngineResult::new("ClamAV", Category::Undetected)]
///     .into_iter()
///     .collect();
/// assert_eq!(engines.len(), 2);
/// assert_eq!(engines.get("fortinet"), Some(result));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Engines {
    codes: Vec<[u8; 2]>,
    // `others` of `from_parts`, and then `results`, of which there are more.
    texts: String,
    results_at: usize,
}

/// The code of an engine that does not fit into two bytes.
const OTHER: [u8; 2] = [0xff, 0];
const HAS_RESULT: u8 = 0x80;

/// Stands before the length of a text that is this long or longer.
const LONG: u8 = 0x7f;
/// How many groups of seven bits such a length has.
const LONG_DIGITS: usize = 9;

/// Stand before what may be missing.
const MISSING: char = '\0';
const THERE: char = '\x01';

impl Engines {
    /// No engines.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            codes: Vec::new(),
            texts: String::new(),
            results_at: 0,
        }
    }

    /// How many engines there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// What each engine said, in VirusTotal's order.
    #[must_use]
    pub fn iter(&self) -> EngineIter<'_> {
        let (_, results, others) = self.as_parts();
        EngineIter {
            codes: self.codes.iter(),
            results: Texts(results),
            others: Texts(others),
        }
    }

    /// What one engine said. Engines are found by VirusTotal's key for them,
    /// then by the engine's own name, whatever the case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EngineResult<'_>> {
        let is_it = |own: &str| own.eq_ignore_ascii_case(name);
        let by_key = self.iter().find(|engine| is_it(engine.key));
        by_key.or_else(|| self.iter().find(|engine| engine.name.is_some_and(is_it)))
    }

    /// Adds what one more engine said.
    pub fn push(&mut self, engine: EngineResult<'_>) {
        let Some([number, category]) = code(&engine) else {
            self.codes.push(OTHER);
            let results = self.texts.split_off(self.results_at);
            let others = &mut self.texts;
            push_text(others, engine.key);
            push_optional(others, engine.name);
            push_text(others, engine.category.as_str());
            push_optional(others, engine.result);
            self.results_at = others.len();
            others.push_str(&results);
            return;
        };
        let mut code = [number, category];
        if let Some(result) = engine.result {
            code[1] |= HAS_RESULT;
            push_text(&mut self.texts, result);
        }
        self.codes.push(code);
    }

    /// The engines as they are in memory, for a store to keep:
    /// [`from_parts`](Self::from_parts) takes them back.
    #[must_use]
    pub fn as_parts(&self) -> (&[u8], &str, &str) {
        let (others, results) = self.texts.split_at(self.results_at);
        (self.codes.as_flattened(), results, others)
    }

    /// The engines of which these are the parts, if they are any's.
    ///
    /// `codes` has two bytes for each engine: its number in the list of those
    /// that are known by now, which only ever grows, and its place in
    /// [`Category::KNOWN`], with 128 if it has a result. The results stand in
    /// `results`, each after its length: a character below 127, or character
    /// 127 and nine more of seven bits each, the highest first. An engine that
    /// does not fit, because its key or its category is unknown or it has a name
    /// of its own, is 255 and 0, and stands in `others`: key, name, category and
    /// result, of which name and result follow character 1 if they are there,
    /// and are character 0 if not.
    #[must_use]
    pub fn from_parts(codes: &[u8], results: &str, others: &str) -> Option<Self> {
        let (codes, []) = codes.as_chunks() else {
            return None;
        };
        // Without a branch for each.
        let counts = codes
            .iter()
            .fold((true, 0, 0), |(all, results, others), code| {
                let is_known = usize::from(code[0]) < known::COUNT && code[1] & !HAS_RESULT < 8;
                let is_other = *code == OTHER;
                let has_result = is_known & (code[1] & HAS_RESULT != 0);
                (
                    all & (is_known | is_other),
                    results + usize::from(has_result),
                    others + usize::from(is_other),
                )
            });
        let (true, result_count, other_count) = counts else {
            return None;
        };
        Texts(results).skip(result_count)?;
        let mut rest = Texts(others);
        for _ in 0..other_count {
            // What fits has one form.
            code(&rest.other()?).is_none().then_some(())?;
        }
        rest.0.is_empty().then(|| Self {
            codes: codes.to_vec(),
            texts: [others, results].concat(),
            results_at: others.len(),
        })
    }
}

/// The two bytes of an engine that fits into them, less that it has a result.
fn code(engine: &EngineResult<'_>) -> Option<[u8; 2]> {
    if engine.name.is_some() {
        return None;
    }
    let category = Category::from(engine.category.as_str());
    let place = Category::KNOWN
        .iter()
        .position(|known| *known == category)?;
    Some([known::number(engine.key)?, u8::try_from(place).ok()?])
}

fn push_optional(texts: &mut String, text: Option<&str>) {
    match text {
        Some(text) => {
            texts.push(THERE);
            push_text(texts, text);
        }
        None => texts.push(MISSING),
    }
}

fn push_text(texts: &mut String, text: &str) {
    let length = text.len();
    texts.reserve(length + 1);
    match u8::try_from(length) {
        Ok(length) if length < LONG => texts.push(char::from(length)),
        _ => {
            texts.push(char::from(LONG));
            let digit = |place: usize| char::from((length >> (place * 7)) as u8 & 0x7f);
            texts.extend((0..LONG_DIGITS).rev().map(digit));
        }
    }
    texts.push_str(text);
}

/// Texts that are still to be read, each after its length.
#[derive(Clone, Debug)]
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (head, end) = extent(self.0.as_bytes(), 0)?;
        let text = self.0.get(head..end)?;
        self.0 = &self.0[end..];
        Some(text)
    }

    fn optional(&mut self) -> Option<Option<&'a str>> {
        if let Some(rest) = self.0.strip_prefix(MISSING) {
            self.0 = rest;
            return Some(None);
        }
        self.0 = self.0.strip_prefix(THERE)?;
        self.next().map(Some)
    }

    fn other(&mut self) -> Option<EngineResult<'a>> {
        Some(EngineResult {
            key: self.next()?,
            name: self.optional()?,
            category: self.next()?.into(),
            result: self.optional()?,
        })
    }

    /// Leaves out so many, if there are no more than these. A length is a
    /// character, so that none can begin within another.
    fn skip(self, count: usize) -> Option<()> {
        let bytes = self.0.as_bytes();
        let mut at = 0;
        for _ in 0..count {
            (_, at) = extent(bytes, at)?;
        }
        (at == bytes.len()).then_some(())
    }
}

/// Where the text whose length stands at `at` begins and ends.
fn extent(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (begin, length) = match *bytes.get(at)? {
        short @ ..LONG => (at + 1, usize::from(short)),
        LONG => {
            let digits = bytes.get(at + 1..=at + LONG_DIGITS)?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                let high = length.checked_mul(0x80)?;
                (*digit < 0x80).then(|| high | usize::from(*digit))
            })?;
            // One text has one length.
            (length >= usize::from(LONG)).then_some((at + 1 + LONG_DIGITS, length))?
        }
        _ => return None,
    };
    Some((begin, begin.checked_add(length)?))
}

impl<'a> FromIterator<EngineResult<'a>> for Engines {
    fn from_iter<T: IntoIterator<Item = EngineResult<'a>>>(engines: T) -> Self {
        let mut all = Self::new();
        engines.into_iter().for_each(|engine| all.push(engine));
        all
    }
}

impl<'a> IntoIterator for &'a Engines {
    type Item = EngineResult<'a>;
    type IntoIter = EngineIter<'a>;

    fn into_iter(self) -> EngineIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// What each engine said: made by [`Engines::iter`].
#[derive(Clone, Debug)]
pub struct EngineIter<'a> {
    codes: std::slice::Iter<'a, [u8; 2]>,
    results: Texts<'a>,
    others: Texts<'a>,
}

impl<'a> Iterator for EngineIter<'a> {
    type Item = EngineResult<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // Whatever was pushed or taken back can be read.
        let code = *self.codes.next()?;
        if code == OTHER {
            return self.others.other();
        }
        let [number, category] = code;
        let place = usize::from(category & !HAS_RESULT);
        let mut engine = EngineResult::new(known::name(number)?, *Category::KNOWN.get(place)?);
        if category & HAS_RESULT != 0 {
            engine.result = Some(self.results.next()?);
        }
        Some(engine)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.codes.size_hint()
    }
}

impl ExactSizeIterator for EngineIter<'_> {}

#[cfg(test)]
mod tests;
