//! Why something is not done, for people in three languages, and for programs.

use mydata::core::lang::Trilingual;
use mydata::core::refusals;
use serde::Serialize;

refusals! {
    /// Why a request of the profile is refused before the service is asked.
    pub enum RightsRefusal {
        Method = "rights_method": "only `GET` and `DELETE` mean something here",
        IdInvalid = "rights_id_invalid": "the address does not end in one UUID in lower case",
        QueryUnknown = "rights_query_unknown": "the query has something else than `dry_run`",
        DryRunInvalid = "rights_dry_run_invalid": "`dry_run` is neither true nor false, stands twice, or stands with `GET`",
        BodyInvalid = "rights_body_invalid": "the body says something else than `dry_run`, or something else than the query",
        OtherPerson = "rights_other_person": "the token is another person's",
        Scope = "rights_scope": "the token is not for this act",
    }
}

refusals! {
    /// What has failed here: for logs and numbers. The profile is told a technical error, and not which.
    pub enum RightsFault {
        Late = "rights_late": "no answer was ready in time",
        CheckLate = "rights_check_late": "whether everything can be erased was not known in time",
        ErasureFailed = "rights_erasure_failed": "the erasure has begun and has failed: the log of the process says why",
        ErasurePanicked = "rights_erasure_panicked": "the program of the service has broken off in the erasure",
    }
}

/// A text in Finnish, Swedish and English that is made while the program runs. None of them is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text3 {
    fi: Box<str>,
    sv: Box<str>,
    en: Box<str>,
}

impl Text3 {
    /// None when one is empty, or still has a mark of whoever was to write it.
    #[must_use]
    pub fn new(fi: &str, sv: &str, en: &str) -> Option<Self> {
        let is_text = |text: &str| !text.trim().is_empty() && !text.contains("TODO");
        [fi, sv, en].into_iter().all(is_text).then(|| Self {
            fi: fi.into(),
            sv: sv.into(),
            en: en.into(),
        })
    }

    fn of(text: Trilingual) -> Self {
        Self {
            fi: text.fi.into(),
            sv: text.sv.into(),
            en: text.en.into(),
        }
    }

    /// The three in one line, for a reader whose language is not said.
    #[must_use]
    pub fn in_one(&self) -> String {
        format!("{} / {} / {}", self.fi, self.sv, self.en)
    }
}

/// The code of a reason: 1 to 64 of `A-Z`, `a-z`, `0-9` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ReasonCode(Box<str>);

impl ReasonCode {
    /// A code in the spelling of the profile, as `UPCOMING_SIGNUPS`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let of_code = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(of_code);
        fits.then(|| Self(text.into()))
    }
}

/// One reason why a person's data must be kept, as the person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    code: ReasonCode,
    message: Text3,
}

impl Reason {
    /// A code and a text.
    #[must_use]
    pub const fn new(code: ReasonCode, message: Text3) -> Self {
        Self { code, message }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code.0
    }
}

/// The law, or what is unfinished between the person and the service, forbids to erase: one reason or more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    errors: Vec<Reason>,
}

impl Refusal {
    /// For `first` and for each of `more`.
    #[must_use]
    pub fn new(first: Reason, more: impl IntoIterator<Item = Reason>) -> Self {
        let errors = std::iter::once(first).chain(more).collect();
        Self { errors }
    }

    fn of_ours(code: &'static str, text: Trilingual) -> Self {
        let code = ReasonCode(code.into());
        Self::new(Reason::new(code, Text3::of(text)), [])
    }

    /// The reasons, in their order.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.errors
    }

    /// Something has failed here, and nothing is said of what.
    pub(crate) fn technical() -> Self {
        Self::of_ours(
            "technical_error",
            Trilingual {
                fi: "Tekninen virhe",
                sv: "Tekniskt fel",
                en: "Technical error",
            },
        )
    }

    /// The person has signed in too weakly for this.
    pub(crate) fn insufficient_assurance() -> Self {
        Self::of_ours(
            "insufficient_assurance",
            Trilingual {
                fi: "Tietojen poistaminen vaatii vahvemman tunnistautumisen.",
                sv: "Uppgifterna kan raderas först efter en starkare identifiering.",
                en: "Erasing the data needs a stronger way of signing in.",
            },
        )
    }

    /// The octets of an `ErrorResponse`: exactly the members that the profile reads.
    pub(crate) fn written(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
