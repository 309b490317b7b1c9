//! The DPoP proof: the sink's key in a JWT of its own beside the token (RFC 9449), for sinks that have
//! chosen it at linking.
//!
//! The proof brings the key in its header. It is only ever compared: with the `pop_key` of the consent,
//! as `cnf.jkt` of the token is. RFC 9449 says nothing about query, body and headers; here a proof for a
//! request that has the first or the second covers it (`x_mydata`, D69), and headers as a signed request
//! does, so that nothing of a captured request can be exchanged (P17).

use crate::claims::TokenText;
use crate::proof::{
    Hashed, ProofRefusal, check_headers, check_nonce, check_times, is_host, not_null,
};
use crate::request::HttpRequest;
use crate::window::Window;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::Nonce;
use mydata_core::json::Limits;
use mydata_core::jws::{KeyNaming, Payload, Signed};
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The payload of a DPoP proof (RFC 9449 §4.2). `Debug` prints nothing of it.
///
/// `ath` is mandatory: a proof here always comes with a token. Members that are not known are ignored.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DpopProof {
    jti: Nonce,
    htm: Box<str>,
    htu: Box<str>,
    iat: Timestamp,
    #[serde(deserialize_with = "Sha256::deserialize_base64url")]
    ath: Sha256,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Nonce>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x_mydata: Option<Covered>,
}

/// What else of the request is signed: SHA-256 of the query as on the wire, and of the body; headers as
/// in a signed request.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Covered {
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "Sha256::deserialize_base64url_option"
    )]
    q: Option<Sha256>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "Sha256::deserialize_base64url_option"
    )]
    b: Option<Sha256>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Hashed>"))]
    h: Option<Hashed>,
}

impl DpopProof {
    /// The proof for `request` with `token`, to be signed with the sink's `pop_key`.
    ///
    /// `jti` is fresh for every request.
    #[must_use]
    pub fn new(
        token: &TokenText,
        request: &HttpRequest<'_>,
        now: Timestamp,
        jti: Nonce,
        crypto: &dyn Crypto,
    ) -> Self {
        let covered = Covered {
            q: request.query().map(|query| crypto.sha256(query.as_bytes())),
            b: (!request.body().is_empty()).then(|| crypto.sha256(request.body())),
            h: Hashed::of_headers(request, crypto),
        };
        Self {
            jti,
            htm: request.method().into(),
            htu: request.url().as_str().into(),
            iat: now,
            ath: crypto.sha256(token.as_str().as_bytes()),
            nonce: None,
            x_mydata: (covered != Covered::default()).then_some(covered),
        }
    }

    /// The same for a source that demands a nonce of its own, which it has given.
    #[must_use]
    pub fn with_nonce(mut self, given: Nonce) -> Self {
        self.nonce = Some(given);
        self
    }

    /// `iat`: when the request was signed.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.iat
    }

    /// `jti`: the proof's own id, by which a repetition is known.
    #[must_use]
    pub const fn id(&self) -> &Nonce {
        &self.jti
    }

    /// Whether the proof is for this token (RFC 9449 §4.3, item 12).
    fn check_token(&self, token: &TokenText, crypto: &dyn Crypto) -> Result<(), ProofRefusal> {
        if crypto.sha256(token.as_str().as_bytes()) == self.ath {
            Ok(())
        } else {
            Err(ProofRefusal::TokenHash)
        }
    }

    /// Everything but the signature (RFC 9449 §4.3, items 8 to 12).
    pub(crate) fn check(
        &self,
        token: &TokenText,
        request: &HttpRequest<'_>,
        (now, window): (Timestamp, &Window),
        crypto: &dyn Crypto,
    ) -> Result<(), ProofRefusal> {
        check_times(self.iat, now, window)?;
        self.check_token(token, crypto)?;
        if &*self.htm != request.method() {
            return Err(ProofRefusal::Method);
        }
        if !is_address(&self.htu, request) {
            return Err(ProofRefusal::Uri);
        }
        let covered = self.x_mydata.as_ref();
        let (q, b) = covered.map_or((None, None), |covered| (covered.q, covered.b));
        match (q, request.query()) {
            (None, None) => {}
            (None, Some(_)) => return Err(ProofRefusal::QueryMissing),
            (Some(_), None) => return Err(ProofRefusal::QueryUnexpected),
            (Some(hash), Some(query)) if crypto.sha256(query.as_bytes()) != hash => {
                return Err(ProofRefusal::Query);
            }
            (Some(_), Some(_)) => {}
        }
        check_headers(covered.and_then(|c| c.h.as_ref()), request, crypto)?;
        match b {
            None if request.body().is_empty() => {}
            None => return Err(ProofRefusal::BodyMissing),
            Some(hash) if crypto.sha256(request.body()) == hash => {}
            Some(_) => return Err(ProofRefusal::Body),
        }
        check_nonce(self.nonce.as_ref(), request.nonces())
    }
}

/// Query and fragment of `htu` are ignored (RFC 9449 §4.3, item 9: what is signed of the query is `q`);
/// scheme and host may be in capitals, and the default port named. The path is that of the request.
fn is_address(htu: &str, request: &HttpRequest<'_>) -> bool {
    let url = request.url();
    let bare = htu.split(['?', '#']).next().unwrap_or_default();
    let authority = bare
        .split_at_checked("https://".len())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https://"))
        .and_then(|(_, rest)| rest.strip_suffix(url.path()));
    authority.is_some_and(|authority| is_host(&authority.to_ascii_lowercase(), url.authority()))
}

impl Payload for DpopProof {
    const TYP: &'static str = "dpop+jwt";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Sink]);
    const NAMING: KeyNaming = KeyNaming::Jwk;
    const LIMITS: Limits = Limits::TOKEN;
    /// The token beside it says which consent this is about.
    type Hint = ();

    fn hint(&self) -> &() {
        &()
    }
}

impl fmt::Debug for DpopProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopProof(redacted)")
    }
}

/// The values of the two headers of a request: `Authorization` (RFC 9449 §7.1) and `DPoP` (§4.1).
///
/// # Errors
/// [`ProofRefusal::TooLarge`] for more than 8192 characters in either, which no source reads.
pub fn headers(
    token: &TokenText,
    proof: Signed<DpopProof>,
) -> Result<(String, String), ProofRefusal> {
    let proof = proof.seal().to_compact().unwrap_or_default();
    let fits = |text: &str| (1..=Limits::TOKEN.octets).contains(&text.len());
    if !fits(&proof) || !fits(token.as_str()) {
        return Err(ProofRefusal::TooLarge);
    }
    Ok((["DPoP ", token.as_str()].concat(), proof))
}
