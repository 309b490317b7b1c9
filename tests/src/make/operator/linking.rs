//! An operator links a service.

use crate::exam::task::{As, OperatorAct, WhoActs};
use crate::make::case::{Book, Stated, altered, without};
use crate::make::forge::flipped;
use crate::make::keys::{Key, set};
use crate::make::record::sealed_by;
use crate::make::stage::{Stage, by_owner, complete, owner, propose, service, somebody};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let mut book = Book::new(
        "operator/linking",
        "An operator links a service, step by step",
    );
    starting(&mut book);
    offering(&mut book);
    proposing(&mut book);
    countersigning(&mut book);
    completing(&mut book);
    book
}

fn start(name: &str, surrogate: Option<&str>) -> OperatorAct {
    OperatorAct::StartLinking {
        service: name.to_owned(),
        surrogate_id: surrogate.map(str::to_owned),
    }
}

fn starting(book: &mut Book) {
    for (id, says, surrogate, requirements) in [
        (
            "started",
            "The service is asked for a surrogate.",
            None,
            "SL-13 SL-15 SL-16 FW-55 FW-06",
        ),
        (
            "started-from-the-service",
            "The person came from the service with a surrogate.",
            Some("surrogate-1"),
            "SL-14 SL-26 FW-55",
        ),
    ] {
        let mut stage = Stage::new();
        stage.asks(owner(), start("sink", surrogate));
        stage.operator_case(book, id, requirements, says, Stated::Accepted);
    }
    let mut stage = Stage::new();
    stage.asks(somebody(WhoActs::Representative), start("sink", None));
    stage.operator_case(
        book,
        "started-for-the-owner",
        "SL-13",
        "Somebody may act for the person.",
        Stated::Accepted,
    );
    let elsewhere = As {
        account: Some("account-of-matti".to_owned()),
        ..owner()
    };
    for (id, requirements, says, who, name, code) in [
        (
            "service-closed",
            "SL-13 FW-55",
            "The service is suspended.",
            owner(),
            "closed",
            "service_suspended",
        ),
        (
            "started-by-service",
            "SL-13",
            "A service cannot link a person.",
            service("sink"),
            "sink",
            "capacity_not_allowed",
        ),
        (
            "other-account",
            "AC-17",
            "The act is for another account.",
            elsewhere,
            "sink",
            "account_mismatch",
        ),
        (
            "keys-overlap",
            "SL-48 D17",
            "The service's key is one of the owner's.",
            owner(),
            "owner's key",
            "key_in_two_roles",
        ),
    ] {
        let mut stage = Stage::with(&["closed", "owner's key"]);
        stage.asks(who, start(name, None));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let mut stage = Stage::new();
    stage.link("sink");
    stage.asks(owner(), start("sink", None));
    stage.operator_case(
        book,
        "linked-already",
        "SL-40 C53 FW-55",
        "There is an active link to this service.",
        Stated::Refused("link_exists"),
    );
    let mut stage = Stage::new();
    let link = stage.link("sink");
    let removal = stage.signed_removal(&link);
    stage.does(owner(), removal);
    let old = stage.surrogate("sink");
    stage.asks(owner(), start("sink", Some(&old)));
    stage.operator_case(
        book,
        "surrogate-reused",
        "SL-43 C41 SL-02",
        "A new link has a new surrogate.",
        Stated::Refused("surrogate_reused"),
    );
    let mut stage = Stage::new();
    let link = stage.link("sink");
    let removal = stage.signed_removal(&link);
    stage.does(owner(), removal);
    stage.link("sink");
    stage.operator_case(
        book,
        "linked-anew",
        "SL-09 SL-43 CN-61",
        "After a removal the service may be linked again.",
        Stated::Accepted,
    );
}

/// Invited: the stage, and the code.
fn invited(name: &str) -> (Stage, String) {
    let mut stage = Stage::new();
    let code = stage.invite(name, false);
    (stage, code)
}

fn received(stage: &mut Stage, name: &str, kind: &str, message: &Value) {
    let act = OperatorAct::Receive {
        kind: kind.to_owned(),
        message: message.to_string(),
    };
    stage.asks(service(name), act);
}

/// The id, the rows, what it says, the service, the change and the code.
type Altered = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    fn(&Value) -> Value,
    &'static str,
);

