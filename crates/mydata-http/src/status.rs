//! What a code means in HTTP: one table.

mod table;

use axum::http::StatusCode;
use table::TABLE;

/// Kinds of refusal, each with its status (RFC 9110 §15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a client handles every kind")]
pub enum Class {
    /// It cannot be read: 400.
    Unreadable,
    /// It is not proven who has sent it: 401.
    Unproven,
    /// Not allowed, or not now: 403.
    Barred,
    /// There is no such thing, or it is somebody else's: 404.
    Unknown,
    /// Nothing is done by this method: 405.
    Method,
    /// Not in this state: 409.
    State,
    /// More than is read here: 413.
    TooLarge,
    /// A target of more than is read here: 414.
    TargetTooLong,
    /// Not in this format: 415.
    MediaType,
    /// Well formed, and against a rule: 422.
    Rule,
    /// Its sender asks too often: 429.
    Often,
    /// The same request may be taken later: 503.
    Later,
    /// A system behind has answered what cannot be passed on: 502.
    Behind,
    /// A system behind has not answered in time: 504.
    BehindLate,
    /// Something has failed here: 500, and the peer is not told what.
    Ours,
}

impl Class {
    /// The status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Unproven => StatusCode::UNAUTHORIZED,
            Self::Barred => StatusCode::FORBIDDEN,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::State => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Rule => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Often => StatusCode::TOO_MANY_REQUESTS,
            Self::Later => StatusCode::SERVICE_UNAVAILABLE,
            Self::Behind => StatusCode::BAD_GATEWAY,
            Self::BehindLate => StatusCode::GATEWAY_TIMEOUT,
            Self::Ours => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The class of a code; none for one that no handler gives.
#[must_use]
pub fn class(code: &str) -> Option<Class> {
    let row = TABLE
        .iter()
        .find(|(_, codes)| codes.binary_search(&code).is_ok());
    row.map(|(class, _)| *class)
}
