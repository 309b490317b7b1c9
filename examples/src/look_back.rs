//! The end of the story: what was in all those letters, and what was not.

use crate::canary;
use crate::file::{self, Person};
use crate::names::Names;
use crate::post::Who;
use crate::story::Story;
use crate::world::World;
use std::error::Error;

/// The end: what was in all those letters, and what was not.
///
/// # Errors
/// What should not have been there, or should have.
pub fn check(
    story: &mut Story,
    world: &World,
    names: &Names,
    sofia: &Person,
) -> Result<(), Box<dyn Error>> {
    let by_espoo: Vec<&str> = world
        .espoo
        .side
        .surrogates()
        .map(|id| id.as_str())
        .collect();
    let by_helsinki = world
        .helsinki
        .side
        .surrogates()
        .map(|id| id.as_str())
        .collect();
    let person = [names.account.as_str(), &sofia.name, &sofia.test_code];
    for (who, own, other) in [
        (Who::Espoo, &by_espoo, &by_helsinki),
        (Who::Helsinki, &by_helsinki, &by_espoo),
    ] {
        let told = found(world, who, &[&person, other.as_slice()].concat());
        let what = "was told neither who Sofia is nor her surrogate elsewhere";
        story.check(world.now, &who, what, (&0, &told))?;
        // The same search does find what is there.
        let told = found(world, who, own) > 0;
        let what = "was told its own surrogate, so the search is no blind one";
        story.check(world.now, &who, what, (&true, &told))?;
    }
    let wishes = canary::words(&on_file("E-4711", "wishes")?);
    let mut others = canary::words(&on_file("E-2302", "wishes")?);
    for kind in ["needs", "placement", "plan"] {
        others.extend(canary::words(&on_file("E-4711", kind)?));
    }
    // The child's number stands in every file, so it tells nothing apart.
    others.retain(|word| !wishes.contains(word));
    let (wishes, others) = (texts(&wishes), texts(&others));
    let all = [wishes.as_slice(), &others].concat();
    let seen = found(world, Who::Operator, &all);
    let what = "has seen no word of what Espoo has on file";
    story.check(world.now, &Who::Operator, what, (&0, &seen))?;
    let seen = found(world, Who::Helsinki, &wishes);
    let what = "has had the wishes five times, as often as Espoo granted them";
    story.check(world.now, &Who::Helsinki, what, (&5, &seen))?;
    let seen = found(world, Who::Helsinki, &others);
    let what = "has had no word of the diet, the plan or another family";
    story.check(world.now, &Who::Helsinki, what, (&0, &seen))?;
    let is_rebuilt = world.operator.audit().is_some_and(|events| events > 0);
    let what = "can rebuild the account from the log of what happened";
    story.check(world.now, &Who::Operator, what, (&true, &is_rebuilt))?;
    Ok(())
}

/// What Espoo's register holds of a family.
///
/// # Errors
/// When there is no such file.
pub fn on_file(customer: &str, kind: &str) -> std::io::Result<String> {
    let path = format!("data/{customer}/ecec.{kind}.json");
    std::fs::read_to_string(file::directory().join(path))
}

fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// In how many letters to `who` one of the canaries can be read.
fn found(world: &World, who: Who, canaries: &[&str]) -> usize {
    let letters = world.delivered_to(who);
    let sings = |octets: &[u8]| {
        let texts = canary::unfold(octets);
        let sings = |canary: &&str| texts.iter().any(|text| text.contains(*canary));
        canaries.iter().any(sings)
    };
    letters.filter(|letter| sings(&letter.mail.octets)).count()
}