fn offering(book: &mut Book) {
    for (name, id) in [("sink", "offered-by-sink"), ("source", "offered-by-source")] {
        let (mut stage, code) = invited(name);
        let offer = stage.offer(name, &code);
        stage.asks(
            service(name),
            OperatorAct::Receive {
                kind: "surrogate_offer".to_owned(),
                message: offer["message"].to_string(),
            },
        );
        stage.operator_case(
            book,
            id,
            "SL-12 SL-16 SL-18 AC-30",
            "The service brings the surrogate, and a sink its key.",
            Stated::Accepted,
        );
    }
    let (mut stage, code) = invited("sink");
    let mut message = stage.offer("sink", &code)["message"].clone();
    let key = message.as_object_mut().unwrap().remove("pop_key").unwrap();
    message["token_key"] = key;
    received(&mut stage, "sink", "surrogate_offer", &message);
    stage.operator_case(
        book,
        "offered-token-key",
        "SL-16 C48",
        "The sink's key may stand under its older name.",
        Stated::Accepted,
    );
    #[rustfmt::skip]
    let rows: [Altered; 7] = [
        ("pop-key-missing", "SL-16 AC-30", "A sink brings no key.", "sink", |m| without(m, &["pop_key"]), "pop_key_missing"),
        ("pop-key-no-kid", "SL-16 FW-03", "The key has no id.", "sink", |m| without(m, &["pop_key", "kid"]), "json_shape"),
        ("pop-key-private", "FW-03", "The key is a private one.", "sink", |m| altered(m, &["pop_key"], Key::named("sink-pop-1").private().clone()), "json_shape"),
        ("pop-key-is-signature-key", "SL-18 D17", "The key is the one that signs records.", "sink", |m| altered(m, &["pop_key"], Key::named("sink-1").jwk()), "key_in_two_roles"),
        ("surrogate-missing", "SL-12 SL-16", "There is no surrogate.", "sink", |m| without(m, &["surrogate_id"]), "json_missing_member"),
        ("surrogate-null", "SL-12 C10", "The surrogate is the word that ends a chain.", "sink", |m| altered(m, &["surrogate_id"], json!("NULL")), "json_shape"),
        ("code-unknown", "SL-17", "There is no such linking.", "sink", |m| altered(m, &["code"], json!("another")), "linking_unknown"),
    ];
    for (id, requirements, says, name, alter, code) in rows {
        let (mut stage, link_code) = invited(name);
        let message = stage.offer(name, &link_code)["message"].clone();
        received(&mut stage, name, "surrogate_offer", &alter(&message));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, code) = invited("sink");
    let message = stage.offer("sink", &code)["message"].clone();
    received(&mut stage, "source", "surrogate_offer", &message);
    stage.operator_case(
        book,
        "offered-by-another",
        "SL-02 SL-17",
        "Another service answers: to it the linking does not exist.",
        Stated::Refused("linking_unknown"),
    );
    let (mut stage, code) = invited("sink");
    let offer = stage.offer("sink", &code);
    stage.answer("sink", &offer);
    received(&mut stage, "sink", "surrogate_offer", &offer["message"]);
    stage.operator_case(
        book,
        "offered-twice",
        "SL-17",
        "The surrogate has been offered already.",
        Stated::Refused("linking_stage"),
    );
    let (mut stage, code) = invited("sink");
    let offer = stage.offer("sink", &code);
    stage.wait(1800);
    received(&mut stage, "sink", "surrogate_offer", &offer["message"]);
    stage.operator_case(
        book,
        "offered-late",
        "SL-17",
        "The linking took half an hour.",
        Stated::Refused("linking_expired"),
    );
    let mut stage = Stage::new();
    let code = stage.invite("sink", true);
    let offer = stage.offer("sink", &code);
    let other = altered(&offer["message"], &["surrogate_id"], json!("another"));
    received(&mut stage, "sink", "surrogate_offer", &other);
    stage.operator_case(
        book,
        "surrogate-changed",
        "SL-12 SL-14",
        "The surrogate is not the one named at the start.",
        Stated::Refused("surrogate_mismatch"),
    );
}

/// The surrogate is there: the stage, the code.
fn offered() -> (Stage, String) {
    let (mut stage, code) = invited("sink");
    let offer = stage.offer("sink", &code);
    stage.answer("sink", &offer);
    (stage, code)
}

