//! The sheet of paper, and what stands at the foot of each.

use krilla::{Document, page::PageSettings};

use super::{
    columns::Column,
    font::Fonts,
    pen::{Pen, Style},
    tone,
};

/// A4, the long side level.
pub(super) const WIDTH: f32 = 841.89;
pub(super) const HEIGHT: f32 = 595.28;

/// Where content begins and ends, from the left.
pub(super) const LEFT: f32 = 40.0;
pub(super) const INNER: f32 = WIDTH - 2.0 * LEFT;
pub(super) const RIGHT: f32 = LEFT + INNER;

/// Where content begins and ends, from the top.
pub(super) const TOP: f32 = 40.0;
pub(super) const BOTTOM: f32 = HEIGHT - 48.0;

const FOOT: Style = Style::regular(7.0, tone::QUIET);

/// What is the same at the foot of every page.
pub(super) struct Footer<'a> {
    pub(super) title: &'a str,
    pub(super) pages: usize,
}

impl Footer<'_> {
    /// Adds a page with its foot to the document.
    pub(super) fn page(
        &self,
        document: &mut Document,
        fonts: &Fonts,
        number: usize,
        draw: impl FnOnce(&mut Pen<'_>),
    ) {
        // A4 is a size, so the default, which is A4 too, is never taken.
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).unwrap_or_default();
        Pen::on(document.start_page_with(settings), fonts, |pen| {
            draw(pen);
            self.draw(pen, number);
        });
    }

    fn draw(&self, pen: &mut Pen<'_>, number: usize) {
        let y = HEIGHT - 26.0;
        pen.line(LEFT, y - 13.0, INNER, 0.5, tone::LINE);
        let place = format!("page {number} of {}", self.pages);
        let room = INNER - FOOT.width(pen.fonts, &place) - 24.0;
        let column = Column {
            x: LEFT,
            width: room,
        };
        pen.paragraph(column, y, FOOT, 1, self.title);
        pen.text_before(RIGHT, y, FOOT, &place);
    }
}
