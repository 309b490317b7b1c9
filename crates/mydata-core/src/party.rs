//! Who signs: the parties of the protocol, the rule of signers of a record, and the key sets that a
//! verification is allowed to use.

use crate::jwk::{KeySet, PublicKey};
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
    sets: [Option<&'a KeySet>; 4],
}

impl<'a> PartyKeys<'a> {
    /// No keys: everything is refused.
    #[must_use]
    pub const fn none() -> Self {
        Self { sets: [None; 4] }
    }

    /// The keys of `party` are `keys`.
    #[must_use]
    pub fn with(mut self, party: Party, keys: &'a KeySet) -> Self {
        let [owner, operator, service, sink] = &mut self.sets;
        *(match party {
            Party::Owner => owner,
            Party::Operator => operator,
            Party::Service => service,
            Party::Sink => sink,
        }) = Some(keys);
        self
    }

    /// The keys of `party`, if any are bound.
    #[must_use]
    pub fn of(&self, party: Party) -> Option<&'a KeySet> {
        let [owner, operator, service, sink] = self.sets;
        match party {
            Party::Owner => owner,
            Party::Operator => operator,
            Party::Service => service,
            Party::Sink => sink,
        }
    }
}
