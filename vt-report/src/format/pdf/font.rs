//! The fonts, and how wide they are.

use std::{borrow::Cow, io};

use krilla::{Data, text::GlyphId};
use ttf_parser::Face;

use crate::{escape::drawable, format::MAX_TEXT};

/// The three fonts of the document.
pub(super) struct Fonts {
    pub(super) regular: Font,
    pub(super) bold: Font,
    /// For digests, and nothing else: it has no more than ASCII.
    pub(super) mono: Font,
}

impl Fonts {
    pub(super) fn load() -> io::Result<Self> {
        Ok(Self {
            regular: Font::load(include_bytes!("../../../fonts/DejaVuSansCondensed.ttf"))?,
            bold: Font::load(include_bytes!(
                "../../../fonts/DejaVuSansCondensed-Bold.ttf"
            ))?,
            mono: Font::load(include_bytes!("../../../fonts/DejaVuSansMono.ttf"))?,
        })
    }

    /// The text as it can be set, cut where a report for people cuts it.
    pub(super) fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        drawable(text, MAX_TEXT, |c| self.have(c))
    }

    /// Whether a text may have the character: the two fonts for texts have the
    /// same, as a test says.
    fn have(&self, c: char) -> bool {
        self.regular.has(c)
    }
}

/// A font whose characters are set one by one, each as the glyph of its own:
/// no ligature, no other order. What is copied out of the document is what was
/// put in.
pub(super) struct Font {
    pub(super) handle: krilla::text::Font,
    face: Face<'static>,
    ascii: [Glyph; 128],
}

/// A glyph and its width as a part of the size of the font.
#[derive(Clone, Copy)]
pub(super) struct Glyph {
    pub(super) id: GlyphId,
    pub(super) width: f32,
}

impl Font {
    fn load(bytes: &'static [u8]) -> io::Result<Self> {
        let broken = || io::Error::other("a font of this program is damaged: build it anew");
        let face = Face::parse(bytes, 0).map_err(|_| broken())?;
        let handle = krilla::text::Font::new(Data::from(bytes), 0).ok_or_else(broken)?;
        let ascii = std::array::from_fn(|at| glyph(&face, at as u8 as char));
        Ok(Self {
            handle,
            face,
            ascii,
        })
    }

    fn has(&self, c: char) -> bool {
        self.face.glyph_index(c).is_some()
    }

    pub(super) fn glyph(&self, c: char) -> Glyph {
        match self.ascii.get(c as usize) {
            Some(glyph) => *glyph,
            None => glyph(&self.face, c),
        }
    }

    /// The width of a text at a size.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        size * text.chars().map(|c| self.glyph(c).width).sum::<f32>()
    }
}

fn glyph(face: &Face<'_>, c: char) -> Glyph {
    let id = face.glyph_index(c).unwrap_or_default();
    let width = face.glyph_hor_advance(id).unwrap_or_default();
    Glyph {
        id: GlyphId::new(id.0.into()),
        width: f32::from(width) / f32::from(face.units_per_em()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_for_texts_have_the_same_characters() {
        let fonts = Fonts::load().unwrap();
        let mut known = 0;
        for c in '\0'..='\u{1ffff}' {
            assert_eq!(fonts.regular.has(c), fonts.bold.has(c), "{c:?}");
            known += usize::from(fonts.have(c));
        }
        assert!(known > 2_500, "{known}");
    }

    #[test]
    fn everything_the_document_says_by_itself_has_a_glyph() {
        let fonts = Fonts::load().unwrap();
        let needed = (' '..='~').chain("…�×·–’".chars());
        for c in needed.chain("ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ άέήίόύώ ёйъыь".chars())
        {
            assert!(fonts.have(c), "{c:?}");
        }
        for c in "0123456789abcdef".chars() {
            assert!(fonts.mono.has(c), "{c:?}");
        }
    }
}
