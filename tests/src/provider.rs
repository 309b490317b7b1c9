//! An identity provider of a test's own: what a city's Keycloak publishes, on a port of the loopback, with keys
//! that the test holds. It gives any token that it is asked for, also such as no provider would.

#![expect(
    clippy::unwrap_used,
    reason = "a test provider that cannot be built fails the test"
)]

use crate::base64url;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use mydata::core::crypto::Signer as _;
use mydata::core::id::KeyId;
use mydata::core::jwk::Algorithm;
use mydata::keys::PrivateKey;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Where the realm is, below the provider's address.
const REALM: &str = "/realms/town";

/// What a provider signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three that are verified")]
pub enum Kind {
    /// RSA of 2048 bits, Keycloak's default.
    Rs256,
    /// P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Kind {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

#[derive(Debug)]
enum Pair {
    Rsa(RsaKeyPair),
    Ours(Box<PrivateKey>),
}

/// A private key of a provider's.
#[derive(Debug)]
pub struct SigningKey {
    kid: String,
    kind: Kind,
    pair: Pair,
}

#[expect(
    clippy::missing_panics_doc,
    reason = "a test key that fails fails the test"
)]
impl SigningKey {
    /// A new one.
    #[must_use]
    pub fn generate(kid: &str, kind: Kind) -> Self {
        let ours = |algorithm| {
            let key = mydata_chosen::generate(KeyId::parse(kid).unwrap(), algorithm);
            Pair::Ours(Box::new(key.unwrap()))
        };
        let pair = match kind {
            Kind::Rs256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            Kind::Es256 => ours(Algorithm::Es256),
            Kind::EdDsa => ours(Algorithm::Ed25519),
        };
        let kid = kid.to_owned();
        Self { kid, kind, pair }
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The public half as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => json!({
                "kid": self.kid, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB",
                "n": base64url::encode(&modulus(pair)),
            }),
            Pair::Ours(key) => serde_json::from_str(&key.public().to_jwk()).unwrap(),
        }
    }

    /// The signature over `message`, as it stands in a token.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.unwrap();
                signature
            }
            Pair::Ours(key) => key.sign(message).unwrap().as_octets().to_vec(),
        }
    }

    /// A token with the members of `header` beside `alg`, `typ` and `kid`, or in their place; a `null` takes one
    /// away.
    #[must_use]
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let plain = json!({ "alg": self.kind.name(), "typ": "JWT", "kid": self.kid });
        self.token_of(&with(plain, header).to_string(), &claims.to_string())
    }

    /// A token of these very texts.
    #[must_use]
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let parts = [header, claims].map(|part| base64url::encode(part.as_bytes()));
        let signed = parts.join(".");
        let signature = base64url::encode(&self.sign(signed.as_bytes()));
        [signed, signature].join(".")
    }
}

/// `object` with the members of `other` beside its own or in their place; a `null` takes one away.
#[must_use]
pub fn with(mut object: Value, other: &Value) -> Value {
    let members = object.as_object_mut().into_iter();
    let others = other.as_object().into_iter().flatten();
    for members in members {
        for (name, value) in others.clone() {
            match value.is_null() {
                true => drop(members.remove(name)),
                false => drop(members.insert(name.clone(), value.clone())),
            }
        }
    }
    object
}

/// The modulus of a key of 2048 bits. Its public half is `RSAPublicKey` in DER (RFC 8017 §A.1.1): 9 octets
/// before it say so.
fn modulus(pair: &RsaKeyPair) -> Vec<u8> {
    let document = pair.public_key().as_ref();
    document.get(9..9 + 256).unwrap().to_vec()
}

/// A set of public keys, as a provider publishes them: with a key for encryption beside those that sign.
#[must_use]
pub fn jwks(keys: &[SigningKey]) -> Value {
    let for_encryption = json!({
        "kid": "enc-1", "kty": "RSA", "alg": "RSA-OAEP", "use": "enc", "e": "AQAB", "n": "AQAB",
    });
    let signing = keys.iter().map(SigningKey::jwk);
    let keys: Vec<Value> = signing.chain([for_encryption]).collect();
    json!({ "keys": keys })
}

/// What the provider does now.
#[derive(Debug, Default)]
struct State {
    keys: Vec<SigningKey>,
    rotations: usize,
    /// In place of what it would publish.
    published: Option<String>,
    discovery: Option<String>,
    is_down: bool,
    is_over: bool,
    takes: Duration,
    fetched: usize,
}

/// A provider that answers until it is dropped.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    issuer: String,
    /// In the ids of all its keys.
    run: String,
    state: Arc<Mutex<State>>,
    listening: Option<thread::JoinHandle<()>>,
}

