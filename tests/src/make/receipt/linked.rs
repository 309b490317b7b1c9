//! ISO/IEC TS 27560 by way of DPV: what is found, and what is repaired.

use super::super::case::{Book, Stated};
use super::alter::{self, Alter, Name, altered, note};
use crate::exam::task::ReceiptForm::Linked;
use Alter::{Drop, Push, Put, Rename};
use mydata::receipt::linked::{RECEIPT_SCHEMA, RECORD_SCHEMA, context};
use serde_json::{Value, json};

const CHECKED: &str = "FW-25 FW-26 FW-27 FW-28 FW-29 P42";
const REPAIRED: &str = "FW-25 FW-26 FW-27 FW-28 FW-29 P43";

/// A receipt of one consent with no more than it must have, and without a context, which is long.
fn good() -> Value {
    json!({
        "schema_version": RECEIPT_SCHEMA,
        "receipt_id": "urn:uuid:6b1d1d3c-7c5a-4e53-9e0e-2f6a4f0f3f10",
        "created": "2025-01-07T08:00:00Z",
        "consent_records": [{
            "header": { "schema_version": RECORD_SCHEMA, "record_id": "record-1", "pii_principal_id": "_:person" },
            "pii_processing": {
                "privacy_notice": [{ "@id": "https://town.example/notice/1" }],
                "language": ["en"],
                "purposes": [{
                    "purpose": ["dpv:RequestedServiceProvision"],
                    "pii_information": [{ "pii_type": ["pd:Name"] }],
                    "storage_locations": [{ "location": ["loc:FI"] }],
                    "retention_period": [{ "duration": "P1Y" }],
                    "recipient_third_parties": [],
                }],
                "pii_controllers": ["_:town"],
                "jurisdiction": ["loc:FI"],
                "withdrawal_method": [{ "exercised_at": "https://town.example/consents" }],
            },
            "events": [event("dpv:ConsentGiven", "2025-01-07T08:00:00Z")],
        }],
        "party_identification": [
            {
                "@id": "_:town", "party_id": "0000001-0", "party_type": ["dpv:Organisation"],
                "party_name": { "en": "Town (demo)" },
                "party_address": { "address_country": "FI" },
                "party_contact": { "party_email": "dpo@town.example" },
            },
            { "@id": "_:person", "party_id": "reader-1", "party_type": ["dpv:DataSubject"] },
        ],
    })
}

fn event(state: &str, time: &str) -> Value {
    json!({
        "event_time": time, "validity_duration": { "@type": ["dpv:EndlessDuration"] },
        "entity_id": "_:person", "event_type": ["dpv:ExpressedConsent"], "event_state": [state],
    })
}

/// A case: its name, what is altered, and what is found beside the missing context.
type Row = (Name<'static>, Vec<Alter>, &'static str);

/// What is found in every document without a context.
const NO_CONTEXT: &str = "warning linked_needs_repair";

const PURPOSE: &str = "/consent_records/0/pii_processing/purposes/0/purpose/0";
const TITLE: &str = "/consent_records/0/pii_processing/purposes/0/title";
const STORAGE: &str = "/consent_records/0/pii_processing/purposes/0/storage_locations";
const RETENTION: &str = "/consent_records/0/pii_processing/purposes/0/retention_period";
const DATA: &str = "/consent_records/0/pii_processing/purposes/0/pii_information/0";
const STATE: &str = "/consent_records/0/events/0/event_state/0";
const TIME: &str = "/consent_records/0/events/0/event_time";
const RIGHTS: &str = "/consent_records/0/pii_processing/privacy_rights";

