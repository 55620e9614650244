//! Reports that are full of hostile text, in every format.

use chrono::{DateTime, Utc};
use vt_core::{
    hash::FileHash,
    report::{Category, EngineResult, FileReport, Lookup, Stats},
    scan::{Answer, Error, Outcome, Source},
};
use vt_report::{Format, Report, Row, WriteOptions};

pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod table;

/// Separates the texts in an input. It occurs in no UTF-8.
const SEPARATOR: u8 = 0xff;

/// What a report is made of.
pub(crate) struct Material {
    texts: Vec<String>,
    numbers: [u8; 8],
}

impl Material {
    /// The first eight bytes of the last piece, if that has as many, are numbers;
    /// all else is text.
    pub(crate) fn new(input: &[u8]) -> Self {
        let mut pieces: Vec<_> = input.split(|byte| *byte == SEPARATOR).take(12).collect();
        let mut numbers = [0; 8];
        if let [.., _, last] = pieces[..]
            && let Some(first) = last.first_chunk()
        {
            numbers = *first;
            pieces.pop();
        }
        let texts = pieces
            .iter()
            .map(|piece| String::from_utf8_lossy(piece).into_owned());
        Self {
            texts: texts.collect(),
            numbers,
        }
    }

    /// The same with nothing in it that could do harm.
    pub(crate) fn harmless(&self) -> Self {
        let plain = |text: &String| if text.is_empty() { "" } else { "x" }.to_owned();
        Self {
            texts: self.texts.iter().map(plain).collect(),
            numbers: self.numbers,
        }
    }

    /// The text for a place; there is always one.
    pub(crate) fn text(&self, place: usize) -> &str {
        &self.texts[place % self.texts.len()]
    }

    pub(crate) fn number(&self, place: usize) -> u8 {
        self.numbers[place % self.numbers.len()]
    }

    /// A report with a row of every kind and a text in every place.
    pub(crate) fn report(&self) -> Report {
        let engines = self.engines();
        let outcomes = [
            self.found(1, Source::VirusTotal),
            self.found(2, Source::Cache),
            failed(3, Error::Internal(self.text(9).into())),
            failed(
                4,
                Error::Pending {
                    eta: Some(self.time(3)),
                },
            ),
            self.answered(5, Lookup::NotFound, Source::Joined),
        ];
        let rows = outcomes.iter().map(|outcome| Row::new(outcome, &engines));
        let mut report = Report::new(self.time(4), engines.clone(), rows.collect());
        report.title = self.text(0).to_owned();
        report.requests = Some(self.number(5).into());
        report.skipped = Some(self.number(6).into());
        report
    }

    /// The engine that says something, and one that nobody knows.
    pub(crate) fn engines(&self) -> Vec<String> {
        let engine = self.text(1);
        vec![engine.to_owned(), format!("{engine} again")]
    }

    fn found(&self, file: u8, source: Source) -> Outcome {
        let [md5, sha1, sha256] = digests(file);
        let mut report = FileReport::new(md5, sha1, sha256);
        let category = match self.number(usize::from(file)) % 10 {
            known @ 0..8 => Category::KNOWN[usize::from(known)],
            _ => Category::Other(self.text(2)),
        };
        let mut engine = EngineResult::new(self.text(1), category);
        engine.result = Some(self.text(3));
        report.engines.push(engine);
        report.stats = Stats::count(&report.engines);
        report.scan_date = Some(self.time(0));
        report.meaningful_name = Some(self.text(4).into());
        report.names = vec![self.text(5).into()];
        report.type_description = Some(self.text(6).into());
        report.threat_label = Some(self.text(7).into());
        report.size = Some(1 << (self.number(0) % 64));
        if file == 2 {
            (report.meaningful_name, report.type_description) = (None, None);
            report.type_tag = Some(self.text(8).into());
        }
        self.answered(file, Lookup::Found(report.into()), source)
    }

    fn answered(&self, file: u8, lookup: Lookup, source: Source) -> Outcome {
        let fetched_at = self.time(2);
        Outcome {
            hash: digests(file)[usize::from(file % 3)],
            result: Ok(Answer {
                lookup,
                source,
                fetched_at,
            }),
        }
    }

    /// Mostly of this century, else of any year there is.
    fn time(&self, place: usize) -> DateTime<Utc> {
        let number = i64::from(self.number(place));
        let time = if number < 0xf0 {
            DateTime::from_timestamp(number << 24, 0)
        } else {
            DateTime::from_timestamp((number - 0xf8) << 40, 0)
        };
        time.unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// The report in a format, as text.
pub(crate) fn written(report: &Report, format: Format, options: &WriteOptions) -> String {
    let mut out = Vec::new();
    vt_report::write(report, format, options, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}

/// Whether a terminal would obey the character, or a reader could miss it.
/// Written apart from the crate's own list, so that the two check each other.
pub(crate) fn is_treacherous(c: char) -> bool {
    let marks = [
        '\u{61c}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}',
        '\u{feff}',
    ];
    let lines_and_directions = ('\u{2028}'..='\u{202e}').contains(&c);
    let isolates = ('\u{2066}'..='\u{2069}').contains(&c);
    let tags = ('\u{e0000}'..='\u{e007f}').contains(&c);
    let control = c != '\n' && c.is_control();
    control || marks.contains(&c) || lines_and_directions || isolates || tags
}

fn digests(file: u8) -> [FileHash; 3] {
    [
        FileHash::md5([file; 16]),
        FileHash::sha1([file; 20]),
        FileHash::sha256([file; 32]),
    ]
}

fn failed(file: u8, error: Error) -> Outcome {
    Outcome {
        hash: digests(file)[0],
        result: Err(error),
    }
}
