//! Texts about a person: each a type of its own with its bounds, none of which prints itself.

use mydata_core::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! personal {
    ($($(#[$meta:meta])* $name:ident, $check:expr, $min:literal, $max:literal, $expected:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks the characters and the length; `None` for anything else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let check: fn(&str) -> bool = $check;
                let count = text.chars().count();
                (($min..=$max).contains(&count) && check(text)).then(|| Self(text.into()))
            }

            /// The text itself: never into a log.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                json::from_text(deserializer, $expected, Self::parse)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "minLength": $min, "maxLength": $max, "description": $expected })
            }
        }
    )+};
}

personal! {
    /// What a person signs in with: 3 to 250 letters, digits and `.` `_` `-` `+` `@` of ASCII, so
    /// that no two usernames look alike. Upper and lower case are one in a
    /// [`Directory`](crate::Directory).
    Username, is_username, 3, 250, "a username";
    /// One name of a person: 1 to 250 characters, none of them a control character. Whatever people
    /// are called is a name; there is no rule for it.
    Name, is_line, 1, 250, "a name";
    /// An e-mail address: 3 to 254 characters with an `@` inside. Whether it is the person's shows
    /// when the code arrives.
    Email, is_email, 3, 254, "an e-mail address";
    /// A telephone number, a postal address and the like: 1 to 500 characters.
    ContactText, is_line, 1, 500, "a contact detail";
    /// Who somebody is at another provider: 1 to 255 characters, as the provider writes it.
    IdentitySubject, is_line, 1, 255, "a subject of an identity";
    /// What a person has set: 1 to 1000 characters.
    Setting, is_line, 1, 1000, "a setting";
    /// A day, `YYYY-MM-DD`.
    Date, is_date, 10, 10, "a date, YYYY-MM-DD";
}

fn is_username(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'@'))
}

fn is_line(text: &str) -> bool {
    !text.chars().any(char::is_control) && text.trim() == text
}

fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    let whole = |(local, domain): (&str, &str)| !local.is_empty() && !domain.is_empty();
    parts.is_some_and(whole) && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// A day of the Gregorian calendar, from 1800 on.
fn is_date(text: &str) -> bool {
    let number = |part: Option<&str>, digits: usize| -> Option<u32> {
        let part = part.filter(|part| part.len() == digits)?;
        let is_number = part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let day = (number(year, 4), number(month, 2), number(day, 2));
    let (Some(year), Some(month), Some(day)) = day else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    parts.next().is_none() && year >= 1800 && (1..=days).contains(&day)
}