/// Texts, types, times and terms.
#[rustfmt::skip]
fn values() -> Vec<Row> {
    vec![
        (("good", "A receipt without a fault but that it has no context."), vec![], ""),
        (("text-blank", "A text is white space."), vec![Put("/receipt_id", json!(" "))], "linked_empty_text /receipt_id"),
        (("text-blank-in-a-language", "A text is blank in one of its languages."), vec![Put(TITLE, json!({ "en": "A", "fi": "" }))], "linked_empty_text /consent_records/0/pii_processing/purposes/0/title/fi"),
        (("text-in-no-language", "Texts by something that is no language."), vec![Put(TITLE, json!({ "in English": "A" }))], "linked_no_language /consent_records/0/pii_processing/purposes/0/title"),
        (("text-without-texts", "Texts in no language at all."), vec![Put(TITLE, json!({}))], "linked_empty_list /consent_records/0/pii_processing/purposes/0/title"),
        (("type-null", "Null for a text."), vec![Put("/receipt_id", json!(null))], "linked_wrong_type /receipt_id"),
        (("type-number", "A number for a place."), vec![Put(STORAGE, json!([7]))], "linked_wrong_type /consent_records/0/pii_processing/purposes/0/storage_locations/0"),
        (("type-place-in-words", "A place of storage in words."), vec![Put(STORAGE, json!(["in the cellar"]))], "linked_wrong_type /consent_records/0/pii_processing/purposes/0/storage_locations/0"),
        (("type-two-for-one", "Two publishers."), vec![Put("/publisher", json!(["_:town", "_:town"]))], "linked_wrong_type /publisher"),
        (("list-empty", "A purpose of no kind."), vec![Put("/consent_records/0/pii_processing/purposes/0/purpose", json!([]))], "linked_empty_list /consent_records/0/pii_processing/purposes/0/purpose"),
        (("list-of-no-records", "No record, in a list."), vec![Put("/consent_records", json!([]))], "linked_empty_list /consent_records"),
        (("list-of-no-recipients", "Nobody receives data: that is said by an empty list, not by leaving it out."), vec![Drop("/consent_records/0/pii_processing/purposes/0/recipient_third_parties")], "linked_missing /consent_records/0/pii_processing/purposes/0/recipient_third_parties"),
        (("time-date", "A date for a moment."), vec![Put(TIME, json!("2025-01-07"))], "linked_time /consent_records/0/events/0/event_time"),
        (("time-zone", "A moment with an offset."), vec![Put(TIME, json!("2025-01-07T10:00:00+02:00"))], "linked_time /consent_records/0/events/0/event_time"),
        (("time-seconds", "Seconds since 1970."), vec![Put(TIME, json!(1_736_236_800))], "linked_time /consent_records/0/events/0/event_time"),
        (("time-milliseconds", "Milliseconds since 1970."), vec![Put(TIME, json!(1_736_236_800_000_u64))], "linked_milliseconds /consent_records/0/events/0/event_time"),
        (("time-fraction", "Half a second."), vec![Put(TIME, json!("2025-01-07T08:00:00.5Z"))], "linked_milliseconds /consent_records/0/events/0/event_time"),
        (("iri-words", "A notice with words for an address."), vec![Put("/consent_records/0/pii_processing/privacy_notice/0/@id", json!("see the desk"))], "linked_not_iri /consent_records/0/pii_processing/privacy_notice/0/@id"),
        (("schema-unknown", "A profile that is none of this standard."), vec![Put("/schema_version", json!("https://other.example/profile"))], "warning linked_unknown_schema /schema_version"),
        (("schema-of-the-guide", "A profile that the guide of the vocabulary writes and the vocabulary does not define is read."), vec![Put("/schema_version", json!("https://w3id.org/dpv/schema/dpv-27560"))], ""),
        (("term-unknown", "A term that the vocabulary does not have."), vec![Put(PURPOSE, json!("dpv:NoSuchPurpose"))], "linked_unknown_term /consent_records/0/pii_processing/purposes/0/purpose/0"),
        (("term-in-words", "A purpose in words."), vec![Put(PURPOSE, json!("marketing"))], "linked_unknown_term /consent_records/0/pii_processing/purposes/0/purpose/0"),
        (("term-of-another-kind", "Personal data for a purpose."), vec![Put(PURPOSE, json!("pd:Health"))], "linked_term_kind /consent_records/0/pii_processing/purposes/0/purpose/0"),
        (("term-property", "A property for a class."), vec![Put(PURPOSE, json!("dpv:hasPurpose"))], "linked_term_kind /consent_records/0/pii_processing/purposes/0/purpose/0"),
        (("term-state-for-a-basis", "A state for a legal basis."), vec![Put("/consent_records/0/events/0/event_type/0", json!("dpv:ConsentGiven"))], "linked_term_kind /consent_records/0/events/0/event_type/0"),
        (("term-phantom", "The guide of the vocabulary names this state; the vocabulary calls it `dpv:ConsentRevoked`."), vec![Put(STATE, json!("dpv:ConsentTerminated"))], "linked_phantom_term /consent_records/0/events/0/event_state/0"),
        (("term-phantom-property", "And this property."), vec![Put("/party_identification/0/dpv:hasLegalName", json!("Town"))], "linked_phantom_term /party_identification/0"),
        (("term-unknown-property", "A property that nobody names."), vec![Put("/consent_records/0/header/dpv:hasNothing", json!(1))], "linked_unknown_term /consent_records/0/header"),
        (("term-other-property", "A property that the vocabulary has and the form does not."), vec![Put("/consent_records/0/header/dpv:hasScope", json!("x"))], "note linked_unknown_member /consent_records/0/header"),
        (("term-right-unknown", "A right that the regulation does not have."), vec![Put(RIGHTS, json!([{ "@type": ["eu-gdpr:A99"] }]))], "linked_unknown_term /consent_records/0/pii_processing/privacy_rights/0/@type/0"),
    ]
}

