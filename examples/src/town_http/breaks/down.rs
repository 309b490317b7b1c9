//! The operator is killed; what is known stays known, on both sides.

use super::Scene;
use crate::durable::serve::Change;
use crate::town_http::line::KeyUsed;
use crate::town_http::story::Step;
use crate::town_http::town::fetch;

/// A request takes nothing of the operator; and the operator comes back with all that it knew.
pub(super) async fn operator_down(mut scene: Scene<'_>) -> Step {
    let held = scene.town.look(&scene.who).await?;
    scene.token().await?;
    let ended = scene.town.kill_operator().await?;
    scene
        .town
        .tale
        .tell("operator", "is killed without a word", &ended);
    let what = "goes on: nothing is asked of the operator for a request";
    scene.demanded(what, KeyUsed::Own, (200, "")).await?;
    let (wanted, sink) = (fetch(&scene.who), scene.sink());
    let what = "gets no new token, and says why";
    scene
        .refused(what, wanted, (&sink, "http_unreachable"))
        .await?;
    scene.town.wait_without_operator(100).await?;
    let what = "still serves after 100 seconds: it has declared 120";
    scene.demanded(what, KeyUsed::Own, (200, "")).await?;
    scene.town.wait_without_operator(30).await?;
    let what = "refuses after 130: it may not know of a withdrawal by now";
    let unknown = (403, "consent_status_unknown");
    scene.demanded(what, KeyUsed::Own, unknown).await?;
    scene.town.restart_operator().await?;
    let number = scene.town.operator.number().unwrap_or_default();
    let told = format!("process {number}");
    scene
        .town
        .tale
        .tell("operator", "is started again on its file", &told);
    // It takes nothing that the one before may have taken: all that was signed until now.
    scene.town.wait(10).await?;
    let again = scene.town.look(&scene.who).await?;
    let what = "knows the links and the consent again";
    scene.town.tale.check("operator", what, (&held, &again))?;
    let what = "is taken at its word again, and serves";
    scene.demanded(what, KeyUsed::Own, (200, "")).await?;
    scene.works("fetches with a new token").await?;
    scene.town.change(&scene.who, Change::Withdraw).await?;
    let (name, what) = (
        scene.who.household.name,
        "withdraws, and both services have stopped",
    );
    scene.town.tale.tell(name, what, "stopped");
    let what = "gives nothing more";
    scene
        .demanded(what, KeyUsed::Own, (403, "consent_withdrawn"))
        .await
}
