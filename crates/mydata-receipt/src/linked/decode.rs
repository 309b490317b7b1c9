//! From the document back to the receipt.

mod history;
mod parts;
mod said;

use super::document::*;
use super::rule::LinkedRule;
use super::words::*;
use crate::finding::{Finding, Level, Report};
use crate::receipt::{
    Acting, Address, Ceremony, Contact, Controller, Country, Email, Given, Grounds, Localized,
    Minor, Notice, Party, Phone, Receipt, ReceiptId, ReceiptVersion, Remedy, Right, ServiceRef,
    Told,
};
use crate::tree::{push_index, push_name};
use mydata_core::crypto::Sha256;
use mydata_core::resource::ResourceUrl;
use mydata_core::web::WebLink;
use mydata_record::description::Basis;
use std::collections::BTreeMap;

impl Document {
    /// The receipt of which this is the document: what [`Document::of`] was given.
    ///
    /// # Errors
    /// The report of every fact that a receipt has and that the document does not say; when there is
    /// none, of every fact that the document says and that a receipt has no place for. A document of
    /// somebody else is read and need not be a receipt of ours.
    pub fn receipt(&self) -> Result<Receipt, Report<LinkedRule>> {
        let parties = self.party_identification.iter().enumerate();
        let mut reader = Reader {
            document: self,
            // The first of two of one name, as everywhere.
            parties: parties.rev().map(|(at, party)| (&*party.id, at)).collect(),
            report: Report::default(),
            pointer: String::new(),
        };
        let receipt = reader.receipt();
        if let Some(receipt) = receipt.as_ref().filter(|_| reader.report.is_valid()) {
            reader.tell_dropped(receipt);
        }
        match receipt {
            Some(receipt) if reader.report.is_valid() => Ok(receipt),
            _ => Err(reader.report),
        }
    }
}

/// Reads on after a fault, so that all of them are told.
struct Reader<'d> {
    document: &'d Document,
    /// Where each party stands, by its name.
    parties: BTreeMap<&'d str, usize>,
    report: Report<LinkedRule>,
    pointer: String,
}

impl<'d> Reader<'d> {
    fn error(&mut self, rule: LinkedRule) {
        let pointer = self.pointer.clone();
        self.report.findings.push(Finding {
            pointer,
            rule,
            level: Level::Error,
        });
    }

