//! What a registry keeps: its decisions, as lines of JSON in a journal. A description stands there as it was signed,
//! or as the registry has published it.

use crate::journal::Kept;
use mydata::core::crypto::Crypto;
use mydata::core::id::{ActorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::record::description::{Policy, Published, Trust};
use mydata::registry::{Act, Capacity, Edition, Event, Fact, Linking, Links, Registry};
use serde::{Deserialize, Serialize};

/// The events of one decision: all of them, or none.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record(Vec<Line>);

impl Record {
    /// `None` for an event that this version does not know.
    pub(super) fn of(events: &[Event]) -> Option<Self> {
        events.iter().map(Line::of).collect::<Option<_>>().map(Self)
    }

    /// Tells the registry what has happened; `None` where that is not what a registry has decided.
    pub(super) fn happen(
        self,
        registry: &mut Registry,
        crypto: &dyn Crypto,
        mut happened: impl FnMut(&Registry, &Event),
    ) -> Option<()> {
        for line in self.0 {
            let event = line.event(registry, crypto)?;
            registry.apply(&event);
            happened(registry, &event);
        }
        Some(())
    }
}

impl Kept for Record {
    fn written(&self) -> Vec<u8> {
        // Text and numbers are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn read(octets: &[u8]) -> Option<Self> {
        serde_json::from_slice(octets).ok()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Timestamp,
    actor: ActorId,
    is_staff: bool,
    service_id: ServiceId,
    fact: FactLine,
}

/// A fact; keys as a JWK Set in a text, a description as the octets that it is published as.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum FactLine {
    Obtained {
        registrant: ActorId,
        keys: String,
    },
    Described {
        description: String,
        issued: Timestamp,
        created_by: ActorId,
        moved: bool,
    },
    Linked {
        is_vouched: bool,
    },
    KeysRotated {
        keys: String,
    },
    Retired {
        links_end: bool,
    },
    Reopened,
}

impl Line {
    fn of(event: &Event) -> Option<Self> {
        let fact = match &event.fact {
            Fact::Obtained { registrant, keys } => FactLine::Obtained {
                registrant: registrant.clone(),
                keys: serde_json::to_string(keys).ok()?,
            },
            Fact::Described { edition, moved } => FactLine::Described {
                description: String::from_utf8(edition.description.to_json()).ok()?,
                issued: edition.issued,
                created_by: edition.created_by.clone(),
                moved: *moved,
            },
            Fact::Linked { by } => FactLine::Linked {
                is_vouched: *by == Linking::Vouched,
            },
            Fact::KeysRotated { keys } => FactLine::KeysRotated {
                keys: serde_json::to_string(keys).ok()?,
            },
            Fact::Retired { links } => FactLine::Retired {
                links_end: *links == Links::End,
            },
            Fact::Reopened => FactLine::Reopened,
            _ => return None,
        };
        Some(Self {
            at: event.at,
            actor: event.act.actor.clone(),
            is_staff: event.act.capacity == Capacity::Staff,
            service_id: event.service_id.clone(),
            fact,
        })
    }

    fn event(self, registry: &Registry, crypto: &dyn Crypto) -> Option<Event> {
        let keys = |text: String| KeySet::from_jwks(text.as_bytes()).ok();
        let fact = match self.fact {
            FactLine::Obtained {
                registrant,
                keys: k,
            } => Fact::Obtained {
                registrant,
                keys: keys(k)?,
            },
            FactLine::Described {
                description,
                issued,
                created_by,
                moved,
            } => {
                // With the keys that the service had then, and whatever the city has demanded since.
                let policy = Policy::in_languages(Vec::<Language>::new());
                let trust = Trust {
                    of: Some(&self.service_id),
                    keys: registry.service(&self.service_id).map(|entry| entry.keys()),
                    must_be_signed: false,
                    policy: &policy,
                    crypto,
                };
                let found = Published::read(description.as_bytes()).ok()?;
                let edition = Edition {
                    description: found.check(&trust).ok()?,
                    issued,
                    created_by,
                };
                Fact::Described {
                    edition: Box::new(edition),
                    moved,
                }
            }
            FactLine::Linked { is_vouched: true } => Fact::Linked {
                by: Linking::Vouched,
            },
            FactLine::Linked { is_vouched: false } => Fact::Linked { by: Linking::Found },
            FactLine::KeysRotated { keys: k } => Fact::KeysRotated { keys: keys(k)? },
            FactLine::Retired { links_end: true } => Fact::Retired { links: Links::End },
            FactLine::Retired { links_end: false } => Fact::Retired { links: Links::Stay },
            FactLine::Reopened => Fact::Reopened,
        };
        let capacity = match self.is_staff {
            true => Capacity::Staff,
            false => Capacity::Registrant,
        };
        Some(Event {
            at: self.at,
            act: Act {
                actor: self.actor,
                capacity,
            },
            service_id: self.service_id,
            fact,
        })
    }
}
