//! Which rows of a report are shown, in which order, with which engines: what
//! stands behind the `?` of its address.

use std::fmt::Write;

use url::form_urlencoded;
use vt_report::{Row, Status};

/// How many engines can be shown at once.
const ENGINES: usize = 8;
const LONGEST_NAME: usize = 64;

/// Which rows are shown and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    pub(crate) is_descending: bool,
    /// From 1.
    pub(crate) page: usize,
    pub(crate) engines: Vec<String>,
    /// Whether somebody chose these engines.
    is_chosen: bool,
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Filter {
    #[default]
    All,
    Only(Status),
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// As in the input.
    #[default]
    Input,
    Hash,
    Detections,
    ScanDate,
    Status,
}

impl Filter {
    pub(crate) const TABS: [Self; 6] = [
        Self::All,
        Self::Only(Status::Detected),
        Self::Only(Status::Clean),
        Self::Only(Status::NotFound),
        Self::Only(Status::Pending),
        Self::Only(Status::Error),
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(status) => status.as_str(),
        }
    }

    fn parse(name: &str) -> Self {
        let tab = Self::TABS.into_iter().find(|tab| tab.name() == name);
        tab.unwrap_or_default()
    }

    pub(crate) fn accepts(self, status: Status) -> bool {
        match self {
            Self::All => true,
            Self::Only(wanted) => wanted == status,
        }
    }
}

impl Sort {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Hash, "hash"),
        (Self::Detections, "detections"),
        (Self::ScanDate, "scan_date"),
        (Self::Status, "status"),
    ];

    pub(crate) fn name(self) -> Option<&'static str> {
        let found = Self::NAMES.into_iter().find(|(sort, _)| *sort == self);
        found.map(|(_, name)| name)
    }

    fn parse(name: &str) -> Self {
        let found = Self::NAMES.into_iter().find(|(_, known)| *known == name);
        found.map_or(Self::Input, |(sort, _)| sort)
    }
}

impl Selection {
    /// What a query asks for; what it says wrong is passed over.
    pub(crate) fn parse(query: Option<&str>, engines: &[String]) -> Self {
        let mut selection = Self {
            filter: Filter::All,
            sort: Sort::Input,
            is_descending: false,
            page: 1,
            engines: Vec::new(),
            is_chosen: false,
        };
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*key {
                "show" => selection.filter = Filter::parse(&value),
                "sort" => selection.sort = Sort::parse(&value),
                "order" => selection.is_descending = value == "desc",
                "page" => selection.page = value.parse().unwrap_or(1).clamp(1, 1 << 24),
                "engine" => selection.choose(&value),
                _ => {}
            }
        }
        selection.is_chosen = !selection.engines.is_empty();
        if !selection.is_chosen {
            selection.engines = engines.to_vec();
        }
        selection
    }

    fn choose(&mut self, names: &str) {
        for name in names.split(',').map(str::trim) {
            let is_new = !self
                .engines
                .iter()
                .any(|engine| engine.eq_ignore_ascii_case(name));
            if is_new
                && !name.is_empty()
                && name.len() <= LONGEST_NAME
                && self.engines.len() < ENGINES
            {
                self.engines.push(name.to_owned());
            }
        }
    }

    /// Whether rows are shown as the input has them.
    pub(crate) fn is_plain(&self) -> bool {
        self.filter == Filter::All && self.sort == Sort::Input
    }

    pub(crate) fn engines_text(&self) -> String {
        self.engines.join(", ")
    }

    /// The query for the same engines, with its `?`.
    pub(crate) fn engines_query(&self) -> String {
        let mut query = String::new();
        self.append_engines(&mut query);
        query
    }

    pub(crate) fn with_filter(&self, filter: Filter) -> String {
        Self {
            filter,
            page: 1,
            ..self.clone()
        }
        .query()
    }

    pub(crate) fn with_page(&self, page: usize) -> String {
        Self {
            page,
            ..self.clone()
        }
        .query()
    }

    /// Sorted by a column; the other way round if it is already. What is
    /// greater is wanted first, except of texts.
    pub(crate) fn with_sort(&self, sort: Sort) -> String {
        let is_descending = if self.sort == sort {
            !self.is_descending
        } else {
            matches!(sort, Sort::Detections | Sort::ScanDate)
        };
        Self {
            sort,
            is_descending,
            page: 1,
            ..self.clone()
        }
        .query()
    }

    fn query(&self) -> String {
        let mut query = String::from("?");
        let mut add = |key: &str, value: &str| {
            let before = if query.len() > 1 { "&" } else { "" };
            // A string takes everything.
            let _ = write!(query, "{before}{key}={value}");
        };
        if self.filter != Filter::All {
            add("show", self.filter.name());
        }
        if let Some(sort) = self.sort.name() {
            add("sort", sort);
            add("order", if self.is_descending { "desc" } else { "asc" });
        }
        if self.page > 1 {
            add("page", &self.page.to_string());
        }
        self.append_engines(&mut query);
        // The plain address, without a mark that nothing stands behind.
        if query.len() == 1 {
            String::new()
        } else {
            query
        }
    }

    fn append_engines(&self, query: &mut String) {
        if !self.is_chosen {
            return;
        }
        for engine in &self.engines {
            let before = if query.len() > 1 {
                "&"
            } else if query.is_empty() {
                "?"
            } else {
                ""
            };
            let engine = form_urlencoded::byte_serialize(engine.as_bytes());
            let _ = write!(query, "{before}engine={}", engine.collect::<String>());
        }
    }
}

