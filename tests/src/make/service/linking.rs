//! A service is linked: invitation, proposal, record, status.

use super::BOTH;
use crate::exam::task::ServiceAct;
use crate::make::bench::{Bench, first_link_status, link_body};
use crate::make::case::{Book, Stated, altered};
use crate::make::forge::{Jws, flipped};
use crate::make::keys::{Key, bits, set};
use crate::make::record::{self, OPERATOR};
use serde_json::{Value, json};

const CODE: &str = "code-1";

pub(super) fn book() -> Book {
    let mut book = Book::new(
        "service/linking",
        "A source and a sink are linked, and unlinked",
    );
    for service in BOTH {
        invitation(&mut book, service);
        proposal(&mut book, service);
        link(&mut book, service);
        removal(&mut book, service);
    }
    book
}

fn invite(service: &str) -> Value {
    json!({ "code": CODE, "operator_id": OPERATOR, "service_id": service })
}

fn confirm() -> ServiceAct {
    ServiceAct::ConfirmLinking {
        code: CODE.to_owned(),
        proof: None,
    }
}

/// Invited, and the person has agreed.
fn confirmed(service: &'static str) -> Bench {
    let mut bench = Bench::new(service);
    bench.good("link_invitation", &invite(service));
    assert!(bench.does(confirm()).is_accepted());
    bench
}

/// The link record with the surrogate that the service draws.
fn drawn(service: &str) -> Value {
    let surrogate = bits(&format!("{service} draws 1"));
    altered(
        &record::link_record(service),
        &["surrogate_id"],
        json!(surrogate),
    )
}

fn proposed(payload: &Value, kid: &str) -> Value {
    let jws = record::sealed_by("link_proposal", payload, &[kid]);
    json!({ "data": { "code": CODE }, "slr": jws.value() })
}