fn proposing(book: &mut Book) {
    let (mut stage, code) = offered();
    stage.link_draft(&code);
    stage.operator_case(
        book,
        "drafted",
        "SL-19 SL-39 SL-40 SL-41 SL-42 SL-43 SL-44 SL-45 SL-46 SL-47 AC-29 AC-31 AC-32",
        "The record to sign says everything that has been agreed.",
        Stated::Accepted,
    );
    let (mut stage, code) = offered();
    let draft = stage.link_draft(&code);
    stage.asks(owner(), propose(&code, &by_owner("link_proposal", &draft)));
    stage.operator_case(
        book,
        "proposed",
        "SL-19 SL-48 SL-49 AC-33",
        "What the owner has signed goes to the service.",
        Stated::Accepted,
    );
    #[rustfmt::skip]
    let rows = [
        ("foreign-key", "SL-48 SL-49 AC-34", "The record is signed with a key that is not the owner's.", None, "stranger-1", "jws_kid_unknown"),
        ("surrogate-other", "SL-19 SL-43", "The record names another surrogate than the one offered.", Some((vec!["surrogate_id"], json!("another"))), "owner-1", "record_mismatch"),
        ("operator-key-other", "SL-44 SL-58", "The record names another operator key.", Some((vec!["operator_key"], Key::named("operator-tokens-1").jwk())), "owner-1", "record_mismatch"),
        ("cr-keys-other", "SL-45 AC-32", "The record names other owner keys than the account has.", Some((vec!["cr_keys"], set(&["owner-1"]))), "owner-1", "record_mismatch"),
        ("operator-key-no-kid", "SL-44", "The operator key has no id.", Some((vec!["operator_key"], without(&Key::named("operator-status-1").jwk(), &["kid"]))), "owner-1", "json_shape"),
        ("cr-keys-no-kid", "SL-46", "An owner key has no id.", Some((vec!["cr_keys"], json!({ "keys": [without(&Key::named("owner-1").jwk(), &["kid"])] }))), "owner-1", "json_shape"),
        ("version-other", "SL-39 C02", "The version is that of an earlier framework.", Some((vec!["version"], json!("1.3"))), "owner-1", "json_shape"),
        ("description-version-other", "SL-42", "The record names another version of the description.", Some((vec!["service_description_version"], json!("9.9.9"))), "owner-1", "record_mismatch"),
        ("from-the-future", "SL-47", "The record was made in the future.", Some((vec!["iat"], json!(crate::make::record::START + 6))), "owner-1", "record_time"),
    ];
    for (id, requirements, says, change, kid, code) in rows {
        let (mut stage, link_code) = offered();
        let mut draft = stage.link_draft(&link_code);
        if let Some((path, value)) = change {
            draft = altered(&draft, &path, value);
        }
        let record = sealed_by("link_proposal", &draft, &[kid]);
        stage.asks(owner(), propose(&link_code, &record));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, code) = offered();
    let draft = stage.link_draft(&code);
    let mut record = by_owner("link_proposal", &draft);
    let part = record.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    stage.asks(owner(), propose(&code, &record));
    stage.operator_case(
        book,
        "broken",
        "SL-48",
        "The owner's signature does not verify.",
        Stated::Refused("jws_signature_invalid"),
    );
    let (mut stage, code) = invited("sink");
    stage.asks(owner(), OperatorAct::DraftLink { code });
    stage.operator_case(
        book,
        "drafted-too-early",
        "SL-17 SL-19",
        "There is no surrogate yet.",
        Stated::Refused("linking_stage"),
    );
}

/// The owner has signed; the stage, the code, and the payload.
fn proposed() -> (Stage, String, Value) {
    let (mut stage, code) = offered();
    let draft = stage.link_draft(&code);
    stage.asks(owner(), propose(&code, &by_owner("link_proposal", &draft)));
    (stage, code, draft)
}

