//! The story when nothing is broken: three households, three pairs of services, and an operator that sees
//! nothing of what goes between them.

use super::app::mailbox;
use super::line::{Demand, Heard, KeyUsed, Wish};
use super::people::{Household, households, in_language, short};
use super::town::{Resident, Town, fetch};
use crate::durable::house::Fault;
use crate::durable::serve::Change;
use crate::durable::traces::{forms, occurrences};
use mydata::core::id::ServiceId;
use mydata::record::consent::ConsentState;
use serde_json::Value;

/// A part of it.
pub type Step = Result<(), Fault>;

/// All of it.
///
/// # Errors
/// The first step that does not go as it should.
pub async fn tell(town: &mut Town) -> Step {
    open(town)?;
    let mut residents = Vec::new();
    for household in &households()? {
        residents.push(arrive(town, household).await?);
    }
    let [sofia, mikko, noel] = residents.as_slice() else {
        return Err("three households were to come".into());
    };
    behind(town, sofia).await?;
    pause(town, sofia).await?;
    withdraw(town, mikko).await?;
    others(town, noel).await?;
    nameless(town)?;
    unseen(town)
}

/// Who is there.
fn open(town: &mut Town) -> Step {
    town.tale.part("The town opens");
    let told: Vec<(String, String)> = town
        .processes()
        .map(|process| {
            let number = process.number().unwrap_or_default();
            (
                process.name.clone(),
                format!("{} as process {number}", process.ready.at),
            )
        })
        .collect();
    for (name, place) in told {
        town.tale.tell(
            &name,
            "listens, and knows the others by their contracts",
            &place,
        );
    }
    Ok(())
}

/// A household links two services, reads what is asked, consents, and the data moves.
async fn arrive(town: &mut Town, household: &Household) -> Result<Resident, Fault> {
    let name = household.name;
    let (source, sink) = (&household.question.source, &household.question.sink);
    town.tale.part(&format!(
        "{name}: from {} to {}",
        short(source),
        short(sink)
    ));
    let account = town.move_in(household).await?;
    town.tale
        .tell(name, "signs up, and links both services", "linked");
    let shown = town.ask(household, &account).await?;
    town.tale
        .tell(name, "reads what is asked", "proposal_shown");
    let mut lines = Vec::new();
    for purpose in &shown.document.purposes {
        lines.push(format!("{} ({})", purpose.title, purpose.basis));
        lines.push(purpose.description.clone());
    }
    let wanted = shown.document.datasets.iter();
    let wanted = wanted.filter(|dataset| dataset.dataset_id == household.dataset);
    lines.extend(wanted.map(|dataset| format!("{}: {}", dataset.title, dataset.description)));
    town.tale.quote(&lines);
    let seconds = household.days * 24 * 3600;
    let resident = town.give(household, &account, (&shown, seconds)).await?;
    town.tale.tell(
        name,
        "gives it, and both services have their half",
        "consented",
    );
    moved(town, &resident, "fetches it from the source").await?;
    told(town, &resident).await?;
    Ok(resident)
}

