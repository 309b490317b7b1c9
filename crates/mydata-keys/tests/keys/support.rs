//! What the tests share: the vectors, keys, and the small records that they sign.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata_chosen::Chosen;
use mydata_core::crypto::{Signature, Signer};
use mydata_core::id::KeyId;
use mydata_core::jwk::{Algorithm, KeySet};
use mydata_core::jws::{Payload, Sealed};
use mydata_core::party::{Party, PartyKeys, SignerRule};
use mydata_keys::PrivateKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

pub(crate) fn kid(text: &str) -> KeyId {
    KeyId::parse(text).unwrap()
}

pub(crate) fn generate(name: &str, algorithm: Algorithm) -> PrivateKey {
    mydata_chosen::generate(kid(name), algorithm).unwrap()
}

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let digits = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn signature(text: &str) -> Signature {
    Signature::from_octets(decode(text).try_into().unwrap())
}

/// A JWK with members set, or taken out where they are null.
pub(crate) fn with(jwk: &str, members: &Value) -> String {
    let mut jwk: Value = serde_json::from_str(jwk).unwrap();
    let object = jwk.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    jwk.to_string()
}

pub(crate) fn set(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

pub(crate) fn bound<'a>(sets: &[(Party, &'a KeySet)]) -> PartyKeys<'a> {
    let none = PartyKeys::none();
    sets.iter()
        .fold(none, |keys, (party, set)| keys.with(*party, set))
}

macro_rules! record {
    ($name:ident, $typ:literal, $signers:expr) => {
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            pub(crate) id: String,
            pub(crate) n: u32,
        }

        impl $name {
            pub(crate) fn new() -> Self {
                let id = "note-1".to_owned();
                Self { id, n: 41 }
            }
        }

        impl Payload for $name {
            const TYP: &'static str = $typ;
            const SIGNERS: SignerRule = $signers;
            type Hint = String;

            fn hint(&self) -> &String {
                &self.id
            }
        }
    };
}

record!(Note, "note+json", SignerRule::All(&[Party::Operator]));
record!(
    OtherNote,
    "other-note+json",
    SignerRule::All(&[Party::Operator])
);
record!(
    Either,
    "either+json",
    SignerRule::OneOf(&[Party::Owner, Party::Operator])
);
record!(Offer, "deal+json", SignerRule::All(&[Party::Owner]));
record!(
    Deal,
    "deal+json",
    SignerRule::All(&[Party::Owner, Party::Service])
);

pub(crate) const NOTE: &str = r#"{"id":"note-1","n":41}"#;

/// What becomes of the JSON form, read as a `T`.
pub(crate) fn outcome<T: Payload + Clone>(
    json: &str,
    keys: &PartyKeys<'_>,
) -> Result<T, &'static str> {
    let sealed = Sealed::<T>::from_json(json.as_bytes()).map_err(|fault| fault.code())?;
    let opened = sealed.open().map_err(|fault| fault.code())?;
    let believed = opened.verify(&Chosen, keys).map_err(|fault| fault.code())?;
    Ok((*believed).clone())
}

/// A flattened JWS with any header, over any payload, rightly signed.
pub(crate) fn flattened(key: &PrivateKey, protected: &str, payload: &str) -> Value {
    let (protected, payload) = (encode(protected), encode(payload));
    let signature = key
        .sign(format!("{protected}.{payload}").as_bytes())
        .unwrap();
    json!({ "payload": payload, "protected": protected, "signature": encode(signature.as_octets()) })
}

pub(crate) fn header(algorithm: Algorithm, kid: &str) -> String {
    json!({ "alg": algorithm.name(), "kid": kid, "typ": Note::TYP }).to_string()
}

pub(crate) fn note(key: &PrivateKey) -> Value {
    let public = key.public();
    flattened(
        key,
        &header(public.algorithm(), public.kid().as_str()),
        NOTE,
    )
}

pub(crate) fn note_outcome(json: &Value, keys: &KeySet) -> Result<Note, &'static str> {
    outcome(&json.to_string(), &bound(&[(Party::Operator, keys)]))
}
