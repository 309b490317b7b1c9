//! An operator changes consents.

use crate::exam::task::{As, OperatorAct, WhoActs};
use crate::make::case::{Book, Stated, altered};
use crate::make::forge::Jws;
use crate::make::record::{DAYS30, START, sealed_by};
use crate::make::stage::{Pair, Stage, owner, service, somebody};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "An operator pauses, resumes and withdraws consents, and tells at once";
    let mut book = Book::new("operator/changing", title);
    by_the_owner(&mut book);
    by_the_operator(&mut book);
    refused(&mut book);
    signed_wrongly(&mut book);
    expired(&mut book);
    book
}

fn plain(cr_id: &str, change: &str, reason: &str) -> OperatorAct {
    OperatorAct::ChangeConsent {
        cr_id: cr_id.to_owned(),
        change: change.to_owned(),
        reason: reason.to_owned(),
        status: None,
        mirrored: None,
    }
}

fn operator() -> As {
    somebody(WhoActs::Operator)
}

fn by_the_owner(book: &mut Book) {
    let tells = "CN-20 CN-21 CN-25 CN-40 CN-50 CN-52 CN-55 CN-57 CN-90 CN-91 CN-93 CN-94 CN-95";
    for (id, changes, requirements, says) in [
        (
            "disabled",
            &["disable"][..],
            "CN-13",
            "The sink's half is paused, and the source's with it.",
        ),
        (
            "resumed",
            &["disable", "reactivate"][..],
            "CN-19",
            "Both halves go on.",
        ),
        (
            "withdrawn",
            &["withdraw"][..],
            "CN-15 CN-49",
            "Both halves are over.",
        ),
        (
            "withdrawn-from-pause",
            &["disable", "withdraw"][..],
            "CN-15 CN-49",
            "A paused consent is withdrawn.",
        ),
    ] {
        let (mut stage, pair) = Stage::consented();
        stage.wait(60);
        let (last, before) = changes.split_last().unwrap();
        for change in before {
            stage.change(&pair.sink, change);
        }
        let act = stage.signed_change(&pair.sink, last);
        stage.asks(owner(), act);
        stage.operator_case(
            book,
            id,
            &format!("{tells} {requirements}"),
            says,
            Stated::Accepted,
        );
    }
    let (mut stage, pair) = Stage::consented();
    let act = stage.signed_change(&pair.source, "disable");
    stage.asks(owner(), act);
    stage.operator_case(
        book,
        "source-only",
        "CN-22 C38",
        "A change of the source's half is told to the source only.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(
        owner(),
        OperatorAct::DraftChange {
            cr_id: pair.sink,
            change: "disable".to_owned(),
        },
    );
    stage.operator_case(
        book,
        "drafted",
        "CN-21 CN-90 CN-91 CN-93 D13",
        "Two statuses to sign, each after the one before it.",
        Stated::Accepted,
    );
}