/// Members, parties and histories.
#[rustfmt::skip]
fn wholes() -> Vec<Row> {
    vec![
        (("unknown-members", "Members that the form does not know are told once for each object."), vec![Put("/x_a", json!(1)), Put("/x_b", json!(2))], "note linked_unknown_member"),
        (("missing-in-a-record", "What the standard demands of a record."), vec![Put("/consent_records/0/header", json!({})), Put("/consent_records/0/pii_processing", json!({}))],
            "linked_missing /consent_records/0/header/schema_version, linked_missing /consent_records/0/header/record_id, linked_missing /consent_records/0/header/pii_principal_id, \
             linked_missing /consent_records/0/pii_processing/privacy_notice, linked_missing /consent_records/0/pii_processing/language, linked_missing /consent_records/0/pii_processing/purposes, \
             linked_missing /consent_records/0/pii_processing/pii_controllers, linked_missing /consent_records/0/pii_processing/jurisdiction, linked_missing /consent_records/0/pii_processing/withdrawal_method"),
        (("missing-in-a-purpose", "Of a purpose."), vec![Put("/consent_records/0/pii_processing/purposes", json!([{}]))],
            "linked_missing /consent_records/0/pii_processing/purposes/0/purpose, linked_missing /consent_records/0/pii_processing/purposes/0/pii_information, \
             linked_missing /consent_records/0/pii_processing/purposes/0/storage_locations, linked_missing /consent_records/0/pii_processing/purposes/0/retention_period, \
             linked_missing /consent_records/0/pii_processing/purposes/0/recipient_third_parties"),
        (("missing-in-an-event", "Of an event."), vec![Put("/consent_records/0/events/0", json!({}))],
            "linked_missing /consent_records/0/events/0/event_time, linked_missing /consent_records/0/events/0/validity_duration, linked_missing /consent_records/0/events/0/entity_id, \
             linked_missing /consent_records/0/events/0/event_type, linked_missing /consent_records/0/events/0/event_state"),
        (("missing-in-a-party", "Of a party that is no person."), vec![Drop("/party_identification/0/party_name"), Drop("/party_identification/0/party_address"), Drop("/party_identification/0/party_contact")],
            "linked_missing /party_identification/0/party_name, linked_missing /party_identification/0/party_address, linked_missing /party_identification/0/party_contact"),
        (("missing-events", "A consent of which nothing has become."), vec![Drop("/consent_records/0/events")], "linked_missing /consent_records/0/events"),
        (("missing-withdrawal", "A consent without a way to withdraw."), vec![Drop("/consent_records/0/pii_processing/withdrawal_method")], "linked_missing /consent_records/0/pii_processing/withdrawal_method"),
        (("no-record", "No record at all."), vec![Drop("/consent_records")], "linked_no_record /consent_records"),
        (("two-spellings", "A member in two spellings: the first of them is read."), vec![Put("/receiptId", json!("urn:uuid:6b1d1d3c-7c5a-4e53-9e0e-2f6a4f0f3f10"))], "linked_two_spellings /receipt_id, note linked_other_spelling /receipt_id"),
        (("other-spelling", "A member in camel case: a note."), vec![Rename("/receipt_id", "receiptId")], "note linked_other_spelling /receipt_id"),
        (("other-property", "A member as a property: a note."), vec![Rename("/created", "dct:created")], "note linked_other_spelling /created"),
        (("other-context", "A context that is not ours."), vec![Put("/@context", json!({ "@vocab": "https://other.example/" }))], "warning linked_other_context"),
        (("own-context", "Our own context: nothing is found."), vec![Put("/@context", context())], "own"),
        (("needs-repair", "One value where a list belongs."), vec![Put("/consent_records/0/pii_processing/language", json!("en"))], "warning linked_needs_repair /consent_records/0/pii_processing/language"),
        (("party-twice", "Two parties have one name."), vec![Push("/party_identification", good()["party_identification"][0].clone())], "linked_party_twice /party_identification/2"),
        (("party-dangling-controller", "A controller who is nowhere identified."), vec![Put("/consent_records/0/pii_processing/pii_controllers/0", json!("urn:x:other"))], "linked_dangling_party /consent_records/0/pii_processing/pii_controllers/0"),
        (("party-dangling-actor", "Somebody has acted who is nowhere identified."), vec![Put("/consent_records/0/events/0/entity_id", json!("_:other"))], "linked_dangling_party /consent_records/0/events/0/entity_id"),
        (("party-dangling-person", "The person is an IRI that is nowhere identified."), vec![Put("/consent_records/0/header/pii_principal_id", json!("urn:x:other"))], "linked_dangling_party /consent_records/0/header/pii_principal_id"),
        (("event-after-end", "Given again after it was withdrawn."), vec![
            Push("/consent_records/0/events", event("dpv:ConsentWithdrawn", "2025-01-08T08:00:00Z")), Push("/consent_records/0/events", event("dpv:ConsentGiven", "2025-01-09T08:00:00Z"))],
            "linked_event_after_end /consent_records/0/events/2"),
        (("event-after-invalidation", "Given again after an authority has invalidated it."), vec![
            Push("/consent_records/0/events", event("dpv:ConsentInvalidated", "2025-01-08T08:00:00Z")), Push("/consent_records/0/events", event("dpv:ConsentGiven", "2025-01-09T08:00:00Z"))],
            "linked_event_after_end /consent_records/0/events/2"),
        (("event-order", "An event before the one before it."), vec![Push("/consent_records/0/events", event("dpv:ConsentWithdrawn", "2025-01-06T08:00:00Z"))], "warning linked_event_order /consent_records/0/events/1"),
        (("event-expired-by-itself", "That the time was over stands last, whatever its time, where nobody has recorded it."), vec![Push("/consent_records/0/events", event("dpv:ConsentExpired", "2025-01-06T08:00:00Z"))], ""),
        (("event-withdrawn", "Given and withdrawn."), vec![Push("/consent_records/0/events", event("dpv:ConsentWithdrawn", "2025-01-08T08:00:00Z"))], ""),
        (("notice-without-control", "A notice that does not say what can be done about it."), vec![
            Put("/consent_records/0/pii_processing/basis", json!(["dpv:LegalObligation"])), Drop("/consent_records/0/pii_processing/withdrawal_method"), Drop("/consent_records/0/events")],
            "linked_no_control /consent_records/0/pii_processing"),
        (("notice", "A notice needs no events and no way to withdraw."), vec![
            Put("/consent_records/0/pii_processing/basis", json!(["dpv:LegalObligation"])), Drop("/consent_records/0/pii_processing/withdrawal_method"), Drop("/consent_records/0/events"),
            Put("/consent_records/0/pii_processing/involvement", json!([{ "@type": ["dpv:CannotObjectToProcess"] }]))], ""),
        (("notice-by-article", "The basis is told by the article of a purpose."), vec![
            Put("/consent_records/0/pii_processing/purposes/0/lawful_basis", json!(["eu-gdpr:A6-1-c"])), Drop("/consent_records/0/pii_processing/withdrawal_method"), Drop("/consent_records/0/events"),
            Put(RIGHTS, json!([{ "@type": ["eu-gdpr:A15"] }]))], ""),
        (("purposes-differ", "Two purposes disagree about what holds for all of them."), vec![
            Push("/consent_records/0/pii_processing/purposes", good()["consent_records"][0]["pii_processing"]["purposes"][0].clone()),
            Put("/consent_records/0/pii_processing/purposes/0/jurisdiction", json!(["loc:FI"])),
            Put("/consent_records/0/pii_processing/purposes/1/jurisdiction", json!(["loc:SE"]))],
            "linked_purposes_differ /consent_records/0/pii_processing/jurisdiction"),
        (("purposes-differ-alone", "The same, and nothing is said for all: it is not missing as well."), vec![
            Drop("/consent_records/0/pii_processing/jurisdiction"),
            Push("/consent_records/0/pii_processing/purposes", good()["consent_records"][0]["pii_processing"]["purposes"][0].clone()),
            Put("/consent_records/0/pii_processing/purposes/0/jurisdiction", json!(["loc:FI"])),
            Put("/consent_records/0/pii_processing/purposes/1/jurisdiction", json!(["loc:SE"]))],
            "linked_purposes_differ /consent_records/0/pii_processing/jurisdiction"),
        (("record-in-a-list", "One record and nothing of a receipt."), vec![Drop("/schema_version"), Drop("/receipt_id"), Drop("/created")], "warning linked_bare_record"),
    ]
}

