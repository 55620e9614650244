//! The colours. On grey paper the five fills still differ, from dark to light
//! in the order detected, error, pending, not found, clean; and no colour says
//! anything that a word beside it does not say.

use krilla::color::rgb;

use crate::row::Status;

/// A colour of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tone(u8, u8, u8);

pub(super) const INK: Tone = Tone(0x1b, 0x24, 0x30);
pub(super) const QUIET: Tone = Tone(0x5c, 0x68, 0x77);
pub(super) const LINE: Tone = Tone(0xe2, 0xe6, 0xec);
pub(super) const RULE: Tone = Tone(0x8a, 0x94, 0xa2);
pub(super) const TRACK: Tone = Tone(0xe8, 0xeb, 0xf0);
pub(super) const LINK: Tone = Tone(0x1f, 0x4f, 0x8a);
pub(super) const WHITE: Tone = Tone(0xff, 0xff, 0xff);

impl Tone {
    /// What an area is filled with.
    pub(super) const fn fill_of(status: Status) -> Self {
        match status {
            Status::Detected => Self(0x9b, 0x1c, 0x1c),
            Status::Error => Self(0x80, 0x62, 0xac),
            Status::Pending => Self(0xd0, 0x96, 0x36),
            Status::NotFound => Self(0xa9, 0xbd, 0xd4),
            Status::Clean => Self(0xbf, 0xe3, 0xc9),
        }
    }

    /// The colour of the word: dark enough to be read on white.
    pub(super) const fn word_of(status: Status) -> Self {
        match status {
            Status::Detected => Self(0x9b, 0x1c, 0x1c),
            Status::Error => Self(0x5e, 0x3f, 0x8c),
            Status::Pending => Self(0x7a, 0x50, 0x00),
            Status::NotFound => Self(0x45, 0x5b, 0x78),
            Status::Clean => Self(0x1b, 0x69, 0x3c),
        }
    }

    /// The colour of a text on the fill.
    pub(super) const fn on_fill_of(status: Status) -> Self {
        match status {
            Status::Detected | Status::Error => WHITE,
            _ => INK,
        }
    }

    pub(super) fn color(self) -> rgb::Color {
        rgb::Color::new(self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance, as the guidelines for accessible pages have it.
    fn luminance(tone: Tone) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(tone.0) + 0.7152 * part(tone.1) + 0.0722 * part(tone.2)
    }

    fn contrast(one: Tone, other: Tone) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn fills_differ_in_grey() {
        let dark_to_light = [
            Status::Detected,
            Status::Error,
            Status::Pending,
            Status::NotFound,
            Status::Clean,
        ];
        for pair in dark_to_light.windows(2) {
            let contrast = contrast(Tone::fill_of(pair[0]), Tone::fill_of(pair[1]));
            assert!(contrast > 1.3, "{pair:?}: {contrast}");
        }
    }

    #[test]
    fn every_text_can_be_read() {
        for status in Status::ALL {
            assert!(contrast(Tone::word_of(status), WHITE) > 5.0, "{status}");
            let on_fill = contrast(Tone::on_fill_of(status), Tone::fill_of(status));
            assert!(on_fill > 4.5, "{status}: {on_fill}");
        }
        for tone in [INK, QUIET, LINK] {
            assert!(contrast(tone, WHITE) > 5.0, "{tone:?}");
        }
    }
}
