//! Receipts that say something else than their records.

use super::super::model;
use super::{Bundle, ended_by_itself, note, person};
use crate::make::case::{Book, Stated};
use crate::make::record::START;
use serde_json::{Value, json};

/// The receipt says something else than its records.
pub(super) fn otherwise(book: &mut Book) {
    let hash = json!("A".repeat(43));
    #[rustfmt::skip]
    let rows: [(&str, &str, Value); 38] = [
        ("pseudonym", "controller/surrogate_id", json!("somebody-else")),
        ("service", "controller/service/service_id", json!("another")),
        ("version", "controller/service/version", json!("9.0.0")),
        ("source-pseudonym", "source/surrogate_id", json!("somebody-else")),
        ("source-version", "source/service/version", json!("9.0.0")),
        ("language", "language", json!("fi")),
        ("notice-url", "grounds/consent/notice/url", json!("https://operator.example/proposals/2")),
        ("notice-hash", "grounds/consent/notice/sha256", hash.clone()),
        ("end", "grounds/consent/exp", json!(START + 1000 * 86_400)),
        ("beginning", "grounds/consent/nbf", json!(START)),
        ("purpose", "processes/0/purpose_id", json!("marketing")),
        ("dataset", "processes/0/data/0/dataset_id", json!("src/c")),
        ("remedy", "remedy/kind", json!("nothing")),
        ("consent", "grounds/consent/records/1/cr_id", json!("another")),
        ("time", "grounds/consent/records/1/iat", json!(START - 1)),
        ("key", "grounds/consent/records/1/kid", json!("owner-2")),
        ("hash", "grounds/consent/records/1/sha256", hash.clone()),
        ("state", "grounds/consent/records/1/events/0/state", json!("withdrawn")),
        ("giver", "grounds/consent/records/1/events/0/by", json!("operator")),
        ("giver-for-oneself", "grounds/consent/records/1/events/0/by", json!("representative")),
        ("status-id", "grounds/consent/records/1/events/0/record/record_id", json!("another")),
        ("source-service", "source/service/service_id", json!("another")),
        ("second-article", "processes/1/legal_basis", json!(["eu-gdpr:A6-1-e"])),
        ("second-left-out", "processes/1/left_out", json!([model::item("src/b")])),
        ("status-hash", "grounds/consent/records/1/events/0/record/sha256", hash),
        ("event-time", "grounds/consent/records/0/events/0/at", json!(START - 1)),
        ("issued-before", "issued", json!(START - 1)),
        ("link", "grounds/consent/records/1/slr_id", json!("another")),
        ("role", "grounds/consent/records/1/role", json!("Source")),
        ("reason-at-first", "grounds/consent/records/1/events/0/reason", json!("owner_wish")),
        ("article", "processes/0/legal_basis", json!(["eu-gdpr:A6-1-c"])),
        ("left-out-and-given", "processes/0/left_out", json!([model::item("src/a")])),
        ("no-source", "source", Value::Null),
        ("shown-after-signing", "grounds/consent/notice/shown_at", json!(START + 1)),
        ("decided-before-shown", "grounds/consent/ceremony/decided_at", json!(START - 1)),
        ("decided-after-issue", "grounds/consent/ceremony/decided_at", json!(START + 3601)),
        ("article-of-another", "processes/0/legal_basis", json!(["eu-gdpr:A6-1-a", "eu-gdpr:A6-1-c"])),
        ("article-first-of-another", "processes/0/legal_basis", json!(["eu-gdpr:A6-1-c", "eu-gdpr:A6-1-a"])),
    ];
    for (id, path, value) in rows {
        let bundle = Bundle::pair(&[]).said(path, value);
        let says = "An operator cannot sign what the records do not say.";
        note(
            book,
            (&format!("says-other-{id}"), says),
            bundle.text(),
            Stated::Refused("receipt_fact_other"),
        );
    }
    let revoked = [(
        "Withdrawn",
        "operator-status-1",
        json!({ "state": "withdrawn", "by": "operator", "reason": "legal_order" }),
    )];
    note(
        book,
        (
            "revoked-as-withdrawn",
            "What somebody else has ended the person has not withdrawn.",
        ),
        Bundle::pair(&revoked).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let order = Bundle::pair(&[]);
    let turned = order.receipt["processes"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .cloned()
        .collect();
    note(
        book,
        (
            "purposes-turned",
            "The purposes stand in another order than the usage rules.",
        ),
        order.clone().said("processes", turned).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let one = json!([order.receipt["processes"][0]]);
    note(
        book,
        (
            "purpose-left-out",
            "A purpose that was consented to is left out.",
        ),
        order.said("processes", one).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let mut more = Bundle::single();
    more.receipt["source"] = Bundle::pair(&[]).receipt["source"].clone();
    note(
        book,
        (
            "source-of-one-service",
            "Data that stays in one service has no source.",
        ),
        more.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let wrong =
        |state: &str, by: &str, reason: &str| json!({ "state": state, "by": by, "reason": reason });
    #[rustfmt::skip]
    let causes = [
        ("revoked-by-the-person", "owner-1", wrong("revoked", "operator", "legal_order"), "What the person has signed nobody else has brought about."),
        ("withdrawn-by-a-timer", "owner-1", wrong("withdrawn", "system", "owner_wish"), "A timer withdraws nothing."),
        ("expired-before-its-time", "operator-status-1", wrong("expired", "operator", "expired"), "The time was not over."),
    ];
    let by_timer = Bundle::pair(&[(
        "Disabled",
        "owner-1",
        wrong("paused", "system", "owner_wish"),
    )]);
    note(
        book,
        (
            "paused-by-the-person",
            "What the person has signed no timer has done.",
        ),
        by_timer.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let too_soon = Bundle::pair(&[(
        "Disabled",
        "operator-status-1",
        wrong("paused", "system", "expired"),
    )]);
    note(
        book,
        (
            "paused-as-expired",
            "A pause has the reason of an end that has not come.",
        ),
        too_soon.said("issued", json!(START + 3600)).text(),
        Stated::Refused("receipt_fact_other"),
    );
    for (id, signer, told, says) in causes {
        let bundle = Bundle::pair(&[("Withdrawn", signer, told)]);
        note(
            book,
            (id, says),
            bundle.text(),
            Stated::Refused("receipt_fact_other"),
        );
    }
    let mut silent = Bundle::pair(&[("Withdrawn", "owner-1", person("withdrawn"))]);
    for record in silent.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"].as_array_mut().unwrap().pop();
    }
    note(
        book,
        (
            "silent-about-the-end",
            "A receipt of an ended consent that leaves out the end.",
        ),
        silent.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let mut late = ended_by_itself(&[]);
    for record in late.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"].as_array_mut().unwrap().pop();
    }
    note(
        book,
        (
            "silent-about-the-time",
            "A receipt issued after the end that does not say so.",
        ),
        late.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let consent = Bundle::notice("consent", "eu-gdpr:A6-1-a", "withdraw");
    note(
        book,
        (
            "consent-without-record",
            "Consent without a record is no consent.",
        ),
        consent.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let wrong = Bundle::notice("publicInterest", "eu-gdpr:A6-1-e", "nothing");
    note(
        book,
        (
            "objection-kept-back",
            "One may object to public interest, and the receipt says that one can do nothing.",
        ),
        wrong.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let article = Bundle::notice("publicInterest", "eu-gdpr:A6-1-a", "object");
    let overlap = Bundle::notice("contract", "eu-gdpr:A6-1-b", "end_contract")
        .said("processes/0/left_out", json!([model::item("a")]));
    let early = Bundle::notice("contract", "eu-gdpr:A6-1-b", "end_contract")
        .said("issued", json!(START - 1));
    #[rustfmt::skip]
    let notices = [
        ("notice-article", "The article is one of another basis.", article),
        ("notice-left-out", "What was given was not left out.", overlap),
        ("notice-before-told", "Issued before the person was told.", early),
    ];
    for (id, says, bundle) in notices {
        note(
            book,
            (id, says),
            bundle.text(),
            Stated::Refused("receipt_fact_other"),
        );
    }
}