#[rustfmt::skip]
fn texts() -> Vec<(Name<'static>, String, &'static str)> {
    let good = good().to_string();
    let twice = good.replacen("\"language\":[", "\"language\":[\"fi\"],\"language\":[", 1);
    let unknown = good.replacen("\"header\":{", "\"header\":{\"x\":{\"a\":1,\"a\":2},", 1);
    vec![
        (("empty-object", "`{}`: everything that is missing is named at once."), "{}".to_owned(),
            "warning linked_needs_repair, linked_missing /schema_version, linked_missing /receipt_id, linked_missing /created, linked_no_record /consent_records, linked_missing /party_identification"),
        (("duplicate", "A name stands twice."), twice, "warning linked_needs_repair, linked_duplicate_member /consent_records/0/pii_processing"),
        (("duplicate-in-the-unknown", "A name stands twice inside of a member that the form does not know."), unknown, "warning linked_needs_repair, linked_duplicate_member /consent_records/0/header, note linked_unknown_member /consent_records/0/header"),
        (("no-octets", "Nothing."), String::new(), "linked_not_json"),
        (("not-json", "The end is missing."), good.strip_suffix('}').unwrap().to_owned(), "linked_not_json"),
        (("array", "An array."), "[]".to_owned(), "linked_wrong_type"),
        (("null", "Null."), "null".to_owned(), "linked_wrong_type"),
        (("too-deep", "Nested 40 deep."), format!("{}{}", "[".repeat(40), "]".repeat(40)), "linked_too_deep"),
    ]
}

