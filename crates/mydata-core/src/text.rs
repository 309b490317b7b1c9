//! Short texts without an allocation each: most ids are 22 characters, and an account holds a
//! thousand of them.

use std::cmp::Ordering;
use std::fmt;

/// A text; up to 22 octets of it stand in place.
#[derive(Clone, PartialEq, Eq, Hash)]
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

    fn octets(&self) -> &[u8] {
        match self {
            Self::Here(len, octets) => octets.get(..usize::from(*len)).unwrap_or_default(),
            Self::There(text) => text.as_bytes(),
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

/// The order of the texts, wherever they stand: lists and stores are in it.
impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.octets().cmp(other.octets())
    }
}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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
    fn the_order_is_that_of_the_texts() {
        let long = "m".repeat(40);
        let mut texts = ["sink", "source", "vaka", "a", "", &long, "mm", "z", "ä"];
        texts.sort_unstable();
        let short: Vec<ShortText> = texts.iter().map(|text| ShortText::new(text)).collect();
        assert!(short.is_sorted());
    }

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
