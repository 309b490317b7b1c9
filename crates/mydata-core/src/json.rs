//! JSON at the border.
//!
//! Everything that is read from outside comes through [`from_slice`], which refuses, before a value
//! of the target type exists: too many octets, too deep, too many members or values, a member name
//! twice in one object at any depth (also in members that nobody reads), an array where an object belongs, and an
//! object where the name of an enumeration belongs.

mod strict;

use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;

crate::refusals! {
    /// Why octets are not the JSON that was asked for.
    pub enum JsonRefusal {
        TooLarge = "json_too_large": "the document has too many octets",
        TooDeep = "json_too_deep": "the document is nested too deep",
        TooMany = "json_too_many": "the document has too many values, or an object too many members",
        DuplicateMember = "json_duplicate_member": "an object has a member name twice",
        ArrayForObject = "json_array_for_object": "an array stands where an object belongs",
        Syntax = "json_syntax": "the octets are not one JSON document",
        Shape = "json_shape": "the document does not have the shape of this record",
        MissingMember = "json_missing_member": "a member that this record must have is missing",
    }
}

/// Bounds that are checked while reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of the whole document.
    pub octets: usize,
    /// Objects and arrays inside one another.
    pub depth: usize,
    /// Members of one object.
    pub members: usize,
    /// Values in the whole document.
    pub values: usize,
}

impl Limits {
    /// A JOSE header.
    pub const HEADER: Self = Self::new(1024, 3, 16, 64);
    /// The claims of a token or of a signed request.
    pub const TOKEN: Self = Self::new(8 * 1024, 8, 64, 512);
    /// A signed record, or its envelope.
    pub const RECORD: Self = Self::new(64 * 1024, 16, 128, 4096);
    /// A description or a message that carries several records.
    pub const MESSAGE: Self = Self::new(512 * 1024, 32, 1024, 32 * 1024);

    /// The bounds of an envelope around a payload with these bounds: base64url adds a third, and
    /// headers and signatures take their room.
    #[must_use]
    pub const fn enveloped(self) -> Self {
        Self::new(self.octets / 3 * 4 + 8 * 1024, 8, 16, 64)
    }

    /// Bounds of one's own.
    #[must_use]
    pub const fn new(octets: usize, depth: usize, members: usize, values: usize) -> Self {
        Self {
            octets,
            depth,
            members,
            values,
        }
    }
}

/// Octets that are not the JSON asked for: what, and where. It never repeats the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct JsonFault {
    /// What is wrong.
    pub refusal: JsonRefusal,
    /// Line, from 1; 0 when the place is not known.
    pub line: usize,
    /// Column, from 1; 0 when the place is not known.
    pub column: usize,
    /// The member that is missing, when one is.
    pub member: Option<String>,
}

impl JsonFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.refusal.code()
    }

    pub(crate) const fn nowhere(refusal: JsonRefusal) -> Self {
        Self {
            refusal,
            line: 0,
            column: 0,
            member: None,
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.refusal)?;
        if let Some(member) = &self.member {
            write!(f, ": `{member}`")?;
        }
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

/// Reads one JSON document under `limits`.
///
/// # Errors
/// [`JsonFault`]; nothing of the input is repeated in it.
//= FW-01
pub fn from_slice<'de, T: Deserialize<'de>>(
    octets: &'de [u8],
    limits: Limits,
) -> Result<T, JsonFault> {
    if octets.len() > limits.octets {
        return Err(JsonFault::nowhere(JsonRefusal::TooLarge));
    }
    // Once for the whole document and not for each text in it.
    let text =
        std::str::from_utf8(octets).map_err(|error| not_utf8(octets, error.valid_up_to()))?;
    let watch = strict::Watch::new(limits);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(strict::Strict::new(&mut reader, &watch));
    let end = value.and_then(|value| reader.end().map(|()| value));
    end.map_err(|error| fault(&watch, &error))
}

/// Reads a string by `parse`, without an allocation where none is needed: the way in of every type
/// that stands in JSON as a string.
///
/// # Errors
/// When there is no string, or `parse` gives nothing: "expected `expected`", never the input.
pub fn from_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    struct Reader<F>(&'static str, F);

    impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Reader<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).ok_or_else(|| E::custom(self.0))
        }
    }

    deserializer.deserialize_str(Reader(expected, parse))
}

/// Whether a member is there at all, whatever its value: for members that are read only to be
/// refused by name. Needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_structs, reason = "there, or not")]
pub struct Present(pub bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer)?;
        Ok(Self(true))
    }
}