fn by_the_operator(book: &mut Book) {
    for (id, reason) in [
        ("suspended", "service_suspended"),
        ("misuse", "suspected_misuse"),
        ("order", "legal_order"),
        ("changed-description", "description_changed"),
    ] {
        let (mut stage, pair) = Stage::consented();
        stage.asks(operator(), plain(&pair.sink, "disable", reason));
        let id = format!("operator-{id}");
        stage.operator_case(
            book,
            &id,
            "CN-17 CN-18 CN-21 CN-25 CN-55 CN-57 C08 SL-58",
            "The operator pauses with its own signature, and keeps its reason.",
            Stated::Accepted,
        );
    }
    let (mut stage, pair) = Stage::consented();
    stage.does(operator(), plain(&pair.sink, "disable", "suspected_misuse"));
    stage.asks(
        operator(),
        plain(&pair.sink, "reactivate", "suspected_misuse"),
    );
    stage.operator_case(
        book,
        "operator-resumes",
        "CN-19",
        "The operator ends its own pause.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    stage.does(
        operator(),
        plain(&pair.sink, "disable", "description_changed"),
    );
    stage.change(&pair.sink, "reactivate");
    stage.operator_case(
        book,
        "owner-resumes",
        "CN-19",
        "For this reason the owner may end the operator's pause.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    stage.does(operator(), plain(&pair.sink, "disable", "suspected_misuse"));
    stage.asks(
        owner(),
        OperatorAct::DraftChange {
            cr_id: pair.sink,
            change: "reactivate".to_owned(),
        },
    );
    stage.operator_case(
        book,
        "owner-may-not-resume",
        "CN-19",
        "For this reason only the operator may.",
        Stated::Refused("reactivation_not_yours"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "disable");
    stage.asks(
        operator(),
        plain(&pair.sink, "reactivate", "service_suspended"),
    );
    stage.operator_case(
        book,
        "operator-may-not-resume",
        "CN-19 C08",
        "The owner's pause is the owner's.",
        Stated::Refused("reactivation_not_yours"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.does(operator(), plain(&pair.sink, "disable", "suspected_misuse"));
    stage.change(&pair.sink, "withdraw");
    stage.operator_case(
        book,
        "owner-withdraws-anyway",
        "CN-15",
        "A withdrawal never waits for the operator.",
        Stated::Accepted,
    );
}

fn refused(book: &mut Book) {
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "withdraw");
    for (id, change) in [
        ("revived", "reactivate"),
        ("paused", "disable"),
        ("withdrawn", "withdraw"),
    ] {
        let (mut stage, pair) = (fresh_withdrawn(), pair.clone());
        stage.asks(
            owner(),
            OperatorAct::DraftChange {
                cr_id: pair.sink,
                change: change.to_owned(),
            },
        );
        let id = format!("{id}-after-withdrawal");
        stage.operator_case(
            book,
            &id,
            "CN-16 CN-20",
            "Nothing follows a withdrawal.",
            Stated::Refused("chain_terminal"),
        );
    }
    #[rustfmt::skip]
    let rows = [
        ("resumed-while-active", "CN-20", "The consent is not paused.", owner(), plain(&pair.sink, "reactivate", "owner_wish"), "chain_transition_not_allowed"),
        ("changed-by-service", "CN-25 P10", "A service cannot change a consent.", service("sink"), plain(&pair.sink, "withdraw", "owner_wish"), "capacity_not_allowed"),
        ("unknown-consent", "CN-91", "There is no such consent.", owner(), plain("another", "disable", "owner_wish"), "consent_unknown"),
        ("reason-of-the-owner", "CN-18 D27", "The operator gives the owner's reason.", operator(), plain(&pair.sink, "disable", "owner_wish"), "reason_not_allowed"),
        ("reason-of-the-operator", "CN-18 D27", "The owner gives the operator's reason.", owner(), plain(&pair.sink, "disable", "legal_order"), "reason_not_allowed"),
        ("reason-of-a-cascade", "CN-18 D27", "Nobody gives the reason of a cascade.", operator(), plain(&pair.sink, "withdraw", "link_removed"), "reason_not_allowed"),
        ("other-account", "AC-17 P10", "The act is for another account.", As { account: Some("account-of-matti".to_owned()), ..owner() }, plain(&pair.sink, "withdraw", "owner_wish"), "account_mismatch"),
    ];
    for (id, requirements, says, who, act, code) in rows {
        let (mut stage, _) = Stage::consented();
        stage.asks(who, act);
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "disable");
    stage.asks(
        owner(),
        OperatorAct::DraftChange {
            cr_id: pair.source,
            change: "reactivate".to_owned(),
        },
    );
    stage.operator_case(
        book,
        "source-before-sink",
        "CN-21",
        "The source's half does not go on while the sink's is paused.",
        Stated::Refused("sink_not_active"),
    );
}

fn fresh_withdrawn() -> Stage {
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "withdraw");
    stage
}

/// A change as the owner would sign it, with the two statuses in the open.
fn drafted(change: &str) -> (Stage, Pair, [Value; 2]) {
    let (mut stage, pair) = Stage::consented();
    stage.wait(60);
    let drafts = stage.drafts(OperatorAct::DraftChange {
        cr_id: pair.sink.clone(),
        change: change.to_owned(),
    });
    (stage, pair, drafts.try_into().unwrap())
}

fn act(pair: &Pair, status: &Jws, mirrored: Option<&Jws>) -> OperatorAct {
    OperatorAct::ChangeConsent {
        cr_id: pair.sink.clone(),
        change: "disable".to_owned(),
        reason: "owner_wish".to_owned(),
        status: Some(status.text()),
        mirrored: mirrored.map(Jws::text),
    }
}

fn signed_wrongly(book: &mut Book) {
    let by = |kid: &str, payload: &Value| sealed_by("consent_status", payload, &[kid]);
    #[rustfmt::skip]
    let rows = [
        ("foreign-key", "CN-94 CN-95 CN-50 CN-52 CN-55 CN-57", "The status is not signed by the owner: nothing has changed, and nobody is told.", None, "stranger-1", "jws_kid_unknown"),
        ("version", "CN-90 C02", "The version is that of an earlier framework.", Some(("version", json!("1.3"))), "owner-1", "json_shape"),
        ("other-change", "CN-20", "The status signed is that of another change.", Some(("consent_status", json!("Withdrawn"))), "owner-1", "change_mismatch"),
        ("other-consent", "CN-91", "The status is about another consent.", Some(("cr_id", json!("another"))), "owner-1", "chain_other_subject"),
        ("other-person", "CN-91", "The status names another surrogate.", Some(("surrogate_id", json!("another"))), "owner-1", "chain_other_surrogate"),
        ("gap", "CN-93", "The predecessor is not known.", Some(("prev_record_id", json!("another"))), "owner-1", "chain_gap"),
        ("future", "CN-93", "The status was made in the future.", Some(("iat", json!(START + 66))), "owner-1", "record_time"),
    ];
    for (id, requirements, says, change, kid, code) in rows {
        let (mut stage, pair, [mut status, mirrored]) = drafted("disable");
        if let Some((member, value)) = change {
            status = altered(&status, &[member], value);
        }
        stage.asks(
            owner(),
            act(&pair, &by(kid, &status), Some(&by("owner-1", &mirrored))),
        );
        let id = format!("status-{id}");
        stage.operator_case(book, &id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, pair, [status, mirrored]) = drafted("disable");
    stage.asks(
        owner(),
        act(
            &pair,
            &by("owner-1", &status),
            Some(&by("stranger-1", &mirrored)),
        ),
    );
    stage.operator_case(
        book,
        "mirrored-foreign-key",
        "CN-21 CN-94",
        "The source's status is not signed by the owner.",
        Stated::Refused("jws_kid_unknown"),
    );
    let (mut stage, pair) = Stage::consented();
    let mut signed = stage.signed_change(&pair.sink, "disable");
    let source = stage.signed_change(&pair.source, "disable");
    if let (
        OperatorAct::ChangeConsent {
            cr_id,
            status,
            mirrored,
            ..
        },
        OperatorAct::ChangeConsent {
            cr_id: source_id,
            status: source_status,
            ..
        },
    ) = (&mut signed, source)
    {
        *mirrored = status.take();
        *status = source_status;
        *cr_id = source_id;
    }
    stage.asks(owner(), signed);
    stage.operator_case(
        book,
        "mirrored-in-vain",
        "CN-22",
        "A change of the source's half is mirrored nowhere.",
        Stated::Refused("mirror_not_wanted"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "disable");
    let mut act = stage.signed_change(&pair.sink, "reactivate");
    if let OperatorAct::ChangeConsent { mirrored, .. } = &mut act {
        *mirrored = None;
    }
    stage.asks(owner(), act);
    stage.operator_case(
        book,
        "mirror-missing",
        "CN-21 CN-19",
        "The source's half was paused by the owner: it takes the owner's signature to go on.",
        Stated::Refused("mirror_missing"),
    );
}

fn expired(book: &mut Book) {
    let (mut stage, pair) = Stage::consented();
    stage.wait(DAYS30 - 1);
    stage.asks(
        owner(),
        OperatorAct::Standing {
            cr_id: pair.sink.clone(),
        },
    );
    stage.operator_case(
        book,
        "last-second",
        "CN-38",
        "The consent stands in its last second.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    stage.wait(DAYS30);
    stage.asks(owner(), OperatorAct::Standing { cr_id: pair.sink });
    stage.operator_case(
        book,
        "expired",
        "CN-38 D19",
        "The consent has ended, at `exp`.",
        Stated::Refused("consent_expired"),
    );
    let (mut stage, _) = Stage::consented();
    stage.wait(DAYS30);
    stage.asks(somebody(WhoActs::System), OperatorAct::Expire {});
    stage.operator_case(
        book,
        "ended-by-the-timer",
        "D19 CN-25 CN-50 CN-52",
        "Both halves are ended with the operator's signature, and told.",
        Stated::Accepted,
    );
    let (mut stage, _) = Stage::consented();
    stage.asks(owner(), OperatorAct::Expire {});
    stage.operator_case(
        book,
        "ended-by-nobody",
        "CN-25 D19",
        "The timers are not the owner's.",
        Stated::Refused("capacity_not_allowed"),
    );
}
