//! Every command in every state of what it is about, with the refusals: `spec/tables/*-commands.md`.
//!
//! Each cell is a command that is really issued, or a question that is really asked, in a world that
//! has really come into that state.
#![expect(
    clippy::unwrap_used,
    reason = "a table that cannot be made fails the test"
)]

use crate::contracts;
use crate::support::{
    as_service, change, fork, linked, modified_single, pair_for, removal, signed, single,
};
use crate::tables::{agree_by, survey, wishes};
use mydata::core::id::{ConsentId, LinkId};
use mydata::operator::{Capacity, Command, Event, Fact, Reason, Rejection};
use mydata::record::consent::ConsentChange;
use mydata::record::message::StatusQuery;
use mydata::token::claims::TokenText;
use mydata::token::introspection::Introspection;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use std::sync::Arc;

pub(crate) type States = Vec<(&'static str, World)>;
pub(crate) type Row<'r> = (String, Box<dyn Fn(&mut World) -> String + 'r>);

/// One row a command, one column a state; each cell in a copy of the state's world.
pub(crate) fn rows(states: &States, of: &[Row<'_>]) -> Vec<Vec<String>> {
    let row = |(name, cell): &Row<'_>| {
        let cells = states.iter().map(|(_, world)| cell(&mut fork(world)));
        std::iter::once(name.clone()).chain(cells).collect()
    };
    of.iter().map(row).collect()
}

fn table(file: &str, title: &str, states: &States, of: &[Row<'_>]) {
    table_by("state_tables.rs", file, title, states, of);
}

/// The same, for a module that says that it writes it.
pub(crate) fn table_by(writer: &str, file: &str, title: &str, states: &States, of: &[Row<'_>]) {
    let mut heads = vec!["command or question"];
    heads.extend(states.iter().map(|(name, _)| *name));
    agree_by(writer, file, title, &heads, &rows(states, of));
}

pub(crate) fn outcome(world: &mut World, who: &Capacity, command: &Command) -> String {
    let act = world.act(who.clone());
    match world.try_decide(&act, command) {
        Ok(decision) if decision.events.is_empty() => "done, no event".to_owned(),
        Ok(_) => "done".to_owned(),
        Err(rejection) => rejection.code().to_owned(),
    }
}

fn answered<T>(answer: Result<T, Rejection>) -> String {
    answer.map_or_else(|no| no.code().to_owned(), |_| "done".to_owned())
}

/// A command that stays the same whatever the state is.
pub(crate) fn row<'r>(name: &str, who: Capacity, command: Command) -> Row<'r> {
    let cell = move |world: &mut World| outcome(world, &who, &command);
    (name.to_owned(), Box::new(cell))
}

pub(crate) fn question<'r, T>(
    name: &str,
    ask: impl Fn(&mut World) -> Result<T, Rejection> + 'r,
) -> Row<'r> {
    (name.to_owned(), Box::new(move |world| answered(ask(world))))
}

