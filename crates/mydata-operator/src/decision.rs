//! What follows from a command.

use crate::account::{Consent, Link};
use crate::command::Act;
use crate::event::{Event, Fact};
use crate::permit::ExportPermit;
use crate::person::ToPerson;
use mydata_core::id::{LinkCode, ServiceId};
use mydata_core::time::Timestamp;
use mydata_record::chain::Next;
use mydata_record::consent::Reason;
use mydata_record::consent::{ConsentChange, ConsentProposal, ConsentStatus};
use mydata_record::link::LinkStatus;
use mydata_record::message::{ConsentStatusDelivery, LinkStatusDelivery, ToService, TokenReply};

/// A decision: store the events and the outbox in one transaction, then apply the events, then
/// deliver. An empty one changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a decision that is not stored has not been made"]
#[non_exhaustive]
pub struct Decision {
    /// The number of events that the account had when it decided: storing it is a conflict when
    /// the account has gone on since.
    pub version: u64,
    /// What has happened, in order.
    pub events: Vec<Event>,
    /// Whom to tell, in order; each any number of times until it is acknowledged.
    pub outbox: Vec<Delivery>,
    /// What to tell the person, in order. Stored with the outbox, but for the codes: who can read
    /// the store must not be able to use them, so a code that got lost is asked for anew.
    pub to_person: Vec<ToPerson>,
    /// Everything that is kept of this account is to be deleted in the same transaction: its events
    /// with the one of this decision, its outbox, the person's details, the username (AC-26).
    pub erase: bool,
    /// The answer to whoever asked.
    pub reply: Reply,
}

/// A message to a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Delivery {
    /// The service.
    pub to: ServiceId,
    /// The message.
    pub message: ToService,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// It is done.
    Done,
    /// The linking's code.
    Linking(LinkCode),
    /// The token.
    Token(TokenReply),
    /// The proposal is archived; a consent names it so.
    Proposal(ConsentProposal),
    /// Permission to collect a copy of everything.
    Export(ExportPermit),
}

impl Decision {
    pub(crate) const fn new(version: u64) -> Self {
        Self {
            version,
            events: Vec::new(),
            outbox: Vec::new(),
            to_person: Vec::new(),
            erase: false,
            reply: Reply::Done,
        }
    }

    pub(crate) fn record(&mut self, at: Timestamp, act: &Act, fact: Fact) {
        self.events.push(Event {
            at,
            act: act.clone(),
            fact,
        });
    }

    pub(crate) fn tell(&mut self, to: &ServiceId, message: ToService) {
        self.outbox.push(Delivery {
            to: to.clone(),
            message,
        });
    }

    /// A link has a new status: the event, and the message to its service.
    pub(crate) fn link_changed(
        &mut self,
        at: Timestamp,
        act: &Act,
        link: &Link,
        reason: Reason,
        next: Next<LinkStatus>,
    ) {
        let ssr = next.record().seal();
        let record = &link.record;
        self.tell(
            &record.service_id,
            ToService::LinkStatus(LinkStatusDelivery { ssr }),
        );
        let fact = Fact::LinkChanged {
            link_id: record.link_id.clone(),
            reason,
            next,
        };
        self.record(at, act, fact);
    }

    /// A consent has a new status: the event, and the message to its service.
    //= CN-40, CN-50, CN-52, CN-55, CN-57
    pub(crate) fn consent_changed(
        &mut self,
        at: Timestamp,
        act: &Act,
        consent: &Consent,
        (change, reason, mirrored): (ConsentChange, Reason, bool),
        next: Next<ConsentStatus>,
    ) {
        let csr = next.record().seal();
        let terms = consent.terms();
        self.tell(
            &terms.subject_id,
            ToService::ConsentStatus(ConsentStatusDelivery { csr }),
        );
        let fact = Fact::ConsentChanged {
            cr_id: terms.cr_id.clone(),
            change,
            reason,
            mirrored,
            next,
        };
        self.record(at, act, fact);
    }
}
