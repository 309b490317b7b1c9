//! The status of a consent changes.

use super::BOTH;
use crate::exam::task::ServiceAct;
use crate::make::bench::{Bench, first_status};
use crate::make::case::{Book, Stated, altered};
use crate::make::forge::Jws;
use crate::make::record::{self, OPERATOR, START};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "The status of a consent: what follows at once, and what is never believed";
    let mut book = Book::new("service/status", title);
    for service in BOTH {
        accepted(&mut book, service);
        refused(&mut book, service);
        caught_up(&mut book, service);
    }
    book
}

fn standing(service: &str) -> ServiceAct {
    ServiceAct::Standing {
        cr_id: record::id(service, "consent"),
    }
}

fn acting(service: &str) -> &'static str {
    if service == "source" {
        "CN-51 CN-53 CN-54 CN-56 CN-58 CN-59"
    } else {
        "CN-51 CN-56"
    }
}

fn accepted(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let first = first_status(service);
    let keep = "CN-01 CN-26 CN-27 CN-28 CN-90 CN-94 CN-95 FW-59 AC-01";
    let mut bench = Bench::consented(service).at(60);
    bench.status("status-2", "Disabled", &first, "owner-1");
    let acts = acting(service);
    bench.into_case(
        book,
        &id("disabled"),
        &format!("{keep} CN-13 {acts}"),
        "What runs on the consent is stopped at once.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service).at(60);
    bench.status("status-2", "Disabled", &first, "owner-1");
    bench.does(standing(service));
    bench.into_case(
        book,
        &id("disabled-bars"),
        &format!("CN-13 CN-39 CN-37 {acts}"),
        "A pause permits nothing.",
        Stated::Refused("consent_disabled"),
    );
    let mut bench = Bench::consented(service).at(60);
    let second = bench.status("status-2", "Disabled", &first, "owner-1");
    bench.status("status-3", "Active", &second, "owner-1");
    bench.into_case(
        book,
        &id("resumed"),
        &format!("{keep} {acts} CN-20"),
        "The pause ends, and the consent may be used again.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service).at(60);
    let second = bench.status("status-2", "Disabled", &first, "operator-status-1");
    bench.status("status-3", "Active", &second, "operator-status-1");
    bench.into_case(
        book,
        &id("resumed-by-operator"),
        "CN-19 CN-27 C08",
        "The operator ends its own pause.",
        Stated::Accepted,
    );
    for (name, from) in [
        ("withdrawn", "Active"),
        ("withdrawn-from-pause", "Disabled"),
    ] {
        let mut bench = Bench::consented(service).at(60);
        let mut last = first.clone();
        if from == "Disabled" {
            last = bench.status("status-2", "Disabled", &first, "owner-1");
        }
        bench.status("status-3", "Withdrawn", &last, "owner-1");
        bench.into_case(
            book,
            &id(name),
            &format!("CN-15 CN-20 {acts}"),
            "The owner withdraws.",
            Stated::Accepted,
        );
    }
    let mut bench = Bench::consented(service).at(60);
    bench.status("status-2", "Withdrawn", &first, "operator-status-1");
    bench.does(standing(service));
    bench.into_case(
        book,
        &id("withdrawn-bars"),
        &format!("CN-16 CN-49 {acts}"),
        "A withdrawn consent permits nothing.",
        Stated::Refused("consent_withdrawn"),
    );
    let mut bench = Bench::consented(service).at(60);
    bench.status("status-2", "Disabled", &first, "owner-1");
    bench.status("status-2", "Disabled", &first, "owner-1");
    bench.into_case(
        book,
        &id("repeated"),
        "CN-26 CN-01 FW-59 AC-01",
        "The same status again is known: it was kept.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service).at(60);
    let mut payload =
        record::consent_status(service, "status-2", "Disabled", Some(&first), START + 60);
    payload.as_object_mut().unwrap().remove("x_mydata");
    let jws = record::sealed("consent_status", &payload);
    bench.hears("consent_status", &json!({ "csr": jws.value() }));
    bench.into_case(
        book,
        &id("without-digest"),
        "CN-28 CN-93 D13",
        "A writer of plain 2.0 leaves out the digest.",
        Stated::Accepted,
    );
}

/// A status that must leave the consent in doubt.
struct Bad {
    name: &'static str,
    requirements: &'static str,
    says: &'static str,
    payload: Value,
    kid: &'static str,
    code: &'static str,
}

fn refused(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let first = first_status(service);
    let good = record::consent_status(service, "status-2", "Disabled", Some(&first), START + 60);
    let doubt = "CN-29 CN-30";
    #[rustfmt::skip]
    let rows = [
        Bad { name: "foreign-key", requirements: "CN-27 CN-94 CN-95 CN-29 CN-30", says: "Signed with a key that is not in the link record.", payload: good.clone(), kid: "stranger-1", code: "jws_kid_unknown" },
        Bad { name: "gap", requirements: "CN-28 CN-29 CN-30", says: "The predecessor is not known: a status was missed.", payload: altered(&good, &["prev_record_id"], json!("missed")), kid: "owner-1", code: "chain_gap" },
        Bad { name: "null-again", requirements: "CN-28 CN-93", says: "A second first status.", payload: altered(&good, &["prev_record_id"], json!("NULL")), kid: "owner-1", code: "chain_fork" },
        Bad { name: "digest-other", requirements: "CN-28 D13", says: "The predecessor's octets are others.", payload: altered(&good, &["x_mydata", "prev_sha256"], json!("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")), kid: "owner-1", code: "chain_digest_mismatch" },
        Bad { name: "id-reused", requirements: "CN-91", says: "Another status has this id.", payload: altered(&good, &["record_id"], json!(record::id(service, "status-1"))), kid: "owner-1", code: "chain_record_id_reused" },
        Bad { name: "backwards", requirements: "CN-28", says: "The status is older than its predecessor.", payload: altered(&good, &["iat"], json!(START - 1)), kid: "owner-1", code: "chain_time_backwards" },
        Bad { name: "active-again", requirements: "CN-20", says: "Active does not follow Active.", payload: altered(&good, &["consent_status"], json!("Active")), kid: "owner-1", code: "chain_transition_not_allowed" },
    ];
    for bad in &rows {
        let mut bench = Bench::consented(service).at(60);
        let jws = record::sealed_by("consent_status", &bad.payload, &[bad.kid]);
        bench.hears("consent_status", &json!({ "csr": jws.value() }));
        bench.into_case(
            book,
            &id(bad.name),
            bad.requirements,
            bad.says,
            Stated::Refused(bad.code),
        );
    }
    for bad in rows.iter().take(2) {
        let mut bench = Bench::consented(service).at(60);
        let jws = record::sealed_by("consent_status", &bad.payload, &[bad.kid]);
        bench.hears("consent_status", &json!({ "csr": jws.value() }));
        bench.does(standing(service));
        let name = format!("{}-stops", bad.name);
        bench.into_case(
            book,
            &id(&name),
            doubt,
            "Until the operator has been asked nothing is permitted.",
            Stated::Refused("consent_status_unknown"),
        );
    }
    let mut bench = Bench::consented(service).at(60);
    let second = bench.status("status-2", "Disabled", &first, "owner-1");
    let forked =
        record::consent_status(service, "status-2b", "Withdrawn", Some(&first), START + 60);
    let forked = record::sealed("consent_status", &forked);
    bench.hears("consent_status", &json!({ "csr": forked.value() }));
    bench.into_case(
        book,
        &id("fork"),
        "CN-28",
        "The predecessor has another successor already.",
        Stated::Refused("chain_fork"),
    );
    let mut bench = Bench::consented(service).at(60);
    bench.status("status-2", "Disabled", &first, "owner-1");
    bench.status("status-3", "Active", &second, "operator-status-1");
    bench.into_case(
        book,
        &id("pause-of-the-owner"),
        "CN-19 CN-27 C08",
        "The operator does not end the owner's pause.",
        Stated::Refused("chain_signer_not_allowed"),
    );
    for (name, to) in [
        ("active-after-withdrawn", "Active"),
        ("disabled-after-withdrawn", "Disabled"),
        ("withdrawn-after-withdrawn", "Withdrawn"),
    ] {
        let mut bench = Bench::consented(service).at(60);
        let second = bench.status("status-2", "Withdrawn", &first, "owner-1");
        bench.status("status-3", to, &second, "owner-1");
        bench.into_case(
            book,
            &id(name),
            "CN-16 CN-20",
            "Nothing follows a withdrawal.",
            Stated::Refused("chain_terminal"),
        );
    }
    #[rustfmt::skip]
    let rows = [
        ("unknown-consent", "CN-91 CN-01 CN-26 FW-59 AC-01", "The service holds no such consent.", "cr_id", json!("another"), "held_consent_unknown"),
        ("other-person", "CN-91", "The status is about another person: nothing follows from it.", "surrogate_id", json!("another"), "consent_not_of_link"),
        ("version-other", "CN-90", "The version is that of an earlier framework.", "version", json!("1.3"), "json_shape"),
        ("state-unknown", "CN-92 C37", "The state is none of the three.", "consent_status", json!("Paused"), "json_shape"),
    ];
    for (name, requirements, says, member, value, code) in rows {
        let mut bench = Bench::consented(service).at(60);
        let jws = record::sealed("consent_status", &altered(&good, &[member], value));
        bench.hears("consent_status", &json!({ "csr": jws.value() }));
        bench.into_case(book, &id(name), requirements, says, Stated::Refused(code));
    }
    let mut bench = Bench::consented(service).at(60);
    let jws = record::sealed("consent_status", &good);
    bench.hears_from(
        "other.example",
        "consent_status",
        &json!({ "csr": jws.value() }),
    );
    bench.into_case(
        book,
        &id("from-another-operator"),
        "CN-27 SL-02",
        "Another operator has no say.",
        Stated::Refused("operator_other"),
    );
}

fn reply(service: &str, records: &[&Jws], latest: &Jws, round: u64) -> ServiceAct {
    let missing: Vec<Value> = records.iter().map(|jws| jws.value()).collect();
    let message = json!({
        "cr_id": record::id(service, "consent"),
        "round": round,
        "csr_id": record::payload(latest)["record_id"],
        "latest": latest.value(),
        "missing": missing,
    });
    ServiceAct::CatchUp {
        from: OPERATOR.to_owned(),
        message: message.to_string(),
    }
}

/// In doubt, since the second of three statuses never came.
fn doubtful(service: &'static str) -> (Bench, [Jws; 3]) {
    let first = first_status(service);
    let make = |name: &str, state: &str, last: &Jws| {
        let payload = record::consent_status(service, name, state, Some(last), START + 60);
        record::sealed("consent_status", &payload)
    };
    let second = make("status-2", "Disabled", &first);
    let third = make("status-3", "Active", &second);
    let mut bench = Bench::consented(service).at(60);
    bench.hears("consent_status", &json!({ "csr": third.value() }));
    (bench, [first, second, third])
}

fn caught_up(book: &mut Book, service: &'static str) {
    let id = |name: &str| format!("{service}-{name}");
    let round = START + 60;
    let (mut bench, [_, second, third]) = doubtful(service);
    bench.does(reply(service, &[&second, &third], &third, round));
    bench.into_case(
        book,
        &id("caught-up"),
        "CN-29 CN-30 CN-41",
        "What was missed is installed in order, and the doubt is over.",
        Stated::Accepted,
    );
    let (mut bench, [_, second, third]) = doubtful(service);
    bench.does(reply(service, &[&second, &third], &third, round));
    bench.does(standing(service));
    bench.into_case(
        book,
        &id("caught-up-permits"),
        "CN-29 CN-30",
        "After the answer the consent is what it is.",
        Stated::Accepted,
    );
    let (mut bench, [_, second, third]) = doubtful(service);
    bench.does(reply(service, &[&second, &third], &third, round - 1));
    bench.does(standing(service));
    bench.into_case(
        book,
        &id("answer-late"),
        "CN-29 D25",
        "An answer to an earlier question ends no doubt.",
        Stated::Refused("consent_status_unknown"),
    );
    let (mut bench, [_, second, third]) = doubtful(service);
    bench.does(reply(service, &[&third], &third, round));
    let _ = second;
    bench.into_case(
        book,
        &id("answer-gap"),
        "CN-28 CN-30",
        "The answer itself leaves a gap.",
        Stated::Refused("chain_gap"),
    );
    let (mut bench, [first, _, _]) = doubtful(service);
    let forged = record::consent_status(service, "status-2", "Disabled", Some(&first), START + 60);
    let forged = record::sealed_by("consent_status", &forged, &["stranger-1"]);
    bench.does(reply(service, &[&forged], &forged, round));
    bench.into_case(
        book,
        &id("answer-forged"),
        "CN-27 CN-30",
        "The answer is signed by nobody who may.",
        Stated::Refused("jws_kid_unknown"),
    );
    let (mut bench, [first, second, third]) = doubtful(service);
    bench.does(reply(service, &[&second], &third, round));
    let _ = first;
    bench.into_case(
        book,
        &id("answer-in-pages"),
        "CN-30 D25",
        "The answer does not hold all: the rest is asked for.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service).at(60);
    bench.does(ServiceAct::DoubtAll {});
    bench.into_case(
        book,
        &id("restarted"),
        "CN-29 CN-30 D26",
        "After a restart everything that may still be used is asked about.",
        Stated::Accepted,
    );
    let mut bench = Bench::consented(service).at(60);
    bench.does(ServiceAct::StatusQuery {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("asks"),
        "CN-30 CN-41 DT-28 DT-44",
        "The service asks by its own consent and the newest status that it has.",
        Stated::Accepted,
    );
    let mut bench = Bench::linked(service).at(60);
    bench.does(ServiceAct::StatusQuery {
        cr_id: record::id(service, "consent"),
    });
    bench.into_case(
        book,
        &id("asks-unknown"),
        "CN-41",
        "There is no such consent to ask about.",
        Stated::Refused("held_consent_unknown"),
    );
}
