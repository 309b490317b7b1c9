//! The life of an account: activated, taken out, deleted.

use crate::exam::task::{OperatorAct, WhoActs};
use crate::make::case::{Book, Stated};
use crate::make::stage::{Stage, owner, somebody};

pub(super) fn book() -> Book {
    let title = "An operator keeps an account, from its activation to its end";
    let mut book = Book::new("operator/life", title);
    activation(&mut book);
    export(&mut book);
    deletion(&mut book);
    book
}

fn start() -> OperatorAct {
    OperatorAct::StartLinking {
        service: "sink".to_owned(),
        surrogate_id: None,
    }
}

/// The owner asks for a code, and gives it back.
fn verified(stage: &mut Stage, what: &str) {
    let act = OperatorAct::AskVerification {
        what: what.to_owned(),
    };
    let done = stage.does(owner(), act);
    let code = done["to_person"][0]["verify"]["code"].as_str().unwrap();
    stage.does(owner(), confirm(what, code));
}

fn confirm(what: &str, code: &str) -> OperatorAct {
    OperatorAct::Confirm {
        what: what.to_owned(),
        code: Some(code.to_owned()),
        vouched: None,
    }
}

fn activation(book: &mut Book) {
    let mut stage = Stage::created(86_400);
    verified(&mut stage, "activation");
    stage.link("sink");
    let says = "A new account is activated with the code that was sent, and links a service.";
    stage.operator_case(
        book,
        "activated",
        "FW-54 AC-07 AC-13",
        says,
        Stated::Accepted,
    );
    let mut stage = Stage::created(86_400);
    stage.asks(owner(), start());
    let says = "Nothing is done with an account that is not activated.";
    let stated = Stated::Refused("account_not_activated");
    stage.operator_case(book, "not-activated", "FW-54 AC-13", says, stated);
    let mut stage = Stage::created(86_400);
    let what = "activation".to_owned();
    stage.does(owner(), OperatorAct::AskVerification { what });
    stage.asks(owner(), confirm("activation", "not-the-code"));
    let says = "Another code than the one that was sent.";
    let stated = Stated::Refused("verification_wrong");
    stage.operator_case(book, "code-wrong", "FW-54 AC-07", says, stated);
}

fn export(book: &mut Book) {
    let mut stage = Stage::new();
    verified(&mut stage, "export");
    stage.asks(owner(), OperatorAct::Export {});
    let says = "The owner has verified the export, and may fetch it.";
    stage.operator_case(book, "export", "AC-16 AC-17 AC-18", says, Stated::Accepted);
    let mut stage = Stage::new();
    stage.asks(owner(), OperatorAct::Export {});
    let says = "An export that is not verified.";
    let stated = Stated::Refused("export_not_verified");
    stage.operator_case(book, "export-unverified", "AC-16 AC-18", says, stated);
}

fn deletion(book: &mut Book) {
    let mut stage = Stage::new();
    verified(&mut stage, "deletion");
    stage.asks(owner(), OperatorAct::UndoDeletion {});
    let says = "The owner keeps the account after all.";
    stage.operator_case(book, "deletion-undone", "AC-28", says, Stated::Accepted);
    let mut stage = Stage::new();
    stage.asks(owner(), OperatorAct::UndoDeletion {});
    let says = "There is no deletion to be undone.";
    let stated = Stated::Refused("account_not_closing");
    stage.operator_case(book, "nothing-to-undo", "AC-28", says, stated);
    let mut stage = Stage::new();
    stage.asks(somebody(WhoActs::System), OperatorAct::Erase {});
    let says = "An account that has not ended is not erased.";
    let stated = Stated::Refused("account_not_ended");
    stage.operator_case(book, "erased-early", "AC-26", says, stated);
}