pub(super) fn validated() -> Book {
    let title = "ISO/IEC TS 27560 by way of DPV: all that is wrong";
    let mut book = Book::new("receipt/linked", title);
    for (name, alter, found) in values().into_iter().chain(wholes()) {
        let stated = match found {
            "own" => String::new(),
            // It is repaired by nothing: it stays.
            "warning linked_other_context" => found.to_owned(),
            _ => format!("{NO_CONTEXT}, {found}"),
        };
        let task = alter::validate(Linked, altered(&good(), &alter));
        note(&mut book, CHECKED, name, task, Stated::Found(&stated));
    }
    for (name, text, found) in texts() {
        let task = alter::validate(Linked, text);
        note(&mut book, CHECKED, name, task, Stated::Found(found));
    }
    let task = alter::padded(Linked, good(), 10_000_000);
    let name = ("too-large", "Ten million spaces stand after it.");
    note(
        &mut book,
        CHECKED,
        name,
        task,
        Stated::Found("linked_too_large"),
    );
    book
}

/// A case: its name, what is altered, and what is repaired beside the missing context.
type Mended = (Name<'static>, Vec<Alter>, &'static str);

#[rustfmt::skip]
fn mended() -> Vec<Mended> {
    vec![
        (("snake", "Snake case: nothing but the context was missing."), vec![], ""),
        (("camel-case", "Keys in camel case."), vec![Rename("/consent_records/0/pii_processing", "piiProcessing"), Rename("/party_identification", "partyIdentification")],
            "linked_repair_camel_case /consent_records/0/pii_processing, linked_repair_camel_case /party_identification"),
        (("alias", "Other names that emitters and the guide of the vocabulary have: `records`, `record`, `event`."), vec![Rename("/consent_records/0/header", "record"), Rename("/consent_records/0/events", "event"), Rename("/consent_records", "records")],
            "linked_repair_camel_case /consent_records, linked_repair_camel_case /consent_records/0/header, linked_repair_camel_case /consent_records/0/events"),
        (("property", "Properties as keys."), vec![Rename("/created", "dct:created"), Rename("/consent_records/0/pii_processing/purposes", "dpv:hasProcess")],
            "linked_repair_property /created, linked_repair_property /consent_records/0/pii_processing/purposes"),
        (("grouped", "The members of a header outside of it."), vec![
            Drop("/consent_records/0/header"), Put("/consent_records/0/schema_version", json!(RECORD_SCHEMA)), Put("/consent_records/0/record_id", json!("record-1")),
            Put("/consent_records/0/pii_principal_id", json!("_:person"))], "linked_repair_grouped /consent_records/0/header"),
        (("grouped-parties", "The parties stand in the record."), vec![Put("/consent_records/0/party_identification", good()["party_identification"].clone()), Drop("/party_identification")],
            "linked_repair_grouped /consent_records/0/party_identification"),
        (("moved-in", "Retention once for all purposes."), vec![Drop(RETENTION), Put("/consent_records/0/pii_processing/retention_period", json!([{ "duration": "P1Y" }]))],
            "linked_repair_moved /consent_records/0/pii_processing"),
        (("moved-out", "The jurisdiction in a purpose."), vec![Drop("/consent_records/0/pii_processing/jurisdiction"), Put("/consent_records/0/pii_processing/purposes/0/jurisdiction", json!(["loc:FI"]))],
            "linked_repair_moved /consent_records/0/pii_processing/jurisdiction"),
        (("single", "One value for a list of one, and a list of one for one value."), vec![Put("/consent_records/0/pii_processing/language", json!("en")), Put(TIME, json!(["2025-01-07T08:00:00Z"]))],
            "linked_repair_single /consent_records/0/pii_processing/language, linked_repair_single /consent_records/0/events/0/event_time"),
        (("full-iri", "A term in full."), vec![Put(PURPOSE, json!("https://w3id.org/dpv#Marketing"))], "linked_repair_full_iri /consent_records/0/pii_processing/purposes/0/purpose/0"),
        (("text-for-objects", "Texts for a place, a span, data, a right, a way to withdraw and a notice."), vec![
            Put(STORAGE, json!(["loc:FI"])), Put(RETENTION, json!(["P2Y"])), Put(DATA, json!("pd:Name")), Put(RIGHTS, json!(["eu-gdpr:A15"])),
            Put("/consent_records/0/pii_processing/withdrawal_method", json!(["https://town.example/consents"])), Put("/consent_records/0/pii_processing/privacy_notice", json!(["https://town.example/notice/1"])),
            Put("/consent_records/0/events/0/validity_duration", json!("P1Y"))],
            "linked_repair_text_for_object /consent_records/0/pii_processing/purposes/0/storage_locations/0, linked_repair_text_for_object /consent_records/0/pii_processing/purposes/0/retention_period/0, \
             linked_repair_text_for_object /consent_records/0/pii_processing/purposes/0/pii_information/0, linked_repair_text_for_object /consent_records/0/pii_processing/privacy_rights/0, \
             linked_repair_text_for_object /consent_records/0/pii_processing/withdrawal_method/0, linked_repair_text_for_object /consent_records/0/pii_processing/privacy_notice/0, \
             linked_repair_text_for_object /consent_records/0/events/0/validity_duration"),
        (("text-language", "A text that does not say its language is in that of the record."), vec![Put(TITLE, json!("Reminders"))], "linked_repair_text_language /consent_records/0/pii_processing/purposes/0/title"),
        (("text-retention", "A rule of retention in words."), vec![Put(RETENTION, json!(["two years"]))],
            "linked_repair_text_for_object /consent_records/0/pii_processing/purposes/0/retention_period/0, linked_repair_text_language /consent_records/0/pii_processing/purposes/0/retention_period/0"),
        (("boolean", "Truth values for terms."), vec![Put(DATA, json!({ "pii_type": ["pd:Name"], "pii_optional": true, "sensitive_pii_category": [false], "special_pii_category": [true] }))],
            "linked_repair_boolean /consent_records/0/pii_processing/purposes/0/pii_information/0/pii_optional, \
             linked_repair_boolean /consent_records/0/pii_processing/purposes/0/pii_information/0/sensitive_pii_category/0, \
             linked_repair_boolean /consent_records/0/pii_processing/purposes/0/pii_information/0/special_pii_category/0"),
        (("fraction", "A fraction of no length."), vec![Put(TIME, json!("2025-01-07T08:00:00.000Z"))], "linked_repair_fraction /consent_records/0/events/0/event_time"),
        (("identifier", "Identifiers under their other key."), vec![Rename("/receipt_id", "identifier"), Rename("/consent_records/0/header/record_id", "identifier"), Rename("/party_identification/0/party_id", "identifier")],
            "linked_repair_identifier /receipt_id, linked_repair_identifier /consent_records/0/header/record_id, linked_repair_identifier /party_identification/0/party_id"),
        (("party-by-identifier", "A controller by its identifier."), vec![Put("/consent_records/0/pii_processing/pii_controllers", json!(["0000001-0"]))],
            "linked_repair_party_reference /consent_records/0/pii_processing/pii_controllers/0"),
        (("party-without-a-name", "A party with an identifier and nothing to refer to."), vec![Drop("/party_identification/0/@id"), Put("/consent_records/0/pii_processing/pii_controllers", json!(["0000001-0"]))],
            "linked_repair_party_reference /party_identification/0, linked_repair_party_reference /consent_records/0/pii_processing/pii_controllers/0"),
        (("person-by-pseudonym", "The person by a pseudonym that is nowhere else."), vec![Put("/party_identification", json!([good()["party_identification"][0]])), Put("/consent_records/0/header/pii_principal_id", json!("somebody")), Put("/consent_records/0/events/0/entity_id", json!("_:town"))],
            "linked_repair_party_reference /consent_records/0/header/pii_principal_id"),
    ]
}