/// What is needed of a row to sort and to filter it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    pub(crate) index: u32,
    hash: vt_core::hash::FileHash,
    pub(crate) status: Status,
    detections: Option<u32>,
    scanned: Option<i64>,
}

impl Brief {
    pub(crate) fn of(index: u32, row: &Row) -> Self {
        Self {
            index,
            hash: row.hash,
            status: row.status,
            detections: row.detections,
            scanned: row.scan_date.map(|date| date.timestamp()),
        }
    }
}

impl Selection {
    /// The places of the rows that are selected, in their order.
    pub(crate) fn apply(&self, briefs: &[Brief]) -> Vec<u32> {
        let wanted = briefs
            .iter()
            .filter(|brief| self.filter.accepts(brief.status));
        let mut selected: Vec<&Brief> = wanted.collect();
        match self.sort {
            Sort::Input => {}
            Sort::Hash => selected.sort_by_key(|brief| brief.hash),
            Sort::Detections => selected.sort_by_key(|brief| brief.detections),
            Sort::ScanDate => selected.sort_by_key(|brief| brief.scanned),
            Sort::Status => {
                let place = |status| Status::ALL.iter().position(|known| *known == status);
                selected.sort_by_key(|brief| place(brief.status));
            }
        }
        if self.is_descending {
            selected.reverse();
        }
        selected.into_iter().map(|brief| brief.index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Selection {
        Selection::parse(Some(query), &["Fortinet".to_owned()])
    }

    #[test]
    fn a_selection_comes_back_from_its_query() {
        for query in [
            "?show=detected",
            "?show=not_found&sort=detections&order=desc&page=3&engine=A%26B&engine=C+D",
        ] {
            assert_eq!(parse(&query[1..]).query(), query);
        }
        assert_eq!(parse("").query(), "");
        assert_eq!(parse("engine=A,%20b,a").engines, ["A", "b"]);
        assert_eq!(parse("engine=A,b").engines_query(), "?engine=A&engine=b");
        assert_eq!(parse("").engines_query(), "");
    }

    #[test]
    fn what_is_no_selection_is_passed_over() {
        let plain = parse("");
        for query in [
            "show=%3Cscript%3E&sort=x&page=-1",
            "page=0&engine=",
            "a=b&&&=",
        ] {
            assert_eq!(parse(query), plain, "{query}");
        }
        assert_eq!(
            parse(&format!("engine={}", "x,".repeat(100))).engines.len(),
            1
        );
        let many: Vec<String> = (0..100).map(|n| format!("engine=e{n}")).collect();
        assert_eq!(parse(&many.join("&")).engines.len(), ENGINES);
    }

    #[test]
    fn a_column_is_turned_round_by_choosing_it_again() {
        let once = parse("show=clean&page=2").with_sort(Sort::Detections);
        assert_eq!(once, "?show=clean&sort=detections&order=desc");
        let twice = parse(&once[1..]).with_sort(Sort::Detections);
        assert_eq!(twice, "?show=clean&sort=detections&order=asc");
    }
}
