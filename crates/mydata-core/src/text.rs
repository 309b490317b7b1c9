//! Short texts without an allocation each: most ids are 22 characters, and an account holds a
//! thousand of them.

use std::fmt;

/// A text; up to 22 octets of it stand in place.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ShortText {
    /// The length and the octets, the rest zero.
    Here(u8, [u8; 22]),
    /// A longer text; never one that fits in place, so that equality is equality of texts.
    There(Box<str>),
}

impl ShortText {
    pub(crate) fn new(text: &str) -> Self {
        let mut octets = [0; 22];
        match (octets.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Here(len, octets)
            }
            _ => Self::There(text.into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Here(len, octets) => {
                let text = octets.get(..usize::from(*len)).unwrap_or_default();
                std::str::from_utf8(text).unwrap_or_default()
            }
            Self::There(text) => text,
        }
    }
}

impl fmt::Display for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_reads_as_written() {
        for len in 0..=64 {
            let text = "x".repeat(len);
            let short = ShortText::new(&text);
            assert_eq!(short.as_str(), text);
            assert_eq!(matches!(short, ShortText::Here(..)), len <= 22);
        }
        assert_eq!(ShortText::new("ääääääääääa").as_str(), "ääääääääääa");
    }
}
