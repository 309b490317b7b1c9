//! The records of a decision, and what became of it.

use super::*;
use crate::receipt::{Actor, EventState, RecordRef, StatusEvent, StatusRef};

impl<'d> Reader<'d> {
    pub(super) fn records(&mut self) -> Option<Vec<RecordRef>> {
        let mut all = Some(Vec::new());
        for (at, record) in self.document.consent_records.iter().enumerate() {
            let read = self.at(&at.to_string(), |reader| reader.record(record));
            all = all.zip(read).map(|(mut all, read)| {
                all.push(read);
                all
            });
        }
        all
    }

    fn record(&mut self, record: &'d Record) -> Option<RecordRef> {
        let header = &record.header;
        let role = self.need("header/role", header.role.as_deref(), |term| {
            word(ROLES, term)
        });
        let cr_id = self.need("header/record_id", Some(&*header.record_id), |text| {
            mydata_core::id::ConsentId::parse(text).ok()
        });
        let slr_id = self.need("header/link", header.link.as_deref(), |text| {
            mydata_core::id::LinkId::parse(text).ok()
        });
        let iat = self.need("header/created", header.created.as_ref(), |at| Some(at.0));
        let kid = self.need(
            "header/signing_key",
            header.signing_key.as_deref(),
            |text| mydata_core::id::KeyId::parse(text).ok(),
        );
        let sha256 = self.need("header/sha256", header.sha256.as_deref(), Sha256::parse);
        let events = self.each("events", &record.events, |reader, event| {
            reader.event(event, record)
        });
        Some(RecordRef {
            role: role?,
            cr_id: cr_id?,
            slr_id: slr_id?,
            iat: iat?,
            kid: kid?,
            sha256: sha256?,
            events: events?,
        })
    }

    fn event(&mut self, event: &'d Event, of: &'d Record) -> Option<StatusEvent> {
        let state = self.need("event_state", Some(&*event.event_state), state);
        let actor = |term: &str| word(ACTORS, term);
        let by = self.need::<str, Actor>("actor", event.actor.as_deref(), actor);
        // DPV is told the same in terms of its own: a document that says two things says nothing.
        if by.is_some_and(|by| !self.is_meant(by, &event.entity_id, of)) {
            self.at("entity_id", |reader| reader.error(LinkedRule::BadFact));
        }
        if event.event_type.first() != of.pii_processing.basis.first() {
            self.at("event_type", |reader| reader.error(LinkedRule::BadFact));
        }
        let reason = |term: &str| word(REASONS, term);
        let reason = self.may("reason", event.reason.as_deref(), reason);
        let record = self.may("status_record", event.status_record.as_ref(), |record| {
            Some(StatusRef {
                record_id: mydata_core::id::RecordId::parse(&record.record_id).ok()?,
                sha256: Sha256::parse(&record.sha256)?,
            })
        });
        Some(StatusEvent {
            at: event.event_time.0,
            state: state?,
            by: by?,
            reason: reason?,
            record: record?,
        })
    }

    /// Whether the party of an event is whom our own word names.
    fn is_meant(&self, by: Actor, party: &str, of: &Record) -> bool {
        let person = of.header.pii_principal_id == party;
        let operator = self.document.publisher.as_deref() == Some(party);
        // A receipt has two: more of them are told as such.
        let mut controllers = of.pii_processing.pii_controllers.iter().take(2);
        let service = controllers.any(|known| known == party);
        match by {
            Actor::DataSubject => person,
            Actor::Representative => !person && !operator && !service,
            Actor::Operator | Actor::System => operator,
            Actor::Service => service,
        }
    }
}

/// The state of an event: our own word where there is one, else DPV's; the two must agree.
fn state(terms: &[String]) -> Option<EventState> {
    let own = terms.iter().find_map(|known| word(OWN_STATES, known));
    match own {
        Some(own) => terms.contains(&term(STATES, &own)).then_some(own),
        None => terms.iter().find_map(|known| word(STATES, known)),
    }
}
