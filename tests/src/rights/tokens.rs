//! Tokens as a provider gives them, and with one thing wrong.

mod given;
mod made;
mod role;

use crate::base64url;
use crate::provider::Provider;
use crate::rights::arguments::{Arguments, Person};
use crate::rights::run::Unsound;
use aws_lc_rs::rand;
use given::Given;
use made::Made;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

pub use role::Source;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Download.
    Get,
    /// Ask whether everything could be erased.
    DryRun,
    /// Erase.
    Delete,
}

impl Act {
    /// As it is written in a report.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::DryRun => "DELETE?dry_run=true",
            Self::Delete => "DELETE",
        }
    }

    pub(super) const fn method(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::DryRun | Self::Delete => "DELETE",
        }
    }

    pub(super) const fn query(self) -> &'static str {
        match self {
            Self::DryRun => "dry_run=true",
            Self::Get | Self::Delete => "",
        }
    }
}

/// A good token that is unlike the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Good {
    /// As the city's provider gives it.
    Plain,
    /// With more scopes than are needed.
    ExtraScopes,
    /// `aud` is a list.
    AudienceList,
    /// The scope stands in the second of two lists.
    SecondList,
    /// The person has signed in with a password only.
    LowAssurance,
}

/// The one thing that is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    TokenNone,
    TokenGarbage,
    TokenAlgNone,
    TokenHs256PublicKey,
    TokenExpired,
    TokenNoExp,
    TokenAudWrong,
    TokenAudMissing,
    TokenIssWrong,
    TokenStrangerKeySameKid,
    TokenKidUnknown,
    TokenSubOther,
    TokenSubMissing,
    ScopeMissing,
    ScopeOfOtherAct,
    ScopeInWrongShape,
}

impl Flaw {
    /// All of them.
    pub(super) const ALL: [Self; 16] = [
        Self::TokenNone,
        Self::TokenGarbage,
        Self::TokenAlgNone,
        Self::TokenHs256PublicKey,
        Self::TokenExpired,
        Self::TokenNoExp,
        Self::TokenAudWrong,
        Self::TokenAudMissing,
        Self::TokenIssWrong,
        Self::TokenStrangerKeySameKid,
        Self::TokenKidUnknown,
        Self::TokenSubOther,
        Self::TokenSubMissing,
        Self::ScopeMissing,
        Self::ScopeOfOtherAct,
        Self::ScopeInWrongShape,
    ];

    /// The id of its check.
    #[must_use]
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::TokenNone => "token_none",
            Self::TokenGarbage => "token_garbage",
            Self::TokenAlgNone => "token_alg_none",
            Self::TokenHs256PublicKey => "token_hs256_public_key",
            Self::TokenExpired => "token_expired",
            Self::TokenNoExp => "token_no_exp",
            Self::TokenAudWrong => "token_aud_wrong",
            Self::TokenAudMissing => "token_aud_missing",
            Self::TokenIssWrong => "token_iss_wrong",
            Self::TokenStrangerKeySameKid => "token_stranger_key_same_kid",
            Self::TokenKidUnknown => "token_kid_unknown",
            Self::TokenSubOther => "token_sub_other",
            Self::TokenSubMissing => "token_sub_missing",
            Self::ScopeMissing => "scope_missing",
            Self::ScopeOfOtherAct => "scope_of_other_act",
            Self::ScopeInWrongShape => "scope_in_wrong_shape",
        }
    }

    /// Whether the city's own library is known to answer 403.
    pub(super) const fn is_403_in_library(self) -> bool {
        matches!(
            self,
            Self::TokenSubOther
                | Self::ScopeMissing
                | Self::ScopeOfOtherAct
                | Self::ScopeInWrongShape
        )
    }

    /// Whether the city's own library is known to take it: it finds scopes along a path through lists and
    /// objects alike, and of a person whom it does not know there is nothing for anybody.
    pub(super) const fn is_taken_by_library(self, has_data: bool) -> bool {
        matches!(self, Self::ScopeInWrongShape) || matches!(self, Self::TokenSubOther) && !has_data
    }
}

/// What a check takes and has not been given: it is not made, and that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lack(pub(super) String);

impl Lack {
    pub(super) fn of(what: impl ToString) -> Self {
        Self(what.to_string())
    }
}

/// Where the tokens of an examination come from.
#[derive(Debug)]
pub(super) enum Tokens<'e> {
    /// From a provider of the runner's own, which gives any.
    Made(Made<'e>),
    /// From a real one, which has given some.
    Given(Given<'e>),
}

impl<'e> Tokens<'e> {
    /// Starts the provider, or reads what the real one has given.
    pub(super) fn new(arguments: &'e Arguments) -> Result<Self, Unsound> {
        match &arguments.source {
            None => Made::new(arguments).map(Self::Made),
            Some(source) => {
                let given = Given::read(arguments, source.clone()).map(Self::Given);
                given.map_err(Unsound::Tokens)
            }
        }
    }

    /// The provider of the runner's own, if it has one.
    pub(super) const fn provider(&self) -> Option<&Provider> {
        match self {
            Self::Made(made) => Some(made.provider()),
            Self::Given(_) => None,
        }
    }

    /// A token that must be taken.
    pub(super) fn good(&mut self, good: Good, person: &Person, act: Act) -> Result<String, Lack> {
        match self {
            Self::Made(made) => Ok(made.good(good, person, act)),
            Self::Given(given) => given.good(good, person, act),
        }
    }

    /// A good token by a key that the provider does not publish.
    pub(super) fn by_stranger(&mut self, person: &Person, act: Act) -> Result<String, Lack> {
        match self {
            Self::Made(made) => Ok(made.by_stranger(person, act)),
            Self::Given(given) => given.by_stranger(person, act),
        }
    }

    /// What must not be taken; nothing, where nothing is sent.
    pub(super) fn bad(
        &mut self,
        flaw: Flaw,
        person: &Person,
        other: &Person,
        act: Act,
    ) -> Result<Option<String>, Lack> {
        match (flaw, self) {
            (Flaw::TokenNone, _) => Ok(None),
            (Flaw::TokenGarbage, _) => Ok(Some("e30.garbage.AAAA".to_owned())),
            (flaw, Self::Made(made)) => Ok(made.bad(flaw, person, other, act)),
            (flaw, Self::Given(given)) => given.bad(flaw, person, act).map(Some),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are of the time at which they are used"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn encoded(value: &Value) -> String {
    base64url::encode(value.to_string().as_bytes())
}

/// A token as it would be if no signature were asked for.
fn unsigned(header: &Value, signed: &str) -> String {
    let claims = signed.split('.').nth(1).unwrap_or_default();
    format!("{}.{claims}.", encoded(header))
}

/// A UUID of nobody's.
pub(super) fn nobody() -> String {
    let mut octets = [0_u8; 16];
    // Were there no randomness, it would be a UUID that nobody has all the same.
    let _ = rand::fill(&mut octets);
    octets[6] = 0x40 | (octets[6] & 0x0f);
    octets[8] = 0x80 | (octets[8] & 0x3f);
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
