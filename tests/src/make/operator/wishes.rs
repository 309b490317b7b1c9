//! What a service tells, and answers to an objection, as the operator takes it.

use crate::exam::task::OperatorAct;
use crate::make::case::{Book, Stated};
use crate::make::record::sealed;
use crate::make::stage::{Stage, service};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "An operator takes notifications and answers to objections";
    let mut book = Book::new("operator/wishes", title);
    answers(&mut book);
    book
}

/// An answer to the objection, as the sink signs it.
fn answer(stage: &Stage, objection: &str, id: &str, decision: &str) -> OperatorAct {
    let payload: Value = json!({
        "version": "2.0", "id": id, "service_id": "sink", "sub": stage.surrogate("sink"),
        "iat": stage.now, "request_id": objection,
        "decisions": [{ "id": "1", "decision": decision }],
    });
    let response = sealed("objection_response", &payload).value();
    OperatorAct::Receive {
        kind: "objection_answer".to_owned(),
        message: json!({ "response": response }).to_string(),
    }
}

fn answers(book: &mut Book) {
    for (id, first, second, stated, says) in [
        (
            "pending-then-accepted",
            "pending",
            "accepted",
            Stated::Accepted,
            "The service has said that it considers, and says what it has decided.",
        ),
        (
            "accepted-then-pending",
            "accepted",
            "pending",
            Stated::Refused("objection_decided"),
            "The service takes back what it has decided.",
        ),
    ] {
        let mut stage = Stage::new();
        stage.link("sink");
        let objection = stage.object(&["survey"]);
        let act = answer(&stage, &objection, "answer-1", first);
        stage.does(service("sink"), act);
        stage.wait(60);
        let act = answer(&stage, &objection, "answer-2", second);
        stage.asks(service("sink"), act);
        stage.operator_case(book, id, "OB-06 OB-07 OB-08", says, stated);
    }
}
