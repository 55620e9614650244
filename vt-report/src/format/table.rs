//! A table for a terminal.

use std::io;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, LineStyle, Table, TableStyle, Width,
};

use crate::{
    escape::{display_safe, display_safe_within},
    report::{Report, TOTAL_COUNTS, iso},
    row::{Row, Status},
    summary::counted,
};

mod layout;

use layout::{Column, Layout, Shown};

/// Vertical rules would take a column each from the hashes.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Enough to see what is going on; the rows themselves are all there.
const MAX_REASONS: usize = 20;

pub(super) fn write(
    report: &Report,
    options: &super::WriteOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let width = options.width.or_else(|| Table::new().width());
    writeln!(out, "{}\n", display_safe_within(&report.title, 200))?;
    if !report.rows.is_empty() {
        match Layout::fit(report, width) {
            Some(layout) => write_table(report, &layout, options.color, out)?,
            None => write_list(report, out)?,
        }
        writeln!(out)?;
    }
    write_summary(report, out)
}

fn write_table(
    report: &Report,
    layout: &Layout,
    color: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut table = Table::new();
    // What stands on standard output must not decide what is written to `out`.
    table.force_no_tty().load_style(STYLE);
    if color {
        table.enforce_styling();
    }
    let header = layout.columns.iter().map(header_cell);
    table.set_header(header.collect::<Vec<_>>());
    for row in &report.rows {
        let cells = layout.columns.iter().map(|column| cell(column, row));
        table.add_row(cells.collect::<Vec<_>>());
    }
    let padding = 2;
    table.set_constraints(layout.columns.iter().map(|column| {
        let width = u16::try_from(column.width).unwrap_or(u16::MAX);
        ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(padding)))
    }));
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    if !layout.left_out.is_empty() {
        let left_out = layout.left_out.join(", ");
        writeln!(out, "\nNot shown for want of width: {left_out}.")?;
    }
    Ok(())
}

fn header_cell(column: &Column) -> Cell {
    Cell::new_owned(column.title.clone())
        .add_attribute(Attribute::Bold)
        .set_alignment(alignment(&column.shown))
}

fn cell(column: &Column, row: &Row) -> Cell {
    let cell = Cell::new_owned(column.shown.text(row)).set_alignment(alignment(&column.shown));
    match &column.shown {
        Shown::Status => cell.fg(color_of(row.status)),
        Shown::Opinion(engine) if row.opinion(engine).is_some_and(|o| o.is_detection) => {
            cell.fg(color_of(Status::Detected))
        }
        _ => cell,
    }
}

const fn alignment(shown: &Shown) -> CellAlignment {
    match shown {
        Shown::Hits | Shown::Size => CellAlignment::Right,
        _ => CellAlignment::Left,
    }
}

const fn color_of(status: Status) -> Color {
    match status {
        Status::Detected => Color::Red,
        Status::Clean => Color::Green,
        Status::NotFound => Color::Blue,
        Status::Pending => Color::Yellow,
        Status::Error => Color::Magenta,
    }
}

/// Where no table fits: the hash on a line of its own, to be copied whole.
fn write_list(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for row in &report.rows {
        writeln!(out, "{}", row.hash)?;
        let opinions = row.opinions.iter().map(|opinion| &opinion.engine);
        let shown = opinions
            .map(|engine| Shown::Opinion(engine.to_string()))
            .chain([Shown::Hits, Shown::ScanDay, Shown::Status]);
        let texts = shown.map(|shown| shown.text(row));
        let texts: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
        writeln!(out, "  {}", texts.join(", "))?;
    }
    Ok(())
}

fn write_summary(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = report.summary();
    writeln!(out, "{summary}")?;
    if !summary.is_complete() {
        let hashes = counted(summary.unanswered() as u64, "hash has", "hashes have");
        writeln!(out, "Incomplete: {hashes} no answer.")?;
        let reasons = report.missing();
        for (reason, count) in reasons.iter().take(MAX_REASONS) {
            writeln!(out, "  {count} × {}", display_safe(reason))?;
        }
        if reasons.len() > MAX_REASONS {
            writeln!(out, "  and {} more reasons", reasons.len() - MAX_REASONS)?;
        }
    }
    writeln!(
        out,
        "Hits are detections/total; total counts {TOTAL_COUNTS}."
    )?;
    let made = iso(report.generated_at);
    writeln!(out, "Made {made}. Times are UTC.")
}
