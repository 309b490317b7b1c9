//! "May I process this now?"

use crate::holding::Service;
use crate::refusal::ServiceRefusal;
use mydata_core::id::{ConsentId, DatasetId, PurposeId};
use mydata_core::time::Timestamp;
use mydata_record::standing::Bar;

/// Permission to process one dataset for one purpose at one moment. Not to be kept (CN-37).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit is for now: use it or let it go"]
//= CN-37
pub struct Permit<'a> {
    cr_id: &'a ConsentId,
    purpose: &'a PurposeId,
    dataset: &'a DatasetId,
    at: Timestamp,
}

impl Permit<'_> {
    /// The consent on which the permission rests.
    #[must_use]
    pub const fn consent(&self) -> &ConsentId {
        self.cr_id
    }

    /// The purpose.
    #[must_use]
    pub const fn purpose(&self) -> &PurposeId {
        self.purpose
    }

    /// The dataset.
    #[must_use]
    pub const fn dataset(&self) -> &DatasetId {
        self.dataset
    }

    /// The moment.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// One reason why processing is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessingRefusal {
    /// The consent does not stand.
    #[error("{0}")]
    Barred(Bar),
    /// The consent does not cover it.
    #[error("{0}")]
    NotCovered(ServiceRefusal),
}

impl ProcessingRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Barred(bar) => bar.code(),
            Self::NotCovered(refusal) => refusal.code(),
        }
    }
}

/// The answer.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "permitted, or refused for reasons")]
pub enum Processing<'a> {
    /// Now, this, for that.
    Permitted(Permit<'a>),
    /// Not now: every reason, at least one.
    Refused(Vec<ProcessingRefusal>),
}

impl Processing<'_> {
    /// Whether processing is permitted.
    #[must_use]
    pub const fn is_permitted(&self) -> bool {
        matches!(self, Self::Permitted(_))
    }

    /// The codes of the refusal; empty when processing is permitted.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        match self {
            Self::Permitted(_) => Vec::new(),
            Self::Refused(reasons) => reasons.iter().map(|reason| reason.code()).collect(),
        }
    }
}

impl Service {
    /// Whether `dataset` may be processed for `purpose` on the consent `cr_id` at `now`. Total.
    //= CN-37, CN-77
    pub fn may_process<'a>(
        &self,
        cr_id: &'a ConsentId,
        purpose: &'a PurposeId,
        dataset: &'a DatasetId,
        now: Timestamp,
    ) -> Processing<'a> {
        let Some(consent) = self.consents.get(cr_id) else {
            let unknown = ServiceRefusal::HeldConsentUnknown;
            return Processing::Refused(vec![ProcessingRefusal::NotCovered(unknown)]);
        };
        let mut reasons = Vec::new();
        if let Err(bar) = self.standing_of(consent, now).permit() {
            reasons.push(ProcessingRefusal::Barred(bar));
        }
        let rules = consent.record.usage_rules();
        match rules.iter().find(|rule| rule.purpose_id == *purpose) {
            None => reasons.push(ProcessingRefusal::NotCovered(
                ServiceRefusal::PurposeNotConsented,
            )),
            Some(rule) if !rule.datasets.contains(dataset) => {
                reasons.push(ProcessingRefusal::NotCovered(
                    ServiceRefusal::DatasetNotConsented,
                ));
            }
            Some(_) => {}
        }
        if reasons.is_empty() {
            Processing::Permitted(Permit {
                cr_id,
                purpose,
                dataset,
                at: now,
            })
        } else {
            Processing::Refused(reasons)
        }
    }
}

mydata_core::coded!(ProcessingRefusal);
