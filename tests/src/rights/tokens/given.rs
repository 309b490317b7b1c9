//! Tokens by a real provider: those that it has given, and what anybody could make of them.

use super::role::{Role, Source, Token};
use super::{Act, Flaw, Good, Lack, now, unsigned};
use crate::provider::{Kind, SigningKey, with};
use crate::rights::arguments::{Arguments, IdKind, Person};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Seconds before its end from which on a token is not sent any more.
const LEFT: u64 = 10;

/// What forgeries take that only a provider can sign.
const OWN: &str = "a provider of the runner's own signs that";

/// What was handed in.
#[derive(Debug)]
pub(in crate::rights) struct Given<'e> {
    arguments: &'e Arguments,
    source: Source,
    tokens: BTreeMap<Role, Token>,
    /// Keys of nobody's.
    strangers: Vec<SigningKey>,
}

impl<'e> Given<'e> {
    /// Reads all of them, and holds each to its role.
    pub(super) fn read(arguments: &'e Arguments, source: Source) -> Result<Self, String> {
        let mut tokens = source.read(arguments)?;
        if arguments.template.kind() == IdKind::Profile {
            // Nobody's profile takes no user of whom nothing is known.
            tokens.remove(&Role::Unknown);
        }
        let issuer = tokens.iter().find(|(role, _)| **role != Role::OtherIssuer);
        let issuer = issuer.and_then(|(_, token)| token.claim("iss"));
        for (role, token) in &tokens {
            let fits = token.fits(*role, arguments, (issuer, now()));
            fits.map_err(|why| format!("the token {role} {why}"))?;
        }
        Ok(Self {
            arguments,
            source,
            tokens,
            strangers: Vec::new(),
        })
    }

    /// A token that can be sent now.
    fn current(&mut self, role: Role) -> Result<&Token, Lack> {
        let is_over = |token: &Token| role != Role::Expired && token.until() < now() + LEFT;
        if self.tokens.get(&role).is_some_and(is_over)
            && let Some(again) = self.source.again(role, self.arguments)
            && again.fits(role, self.arguments, (None, now())).is_ok()
        {
            self.tokens.insert(role, again);
        }
        match self.tokens.get(&role) {
            Some(token) if is_over(token) => Err(Lack(format!("the token {role} has expired"))),
            Some(token) => Ok(token),
            None => Err(Lack(format!("no token {role}"))),
        }
    }

    /// The first of these roles that there is a token of which is also as it is wanted.
    fn first(
        &mut self,
        roles: &[Role],
        is_fit: impl Fn(&Token, &Arguments) -> bool,
    ) -> Result<Token, Lack> {
        let arguments = self.arguments;
        let mut why = Vec::new();
        for role in roles {
            match self.current(*role) {
                Ok(token) if is_fit(token, arguments) => return Ok(token.clone()),
                Ok(_) => why.push(format!("the token {role} is not of this kind")),
                Err(Lack(lack)) => why.push(lack),
            }
        }
        Err(Lack(why.join(", ")))
    }