/// A receipt as a consent manager in the field spells it, with made-up content and with all that it lacks.
fn in_camel_case() -> Value {
    json!({
        "record": { "schemaVersion": "1.0", "recordId": "record-1", "piiPrincipalId": "reader-1" },
        "piiProcessing": {
            "privacyNotice": "https://town.example/notice/1", "language": "en",
            "purposes": [{
                "purpose": "Reminders", "purposeType": "Contact", "lawfulBasis": "consent",
                "piiInformation": [{ "piiType": "e-mail address", "piiAttributeId": "a-1", "piiOptional": false }],
                "piiControllers": ["c-1"], "collectionMethod": "web form", "storageLocation": "the town's own servers",
                "retentionPeriod": "a year", "jurisdiction": "FI", "withdrawalMethod": "by mail", "privacyRights": "see the notice",
            }],
        },
        "event": [{ "eventTime": "2025-01-07T08:00:00.000Z", "validityDuration": "0", "eventType": "explicit", "eventState": "consent given" }],
        "partyIdentification": [{ "partyId": "c-1", "partyAddress": "Street 1", "partyName": "Town (demo)", "partyContact": "office@town.example", "partyType": "data provider" }],
    })
}

/// The same with everything said, in the same spelling.
fn in_good_camel_case() -> Value {
    json!({
        "schemaVersion": RECEIPT_SCHEMA,
        "receiptId": "urn:uuid:6b1d1d3c-7c5a-4e53-9e0e-2f6a4f0f3f10",
        "created": "2025-01-07T08:00:00.000Z",
        "consentRecords": [{
            "record": { "schemaVersion": RECORD_SCHEMA, "recordId": "record-1", "piiPrincipalId": "reader-1" },
            "piiProcessing": {
                "privacyNotice": "https://town.example/notice/1", "language": "en",
                "purposes": [{
                    "purpose": "dpv:CommunicationManagement", "lawfulBasis": "eu-gdpr:A6-1-a",
                    "piiInformation": [{ "piiType": "pd:EmailAddress", "piiAttributeId": "a-1", "piiOptional": false }],
                    "piiControllers": ["c-1"], "storageLocation": "loc:FI", "retentionPeriod": "P1Y", "recipientThirdParties": [],
                    "jurisdiction": "loc:FI", "withdrawalMethod": "https://town.example/consents",
                }],
            },
            "event": [{ "eventTime": "2025-01-07T08:00:00.000Z", "validityDuration": "P1Y", "entityId": "reader-1",
                        "eventType": "dpv:ExpressedConsent", "eventState": "dpv:ConsentGiven" }],
        }],
        "partyIdentification": [
            { "partyId": "c-1", "partyAddress": { "addressCountry": "FI" }, "partyName": "Town (demo)",
              "partyContact": { "partyEmail": "office@town.example" }, "partyType": "dpv:Organisation" },
            { "partyId": "reader-1", "partyType": "dpv:DataSubject" },
        ],
    })
}

