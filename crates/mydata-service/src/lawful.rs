//! "May I process this now?", whatever the basis.

use crate::holding::Service;
use crate::process::ProcessingRefusal;
use crate::refusal::ServiceRefusal;
use mydata_core::id::{ConsentId, DatasetId, LinkId, PurposeId};
use mydata_core::time::Timestamp;
use mydata_record::description::{Basis, ServiceDescription};

/// On what a processing rests at one moment. Not to be kept (CN-37).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consent, or another basis")]
pub enum Ground {
    /// A consent in force.
    Consent(ConsentId),
    /// Another basis, to which the person has not objected, or without success.
    Basis(Basis),
    /// Another basis, to which the person has objected, and the service has not decided yet. It may go
    /// on (decision D32); a service that must hold it until then does (GDPR Art. 18(1)(d)).
    Contested(Basis),
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an answer is for now: use it or let it go"]
#[expect(
    clippy::exhaustive_enums,
    reason = "permitted, or refused for a reason"
)]
pub enum Lawful {
    /// Now, this, for that.
    On(Ground),
    /// Not now.
    Not(ProcessingRefusal),
}

impl Lawful {
    /// Whether processing is permitted.
    #[must_use]
    pub const fn is_permitted(&self) -> bool {
        matches!(self, Self::On(_))
    }

    /// The code of the refusal.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::On(_) => None,
            Self::Not(refusal) => Some(refusal.code()),
        }
    }
}

impl Service {
    //= FW-51, FW-52, OB-11, OB-12, OB-13
    /// Whether the service may process `dataset` for `purpose` about a person at `now`, whatever the
    /// basis that its description gives. Total.
    ///
    /// `person` is every link that the service has had with the person, at least one, also the removed
    /// ones: only the program knows which are one person's. An objection made under any of them counts,
    /// and so does a consent under any that is active.
    ///
    /// What rests on consent needs one in force. What rests on another basis goes on until the service
    /// accepts an objection to it (decision D32); from then on it needs a consent, too, which the service
    /// offers by describing the purpose under consent. That a link was removed ends no other basis,
    /// and no objection. What rests on a contract or a legal obligation goes on: nobody can object to
    /// it, and an objection to a dataset means what else is done with that (decision D33).
    pub fn may_use(
        &self,
        person: &[LinkId],
        description: &ServiceDescription,
        purpose: &PurposeId,
        dataset: &DatasetId,
        now: Timestamp,
    ) -> Lawful {
        let not = |refusal| Lawful::Not(ProcessingRefusal::NotCovered(refusal));
        // An id that is not known may be the mistaken name of one under which somebody objected.
        if person.is_empty() || !person.iter().all(|id| self.links.contains_key(id)) {
            return not(ServiceRefusal::HeldLinkUnknown);
        }
        // A service may ask about its own processing only: its description says on what that rests.
        let described = description
            .purpose(purpose)
            .filter(|_| description.service_id == self.id);
        let Some((basis, described)) = described else {
            return not(ServiceRefusal::ProcessingUnknown);
        };
        let objections = || {
            let all = self.objections.values();
            all.filter(|held| person.contains(&held.link_id))
        };
        let is_open = basis.is_objectionable() || basis == Basis::Consent;
        let objected = is_open && objections().any(|held| held.forbids(purpose, dataset));
        let uses = described.required_datasets.contains(dataset)
            || described.optional_datasets.contains(dataset);
        match (basis, objected) {
            (Basis::Consent, _) | (_, true) => {
                let consent = self.consent_covering(person, purpose, dataset, now);
                match consent {
                    Some(cr_id) => Lawful::On(Ground::Consent(cr_id.clone())),
                    None if objected => not(ServiceRefusal::Objected),
                    None => not(ServiceRefusal::ConsentNeeded),
                }
            }
            (_, false) if uses => {
                let is_contested = basis.is_objectionable()
                    && objections().any(|held| held.contests(purpose, dataset));
                Lawful::On(if is_contested {
                    Ground::Contested(basis)
                } else {
                    Ground::Basis(basis)
                })
            }
            (_, false) => not(ServiceRefusal::ProcessingUnknown),
        }
    }

    /// A consent in force under one of the links that covers the processing.
    fn consent_covering(
        &self,
        person: &[LinkId],
        purpose: &PurposeId,
        dataset: &DatasetId,
        now: Timestamp,
    ) -> Option<&ConsentId> {
        let of_link = self
            .consents
            .iter()
            .filter(|(_, consent)| person.contains(&consent.record.terms().slr_id));
        let mut covering = of_link.filter(|(cr_id, _)| {
            self.may_process(cr_id, purpose, dataset, now)
                .is_permitted()
        });
        covering.next().map(|(cr_id, _)| cr_id)
    }
}
