//! An operator answers services.

use crate::exam::task::OperatorAct;
use crate::make::case::{Book, Stated};
use crate::make::stage::{Stage, owner, service};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "An operator answers: the status of consents, and copies of what was lost";
    let mut book = Book::new("operator/queries", title);
    statuses(&mut book);
    copies(&mut book);
    book
}

fn ask(kind: &str, message: &Value) -> OperatorAct {
    OperatorAct::Ask {
        kind: kind.to_owned(),
        message: message.to_string(),
    }
}

fn statuses(book: &mut Book) {
    for name in ["source", "sink"] {
        let (mut stage, pair) = Stage::consented();
        stage.change(&pair.sink, "disable");
        let cr_id = if name == "sink" {
            &pair.sink
        } else {
            &pair.source
        };
        stage.asks(
            service(name),
            ask("status_query", &json!({ "cr_id": cr_id, "round": 7 })),
        );
        let id = format!("status-for-{name}");
        stage.operator_case(
            book,
            &id,
            "CN-30 CN-41 CN-96 DT-57 DT-58 C21",
            "Everything that there is, and the newest by its id.",
            Stated::Accepted,
        );
    }
    let (mut stage, pair) = Stage::consented();
    let other = pair.source.clone();
    stage.asks(
        service("sink"),
        ask("status_query", &json!({ "cr_id": other })),
    );
    stage.operator_case(
        book,
        "status-of-another",
        "SL-02 CN-96 DT-57",
        "A service asks for the record of another.",
        Stated::Refused("consent_unknown"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(
        service("sink"),
        ask(
            "status_query",
            &json!({ "cr_id": pair.sink, "since": "another" }),
        ),
    );
    stage.operator_case(
        book,
        "status-since-unknown",
        "CN-96 DT-57",
        "The consent has no such status.",
        Stated::Refused("status_record_unknown"),
    );
    let (mut stage, _) = Stage::consented();
    stage.asks(
        service("sink"),
        ask("status_query", &json!({ "since": "x" })),
    );
    stage.operator_case(
        book,
        "status-of-nothing",
        "CN-96",
        "The query names no consent.",
        Stated::Refused("json_missing_member"),
    );
}

fn copies(book: &mut Book) {
    let by = |stage: &Stage, name: &str| json!({ "surrogate_id": stage.surrogate(name) });
    for (kind, requirements, says) in [
        (
            "link_copy",
            "SL-33 SL-34 SL-35 C39",
            "The record and its newest status.",
        ),
        (
            "link_status_copy",
            "SL-36 SL-37 SL-38 C39",
            "The newest status.",
        ),
        (
            "consent_copies",
            "CN-96 C40",
            "Every consent under the link, with its first status.",
        ),
    ] {
        let file = kind.replace('_', "-");
        let (mut stage, _) = Stage::consented();
        let message = by(&stage, "sink");
        stage.asks(service("sink"), ask(kind, &message));
        stage.operator_case(book, &file, requirements, says, Stated::Accepted);
        let (mut stage, _) = Stage::consented();
        let message = by(&stage, "sink");
        stage.asks(service("source"), ask(kind, &message));
        let id = format!("{file}-of-another");
        stage.operator_case(
            book,
            &id,
            &format!("{requirements} SL-02"),
            "Another service's surrogate is none.",
            Stated::Refused("link_unknown"),
        );
    }
    for (kind, id, requirements, stated) in [
        (
            "link_copy",
            "link-copy-removed",
            "SL-33 SL-35",
            Stated::Refused("link_removed"),
        ),
        (
            "link_status_copy",
            "link-status-copy-removed",
            "SL-36 SL-38",
            Stated::Accepted,
        ),
    ] {
        let mut stage = Stage::linked();
        let link = stage.link_id("sink");
        let act = stage.signed_removal(&link);
        stage.does(owner(), act);
        let message = by(&stage, "sink");
        stage.asks(service("sink"), ask(kind, &message));
        stage.operator_case(
            book,
            id,
            requirements,
            "The link has been removed: the record is gone, its status is told.",
            stated,
        );
    }
}
