//! What a peer is told when something is refused (RFC 9457).

use crate::access_log::LogFault;
use crate::ops::Signed;
use crate::registry::RegistrarRefusal;
use crate::residents::ResidentRefusal;
use crate::status::{Class, class};
use crate::texts::text;
use crate::usage::UsageRefusal;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mydata::core::id::Nonce;
use mydata::core::json::{self, JsonFault, Limits};
use mydata::core::jwk::KeyRefusal;
use mydata::core::jws::{JwsFault, SignFault};
use mydata::core::lang::Trilingual;
use mydata::core::refusals;
use mydata::operator::Rejection;
use mydata::record::description::{DescriptionError, DescriptionFault};
use mydata::service::Refusal;
use mydata::token::access::{AccessRefusal, Denial, DenialClass};
use mydata::token::request::RequestFault;
use mydata_store::OperatorFault;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

refusals! {
    /// Why a request is refused before anybody looks at what it says, or has come to nothing.
    pub enum HttpRefusal {
        BodyTooLarge = "http_body_too_large": "the body has more octets than are read here",
        BodyTorn = "http_body_torn": "the body has ended early, or took too long",
        MediaType = "http_media_type": "the body is not `application/json`",
        HeaderTwice = "http_header_twice": "a header that stands once stands twice, or is no text",
        PathUnknown = "http_path_unknown": "there is nothing at this address",
        MethodUnknown = "http_method_unknown": "there is nothing for this method at this address",
        KindOther = "http_kind_other": "a message of this kind goes to another address",
        KeyInvalid = "http_idempotency_key": "`Idempotency-Key` is not 1 to 64 visible characters",
        Page = "http_page": "of a list there is `offset` and `limit`, each a number, and no greater limit than is given at once",
        Unreachable = "http_unreachable": "the peer cannot be reached, or asks to come again",
        Unreadable = "http_unreadable": "the peer's answer cannot be read",
        NotSent = "http_not_sent": "the request cannot be sent: no address can have this id in it, or nothing can be signed",
        TargetTooLong = "http_target_too_long": "the address has more octets than are read here",
        Rate = "http_rate": "the sender asks more often than is answered here: ask again later",
        Busy = "http_busy": "as many requests are under way as are taken here: ask again",
        Late = "http_late": "no answer has come in time: ask again",
        Later = "http_later": "the request cannot be carried out now: ask again later",
        Fields = "http_fields": "a dataset is asked for with `fields=` and names of fields, and with nothing else",
        SubjectUnknown = "http_subject_unknown": "the source knows nobody by this surrogate",
        CertificateOther = "http_certificate_other": "the request is signed by another party than the certificate of its connection belongs to",
        Unprotected = "http_unprotected": "a handler gives what was granted, and nothing in front of it has granted anything",
        Internal = "http_internal": "something has failed here; the operator's staff see what",
    }
}

/// What was signed, where this is what is wrong with it.
fn signed_of(code: &str) -> Option<Signed> {
    match code {
        "jws_signature_invalid" | "jws_kid_unknown" | "jws_key_not_in_force" => {
            Some(Signed::Record)
        }
        "resident_token_invalid" => Some(Signed::Resident),
        _ => None,
    }
}

/// Seconds after which what is refused by a number within a time is worth asking again; the rest is worth it soon.
fn retry_of(code: &str) -> Option<u32> {
    match code {
        "linking_many" => Some(1800),
        "proposal_many" | "verification_many" => Some(3600),
        _ => None,
    }
}

/// What to do next, for a program that reads the answer.
const fn next(class: Class) -> &'static str {
    match class {
        Class::Unreadable
        | Class::TooLarge
        | Class::TargetTooLong
        | Class::MediaType
        | Class::Rule => "mend_the_request",
        Class::Unproven => "sign_anew",
        Class::Barred | Class::Unknown | Class::Method | Class::State => "nothing",
        Class::Often | Class::Later | Class::Behind | Class::BehindLate | Class::Ours => {
            "retry_later"
        }
    }
}

