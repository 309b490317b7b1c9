//! What an account holds for a receipt: the records of a decision with their causes, and what was shown.
//!
//! How the person decided (the ceremony) and the city's register are not here: the program knows them.

use mydata_core::crypto::Crypto;
use mydata_core::id::{ConsentId, DescriptionVersion, RecordId, ServiceId};
use mydata_core::jws::Verified;
use mydata_operator::{Account, Capacity, Consent, Event, Fact, Link, archived_proposal};
use mydata_receipt::issue::{Cause, Causes, Decision, Half, ShownNotice};
use mydata_receipt::receipt::{Actor, Ceremony};
use mydata_receipt::signed::{Evidence, Pair, ProposalOctets, RecordEvidence, Single};
use mydata_record::consent::{AnyConsent, SinkConsent, SourceConsent};
use mydata_record::description::ServiceDescription;
use std::fmt;

/// The records of one decision, in an account: a consent for one service, or both halves of a pair.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    account: &'a Account,
    consent: &'a Consent,
    source: Option<&'a Consent>,
}

/// Finds a description at the version that a record names.
pub type Described<'d, 'a> =
    dyn Fn(&ServiceId, &DescriptionVersion) -> Option<&'a ServiceDescription> + 'd;

impl<'a> Decided<'a> {
    /// The decision to which `cr_id` belongs, whichever half it is; `None` when the account has no such
    /// consent, or not its other half.
    #[must_use]
    pub fn find(account: &'a Account, cr_id: &ConsentId) -> Option<Self> {
        let consent = account.consent(cr_id)?;
        match &consent.record {
            AnyConsent::Single(_) => Some(Self {
                account,
                consent,
                source: None,
            }),
            AnyConsent::Sink(sink) => Some(Self {
                account,
                consent,
                source: Some(account.consent(sink.source_cr_id())?),
            }),
            AnyConsent::Source(_) => {
                let mut all = account.consents();
                let (_, sink) = all.find(|(_, other)| other.source() == Some(cr_id))?;
                Some(Self {
                    account,
                    consent: sink,
                    source: Some(consent),
                })
            }
        }
    }

    /// When the proposal was shown, and in which language.
    #[must_use]
    pub fn shown(&self) -> Option<ShownNotice> {
        let shown = self
            .account
            .proposal(&self.consent.terms().consent_proposal)?;
        Some(ShownNotice {
            at: shown.at,
            language: shown.language,
        })
    }

    /// Who changed each status of the consent, and why, out of the account's events (CN-18).
    ///
    /// Where the owner of the account has given the consent for another (a parent for a child), what
    /// the owner does to it later is done for the other too; where a representative has given it for
    /// the owner, the owner's acts are the owner's.
    pub fn causes<'e, I>(&self, events: I, ceremony: &Ceremony) -> Causes
    where
        I: IntoIterator<Item = &'e Event, IntoIter: Clone>,
    {
        let events = events.into_iter();
        let given = events.clone().find(|event| {
            matches!(&event.fact, Fact::ConsentGiven { record, .. }
                if record.terms().cr_id == self.consent.terms().cr_id)
        });
        let by_owner = given.is_some_and(|event| event.act.capacity == Capacity::Owner);
        let for_another = by_owner && ceremony.acting.capacity.is_for_another();
        let owner = if for_another {
            Actor::Representative
        } else {
            Actor::DataSubject
        };
        events.filter_map(|event| cause(event, owner)).collect()
    }

    /// The records, each with the description of its service; `None` when a description is not found.
    #[must_use]
    pub fn decision(&self, described: &Described<'_, 'a>) -> Option<Decision<'a>> {
        let of = |consent: &Consent| {
            let terms = consent.terms();
            described(&terms.subject_id, &terms.service_description_version)
        };
        match (&self.consent.record, self.source) {
            (AnyConsent::Single(record), _) => Some(Decision::Single(Half {
                consent: record,
                chain: &self.consent.chain,
                service: of(self.consent)?,
            })),
            (AnyConsent::Sink(sink), Some(source)) => Some(Decision::Pair {
                source: Half {
                    consent: as_source(source)?,
                    chain: &source.chain,
                    service: of(source)?,
                },
                sink: Half {
                    consent: sink,
                    chain: &self.consent.chain,
                    service: of(self.consent)?,
                },
            }),
            (AnyConsent::Sink(_), None) | (AnyConsent::Source(_), _) => None,
        }
    }

    /// The evidence: the records octet for octet, and what was shown, out of the account's events, if
    /// it is archived there.
    pub fn evidence<'e>(
        &self,
        events: impl IntoIterator<Item = &'e Event>,
        crypto: &dyn Crypto,
    ) -> Option<Evidence> {
        let named = &self.consent.terms().consent_proposal;
        let proposal = archived_proposal(events, named, crypto).ok();
        let proposal = proposal.map(|proposal| ProposalOctets {
            media_type: proposal.media_type().to_owned(),
            octets: proposal.octets().to_vec(),
        });
        let link = self.link(self.consent)?;
        match (&self.consent.record, self.source) {
            (AnyConsent::Single(record), _) => Some(Evidence::Single(Box::new(Single {
                record: RecordEvidence::of(&link.record, record, &self.consent.chain),
                proposal,
            }))),
            (AnyConsent::Sink(sink), Some(source)) => {
                let from = self.link(source)?;
                let record = as_source(source)?;
                Some(Evidence::Pair(Box::new(Pair {
                    source: RecordEvidence::of(&from.record, record, &source.chain),
                    sink: RecordEvidence::<SinkConsent>::of(
                        &link.record,
                        sink,
                        &self.consent.chain,
                    ),
                    proposal,
                })))
            }
            (AnyConsent::Sink(_), None) | (AnyConsent::Source(_), _) => None,
        }
    }

    fn link(&self, consent: &Consent) -> Option<&'a Link> {
        self.account.link(&consent.terms().slr_id)
    }
}

const fn as_source(consent: &Consent) -> Option<&Verified<SourceConsent>> {
    if let AnyConsent::Source(record) = &consent.record {
        Some(record)
    } else {
        None
    }
}

/// Who changed what a status record says, and why; `owner` is who the owner of the account is there.
fn cause(event: &Event, owner: Actor) -> Option<(RecordId, Cause)> {
    let Fact::ConsentChanged { reason, next, .. } = &event.fact else {
        return None;
    };
    let by = match event.act.capacity {
        Capacity::Owner => owner,
        Capacity::Representative => Actor::Representative,
        Capacity::Operator => Actor::Operator,
        Capacity::Service(_) => Actor::Service,
        Capacity::System => Actor::System,
    };
    let cause = Cause {
        by,
        reason: Some(*reason),
    };
    Some((next.record().record_id.clone(), cause))
}

impl fmt::Debug for Decided<'_> {
    /// Which, never what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Decided")
            .field(&self.consent.terms().cr_id)
            .finish()
    }
}