/// What is repaired in it: each repair, and where.
const IN_CAMEL_CASE: [(&str, &str); 9] = [
    ("context", "/"),
    (
        "camel_case",
        "/schema_version /receipt_id /consent_records /party_identification \
         R/header R/header/schema_version R/header/record_id R/header/pii_principal_id \
         R/pii_processing R/pii_processing/privacy_notice R/pii_processing/pii_controllers \
         R/pii_processing/withdrawal_method P/lawful_basis P/pii_information P/pii_information/0/pii_type \
         P/pii_information/0/pii_attribute_id P/pii_information/0/pii_optional P/storage_locations \
         P/retention_period P/recipient_third_parties R/events E/event_time E/validity_duration \
         E/entity_id E/event_type E/event_state /party_identification/0/party_id \
         /party_identification/0/party_address /party_identification/0/party_address/address_country \
         /party_identification/0/party_name /party_identification/0/party_contact \
         /party_identification/0/party_contact/party_email /party_identification/0/party_type \
         /party_identification/1/party_id /party_identification/1/party_type",
    ),
    (
        "moved",
        "R/pii_processing/pii_controllers R/pii_processing/jurisdiction \
         R/pii_processing/withdrawal_method",
    ),
    (
        "single",
        "R/pii_processing/privacy_notice R/pii_processing/language R/pii_processing/jurisdiction \
         R/pii_processing/withdrawal_method P/purpose P/lawful_basis P/pii_information/0/pii_type \
         P/storage_locations P/retention_period E/event_type E/event_state \
         /party_identification/0/party_type /party_identification/1/party_type",
    ),
    (
        "text_for_object",
        "R/pii_processing/privacy_notice/0 R/pii_processing/withdrawal_method/0 \
         P/storage_locations/0 P/retention_period/0 E/validity_duration",
    ),
    ("text_language", "/party_identification/0/party_name"),
    ("boolean", "P/pii_information/0/pii_optional"),
    ("fraction", "/created E/event_time"),
    (
        "party_reference",
        "/party_identification/0 /party_identification/1 R/pii_processing/pii_controllers/0 \
         R/header/pii_principal_id E/entity_id",
    ),
];

/// The same in full: `R` is the record, `P` its purpose and `E` its event.
fn repaired_in_camel_case() -> String {
    let mut lines = Vec::new();
    for (repair, pointers) in IN_CAMEL_CASE {
        for pointer in pointers.split_whitespace() {
            let at = |rest: &str| ["/consent_records/0", rest].concat();
            let pointer = match pointer.split_at(1) {
                ("R", rest) => at(rest),
                ("P", rest) => at(&["/pii_processing/purposes/0", rest].concat()),
                ("E", rest) => at(&["/events/0", rest].concat()),
                ("/", "") => String::new(),
                (_, _) => pointer.to_owned(),
            };
            lines.push(
                format!("linked_repair_{repair} {pointer}")
                    .trim()
                    .to_owned(),
            );
        }
    }
    lines.join(",")
}

