//! Drawing: texts, areas and links, in points from the upper left corner.

use krilla::{
    action::{Action, LinkAction},
    annotation::{Annotation, LinkAnnotation, Target},
    geom::{Path, PathBuilder, Point, Rect},
    num::NormalizedF32,
    page::Page,
    paint::{Fill, FillRule},
    surface::Surface,
    text::KrillaGlyph,
};

use super::{
    columns::Column,
    font::{Font, Fonts},
    text::Lines,
    tone::Tone,
};

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) tone: Tone,
    /// From one baseline to the next.
    pub(super) leading: f32,
}

/// One of the three fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Mono,
}

impl Style {
    pub(super) const fn regular(size: f32, tone: Tone) -> Self {
        Self::new(Face::Regular, size, tone)
    }

    pub(super) const fn bold(size: f32, tone: Tone) -> Self {
        Self::new(Face::Bold, size, tone)
    }

    pub(super) const fn mono(size: f32, tone: Tone) -> Self {
        Self::new(Face::Mono, size, tone)
    }

    const fn new(face: Face, size: f32, tone: Tone) -> Self {
        Self {
            face,
            size,
            tone,
            leading: 1.3 * size,
        }
    }

    /// The same in lines that stand on those of texts of another size.
    pub(super) const fn with_leading(self, leading: f32) -> Self {
        Self { leading, ..self }
    }

    pub(super) const fn font(self, fonts: &Fonts) -> &Font {
        match self.face {
            Face::Regular => &fonts.regular,
            Face::Bold => &fonts.bold,
            Face::Mono => &fonts.mono,
        }
    }

    pub(super) fn width(self, fonts: &Fonts, text: &str) -> f32 {
        self.font(fonts).width(text, self.size)
    }

    /// From the top of a line to its baseline.
    pub(super) const fn ascent(self) -> f32 {
        0.75 * self.leading
    }
}

/// An area of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Area {
    fn rect(self) -> Option<Rect> {
        Rect::from_xywh(self.x, self.y, self.width, self.height)
    }

    fn path(self) -> Option<Path> {
        let mut path = PathBuilder::new();
        path.push_rect(self.rect()?);
        path.finish()
    }
}

/// Draws on one page.
pub(super) struct Pen<'a> {
    pub(super) fonts: &'a Fonts,
    surface: Surface<'a>,
    links: &'a mut Vec<(Area, String)>,
    glyphs: Vec<KrillaGlyph>,
}

impl<'a> Pen<'a> {
    /// Lets `draw` draw on a page and finishes it.
    pub(super) fn on(mut page: Page<'_>, fonts: &Fonts, draw: impl FnOnce(&mut Pen<'_>)) {
        let mut links = Vec::new();
        Self::draw(&mut page, fonts, &mut links, draw);
        for (area, address) in links {
            let Some(rect) = area.rect() else { continue };
            let target = Target::Action(Action::Link(LinkAction::new(address)));
            page.add_annotation(Annotation::from(LinkAnnotation::new(rect, target)));
        }
        page.finish();
    }

    fn draw(
        page: &mut Page<'_>,
        fonts: &Fonts,
        links: &mut Vec<(Area, String)>,
        draw: impl FnOnce(&mut Pen<'_>),
    ) {
        let mut pen = Pen {
            fonts,
            surface: page.surface(),
            links,
            glyphs: Vec::new(),
        };
        draw(&mut pen);
        pen.surface.finish();
    }

    /// Sets a text whose baseline begins at (`x`, `y`), and says where it ends.
    pub(super) fn text(&mut self, x: f32, y: f32, style: Style, text: &str) -> f32 {
        let font = style.font(self.fonts);
        self.glyphs.clear();
        let mut width = 0.0;
        for (at, c) in text.char_indices() {
            let glyph = font.glyph(c);
            let range = at..at + c.len_utf8();
            let set = KrillaGlyph::new(glyph.id, glyph.width, 0.0, 0.0, 0.0, range, None);
            self.glyphs.push(set);
            width += glyph.width;
        }
        let handle = font.handle.clone();
        self.fill(style.tone);
        let start = Point::from_xy(x, y);
        self.surface
            .draw_glyphs(start, &self.glyphs, handle, text, style.size, false);
        x + width * style.size
    }

    /// Sets a text that ends at `x`.
    pub(super) fn text_before(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let width = style.width(self.fonts, text);
        self.text(x - width, y, style, text);
    }

    /// Sets a text in so many lines at most, the first on the baseline `y`, and
    /// says where the baseline of a further one would be.
    pub(super) fn paragraph(
        &mut self,
        column: Column,
        y: f32,
        style: Style,
        most: usize,
        text: &str,
    ) -> f32 {
        let fonts = self.fonts;
        let mut y = y;
        for line in Lines::new(style.font(fonts), style.size, column.width, most, text) {
            self.text(column.x, y, style, &line);
            y += style.leading;
        }
        y
    }

    /// Fills an area.
    pub(super) fn area(&mut self, area: Area, tone: Tone) {
        // An area without extent shows nothing.
        if let Some(path) = area.path() {
            self.fill(tone);
            self.surface.draw_path(&path);
        }
    }

    /// Draws a level line, half above and half below `y`.
    pub(super) fn line(&mut self, x: f32, y: f32, width: f32, thickness: f32, tone: Tone) {
        let area = Area {
            x,
            y: y - thickness / 2.0,
            width,
            height: thickness,
        };
        self.area(area, tone);
    }

    /// Makes an area lead to an address.
    pub(super) fn link(&mut self, area: Area, address: String) {
        self.links.push((area, address));
    }

    fn fill(&mut self, tone: Tone) {
        self.surface.set_fill(Some(Fill {
            paint: tone.color().into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::default(),
        }));
    }
}
