//! Consents are delivered to a source and to a sink.

use super::BOTH;
use crate::exam::task::ServiceAct;
use crate::make::bench::{Bench, consent, consent_body, first_link_status, first_status};
use crate::make::case::{Book, Stated, altered};
use crate::make::forge::{Jws, flipped};
use crate::make::record::{self, OPERATOR, START};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "A consent is delivered: the four checks of Consenting section 2.5";
    let mut book = Book::new("service/installing", title);
    for service in BOTH {
        accepted(&mut book, service);
        records(&mut book, service);
        statuses(&mut book, service);
        copies(&mut book, service);
    }
    single(&mut book);
    book
}

fn body(cr: &Jws, csr: &Jws) -> Value {
    json!({ "cr": cr.value(), "csr": csr.value() })
}

fn accepted(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let (kind, message) = consent_body(service);
    let own = if service == "source" {
        "CN-84 CN-85 CN-88 CN-89"
    } else {
        "CN-86 CN-87 CN-88 CN-89"
    };
    let requirements = format!(
        "CN-01 CN-02 CN-03 CN-26 CN-31 CN-32 CN-33 CN-34 CN-35 CN-36 CN-47 CN-48 CN-80 CN-90 CN-94 CN-95 CN-97 FW-59 AC-01 {own}"
    );
    let mut bench = Bench::linked(service);
    bench.hears(kind, &message);
    bench.into_case(
        book,
        &id("installed"),
        &requirements,
        "The record and its first status are verified and kept.",
        Stated::Accepted,
    );
    let mut bench = Bench::linked(service);
    let (kind, payload) = consent(service);
    let cr = record::sealed_by(kind, &payload, &["owner-2"]);
    bench.hears(kind, &body(&cr, &first_status(service)));
    bench.into_case(
        book,
        &id("second-owner-key"),
        "CN-03 CN-27",
        "Any of the owner's keys in the link record will do.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service);
    bench.hears(kind, &message);
    bench.into_case(
        book,
        &id("installed-twice"),
        "CN-01 CN-26 FW-59 AC-01",
        "The same consent again is known: it was kept.",
        Stated::Accepted,
    );
}

fn records(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let (kind, payload) = consent(service);
    let status = first_status(service);
    let part = |member: &str, value: Value| altered(&payload, &["common_part", member], value);
    for (name, requirements, says, payload, kid, code) in [
        (
            "foreign-key",
            "CN-03 CN-31 CN-32 CN-36 CN-88",
            "The record is signed with a key that is not the owner's.",
            payload.clone(),
            "stranger-1",
            "jws_kid_unknown",
        ),
        (
            "operator-key",
            "CN-03 CN-32 CN-88",
            "The operator cannot give a consent.",
            payload.clone(),
            "operator-status-1",
            "jws_kid_unknown",
        ),
        (
            "version-other",
            "CN-80 CN-34",
            "The version is that of an earlier framework.",
            part("version", json!("1.3")),
            "owner-1",
            "json_shape",
        ),
        (
            "link-unknown",
            "SL-05 CN-44 CN-70",
            "The link is not one of this service.",
            part("slr_id", json!("another")),
            "owner-1",
            "held_link_unknown",
        ),
        (
            "subject-other",
            "CN-48 CN-76",
            "The record is for another service.",
            part("subject_id", json!("another")),
            "owner-1",
            "service_other",
        ),
        (
            "operator-other",
            "CN-76",
            "The record is that of another operator.",
            part("operator", json!("other.example")),
            "owner-1",
            "operator_other",
        ),
        (
            "surrogate-other",
            "CN-70",
            "The record is about another person.",
            part("surrogate_id", json!("another")),
            "owner-1",
            "consent_not_of_link",
        ),
    ] {
        let mut bench = Bench::linked(service);
        bench.hears(
            kind,
            &body(&record::sealed_by(kind, &payload, &[kid]), &status),
        );
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let mut broken = record::sealed(kind, &payload);
    let part = broken.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    let mut bench = Bench::linked(service);
    bench.hears(kind, &body(&broken, &status));
    bench.into_case(
        book,
        &id("corrupted"),
        "CN-33 CN-31 CN-36",
        "The record was corrupted on its way.",
        Stated::Refused("jws_signature_invalid"),
    );
    let mut bench = Bench::linked(service);
    bench.hears(kind, &body(&broken, &status));
    bench.does(ServiceAct::Standing {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("nothing-kept"),
        "CN-36 CN-01 CN-26 FW-59 AC-01",
        "Of a consent that is refused nothing is kept.",
        Stated::Refused("held_consent_unknown"),
    );
    let (other_kind, other) = consent(if service == "sink" { "source" } else { "sink" });
    let mut bench = Bench::linked(service);
    let cr = record::sealed(other_kind, &other);
    bench.hears(other_kind, &body(&cr, &status));
    bench.into_case(
        book,
        &id("half-of-the-other"),
        "CN-48",
        "The other half of the pair is delivered here.",
        Stated::Refused("held_link_unknown"),
    );
    let mut bench = Bench::linked(service);
    bench.hears(other_kind, &body(&record::sealed(kind, &payload), &status));
    bench.into_case(
        book,
        &id("announced-as-the-other"),
        "CN-48 D14",
        "The record is announced as the other half.",
        Stated::Refused("jws_typ_mismatch"),
    );
    let mut bench = Bench::consented(service);
    let changed = altered(&payload, &["common_part", "exp"], json!(START + 60));
    bench.hears(kind, &body(&record::sealed(kind, &changed), &status));
    bench.into_case(
        book,
        &id("replaced"),
        "CN-12",
        "Another record comes under the id of one that is held.",
        Stated::Refused("held_consent_differs"),
    );
    let removed = record::link_status(
        service,
        "link-status-2",
        "Removed",
        Some(&first_link_status(service)),
    );
    let mut bench = Bench::linked(service);
    bench.good(
        "link_status",
        &json!({ "ssr": record::sealed("link_status", &removed).value() }),
    );
    bench.hears(kind, &consent_body(service).1);
    bench.into_case(
        book,
        &id("link-removed"),
        "SL-05 CN-44",
        "The link has been removed.",
        Stated::Refused("link_removed"),
    );
    let mut bench = Bench::linked(service);
    bench.hears_from("other.example", kind, &consent_body(service).1);
    bench.into_case(
        book,
        &id("from-another-operator"),
        "CN-76 SL-02",
        "The consent comes from an operator with which there is no such link.",
        Stated::Refused("operator_other"),
    );
    let mut bench = Bench::linked(service);
    let cr = record::sealed(kind, &payload);
    bench.hears(kind, &json!({ "cr": cr.value() }));
    bench.into_case(
        book,
        &id("status-missing"),
        "CN-47 CN-35",
        "The first status is not delivered with it.",
        Stated::Refused("json_missing_member"),
    );
    let mut bench = Bench::linked(service);
    let text = json!({ kind: consent_body(service).1 }).to_string();
    let message = text.get(..text.len() / 2).unwrap().to_owned();
    bench.does(ServiceAct::Receive {
        from: OPERATOR.to_owned(),
        message,
    });
    bench.into_case(
        book,
        &id("truncated"),
        "CN-97 FW-01",
        "The message breaks off.",
        Stated::Refused("json_syntax"),
    );
}

fn statuses(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let (kind, payload) = consent(service);
    let cr = record::sealed(kind, &payload);
    let good = record::consent_status(service, "status-1", "Active", None, START);
    for (name, requirements, says, payload, kid, code) in [
        (
            "status-of-another-consent",
            "CN-35 CN-91",
            "The status is about another consent.",
            altered(&good, &["cr_id"], json!("another")),
            "owner-1",
            "chain_other_subject",
        ),
        (
            "status-of-another-person",
            "CN-35 CN-91",
            "The status names another surrogate.",
            altered(&good, &["surrogate_id"], json!("another")),
            "owner-1",
            "chain_other_surrogate",
        ),
        (
            "first-disabled",
            "CN-14",
            "The first status is not Active.",
            altered(&good, &["consent_status"], json!("Disabled")),
            "owner-1",
            "chain_first_not_active",
        ),
        (
            "first-has-previous",
            "CN-28 CN-93",
            "The first status names a predecessor.",
            altered(&good, &["prev_record_id"], json!("earlier")),
            "owner-1",
            "chain_first_has_previous",
        ),
        (
            "first-by-operator",
            "CN-94 C08",
            "The first status is not the owner's.",
            good.clone(),
            "operator-status-1",
            "chain_first_not_owner",
        ),
        (
            "status-foreign-key",
            "CN-27 CN-35 CN-94",
            "The status is signed with a key that is not in the link record.",
            good.clone(),
            "stranger-1",
            "jws_kid_unknown",
        ),
        (
            "status-version",
            "CN-90 CN-35",
            "The version of the status is that of an earlier framework.",
            altered(&good, &["version"], json!("1.3")),
            "owner-1",
            "json_shape",
        ),
    ] {
        let mut bench = Bench::linked(service);
        let csr = record::sealed_by("consent_status", &payload, &[kid]);
        bench.hears(kind, &body(&cr, &csr));
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
}

fn copies(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let (_, message) = consent_body(service);
    let restore = |message: &Value| ServiceAct::Restore {
        from: OPERATOR.to_owned(),
        message: json!({ service: message }).to_string(),
    };
    let mut bench = Bench::linked(service);
    bench.does(restore(&message));
    bench.into_case(
        book,
        &id("restored"),
        "CN-96 C40 D26",
        "A copy is taken, and the operator asked what has happened since.",
        Stated::Accepted,
    );
    let mut bench = Bench::linked(service);
    bench.does(restore(&message));
    bench.does(ServiceAct::Standing {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("restored-in-doubt"),
        "CN-96 C40 D26",
        "A copy alone permits nothing.",
        Stated::Refused("consent_status_unknown"),
    );
    let mut bench = Bench::new(service);
    bench.does(restore(&message));
    bench.into_case(
        book,
        &id("restored-without-link"),
        "SL-33 CN-70",
        "A copy without its link is not taken.",
        Stated::Refused("held_link_unknown"),
    );
}

fn single(book: &mut Book) {
    let payload = record::single_consent();
    let deliver = |payload: &Value, kid: &str| {
        let mut bench = Bench::linked("sink");
        let cr = record::sealed_by("single_consent", payload, &[kid]);
        bench.hears("single_consent", &body(&cr, &first_status("sink")));
        bench
    };
    deliver(&payload, "owner-1").into_case(
        book,
        "single-installed",
        "CN-04 CN-31 CN-66 CN-68 CN-78 CN-79",
        "A consent for processing inside the service.",
        Stated::Accepted,
    );
    let mut open = payload.clone();
    open.as_object_mut().unwrap().remove("exp");
    deliver(&open, "owner-1").into_case(
        book,
        "single-open",
        "CN-74 CN-75",
        "A consent may have neither beginning nor end.",
        Stated::Accepted,
    );
    deliver(&payload, "stranger-1").into_case(
        book,
        "single-foreign-key",
        "CN-03 CN-78 CN-79",
        "The record is signed with a key that is not the owner's.",
        Stated::Refused("jws_kid_unknown"),
    );
    let other = altered(&payload, &["version"], json!("1.2"));
    deliver(&other, "owner-1").into_case(
        book,
        "single-version",
        "CN-68",
        "The version is that of an earlier framework.",
        Stated::Refused("json_shape"),
    );
    let other = altered(&payload, &["usage_rules"], json!([]));
    deliver(&other, "owner-1").into_case(
        book,
        "single-no-rules",
        "CN-77 CN-34",
        "There are no usage rules.",
        Stated::Refused("json_shape"),
    );
}
