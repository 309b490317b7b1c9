//! The keys of the vectors: each made from its name, so that they are the same every time.

use crate::base64url;
use mydata::core::crypto::{Crypto as _, Signature, Signer, SignerFailed};
use mydata::core::id::KeyId;
use mydata::core::jwk::PublicKey;
use mydata::keys::PrivateKey;
use mydata_chosen::Chosen;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};

/// A private key that signs the same octets in the same way every time: Ed25519 does, and ES256 by
/// RFC 6979.
pub struct Key {
    public: PublicKey,
    private: Value,
    secret: Secret,
}

enum Secret {
    Ed25519(PrivateKey),
    P256(SigningKey),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.public.kid())
    }
}

/// The number of a key, by its name.
fn number(name: &str) -> [u8; 32] {
    let text = format!("mydata vectors: {name}");
    *Chosen.sha256(text.as_bytes()).as_octets()
}

impl Key {
    /// The Ed25519 key `kid`, of the numbers that belong to `name`.
    #[must_use]
    pub fn ed25519_of(name: &str, kid: &str) -> Self {
        let d = number(name);
        // RFC 8410: the shortest document around a seed, from which the public half is computed.
        let mut document = vec![
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        document.extend_from_slice(&d);
        let kid = KeyId::parse(kid).unwrap();
        let key = mydata_chosen::from_pkcs8(kid, &document).unwrap();
        let mut private: Value = serde_json::from_str(&key.public().to_jwk()).unwrap();
        private["d"] = json!(base64url::encode(&d));
        Self {
            public: key.public().clone(),
            private,
            secret: Secret::Ed25519(key),
        }
    }

    /// The P-256 key `kid`, of the numbers that belong to `name`.
    #[must_use]
    pub fn es256_of(name: &str, kid: &str) -> Self {
        let d = number(name);
        let key = SigningKey::from_slice(&d).unwrap();
        let point = key.verifying_key().to_encoded_point(false);
        let coordinate = |octets: &p256::FieldBytes| -> [u8; 32] { octets[..].try_into().unwrap() };
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let public = PublicKey::p256(KeyId::parse(kid).unwrap(), coordinate(x), coordinate(y));
        let mut private: Value = serde_json::from_str(&public.to_jwk()).unwrap();
        private["d"] = json!(base64url::encode(&d));
        Self {
            public,
            private,
            secret: Secret::P256(key),
        }
    }

    /// A key of the vectors by its id: the owner's first and the source's are ES256.
    #[must_use]
    pub fn named(kid: &str) -> Self {
        match kid {
            "owner-1" | "source-1" => Self::es256_of(kid, kid),
            _ => Self::ed25519_of(kid, kid),
        }
    }

    /// The same numbers under another id.
    #[must_use]
    pub fn called(&self, kid: &str) -> Self {
        let name = self.public.kid().as_str();
        match self.secret {
            Secret::Ed25519(_) => Self::ed25519_of(name, kid),
            Secret::P256(_) => Self::es256_of(name, kid),
        }
    }

    /// From a private JWK that a vector has.
    #[must_use]
    pub fn from_private(jwk: &Value) -> Self {
        Self::named(jwk["kid"].as_str().unwrap())
    }

    /// Its id.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.public.kid().as_str()
    }

    /// Its thumbprint (RFC 7638), base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint(&Chosen).to_base64url()
    }

    /// `alg` of its signatures.
    #[must_use]
    pub fn alg(&self) -> &'static str {
        match self.secret {
            Secret::Ed25519(_) => "EdDSA",
            Secret::P256(_) => "ES256",
        }
    }

    /// Its private JWK.
    #[must_use]
    pub const fn private(&self) -> &Value {
        &self.private
    }

    /// Its public JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.private.clone();
        jwk.as_object_mut().unwrap().remove("d");
        jwk
    }

    /// The signature over `message`: 64 octets.
    #[must_use]
    pub fn signature(&self, message: &[u8]) -> [u8; 64] {
        match &self.secret {
            Secret::Ed25519(key) => *Signer::sign(key, message).unwrap().as_octets(),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().into()
            }
        }
    }
}

impl Signer for Key {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignerFailed> {
        Ok(Signature::from_octets(self.signature(message)))
    }
}

/// The JWK Set of the keys named.
#[must_use]
pub fn set(kids: &[&str]) -> Value {
    let keys: Vec<Value> = kids.iter().map(|kid| Key::named(kid).jwk()).collect();
    json!({ "keys": keys })
}

/// The same 128 bits every time for the same name.
#[must_use]
pub fn bits(name: &str) -> String {
    base64url::encode(number(name).get(..16).unwrap())
}
