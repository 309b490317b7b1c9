//! Withdrawn, run out, or not theirs.

use super::Scene;
use crate::durable::serve::Change;
use crate::town_http::line::{KeyUsed, Wish};
use crate::town_http::people::households;
use crate::town_http::story::Step;
use crate::town_http::town::fetch;
use crate::town_http::wire::Wire;

/// What somebody hears who has not proven that they may ask.
const NOT_PROVEN: (u16, &str) = (401, "request_not_authentic");

const BY_ITS_RECORDS: &str = "does not ask, where it goes by its own records";

/// A withdrawal holds at once, whatever tokens there are, and whoever has not heard of it.
pub(super) async fn revoke(mut scene: Scene<'_>) -> Step {
    let question = scene.who.household.question.clone();
    let (name, sink) = (scene.who.household.name, scene.sink());
    scene.token().await?;
    let what = "gives on a token that is kept for five minutes, and used by hand";
    scene.demanded(what, KeyUsed::Own, (200, "")).await?;
    let wires = &scene.town.wires.from_operator;
    let led = wires.get(&question.sink).and_then(Wire::cut);
    let led = led.ok_or("the line led nowhere")?;
    let what = "can tell the sink nothing any more: the line is cut";
    scene.town.tale.tell("operator", what, "cut");
    let before = scene.town.tale.took();
    scene
        .town
        .begin_change(&scene.who, Change::Withdraw)
        .await?;
    scene.town.delivered(&[&question.source]).await?;
    let took = scene.town.tale.took().saturating_sub(before);
    let took = format!("{} ms", took.as_millis());
    let what = "withdraws: the source has kept it after";
    scene.town.tale.tell(name, what, &took);
    let what = "refuses the token, which has minutes to live";
    scene
        .demanded(what, KeyUsed::Own, (403, "consent_withdrawn"))
        .await?;
    let what = "is asked for another by a sink that has not heard of it";
    let wanted = fetch(&scene.who);
    scene
        .refused(what, wanted, ("operator", "consent_withdrawn"))
        .await?;
    if let Some(wire) = scene.town.wires.from_operator.get(&question.sink) {
        wire.lead_to(led);
    }
    scene.town.delivered(&[&question.sink]).await?;
    let what = "hears of it when the line is whole again";
    scene.town.tale.tell(&sink, what, "delivered");
    let asked = tokens_asked(&scene);
    let wanted = fetch(&scene.who);
    scene
        .refused(BY_ITS_RECORDS, wanted, (&sink, "consent_withdrawn"))
        .await?;
    let what = "was not asked for a token any more";
    let again = tokens_asked(&scene);
    scene.town.tale.check("operator", what, (&asked, &again))
}

/// How often the operator has been asked for a token.
fn tokens_asked(scene: &Scene<'_>) -> usize {
    let asked = scene.town.wires.operator.asked();
    let tokens = asked.iter().filter(|line| line.contains(" /auth_token/"));
    tokens.count()
}

/// A token runs out, and then the consent.
pub(super) async fn expire(mut scene: Scene<'_>) -> Step {
    scene.token().await?;
    scene.town.wait(360).await?;
    scene.town.tale.tell(
        "town",
        "lets six minutes go by: a token lives for five",
        "waited",
    );
    let what = "does not take the old token any more";
    scene.demanded(what, KeyUsed::Own, NOT_PROVEN).await?;
    scene
        .works("fetches with a new one: the consent still stands")
        .await?;
    scene.town.wait(3200).await?;
    scene.token().await?;
    scene.town.wait(60).await?;
    scene.town.tale.tell(
        "town",
        "lets the hour go by for which the consent was given",
        "waited",
    );
    let (wanted, sink) = (fetch(&scene.who), scene.sink());
    scene
        .refused(BY_ITS_RECORDS, wanted, (&sink, "consent_expired"))
        .await?;
    scene
        .no_token("issues no token", KeyUsed::Own, "consent_expired")
        .await?;
    let what = "takes none that was issued a minute before the end";
    scene.demanded(what, KeyUsed::Own, NOT_PROVEN).await
}

/// A token is worth nothing without the key that belongs to it, and a name nothing without its own.
pub(super) async fn wrong_key(mut scene: Scene<'_>) -> Step {
    scene.token().await?;
    let what = "is shown a good token by somebody with another key";
    scene.demanded(what, KeyUsed::Other, NOT_PROVEN).await?;
    let what = "is asked for a token in the sink's name, with another key";
    scene.no_token(what, KeyUsed::Other, NOT_PROVEN.1).await?;
    let [_, other, _] = households()?;
    let other = scene.town.service(&other.question.sink)?;
    let wish = Wish::Token(scene.who.pair.sink.clone(), KeyUsed::Own);
    let code = other.refused(wish).await?;
    let what = "knows of no such consent when another sink asks for it";
    scene
        .town
        .tale
        .refused("operator", what, ("consent_unknown", &code))?;
    let what = "gives on the same token to the key that it was issued for";
    scene.demanded(what, KeyUsed::Own, (200, "")).await
}
