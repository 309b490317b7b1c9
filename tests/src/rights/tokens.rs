//! Tokens as the provider gives them, and with one thing wrong.

use crate::base64url;
use crate::provider::{Kind, Provider, SigningKey, with};
use crate::rights::arguments::{Arguments, Person, Style};
use aws_lc_rs::{hmac, rand};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

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

/// Makes tokens for one examination.
#[derive(Debug)]
pub(super) struct Tokens<'e> {
    arguments: &'e Arguments,
    provider: &'e Provider,
    kind: Kind,
    /// A key of nobody's.
    stranger: SigningKey,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are of the time at which they are used"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl<'e> Tokens<'e> {
    pub(super) fn new(arguments: &'e Arguments, provider: &'e Provider) -> Self {
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == arguments.alg);
        let kind = kind.unwrap_or(Kind::Rs256);
        Self {
            arguments,
            provider,
            kind,
            stranger: SigningKey::generate("stranger", kind),
        }
    }

    const fn scope(&self, act: Act) -> (&'e String, &'e String) {
        let (query, delete) = (&self.arguments.scope_query, &self.arguments.scope_delete);
        match act {
            Act::Get => (query, delete),
            Act::DryRun | Act::Delete => (delete, query),
        }
    }

    /// `lists` of scopes, where this provider has them.
    fn scopes(&self, lists: &[Vec<&str>]) -> Value {
        match &self.arguments.style {
            Style::Keycloak => {
                let permissions: Vec<Value> =
                    lists.iter().map(|list| json!({ "scopes": list })).collect();
                json!({ "authorization": { "permissions": permissions } })
            }
            Style::Flat(claim) => json!({ claim: lists.concat() }),
        }
    }

    fn claims(&self, person: &Person, act: Act) -> Value {
        let now = now();
        let claims = json!({
            "iss": self.arguments.issuer, "aud": self.arguments.audience, "sub": person.user,
            "typ": "Bearer", "azp": "profile", "iat": now, "exp": now + 300, "auth_time": now,
            "sid": "data-rights-examination", "loa": "substantial",
        });
        with(claims, &self.scopes(&[vec![self.scope(act).0]]))
    }

    /// A token that must be taken.
    pub(super) fn good(&self, good: Good, person: &Person, act: Act) -> String {
        let (scope, other) = self.scope(act);
        let unlike = match good {
            Good::Plain => json!({}),
            Good::ExtraScopes => self.scopes(&[vec!["read", scope, other, "write"]]),
            Good::AudienceList => json!({ "aud": ["another", self.arguments.audience] }),
            Good::SecondList => self.scopes(&[vec!["read"], vec![scope]]),
            Good::LowAssurance => json!({ "loa": "low" }),
        };
        let claims = with(self.claims(person, act), &unlike);
        self.provider.sign_as(self.kind, &json!({}), &claims)
    }

    /// A good token by a key that the provider does not publish.
    pub(super) fn by_stranger(&self, person: &Person, act: Act) -> String {
        self.stranger.token(&json!({}), &self.claims(person, act))
    }

    /// What must not be taken; nothing, where nothing is sent.
    pub(super) fn bad(
        &self,
        flaw: Flaw,
        person: &Person,
        other: &Person,
        act: Act,
    ) -> Option<String> {
        let claims = self.claims(person, act);
        let (scope, other_scope) = self.scope(act);
        let but = |other: Value| {
            let claims = with(claims.clone(), &other);
            self.provider.sign_as(self.kind, &json!({}), &claims)
        };
        Some(match flaw {
            Flaw::TokenNone => return None,
            Flaw::TokenGarbage => "e30.garbage.AAAA".to_owned(),
            Flaw::TokenAlgNone => {
                let signed = but(json!({}));
                let header = json!({ "alg": "none", "typ": "JWT", "kid": self.kid() });
                let claims = signed.split('.').nth(1).unwrap_or_default();
                format!("{}.{claims}.", encoded(&header))
            }
            Flaw::TokenHs256PublicKey => self.by_public_key(&claims),
            Flaw::TokenExpired => but(json!({ "iat": now() - 1200, "exp": now() - 900 })),
            Flaw::TokenNoExp => but(json!({ "exp": null })),
            Flaw::TokenAudWrong => but(json!({ "aud": "another-service" })),
            Flaw::TokenAudMissing => but(json!({ "aud": null })),
            Flaw::TokenIssWrong => but(json!({ "iss": "https://another-provider.example/" })),
            Flaw::TokenStrangerKeySameKid => {
                let kid = self.kid();
                self.stranger.token(&json!({ "kid": kid }), &claims)
            }
            Flaw::TokenKidUnknown => self.by_stranger(person, act),
            Flaw::TokenSubOther => but(json!({ "sub": other.user })),
            Flaw::TokenSubMissing => but(json!({ "sub": null })),
            Flaw::ScopeMissing => but(self.scopes(&[Vec::new()])),
            Flaw::ScopeOfOtherAct => but(self.scopes(&[vec![other_scope]])),
            Flaw::ScopeInWrongShape => but(match &self.arguments.style {
                Style::Keycloak => {
                    json!({ "authorization": { "permissions": { "scopes": [scope] } } })
                }
                Style::Flat(claim) => json!({ claim: { scope: true } }),
            }),
        })
    }

    fn kid(&self) -> Value {
        let jwk = self.provider.jwk(self.kind);
        jwk.get("kid").cloned().unwrap_or_default()
    }

    /// Signed as if the public key, which everybody has, were a shared secret.
    fn by_public_key(&self, claims: &Value) -> String {
        let kid = self.kid();
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid });
        let signed = format!("{}.{}", encoded(&header), encoded(claims));
        let public = self.provider.jwk(self.kind).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", base64url::encode(tag.as_ref()))
    }
}

fn encoded(value: &Value) -> String {
    base64url::encode(value.to_string().as_bytes())
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
