//! An operator ends links.

use crate::exam::Verdict;
use crate::exam::task::{OperatorAct, ServiceAct, WhoActs};
use crate::make::case::{Book, Stated, altered};
use crate::make::record::sealed_by;
use crate::make::stage::{Stage, owner, service, somebody};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "An operator ends a link, and every consent under it";
    let mut book = Book::new("operator/removing", title);
    accepted(&mut book);
    refused(&mut book);
    book
}

fn asked(stage: &mut Stage, name: &str) -> Value {
    let link_id = stage.link_id(name);
    let verdict = stage.service(name, ServiceAct::AskRemoval { link_id });
    let Verdict::Accepted(done) = verdict else {
        panic!("{verdict:?}");
    };
    done["sends"][0].clone()
}

fn accepted(book: &mut Book) {
    let all = "SL-23 SL-24 SL-25 SL-27 SL-28 SL-50 SL-53 CN-60 CN-62 CN-50 CN-52 C07";
    for (name, own, says) in [
        (
            "sink",
            "CN-23",
            "Its consents and the source's halves of them are withdrawn, and everybody told.",
        ),
        ("source", "CN-24 C09", "The source's halves are withdrawn."),
    ] {
        let (mut stage, _) = Stage::consented();
        let link = stage.link_id(name);
        let act = stage.signed_removal(&link);
        stage.asks(owner(), act);
        let id = format!("{name}-by-owner");
        stage.operator_case(
            book,
            &id,
            &format!("{all} {own} SL-26 SL-54 SL-55"),
            says,
            Stated::Accepted,
        );
        let (mut stage, _) = Stage::consented();
        let removal = asked(&mut stage, name);
        stage.asks(
            service(name),
            OperatorAct::Receive {
                kind: "link_removal".to_owned(),
                message: removal["message"].to_string(),
            },
        );
        let id = format!("{name}-by-service");
        stage.operator_case(
            book,
            &id,
            &format!("{all} {own} SL-26 SL-58 C08"),
            "The service has asked: the operator signs.",
            Stated::Accepted,
        );
    }
    let (mut stage, _) = Stage::consented();
    let removal = asked(&mut stage, "sink");
    stage.answer("sink", &removal);
    stage.asks(
        service("sink"),
        OperatorAct::Receive {
            kind: "link_removal".to_owned(),
            message: removal["message"].to_string(),
        },
    );
    stage.operator_case(
        book,
        "asked-again",
        "SL-31 SL-24 SL-27",
        "The service asks again: the same record is sent again.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    let removal = asked(&mut stage, "sink");
    stage.answer("sink", &removal);
    stage.asks(owner(), OperatorAct::Standing { cr_id: pair.source });
    stage.operator_case(
        book,
        "nothing-stands",
        "SL-25 CN-60 CN-63 C07",
        "The source's half is withdrawn with the sink's link.",
        Stated::Refused("consent_withdrawn"),
    );
    let (mut stage, pair) = Stage::consented();
    let removal = asked(&mut stage, "sink");
    stage.answer("sink", &removal);
    stage.link("sink");
    stage.asks(
        owner(),
        OperatorAct::DraftChange {
            cr_id: pair.sink,
            change: "reactivate".to_owned(),
        },
    );
    stage.operator_case(
        book,
        "old-consents-stay-over",
        "CN-60 CN-61 CN-16",
        "A new link revives no old consent.",
        Stated::Refused("chain_terminal"),
    );
    let (mut stage, _) = Stage::consented();
    let link_id = stage.link_id("sink");
    stage.asks(
        somebody(WhoActs::Operator),
        OperatorAct::RemoveLink {
            link_id,
            status: None,
        },
    );
    stage.operator_case(
        book,
        "by-operator",
        "CN-62 CN-60 SL-22 SL-27",
        "The service leaves the registry: the operator ends the link.",
        Stated::Accepted,
    );
}

fn refused(book: &mut Book) {
    let (mut stage, _) = Stage::consented();
    let removal = asked(&mut stage, "sink");
    stage.asks(
        service("source"),
        OperatorAct::Receive {
            kind: "link_removal".to_owned(),
            message: removal["message"].to_string(),
        },
    );
    stage.operator_case(
        book,
        "by-another-service",
        "SL-02 SL-26 SL-27 CN-62",
        "To another service the link does not exist: nothing ends, and nobody is told.",
        Stated::Refused("link_unknown"),
    );
    let (mut stage, _) = Stage::consented();
    let removal = asked(&mut stage, "sink");
    let other = altered(
        &removal["message"],
        &["slr_id"],
        json!(stage.link_id("source")),
    );
    stage.asks(
        service("sink"),
        OperatorAct::Receive {
            kind: "link_removal".to_owned(),
            message: other.to_string(),
        },
    );
    stage.operator_case(
        book,
        "surrogate-of-another-link",
        "SL-02 SL-27",
        "Surrogate and link do not belong together.",
        Stated::Refused("link_unknown"),
    );
    #[rustfmt::skip]
    let rows = [
        ("foreign-key", "SL-54 SL-55 SL-22", "The status is not signed by the owner.", None, "stranger-1", "jws_kid_unknown"),
        ("version", "SL-50 C02", "The version is that of an earlier framework.", Some(("version", json!("1.3"))), "owner-1", "json_shape"),
        ("other-state", "SL-23", "The status signed is not Removed.", Some(("sl_status", json!("Active"))), "owner-1", "change_mismatch"),
        ("other-link", "SL-52", "The status is about another link.", Some(("slr_id", json!("another"))), "owner-1", "chain_other_subject"),
        ("gap", "SL-53", "The predecessor is not known.", Some(("prev_record_id", json!("another"))), "owner-1", "chain_gap"),
    ];
    for (id, requirements, says, change, kid, code) in rows {
        let (mut stage, _) = Stage::consented();
        let link_id = stage.link_id("sink");
        let mut draft = stage
            .drafts(OperatorAct::DraftRemoval {
                link_id: link_id.clone(),
            })
            .remove(0);
        if let Some((member, value)) = change {
            draft = altered(&draft, &[member], value);
        }
        let status = Some(sealed_by("link_status", &draft, &[kid]).text());
        stage.asks(owner(), OperatorAct::RemoveLink { link_id, status });
        let id = format!("status-{id}");
        stage.operator_case(book, &id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, _) = Stage::consented();
    let link_id = stage.link_id("sink");
    let act = stage.signed_removal(&link_id);
    stage.does(owner(), act);
    stage.asks(owner(), OperatorAct::DraftRemoval { link_id });
    stage.operator_case(
        book,
        "removed-already",
        "SL-09",
        "Nothing follows a removed link.",
        Stated::Refused("chain_terminal"),
    );
    let (mut stage, _) = Stage::consented();
    stage.asks(
        owner(),
        OperatorAct::RemoveLink {
            link_id: "another".to_owned(),
            status: None,
        },
    );
    stage.operator_case(
        book,
        "unknown-link",
        "SL-23",
        "There is no such link.",
        Stated::Refused("link_unknown"),
    );
}