/// The link is the sink's; it has a pair, a subscription, an objection and a contract under it.
//= SL-10, SL-31, SL-34, SL-35, SL-37 test
#[test]
fn link_states() {
    let mut world = World::new();
    world.link("source");
    let none = world.account.clone();
    world.link("sink");
    let ids = world.consent("care", &["src/a"]);
    let filing = contracts::filing(&world, "sink", "terms", "1");
    let file = Command::FileContract { filing };
    world.command(&world.owner_act(), &file).unwrap();
    let link: LinkId = world.sink_link();
    let surrogate = world
        .account
        .link(&link)
        .unwrap()
        .record
        .surrogate_id
        .clone();
    let sink = world.sink.registered.description.service_id.clone();

    let draft = world.with_env(|account, env| account.draft_removal(&link, env));
    let remove = Command::RemoveLink {
        link_id: link.clone(),
        signed: Some(world.by_owner(&draft.unwrap())),
    };
    let start = Command::StartLinking {
        service: Arc::clone(&world.sink.registered),
        surrogate_id: None,
    };
    let (pair, _) = pair_for(&mut world, "study", &["src/c"]);
    let (own, _) = single(&mut world);
    let study = world.choice("study", &["src/c"]);
    let choice = world.choice("care", &["src/a", "src/b"]);
    let (modify, _) = world.try_modification(&ids.sink, &choice).unwrap();
    let withdraw = signed(&mut world, &ids.sink, ConsentChange::Withdraw);
    let pause = change(&ids.sink, ConsentChange::Disable, Reason::SuspectedMisuse);
    let token = Command::IssueToken {
        cr_id: ids.sink.clone(),
    };
    let leave = Command::EndService {
        service_id: sink.clone(),
    };
    let filing = contracts::filing(&world, "sink", "terms", "2");
    let file = Command::FileContract { filing };
    let end = contracts::end("sink", "terms");
    let mut all = wishes(&world);
    let (_, world, _) = all.last().unwrap();
    let mut world = fork(world);
    // Of these two the world has the first already: another one.
    all.retain(|(name, ..)| !matches!(*name, "Subscribe" | "Object"));
    let registered = Arc::clone(&world.sink.registered);
    let service = || Arc::clone(&registered);
    let record = world.signed_subscription(&["-news"]).unwrap();
    let subscribe = Command::Subscribe {
        service: service(),
        record,
    };
    let record = world.signed_objection(survey()).unwrap();
    let object = Command::Object {
        service: service(),
        record,
    };
    let mut removed = fork(&world);
    removed
        .command(&removed.act(Capacity::Operator), &removal(&link))
        .unwrap();
    let mut unlinked = fork(&world);
    let shown = |event: &&Event| matches!(event.fact, Fact::ProposalShown { .. });
    unlinked.account = none.replay(world.log.iter().filter(shown));
    let states = vec![("Active", world), ("Removed", removed), ("none", unlinked)];

    let (owner, operator, by_sink) = (Capacity::Owner, Capacity::Operator, as_service("sink"));
    let mut of = vec![
        row("StartLinking", owner.clone(), start),
        row("RemoveLink, signed by the owner", owner.clone(), remove),
        row(
            "RemoveLink, by the operator",
            operator.clone(),
            removal(&link),
        ),
        row(
            "RemoveLink, by its service",
            by_sink.clone(),
            removal(&link),
        ),
        row(
            "RemoveLink, by another service",
            as_service("source"),
            removal(&link),
        ),
        row("EndService", Capacity::System, leave),
        row("GiveConsent, a pair", owner.clone(), pair),
        row("GiveConsent, single", owner.clone(), own),
        row("ModifyConsent", owner.clone(), modify),
        row(
            "ChangeConsent, withdraw, signed by the owner",
            owner.clone(),
            withdraw,
        ),
        row("ChangeConsent, disable, by the operator", operator, pause),
        row("IssueToken", by_sink.clone(), token),
        row("FileContract", owner.clone(), file),
        row("EndContract", owner.clone(), end),
        row("Expire", Capacity::System, Command::Expire),
    ];
    for (name, _, command) in all {
        of.push(row(name, by_sink.clone(), command));
    }
    of.extend([
        row("Subscribe", owner.clone(), subscribe),
        row("Object", owner, object),
        question("draft of a removal", |world: &mut World| {
            world.with_env(|account, env| account.draft_removal(&link, env))
        }),
        question("draft of a pair", |world| world.try_pair(&study)),
        question("draft of a subscription", |world| {
            world.signed_subscription(&["alerts"])
        }),
        question("draft of an objection", |world| {
            world.signed_objection(survey())
        }),
        question("copy of the link", |world| {
            world.account.link_copy(&sink, &surrogate)
        }),
        question("copy of its status", |world| {
            world.account.link_status_copy(&sink, &surrogate)
        }),
        question("copies of its consents", |world| {
            world.account.consent_copies(&sink, &surrogate)
        }),
    ]);
    let title = "What a link in each state allows";
    table("link-commands.md", title, &states, &of);
}

/// A consent in each of its states, and what it takes to ask everything about it.
fn in_each_state(none: &World, given: &World, id: &ConsentId) -> States {
    let paused_for = |reason| {
        let mut world = fork(given);
        world
            .operator_change(id, ConsentChange::Disable, reason)
            .unwrap();
        world
    };
    let by_owner = |change| {
        let mut world = fork(given);
        world.change(id, change).unwrap();
        world
    };
    let mut expired = fork(given);
    expired.now = given.account.consent(id).unwrap().terms().exp.unwrap();
    let mut unknown = fork(given);
    unknown.account = none.account.clone();
    vec![
        ("Active", fork(given)),
        ("Disabled by the owner", by_owner(ConsentChange::Disable)),
        (
            "Disabled by the operator: description changed",
            paused_for(Reason::DescriptionChanged),
        ),
        (
            "Disabled by the operator: legal order",
            paused_for(Reason::LegalOrder),
        ),
        ("Withdrawn", by_owner(ConsentChange::Withdraw)),
        ("expired", expired),
        ("none", unknown),
    ]
}

