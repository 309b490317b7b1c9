//! Somebody on the line: sends again what was sent, and changes what is sent.

use super::{before, works};
use crate::durable::house::Fault;
use crate::durable::serve::Change as ByOwner;
use crate::town_http::line::{Fetch, Heard, KeyUsed, Wish};
use crate::town_http::story::Step;
use crate::town_http::town::{Resident, Town, fetch};
use crate::town_http::wire::{Change, Wire, send};
use serde_json::Value;

const DAY: u32 = 24 * 3600;

/// The newest request on this line that began so, once more.
async fn again(wire: &Wire, beginning: &str) -> Result<Heard, Fault> {
    let newest = wire.newest(beginning);
    let newest = newest.ok_or_else(|| format!("nobody has sent {beginning}"))?;
    Ok(send(wire.at, &newest).await?)
}

/// What was sent once is taken once.
pub(super) async fn replay(town: &mut Town) -> Step {
    let sofia = before(town, 120 * DAY).await?;
    let cases = [
        (
            ("esp-vaka", "is sent the sink's very request once more"),
            (401, "request_not_authentic"),
            again(to_source(town, &sofia)?, "GET /datasets/").await?,
        ),
        (
            ("operator", "is asked for a token by the very same request"),
            (401, "request_not_authentic"),
            again(&town.wires.operator, "GET /auth_token/").await?,
        ),
        (
            ("esp-vaka", "is sent the operator's very message once more"),
            (401, "request_not_authentic"),
            again(by_operator(town, &sofia)?, "POST /cr/cr_management/").await?,
        ),
    ];
    for ((who, what), (status, code), heard) in cases {
        let found = (heard.status, heard.code.as_str());
        town.tale.check(who, what, (&(status, code), &found))?;
    }
    works(
        town,
        &sofia,
        "is given what it asks for by a request of its own",
    )
    .await
}

/// What the sink wants, with a query and a body, so that there is something to change.
fn with_all(who: &Resident) -> (Fetch, Fetch) {
    let with_query = Fetch {
        query: Some("since=2025-01-01".to_owned()),
        ..fetch(who)
    };
    let with_body = Fetch {
        body: Some("{\"since\":\"2025-01-01\"}".to_owned()),
        ..fetch(who)
    };
    (with_query, with_body)
}

fn put(from: &str, to: &str) -> Change {
    Change::Put(from.into(), to.into())
}

/// What is changed on the way is refused, and what was meant arrives all the same when it is sent again.
pub(super) async fn tamper(town: &mut Town) -> Step {
    let sofia = before(town, 120 * DAY).await?;
    let (with_query, with_body) = with_all(&sofia);
    let plain = fetch(&sofia);
    // Of the header `Authorization` the first hundred characters are about the signature, the token follows.
    let token = Change::Flip(b"authorization: PoP ".to_vec(), 400);
    let cases = [
        (
            "the address",
            plain.clone(),
            put("/datasets/ecec.wishes", "/datasets/ecec.needs"),
        ),
        (
            "the query",
            with_query.clone(),
            put("since=2025", "since=1999"),
        ),
        (
            "the body",
            with_body.clone(),
            put("{\"since\":\"2025", "{\"since\":\"1999"),
        ),
        ("the token", plain, token),
        (
            "the method",
            with_body.clone(),
            put("POST /datasets", "PUT /datasets"),
        ),
    ];
    for (part, wanted, change) in cases {
        let wire = to_source(town, &sofia)?;
        wire.change(change);
        let sink = town.service(&sofia.household.question.sink)?;
        let code = sink.refused(Wish::Fetch(wanted)).await?;
        if !to_source(town, &sofia)?.has_changed() {
            return Err(format!("{part} was not changed").into());
        }
        let what = format!("refuses a request of which {part} was changed on the way");
        town.tale
            .refused("esp-vaka", &what, ("request_not_authentic", &code))?;
    }
    for wanted in [with_query, with_body] {
        let sink = town.service(&sofia.household.question.sink)?;
        let _: Value = sink.ask(Wish::Fetch(wanted)).await?;
    }
    town.tale.tell(
        "esp-vaka",
        "gives on each of them as it was meant",
        "data_received",
    );
    asked(town, &sofia).await?;
    told(town, &sofia).await
}

fn to_source<'t>(town: &'t Town, who: &Resident) -> Result<&'t Wire, Fault> {
    let wire = town.wires.service.get(&who.household.question.source);
    wire.ok_or_else(|| "no line".into())
}

/// The sink's question to the operator.
async fn asked(town: &mut Town, sofia: &Resident) -> Step {
    let sink = town.service(&sofia.household.question.sink)?;
    town.wires
        .operator
        .change(Change::Flip(b"/auth_token/".to_vec(), 3));
    let code = sink
        .refused(Wish::Token(sofia.pair.sink.clone(), KeyUsed::Own))
        .await?;
    let what = "is asked for another consent's token than the sink has asked for";
    town.tale
        .refused("operator", what, ("request_not_authentic", &code))
}

/// The operator's message that the consent is paused.
async fn told(town: &mut Town, sofia: &Resident) -> Step {
    by_operator(town, sofia)?.change(Change::Flip(b"\r\n\r\n".to_vec(), 200));
    let refused = by_operator(town, sofia)?.answers("HTTP/1.1 401");
    town.change(sofia, ByOwner::Pause).await?;
    let wire = by_operator(town, sofia)?;
    let found = (wire.has_changed(), wire.answers("HTTP/1.1 401"));
    let what = "is told of a pause in words that were changed, and does not take them";
    town.tale
        .check("esp-vaka", what, (&(true, refused + 1), &found))?;
    let what = "tells it again, and the source has stopped: nothing is lost";
    town.tale.tell("operator", what, "stopped");
    Ok(())
}

fn by_operator<'t>(town: &'t Town, who: &Resident) -> Result<&'t Wire, Fault> {
    let wire = town.wires.from_operator.get(&who.household.question.source);
    wire.ok_or_else(|| "no line".into())
}
