//! What is looked up, out of what has happened.

use crate::model::{ConsentRow, Index, LinkRow, TokenRow};
use mydata::core::id::{ConsentId, LinkCode, LinkId, ServiceId, TokenId};
use mydata::core::time::Timestamp;
use mydata::operator::{Account, Event, Fact, Lifecycle};
use std::collections::{BTreeMap, BTreeSet};

/// What `events` change, as the account stands `after` them: of each id one row.
pub(crate) fn index(after: &Account, events: &[Event]) -> Index {
    let mut touched = Touched::default();
    for event in events {
        touched.see(&event.fact);
    }
    let links = touched.links.iter().filter_map(|id| link(after, id));
    let consents = touched.consents.iter().filter_map(|id| consent(after, id));
    Index {
        due: due(after),
        linkings: touched.linkings.into_iter().collect(),
        links: links.collect(),
        consents: consents.collect(),
        tokens: touched
            .tokens
            .into_iter()
            .map(|(id, exp)| TokenRow { id, exp })
            .collect(),
    }
}

/// An account that has ended is due from the beginning of time: it waits for its erasure.
pub(crate) fn due(account: &Account) -> Option<Timestamp> {
    match account.lifecycle() {
        Lifecycle::Created | Lifecycle::Active | Lifecycle::Closing => account.due(),
        Lifecycle::Ended => Some(Timestamp::EPOCH),
        Lifecycle::Erased => None,
    }
}

#[derive(Default)]
struct Touched {
    linkings: BTreeMap<LinkCode, Option<ServiceId>>,
    links: BTreeSet<LinkId>,
    consents: BTreeSet<ConsentId>,
    tokens: BTreeMap<TokenId, Timestamp>,
}

impl Touched {
    fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::LinkingStarted { code, linking } => {
                self.linkings
                    .insert(code.clone(), Some(linking.service_id.clone()));
            }
            Fact::LinkingEnded { code } => {
                self.linkings.insert(code.clone(), None);
            }
            Fact::Linked { code, chain } => {
                self.linkings.insert(code.clone(), None);
                self.links.insert(chain.first().slr_id.clone());
            }
            Fact::LinkChanged { link_id, .. } => {
                self.links.insert(link_id.clone());
            }
            Fact::ConsentGiven { record, .. } => {
                self.consents.insert(record.terms().cr_id.clone());
            }
            Fact::ConsentChanged { cr_id, .. } => {
                self.consents.insert(cr_id.clone());
            }
            Fact::TokenIssued { jti, exp, .. } => {
                self.tokens.insert(jti.clone(), *exp);
            }
            Fact::SurrogateOffered { .. }
            | Fact::LinkProposed { .. }
            | Fact::Countersigned { .. }
            | Fact::ProposalShown { .. }
            | Fact::ContractFiled { .. }
            | Fact::ContractEnded { .. }
            | Fact::VerificationAsked { .. }
            | Fact::Activated { .. }
            | Fact::ExportOpened { .. }
            | Fact::Exported
            | Fact::Closing { .. }
            | Fact::Reopened
            | Fact::Ended
            | Fact::Erased
            | Fact::Subscribed { .. }
            | Fact::SubscriptionConfirmed { .. }
            | Fact::Notified { .. }
            | Fact::Objected { .. }
            | Fact::ObjectionAnswered { .. } => {}
            // One that is newer than this crate: the law that holds rows against accounts would see it.
            _ => {}
        }
    }
}

/// The row of a link.
pub(crate) fn link(account: &Account, id: &LinkId) -> Option<LinkRow> {
    let link = account.link(id)?;
    Some(LinkRow {
        id: id.clone(),
        service: link.record.service_id.clone(),
        surrogate: link.record.surrogate_id.clone(),
        state: link.chain.state(),
    })
}

/// The row of a consent.
pub(crate) fn consent(account: &Account, id: &ConsentId) -> Option<ConsentRow> {
    let consent = account.consent(id)?;
    let terms = consent.terms();
    Some(ConsentRow {
        id: id.clone(),
        link: terms.slr_id.clone(),
        state: consent.chain.state(),
        validity: terms.validity(),
    })
}
