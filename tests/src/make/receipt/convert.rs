//! Receipts written in other forms, and what is lost on the way.

use super::super::case::{Book, Stated};
use super::super::record::{DAYS30, START, id};
use super::alter::{Alter, Name, altered, note};
use super::model;
use crate::exam::task::ReceiptForm::{Kantara, Linked};
use crate::exam::task::ReceiptTask;
use Alter::{Drop, Put};
use serde_json::{Value, json};

const WRITTEN: &str = "FW-25 FW-26 FW-27 FW-28 FW-29 P45";
const OF_A_CHILD: &str = "FW-25 FW-26 FW-27 FW-28 FW-29 FW-30 P45";

/// Of something that was signed: no case looks at the octets.
const DIGEST: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// An event: the state, who, why, and when after the beginning.
type Event = (&'static str, &'static str, Option<&'static str>, u64);

const GIVEN: Event = ("given", "data_subject", None, 0);
const PAUSED: Event = ("paused", "operator", Some("suspected_misuse"), 60);
const RESUMED: Event = ("resumed", "data_subject", Some("owner_wish"), 120);
const WITHDRAWN: Event = ("withdrawn", "data_subject", Some("owner_wish"), 180);
const REVOKED: Event = ("revoked", "service", Some("service_left"), 180);
const EXPIRED: Event = ("expired", "system", Some("expired"), DAYS30);

fn record(role: &str, service: &str, events: &[Event]) -> Value {
    let event = |(at, (state, by, reason, after)): (usize, &Event)| {
        let mut event = json!({ "at": START + after, "state": state, "by": by });
        if let Some(reason) = reason {
            event["reason"] = json!(reason);
        }
        if *state != "expired" {
            let record_id = id(service, &format!("status-{}", at + 1));
            event["record"] = json!({ "record_id": record_id, "sha256": DIGEST });
        }
        event
    };
    json!({
        "role": role, "cr_id": id(service, "consent"), "slr_id": id(service, "link"), "iat": START,
        "kid": "owner-1", "sha256": DIGEST,
        "events": events.iter().enumerate().map(event).collect::<Vec<_>>(),
    })
}

fn single(events: &[Event]) -> Value {
    issued(model::single(record("Sink", "sink", events)), events)
}

fn pair(events: &[Event]) -> Value {
    let halves = [("Source", "source"), ("Sink", "sink")];
    let records = halves.map(|(role, service)| record(role, service, events));
    issued(model::pair(records.to_vec()), events)
}

/// A receipt of an hour after the last event.
fn issued(mut receipt: Value, events: &[Event]) -> Value {
    let last = events.last().map_or(0, |event| event.3);
    receipt["issued"] = json!(START + last + 3600);
    receipt
}

/// A child's receipt, for whom a parent has acted.
fn of_a_child() -> Value {
    let acting = json!({ "capacity": "parent", "authority": "register/1", "minor": { "age": 5 } });
    altered(
        &single(&[GIVEN]),
        &[
            Put("/grounds/consent/ceremony/acting", acting),
            Put(
                "/grounds/consent/records/0/events/0/by",
                json!("representative"),
            ),
        ],
    )
}

/// A pair whose source belongs to another organisation.
fn of_two_organisations() -> Value {
    altered(
        &pair(&[GIVEN]),
        &[
            Put("/source/party/business_id", json!("7654321-0")),
            Put("/source/party/name", model::texts("source town")),
        ],
    )
}

/// Everything that there may be and that the others do not have.
fn full() -> Value {
    let left_out = json!([model::item("own/extra")]);
    let recipients = json!([{ "name": model::texts("print shop"), "country": "SE" }]);
    altered(
        &single(&[GIVEN]),
        &[
            Put("/grounds/consent/nbf", json!(START + 60)),
            Put("/grounds/consent/replaces", json!(id("sink", "consent-0"))),
            Put("/grounds/consent/ceremony/is_explicit", json!(true)),
            Put("/processes/0/left_out", left_out),
            Put("/processes/0/recipients", recipients),
            Put("/processes/0/data/0/sensitivity", json!("special")),
            Put("/processes/0/data/0/personal_data", json!("pd:Health")),
            Put("/processes/0/data/0/category", json!(6)),
            Put(
                "/processes/0/legal_basis",
                json!(["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]),
            ),
        ],
    )
}

fn kantara(receipt: &Value, language: &str) -> ReceiptTask {
    ReceiptTask::Write {
        form: Kantara,
        receipt: receipt.clone(),
        language: Some(language.to_owned()),
    }
}

fn linked(receipt: &Value) -> ReceiptTask {
    ReceiptTask::Write {
        form: Linked,
        receipt: receipt.clone(),
        language: None,
    }
}

/// What of every decision stands in our own terms only, for one record with `events`.
fn own_terms(records: usize, events: &[Event], processes: usize, more: &str) -> String {
    let mut lines: Vec<String> = [
        "/version",
        "/operator_id",
        "/grounds/consent/notice/sha256",
        "/grounds/consent/ceremony/channel",
        "/grounds/consent/ceremony/method",
        "/grounds/consent/ceremony/assurance",
        "/grounds/consent/ceremony/custody",
    ]
    .map(str::to_owned)
    .to_vec();
    for record in 0..records {
        let at = format!("/grounds/consent/records/{record}");
        lines.extend(["slr_id", "kid", "sha256"].map(|name| format!("{at}/{name}")));
        for (number, (state, _, reason, _)) in events.iter().enumerate() {
            let at = format!("{at}/events/{number}");
            lines.extend(reason.map(|_| format!("{at}/reason")));
            if *state != "expired" {
                lines.extend(["record_id", "sha256"].map(|name| format!("{at}/record/{name}")));
            }
        }
    }
    for process in 0..processes {
        lines.push(format!("/processes/{process}/category"));
        lines.push(format!("/processes/{process}/data/0/category"));
    }
    lines.extend(more.split_whitespace().map(str::to_owned));
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("extension {line}"))
        .collect();
    lines.join(",")
}

/// What Kantara's form has no place of its own for in the receipt of a consent for one service, in
/// one of its three languages: `others` are the other two.
fn kantara_losses(others: [&str; 2]) -> String {
    let extension = "/version /issued /operator_id /operator/business_id /controller/party/business_id \
        /controller/service/service_id /controller/service/version /controller/service/issued \
        /grounds/consent/exp /grounds/consent/notice/url /grounds/consent/notice/sha256 \
        /grounds/consent/notice/shown_at /grounds/consent/ceremony/is_explicit \
        /grounds/consent/ceremony/acting/capacity /grounds/consent/ceremony/assurance \
        /grounds/consent/ceremony/custody /grounds/consent/records/0/role /grounds/consent/records/0/cr_id \
        /grounds/consent/records/0/slr_id /grounds/consent/records/0/iat /grounds/consent/records/0/kid \
        /grounds/consent/records/0/sha256 /grounds/consent/records/0/events/0/at \
        /grounds/consent/records/0/events/0/state /grounds/consent/records/0/events/0/by \
        /grounds/consent/records/0/events/0/record/record_id /grounds/consent/records/0/events/0/record/sha256 \
        /processes/0/purpose_id /processes/0/data/0/dataset_id /processes/0/data/0/necessity \
        /processes/0/data/0/sensitivity";
    let nowhere = "/authority/business_id /authority/address/street /authority/address/postal_code \
        /authority/address/city /authority/address/country /authority/email /authority/phone /authority/url \
        /authority/contact/email /processes/0/purpose /processes/0/legal_basis/0 \
        /processes/0/data/0/personal_data /processes/0/operations/0 /processes/0/operations/1 \
        /processes/0/storage/0 /processes/0/retention/days /rights/0/right /rights/0/url";
    let never = "/authority/name /authority/contact/role /processes/0/data/0/title \
        /processes/0/data/0/description /processes/0/retention/rule";
    let in_one = "/operator/name /operator/contact/role /controller/party/name \
        /controller/party/contact/role /controller/service/title /processes/0/title \
        /processes/0/description /remedy/otherwise";
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        extension
            .split_whitespace()
            .map(|at| format!("extension {at}")),
    );
    lines.extend(nowhere.split_whitespace().map(|at| format!("nowhere {at}")));
    for at in never.split_whitespace() {
        lines.extend(["fi", "sv", "en"].map(|language| format!("nowhere {at}/{language}")));
    }
    for at in in_one.split_whitespace() {
        lines.extend(others.map(|language| format!("nowhere {at}/{language}")));
    }
    lines.join(",")
}

pub(super) fn written() -> Book {
    let mut book = Book::new(
        "receipt/convert",
        "Receipts written in other forms: what stands in them, what is refused, what is lost",
    );
    in_kantara(&mut book);
    in_linked(&mut book);
    book
}

fn in_kantara(book: &mut Book) {
    for (language, others) in [
        ("fi", ["sv", "en"]),
        ("sv", ["fi", "en"]),
        ("en", ["fi", "sv"]),
    ] {
        let id = format!("kantara-given-{language}");
        let name = (
            id.as_str(),
            "A consent for one service, and all that the form has no place for.",
        );
        let losses = kantara_losses(others);
        note(
            book,
            WRITTEN,
            name,
            kantara(&single(&[GIVEN]), language),
            Stated::Found(&losses),
        );
    }
    let receipt = single(&[GIVEN]);
    #[rustfmt::skip]
    let rows: Vec<(Name<'_>, &str, Value, &str)> = vec![
        (("kantara-other-language", "A language in which no text is: they stand as the person was told."), WRITTEN, receipt.clone(), "et"),
        (("kantara-pair", "The user of the data comes first, then its source, then the operator."), WRITTEN, of_two_organisations(), "en"),
        (("kantara-resumed", "Paused and resumed: in force."), WRITTEN, single(&[GIVEN, PAUSED, RESUMED]), "en"),
        (("kantara-full", "Sensitive data, a recipient, a beginning, data that was left out."), WRITTEN, full(), "en"),
        (("kantara-not-explicit", "The act was about more than this consent: which act it was is described."), WRITTEN,
            altered(&receipt, &[Put("/grounds/consent/ceremony/is_explicit", json!(false))]), "en"),
        (("kantara-one-organisation", "One organisation on both sides is no third party to itself."), WRITTEN, pair(&[GIVEN]), "en"),
        (("kantara-open", "A consent without an end."), WRITTEN, altered(&receipt, &[Drop("/grounds/consent/exp")]), "en"),
        (("kantara-of-a-child", "Who acted for whom, by what right and how old the child is stay out of this form."), OF_A_CHILD, of_a_child(), "en"),
        (("kantara-confidential", "What is confidential by law is not what the form calls sensitive."), WRITTEN,
            altered(&receipt, &[Put("/processes/0/data/0/sensitivity", json!("confidential"))]), "en"),
    ];
    for (name, requirements, receipt, language) in rows {
        note(
            book,
            requirements,
            name,
            kantara(&receipt, language),
            Stated::Accepted,
        );
    }
    let over = altered(&receipt, &[Put("/issued", json!(START + DAYS30))]);
    let no_url = Put("/controller/policy_url", json!("https:///town.example"));
    #[rustfmt::skip]
    let refused: Vec<(Name<'_>, Value, &str, &str)> = vec![
        (("kantara-paused", "A paused consent would be told as in force."), single(&[GIVEN, PAUSED]), "en", "kantara_not_in_force"),
        (("kantara-withdrawn", "A consent that was withdrawn."), single(&[GIVEN, WITHDRAWN]), "en", "kantara_not_in_force"),
        (("kantara-revoked", "A consent that somebody else has ended."), single(&[GIVEN, REVOKED]), "en", "kantara_not_in_force"),
        (("kantara-expired", "A consent whose time is over."), single(&[GIVEN, EXPIRED]), "en", "kantara_not_in_force"),
        (("kantara-over", "Issued at the end of the consent: nobody has recorded that, and it is over."), over, "en", "kantara_not_in_force"),
        (("kantara-half-paused", "One half of a pair is paused."),
            altered(&pair(&[GIVEN]), &[Put("/grounds/consent/records/0", record("Source", "source", &[GIVEN, PAUSED]))]), "en", "kantara_not_in_force"),
        (("kantara-contract", "A contract is no consent."), model::notice("contract", "eu-gdpr:A6-1-b", "end_contract"), "en", "kantara_not_consent"),
        (("kantara-legal-obligation", "A duty is no consent."), model::notice("legalObligation", "eu-gdpr:A6-1-c", "nothing"), "en", "kantara_not_consent"),
        (("kantara-vital-interest", "A vital interest is no consent."), model::notice("vitalInterest", "eu-gdpr:A6-1-d", "object"), "en", "kantara_not_consent"),
        (("kantara-public-interest", "The public interest is no consent."), model::notice("publicInterest", "eu-gdpr:A6-1-e", "object"), "en", "kantara_not_consent"),
        (("kantara-legitimate-interest", "A legitimate interest is no consent."), model::notice("legitimateInterest", "eu-gdpr:A6-1-f", "object"), "en", "kantara_not_consent"),
        (("kantara-no-language", "A language that ISO 639-1 does not have."), receipt.clone(), "zz", "kantara_no_language"),
        (("kantara-told-in-no-language", "Told in a language that ISO 639-1 does not have."), altered(&receipt, &[Put("/language", json!("zz"))]), "en", "kantara_no_language"),
        (("kantara-no-url", "An address that only browsers forgive."), altered(&receipt, &[no_url]), "en", "kantara_no_url"),
        (("kantara-no-data", "A purpose without data is not of the form of a receipt."), altered(&receipt, &[Put("/processes/0/data", json!([]))]), "en", "json_shape"),
        (("kantara-no-country", "Neither is a receipt without a jurisdiction."), altered(&receipt, &[Put("/jurisdiction", json!([]))]), "en", "json_shape"),
    ];
    for (name, receipt, language, code) in refused {
        note(
            book,
            WRITTEN,
            name,
            kantara(&receipt, language),
            Stated::Refused(code),
        );
    }
}

fn in_linked(book: &mut Book) {
    #[rustfmt::skip]
    let states: [(Name<'_>, &[Event]); 7] = [
        (("linked-given", "`dpv:ConsentGiven`."), &[GIVEN]),
        (("linked-paused", "No term for a pause: invalid for processing, and our own word."), &[GIVEN, PAUSED]),
        (("linked-resumed", "Given again, and our own word: nothing was affirmed anew."), &[GIVEN, PAUSED, RESUMED]),
        (("linked-withdrawn", "`dpv:ConsentWithdrawn`: by the person."), &[GIVEN, WITHDRAWN]),
        (("linked-withdrawn-from-a-pause", "A pause, then a withdrawal."), &[GIVEN, PAUSED, WITHDRAWN]),
        (("linked-revoked", "`dpv:ConsentRevoked`: by somebody else."), &[GIVEN, REVOKED]),
        (("linked-expired", "`dpv:ConsentExpired`, without a status record."), &[GIVEN, EXPIRED]),
    ];
    for (name, events) in states {
        let losses = own_terms(1, events, 1, "");
        note(
            book,
            WRITTEN,
            name,
            linked(&single(events)),
            Stated::Found(&losses),
        );
    }
    let name = ("linked-pair", "A pair is one receipt and two records.");
    let losses = own_terms(2, &[GIVEN], 2, "");
    note(
        book,
        WRITTEN,
        name,
        linked(&pair(&[GIVEN])),
        Stated::Found(&losses),
    );
    let name = (
        "linked-of-a-child",
        "A parent has acted: the role, the right and the age are in it.",
    );
    let more =
        "/grounds/consent/ceremony/acting/authority /grounds/consent/ceremony/acting/minor/age";
    let losses = own_terms(1, &[GIVEN], 1, more);
    note(
        book,
        OF_A_CHILD,
        name,
        linked(&of_a_child()),
        Stated::Found(&losses),
    );
    let name = (
        "linked-full",
        "A beginning, an older consent, recipients, data that was left out.",
    );
    let left_out = [
        "dataset_id",
        "necessity",
        "sensitivity",
        "personal_data",
        "category",
    ];
    let left_out = left_out.map(|member| format!("/processes/0/left_out/0/{member}"));
    let texts = ["title", "description"].map(|member| {
        let at = format!("/processes/0/left_out/0/{member}");
        format!("{at}/fi {at}/sv {at}/en")
    });
    let losses = own_terms(
        1,
        &[GIVEN],
        1,
        &[left_out.join(" "), texts.join(" ")].join(" "),
    );
    note(book, WRITTEN, name, linked(&full()), Stated::Found(&losses));
    let open = altered(&single(&[GIVEN]), &[Drop("/grounds/consent/exp")]);
    let name = ("linked-open", "A consent without an end.");
    let losses = own_terms(1, &[GIVEN], 1, "");
    note(book, WRITTEN, name, linked(&open), Stated::Found(&losses));
    for (basis, article, remedy) in [
        ("contract", "eu-gdpr:A6-1-b", "end_contract"),
        ("legalObligation", "eu-gdpr:A6-1-c", "nothing"),
        ("vitalInterest", "eu-gdpr:A6-1-d", "object"),
        ("publicInterest", "eu-gdpr:A6-1-e", "object"),
        ("legitimateInterest", "eu-gdpr:A6-1-f", "object"),
    ] {
        let letter = article.rsplit('-').next().unwrap();
        let id = format!("linked-notice-{letter}");
        let name = (
            id.as_str(),
            "A notice has no events; the control is what the law leaves.",
        );
        let stated = Stated::Found(NOTICE);
        note(
            book,
            WRITTEN,
            name,
            linked(&model::notice(basis, article, remedy)),
            stated,
        );
    }
    let receipt = altered(&single(&[GIVEN]), &[Put("/processes", json!([]))]);
    let name = ("linked-no-process", "What is no receipt is not written.");
    note(
        book,
        WRITTEN,
        name,
        linked(&receipt),
        Stated::Refused("json_shape"),
    );
    let receipt = altered(&single(&[GIVEN]), &[Drop("/remedy")]);
    let name = ("linked-no-remedy", "A member is missing in the receipt.");
    note(
        book,
        WRITTEN,
        name,
        linked(&receipt),
        Stated::Refused("json_missing_member"),
    );
}

/// What of a notice stands in our own terms only.
const NOTICE: &str = "extension /version, extension /operator_id, extension /processes/0/category, \
    extension /processes/0/data/0/category";
