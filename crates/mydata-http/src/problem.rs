//! What a peer is told when something is refused (RFC 9457).

use crate::access_log::LogFault;
use crate::status::{Class, class};
use crate::usage::UsageRefusal;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mydata::core::id::Nonce;
use mydata::core::json::{self, JsonFault, Limits};
use mydata::core::jws::{JwsFault, SignFault};
use mydata::core::refusals;
use mydata::operator::Rejection;
use mydata::service::Refusal;
use mydata::token::access::{Denial, DenialClass};
use mydata::token::request::RequestFault;
use mydata_store::OperatorFault;
use serde::{Deserialize, Serialize};
use std::fmt;

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
        Unreachable = "http_unreachable": "the peer cannot be reached, or asks to come again",
        Unreadable = "http_unreadable": "the peer's answer cannot be read",
        NotSent = "http_not_sent": "the request cannot be sent: no address can have this id in it, or nothing can be signed",
        TargetTooLong = "http_target_too_long": "the address has more octets than are read here",
        Busy = "http_busy": "as many requests are under way as are taken here: ask again",
        Late = "http_late": "no answer has come in time: ask again",
        Later = "http_later": "the request cannot be carried out now: ask again later",
        Fields = "http_fields": "a dataset is asked for with `fields=` and names of fields, and with nothing else",
        SubjectUnknown = "http_subject_unknown": "the source knows nobody by this surrogate",
        Unprotected = "http_unprotected": "a handler gives what was granted, and nothing in front of it has granted anything",
        Internal = "http_internal": "something has failed here; the operator's staff see what",
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
        Class::Later | Class::Ours => "retry_later",
    }
}

/// A problem document (RFC 9457): a status, a stable code, what it means, and what to do next.
///
/// Nothing of the request stands in it. `code` and `next` are extension members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    class: Class,
    code: &'static str,
    title: String,
    challenge: Option<&'static str>,
    nonce: Option<HeaderValue>,
}

#[derive(Serialize)]
struct Written<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    next: &'a str,
}

impl Problem {
    /// By a code, which has a row in the table of codes, and the clause that belongs to it.
    #[must_use]
    pub fn new(code: &'static str, title: impl ToString) -> Self {
        let class = class(code).unwrap_or(Class::Ours);
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
            title,
            challenge: None,
            nonce: None,
        }
    }

    /// To another party that has not proven who it is.
    pub(crate) fn not_authentic() -> Self {
        Self {
            challenge: Some(CHALLENGE),
            ..Self::new("request_not_authentic", NOT_AUTHENTIC)
        }
    }

    /// With the nonce that the next proof must contain (RFC 9449 §9).
    pub(crate) fn with_nonce(mut self, nonce: Option<Nonce>) -> Self {
        // Every nonce is visible characters.
        self.nonce = nonce.and_then(|nonce| HeaderValue::from_str(nonce.as_str()).ok());
        self
    }

    /// As an answer to another party, which proves who it is in one way only.
    pub(crate) fn of_party(denial: Denial) -> Self {
        let problem = Self::from(denial);
        let challenge = problem.challenge.map(|_| CHALLENGE);
        Self {
            challenge,
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let written = Written {
            r#type: format!("https://mydata.example/problems/{}", self.code),
            title: &self.title,
            status: status.as_u16(),
            code: self.code,
            next: next(self.class),
        };
        let octets = serde_json::to_vec(&written).unwrap_or_default();
        let mut response = Response::new(Body::from(octets));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
        put(CONTENT_TYPE, "application/problem+json");
        put(CACHE_CONTROL, "no-store");
        if let Some(challenge) = self.challenge {
            put(WWW_AUTHENTICATE, challenge);
        }
        if self.class == Class::Later {
            put(RETRY_AFTER, "1");
        }
        if let Some(nonce) = self.nonce {
            headers.insert("dpop-nonce", nonce);
        }
        response
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
    LogFault,
    OperatorFault,
    Refusal,
    Rejection,
    RequestFault,
    SignFault,
    UsageRefusal,
    mydata::operator::Refusal,
);

/// How another party proves who it is.
const CHALLENGE: &str = r#"PoP algs="EdDSA ES256""#;

/// Told apart are only those that have signed; everybody else hears one code.
const NOT_AUTHENTIC: &str = "it is not proven who has sent this request";

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let code = denial.wire_code();
        match denial.class() {
            DenialClass::AuthenticityFailed => Self {
                challenge: denial.challenge(),
                ..Self::new(code, NOT_AUTHENTIC)
            },
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
