//! Which columns a terminal has room for, and how wide they are.

use std::iter;

use unicode_width::UnicodeWidthStr;

use crate::{
    escape::display_safe_within,
    report::{Report, iso},
    row::Row,
};

/// What a column shows of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Hash,
    Opinion(String),
    Hits,
    ScanDate,
    /// The scan date without its time of day.
    ScanDay,
    Status,
    ThreatLabel,
    Name,
    Type,
    Size,
    FetchedAt,
    Source,
}

impl Shown {
    /// The columns that may be left out, the dearest first.
    const EXTRA: [Self; 6] = [
        Self::ThreatLabel,
        Self::Name,
        Self::FetchedAt,
        Self::Source,
        Self::Type,
        Self::Size,
    ];

    /// The text of a cell: one line, safe to show, never longer than it helps.
    pub(super) fn text(&self, row: &Row) -> String {
        let or_empty = |text: Option<&str>, columns| {
            display_safe_within(text.unwrap_or_default(), columns).into_owned()
        };
        match self {
            Self::Hash => row.hash.to_string(),
            Self::Opinion(engine) => {
                let opinion = row.opinion(engine);
                or_empty(opinion.and_then(|opinion| opinion.text.as_deref()), 60)
            }
            Self::Hits => hits(row),
            Self::ScanDate => row.scan_date.map(iso).unwrap_or_default(),
            Self::ScanDay => {
                let day = row
                    .scan_date
                    .map(|date| date.format("%Y-%m-%d").to_string());
                day.unwrap_or_default()
            }
            Self::Status => row.status.in_words().to_owned(),
            Self::ThreatLabel => or_empty(row.threat_label.as_deref(), 40),
            Self::Name => or_empty(row.name.as_deref(), 40),
            Self::Type => or_empty(row.file_type.as_deref(), 24),
            Self::Size => row.size.map(|size| size.to_string()).unwrap_or_default(),
            Self::FetchedAt => row.fetched_at.map(iso).unwrap_or_default(),
            Self::Source => row.source.map(|s| s.to_string()).unwrap_or_default(),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Hash => "hash",
            Self::Opinion(engine) => return display_safe_within(engine, 20).into_owned(),
            Self::Hits => "hits",
            Self::ScanDate | Self::ScanDay => "scan date",
            Self::Status => "status",
            Self::ThreatLabel => "threat label",
            Self::Name => "name",
            Self::Type => "type",
            Self::Size => "size",
            Self::FetchedAt => "fetched at",
            Self::Source => "source",
        }
        .to_owned()
    }
}

fn hits(row: &Row) -> String {
    match (row.detections, row.total) {
        (Some(detections), Some(total)) => format!("{detections}/{total}"),
        _ => String::new(),
    }
}

/// A column and its width, padding aside.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) shown: Shown,
    pub(super) title: String,
    pub(super) width: usize,
}

impl Column {
    /// A column wide enough for its title and for each text, or none if it
    /// has no text to show.
    fn of(shown: Shown, rows: &[Row]) -> Option<Self> {
        let widest = rows.iter().map(|row| shown.text(row).width()).max();
        let widest = widest.filter(|width| *width > 0)?;
        Some(Self::at_least(shown, widest))
    }

    fn at_least(shown: Shown, width: usize) -> Self {
        let title = shown.title();
        Self {
            // A table has no column of no width, be the engine named by nothing.
            width: width.max(title.width()).max(1),
            title,
            shown,
        }
    }

    /// With a space on either side.
    const fn padded(&self) -> usize {
        self.width + 2
    }

    fn squeezed(&self, squeeze: &Squeeze) -> Self {
        let mut column = self.clone();
        match column.shown {
            Shown::Hash => column.width = column.width.min(squeeze.hash),
            Shown::Opinion(_) => column.width = column.width.min(squeeze.opinion),
            Shown::ScanDate if !squeeze.time_of_day => {
                let day = column.width.saturating_sub("T00:00:00Z".len());
                column = Self::at_least(Shown::ScanDay, day);
            }
            _ => {}
        }
        column
    }
}

/// How far the columns that are always there give way.
struct Squeeze {
    hash: usize,
    opinion: usize,
    time_of_day: bool,
}

/// From ample to scarcely readable. A hash gives way last, and in halves, so
/// that an MD5 stays whole as long as it can.
const SQUEEZES: [Squeeze; 7] = [
    squeeze(64, 60, true),
    squeeze(64, 40, false),
    squeeze(64, 20, false),
    squeeze(32, 40, false),
    squeeze(32, 20, false),
    squeeze(32, 14, false),
    squeeze(16, 14, false),
];

const fn squeeze(hash: usize, opinion: usize, time_of_day: bool) -> Squeeze {
    Squeeze {
        hash,
        opinion,
        time_of_day,
    }
}

/// The columns of a table, in order.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    /// Titles of the columns that have something to say and no room.
    pub(super) left_out: Vec<String>,
}

impl Layout {
    /// The widest layout that fits, or none if no table does.
    pub(super) fn fit(report: &Report, width: Option<u16>) -> Option<Self> {
        let limit = width.map_or(usize::MAX, usize::from);
        let essential = essential(report);
        let mut columns = SQUEEZES
            .iter()
            .map(|squeeze| essential.iter().map(|column| column.squeezed(squeeze)))
            .map(Iterator::collect::<Vec<_>>)
            .find(|columns| total(columns) <= limit)?;
        let mut left_out = Vec::new();
        let extra = Shown::EXTRA.into_iter();
        for column in extra.filter_map(|shown| Column::of(shown, &report.rows)) {
            if total(&columns) + column.padded() <= limit {
                columns.push(column);
            } else {
                left_out.push(column.title);
            }
        }
        Some(Self { columns, left_out })
    }
}

/// The columns that every table has, be they empty.
fn essential(report: &Report) -> Vec<Column> {
    let opinions = report.engines.iter().cloned().map(Shown::Opinion);
    iter::once(Shown::Hash)
        .chain(opinions)
        .chain([Shown::Hits, Shown::ScanDate, Shown::Status])
        .map(|shown| {
            let column = Column::of(shown.clone(), &report.rows);
            column.unwrap_or_else(|| Column::at_least(shown, 0))
        })
        .collect()
}

fn total(columns: &[Column]) -> usize {
    columns.iter().map(Column::padded).sum()
}
