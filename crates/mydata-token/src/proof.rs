//! The signed data request: who sends it holds the sink's key, and means exactly this request
//! (Data Transfer 2.0 §3.2.1; draft-ietf-oauth-signed-http-request-03).
//!
//! The draft makes everything but the token optional. Here method, host and path are always signed,
//! the query when there is one, all of it, and the body when there is one, so that nothing of a
//! captured request can be exchanged (P17). Headers are signed where the sink gives them, and must be
//! where the source demands it. Hashes are over the wire form as it is.

use crate::claims::TokenText;
use crate::nonces::Nonces;
use crate::request::HttpRequest;
use crate::window::Window;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::Nonce;
use mydata_core::json::Limits;
use mydata_core::jws::{Payload, Signed};
use mydata_core::party::{Party, SignerRule};
use mydata_core::refusals;
use mydata_core::time::Timestamp;
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

refusals! {
    /// Why a signed request is not a proof for the request that it came with.
    pub enum ProofRefusal {
        Scheme = "proof_scheme": "the authorization is not of the scheme PoP or DPoP",
        SchemeOther = "proof_scheme_other": "the sink proves that it holds its key by the other scheme",
        Header = "proof_header": "the authorization is not one, not the scheme, one space and a compact JWS, or the DPoP header not a compact JWS",
        DpopMissing = "proof_dpop_missing": "the scheme is DPoP and the request has no DPoP header",
        DpopTwice = "proof_dpop_twice": "the request has more than one DPoP header",
        CarriedTwice = "proof_carried_twice": "the query or the body carries `pop_access_token` beside the header",
        TooLarge = "proof_too_large": "the token or the proof has more than 8192 characters",
        TooOld = "proof_too_old": "the request was signed too long ago",
        InFuture = "proof_in_future": "the request was signed in the future",
        TokenHash = "proof_token_hash_mismatch": "`ath` is not the hash of the token",
        Method = "proof_method_mismatch": "`m` or `htm` is not the method of the request",
        Uri = "proof_uri_mismatch": "`htu` is not the address of the request",
        Host = "proof_host_mismatch": "`u` is not the host of the resource",
        Path = "proof_path_mismatch": "`p` is not the path of the request",
        QueryMissing = "proof_query_missing": "the request has a query and the proof has no `q`",
        QueryUnexpected = "proof_query_unexpected": "the proof has `q` and the request has no query",
        QueryNotCovered = "proof_query_not_covered": "`q` does not name exactly the parameters of the query",
        Query = "proof_query_mismatch": "`q` is not the hash of the query",
        BodyMissing = "proof_body_missing": "the request has a body and the proof has no `b`",
        Body = "proof_body_mismatch": "`b` is not the hash of the body",
        HeaderNotCovered = "proof_header_not_covered": "`h` leaves out a header that must be signed, or one of several of a name",
        HeaderUnknown = "proof_header_unknown": "`h` names a header that the request does not have",
        Headers = "proof_headers_mismatch": "`h` is not the hash of the headers",
        Nonce = "proof_nonce_needed": "the source demands a nonce of its own, and the proof has none that is in use",
    }
}

/// The payload of a signed request. `Debug` prints nothing of it.
///
/// Members that are not known are ignored, as in the draft; every one that is known is compared when
/// it is there (HR-13).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= DT-32, DT-33, DT-34, HR-02, HR-03
pub struct DataRequest {
    at: TokenText,
    ts: Timestamp,
    m: Box<str>,
    u: Box<str>,
    p: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q: Option<Hashed>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "not_null"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Hashed>"))]
    h: Option<Hashed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<Sha256>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Nonce>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<Nonce>,
}

/// `q` and `h`: the names of the parameters or headers in the order of the hash, and the hash.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Hashed(Vec<Box<str>>, Sha256);

/// `null` is not the same as absent: what is there must be compared.
pub(crate) fn not_null<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Hashed>, D::Error> {
    Hashed::deserialize(d).map(Some)
}

