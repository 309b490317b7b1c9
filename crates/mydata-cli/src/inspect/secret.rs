//! Taking private keys out of what is shown. It is best effort: a key that looks like nothing in
//! particular, thirty-two octets in hexadecimal say, is not told from other data.

use super::base64::lenient;
use crate::tree::Tree;

/// Members of a JWK that are private (RFC 7518 §6).
const PRIVATE: &[&str] = &["d", "k", "p", "q", "dp", "dq", "qi", "oth"];

/// Members by which a key is known that has lost some of its others.
const OF_KEY: &[&str] = &["kty", "crv", "x"];

/// Characters of base64url that may be a private value; less is a word or a number.
const SHORTEST: usize = 20;

/// Texts inside one another that are looked into: JSON in a text, base64 of either.
const DEEPEST: usize = 4;

const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'+' | b'/')
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    name.len() <= 3 && names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// Whether a member by itself, in an object that is no key otherwise, is a private value.
fn is_private_value(name: &str, value: &Tree) -> bool {
    let is_base64url = |text: &str| {
        let mut octets = text.trim_end_matches('=').bytes();
        text.len() >= SHORTEST
            && octets.all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    is_one_of(PRIVATE, name) && value.text().is_some_and(is_base64url)
}

impl Tree {
    /// Whether it is a key with something private in it.
    pub(crate) fn is_private_key(&self) -> bool {
        self.has(&["kty"]) && PRIVATE.iter().any(|name| self.has(&[name]))
    }

    /// The same without what is private: of a key its private members, and texts and names that hide
    /// one.
    pub(crate) fn redacted(self) -> Self {
        match self {
            Self::Object(members) => {
                let is_key = members.iter().any(|(name, _)| is_one_of(OF_KEY, name));
                let members = members.into_iter().map(|(name, value)| {
                    let is_private = is_key && is_one_of(PRIVATE, &name);
                    let value = if is_private || is_private_value(&name, &value) {
                        Self::Secret
                    } else {
                        value.redacted()
                    };
                    let is_hiding = hides_a_key(&name);
                    let name = if is_hiding {
                        "(redacted)".to_owned()
                    } else {
                        name
                    };
                    (name, value)
                });
                Self::Object(members.collect())
            }
            Self::Array(values) => Self::Array(values.into_iter().map(Self::redacted).collect()),
            Self::Text(text) if hides_a_key(&text) => Self::Secret,
            Self::Jws(what, inner) => Self::Jws(what, Box::new(inner.redacted())),
            other @ (Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::More(_)
            | Self::Secret) => other,
        }
    }

    /// Whether [`Tree::redacted`] would take something out.
    fn has_secret(&self, depth: usize) -> bool {
        match self {
            Self::Object(members) => {
                let is_key = members.iter().any(|(name, _)| is_one_of(OF_KEY, name));
                members.iter().any(|(name, value)| {
                    is_key && is_one_of(PRIVATE, name)
                        || is_private_value(name, value)
                        || hides(name, depth)
                        || value.has_secret(depth)
                })
            }
            Self::Array(values) => values.iter().any(|value| value.has_secret(depth)),
            Self::Text(text) => hides(text, depth),
            Self::Jws(_, inner) => inner.has_secret(depth),
            Self::Secret => true,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::More(_) => false,
        }
    }
}

/// Whether a text has a private key in it: as PEM, as JSON whole or broken, as DER in base64, or any
/// of them in base64 or in a JSON text again.
pub(crate) fn hides_a_key(text: &str) -> bool {
    hides(text, 0)
}

fn hides(text: &str, depth: usize) -> bool {
    if text.len() < SHORTEST || depth > DEEPEST {
        return false;
    }
    if text.contains("PRIVATE KEY") || has_private_piece(text) {
        return true;
    }
    // What is escaped in it could spell anything, so it is read where it can be.
    let is_json = text.trim_start().starts_with(['{', '[', '"']);
    if is_json && let Some(tree) = Tree::read(text.as_bytes()) {
        return tree.has_secret(depth + 1);
    }
    if depth == DEEPEST {
        return false;
    }
    text.split('.').any(|part| {
        let is_space = |c: char| c.is_ascii_whitespace();
        let is_whole = |c: u8| is_base64(c) || c == b'=' || c.is_ascii_whitespace();
        // Lines that are one base64 together; each by itself is looked into less deep, as the work
        // would double with every text in a text.
        let is_lines = part.trim().contains(is_space) && part.bytes().all(is_whole);
        let deep = if is_lines { DEEPEST - 1 } else { depth };
        let mut runs = part.split(|c: char| !c.is_ascii() || !is_base64(c as u8));
        is_lines && is_in_base64(part, depth)
            || runs.any(|run| run.len() > SHORTEST && is_in_base64(run, deep))
    })
}

fn is_in_base64(text: &str, depth: usize) -> bool {
    // A character too many at the end makes it no base64; what stands before it is.
    let shorter = || lenient(text.get(..text.len().checked_sub(1)?)?);
    let Some(octets) = lenient(text).or_else(shorter) else {
        return false;
    };
    is_private_der(&octets)
        || std::str::from_utf8(&octets).is_ok_and(|inner| hides(inner, depth + 1))
}

/// Whether octets begin as a private key does: SEQUENCE, version 0 or 1, and then the algorithm
/// (PKCS#8, RFC 5958 §2), the modulus (PKCS#1, RFC 8017 §A.1.2) or the key (SEC 1, RFC 5915 §3).
fn is_private_der(octets: &[u8]) -> bool {
    let rest = match octets {
        [0x30, 0x81, _, rest @ ..]
        | [0x30, 0x82, _, _, rest @ ..]
        | [0x30, 0x83, _, _, _, rest @ ..]
        | [0x30, ..=0x7f, rest @ ..] => rest,
        _ => return false,
    };
    matches!(rest, [0x02, 0x01, 0 | 1, 0x30 | 0x02 | 0x04, ..])
}

/// Whether there is something like `"d":"…"` in it, the quotes of any sort, escaped, or none.
fn has_private_piece(text: &str) -> bool {
    let is_between = |c: char| matches!(c, '"' | '\'' | '\\') || c.is_ascii_whitespace();
    let mut before = "";
    text.split(':').any(|piece| {
        let name = before.trim_end_matches(is_between);
        before = piece;
        let end = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
        let is_private = end.is_some_and(|end| is_one_of(PRIVATE, end));
        is_private && {
            let value = piece.trim_start_matches(is_between).bytes();
            value.take_while(|c| is_base64(*c)).take(SHORTEST).count() == SHORTEST
        }
    })
}
