//! An operator issues tokens.

use crate::exam::task::OperatorAct;
use crate::make::case::{Book, Stated};
use crate::make::record::DAYS30;
use crate::make::stage::{Pair, Stage, care, owner, service};
use serde_json::json;

pub(super) fn book() -> Book {
    let title = "An operator issues tokens for consents that stand, and for no others";
    let mut book = Book::new("operator/tokens", title);
    accepted(&mut book);
    refused(&mut book);
    book
}

fn ask(cr_id: &str) -> OperatorAct {
    OperatorAct::Receive {
        kind: "token_request".to_owned(),
        message: json!({ "cr_id": cr_id }).to_string(),
    }
}

fn accepted(book: &mut Book) {
    let (mut stage, pair) = Stage::consented();
    stage.asks(service("sink"), ask(&pair.sink));
    stage.operator_case(
        book,
        "issued",
        "CN-46 DT-10 DT-11 DT-15 DT-17 DT-18 DT-19 DT-47 DT-48 DT-49 DT-52 DT-53 DT-54 DT-55 DT-56",
        "The token is for the source's half, for the sink's key and for exactly its addresses.",
        Stated::Accepted,
    );
    for (id, wait, requirements, says) in [
        (
            "given-again",
            269,
            "DT-12 DT-16 DT-20",
            "Before the threshold the same token is given again.",
        ),
        (
            "issued-anew",
            270,
            "DT-11 DT-15 DT-20",
            "At the threshold a new one is made.",
        ),
        (
            "issued-after-the-end",
            301,
            "DT-11 DT-15 DT-14",
            "After its end a new one is made.",
        ),
    ] {
        let (mut stage, pair) = Stage::consented();
        stage.asks(service("sink"), ask(&pair.sink));
        stage.wait(wait);
        stage.asks(service("sink"), ask(&pair.sink));
        stage.operator_case(book, id, requirements, says, Stated::Accepted);
    }
    let (mut stage, pair) = Stage::consented();
    stage.wait(DAYS30 - 100);
    stage.asks(service("sink"), ask(&pair.sink));
    stage.operator_case(
        book,
        "issued-short",
        "DT-50 DT-18 CN-38",
        "A token ends with its consent.",
        Stated::Accepted,
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(service("sink"), ask(&pair.sink));
    stage.change(&pair.sink, "disable");
    stage.change(&pair.sink, "reactivate");
    stage.asks(service("sink"), ask(&pair.sink));
    stage.operator_case(
        book,
        "given-after-a-pause",
        "DT-12 DT-18",
        "After a pause the sink may ask again.",
        Stated::Accepted,
    );
}

/// What is done before the sink asks.
type Before = fn(&mut Stage, &Pair);

fn refused(book: &mut Book) {
    #[rustfmt::skip]
    let rows: [(&str, &str, &str, Before, &str); 6] = [
        ("disabled", "DT-11 DT-15 DT-18 DT-19 DT-20 CN-13 P15", "The consent is paused.", |stage, pair| { stage.change(&pair.sink, "disable"); }, "consent_disabled"),
        ("withdrawn", "DT-11 DT-15 DT-18 DT-19 P15", "The consent is withdrawn.", |stage, pair| { stage.change(&pair.sink, "withdraw"); }, "consent_withdrawn"),
        ("source-disabled", "DT-18 DT-19 C09 P15", "The source's half is paused.", |stage, pair| { stage.change(&pair.source, "disable"); }, "consent_disabled"),
        ("source-withdrawn", "DT-18 DT-19 C09 P15", "The source's half is withdrawn.", |stage, pair| { stage.change(&pair.source, "withdraw"); }, "consent_withdrawn"),
        ("expired", "DT-18 DT-19 CN-38 P15", "The consent has ended.", |stage, _| stage.wait(DAYS30), "consent_expired"),
        ("unlinked", "DT-18 DT-19 SL-05 SL-10 P15", "The sink's link has been removed.", |stage, _| { let link = stage.link_id("sink"); let act = stage.signed_removal(&link); stage.does(owner(), act); }, "link_removed"),
    ];
    for (id, requirements, says, before, code) in rows {
        let (mut stage, pair) = Stage::consented();
        // A token that was given before is no way round.
        stage.asks(service("sink"), ask(&pair.sink));
        before(&mut stage, &pair);
        stage.asks(service("sink"), ask(&pair.sink));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let (mut stage, pair) = Stage::consented();
    let source = pair.source.clone();
    stage.asks(service("sink"), ask(&source));
    stage.operator_case(
        book,
        "by-source-consent",
        "DT-17 SL-02 P16",
        "The sink asks by the source's half: to it that does not exist.",
        Stated::Refused("consent_unknown"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(service("source"), ask(&pair.source));
    stage.operator_case(
        book,
        "by-source",
        "DT-17 P16",
        "The source asks by its own half.",
        Stated::Refused("consent_not_sinks"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(service("source"), ask(&pair.sink));
    stage.operator_case(
        book,
        "by-another-service",
        "DT-17 DT-19 SL-02",
        "Another service asks.",
        Stated::Refused("consent_unknown"),
    );
    let (mut stage, pair) = Stage::consented();
    stage.asks(owner(), ask(&pair.sink));
    stage.operator_case(
        book,
        "by-owner",
        "DT-10",
        "A token is a service's.",
        Stated::Refused("capacity_not_allowed"),
    );
    let (mut stage, _) = Stage::consented();
    stage.asks(service("sink"), ask("another"));
    stage.operator_case(
        book,
        "unknown",
        "DT-19 DT-36",
        "There is no such consent.",
        Stated::Refused("consent_unknown"),
    );
    let mut stage = Stage::linked();
    let mut later = care();
    later["nbf"] = json!(crate::make::record::START + 60);
    let pair = stage.give(&later);
    stage.asks(service("sink"), ask(&pair.sink));
    stage.operator_case(
        book,
        "not-begun",
        "DT-18 CN-38 P15",
        "The consent has not begun.",
        Stated::Refused("consent_not_yet_valid"),
    );
}