impl DataRequest {
    /// The proof for `request`, to be signed with the sink's `pop_key`.
    ///
    /// `nonce` is fresh for every request: without one, two equal requests in one second would be
    /// one and the same, and the second refused as a replay.
    #[must_use]
    //= DT-05, DT-34, HR-04, HR-05, HR-06, HR-07, HR-08, HR-09
    pub fn new(
        token: TokenText,
        request: &HttpRequest<'_>,
        now: Timestamp,
        nonce: Nonce,
        crypto: &dyn Crypto,
    ) -> Self {
        Self {
            at: token,
            ts: now,
            m: request.method().into(),
            u: request.url().authority().into(),
            p: request.url().path().into(),
            q: Hashed::of_query(request, crypto),
            h: Hashed::of_headers(request, crypto),
            b: hash_of_body(request, crypto),
            nonce: Some(nonce),
            jti: None,
        }
    }

    /// The same for a source that demands a nonce of its own, which it has given: the fresh one becomes
    /// `jti`.
    #[must_use]
    pub fn with_nonce(mut self, given: Nonce) -> Self {
        let before = self.nonce.replace(given);
        self.jti = self.jti.or(before);
        self
    }

    /// `ts`: when the request was signed.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.ts
    }

    /// `at`: the token, not opened.
    #[must_use]
    pub const fn token(&self) -> &TokenText {
        &self.at
    }

    /// `nonce`: the one-time value, or the source's; ours always have one.
    #[must_use]
    pub const fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// Everything but the signature: the time, and whether every member says what `request` is
    /// (HR-04 to HR-09, HR-12, HR-13).
    //= HR-04, HR-05, HR-06, HR-07, HR-09, HR-12, HR-13, HR-14
    pub(crate) fn check(
        &self,
        request: &HttpRequest<'_>,
        (now, window): (Timestamp, &Window),
        crypto: &dyn Crypto,
    ) -> Result<(), ProofRefusal> {
        check_times(self.ts, now, window)?;
        let said = Said {
            m: &self.m,
            u: &self.u,
            p: &self.p,
            q: self.q.as_ref(),
            h: self.h.as_ref(),
            b: self.b.as_ref(),
        };
        said.check(request, crypto)?;
        check_nonce(self.nonce.as_ref(), request.nonces())
    }
}

/// What a signed request says of the request that it is for.
pub(crate) struct Said<'a> {
    pub(crate) m: &'a str,
    pub(crate) u: &'a str,
    pub(crate) p: &'a str,
    pub(crate) q: Option<&'a Hashed>,
    pub(crate) h: Option<&'a Hashed>,
    pub(crate) b: Option<&'a Sha256>,
}

impl Said<'_> {
    /// Whether all of it is so, and nothing of the request is left out.
    pub(crate) fn check(
        &self,
        request: &HttpRequest<'_>,
        crypto: &dyn Crypto,
    ) -> Result<(), ProofRefusal> {
        if self.m != request.method() {
            return Err(ProofRefusal::Method);
        }
        if !is_host(self.u, request.url().authority()) {
            return Err(ProofRefusal::Host);
        }
        if self.p != request.url().path() {
            return Err(ProofRefusal::Path);
        }
        match (self.q, request.query()) {
            (None, None) => {}
            (None, Some(_)) => return Err(ProofRefusal::QueryMissing),
            (Some(_), None) => return Err(ProofRefusal::QueryUnexpected),
            (Some(Hashed(names, hash)), Some(query)) => {
                let hashed = in_order(names, query).ok_or(ProofRefusal::QueryNotCovered)?;
                if crypto.sha256(hashed.as_bytes()) != *hash {
                    return Err(ProofRefusal::Query);
                }
            }
        }
        check_headers(self.h, request, crypto)?;
        match self.b {
            None if request.body().is_empty() => Ok(()),
            None => Err(ProofRefusal::BodyMissing),
            Some(hash) if crypto.sha256(request.body()) == *hash => Ok(()),
            Some(_) => Err(ProofRefusal::Body),
        }
    }
}