fn countersigning(book: &mut Book) {
    let message = |code: &str, payload: &Value, kids: &[&str]| {
        let slr = sealed_by("link_record", payload, kids);
        json!({ "data": { "code": code }, "slr": slr.value() })
    };
    let (mut stage, code, draft) = proposed();
    received(
        &mut stage,
        "sink",
        "countersigned",
        &message(&code, &draft, &["owner-1", "sink-1"]),
    );
    stage.operator_case(
        book,
        "countersigned",
        "SL-19 SL-20 SL-48 SL-49",
        "The service has signed the same record.",
        Stated::Accepted,
    );
    for (id, requirements, says, kids, name, code) in [
        (
            "countersigned-by-nobody",
            "SL-20 SL-48",
            "The service has not signed.",
            &["owner-1"][..],
            "sink",
            "jws_signer_set",
        ),
        (
            "countersigned-by-another",
            "SL-20 SL-48 SL-49",
            "The second signature is by a key that is not registered.",
            &["owner-1", "source-1"][..],
            "sink",
            "jws_kid_unknown",
        ),
        (
            "countersigned-with-pop-key",
            "SL-20 D17",
            "The second signature is by the sink's other key.",
            &["owner-1", "sink-pop-1"][..],
            "sink",
            "jws_kid_unknown",
        ),
        (
            "countersigned-for-another",
            "SL-20 SL-02",
            "Another service sends the record.",
            &["owner-1", "sink-1"][..],
            "source",
            "linking_unknown",
        ),
        (
            "owner-signature-lost",
            "SL-20 SL-48",
            "The owner's signature is gone.",
            &["sink-1"][..],
            "sink",
            "jws_signer_set",
        ),
    ] {
        let (mut stage, link_code, draft) = proposed();
        received(
            &mut stage,
            name,
            "countersigned",
            &message(&link_code, &draft, kids),
        );
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, code, draft) = proposed();
    let other = altered(&draft, &["surrogate_id"], json!("another"));
    received(
        &mut stage,
        "sink",
        "countersigned",
        &message(&code, &other, &["owner-1", "sink-1"]),
    );
    stage.operator_case(
        book,
        "countersigned-another",
        "SL-06 SL-20",
        "Both have signed another record than the one agreed.",
        Stated::Refused("record_mismatch"),
    );
    let (mut stage, code) = offered();
    let draft = stage.link_draft(&code);
    received(
        &mut stage,
        "sink",
        "countersigned",
        &message(&code, &draft, &["owner-1", "sink-1"]),
    );
    stage.operator_case(
        book,
        "countersigned-too-early",
        "SL-19",
        "The owner has not proposed it yet.",
        Stated::Refused("linking_stage"),
    );
}

fn completing(book: &mut Book) {
    let mut stage = Stage::new();
    let code = stage.countersigned("sink", false);
    stage.status_draft(&code);
    stage.operator_case(
        book,
        "status-drafted",
        "SL-08 SL-21 SL-50 SL-51 SL-52 SL-53",
        "The first status to sign is Active and names no predecessor.",
        Stated::Accepted,
    );
    let mut stage = Stage::new();
    let code = stage.countersigned("sink", false);
    let draft = stage.status_draft(&code);
    stage.asks(owner(), complete(&code, &by_owner("link_status", &draft)));
    stage.operator_case(
        book,
        "linked",
        "SL-04 SL-21 SL-22 SL-50 SL-54 SL-55 AC-35 AC-36 AC-37 FW-55",
        "The record and its status go to the service.",
        Stated::Accepted,
    );
    #[rustfmt::skip]
    let rows = [
        ("status-removed", "SL-08", "The first status is not Active.", Some(("sl_status", json!("Removed"))), "owner-1", "chain_first_not_active"),
        ("status-by-stranger", "SL-54 SL-55 AC-35", "The status is not signed by the owner.", None, "stranger-1", "jws_kid_unknown"),
        ("status-by-operator", "SL-54 SL-22", "The operator cannot make a link alone.", None, "operator-status-1", "jws_kid_unknown"),
        ("status-version", "SL-50 C02", "The version is that of an earlier framework.", Some(("version", json!("1.3"))), "owner-1", "json_shape"),
        ("status-other-link", "SL-52", "The status is about another link.", Some(("slr_id", json!("another"))), "owner-1", "chain_other_subject"),
        ("status-other-person", "SL-52", "The status names another surrogate.", Some(("surrogate_id", json!("another"))), "owner-1", "chain_other_surrogate"),
        ("status-has-previous", "SL-53", "The first status names a predecessor.", Some(("prev_record_id", json!("earlier"))), "owner-1", "chain_first_has_previous"),
        ("status-old", "SL-51", "The status was signed too long ago.", Some(("iat", json!(crate::make::record::START - 1801))), "owner-1", "record_time"),
    ];
    for (id, requirements, says, change, kid, code) in rows {
        let mut stage = Stage::new();
        let link_code = stage.countersigned("sink", false);
        let mut draft = stage.status_draft(&link_code);
        if let Some((member, value)) = change {
            draft = altered(&draft, &[member], value);
        }
        let status = sealed_by("link_status", &draft, &[kid]);
        stage.asks(owner(), complete(&link_code, &status));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, code, _) = proposed();
    stage.asks(owner(), OperatorAct::DraftFirstStatus { code });
    stage.operator_case(
        book,
        "status-too-early",
        "SL-20 SL-22",
        "The service has not signed yet: nothing is made and nothing sent.",
        Stated::Refused("linking_stage"),
    );
}