/// Writes one JSON document.
///
/// # Errors
/// [`JsonFault`] when `value` cannot stand in JSON, which none of our own types does.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, JsonFault> {
    serde_json::to_vec(value).map_err(|_| JsonFault::nowhere(JsonRefusal::Shape))
}

/// The place of the first octet that is no UTF-8.
fn not_utf8(octets: &[u8], at: usize) -> JsonFault {
    let before = octets.get(..at).unwrap_or_default();
    let of_line = before.rsplit(|octet| *octet == b'\n').next();
    JsonFault {
        line: 1 + before.iter().filter(|octet| **octet == b'\n').count(),
        column: 1 + of_line.map_or(0, <[u8]>::len),
        ..JsonFault::nowhere(JsonRefusal::Syntax)
    }
}

fn fault(watch: &strict::Watch<'_>, error: &serde_json::Error) -> JsonFault {
    use serde_json::error::Category;
    let text = error.to_string();
    // serde names a missing member from our own types: a name of ours, never input.
    let member = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(name, _)| name.to_owned());
    let refusal = match (watch.seen(), &member, error.classify()) {
        (Some(refusal), ..) => refusal,
        (None, Some(_), _) => JsonRefusal::MissingMember,
        (None, None, Category::Data) => JsonRefusal::Shape,
        (None, None, Category::Syntax | Category::Eof | Category::Io) => JsonRefusal::Syntax,
    };
    JsonFault {
        refusal,
        line: error.line(),
        column: error.column(),
        member,
    }
}

