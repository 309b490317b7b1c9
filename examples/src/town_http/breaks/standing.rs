//! Withdrawn, run out, not theirs, and nobody there to ask.

use super::{before, works};
use crate::durable::house::Fault;
use crate::durable::serve::Change;
use crate::town_http::line::{Demand, Heard, KeyUsed, Wish};
use crate::town_http::story::Step;
use crate::town_http::town::{Resident, Town, fetch};
use serde_json::Value;

const DAY: u32 = 24 * 3600;

/// The sink ignores its own records, and demands with the token that it has.
async fn demand(town: &Town, who: &Resident, key: KeyUsed) -> Result<Heard, Fault> {
    let sink = town.service(&who.household.question.sink)?;
    let url = who.household.url.clone();
    sink.ask(Wish::Demand(Demand { url, key })).await
}

async fn token(town: &Town, who: &Resident) -> Step {
    let sink = town.service(&who.household.question.sink)?;
    let _: Value = sink
        .ask(Wish::Token(who.pair.sink.clone(), KeyUsed::Own))
        .await?;
    Ok(())
}

/// The code with which the operator refuses a token.
async fn no_token(town: &Town, who: &Resident, key: KeyUsed) -> Result<String, Fault> {
    let sink = town.service(&who.household.question.sink)?;
    sink.refused(Wish::Token(who.pair.sink.clone(), key)).await
}

fn said(heard: &Heard) -> (u16, &str) {
    (heard.status, &heard.code)
}

/// A withdrawal holds at once, whatever tokens there are.
pub(super) async fn revoke(town: &mut Town) -> Step {
    let sofia = before(town, 120 * DAY).await?;
    token(town, &sofia).await?;
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "keeps a token for five minutes, and uses it by hand";
    town.tale
        .check("hki-vaka", what, (&(200, ""), &said(&heard)))?;
    let before = town.tale.took();
    town.change(&sofia, Change::Withdraw).await?;
    let took = town.tale.took().saturating_sub(before);
    let took = format!("{} ms", took.as_millis());
    town.tale.tell(
        "Sofia",
        "withdraws: until both services have stopped it takes",
        &took,
    );
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "refuses the token, which has minutes to live";
    town.tale.check(
        "esp-vaka",
        what,
        (&(403, "consent_withdrawn"), &said(&heard)),
    )?;
    let sink = town.service(&sofia.household.question.sink)?;
    let code = sink.refused(Wish::Fetch(fetch(&sofia))).await?;
    let what = "does not ask, where it goes by its own records";
    town.tale
        .refused("hki-vaka", what, ("consent_withdrawn", &code))?;
    let code = no_token(town, &sofia, KeyUsed::Own).await?;
    town.tale.refused(
        "operator",
        "issues no new token",
        ("consent_withdrawn", &code),
    )
}

/// A token runs out, and then the consent.
pub(super) async fn expire(town: &mut Town) -> Step {
    let sofia = before(town, 3600).await?;
    token(town, &sofia).await?;
    town.wait(360).await?;
    town.tale.tell(
        "town",
        "lets six minutes go by: a token lives for five",
        "waited",
    );
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "does not take the old token any more";
    town.tale.check(
        "esp-vaka",
        what,
        (&(401, "request_not_authentic"), &said(&heard)),
    )?;
    works(
        town,
        &sofia,
        "fetches with a new one: the consent still stands",
    )
    .await?;
    town.wait(3200).await?;
    token(town, &sofia).await?;
    town.wait(60).await?;
    town.tale.tell(
        "town",
        "lets the hour go by for which she has consented",
        "waited",
    );
    let sink = town.service(&sofia.household.question.sink)?;
    let code = sink.refused(Wish::Fetch(fetch(&sofia))).await?;
    let what = "does not ask, where it goes by its own records";
    town.tale
        .refused("hki-vaka", what, ("consent_expired", &code))?;
    let code = no_token(town, &sofia, KeyUsed::Own).await?;
    town.tale
        .refused("operator", "issues no token", ("consent_expired", &code))?;
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "takes none that was issued a minute before the end";
    town.tale.check(
        "esp-vaka",
        what,
        (&(401, "request_not_authentic"), &said(&heard)),
    )
}

/// A token is worth nothing without the key that belongs to it, and a name nothing without its own.
pub(super) async fn wrong_key(town: &mut Town) -> Step {
    let sofia = before(town, 120 * DAY).await?;
    token(town, &sofia).await?;
    let heard = demand(town, &sofia, KeyUsed::Other).await?;
    let what = "is shown a good token by somebody with another key";
    town.tale.check(
        "esp-vaka",
        what,
        (&(401, "request_not_authentic"), &said(&heard)),
    )?;
    let code = no_token(town, &sofia, KeyUsed::Other).await?;
    let what = "is asked for a token in the sink's name, with another key";
    town.tale
        .refused("operator", what, ("request_not_authentic", &code))?;
    let [_, other, _] = super::households()?;
    let other = town.service(&other.question.sink)?;
    let wish = Wish::Token(sofia.pair.sink.clone(), KeyUsed::Own);
    let code = other.refused(wish).await?;
    let what = "knows nothing of her consent when another sink asks for it";
    town.tale
        .refused("operator", what, ("consent_unknown", &code))?;
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "gives on the same token to the key that it was issued for";
    town.tale
        .check("esp-vaka", what, (&(200, ""), &said(&heard)))
}

/// The operator is killed; what is known stays known, on both sides.
pub(super) async fn operator_down(town: &mut Town) -> Step {
    let sofia = before(town, 120 * DAY).await?;
    let held = town.look(&sofia).await?;
    token(town, &sofia).await?;
    let ended = town.kill_operator().await?;
    town.tale
        .tell("operator", "is killed without a word", &ended);
    let heard = demand(town, &sofia, KeyUsed::Own).await?;
    let what = "goes on: nothing is asked of the operator for a request";
    town.tale
        .check("esp-vaka", what, (&(200, ""), &said(&heard)))?;
    let sink = town.service(&sofia.household.question.sink)?;
    let code = sink.refused(Wish::Fetch(fetch(&sofia))).await?;
    let what = "gets no new token, and says why";
    town.tale
        .refused("hki-vaka", what, ("http_unreachable", &code))?;
    town.restart_operator().await?;
    town.wait(10).await?;
    let what = "is started again on its file";
    let number = town.operator.number().unwrap_or_default();
    town.tale
        .tell("operator", what, &format!("process {number}"));
    let again = town.look(&sofia).await?;
    town.tale.check(
        "operator",
        "knows her links and her consent again",
        (&held, &again),
    )?;
    works(town, &sofia, "fetches again").await?;
    town.change(&sofia, Change::Withdraw).await?;
    town.tale.tell(
        "Sofia",
        "withdraws, and both services have stopped",
        "stopped",
    );
    Ok(())
}
