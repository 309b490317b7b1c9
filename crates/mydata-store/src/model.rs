//! What goes into a store and comes out of it: octets that it does not read, and beside them what it
//! looks up by.

use mydata::core::crypto::Sha256;
use mydata::core::id::{AccountId, ConsentId, LinkCode, LinkId, ServiceId, SurrogateId, TokenId};
use mydata::core::time::Timestamp;
use mydata::record::consent::ConsentState;
use mydata::record::consent::Validity;
use mydata::record::link::LinkState;
use mydata::record::standing::{Standing, standing};
use std::fmt;

/// How many decisions of an account are stored; the first one makes it 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Version(u64);

/// Where an entry stands in the log of its partition: 1, 2, 3 …, without a hole but for what was
/// erased, and in the order of the commits. 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position(u64);

macro_rules! number {
    ($name:ident) => {
        impl $name {
            /// Before the first.
            pub const ZERO: Self = Self(0);

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// From the number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The one after it.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }
    };
}
number!(Version);
number!(Position);

/// One part of the log: an account is in one for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(pub u16);

impl Partition {
    /// The partition of an account where there are `count`: the first two octets of SHA-256 of the
    /// id, modulo `count`. A store keeps the number with the account and never computes it again.
    #[must_use]
    pub fn of(digest: &Sha256, count: u16) -> Self {
        let [high, low, ..] = *digest.as_octets();
        Self(u16::from_be_bytes([high, low]) % count.max(1))
    }
}

/// The caller's name for one request: 1 to 128 visible ASCII characters, and not `job:` at the beginning,
/// which is ours. The same one again is the same request, and gets the same answer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestKey(Box<str>);

impl RequestKey {
    /// `None` for what is no key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::kept(text).filter(|_| !text.starts_with("job:"))
    }

    /// A key that a store has kept, ours among them: for engines that read it back.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RequestKey {
    /// A caller might put anything in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestKey({} characters)", self.0.len())
    }
}

/// A request, as it is recognised when it comes again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Request {
    /// Its name, unique in the account.
    pub key: RequestKey,
    /// SHA-256 of what was asked: with the same name it must be the same.
    pub digest: Sha256,
}

/// What authenticates kept octets, made and checked above the store.
pub type Mark = [u8; 32];

/// The state of an account at one version.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Snapshot {
    /// After so many decisions; zero for the account as it was opened.
    pub version: Version,
    /// The mark of the entry at that version: the next one continues it.
    pub head: Mark,
    /// The account.
    pub octets: Vec<u8>,
    /// Over all of it.
    pub mark: Mark,
}

/// One decision of an account, as it is kept.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Kept {
    /// Which decision of the account: the first is 1.
    pub version: Version,
    /// Where it stands in the log.
    pub position: Position,
    /// What was asked.
    pub request: Request,
    /// The decision.
    pub body: Vec<u8>,
    /// Over all of it but the position, and over the mark before it.
    pub mark: Mark,
}

/// An account, as far as was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by stores, read everywhere")]
pub struct Held {
    /// The newest version.
    pub version: Version,
    /// Where to begin, unless the caller has the account already.
    pub from: Option<Snapshot>,
    /// What comes after it, in order and without a gap.
    pub entries: Vec<Kept>,
}

/// From where an account is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store answers all three")]
pub enum Reading {
    /// From the newest snapshot.
    Newest,
    /// What is new after this version; without a snapshot.
    Since(Version),
    /// Everything since it was opened.
    Whole,
}

/// An entry of the log.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by stores, read everywhere")]
pub struct Logged {
    /// Whose it is.
    pub account: AccountId,
    /// The entry.
    pub entry: Kept,
}

/// What waits for a service in one partition, by its first and its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by stores, read everywhere")]
pub struct Backlog {
    /// The oldest entry that waits: all before it was passed.
    pub first: Position,
    /// The newest one.
    pub last: Position,
}

macro_rules! counted {
    ($($name:ident . $octets:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}, {} octets)"), self.version.get(), self.$octets.len())
            }
        }
    )+};
}
counted!(Snapshot.octets, Kept.body);

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logged").field(&self.entry).finish()
    }
}

/// A decision to be stored.
#[derive(Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Append {
    /// Whose it is.
    pub account: AccountId,
    /// The version on which it was decided.
    pub expect: Version,
    /// What was asked.
    pub request: Request,
    /// When.
    pub at: Timestamp,
    /// What is stored.
    pub change: Change,
}