/// Every command and question about one consent. `give` gave it and `modify` would replace it.
fn about(
    given: &World,
    id: &ConsentId,
    (give, modify): (Command, Command),
    token: &TokenText,
    modified: impl Fn(&mut World) -> Result<Command, Rejection> + Clone + 'static,
) -> Vec<Row<'static>> {
    let id = || id.clone();
    let service = given
        .account
        .consent(&id())
        .unwrap()
        .terms()
        .subject_id
        .clone();
    let by_service = Capacity::Service(service.clone());
    let mut of: Vec<Row<'static>> = Vec::new();
    for step in ConsentChange::ALL {
        let name = |how| format!("ChangeConsent, {step:?}, {how}");
        // In the name of an owner who has signed what the state is; where there is no consent, what
        // the active one was.
        let (own, earlier) = (id(), signed(&mut fork(given), &id(), step));
        let by_owner = move |world: &mut World| {
            let is_there = world.account.consent(&own).is_some();
            let command = if is_there {
                signed(world, &own, step)
            } else {
                earlier.clone()
            };
            outcome(world, &Capacity::Owner, &command)
        };
        of.push((name("signed by the owner"), Box::new(by_owner)));
        let unsigned = change(&id(), step, Reason::OwnerWish);
        of.push(row(
            &name("not signed, by the owner"),
            Capacity::Owner,
            unsigned,
        ));
        let unsigned = change(&id(), step, Reason::LegalOrder);
        of.push(row(&name("by the operator"), Capacity::Operator, unsigned));
        let own = id();
        of.push(question(
            &format!("draft of a change, {step:?}"),
            move |world| world.signed_change(&own, step),
        ));
    }
    let draft = modified.clone();
    let replace = move |world: &mut World| {
        let command = modified(world).unwrap_or_else(|_| modify.clone());
        outcome(world, &Capacity::Owner, &command)
    };
    of.push(("ModifyConsent".to_owned(), Box::new(replace)));
    of.push(question("draft of a modification", draft));
    of.push(row("GiveConsent, with this record", Capacity::Owner, give));
    of.push(row(
        "IssueToken",
        by_service,
        Command::IssueToken { cr_id: id() },
    ));
    of.push(row("Expire", Capacity::System, Command::Expire));
    let query = StatusQuery {
        cr_id: id(),
        since: None,
        round: 0,
    };
    let asker = service.clone();
    of.push(question("status", move |world| {
        world.account.introspect(&asker, &query)
    }));
    let own = id();
    let standing = move |world: &mut World| {
        let standing = world.account.standing(&own, world.now);
        standing
            .map_or("unknown", |standing| standing.code())
            .to_owned()
    };
    of.push(("standing".to_owned(), Box::new(standing)));
    let token = token.clone();
    let good = move |world: &mut World| match world
        .account
        .introspect_token(&service, &token, world.now, &Chosen)
    {
        Introspection::Active(_) => "active".to_owned(),
        Introspection::Inactive => "inactive".to_owned(),
    };
    of.push((
        "introspection of the pair's token".to_owned(),
        Box::new(good),
    ));
    of
}

//= CN-15, CN-16, CN-19, CN-25, CN-39, CN-42, DT-18 test
#[test]
fn consent_states() {
    let mut world = linked();
    let (give_pair, PairIds { source, sink }) = pair_for(&mut world, "care", &["src/a"]);
    let (give_single, own) = single(&mut world);
    let none = fork(&world);
    for command in [&give_pair, &give_single] {
        world.command(&world.owner_act(), command).unwrap();
    }
    let token = fork(&world).token(&sink).unwrap();
    let choice = world.choice("own", &["own"]);
    let of_single = own.clone();
    let modified = move |world: &mut World| Ok(modified_single(world, &of_single, &choice)?.0);
    let modify = modified(&mut fork(&world)).unwrap();
    let of = about(&world, &own, (give_single, modify), &token, modified);
    let title = "What a consent in each state allows: for one service";
    table(
        "consent-commands-single.md",
        title,
        &in_each_state(&none, &world, &own),
        &of,
    );

    for (half, file, title) in [
        (
            &source,
            "consent-commands-source.md",
            "What a consent in each state allows: a source's",
        ),
        (
            &sink,
            "consent-commands-sink.md",
            "What a consent in each state allows: a sink's",
        ),
    ] {
        let mut given = fork(&world);
        let choice = given.choice("care", &["src/a", "src/b"]);
        let (mut modify, _) = fork(&given).try_modification(&sink, &choice).unwrap();
        if let Command::ModifyConsent(modification) = &mut modify {
            modification.cr_id = half.clone();
        }
        let own = half.clone();
        let modified = move |world: &mut World| Ok(world.try_modification(&own, &choice)?.0);
        let of = about(&given, half, (give_pair.clone(), modify), &token, modified);
        table(file, title, &in_each_state(&none, &given, half), &of);
    }
}
