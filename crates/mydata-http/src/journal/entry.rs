//! What stands in a journal.

use super::Kept;
use mydata::core::id::{OperatorId, SurrogateId};
use mydata::core::personal::Personal;
use mydata::core::time::Timestamp;
use std::fmt;

/// A message of an operator's that was accepted, as it came.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Message {
    /// From whom.
    pub from: OperatorId,
    /// When.
    pub at: Timestamp,
    /// Its octets.
    pub octets: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, at, octets } = self;
        write!(f, "Message(from {from} at {at}, {} octets)", octets.len())
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads a journal must take all of it"
)]
pub enum Entry {
    /// A message was accepted.
    Message(Message),
    /// Behind this surrogate is this member of the service's: by whatever name the service has for a person.
    Member {
        /// The surrogate.
        surrogate: SurrogateId,
        /// The member.
        member: Personal<String>,
    },
    /// Nobody is behind this surrogate any more.
    Forgotten {
        /// The surrogate.
        surrogate: SurrogateId,
    },
}

const MESSAGE: u8 = b'M';
const MEMBER: u8 = b'P';
const FORGOTTEN: u8 = b'F';

impl Kept for Entry {
    /// Kind; for a message the time in seconds; a name and its length; and the rest.
    fn written(&self) -> Vec<u8> {
        let named = |kind: u8, time: &[u8], name: &str, rest: &[u8]| {
            // No id is that long: the limit of one is far below.
            let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes();
            [&[kind], time, &length, name.as_bytes(), rest].concat()
        };
        match self {
            Self::Message(Message { from, at, octets }) => {
                named(MESSAGE, &at.seconds().to_be_bytes(), from.as_str(), octets)
            }
            Self::Member { surrogate, member } => {
                let member = member.expose().as_bytes();
                named(MEMBER, &[], surrogate.as_str(), member)
            }
            Self::Forgotten { surrogate } => named(FORGOTTEN, &[], surrogate.as_str(), &[]),
        }
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (kind, rest) = octets.split_first()?;
        let (at, rest) = match *kind {
            MESSAGE => {
                let (at, rest) = rest.split_first_chunk()?;
                (Timestamp::from_seconds(u64::from_be_bytes(*at))?, rest)
            }
            _ => (Timestamp::EPOCH, rest),
        };
        let (length, rest) = rest.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let name = std::str::from_utf8(name).ok()?;
        match *kind {
            MESSAGE => Some(Self::Message(Message {
                from: OperatorId::parse(name).ok()?,
                at,
                octets: rest.to_vec(),
            })),
            MEMBER => Some(Self::Member {
                surrogate: SurrogateId::parse(name).ok()?,
                member: Personal::new(String::from_utf8(rest.to_vec()).ok()?),
            }),
            FORGOTTEN if rest.is_empty() => Some(Self::Forgotten {
                surrogate: SurrogateId::parse(name).ok()?,
            }),
            _ => None,
        }
    }
}
