//! Somebody on the line: sends again what was sent, and changes what is sent.

use super::Scene;
use crate::durable::house::Fault;
use crate::durable::serve::Change as ByOwner;
use crate::town_http::line::{Fetch, Heard, KeyUsed, Wish};
use crate::town_http::story::Step;
use crate::town_http::town::fetch;
use crate::town_http::wire::{Change, Wire, send};
use serde_json::Value;

const NOT_PROVEN: (u16, &str) = (401, "request_not_authentic");

impl Scene<'_> {
    fn to_source(&self) -> Result<&Wire, Fault> {
        let wire = self
            .town
            .wires
            .service
            .get(&self.who.household.question.source);
        wire.ok_or_else(|| "no line".into())
    }

    fn by_operator(&self) -> Result<&Wire, Fault> {
        let wires = &self.town.wires.from_operator;
        let wire = wires.get(&self.who.household.question.source);
        wire.ok_or_else(|| "no line".into())
    }
}

/// The newest request on this line that began so, once more.
async fn again(wire: &Wire, beginning: &str) -> Result<Heard, Fault> {
    let newest = wire.newest(beginning);
    let newest = newest.ok_or_else(|| format!("nobody has sent {beginning}"))?;
    Ok(send(wire.at, &newest).await?)
}

/// What was sent once is taken once.
pub(super) async fn replay(mut scene: Scene<'_>) -> Step {
    let source = scene.source();
    let heard = again(scene.to_source()?, "GET /datasets/").await?;
    let what = "is sent the sink's very request once more";
    scene.heard(&source, what, (NOT_PROVEN, &heard))?;
    let heard = again(&scene.town.wires.operator, "GET /auth_token/").await?;
    let what = "is asked for a token by the very same request";
    scene.heard("operator", what, (NOT_PROVEN, &heard))?;
    let heard = again(scene.by_operator()?, "POST /cr/cr_management/").await?;
    let what = "is sent the operator's very message once more";
    scene.heard(&source, what, (NOT_PROVEN, &heard))?;
    scene
        .works("gets what it asks for by a request of its own")
        .await
}

fn put(from: &str, to: &str) -> Change {
    Change::Put(from.into(), to.into())
}

/// What is changed on the way is refused, and what was meant arrives all the same when it is sent again.
pub(super) async fn tamper(mut scene: Scene<'_>) -> Step {
    let plain = fetch(&scene.who);
    let with_query = Fetch {
        query: Some("since=2025-01-01".to_owned()),
        ..plain.clone()
    };
    let with_body = Fetch {
        body: Some("{\"since\":\"2025-01-01\"}".to_owned()),
        ..plain.clone()
    };
    // The first characters after this are about the signature, and then comes the token.
    let token = Change::Flip(b"authorization: PoP ".to_vec(), 400);
    let address = put("/datasets/school.status", "/datasets/school.enrolment");
    let cases = [
        ("the address", plain.clone(), address),
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
    let source = scene.source();
    for (part, wanted, change) in cases {
        scene.to_source()?.change(change);
        let what = format!("refuses a request of which {part} was changed on the way");
        scene
            .refused(&what, wanted, (&source, NOT_PROVEN.1))
            .await?;
        if !scene.to_source()?.has_changed() {
            return Err(format!("{part} was not changed").into());
        }
    }
    for wanted in [with_query, with_body] {
        let _: Value = scene.by_sink(Wish::Fetch(wanted)).await?;
    }
    let what = "gives on each of them as it was meant";
    scene.town.tale.tell(&source, what, "data_received");
    // The sink's question to the operator …
    let change = Change::Flip(b"/auth_token/".to_vec(), 3);
    scene.town.wires.operator.change(change);
    let what = "is asked for another consent's token than the sink has asked for";
    scene.no_token(what, KeyUsed::Own, NOT_PROVEN.1).await?;
    // … and the operator's message that the consent is paused.
    scene
        .by_operator()?
        .change(Change::Flip(b"\r\n\r\n".to_vec(), 200));
    let refused = scene.by_operator()?.answers("HTTP/1.1 401");
    scene.town.change(&scene.who, ByOwner::Pause).await?;
    let wire = scene.by_operator()?;
    let found = (wire.has_changed(), wire.answers("HTTP/1.1 401"));
    let what = "is told of a pause in words that were changed, and does not take them";
    scene
        .town
        .tale
        .check(&source, what, (&(true, refused + 1), &found))?;
    let what = "tells it again, and the source has stopped: nothing is lost";
    scene.town.tale.tell("operator", what, "stopped");
    Ok(())
}
