//! What a request of the profile asks for: whose data, and which act. Nothing is known yet of who asks.
//!
//! A request that cannot be read in one way only is refused and never guessed at: `?dryrun=true` would
//! erase a person if unknown names were passed over.

use crate::access_log::RightsAct;
use crate::query::decoded;
use crate::rights::refusal::RightsRefusal;
use mydata::core::json::{self, Limits};
use mydata::core::personal::Personal;
use serde::Deserialize;
use std::fmt;

/// Octets of a body that are read: the longest that means anything has some twenty.
pub const BODY: usize = 1024;

/// A UUID as it stands in an address: `8-4-4-4-12` hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uuid([u8; 36]);

impl Uuid {
    /// One spelling only, so that equality of texts is equality of persons.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let octets: [u8; 36] = text.as_bytes().try_into().ok()?;
        let fits = |(at, octet): (usize, &u8)| match at {
            8 | 13 | 18 | 23 => *octet == b'-',
            _ => matches!(octet, b'0'..=b'9' | b'a'..=b'f'),
        };
        octets.iter().enumerate().all(fits).then_some(Self(octets))
    }

    /// The 36 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// It names a person.
impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uuid(redacted)")
    }
}

/// The line of a request, read; of a `DELETE` the body is read after it.
#[derive(Debug, Clone)]
pub struct Line {
    id: Personal<Uuid>,
    method: Method,
    dry_run: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Delete,
}

/// The words that mean yes and no. The city's own library takes more, and breaks at some.
const WORDS: [(&str, bool); 8] = [
    ("true", true),
    ("True", true),
    ("TRUE", true),
    ("1", true),
    ("false", false),
    ("False", false),
    ("FALSE", false),
    ("0", false),
];

fn word(text: &str) -> Option<bool> {
    let found = WORDS.iter().find(|(word, _)| *word == text);
    found.map(|(_, means)| *means)
}

impl Line {
    /// Reads method, the path below the address of the service, and the query.
    ///
    /// # Errors
    /// The first of: another method, no UUID, a query that is not understood whole.
    pub fn read(method: &str, path: &str, query: Option<&str>) -> Result<Self, RightsRefusal> {
        let method = match method {
            "GET" => Method::Get,
            "DELETE" => Method::Delete,
            _ => return Err(RightsRefusal::Method),
        };
        let id = path.strip_prefix('/').and_then(Uuid::parse);
        let id = Personal::new(id.ok_or(RightsRefusal::IdInvalid)?);
        let mut dry_run = None;
        for pair in query
            .filter(|query| !query.is_empty())
            .into_iter()
            .flat_map(|query| query.split('&'))
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if decoded(name).as_deref() != Some("dry_run") {
                return Err(RightsRefusal::QueryUnknown);
            }
            let value = decoded(value).and_then(|value| word(&value));
            let value = value.ok_or(RightsRefusal::DryRunInvalid)?;
            if method == Method::Get || dry_run.replace(value).is_some() {
                return Err(RightsRefusal::DryRunInvalid);
            }
        }
        Ok(Self {
            id,
            method,
            dry_run,
        })
    }

    /// Whether the body says something too.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.method == Method::Delete
    }

    /// Whose data, and the act; `body` is that of a `DELETE`, and not looked at for a `GET`.
    ///
    /// # Errors
    /// The body says something else than `dry_run`, or something else than the query.
    pub fn with_body(self, body: &[u8]) -> Result<(Personal<Uuid>, RightsAct), RightsRefusal> {
        let act = match self.method {
            Method::Get => RightsAct::Export,
            Method::Delete => {
                let said = said(body)?;
                let differ = self.dry_run.zip(said).is_some_and(|(one, two)| one != two);
                if differ {
                    return Err(RightsRefusal::BodyInvalid);
                }
                if self.dry_run.or(said).unwrap_or(false) {
                    RightsAct::Check
                } else {
                    RightsAct::Erase
                }
            }
        };
        Ok((self.id, act))
    }
}

/// What a body says of `dry_run`; one of no octets says nothing.
fn said(body: &[u8]) -> Result<Option<bool>, RightsRefusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Said {
        dry_run: serde_json::Value,
    }

    if body.is_empty() {
        return Ok(None);
    }
    let limits = Limits::new(BODY, 1, 1, 2);
    let said: Said = json::from_slice(body, limits).map_err(|_| RightsRefusal::BodyInvalid)?;
    let value = match &said.dry_run {
        serde_json::Value::Bool(value) => Some(*value),
        serde_json::Value::String(text) => word(text),
        serde_json::Value::Number(number) => word(&number.to_string()),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            None
        }
    };
    value.map(Some).ok_or(RightsRefusal::BodyInvalid)
}