/// Reads who has the data, in their own language.
async fn told(town: &mut Town, who: &Resident) -> Step {
    let (_, receivers) = town.look(who).await?;
    let receiver = receivers.pointer("/data/0").ok_or("nobody has the data")?;
    let language = who.household.question.language.as_str();
    let said = |at: &str| {
        receiver
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let found = (said("/service_id"), receivers.pointer("/data/1").is_some());
    let expected = (who.household.question.sink.to_string(), false);
    let what = "reads at the operator who has the data, and that nobody else does";
    town.tale
        .check(who.household.name, what, (&expected, &found))?;
    town.tale.quote(&[said(&format!("/text/{language}"))]);
    Ok(())
}

/// The sink fetches, and has exactly what is on file.
async fn moved(town: &mut Town, who: &Resident, what: &str) -> Step {
    let question = &who.household.question;
    let sink = town.service(&question.sink)?;
    let data: Value = sink.ask(Wish::Fetch(fetch(who))).await?;
    let on_file = town.on_file(&who.household)?;
    let name = short(&question.sink);
    town.tale.tell(&name, what, "data_received");
    let what = match who.household.is_behind {
        true => "has the four fields that the gateway passes on, and nothing else",
        false => "has exactly what is on file there, and nothing else",
    };
    town.tale.check(&name, what, (&on_file, &data))
}

/// Sofia's source is a register that nobody has changed, behind a gateway.
async fn behind(town: &mut Town, sofia: &Resident) -> Step {
    town.tale.part("Behind esp-vaka's gateway");
    let asked = town.wires.register.asked();
    let what = "was asked for one child's wishes, and knows nothing of MyData";
    let only = ["GET /children/E-4711/ecec.wishes HTTP/1.1".to_owned()];
    town.tale
        .check("register", what, (&only.to_vec(), &asked))?;
    let sink = town.service(&sofia.household.question.sink)?;
    let _: Value = sink
        .ask(Wish::Token(sofia.pair.sink.clone(), KeyUsed::Own))
        .await?;
    let wish = Wish::Demand(Demand {
        url: sofia.household.url.clone(),
        query: Some("child=E-2302".to_owned()),
        key: KeyUsed::Own,
    });
    let heard: Heard = sink.ask(wish).await?;
    let what = "is asked, well signed, for another family's child, and refuses";
    let found = (heard.status, heard.code.as_str());
    town.tale
        .check("esp-vaka", what, (&(400, "gateway_query"), &found))?;
    let asked = town.wires.register.asked().len();
    town.tale
        .check("register", "has not been asked that", (&1, &asked))
}

/// Sofia pauses, and goes on.
async fn pause(town: &mut Town, sofia: &Resident) -> Step {
    town.tale.part("Sofia thinks it over");
    let question = &sofia.household.question;
    town.change(sofia, Change::Pause).await?;
    town.tale
        .tell("Sofia", "pauses, and both services have stopped", "stopped");
    town.tale
        .quote(&[in_language(ConsentState::Disabled, question.language)]);
    let sink = town.service(&question.sink)?;
    let code = sink.refused(Wish::Fetch(fetch(sofia))).await?;
    let name = short(&question.sink);
    town.tale.refused(
        &name,
        "does not even ask meanwhile",
        ("consent_disabled", &code),
    )?;
    town.change(sofia, Change::Resume).await?;
    town.tale.tell("Sofia", "resumes", "resumed");
    town.tale
        .quote(&[in_language(ConsentState::Active, question.language)]);
    moved(town, sofia, "fetches them again").await
}

/// Mikko withdraws, and that is the end of it.
async fn withdraw(town: &mut Town, mikko: &Resident) -> Step {
    town.tale.part("Mikko has changed his mind");
    let question = &mikko.household.question;
    town.change(mikko, Change::Withdraw).await?;
    town.tale.tell(
        "Mikko",
        "withdraws, and both services have stopped",
        "stopped",
    );
    town.tale
        .quote(&[in_language(ConsentState::Withdrawn, question.language)]);
    let sink = town.service(&question.sink)?;
    let code = sink.refused(Wish::Fetch(fetch(mikko))).await?;
    let name = short(&question.sink);
    town.tale
        .refused(&name, "does not ask any more", ("consent_withdrawn", &code))
}

/// A withdrawal is nobody else's.
async fn others(town: &mut Town, noel: &Resident) -> Step {
    moved(
        town,
        noel,
        "goes on: what Mikko does is not Noel's business",
    )
    .await?;
    let waiting: Vec<ServiceId> = town.operator.ask(Wish::Waiting).await?;
    town.tale.check(
        "operator",
        "has nothing left to deliver",
        (&Vec::new(), &waiting),
    )
}

/// Services know people by the surrogates that they have made themselves, and by nothing of the operator's.
fn nameless(town: &mut Town) -> Step {
    let mut to_services = Vec::new();
    for wire in town
        .wires
        .from_operator
        .values()
        .chain(town.wires.service.values())
    {
        to_services.extend(wire.heard());
    }
    to_services.extend(town.wires.operator.heard());
    let of_people = town.wires.people.heard();
    for household in &households()? {
        let mailbox = mailbox(town.people.person(household.person)?);
        let found = |octets: &[u8]| {
            let forms = forms(&mailbox);
            forms
                .iter()
                .map(|form| occurrences(octets, form.as_bytes()))
                .sum::<usize>()
        };
        let found = (found(&of_people) > 0, found(&to_services));
        let what = format!("has told the operator alone who {} is", household.name);
        town.tale.check("app", &what, (&(true, 0), &found))?;
    }
    Ok(())
}

/// The operator has arranged everything, and has seen no word of it.
fn unseen(town: &mut Town) -> Step {
    town.tale.part("What the operator has seen of all that");
    let [Household { question, .. }, ..] = households()?;
    let (gateway, canary) = (question.source, &town.canary);
    let here = canary.search_folder(&town.data_folder())?;
    let disk = canary.search_folder(&town.operators_folder())?;
    let lines = canary.search(&town.wires.of_operator());
    let mut memory = Vec::new();
    for process in town.processes() {
        let number = process.number().ok_or("a process is gone")?;
        memory.push((process.name.clone(), canary.search_memory(number)?));
    }
    let mut heard = super::canary::Searched::default();
    for wire in town.wires.service.values() {
        heard = heard.and(canary.search(&wire.heard()));
    }
    let tale = &mut town.tale;
    tale.tell(
        "town",
        "has planted a word in every file of every source",
        &here.told(),
    );
    tale.check(
        "town",
        "finds it there, so the search of files is no blind one",
        (&true, &(here.found > 0)),
    )?;
    tale.tell(
        "town",
        "finds it on the lines between sinks and sources",
        &heard.told(),
    );
    tale.check(
        "town",
        "so the search of lines is no blind one",
        (&true, &(heard.found > 0)),
    )?;
    tale.tell("operator", "has on its disk", &disk.told());
    tale.check(
        "operator",
        "has nothing of it on its disk",
        (&(0, true), &(disk.found, disk.octets > 0)),
    )?;
    tale.tell(
        "operator",
        "has heard and said on all of its lines",
        &lines.told(),
    );
    tale.check(
        "operator",
        "has heard and said nothing of it",
        (&(0, true), &(lines.found, lines.octets > 0)),
    )?;
    for (name, searched) in memory {
        let Some(searched) = searched else {
            tale.tell(
                &name,
                "has a memory that cannot be looked into on this system",
                "not_searched",
            );
            continue;
        };
        tale.tell(&name, "has in its memory", &searched.told());
        // What streams through a gateway may be in its memory or not.
        if name == short(&gateway) {
            continue;
        }
        let has_it = !["operator", "login"].contains(&name.as_str());
        let what = match has_it {
            false => "has nothing of it in its memory",
            true => "has it in its memory, so the search of memory is no blind one",
        };
        tale.check(&name, what, (&has_it, &(searched.found > 0)))?;
    }
    Ok(())
}
