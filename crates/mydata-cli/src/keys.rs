//! Keys in files: those that a verification trusts, and the one that signs.

use crate::finding::Fault;
use crate::input;
use crate::kind::Kind;
use crate::paper::clean;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mydata::core::id::{KeyId, OperatorId, ServiceId};
use mydata::core::json::{Limits, from_slice};
use mydata::core::jwk::{KeyRefusal, KeySet, PublicKey};
use mydata::core::party::{Party, PartyKeys, SignerRule};
use mydata::keys::{PrivateKey, PrivateKeyRefusal};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The keys of a `--keys` file, bound to parties as it says.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// A set by itself: of every party that may sign.
    plain: Option<KeySet>,
    parties: [Option<KeySet>; 4],
    operators: BTreeMap<OperatorId, KeySet>,
    services: BTreeMap<ServiceId, KeySet>,
}

const PARTIES: [(Party, &str); 4] = [
    (Party::Owner, "owner"),
    (Party::Operator, "operator"),
    (Party::Service, "service"),
    (Party::Sink, "sink"),
];

impl Keys {
    /// Reads a `--keys` file; a set by itself is bound to `party`, if there is one.
    pub(crate) fn read(path: &Path, party: Option<Party>) -> Result<Self, Fault> {
        let octets = input::read(path)?;
        let name = input::name(path);
        let value: Value = from_slice(octets.trim_ascii(), Limits::MESSAGE)
            .map_err(|fault| Fault::unusable(&name, &fault))?;
        let Some(members) = value.as_object() else {
            return Err(Fault::usage(format!("{name}: not an object")));
        };
        if members.is_empty() {
            return Err(Fault::usage(format!("{name}: no keys")));
        }
        let mut keys = Self::default();
        if members.contains_key("keys") && members.len() > 1 {
            return Err(Fault::usage(format!(
                "{name}: a JWK Set has `keys` and no other member; keys by party have none"
            )));
        }
        if members.contains_key("kty") || members.contains_key("keys") {
            let set = set_of(&value, &name)?;
            match party {
                None => keys.plain = Some(set),
                Some(party) => *keys.place(party) = Some(set),
            }
            return Ok(keys);
        }
        if party.is_some() {
            return Err(Fault::usage(format!(
                "{name}: says itself whose keys they are; --party is for a set"
            )));
        }
        for (member, value) in members {
            if let Some((party, _)) = PARTIES.iter().find(|(_, name)| name == member) {
                *keys.place(*party) = Some(set_of(value, &format!("{name}: {member}"))?);
                continue;
            }
            let by_id = value.as_object();
            match (member.as_str(), by_id) {
                ("operators", Some(by_id)) => {
                    keys.operators = sets(by_id, &name, |id| OperatorId::parse(id).ok())?;
                }
                ("services", Some(by_id)) => {
                    keys.services = sets(by_id, &name, |id| ServiceId::parse(id).ok())?;
                }
                _ => {
                    return Err(Fault::usage(format!(
                        "{name}: neither a JWK, a JWK Set nor an object of owner, operator, service, \
                         sink, operators, services"
                    )));
                }
            }
        }
        Ok(keys)
    }

    fn place(&mut self, party: Party) -> &mut Option<KeySet> {
        let [owner, operator, service, sink] = &mut self.parties;
        match party {
            Party::Owner => owner,
            Party::Operator => operator,
            Party::Service => service,
            Party::Sink => sink,
        }
    }

    /// Whether the file does not say whose keys they are.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain.is_some()
    }

    /// The keys for a record of `kind` whose signatures name `kids`.
    ///
    /// A set by itself is bound to every party that may sign. Where two parties must, no key may stand
    /// for both: each gets the one key that a signature names, in the order of the signatures.
    pub(crate) fn bind(&self, kind: &Kind, kids: &[String]) -> Binding {
        let mut binding = Binding(self.parties.clone());
        let Some(plain) = &self.plain else {
            return binding;
        };
        match kind.signers {
            SignerRule::All(parties @ [_, _, ..]) => {
                for (party, kid) in parties.iter().zip(kids) {
                    let key = KeyId::parse(kid)
                        .ok()
                        .and_then(|kid| plain.get(&kid).cloned());
                    binding.set(*party, key.map(KeySet::from));
                }
            }
            SignerRule::All(parties) | SignerRule::OneOf(parties) => {
                if let Some(party) = parties.first() {
                    binding.set(*party, Some(plain.clone()));
                }
            }
        }
        binding
    }

    /// The keys with which an operator signs receipts. A set by itself has none: who signs a receipt must
    /// not be able to sign what is in it.
    pub(crate) fn operator(&self, id: &OperatorId) -> Option<KeySet> {
        let [_, operator, ..] = &self.parties;
        self.operators.get(id).or(operator.as_ref()).cloned()
    }

    /// The registered keys of a service.
    pub(crate) fn service(&self, id: &ServiceId) -> Option<KeySet> {
        let [_, _, service, _] = &self.parties;
        self.services.get(id).or(service.as_ref()).cloned()
    }

    /// The keys of the token in a data request, if they were given as an operator's: of a set by itself the
    /// sink's own key could vouch for the token.
    pub(crate) const fn of_token(&self) -> Option<&KeySet> {
        let [_, operator, ..] = &self.parties;
        operator.as_ref()
    }
}

