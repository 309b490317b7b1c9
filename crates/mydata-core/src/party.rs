//! Who signs: the parties of the protocol, the rule of signers of a record, and the key sets that a
//! verification is allowed to use.

use crate::id::KeyId;
use crate::jwk::{KeyHistory, KeyLife, KeySet, PublicKey};
use crate::time::Timestamp;
use std::fmt;

/// A party that holds a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the framework closes the set; a new signer must break every table"
)]
pub enum Party {
    /// The account owner; keys in `cr_keys` of the service link record.
    Owner,
    /// The operator; `operator_key` and `token_issuer_key`.
    Operator,
    /// A service; the key registered with its description.
    Service,
    /// A sink's proof-of-possession key, `pop_key`.
    Sink,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Service => "service",
            Self::Sink => "sink",
        })
    }
}

/// Which signatures a record must carry; exactly these, and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two rules that the framework has"
)]
pub enum SignerRule {
    /// One signature of each party named.
    All(&'static [Party]),
    /// One signature, of any of the parties named.
    OneOf(&'static [Party]),
}

/// Who made a signature, and with which key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SignedBy {
    /// The party to which the verifier had bound the key.
    pub party: Party,
    /// The key.
    pub key: PublicKey,
}

impl SignedBy {
    pub(crate) const fn new(party: Party, key: PublicKey) -> Self {
        Self { party, key }
    }
}

/// The keys that a verifier already binds to each party, from a link record, a registry or its own
/// configuration; never from the message under verification.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartyKeys<'a> {
    bound: [Option<Bound<'a>>; 4],
}

/// Keys of one party: as they are, or each with its life.
#[derive(Debug, Clone, Copy)]
enum Bound<'a> {
    Key(&'a PublicKey),
    Set(&'a KeySet),
    History(&'a KeyHistory),
}

impl<'a> PartyKeys<'a> {
    /// No keys: everything is refused.
    #[must_use]
    pub const fn none() -> Self {
        Self { bound: [None; 4] }
    }

    /// The keys of `party` are `keys`, whatever the time: those that are frozen in a record, or that
    /// the caller knows to be in force.
    #[must_use]
    pub fn with(self, party: Party, keys: &'a KeySet) -> Self {
        self.bind(party, Bound::Set(keys))
    }

    /// The one key of `party` is `key`, whatever the time: a consent names the keys of its tokens and
    /// requests.
    #[must_use]
    pub fn with_key(self, party: Party, key: &'a PublicKey) -> Self {
        self.bind(party, Bound::Key(key))
    }

    /// The keys of `party` are those of `history`, each for what states a time of its life.
    #[must_use]
    pub fn with_history(self, party: Party, history: &'a KeyHistory) -> Self {
        self.bind(party, Bound::History(history))
    }

    fn bind(mut self, party: Party, keys: Bound<'a>) -> Self {
        let [owner, operator, service, sink] = &mut self.bound;
        *(match party {
            Party::Owner => owner,
            Party::Operator => operator,
            Party::Service => service,
            Party::Sink => sink,
        }) = Some(keys);
        self
    }

    fn of(&self, party: Party) -> Option<Bound<'a>> {
        let [owner, operator, service, sink] = self.bound;
        match party {
            Party::Owner => owner,
            Party::Operator => operator,
            Party::Service => service,
            Party::Sink => sink,
        }
    }

    /// The key of `party` with this id, if one is bound.
    #[must_use]
    pub fn get(&self, party: Party, kid: &KeyId) -> Option<&'a PublicKey> {
        match self.of(party)? {
            Bound::Key(key) => (key.kid() == kid).then_some(key),
            Bound::Set(set) => set.get(kid),
            Bound::History(history) => history.get(kid).map(|life| &life.key),
        }
    }

    /// Every key that is bound to `party`.
    pub fn keys(&self, party: Party) -> impl Iterator<Item = &'a PublicKey> {
        let (key, set, history) = match self.of(party) {
            Some(Bound::Key(key)) => (Some(key), None, None),
            Some(Bound::Set(set)) => (None, Some(set), None),
            Some(Bound::History(history)) => (None, None, Some(history)),
            None => (None, None, None),
        };
        let set = set.into_iter().flat_map(KeySet::iter);
        let keys = key.into_iter().chain(set);
        keys.chain(history.into_iter().flat_map(KeyHistory::keys))
    }

    /// Whether `key`, which is bound to `party`, may have signed a record of the time that `stated`
    /// gives: [`KeyLife::admits`].
    #[must_use]
    pub fn admits(
        &self,
        party: Party,
        key: &PublicKey,
        stated: impl FnOnce() -> Option<Timestamp>,
    ) -> bool {
        let life: Option<&KeyLife> = match self.of(party) {
            Some(Bound::Key(_) | Bound::Set(_)) | None => return true,
            Some(Bound::History(history)) => history.get(key.kid()),
        };
        life.is_none_or(|life| life.admits(stated))
    }
}