/// What one request does to the store.
#[derive(Clone)]
#[expect(clippy::exhaustive_enums, reason = "a store does all three")]
pub enum Change {
    /// A new account, at version zero; nothing is logged.
    Open {
        /// The account as it begins.
        opening: Snapshot,
        /// What it is found by.
        index: Index,
    },
    /// A decision.
    Decide {
        /// The decision.
        body: Vec<u8>,
        /// Over it.
        mark: Mark,
        /// The services that it has messages for, each once.
        to: Vec<ServiceId>,
        /// What it is found by from now on.
        index: Index,
        /// The account after it, when it is time for a snapshot.
        snapshot: Option<Snapshot>,
    },
    /// Everything of the account goes, but for the [`Tombstone`].
    Erase,
}

impl fmt::Debug for Append {
    /// Numbers only: the octets may say who it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Append")
            .field("expect", &self.expect)
            .field("change", &self.change)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { opening, .. } => f.debug_tuple("Open").field(opening).finish(),
            Self::Decide { body, to, .. } => {
                write!(f, "Decide({} octets, {} services)", body.len(), to.len())
            }
            Self::Erase => f.write_str("Erase"),
        }
    }
}

/// What is looked up, as far as a decision changes it: every row replaces the one of the same id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Index {
    /// When the account's timers have something to do next.
    pub due: Option<Timestamp>,
    /// Linkings that began, with their service, or are over.
    pub linkings: Vec<(LinkCode, Option<ServiceId>)>,
    /// Links.
    pub links: Vec<LinkRow>,
    /// Consents.
    pub consents: Vec<ConsentRow>,
    /// Tokens.
    pub tokens: Vec<TokenRow>,
}

/// A link, as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct LinkRow {
    /// Its id; no other account has it.
    pub id: LinkId,
    /// The service.
    pub service: ServiceId,
    /// The person, as the service knows them; no other account has it with this service (D30).
    pub surrogate: SurrogateId,
    /// Its state.
    pub state: LinkState,
}

/// A consent, as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ConsentRow {
    /// Its id; no other account has it.
    pub id: ConsentId,
    /// The link that it stands under.
    pub link: LinkId,
    /// Its state.
    pub state: ConsentState,
    /// When it begins and ends.
    pub validity: Validity,
}

/// A token, as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct TokenRow {
    /// Its id.
    pub id: TokenId,
    /// When it ends: after that it may be forgotten.
    pub exp: Timestamp,
}

/// A consent with its link, as they stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by stores, read everywhere")]
pub struct Stands {
    /// Whose it is.
    pub account: AccountId,
    /// The service whose record it is.
    pub service: ServiceId,
    /// The link's state.
    pub link: LinkState,
    /// The consent's state.
    pub state: ConsentState,
    /// When it begins and ends.
    pub validity: Validity,
}

impl Stands {
    /// Whether it permits processing now.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        standing(self.link, self.state, self.validity, now)
    }
}

/// By what an account is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a store answers all of them")]
pub enum Lookup {
    /// A consent.
    Consent(ConsentId),
    /// A link, also a removed one.
    Link(LinkId),
    /// A person as a service knows them, also after the link was removed.
    Surrogate(ServiceId, SurrogateId),
    /// A linking under way.
    Linking(LinkCode),
    /// A token that has not been forgotten.
    Token(TokenId),
}

/// Which accounts, in ascending order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store answers all of them")]
pub enum Which {
    /// All.
    All,
    /// Those whose timers have something to do at this moment.
    Due(Timestamp),
    /// Those with a link to this service, active or removed, or with a linking under way.
    Of(ServiceId),
}

/// What became of an [`Append`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "only `Stored` says that it is stored"]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever appends handles all of them"
)]
pub enum Appended {
    /// It is stored, and survives whatever comes.
    Stored {
        /// The account's version now.
        version: Version,
        /// Where it stands in the log; zero where nothing is logged.
        position: Position,
    },
    /// The very same request was stored before, in this entry; none where nothing was logged.
    Repeated(Option<Kept>),
    /// The account has gone on: decide again.
    Conflict {
        /// Its version.
        version: Version,
    },
}

/// What is left of an account that was erased: nothing about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by stores, read everywhere")]
pub struct Tombstone {
    /// SHA-256 of the account's id: 128 random bits that stand nowhere else.
    pub account: Sha256,
    /// When it was erased.
    pub at: Timestamp,
    /// How many decisions it had.
    pub version: Version,
    /// The mark of the last: who still has copies of them all, and the key, can show that these were
    /// they.
    pub head: Mark,
}