/// Key sets by party, for one verification.
#[derive(Debug)]
pub(crate) struct Binding([Option<KeySet>; 4]);

impl Binding {
    fn set(&mut self, party: Party, keys: Option<KeySet>) {
        for (slot, (of, _)) in self.0.iter_mut().zip(PARTIES) {
            if of == party {
                slot.clone_from(&keys);
            }
        }
    }

    pub(crate) fn keys(&self) -> PartyKeys<'_> {
        let sets = PARTIES.iter().zip(&self.0);
        sets.fold(PartyKeys::none(), |keys, ((party, _), set)| match set {
            Some(set) => keys.with(*party, set),
            None => keys,
        })
    }
}

fn sets<I: Ord>(
    members: &Map<String, Value>,
    name: &str,
    parse: impl Fn(&str) -> Option<I>,
) -> Result<BTreeMap<I, KeySet>, Fault> {
    let sets = members.iter().map(|(id, value)| {
        let id = parse(id).ok_or_else(|| Fault::usage(format!("{name}: an id that is none")))?;
        Ok((id, set_of(value, name)?))
    });
    sets.collect()
}

/// A JWK Set, or one JWK.
fn set_of(value: &Value, name: &str) -> Result<KeySet, Fault> {
    let octets = value.to_string();
    let set = if value.get("keys").is_some() {
        KeySet::from_jwks(octets.as_bytes())
    } else {
        PublicKey::from_jwk(octets.as_bytes()).map(KeySet::from)
    };
    set.map_err(|refusal| {
        let hint = if refusal == KeyRefusal::Private {
            " (`mydata key public` makes the public one)"
        } else {
            ""
        };
        Fault::Usage(format!(
            "{}: {}: {refusal}{hint}",
            clean(name),
            refusal.code()
        ))
    })
}

/// The private key of a file: JWK, or PKCS#8 in DER or PEM.
pub(crate) fn private(octets: &[u8], kid: Option<&KeyId>) -> Result<PrivateKey, PrivateKeyRefusal> {
    let of_pkcs8 = |der: &[u8]| {
        let kid = kid.ok_or(PrivateKeyRefusal::NoKid)?;
        PrivateKey::from_pkcs8(kid.clone(), der)
    };
    match std::str::from_utf8(octets) {
        Ok(text) if text.contains("-----BEGIN ") => {
            of_pkcs8(&of_pem(text).ok_or(PrivateKeyRefusal::NotPkcs8)?)
        }
        Ok(text) if text.trim_start().starts_with('{') => {
            PrivateKey::from_jwk(with_kid(text, kid).as_bytes())
        }
        Ok(_) | Err(_) => of_pkcs8(octets),
    }
}

/// A JWK with `kid` put in where it has none.
pub(crate) fn with_kid(text: &str, kid: Option<&KeyId>) -> String {
    let text = text.trim();
    let strict = from_slice::<Map<String, Value>>(text.as_bytes(), Limits::TOKEN);
    match (strict, kid) {
        (Ok(mut members), Some(kid)) if !members.contains_key("kid") => {
            members.insert("kid".to_owned(), Value::from(kid.as_str()));
            Value::Object(members).to_string()
        }
        _ => text.to_owned(),
    }
}

/// The octets of the one `PRIVATE KEY` of a PEM text (RFC 7468 §10).
pub(crate) fn of_pem(text: &str) -> Option<Vec<u8>> {
    const LABEL: &str = "PRIVATE KEY-----";
    let (_, rest) = text.split_once(&format!("-----BEGIN {LABEL}"))?;
    let (body, _) = rest.split_once(&format!("-----END {LABEL}"))?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}