/// A problem document (RFC 9457): a status, a stable code, what it means, and what to do next.
///
/// Nothing of the request stands in it. `code` and `next` are extension members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    class: Class,
    code: &'static str,
    title: Box<str>,
    challenge: Option<&'static str>,
    nonce: Option<Box<HeaderValue>>,
    /// Everything that is wrong at once, where that is told.
    faults: Box<[Fault]>,
    /// Seconds after which it may be tried again, where that is known.
    retry: Option<u32>,
    /// What it is, which is written down and not told.
    cause: &'static str,
    signed: Option<Signed>,
}

/// One of several faults, and where it is: by the id that stands in the sender's own document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) at: String,
}

/// What an answer has come to, for whoever counts and writes down: an extension of it, which no peer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    /// What the peer is told.
    pub(crate) told: &'static str,
    /// What it is.
    pub(crate) code: &'static str,
    /// What was signed, where that is what is wrong.
    pub(crate) signed: Option<Signed>,
}

impl Cause {
    /// Of an answer that tells no code.
    pub(crate) const fn of(code: &'static str) -> Self {
        Self {
            told: code,
            code,
            signed: None,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    next: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Words>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    faults: &'a [Fault],
}

/// A text for people, as it is written.
#[derive(Debug, Clone, Copy, Serialize, schemars::JsonSchema)]
pub(crate) struct Words {
    fi: &'static str,
    sv: &'static str,
    en: &'static str,
}

impl From<Trilingual> for Words {
    fn from(Trilingual { fi, sv, en }: Trilingual) -> Self {
        Self { fi, sv, en }
    }
}

impl Problem {
    /// By a code, which has a row in the table of codes, and the clause that belongs to it.
    #[must_use]
    pub fn new(code: &'static str, title: impl ToString) -> Self {
        let (class, cause) = (class(code).unwrap_or(Class::Ours), code);
        // What has failed here is nobody else's business.
        let (code, title) = if class == Class::Ours {
            let told = HttpRefusal::Internal;
            (told.code(), told.to_string())
        } else {
            (code, title.to_string())
        };
        Self {
            class,
            code,
            title: title.into(),
            challenge: None,
            nonce: None,
            faults: Box::default(),
            retry: retry_of(cause),
            cause,
            signed: signed_of(cause),
        }
    }

    /// With what whoever asks must prove (RFC 9110 §11.6.1).
    pub(crate) fn challenging(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The sender asks too often, and may ask again after this time.
    #[must_use]
    pub fn too_often(wait: Duration) -> Self {
        Self {
            // Sooner would be too soon.
            retry: u32::try_from(wait.as_secs() + 1).ok(),
            ..HttpRefusal::Rate.into()
        }
    }

    /// The same problem, for a reason that is written down and not told.
    pub(crate) const fn because(mut self, code: &'static str, signed: Signed) -> Self {
        self.cause = code;
        self.signed = Some(signed);
        self
    }

    /// Signed by another party than the one of the certificate: written down, and told as any other that has
    /// not proven who it is.
    pub(crate) fn certificate_other() -> Self {
        Self {
            challenge: Some(CHALLENGE),
            ..Self::new("request_not_authentic", NOT_AUTHENTIC)
        }
        .because(HttpRefusal::CertificateOther.code(), Signed::Request)
    }

    /// With everything that is wrong at once.
    pub(crate) fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults.into();
        self
    }

    /// With the nonce that the next proof must contain (RFC 9449 §9).
    pub(crate) fn with_nonce(mut self, nonce: Option<Nonce>) -> Self {
        // Every nonce is visible characters.
        let nonce = nonce.and_then(|nonce| HeaderValue::from_str(nonce.as_str()).ok());
        self.nonce = nonce.map(Box::new);
        self
    }

    /// As an answer to another party, which proves who it is in one way only.
    pub(crate) fn of_party(denial: Denial) -> Self {
        let problem = Self::from(denial);
        let challenge = problem.challenge.map(|_| CHALLENGE);
        let signed = problem.signed.map(|_| Signed::Request);
        Self {
            challenge,
            signed,
            ..problem
        }
    }

    /// The stable code that the peer is told.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.class.status()
    }

    /// The code in a problem document of a peer: at most 64 of `a-z`, `0-9` and `_`; none in anything else.
    #[must_use]
    pub fn code_of(octets: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Read {
            code: String,
        }

        let read: Read = json::from_slice(octets, Limits::RECORD).ok()?;
        let of_code = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = (1..=64).contains(&read.code.len()) && read.code.bytes().all(of_code);
        fits.then_some(read.code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.title)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// The document with its words: what a resident is told.
    pub(crate) fn in_words(&self) -> Response {
        self.respond(text(self.code))
    }

    /// The document, with words for a person where there are any.
    pub(crate) fn respond(&self, text: Option<Trilingual>) -> Response {
        let status = self.status();
        let written = Written {
            r#type: format!("https://mydata.example/problems/{}", self.code),
            title: &self.title,
            status: status.as_u16(),
            code: self.code,
            next: next(self.class),
            text: text.map(Words::from),
            faults: &self.faults,
        };
        let octets = serde_json::to_vec(&written).unwrap_or_default();
        let mut response = Response::new(Body::from(octets));
        *response.status_mut() = status;
        response.extensions_mut().insert(Cause {
            told: self.code,
            code: self.cause,
            signed: self.signed,
        });
        let headers = response.headers_mut();
        let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
        put(CONTENT_TYPE, "application/problem+json");
        put(CACHE_CONTROL, "no-store");
        if let Some(challenge) = self.challenge {
            put(WWW_AUTHENTICATE, challenge);
        }
        if matches!(self.class, Class::Later | Class::Often) {
            let after = HeaderValue::from(self.retry.unwrap_or(1));
            headers.insert(RETRY_AFTER, after);
        }
        if let Some(nonce) = &self.nonce {
            headers.insert("dpop-nonce", HeaderValue::clone(nonce));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.respond(None)
    }
}

/// Every refusal that a handler meets becomes a problem by its code.
macro_rules! problems {
    ($($refusal:ty),+ $(,)?) => {$(
        impl From<$refusal> for Problem {
            fn from(refusal: $refusal) -> Self {
                Self::new(refusal.code(), refusal)
            }
        }
    )+};
}
// Of a document: where, and never what stands there.
problems!(
    HttpRefusal,
    JsonFault,
    JwsFault,
    KeyRefusal,
    LogFault,
    OperatorFault,
    RegistrarRefusal,
    Refusal,
    Rejection,
    RequestFault,
    ResidentRefusal,
    SignFault,
    UsageRefusal,
    mydata::operator::Refusal,
);

/// How another party proves who it is.
const CHALLENGE: &str = r#"PoP algs="EdDSA ES256""#;

impl From<DescriptionError> for Problem {
    /// All faults at once: who publishes a description mends it in one go.
    fn from(error: DescriptionError) -> Self {
        let problem = Self::new(error.code(), "");
        let (title, faults) = if let DescriptionError::Rules(faults) = &error {
            let fault = |fault: &DescriptionFault| Fault {
                code: fault.refusal.code(),
                at: fault.at.clone(),
            };
            let first = faults.first().map(|fault| fault.refusal.to_string());
            let faults: Vec<_> = faults.iter().map(fault).collect();
            (first.unwrap_or_default(), faults)
        } else {
            (error.to_string(), Vec::new())
        };
        Self {
            title: title.into(),
            faults: faults.into(),
            ..problem
        }
    }
}

/// Told apart are only those that have signed; everybody else hears one code.
const NOT_AUTHENTIC: &str = "it is not proven who has sent this request";

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let code = denial.wire_code();
        match denial.class() {
            DenialClass::AuthenticityFailed => Self {
                challenge: denial.challenge(),
                ..Self::new(code, NOT_AUTHENTIC)
            }
            .because(
                denial.reasons().first().map_or(code, AccessRefusal::code),
                Signed::DataRequest,
            ),
            DenialClass::NonceNeeded => Self {
                challenge: denial.challenge(),
                ..Self::new(code, "a nonce of the source's is demanded")
            },
            DenialClass::Busy | DenialClass::NotPermitted => {
                let named = denial
                    .reasons()
                    .iter()
                    .find(|refusal| refusal.code() == code);
                Self::new(code, named.map_or_else(String::new, ToString::to_string))
            }
        }
    }
}