#[expect(
    clippy::missing_panics_doc,
    reason = "a test provider that fails fails the test"
)]
impl Provider {
    /// Starts one on a free port, with a key of each kind.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        Self::serving(listener, &format!("http://{address}{REALM}"), String::new()).unwrap()
    }

    /// Starts one that listens here, and whose issuer is this address, from wherever it is seen. Its keys have ids
    /// that no other has: whoever has kept the keys of one before it at this address sees that these are others.
    ///
    /// # Errors
    /// What the system says when nobody can listen here.
    pub fn start_at(listen: &str, issuer: &str) -> std::io::Result<Self> {
        let mut random = [0; 4];
        rand::fill(&mut random).unwrap();
        let run = format!("-{:08x}", u32::from_be_bytes(random));
        Self::serving(TcpListener::bind(listen)?, issuer, run)
    }

    fn serving(listener: TcpListener, issuer: &str, run: String) -> std::io::Result<Self> {
        let mut provider = Self {
            address: listener.local_addr()?,
            issuer: issuer.to_owned(),
            run,
            state: Arc::default(),
            listening: None,
        };
        provider.rotate();
        let (state, issuer) = (Arc::clone(&provider.state), provider.issuer());
        let listening = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if state.lock().unwrap().is_over {
                    return;
                }
                let (state, issuer) = (Arc::clone(&state), issuer.clone());
                thread::spawn(move || answer(stream, &state, &issuer));
            }
        });
        provider.listening = Some(listening);
        Ok(provider)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Its identifier: `http://127.0.0.1:PORT/realms/town`, if it was given no other.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// The public half of its key of this kind, as a JWK.
    #[must_use]
    pub fn jwk(&self, kind: Kind) -> Value {
        let state = self.state();
        let key = state.keys.iter().find(|key| key.kind() == kind).unwrap();
        key.jwk()
    }

    /// New keys; those of before are gone from what it publishes.
    pub fn rotate(&self) {
        let number = self.state().rotations + 1;
        let kid = |kind: Kind| format!("{}-{number}{}", kind.name(), self.run);
        let keys = Kind::ALL.map(|kind| SigningKey::generate(&kid(kind), kind));
        let mut state = self.state();
        (state.keys, state.rotations) = (keys.into(), number);
    }

    /// It cannot be reached: whoever connects is hung up on.
    pub fn go_down(&self) {
        self.state().is_down = true;
    }

    /// It can be reached again.
    pub fn come_up(&self) {
        self.state().is_down = false;
    }

    /// It takes this long to answer.
    pub fn take(&self, time: Duration) {
        self.state().takes = time;
    }

    /// It publishes this in place of its keys; none is its keys again.
    pub fn publish(&self, document: Option<&str>) {
        self.state().published = document.map(str::to_owned);
    }

    /// Its discovery document is this; none is its own again.
    pub fn discover(&self, document: Option<&str>) {
        self.state().discovery = document.map(str::to_owned);
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn fetched(&self) -> usize {
        self.state().fetched
    }

    /// What an access token of Keycloak's claims for `audience`, with one scope, for five minutes.
    #[must_use]
    pub fn claims(&self, subject: &str, audience: &str, now: u64) -> Value {
        json!({
            "iss": self.issuer(), "aud": audience, "sub": subject, "typ": "Bearer", "azp": "profile-ui",
            "iat": now, "exp": now + 300, "auth_time": now, "sid": "a-session", "loa": "substantial",
            "authorization": { "permissions": [{ "scopes": ["gdprquery", "gdprdelete"] }] },
        })
    }

    /// A token by its RSA key.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(Kind::Rs256, &json!({}), claims)
    }

    /// A token by its key of this kind; of the header as [`SigningKey::token`] has it.
    #[must_use]
    pub fn sign_as(&self, kind: Kind, header: &Value, claims: &Value) -> String {
        let state = self.state();
        let key = state.keys.iter().find(|key| key.kind() == kind).unwrap();
        key.token(header, claims)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.state().is_over = true;
        // So that it sees it. Its port is free when it is gone.
        if TcpStream::connect(self.address).is_ok()
            && let Some(listening) = self.listening.take()
        {
            drop(listening.join());
        }
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>, issuer: &str) {
    let mut asked = Vec::new();
    let mut room = [0; 1024];
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read(&mut room) {
            Ok(read @ 1..) => asked.extend(room.iter().take(read)),
            Ok(0) | Err(_) => return,
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let path = asked.split(' ').nth(1).unwrap_or_default();
    let (status, body, takes) = {
        let mut state = state.lock().unwrap();
        if state.is_down {
            return;
        }
        // A slash at the end goes before more is added (OpenID Connect Discovery 1.0, §4).
        let base = issuer.trim_end_matches('/');
        let (_, below) = base.split_once("://").unwrap_or(("", base));
        let realm = below.find('/').and_then(|at| below.get(at..));
        let below_realm = path.strip_prefix(realm.unwrap_or_default());
        // Some put a slash before what they add, whether there is one or not.
        let below_realm = below_realm.map(|rest| rest.trim_start_matches('/'));
        let (status, body) = match below_realm {
            Some(".well-known/openid-configuration") => {
                let own = json!({ "issuer": issuer, "jwks_uri": format!("{base}/certs") });
                let discovery = state.discovery.clone();
                ("200 OK", discovery.unwrap_or_else(|| own.to_string()))
            }
            Some("certs") => {
                state.fetched += 1;
                let published = state.published.clone();
                let own = || jwks(&state.keys).to_string();
                ("200 OK", published.unwrap_or_else(own))
            }
            Some(_) | None => ("404 Not Found", String::new()),
        };
        (status, body, state.takes)
    };
    // What it says is what was so when it was asked.
    thread::sleep(takes);
    let length = body.len();
    // Whoever has hung up does not hear it.
    drop(write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    ));
}