/// `b`: none for a request without a body.
pub(crate) fn hash_of_body(request: &HttpRequest<'_>, crypto: &dyn Crypto) -> Option<Sha256> {
    (!request.body().is_empty()).then(|| crypto.sha256(request.body()))
}

impl Hashed {
    /// The query as it stands on the wire, if there is one.
    pub(crate) fn of_query(request: &HttpRequest<'_>, crypto: &dyn Crypto) -> Option<Self> {
        request.query().map(|query| {
            let names = query.split('&').map(|parameter| name(parameter).into());
            Self(names.collect(), crypto.sha256(query.as_bytes()))
        })
    }

    /// The headers of a request that are to be signed, if there are any (C19).
    pub(crate) fn of_headers(request: &HttpRequest<'_>, crypto: &dyn Crypto) -> Option<Self> {
        if request.headers().is_empty() {
            return None;
        }
        let names = request.headers().iter().map(|(name, _)| lower(name));
        let lines = request
            .headers()
            .iter()
            .map(|(name, value)| line(name, value));
        let lines: Vec<String> = lines.collect();
        let hash = crypto.sha256(lines.join("\n").as_bytes());
        Some(Self(names.collect(), hash))
    }
}

/// `h`: the lines of the headers that it names, one LF between two (C19). Of a name that stands
/// in it all headers do, or one more could be added behind the signature; and so do all that the source
/// demands.
//= HR-08, HR-13, HR-14
pub(crate) fn check_headers(
    signed: Option<&Hashed>,
    request: &HttpRequest<'_>,
    crypto: &dyn Crypto,
) -> Result<(), ProofRefusal> {
    let (names, hash) = match signed {
        Some(Hashed(names, hash)) => (names.as_slice(), Some(hash)),
        None => (&[][..], None),
    };
    let mut left: Vec<(Box<str>, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| (lower(name), *value))
        .collect();
    let mut lines = Vec::with_capacity(names.len());
    for wanted in names {
        let at = left.iter().position(|(name, _)| name == wanted);
        let (name, value) = left.remove(at.ok_or(ProofRefusal::HeaderUnknown)?);
        lines.push(line(&name, value));
    }
    let must = |name: &str| request.demands(name) || names.iter().any(|n| &**n == name);
    if left.iter().any(|(name, _)| must(name)) {
        return Err(ProofRefusal::HeaderNotCovered);
    }
    match hash {
        Some(hash) if crypto.sha256(lines.join("\n").as_bytes()) != *hash => {
            Err(ProofRefusal::Headers)
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether `signed_at` is in the window around `now`, both ends included.
//= HR-12
pub(crate) fn check_times(
    signed_at: Timestamp,
    now: Timestamp,
    window: &Window,
) -> Result<(), ProofRefusal> {
    if signed_at < now.minus(window.past()) {
        Err(ProofRefusal::TooOld)
    } else if signed_at > now.plus(window.future()) {
        Err(ProofRefusal::InFuture)
    } else {
        Ok(())
    }
}

/// Whether the proof has one of the source's nonces, if the source demands that. Asked last: who is
/// told to use a nonce has a request that the sink has signed, and signed within the window. It need not
/// be the sink: a captured request has been signed by it too.
pub(crate) fn check_nonce(
    nonce: Option<&Nonce>,
    nonces: Option<&Nonces>,
) -> Result<(), ProofRefusal> {
    match nonces {
        Some(nonces) if !nonce.is_some_and(|nonce| nonces.take(nonce)) => Err(ProofRefusal::Nonce),
        Some(_) | None => Ok(()),
    }
}

/// The name of a header as it is signed.
fn lower(name: &str) -> Box<str> {
    name.to_ascii_lowercase().into()
}

/// A header as it is signed.
fn line(name: &str, value: &str) -> String {
    format!("{}: {value}", lower(name))
}

/// The name of one parameter of a query, as on the wire.
fn name(parameter: &str) -> &str {
    parameter
        .split_once('=')
        .map_or(parameter, |(name, _)| name)
}

/// The parameters of `query` in the order of `names`; those of one name stay in their own order.
/// `None` when the names are not exactly those of the query.
fn in_order(names: &[Box<str>], query: &str) -> Option<String> {
    let mut left: Vec<Option<&str>> = query.split('&').map(Some).collect();
    if names.len() != left.len() {
        return None;
    }
    let mut hashed = String::with_capacity(query.len());
    for wanted in names {
        let next = left
            .iter_mut()
            .find(|parameter| parameter.is_some_and(|parameter| name(parameter) == &**wanted))?;
        if !hashed.is_empty() {
            hashed.push('&');
        }
        hashed.push_str(next.take()?);
    }
    Some(hashed)
}

/// `u` may name the default port, which the canonical address never does (HR-05).
pub(crate) fn is_host(u: &str, authority: &str) -> bool {
    u == authority || (!authority.contains(':') && u.strip_suffix(":443") == Some(authority))
}

impl Payload for DataRequest {
    const TYP: &'static str = "pop";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Sink]);
    const LIMITS: Limits = Limits::TOKEN;
    /// The token says which consent this is about, and the consent which key signs.
    type Hint = TokenText;

    fn hint(&self) -> &TokenText {
        &self.at
    }
}

impl fmt::Debug for DataRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataRequest(redacted)")
    }
}

/// The value of the `Authorization` header: `PoP`, a space, and the signed request (HR-10).
///
/// # Errors
/// [`ProofRefusal::TooLarge`] for more than 8192 characters, which no source reads.
//= HR-10
pub fn authorization_header(proof: Signed<DataRequest>) -> Result<String, ProofRefusal> {
    header_of(proof)
}

/// The same of any signed request.
pub(crate) fn header_of<T: Payload>(proof: Signed<T>) -> Result<String, ProofRefusal> {
    let compact = proof.seal().to_compact();
    compact
        .filter(|text| text.len() <= Limits::TOKEN.octets)
        .map(|text| ["PoP ", &text].concat())
        .ok_or(ProofRefusal::TooLarge)
}

/// The scheme and the compact JWS in the value of an `Authorization` header: the scheme in any case, one
/// space, and nothing before, between or after. The JWS is a signed request, or a token for DPoP.
///
/// # Errors
/// [`ProofRefusal::Scheme`], [`ProofRefusal::Header`] or [`ProofRefusal::TooLarge`].
//= HR-10
pub fn parse_authorization(value: &str) -> Result<(ProofScheme, &str), ProofRefusal> {
    let (name, compact) = value.split_once(' ').unwrap_or((value, ""));
    let is_named = |scheme: &ProofScheme| scheme.name().eq_ignore_ascii_case(name);
    let scheme = ProofScheme::ALL.into_iter().find(is_named);
    let scheme = scheme.ok_or(ProofRefusal::Scheme)?;
    Ok((scheme, compact_form(compact)?))
}

/// The text, if it has the characters and the length of a compact JWS.
pub(crate) fn compact_form(compact: &str) -> Result<&str, ProofRefusal> {
    if compact.len() > Limits::TOKEN.octets {
        return Err(ProofRefusal::TooLarge);
    }
    let of_compact = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    // No early end: without one the octets are looked at sixteen at a time.
    let is_compact = compact.bytes().fold(true, |all, b| all & of_compact(b));
    if compact.is_empty() || !is_compact {
        return Err(ProofRefusal::Header);
    }
    Ok(compact)
}

/// Whether the query or the body carries a proof of its own: the draft's other ways, of which a
/// request may use only one (HR-10).
//= HR-10
pub(crate) fn carries_proof(request: &HttpRequest<'_>) -> bool {
    let names_it = |parameter: &[u8]| {
        let rest = parameter.strip_prefix(b"pop_access_token");
        rest.is_some_and(|rest| rest.first().is_none_or(|b| *b == b'='))
    };
    let mut query = request.query().unwrap_or_default().as_bytes().split(is_and);
    query.any(names_it) || request.body().split(is_and).any(names_it)
}

const fn is_and(b: &u8) -> bool {
    *b == b'&'
}