    fn at<T>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        let whole = self.pointer.len();
        push_name(&mut self.pointer, name);
        let done = then(self);
        self.pointer.truncate(whole);
        done
    }

    /// A member that must be there, read by `read`.
    fn need<'v, V: ?Sized, T>(
        &mut self,
        name: &str,
        value: Option<&'v V>,
        read: impl FnOnce(&'v V) -> Option<T>,
    ) -> Option<T> {
        self.at(name, |reader| {
            let Some(value) = value else {
                reader.error(LinkedRule::NoFact);
                return None;
            };
            let read = read(value);
            if read.is_none() {
                reader.error(LinkedRule::BadFact);
            }
            read
        })
    }

    /// A member that may be absent, but not wrong.
    fn may<'v, V: ?Sized, T>(
        &mut self,
        name: &str,
        value: Option<&'v V>,
        read: impl FnOnce(&'v V) -> Option<T>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(value) => self.need(name, Some(value), read).map(Some),
        }
    }

    /// Every element of an array.
    fn each<'v, V, T>(
        &mut self,
        name: &str,
        values: &'v [V],
        mut read: impl FnMut(&mut Self, &'v V) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.at(name, |reader| {
            let whole = reader.pointer.len();
            let mut all = Some(Vec::new());
            for (at, value) in values.iter().enumerate() {
                push_index(&mut reader.pointer, at);
                let read = read(reader, value);
                reader.pointer.truncate(whole);
                all = all.zip(read).map(|(mut all, read)| {
                    all.push(read);
                    all
                });
            }
            all
        })
    }

    fn receipt(&mut self) -> Option<Receipt> {
        let document = self.document;
        let version = |text: &str| (text == ReceiptVersion::TEXT).then(ReceiptVersion::default);
        let version = self.need(
            "receipt_version",
            document.receipt_version.as_deref(),
            version,
        );
        let receipt_id = self.need("receipt_id", document.receipt_id.as_deref(), |text| {
            ReceiptId::parse(text.strip_prefix("urn:uuid:")?).ok()
        });
        let issued = self.need("created", document.created.as_ref(), |at| Some(at.0));
        let operator_id = self.need("operator_id", document.operator_id.as_deref(), |text| {
            mydata_core::id::OperatorId::parse(text).ok()
        });
        let operator = self.need("publisher", document.publisher.as_deref(), Some);
        let operator = operator.and_then(|id| self.organisation(id));
        let Some((first, others)) = document.consent_records.split_first() else {
            self.at("consent_records", |reader| {
                reader.error(LinkedRule::NoRecord)
            });
            return None;
        };
        if !others
            .iter()
            .chain([first])
            .all(|other| agree(first, other))
        {
            self.at("consent_records", |reader| {
                reader.error(LinkedRule::RecordsDiffer);
            });
        }
        let processing = &first.pii_processing;
        let (grounds, parts) = self.at("consent_records", |reader| {
            let grounds = reader.grounds(first);
            let parts = reader.at("0", |reader| {
                reader.at("pii_processing", |reader| reader.processing(processing))
            });
            (grounds, parts)
        });
        let parts = parts?;
        Some(Receipt {
            version: version?,
            receipt_id: receipt_id?,
            issued: issued?,
            operator_id: operator_id?,
            operator: operator?,
            source: parts.source,
            controller: parts.controller,
            jurisdiction: parts.jurisdiction,
            authority: parts.authority,
            language: parts.language,
            grounds: grounds?,
            processes: parts.processes,
            remedy: parts.remedy,
            rights: parts.rights,
        })
    }

    fn party(&self, id: &str) -> Option<&'d PartyNode> {
        let at = self.parties.get(id)?;
        self.document.party_identification.get(*at)
    }

    /// An organisation by the id of its party, told about where the party stands.
    fn organisation(&mut self, id: &str) -> Option<Party> {
        let Some(at) = self.parties.get(id).copied() else {
            self.error(LinkedRule::DanglingParty);
            return None;
        };
        let party = self.document.party_identification.get(at)?;
        let here = std::mem::replace(&mut self.pointer, format!("/party_identification/{at}"));
        let read = self.party_node(party);
        self.pointer = here;
        read
    }

    fn party_node(&mut self, party: &PartyNode) -> Option<Party> {
        let own = |text: &str| Some(text.to_owned());
        let name = self.need("party_name", party.party_name.as_ref(), localized);
        let email = self.need("party_email", party.party_email.as_deref(), Email::parse);
        let phone = self.need("party_phone", party.party_phone.as_deref(), Phone::parse);
        let url = self.need("party_url", party.party_url.as_deref(), web);
        let address = self.need("party_address", party.party_address.as_ref(), Some);
        let address = address.and_then(|address| {
            self.at("party_address", |reader| {
                let street = address.street_address.as_deref();
                let street = reader.need("street_address", street, own);
                let code = reader.need("postal_code", address.postal_code.as_deref(), own);
                let city = address.address_locality.as_deref();
                let city = reader.need("address_locality", city, own);
                let country = address.address_country.as_deref();
                let country = reader.need("address_country", country, Country::parse);
                Some(Address {
                    street: street?,
                    postal_code: code?,
                    city: city?,
                    country: country?,
                })
            })
        });
        let contact = self.need("party_contact", party.party_contact.as_ref(), Some);
        let contact = contact.and_then(|contact| {
            self.at("party_contact", |reader| {
                let role = reader.need("contact_type", contact.contact_type.as_ref(), localized);
                let email = contact.party_email.as_deref();
                let email = reader.need("party_email", email, Email::parse);
                Some(Contact {
                    role: role?,
                    email: email?,
                })
            })
        });
        Some(Party {
            business_id: party.party_id.clone(),
            name: name?,
            address: address?,
            email: email?,
            phone: phone?,
            url: url?,
            contact: contact?,
        })
    }

    fn grounds(&mut self, first: &'d Record) -> Option<Grounds> {
        let processing = &first.pii_processing;
        let basis = self.need(
            "0/pii_processing/basis",
            processing.basis.first(),
            |term| match word(EXPRESSION, term) {
                Some(is_explicit) => Some(Err(is_explicit)),
                None => word(BASES, term).map(Ok),
            },
        )?;
        let notice = processing.privacy_notice.first();
        let notice = self.need("0/pii_processing/privacy_notice", notice, Some)?;
        let date = notice.date.as_ref();
        let at = self.need("0/pii_processing/privacy_notice/0/date", date, |at| {
            Some(at.0)
        });
        match basis {
            Ok(Basis::Consent) => {
                // Consent as such does not say whether it was explicit.
                self.at("0/pii_processing/basis", |reader| {
                    reader.error(LinkedRule::NoFact)
                });
                None
            }
            Ok(basis) => Some(Grounds::Law(Told { basis, at: at? })),
            Err(is_explicit) => {
                let ceremony = self.ceremony(processing, is_explicit);
                let url = |id: &String| ResourceUrl::parse(id).ok();
                let url = self.need(
                    "0/pii_processing/privacy_notice/0/@id",
                    notice.id.as_ref(),
                    url,
                );
                let hash = notice.sha256.as_deref();
                let hash = self.need(
                    "0/pii_processing/privacy_notice/0/sha256",
                    hash,
                    Sha256::parse,
                );
                let records = self.records();
                let validity = first.events.first().map(|event| &event.validity_duration);
                let validity = self.need("0/events", validity, Some);
                let all = &self.document.consent_records;
                let role = |of: &Record| word(ROLES, of.header.role.as_deref()?);
                let heir = heir(all.iter().map(role));
                let replaces = all.get(heir).and_then(|of| of.header.replaces.as_ref());
                let name = format!("{heir}/header/replaces");
                let replaces = self.may(&name, replaces, |replaced| {
                    mydata_core::id::ConsentId::parse(&replaced.record_id).ok()
                });
                let validity = validity?;
                Some(Grounds::Consent(Box::new(Given {
                    notice: Notice {
                        url: url?,
                        sha256: hash?,
                        shown_at: at?,
                    },
                    ceremony: ceremony?,
                    nbf: validity.valid_from.map(|at| at.0),
                    exp: validity.valid_through.map(|at| at.0),
                    replaces: replaces?,
                    records: records?,
                })))
            }
        }
    }

    fn ceremony(&mut self, processing: &'d Processing, is_explicit: bool) -> Option<Ceremony> {
        let name = "0/pii_processing/indication";
        let indication = self.need(name, processing.indication.as_ref(), Some)?;
        self.at(name, |reader| {
            let at = reader.need("event_time", indication.event_time.as_ref(), |at| {
                Some(at.0)
            });
            let of = |term: &str| word(CHANNELS, term);
            let channel = reader.need("channel", indication.channel.as_deref(), of);
            let of = |term: &String| word(METHODS, term);
            let method = reader.need("method", indication.method.first(), of);
            let of = |term: &str| word(ASSURANCES, term);
            let assurance = reader.need("assurance", indication.assurance.as_deref(), of);
            let of = |term: &str| word(CUSTODIES, term);
            let custody = reader.need("custody", indication.custody.as_deref(), of);
            let age = reader.may("age", indication.age.as_ref(), |age| {
                u8::try_from(*age).ok()
            });
            let decider = reader.need("decided_by", indication.decided_by.as_ref(), Some);
            let capacity = decider.and_then(|decider| {
                let of = |term: &String| word(CAPACITIES, term);
                reader.need("decided_by/@type", decider.kind.first(), of)
            });
            Some(Ceremony {
                decided_at: at?,
                channel: channel?,
                method: method?,
                is_explicit,
                acting: Acting {
                    capacity: capacity?,
                    authority: decider?.mandate.clone(),
                    minor: age?.map(|age| Minor { age }),
                },
                assurance: assurance?,
                custody: custody?,
            })
        })
    }
}

/// What all records of a decision say alike: what is processed, and for how long.
fn agree(first: &Record, other: &Record) -> bool {
    let validity = first.events.first().map(|event| &event.validity_duration);
    let mut events = other.events.iter();
    other.pii_processing == first.pii_processing
        && events.all(|event| Some(&event.validity_duration) == validity)
}

fn localized(text: &Localized) -> Option<Localized> {
    Some(text.clone())
}

fn web(text: &str) -> Option<WebLink> {
    WebLink::parse(text).ok()
}

/// A country by its term.
fn country(term: &str) -> Option<Country> {
    Country::parse(term.strip_prefix("loc:")?)
}
