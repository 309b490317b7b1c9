//! Where something stands, as a chain of steps that is written out only for what is told.

use super::secret::hides_a_key;
use std::fmt;

/// A JSON pointer (RFC 6901) that is not written yet: every value has a place, few are told of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Top,
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

/// Octets of a pointer; steps beyond are left out.
const LONGEST: usize = 512;

/// Octets of a name that is written in full; a longer one is cut to so little that no key is in it.
const LONG_NAME: usize = 100;
const CUT_NAME: usize = 16;

impl Place<'_> {
    fn write(&self, out: &mut String) {
        let before = match self {
            Self::Top => return,
            Self::Member(before, _) | Self::Item(before, _) => before,
        };
        before.write(out);
        if out.len() >= LONGEST {
            if !out.ends_with('…') {
                out.push_str("/…");
            }
            return;
        }
        out.push('/');
        match self {
            Self::Top => {}
            Self::Item(_, index) => out.push_str(&index.to_string()),
            Self::Member(_, name) if name.len() > LONG_NAME => {
                step(out, name.chars().take(CUT_NAME));
                out.push('…');
            }
            Self::Member(_, name) if hides_a_key(name) => out.push_str("(redacted)"),
            Self::Member(_, name) => step(out, name.chars()),
        }
    }
}

fn step(out: &mut String, name: impl Iterator<Item = char>) {
    for c in name {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            other => out.push(other),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// A place that a library has written, unless it is too long or hides a key.
pub(crate) fn told(place: &str) -> String {
    if place.len() > 4 * LONGEST {
        format!("/… ({} octets)", place.len())
    } else if hides_a_key(place) {
        "/… (redacted)".to_owned()
    } else {
        place.to_owned()
    }
}
