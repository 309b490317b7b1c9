//! Tokens by a provider of the runner's own: such as a good one gives, and such as none would.

use super::{Act, Flaw, Good, encoded, now, unsigned};
use crate::base64url;
use crate::provider::{Kind, Provider, SigningKey, with};
use crate::rights::arguments::{Arguments, Person, Style};
use crate::rights::run::Unsound;
use aws_lc_rs::hmac;
use serde_json::{Value, json};

/// Makes tokens for one examination.
#[derive(Debug)]
pub(in crate::rights) struct Made<'e> {
    arguments: &'e Arguments,
    provider: Provider,
    kind: Kind,
    /// A key of nobody's.
    stranger: SigningKey,
}

impl<'e> Made<'e> {
    pub(super) fn new(arguments: &'e Arguments) -> Result<Self, Unsound> {
        let provider = Provider::start_at(&arguments.listen, &arguments.issuer);
        let provider = provider.map_err(|error| Unsound::Listen(error.to_string()))?;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == arguments.alg);
        let kind = kind.unwrap_or(Kind::Rs256);
        Ok(Self {
            arguments,
            provider,
            kind,
            stranger: SigningKey::generate("stranger", kind),
        })
    }

    pub(super) const fn provider(&self) -> &Provider {
        &self.provider
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
            // They need no provider.
            Flaw::TokenNone | Flaw::TokenGarbage => return None,
            Flaw::TokenAlgNone => {
                let header = json!({ "alg": "none", "typ": "JWT", "kid": self.kid() });
                unsigned(&header, &but(json!({})))
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