    /// Which tokens allow this person an act.
    fn roles(&self, person: &Person, act: Act) -> Result<&'static [Role], Lack> {
        let arguments = self.arguments;
        let is = |other: Option<&str>| other == Some(person.user.as_str());
        if person.user == arguments.person.user {
            return Ok(match act {
                Act::Get => &[Role::Query, Role::Both],
                Act::DryRun | Act::Delete => &[Role::Delete, Role::Both],
            });
        }
        let user = |other: &'e Option<Person>| other.as_ref().map(|other| other.user.as_str());
        if is(user(&arguments.refused)) {
            Ok(&[Role::Refused])
        } else if is(user(&arguments.other)) {
            Ok(&[Role::Other])
        } else if is(arguments.unknown.as_deref()) {
            Ok(&[Role::Unknown])
        } else {
            Err(Lack::of("--unknown-user, and a token `unknown`"))
        }
    }

    fn base(&mut self, person: &Person, act: Act) -> Result<Token, Lack> {
        let roles = self.roles(person, act)?;
        self.first(roles, |_, _| true)
    }

    pub(super) fn good(&mut self, good: Good, person: &Person, act: Act) -> Result<String, Lack> {
        let roles = self.roles(person, act)?;
        let token = match good {
            Good::Plain => self.first(roles, |_, _| true),
            Good::ExtraScopes => self.first(&[Role::Both], |_, _| true),
            Good::AudienceList => self.first(roles, |token, _| {
                token.claims.get("aud").is_some_and(Value::is_array)
            }),
            Good::SecondList => self.first(roles, |token, arguments| {
                let scope = match act {
                    Act::Get => arguments.scope_query.as_str(),
                    Act::DryRun | Act::Delete => arguments.scope_delete.as_str(),
                };
                let lists = token.scopes(&arguments.style);
                lists.first().is_some_and(|first| !first.contains(&scope))
            }),
            Good::LowAssurance => self.first(&[Role::Low], |_, _| true),
        };
        token.map(|token| token.text)
    }

    /// What a good token says, with this in its header, by a key of nobody's of the same kind.
    fn forged(&mut self, base: &Token, other: &Value) -> Result<String, Lack> {
        let alg = base.header.get("alg").and_then(Value::as_str);
        let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == alg);
        let kind = kind.ok_or_else(|| Lack::of("RS256, ES256 or EdDSA"))?;
        if !self.strangers.iter().any(|key| key.kind() == kind) {
            self.strangers.push(SigningKey::generate("stranger", kind));
        }
        let key = self.strangers.iter().find(|key| key.kind() == kind);
        let key = key.ok_or_else(|| Lack::of("a key"))?;
        Ok(key.token(&with(base.header.clone(), other), &base.claims))
    }

    pub(super) fn by_stranger(&mut self, person: &Person, act: Act) -> Result<String, Lack> {
        let base = self.base(person, act)?;
        self.forged(&base, &json!({ "kid": "stranger" }))
    }

    /// A token that is the person's but for what is wrong with it: of use where they are asked about.
    fn of_person(&mut self, role: Role, person: &Person) -> Result<String, Lack> {
        match person.user == self.arguments.person.user {
            true => self.current(role).map(|token| token.text.clone()),
            false => Err(Lack::of("the token is the person's: after --erase")),
        }
    }

    pub(super) fn bad(&mut self, flaw: Flaw, person: &Person, act: Act) -> Result<String, Lack> {
        match flaw {
            Flaw::TokenAlgNone => {
                let base = self.base(person, act)?;
                let header = with(base.header, &json!({ "alg": "none" }));
                Ok(unsigned(&header, &base.text))
            }
            Flaw::TokenStrangerKeySameKid => {
                let base = self.base(person, act)?;
                // Without an id, where the good one has none.
                let kid = base.header.get("kid").cloned().unwrap_or_default();
                self.forged(&base, &json!({ "kid": kid }))
            }
            Flaw::TokenKidUnknown => self.by_stranger(person, act),
            Flaw::TokenExpired => self.of_person(Role::Expired, person),
            Flaw::TokenAudWrong => self.of_person(Role::OtherAudience, person),
            Flaw::TokenIssWrong => self.of_person(Role::OtherIssuer, person),
            Flaw::ScopeMissing => self.of_person(Role::NoScope, person),
            Flaw::ScopeOfOtherAct => {
                let role = match act {
                    Act::Get => Role::Delete,
                    Act::DryRun | Act::Delete => Role::Query,
                };
                self.of_person(role, person)
            }
            // Some go by the token and not by the address: it would be the end of that person's data.
            Flaw::TokenSubOther if act == Act::Delete && !self.arguments.erase => {
                Err(Lack::of("--erase"))
            }
            Flaw::TokenSubOther => {
                let token = self.current(Role::Other)?.clone();
                match token.claim("sub") == Some(person.user.as_str()) {
                    true => Err(Lack::of("the token is that person's")),
                    false => Ok(token.text),
                }
            }
            Flaw::TokenNone
            | Flaw::TokenGarbage
            | Flaw::TokenHs256PublicKey
            | Flaw::TokenNoExp
            | Flaw::TokenAudMissing
            | Flaw::TokenSubMissing
            | Flaw::ScopeInWrongShape => Err(Lack::of(OWN)),
        }
    }
}