crate::coded!(ref JsonFault);

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        n: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Choice {
        Unit,
        One(Inner),
        Two(u32, u32),
        Named { n: u32 },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Outer {
        a: Inner,
        b: Vec<Inner>,
        c: Option<Inner>,
        #[serde(default)]
        d: Option<Choice>,
    }

    fn code(text: &str) -> &'static str {
        from_slice::<Outer>(text.as_bytes(), Limits::RECORD)
            .unwrap_err()
            .code()
    }

    #[test]
    fn reads_what_is_right() {
        let text = br#"{"a":{"n":1},"b":[{"n":2}],"c":null,"d":{"One":{"n":3}},"x":[1,{"y":[]}]}"#;
        let outer: Outer = from_slice(text, Limits::RECORD).unwrap();
        assert_eq!(outer.a, Inner { n: 1 });
        assert_eq!(outer.d, Some(Choice::One(Inner { n: 3 })));
        let unit: Choice = from_slice(b"\"Unit\"", Limits::HEADER).unwrap();
        assert_eq!(unit, Choice::Unit);
    }

    #[test]
    fn an_enumeration_has_one_spelling() {
        let read = |text: &str| {
            let read = from_slice::<Choice>(text.as_bytes(), Limits::new(64, 2, 4, 4));
            read.map_err(|fault| fault.code())
        };
        assert_eq!(read(r#""\u0055nit""#), Ok(Choice::Unit));
        assert_eq!(read(r#"{"Two":[1,2]}"#), Ok(Choice::Two(1, 2)));
        assert_eq!(read(r#"{"Named":{"n":1}}"#), Ok(Choice::Named { n: 1 }));
        for (text, code) in [
            (r#"{"Unit":null}"#, "json_shape"),
            (r#"{"Unit":[]}"#, "json_shape"),
            (r#"{"Unit":"#, "json_shape"),
            (r#""One""#, "json_shape"),
            (r#""Two""#, "json_shape"),
            (r#""Named""#, "json_shape"),
            (r#""Other""#, "json_shape"),
            (r#"{"Other":{}}"#, "json_shape"),
            ("{}", "json_shape"),
            ("[]", "json_shape"),
            ("[", "json_shape"),
            ("null", "json_shape"),
            ("true", "json_shape"),
            ("-1.5e3", "json_shape"),
            (r#"{"One":{"n":1},"Two":[1,2]}"#, "json_shape"),
            (r#"{"One":{"n":1},"x":"#, "json_shape"),
            (
                r#"{"One":{"n":1},"\u004fne":{"n":1}}"#,
                "json_duplicate_member",
            ),
            (r#"{"One":1}"#, "json_shape"),
            (r#"{"One":{}}"#, "json_missing_member"),
            (r#"{"One":[1]}"#, "json_array_for_object"),
            (r#"{"Named":[1]}"#, "json_array_for_object"),
            (r#"{"Two":[1]}"#, "json_shape"),
            (r#"{"Two":[1,2,3]}"#, "json_shape"),
            (r#"{"One":{"n":1,"x":[]}}"#, "json_too_deep"),
            (r#"{"One":{"n":1,"x":1,"y":1,"z":1}}"#, "json_too_many"),
            // What is no JSON is still no JSON.
            ("", "json_syntax"),
            ("{", "json_syntax"),
            ("nul", "json_syntax"),
            ("01", "json_syntax"),
            ("1e999", "json_syntax"),
            (r#""Unit"#, "json_syntax"),
            (r#""Unit" 1"#, "json_syntax"),
            ("{1:2}", "json_syntax"),
            (r#"{"One" {"n":1}}"#, "json_syntax"),
            (r#"{"One":{"n":1}"#, "json_syntax"),
            (r#"{"One":{"n":1},}"#, "json_syntax"),
            (r#"{"One":{"n":1} "x":1}"#, "json_syntax"),
            (r#"{"One":{"n":1}]"#, "json_syntax"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
    }

    #[test]
    fn an_element_too_many_is_of_the_wrong_form() {
        let read = |text: &str| {
            let read = from_slice::<(u32, String)>(text.as_bytes(), Limits::new(64, 2, 4, 3));
            read.map_err(|fault| fault.code())
        };
        assert_eq!(read(r#"[1,"a"]"#), Ok((1, "a".to_owned())));
        for (text, code) in [
            ("[]", "json_shape"),
            ("[1]", "json_shape"),
            (r#"[1,"a",2]"#, "json_shape"),
            (r#"[1,"a",null]"#, "json_shape"),
            (r#"[1,"a",[]]"#, "json_shape"),
            (r#"[1,"a",{"#, "json_shape"),
            (r#"[1,"a",2,3]"#, "json_shape"),
            (r#"[1,"a",]"#, "json_syntax"),
            (r#"[1,"a","#, "json_syntax"),
            (r#"[1,"a",nul]"#, "json_syntax"),
            (r#"[1,"a","b"#, "json_syntax"),
            (r#"[1,"a" 2]"#, "json_syntax"),
            (r#"[1,"a"}"#, "json_syntax"),
            (r#"[1,"a""#, "json_syntax"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
    }

    #[test]
    fn refuses_a_name_twice_at_any_depth() {
        for text in [
            r#"{"a":{"n":1},"a":{"n":1},"b":[],"c":null}"#,
            r#"{"a":{"n":1},"\u0061":{"n":1},"b":[],"c":null}"#,
            r#"{"a":{"n":1,"z":1,"z":2},"b":[],"c":null}"#,
            r#"{"a":{"n":1},"b":[],"c":null,"x":[{"y":{"q":1,"q":1}}]}"#,
            r#"{"a":{"n":1},"b":[],"c":null,"d":{"One":{"n":1,"n":1}}}"#,
        ] {
            assert_eq!(code(text), "json_duplicate_member", "{text}");
        }
    }

    #[test]
    fn refuses_an_array_for_an_object_at_any_depth() {
        for text in [
            r#"[{"n":1},[],null]"#,
            r#"{"a":[1],"b":[],"c":null}"#,
            r#"{"a":{"n":1},"b":[[2]],"c":null}"#,
            r#"{"a":{"n":1},"b":[],"c":[3]}"#,
            r#"{"a":{"n":1},"b":[],"c":null,"d":{"One":[3]}}"#,
        ] {
            assert_eq!(code(text), "json_array_for_object", "{text}");
        }
    }

    #[test]
    fn names_what_is_missing_and_never_the_input() {
        let fault = from_slice::<Outer>(br#"{"a":{},"b":[]}"#, Limits::RECORD).unwrap_err();
        assert_eq!(fault.refusal, JsonRefusal::MissingMember);
        assert_eq!(fault.member.as_deref(), Some("n"));
        let fault = from_slice::<Outer>(br#"{"a":"Sofia Lind"}"#, Limits::RECORD).unwrap_err();
        assert!(!fault.to_string().contains("Sofia"), "{fault}");
    }

    #[test]
    fn bounds() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let limits = Limits::new(1 << 20, 8, 8, 100);
        let refused = |text: &str| {
            from_slice::<serde_json::Value>(text.as_bytes(), limits)
                .unwrap_err()
                .refusal
        };
        assert_eq!(refused(&deep), JsonRefusal::TooDeep);
        assert_eq!(
            refused(&format!("[{}0]", "0,".repeat(200))),
            JsonRefusal::TooMany
        );
        let members: Vec<String> = (0..9).map(|n| format!("\"m{n}\":0")).collect();
        assert_eq!(
            refused(&format!("{{{}}}", members.join(","))),
            JsonRefusal::TooMany
        );
        assert_eq!(refused(&" ".repeat((1 << 20) + 1)), JsonRefusal::TooLarge);
        assert_eq!(refused("{} {}"), JsonRefusal::Syntax);
    }
}