/// What could be put right only by inventing something.
#[rustfmt::skip]
fn beyond() -> Vec<(Name<'static>, String, &'static str)> {
    let plain = |alter: Vec<Alter>| altered(&good(), &alter).to_string();
    vec![
        (("beyond-empty", "`{}` is no receipt."), "{}".to_owned(), "linked_missing linked_no_record"),
        (("beyond-json", "No JSON."), "{".to_owned(), "linked_not_json"),
        (("beyond-camel-case", "A receipt as it is met in the field: all that it lacks is told at once."), in_camel_case().to_string(),
            "linked_missing linked_unknown_term linked_wrong_type"),
        (("beyond-language", "A text without a language, in a record without one."), plain(vec![Put("/consent_records/0/pii_processing/language", json!([])), Put(TITLE, json!("Reminders"))]), "linked_empty_list linked_no_language"),
        (("beyond-two-languages", "A text without a language, in a record in two languages."), plain(vec![Put("/consent_records/0/pii_processing/language", json!(["en", "fi"])), Put(TITLE, json!("Reminders"))]), "linked_no_language"),
        (("beyond-other-language", "A text without a language; the language of somebody else's member is not the record's."), plain(vec![Put("/consent_records/0/pii_processing/language", json!(["english"])), Put("/x_a", json!({ "language": "en" })), Put(TITLE, json!("Reminders"))]), "linked_no_language"),
        (("beyond-term", "A purpose in words."), plain(vec![Put(PURPOSE, json!("Reminders"))]), "linked_unknown_term"),
        (("beyond-phantom", "A state of the guide that the vocabulary does not have."), plain(vec![Put(STATE, json!("dpv:ConsentTerminated"))]), "linked_phantom_term"),
        (("beyond-place", "A place in words."), plain(vec![Put(STORAGE, json!(["Helsinki"]))]), "linked_wrong_type"),
        (("beyond-time", "Milliseconds: of what, nobody says."), plain(vec![Put(TIME, json!(1_736_236_800_000_u64))]), "linked_milliseconds"),
        (("beyond-party", "A party that is nowhere identified."), plain(vec![Put("/consent_records/0/pii_processing/pii_controllers", json!(["urn:x:other"]))]), "linked_dangling_party"),
        (("beyond-identifiers", "Two parties of one identifier: neither is meant by it."), plain(vec![
            Push("/party_identification", altered(&good()["party_identification"][0], &[Put("/@id", json!("_:other"))])), Put("/consent_records/0/pii_processing/pii_controllers", json!(["0000001-0"]))]), "linked_dangling_party"),
        (("beyond-spellings", "A member in two spellings: which is meant is not known."), plain(vec![Put("/receiptId", json!("urn:x:other"))]), "linked_two_spellings"),
        (("beyond-purposes", "Purposes that disagree about what holds for all."), plain(vec![Put("/consent_records/0/pii_processing/purposes/0/jurisdiction", json!(["loc:SE"]))]), "linked_purposes_differ"),
    ]
}

pub(super) fn read() -> Book {
    let title =
        "ISO/IEC TS 27560 by way of DPV as others write it: what is repaired, and what cannot be";
    let mut book = Book::new("receipt/linked-read", title);
    for (name, alter, repairs) in mended() {
        let stated = format!("linked_repair_context, {repairs}");
        let task = alter::read(Linked, altered(&good(), &alter));
        note(&mut book, REPAIRED, name, task, Stated::Found(&stated));
    }
    let mut alone = good()["consent_records"][0].clone();
    alone["party_identification"] = good()["party_identification"].clone();
    let name = ("record-alone", "A record without a receipt around it.");
    note(
        &mut book,
        REPAIRED,
        name,
        alter::read(Linked, alone),
        Stated::Found("linked_repair_context, linked_repair_grouped /consent_records"),
    );
    let own = altered(&good(), &[Put("/@context", context())]);
    let name = ("own", "With our context: nothing is repaired.");
    note(
        &mut book,
        REPAIRED,
        name,
        alter::read(Linked, own),
        Stated::Found(""),
    );
    let other = altered(
        &good(),
        &[Put("/@context", json!("https://other.example/context"))],
    );
    let name = ("other-context", "Another context is kept as it stands.");
    note(
        &mut book,
        REPAIRED,
        name,
        alter::read(Linked, other),
        Stated::Found(""),
    );
    let name = ("field", "Camel case as in the field, with everything said.");
    note(
        &mut book,
        REPAIRED,
        name,
        alter::read(Linked, in_good_camel_case()),
        Stated::Found(&repaired_in_camel_case()),
    );
    for (name, text, codes) in beyond() {
        let task = alter::read(Linked, text);
        note(&mut book, REPAIRED, name, task, Stated::Refused(codes));
    }
    book
}
