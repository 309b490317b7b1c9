//! The same compact token, under the same keys, given to another library: `jsonwebtoken`, with the arithmetic of
//! RustCrypto. What we accept, it must accept too, but for the reasons of [`Reason`]; what it accepts and we do
//! not is counted and no finding: it knows no `typ`, no closed header, no bound on a lifetime.

use crate::bound::bounded;
use crate::{BASE64URL, fixture};
use base64::Engine as _;
use ed25519_dalek::VerifyingKey as Ed25519Key;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use mydata::core::crypto::Signer as _;
use mydata::core::jwk::{KeyMaterial, KeySet, PublicKey};
use mydata::core::jws::{JwsFault, Sealed};
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::{PrivateKey, Ring};
use mydata::token::claims::Token;
use p256::ecdsa::VerifyingKey as P256Key;
use signature::Verifier;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Why we may accept what the other library refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `alg` is `Ed25519`: RFC 9864 has given EdDSA with this curve a name of its own, and `jsonwebtoken` 11 knows
    /// only the old one. We read both and write the old one (D21).
    NewNameOfEd25519,
}

/// How often each judgement was given in this process: both accept, both refuse, only the other accepts, only we
/// do and for a reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub both: usize,
    pub neither: usize,
    pub only_it: usize,
    pub only_we: usize,
}

static COUNTS: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// What has been counted since this process began.
pub fn tally() -> Tally {
    let [both, neither, only_it, only_we] = COUNTS.each_ref().map(|n| n.load(Ordering::Relaxed));
    Tally {
        both,
        neither,
        only_it,
        only_we,
    }
}

/// A P-256 key whose private number is 32 times the octet 7.
pub(crate) const P256: &[u8] = br#"{"kid":"key-2","kty":"EC","crv":"P-256",
"d":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
"x":"HhhTL9R1TALzBB2cdc6zO4P_2BrHzk_ogsyxyYvFiW4",
"y":"pGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM"}"#;

/// The keys of both: the operator's of the fixture, and one on P-256.
fn keys() -> &'static [PrivateKey; 2] {
    static KEYS: OnceLock<[PrivateKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        assert!(PROVIDER.install_default().is_ok());
        let ed25519 = crate::key(fixture().world.token_key.public().kid().as_str(), 3);
        [ed25519, PrivateKey::from_jwk(P256).unwrap()]
    })
}

/// A token as it travels, or its header and its payload, each on a line, to be signed: `0` before a text says that it
/// is a token, `1` that Ed25519 signs it and `2` that P-256 does.
pub fn run(text: &str) {
    let signed = match text.as_bytes() {
        [b'0', ..] => text[1..].to_owned(),
        [by @ (b'1' | b'2'), ..] => {
            let (header, payload) = text[1..].split_once('\n').unwrap_or_default();
            let input = [BASE64URL.encode(header), BASE64URL.encode(payload)].join(".");
            let signature = keys()[usize::from(by - b'1')]
                .sign(input.as_bytes())
                .unwrap();
            [input, BASE64URL.encode(signature.as_octets())].join(".")
        }
        _ => return,
    };
    compare(&signed);
}

fn compare(token: &str) {
    let _ = keys();
    let (we, it) = (bounded(token.len(), || ours(token)), theirs(token));
    let at = match (we.is_ok(), it) {
        (true, true) => 0,
        (false, false) => 1,
        (false, true) => 2,
        (true, false) => {
            assert!(
                reason(token).is_some(),
                "accepted here and refused by jsonwebtoken, for no reason that is written down: {token}"
            );
            3
        }
    };
    COUNTS[at].fetch_add(1, Ordering::Relaxed);
}

/// Why we accept this token although the other library does not.
fn reason(token: &str) -> Option<Reason> {
    let header = BASE64URL.decode(token.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    (header["alg"] == "Ed25519").then_some(Reason::NewNameOfEd25519)
}

fn ours(token: &str) -> Result<(), JwsFault> {
    let all = keys().iter().map(|key| key.public().clone()).collect();
    let all = KeySet::new(all).unwrap();
    let keys = PartyKeys::none().with(Party::Operator, &all);
    let opened = Sealed::<Token>::from_compact(token)?.open()?;
    opened.verify(&Ring, &keys).map(drop)
}

/// Whether it accepts the signature under either key, and the payload as JSON. It is asked about no claim: times and
/// audience are not of the envelope.
fn theirs(token: &str) -> bool {
    keys().iter().any(|key| {
        let (key, algorithm) = theirs_of(key.public());
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode::<serde_json::Value>(token, &key, &validation).is_ok()
    })
}

fn theirs_of(key: &PublicKey) -> (DecodingKey, Algorithm) {
    match key.material() {
        KeyMaterial::Ed25519(point) => (DecodingKey::from_ed_der(point), Algorithm::EdDSA),
        KeyMaterial::P256 { x, y } => {
            let point = [&[4], &x[..], &y[..]].concat();
            (DecodingKey::from_ec_der(&point), Algorithm::ES256)
        }
    }
}

/// The arithmetic, as the library's own feature `rust_crypto` has it, without RSA and P-384: those take longer to
/// build than all else here.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let octets = key.try_get_as_bytes()?;
    match algorithm {
        Algorithm::EdDSA => {
            let point = octets.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
            let key = Ed25519Key::from_bytes(point).map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(Ed25519(key)))
        }
        Algorithm::ES256 => {
            let key = P256Key::from_sec1_bytes(octets).map_err(|_| ErrorKind::InvalidEcdsaKey)?;
            Ok(Box::new(Es256(key)))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Ed25519(Ed25519Key);

impl Verifier<Vec<u8>> for Ed25519 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let signature = ed25519_dalek::Signature::from_slice(signature)?;
        self.0.verify(message, &signature)
    }
}

impl JwtVerifier for Ed25519 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Es256(P256Key);

impl Verifier<Vec<u8>> for Es256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let signature = p256::ecdsa::Signature::from_slice(signature)?;
        self.0.verify(message, &signature)
    }
}

impl JwtVerifier for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}
