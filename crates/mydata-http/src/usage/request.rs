//! What is asked: whose data, by whom, of which time, and which rows.

use super::UsageRefusal;
use crate::access_log::{Page, Span};
use crate::query;
use axum::http::HeaderMap;
use mydata::core::time::{Seconds, Timestamp};
use std::fmt;

/// Rows in an answer unless it is said.
const USUAL: usize = 1_000;

/// Rows in an answer at the most.
const MOST: usize = 10_000;

/// A person as states know them: two letters of a country, and 1 to 64 of `A-Z`, `0-9`, `+` and `-`. It does not
/// print itself.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonCode(Box<str>);

impl PersonCode {
    /// Reads a code; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (country, code) = text.split_at_checked(2)?;
        let of_code =
            |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-');
        let fits = country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=64).contains(&code.len())
            && code.bytes().all(of_code);
        fits.then(|| Self(text.into()))
    }

    /// The code: never into a log.
    #[must_use]
    pub const fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonCode(redacted)")
    }
}

/// A question, read.
pub(super) struct Asked {
    pub(super) agent: PersonCode,
    pub(super) person: PersonCode,
    pub(super) span: Span,
    pub(super) page: Page,
}

impl Asked {
    pub(super) fn read(headers: &HeaderMap, query: Option<&str>) -> Result<Self, UsageRefusal> {
        let values = query::values(query, NAMES).ok_or(UsageRefusal::Query)?;
        let [person, from, to, offset, limit] = values;
        let agent = once(headers, USER).and_then(PersonCode::parse);
        let person = person.as_deref().and_then(PersonCode::parse);
        let span = Span {
            from: from.map(|from| moment(&from)).transpose()?,
            to: to.map(|to| moment(&to)).transpose()?,
        };
        if span.from.zip(span.to).is_some_and(|(from, to)| to < from) {
            return Err(UsageRefusal::Query);
        }
        let page = Page {
            offset: offset.map_or(Ok(0), |offset| number(&offset))?,
            limit: limit.map_or(Ok(USUAL), |limit| number(&limit))?,
        };
        if page.limit > MOST {
            return Err(UsageRefusal::Limit);
        }
        Ok(Self {
            agent: agent.ok_or(UsageRefusal::User)?,
            person: person.ok_or(UsageRefusal::User)?,
            span,
            page,
        })
    }
}

// A `+` is itself in a query here: no value has a space in it, and times have zones.
const NAMES: [&str; 5] = ["userCode", "periodStart", "periodEnd", "offset", "limit"];

/// Who asks, as the security server has it from its member.
pub(super) const USER: &str = "x-road-userid";

/// The one value of a header; `None` where it is missing, stands twice, or is no text.
pub(super) fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.to_str().ok())?
}

/// A question that has no values.
pub(super) fn nothing(query: Option<&str>) -> Result<(), UsageRefusal> {
    match query {
        None | Some("") => Ok(()),
        Some(_) => Err(UsageRefusal::Query),
    }
}

fn number(text: &str) -> Result<usize, UsageRefusal> {
    query::number(text).ok_or(UsageRefusal::Query)
}

/// RFC 3339 with a zone. A fraction of a second is cut off: both ends of a period are in it, and a row too many is
/// better than one that is hidden.
fn moment(text: &str) -> Result<Timestamp, UsageRefusal> {
    read(text).ok_or(UsageRefusal::Query)
}

fn read(text: &str) -> Option<Timestamp> {
    let (whole, rest) = text.split_at_checked(19)?;
    let local = Timestamp::parse(&[whole, "Z"].concat())?;
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
    };
    if zone == "Z" {
        return Some(local);
    }
    let (sign, ahead) = zone.split_at_checked(1)?;
    let (hours, minutes) = ahead.split_once(':')?;
    let part = |text: &str, most: u32| {
        let fits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let part: u32 = text.parse().ok().filter(|_| fits)?;
        (part <= most).then_some(part)
    };
    let ahead = Seconds::minutes(part(hours, 23)? * 60 + part(minutes, 59)?);
    match sign {
        "+" => Some(local.minus(ahead)),
        "-" => Some(local.plus(ahead)),
        _ => None,
    }
}
