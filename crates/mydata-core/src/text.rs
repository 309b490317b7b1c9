//! Short texts without an allocation each: most ids are 22 characters, and an account holds a
//! thousand of them.

use std::fmt;

/// A text; up to 22 octets of it stand in place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum ShortText {
    /// The length and the octets, the rest zero.
    Here(u8, [u8; 22]),
    /// A longer text; never one that fits in place, so that equality is equality of texts.
    There(Box<str>),
}

/// By the octets of the text, as a store sorts it too.
impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
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

    #[test]
    fn sorted_as_texts_whatever_their_length() {
        let texts = ["", "a", "aa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ab", "b"];
        assert!(texts.is_sorted_by_key(|text| ShortText::new(text)));
    }
}