fn invitation(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let mut bench = Bench::new(service);
    bench.hears("link_invitation", &invite(service));
    bench.into_case(
        book,
        &id("invited"),
        "SL-17 FW-20 FW-57",
        "The person is asked before anything else.",
        Stated::Accepted,
    );
    let requirements = if service == "sink" {
        "SL-12 SL-16 SL-17 SL-43"
    } else {
        "SL-12 SL-17 SL-43"
    };
    let mut bench = Bench::new(service);
    bench.good("link_invitation", &invite(service));
    bench.does(confirm());
    bench.into_case(
        book,
        &id("confirmed"),
        requirements,
        "The service makes the surrogate; a sink brings its key, a source none.",
        Stated::Accepted,
    );
    let mut bench = Bench::new(service);
    bench.good("link_invitation", &invite(service));
    bench.hears("link_invitation", &invite(service));
    bench.into_case(
        book,
        &id("invited-twice"),
        "SL-17",
        "The same invitation again is known.",
        Stated::Accepted,
    );
    for (name, requirements, says, from, body, code) in [
        (
            "invited-for-another",
            "SL-41",
            "The invitation is for another service.",
            OPERATOR,
            altered(&invite(service), &["service_id"], json!("another")),
            "service_other",
        ),
        (
            "invited-by-another",
            "SL-41",
            "The invitation names another operator than the one it came from.",
            OPERATOR,
            altered(&invite(service), &["operator_id"], json!("other.example")),
            "operator_other",
        ),
        (
            "invited-by-stranger",
            "SL-13",
            "The operator is not one that the service works with.",
            "stranger.example",
            invite(service),
            "operator_unknown",
        ),
        (
            "surrogate-foreign",
            "SL-12",
            "The invitation names a surrogate that the service has not made.",
            OPERATOR,
            altered(
                &invite(service),
                &["surrogate_id"],
                json!("made-by-somebody"),
            ),
            "surrogate_unknown",
        ),
    ] {
        let mut bench = Bench::new(service);
        bench.hears_from(from, "link_invitation", &body);
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let mut bench = Bench::new(service);
    bench.good("link_invitation", &invite(service));
    let other = altered(&invite(service), &["operator_id"], json!("other.example"));
    bench.hears_from("other.example", "link_invitation", &other);
    bench.into_case(
        book,
        &id("code-taken"),
        "SL-17",
        "Another operator uses the code of a linking under way.",
        Stated::Refused("code_taken"),
    );
    let mut bench = Bench::new(service);
    bench.does(confirm());
    bench.into_case(
        book,
        &id("confirmed-unknown"),
        "SL-17",
        "There is no such linking.",
        Stated::Refused("code_unknown"),
    );
    let start = ServiceAct::StartLinking {
        operator: OPERATOR.to_owned(),
    };
    let named = altered(
        &invite(service),
        &["surrogate_id"],
        json!(bits(&format!("{service} draws 1"))),
    );
    let mut bench = Bench::new(service);
    bench.does(start.clone());
    bench.hears("link_invitation", &named);
    bench.into_case(
        book,
        &id("from-the-service"),
        "SL-14 SL-11",
        "The person came from the service, which knows its surrogate again.",
        Stated::Accepted,
    );
    let mut bench = Bench::new(service);
    bench.does(start);
    let named = altered(&named, &["operator_id"], json!("other.example"));
    bench.hears_from("other.example", "link_invitation", &named);
    bench.into_case(
        book,
        &id("surrogate-of-another-operator"),
        "SL-02 SL-12",
        "The surrogate was made for another operator.",
        Stated::Refused("surrogate_unknown"),
    );
}

fn proposal(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let mut bench = confirmed(service);
    bench.hears("link_proposal", &proposed(&drawn(service), "owner-1"));
    bench.into_case(
        book,
        &id("countersigned"),
        "SL-19 SL-39 SL-44 SL-46 SL-48 SL-49",
        "What the owner has signed is signed by the service too.",
        Stated::Accepted,
    );
    let mut bench = confirmed(service);
    bench.hears("link_proposal", &proposed(&drawn(service), "owner-2"));
    bench.into_case(
        book,
        &id("countersigned-second-key"),
        "SL-45 SL-49",
        "Any of the owner's keys will do.",
        Stated::Accepted,
    );
    let mut bench = Bench::new(service);
    bench.good("link_invitation", &invite(service));
    bench.hears("link_proposal", &proposed(&drawn(service), "owner-1"));
    bench.into_case(
        book,
        &id("not-confirmed"),
        "SL-17 SL-11",
        "The person has not agreed yet.",
        Stated::Refused("not_confirmed"),
    );
    let mut bench = Bench::new(service);
    bench.hears("link_proposal", &proposed(&drawn(service), "owner-1"));
    bench.into_case(
        book,
        &id("proposal-unknown"),
        "SL-19 FW-57",
        "There is no such linking.",
        Stated::Refused("code_unknown"),
    );
    let good = drawn(service);
    let overlapping = {
        let mut keys = set(&["owner-1"]);
        keys["keys"][0] = Key::named("operator-status-1").called("owner-1").jwk();
        keys
    };
    for (name, requirements, says, payload, kid, code) in [
        (
            "surrogate-other",
            "SL-12 SL-02",
            "The record names a surrogate that the service has not given.",
            altered(&good, &["surrogate_id"], json!("another")),
            "owner-1",
            "surrogate_unknown",
        ),
        (
            "service-other",
            "SL-41",
            "The record is for another service.",
            altered(&good, &["service_id"], json!("another")),
            "owner-1",
            "service_other",
        ),
        (
            "operator-other",
            "SL-41",
            "The record is that of another operator.",
            altered(&good, &["operator_id"], json!("other.example")),
            "owner-1",
            "operator_other",
        ),
        (
            "operator-key-other",
            "C29 SL-58",
            "The operator's key in the record is not the one that is known.",
            altered(&good, &["operator_key"], Key::named("stranger-1").jwk()),
            "owner-1",
            "operator_key_unknown",
        ),
        (
            "owner-key-outside",
            "SL-19 SL-48 SL-49",
            "The owner has signed with a key that is not in the record.",
            good.clone(),
            "stranger-1",
            "jws_kid_unknown",
        ),
        (
            "owner-is-operator",
            "SL-45 C29 D17",
            "The owner's key is the operator's under another name.",
            altered(&good, &["cr_keys"], overlapping),
            "operator-status-1",
            "keys_overlap",
        ),
        (
            "version-other",
            "SL-39",
            "The version is that of an earlier framework.",
            altered(&good, &["version"], json!("1.3")),
            "owner-1",
            "json_shape",
        ),
    ] {
        let mut bench = confirmed(service);
        bench.hears("link_proposal", &proposed(&payload, kid));
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let mut jws = record::sealed_by("link_proposal", &good, &["owner-1"]);
    let part = jws.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    let mut bench = confirmed(service);
    bench.hears(
        "link_proposal",
        &json!({ "data": { "code": CODE }, "slr": jws.value() }),
    );
    bench.into_case(
        book,
        &id("owner-signature-broken"),
        "SL-19 SL-48",
        "The owner's signature does not verify.",
        Stated::Refused("jws_signature_invalid"),
    );
}

fn link(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let mut bench = confirmed(service);
    bench.good("link_proposal", &proposed(&drawn(service), "owner-1"));
    let own = format!("{service}-1");
    let slr = record::sealed_by("link_record", &drawn(service), &["owner-1", &own]);
    let surrogate = drawn(service)["surrogate_id"].clone();
    let status = record::link_status(service, "link-status-1", "Active", None);
    let status = altered(&status, &["surrogate_id"], surrogate);
    let body = json!({ "slr": slr.value(), "ssr": record::sealed("link_status", &status).value() });
    bench.hears("link", &body);
    bench.into_case(
        book,
        &id("linked"),
        "SL-01 SL-04 SL-08 SL-48 SL-50 SL-54 SL-55 AC-02 FW-57 FW-60",
        "The service keeps the record and its status.",
        Stated::Accepted,
    );
    let mut bench = Bench::linked(service);
    bench.hears("link", &link_body(service));
    bench.into_case(
        book,
        &id("linked-twice"),
        "SL-01 SL-34 SL-37 FW-60 AC-02",
        "The same record again is known: it was kept.",
        Stated::Accepted,
    );
    let mut bench = Bench::new(service);
    bench.hears("link", &link_body(service));
    bench.into_case(
        book,
        &id("linked-again-after-loss"),
        "SL-33 SL-36",
        "A service that has lost its copy takes it back, since its own signature is on it.",
        Stated::Accepted,
    );
    let status = |state: &str, alter: &dyn Fn(&mut Value), kid: &str| {
        let mut payload = record::link_status(service, "link-status-1", state, None);
        alter(&mut payload);
        record::sealed_by("link_status", &payload, &[kid])
    };
    let none: &dyn Fn(&mut Value) = &|_| {};
    let (other_service, impostor) = (
        record::link_of(if service == "sink" { "source" } else { "sink" }),
        Key::ed25519_of("impostor", &own),
    );
    let record = record::link_of(service);
    let mut forged: Jws = record.clone();
    forged.signatures.pop();
    let alg = impostor.alg();
    forged.sign(
        &impostor,
        &json!({ "alg": alg, "kid": own, "typ": "mydata-slr+json" }),
    );
    let code = if Key::named(&own).alg() == alg {
        "jws_signature_invalid"
    } else {
        "jws_alg_mismatch"
    };
    let mut unsigned = record.clone();
    unsigned.signatures.pop();
    for (name, requirements, says, slr, ssr, code) in [
        (
            "first-removed",
            "SL-08",
            "The first status is not Active.",
            record.clone(),
            status("Removed", none, "owner-1"),
            "chain_first_not_active",
        ),
        (
            "first-by-operator",
            "SL-54 C08",
            "The first status is not signed by the owner.",
            record.clone(),
            status("Active", none, "operator-status-1"),
            "chain_first_not_owner",
        ),
        (
            "first-by-stranger",
            "SL-54 SL-55",
            "The status is signed with a key that is not in the record.",
            record.clone(),
            status("Active", none, "stranger-1"),
            "jws_kid_unknown",
        ),
        (
            "first-has-previous",
            "SL-53",
            "The first status names a predecessor.",
            record.clone(),
            status(
                "Active",
                &|s| s["prev_record_id"] = json!("earlier"),
                "owner-1",
            ),
            "chain_first_has_previous",
        ),
        (
            "status-of-another-link",
            "SL-52",
            "The status is about another link.",
            record.clone(),
            status("Active", &|s| s["slr_id"] = json!("another"), "owner-1"),
            "chain_other_subject",
        ),
        (
            "status-of-another-person",
            "SL-52",
            "The status names another surrogate.",
            record.clone(),
            status(
                "Active",
                &|s| s["surrogate_id"] = json!("another"),
                "owner-1",
            ),
            "chain_other_surrogate",
        ),
        (
            "status-version",
            "SL-50",
            "The version of the status is that of an earlier framework.",
            record.clone(),
            status("Active", &|s| s["version"] = json!("1.3"), "owner-1"),
            "json_shape",
        ),
        (
            "link-of-another",
            "SL-41",
            "The record is for another service.",
            other_service,
            status("Active", none, "owner-1"),
            "service_other",
        ),
        (
            "own-signature-forged",
            "SL-48 SL-49",
            "The service's own signature is not its own.",
            forged,
            status("Active", none, "owner-1"),
            code,
        ),
        (
            "own-signature-missing",
            "SL-48",
            "The service has not signed this record.",
            unsigned,
            status("Active", none, "owner-1"),
            "jws_signer_set",
        ),
    ] {
        let mut bench = Bench::new(service);
        bench.hears("link", &json!({ "slr": slr.value(), "ssr": ssr.value() }));
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let mut bench = Bench::linked(service);
    let other = altered(
        &record::link_record(service),
        &["surrogate_id"],
        json!("another"),
    );
    let other = record::sealed_by("link_record", &other, &["owner-1", &own]);
    let ssr = status(
        "Active",
        &|s| s["surrogate_id"] = json!("another"),
        "owner-1",
    );
    bench.hears("link", &json!({ "slr": other.value(), "ssr": ssr.value() }));
    bench.into_case(
        book,
        &id("link-replaced"),
        "SL-06",
        "Another record comes under the id of one that is held.",
        Stated::Refused("held_link_differs"),
    );
    let mut bench = Bench::new(service);
    bench.hears_from("stranger.example", "link", &link_body(service));
    bench.into_case(
        book,
        &id("link-from-stranger"),
        "SL-13 SL-41",
        "The record comes from an operator that the service does not work with.",
        Stated::Refused("operator_unknown"),
    );
}

fn removal(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let first = first_link_status(service);
    let removed = record::link_status(service, "link-status-2", "Removed", Some(&first));
    let by = |kid: &str, payload: &Value| record::sealed_by("link_status", payload, &[kid]);
    let body = |jws: &Jws| json!({ "ssr": jws.value() });
    for (name, requirements, says, kid) in [
        (
            "removed-by-owner",
            "SL-01 SL-24 SL-27 SL-53 SL-54 AC-02 FW-60 CN-62",
            "The owner has ended the link.",
        ),
        (
            "removed-by-operator",
            "SL-24 SL-58 C08",
            "The operator has ended the link for the service.",
        ),
    ]
    .map(|(name, requirements, says)| {
        (
            name,
            requirements,
            says,
            if name.ends_with("owner") {
                "owner-1"
            } else {
                "operator-status-1"
            },
        )
    }) {
        let mut bench = Bench::consented(service);
        bench.hears("link_status", &body(&by(kid, &removed)));
        bench.into_case(book, &id(name), requirements, says, Stated::Accepted);
    }
    let mut bench = Bench::linked(service);
    bench.good("link_status", &body(&by("owner-1", &removed)));
    bench.hears("link_status", &body(&by("owner-1", &removed)));
    bench.into_case(
        book,
        &id("removed-twice"),
        "SL-31 SL-01 AC-02 FW-60",
        "The same status again is known.",
        Stated::Accepted,
    );
    let second = by("owner-1", &removed);
    let revived = record::link_status(service, "link-status-3", "Active", Some(&second));
    let mut bench = Bench::linked(service);
    bench.good("link_status", &body(&second));
    bench.hears("link_status", &body(&by("owner-1", &revived)));
    bench.into_case(
        book,
        &id("revived"),
        "SL-09",
        "Nothing follows a removed link.",
        Stated::Refused("chain_terminal"),
    );
    for (name, requirements, says, payload, kid, code) in [
        (
            "removed-by-stranger",
            "SL-54 SL-55 SL-58",
            "The status is signed by nobody whose key is in the record.",
            removed.clone(),
            "stranger-1",
            "jws_kid_unknown",
        ),
        (
            "removed-gap",
            "SL-53",
            "The predecessor is not known.",
            altered(&removed, &["prev_record_id"], json!("missing")),
            "owner-1",
            "chain_gap",
        ),
        (
            "removed-other-digest",
            "SL-53 D13",
            "The predecessor's octets are others.",
            altered(
                &removed,
                &["x_mydata", "prev_sha256"],
                json!("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
            ),
            "owner-1",
            "chain_digest_mismatch",
        ),
        (
            "status-reused-id",
            "SL-51",
            "Another record has this id.",
            altered(
                &removed,
                &["record_id"],
                json!(record::id(service, "link-status-1")),
            ),
            "owner-1",
            "chain_record_id_reused",
        ),
        (
            "status-backwards",
            "SL-53",
            "The record is older than its predecessor.",
            altered(&removed, &["iat"], json!(record::START - 1)),
            "owner-1",
            "chain_time_backwards",
        ),
        (
            "status-unknown-link",
            "SL-01 SL-52 AC-02 FW-60",
            "The service holds no such link.",
            altered(&removed, &["slr_id"], json!("another")),
            "owner-1",
            "held_link_unknown",
        ),
    ] {
        let mut bench = Bench::linked(service);
        bench.hears("link_status", &body(&by(kid, &payload)));
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let ask = || ServiceAct::AskRemoval {
        link_id: record::id(service, "link"),
    };
    let mut bench = Bench::linked(service);
    bench.does(ask());
    bench.does(ask());
    bench.into_case(
        book,
        &id("asks-removal"),
        "SL-26 SL-29 SL-30 SL-31 SL-32",
        "The service asks the operator, and may ask again.",
        Stated::Accepted,
    );
    // What it has only asked for has not happened.
    let mut bench = Bench::consented(service);
    bench.does(ask());
    bench.does(ServiceAct::Standing {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("still-linked"),
        "SL-29 SL-30",
        "Until the operator has answered the link is as it was.",
        Stated::Accepted,
    );
    let mut bench = Bench::new(service);
    bench.does(ask());
    bench.into_case(
        book,
        &id("asks-removal-unknown"),
        "SL-29",
        "There is no such link.",
        Stated::Refused("held_link_unknown"),
    );
    let mut bench = Bench::consented(service);
    bench.good("link_status", &body(&by("owner-1", &removed)));
    bench.does(ServiceAct::Standing {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("over-with-the-link"),
        "SL-05 SL-10 CN-60",
        "No consent outlives its link.",
        Stated::Refused("link_removed"),
    );
}
