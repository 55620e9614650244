//! The bar that shows how the hashes are divided, and its legend.

use crate::{
    row::Status,
    summary::{Summary, percent},
};

use super::{
    pen::{Area, Pen, Style},
    sheet::{INNER, LEFT},
    tone::{self, Tone},
};

const BAR: f32 = 26.0;
const GAP: f32 = 1.5;
/// One hash of many has to be seen too.
const LEAST: f32 = 3.0;

const LABEL: Style = Style::bold(8.5, tone::INK);
const COUNT: Style = Style::bold(15.0, tone::INK);
const WORD: Style = Style::regular(9.0, tone::INK);
const SHARE: Style = Style::regular(8.0, tone::QUIET);

/// Draws both from `y` down, and says where they end.
pub(super) fn draw(pen: &mut Pen<'_>, y: f32, summary: &Summary) -> f32 {
    bar(pen, y, summary);
    legend(pen, y + BAR + 16.0, summary);
    y + BAR + 16.0 + 34.0
}

fn bar(pen: &mut Pen<'_>, y: f32, summary: &Summary) {
    let area = |x, width| Area {
        x,
        y,
        width,
        height: BAR,
    };
    if summary.hashes == 0 {
        return pen.area(area(LEFT, INNER), tone::TRACK);
    }
    let mut x = LEFT;
    for (status, width) in widths(summary) {
        pen.area(area(x, width), Tone::fill_of(status));
        let count = summary.count(status).to_string();
        let words = format!("{count} {}", status.in_words());
        let style = Style {
            tone: Tone::on_fill_of(status),
            ..LABEL
        };
        let fits = |text: &&String| style.width(pen.fonts, text) + 14.0 < width;
        if let Some(text) = [&words, &count].into_iter().find(fits) {
            pen.text(x + 7.0, y + BAR / 2.0 + 3.1, style, text);
        }
        x += width + GAP;
    }
}

/// The parts of the bar that are there, and how long they are: with the gaps
/// between them exactly as long as the bar.
fn widths(summary: &Summary) -> impl Iterator<Item = (Status, f32)> {
    let there = |status: &Status| summary.count(*status) > 0;
    let parts = Status::ALL.into_iter().filter(there).count() as f32;
    let to_divide = INNER - GAP * (parts - 1.0) - LEAST * parts;
    let all = summary.hashes as f32;
    Status::ALL.into_iter().filter(there).map(move |status| {
        let share = summary.count(status) as f32 / all;
        (status, LEAST + to_divide * share)
    })
}

fn legend(pen: &mut Pen<'_>, y: f32, summary: &Summary) {
    let column = INNER / Status::ALL.len() as f32;
    for (at, status) in Status::ALL.into_iter().enumerate() {
        let x = LEFT + at as f32 * column;
        mark(pen, x, y + 1.0, 9.0, status);
        let count = summary.count(status);
        let text = x + 16.0;
        pen.text(text, y + 10.0, COUNT, &count.to_string());
        let end = pen.text(text, y + 24.0, WORD, status.in_words());
        let share = percent(count, 100.0 * count as f64 / summary.hashes.max(1) as f64);
        pen.text(end + 5.0, y + 24.0, SHARE, &share);
    }
}

/// The sign of a status: its fill, in an edge that is seen where the fill is
/// pale.
pub(super) fn mark(pen: &mut Pen<'_>, x: f32, y: f32, side: f32, status: Status) {
    let square = |inset: f32| Area {
        x: x + inset,
        y: y + inset,
        width: side - 2.0 * inset,
        height: side - 2.0 * inset,
    };
    pen.area(square(0.0), Tone::word_of(status));
    pen.area(square(0.6), Tone::fill_of(status));
}
