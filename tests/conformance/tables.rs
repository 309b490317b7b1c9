//! The tables of `spec/tables`, computed from the code: what is written there is what runs.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-conformance tables` writes them again; the difference is
//! then for a person to read.
#![expect(
    clippy::unwrap_used,
    reason = "a table that cannot be made fails the test"
)]

use crate::support::{checked_in, fork, invite, link_id, offered};
use mydata::core::id::{PurposeId, ServiceId};
use mydata::core::jws::Payload;
use mydata::core::party::{Party, SignerRule};
use mydata::core::time::{Seconds, Timestamp};
use mydata::operator::{
    Account, Capacity, Command, Fact, Lifecycle, LifecycleChange, Proof, Reason, Reply, Scope,
    ToPerson, Told, Verification, Vouching,
};
use mydata::record::chain::StatusRecord;
use mydata::record::consent::{
    ConsentChange, ConsentState, ConsentStatus, SingleConsent, SinkConsent, SourceConsent, Validity,
};
use mydata::record::description::{
    DescriptionError, OperatorDescription, Policy, ServiceDescription,
};
use mydata::record::link::{LinkChange, LinkProposal, LinkRecord, LinkState, LinkStatus};
use mydata::record::notification::{Jwe, Notification, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse, Verdict};
use mydata::record::standing::standing;
use mydata::registry::{Change, State};
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::proof::DataRequest;
use mydata_conformance::wishes::verdicts;
use mydata_conformance::{World, descriptions};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;

const PARTIES: [Party; 4] = [Party::Owner, Party::Operator, Party::Service, Party::Sink];

/// Holds a table against its file, or writes the file.
fn agree(name: &str, title: &str, heads: &[&str], rows: &[Vec<String>]) {
    agree_by("tables.rs", name, title, heads, rows);
}

/// The same, for a file that says which test writes it.
pub(crate) fn agree_by(
    writer: &str,
    name: &str,
    title: &str,
    heads: &[&str],
    rows: &[Vec<String>],
) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "# {title}\n\nWritten by `tests/conformance/{writer}` (`MYDATA_BLESS=1`); do not edit.\n\n"
    );
    text += &line(&heads);
    text += &format!("|{}\n", "---|".repeat(heads.len()));
    for row in rows {
        text += &line(row);
    }
    checked_in(&format!("tables/{name}"), &text);
}

fn yes(is: bool) -> String {
    (if is { "yes" } else { "no" }).to_owned()
}

fn text(value: impl Debug) -> String {
    format!("{value:?}")
}

/// SL-07, SL-09.
//= SL-07, SL-09 test
#[test]
fn link_states() {
    let mut rows = Vec::new();
    for state in LinkState::ALL {
        for change in LinkChange::ALL {
            let after = state.after(change).map_or("—".to_owned(), text);
            rows.push(vec![text(state), text(change), after]);
        }
    }
    let heads = ["state", "change", "next state"];
    agree("link-states.md", "States of a link", &heads, &rows);
}

/// CN-15, CN-16, CN-20.
//= CN-15, CN-16, CN-20 test
#[test]
fn consent_states() {
    let mut rows = Vec::new();
    for state in ConsentState::ALL {
        for change in ConsentChange::ALL {
            let after = state.after(change).map_or("—".to_owned(), text);
            rows.push(vec![text(state), text(change), after]);
        }
    }
    let heads = ["state", "change", "next state"];
    agree("consent-states.md", "States of a consent", &heads, &rows);
}

//= AC-13, AC-28 test
#[test]
fn account_states() {
    let mut rows = Vec::new();
    for state in Lifecycle::ALL {
        for change in LifecycleChange::ALL {
            let after = state.after(change).map_or("—".to_owned(), text);
            rows.push(vec![text(state), text(change), after]);
        }
    }
    let heads = ["state", "change", "next state"];
    agree("account-states.md", "States of an account", &heads, &rows);
}

fn signers<S: StatusRecord>(states: &[S::State]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for from in states {
        let paused = [Some(Party::Owner), Some(Party::Operator)];
        let pauses = if S::is_pause(*from) {
            paused.as_slice()
        } else {
            &[None]
        };
        for to in states {
            for pause in pauses {
                let may = PARTIES.map(|party| {
                    yes(S::allowed(*from, *to) && S::may_sign(party, *from, *to, *pause))
                });
                let pause = pause.map_or("—".to_owned(), |party| party.to_string());
                let mut row = vec![text(from), pause, text(to)];
                row.extend(may);
                rows.push(row);
            }
        }
    }
    rows
}

/// C08, CN-94, SL-54, SL-58.
//= SL-54, SL-58, CN-25, CN-94 test
#[test]
fn who_signs_which_transition() {
    let heads = [
        "from",
        "paused by",
        "to",
        "owner",
        "operator",
        "service",
        "sink",
    ];
    let rows = signers::<LinkStatus>(&LinkState::ALL);
    agree(
        "link-signers.md",
        "Who signs a link's status",
        &heads,
        &rows,
    );
    let rows = signers::<ConsentStatus>(&ConsentState::ALL);
    let title = "Who signs a consent's status";
    agree("consent-signers.md", title, &heads, &rows);
}

/// C08: nobody but the owner and the operator makes any transition, by the rule of the chain itself
/// and not only by that of the envelope.
#[test]
fn only_owner_and_operator_sign_a_status() {
    fn law<S: StatusRecord>(states: &[S::State]) {
        for party in [Party::Service, Party::Sink] {
            for from in states {
                for to in states {
                    assert!(!S::may_sign(party, *from, *to, None), "{party}: {to:?}");
                }
            }
        }
    }
    law::<ConsentStatus>(&ConsentState::ALL);
    law::<LinkStatus>(&LinkState::ALL);
}

/// CN-18, CN-19.
//= CN-19 test
#[test]
fn who_reactivates_after_which_reason() {
    let row = |reason: Reason| {
        let label = reason.label().en.to_owned();
        vec![text(reason), label, yes(reason.owner_may_reactivate())]
    };
    let rows: Vec<_> = Reason::ALL.into_iter().map(row).collect();
    let heads = [
        "reason of the operator's pause",
        "in a resident's words",
        "the owner may reactivate",
    ];
    agree("reasons.md", "Reasons of a change", &heads, &rows);
}

fn kind<T: Payload>(record: &str) -> Vec<String> {
    let (rule, parties) = match T::SIGNERS {
        SignerRule::All(parties) => ("each of", parties),
        SignerRule::OneOf(parties) => ("one of", parties),
    };
    let parties: Vec<String> = parties.iter().map(ToString::to_string).collect();
    let signers = format!("{rule} {}", parties.join(", "));
    vec![record.to_owned(), format!("`{}`", T::TYP), signers]
}

/// SL-48, SL-54, CN-78, CN-88, CN-94, DT-46, P7.
//= SL-48, CN-78, CN-88 test
#[test]
fn kinds_of_records() {
    let rows = [
        kind::<LinkProposal>("link record, before the service has signed"),
        kind::<LinkRecord>("link record"),
        kind::<LinkStatus>("link status record"),
        kind::<SingleConsent>("consent record for one service"),
        kind::<SourceConsent>("consent record of a source"),
        kind::<SinkConsent>("consent record of a sink"),
        kind::<ConsentStatus>("consent status record"),
        kind::<Token>("authorisation token"),
        kind::<DataRequest>("signed data request"),
        kind::<DpopProof>("DPoP proof"),
        kind::<mydata::record::description::Service>("service description, when it is signed"),
        kind::<OperatorDescription>("operator description, when it is signed"),
        kind::<Subscription>("subscription to notifications"),
        kind::<Notification>("notification"),
        kind::<ObjectionRequest>("objection"),
        kind::<ObjectionResponse>("answer to an objection"),
    ];
    let heads = ["record", "typ", "signed by"];
    agree("records.md", "Kinds of signed records", &heads, &rows);

    // But for the two steps of one record no `typ` stands for two kinds.
    let mut kinds: Vec<&String> = rows.iter().skip(1).filter_map(|row| row.get(1)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), rows.len() - 1);
}

/// CN-13, CN-38, CN-39, SL-10.
//= SL-10, CN-13, CN-38, CN-39 test
#[test]
fn standing_of_a_consent() {
    let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
    let validity = Validity::new(Some(at(1000)), Some(at(2000)));
    let moments = [
        ("before nbf", 999),
        ("at nbf", 1000),
        ("before exp", 1999),
        ("at exp", 2000),
    ];
    let mut rows = Vec::new();
    for link in LinkState::ALL {
        for state in ConsentState::ALL {
            for (moment, now) in moments {
                let code = standing(link, state, validity, at(now)).code();
                rows.push(vec![
                    text(link),
                    text(state),
                    moment.to_owned(),
                    code.to_owned(),
                ]);
            }
            let code = standing(link, state, Validity::default(), at(0)).code();
            rows.push(vec![
                text(link),
                text(state),
                "open".to_owned(),
                code.to_owned(),
            ]);
        }
    }
    let heads = ["link", "consent", "moment", "standing"];
    agree("standing.md", "May it be processed now?", &heads, &rows);
}

/// One command of every kind that could succeed, with a world in which it could.
fn commands() -> Vec<(&'static str, World, Command)> {
    let (given, ids) = World::consented();
    let mut all = Vec::new();

    let start = Command::StartLinking {
        service: Arc::clone(&given.source.registered),
        surrogate_id: None,
    };
    all.push(("StartLinking", World::new(), start));

    let mut world = World::new();
    let code = invite(&mut world, "source");
    let offer = offered(&mut world, "source");
    all.push(("OfferSurrogate", fork(&world), offer.clone()));
    let service = world.service_act("source");
    world.command(&service, &offer).unwrap();
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let propose = Command::ProposeLink {
        code: code.clone(),
        record: world.by_owner(&draft.unwrap()),
    };
    all.push(("ProposeLink", fork(&world), propose.clone()));
    world.command(&world.owner_act(), &propose).unwrap();
    let countersign = Command::Countersign {
        code: code.clone(),
        record: world.countersigned("source"),
    };
    all.push(("Countersign", fork(&world), countersign.clone()));
    world.command(&service, &countersign).unwrap();
    let draft = world.with_env(|account, env| account.draft_first_status(&code, env));
    let complete = Command::CompleteLink {
        status: world.by_owner(&draft.unwrap()),
        code,
    };
    all.push(("CompleteLink", world, complete));

    let mut world = fork(&given);
    let link = link_id(&world, "source");
    let draft = world.with_env(|account, env| account.draft_removal(&link, env));
    let signed = world.by_owner(&draft.unwrap());
    let remove = |signed| Command::RemoveLink {
        link_id: link.clone(),
        signed,
    };
    all.push(("RemoveLink", fork(&given), remove(None)));
    all.push(("RemoveLink, signed", world, remove(Some(signed))));

    let mut world = World::linked();
    let choice = world.choice("study", &["src/c"]);
    let (give, _) = world.try_pair(&choice).unwrap();
    all.push(("GiveConsent", world, give));

    let mut world = fork(&given);
    let proposal = world.proposal();
    all.push((
        "ShowProposal",
        fork(&given),
        Command::ShowProposal { proposal },
    ));
    let choice = world.choice("care", &["src/a"]);
    let (modify, _) = world.try_modification(&ids.sink, &choice).unwrap();
    all.push(("ModifyConsent", world, modify));

    let mut world = fork(&given);
    let filing = crate::contracts::filing(&world, "source", "terms", "1");
    let file = Command::FileContract { filing };
    all.push(("FileContract", fork(&world), file.clone()));
    world.command(&world.owner_act(), &file).unwrap();
    all.push((
        "EndContract",
        world,
        crate::contracts::end("source", "terms"),
    ));

    let leave = Command::EndService {
        service_id: given.source.registered.description.service_id.clone(),
    };
    all.push(("EndService", fork(&given), leave));
    let service_id = given.sink.registered.description.service_id.clone();
    let suspend = Command::SuspendService {
        service_id: service_id.clone(),
    };
    let mut world = fork(&given);
    all.push(("SuspendService", fork(&given), suspend.clone()));
    world
        .command(&world.act(Capacity::System), &suspend)
        .unwrap();
    all.push((
        "ResumeService",
        world,
        Command::ResumeService { service_id },
    ));

    let mut world = fork(&given);
    let signed = world.signed_change(&ids.source, ConsentChange::Disable);
    let change = |signed| Command::ChangeConsent {
        cr_id: ids.source.clone(),
        change: ConsentChange::Disable,
        reason: Reason::OwnerWish,
        signed,
    };
    all.push(("ChangeConsent", fork(&given), change(None)));
    all.push(("ChangeConsent, signed", world, change(signed.ok())));

    let token = Command::IssueToken { cr_id: ids.sink };
    all.push(("IssueToken", fork(&given), token));
    all.extend(wishes(&given));
    all.extend(commands_of_the_account(&given));
    all
}

pub(crate) fn survey() -> Vec<Scope> {
    vec![Scope::Processing(PurposeId::parse("survey").unwrap())]
}

/// The commands about what a person wishes of the sink: each with a world in which it could succeed.
pub(crate) fn wishes(given: &World) -> Vec<(&'static str, World, Command)> {
    let mut world = fork(given);
    world.subscribe(&["news"]).unwrap();
    let service = || Arc::clone(&given.sink.registered);
    let record = world.signed_subscription(&["alerts"]).unwrap();
    let subscribe = Command::Subscribe {
        service: service(),
        record: record.clone(),
    };
    let mut all = vec![("Subscribe", fork(&world), subscribe.clone())];
    world.command(&world.owner_act(), &subscribe).unwrap();
    let confirm = Command::ConfirmSubscription {
        surrogate_id: record.surrogate_id().clone(),
        id: record.id().clone(),
    };
    all.push(("ConfirmSubscription", fork(&world), confirm));
    let told = world.notification(&["news"]).unwrap();
    let told = world.told(&told);
    all.push(("ReceiveNotification", fork(&world), told));
    all.push((
        "ReceiveNotification, encrypted",
        fork(&world),
        encrypted(&world),
    ));
    let record = world.signed_objection(survey()).unwrap();
    let object = Command::Object {
        service: service(),
        record: record.clone(),
    };
    all.push(("Object", fork(&world), object.clone()));
    world.command(&world.owner_act(), &object).unwrap();
    let answer = world.answer_of_sink(record.id(), verdicts(&["1"], Verdict::Accepted));
    let answer = world.answered(&answer.unwrap());
    all.push(("ReceiveObjectionResponse", world, answer));
    all
}

pub(crate) fn encrypted(world: &World) -> Command {
    let jwe = Jwe::parse("eyJhbGciOiJFQ0RILUVTIn0..iv.ciphertext.tag").unwrap();
    let link = world.account.link(&world.sink_link()).unwrap();
    Command::ReceiveNotification {
        surrogate_id: link.record.surrogate_id.clone(),
        service: Arc::clone(&world.sink.registered),
        notification: Told::Encrypted(jwe),
    }
}

/// The commands about the account as a whole: each with a world in which it could succeed.
fn commands_of_the_account(given: &World) -> Vec<(&'static str, World, Command)> {
    let mut all = vec![("Expire", fork(given), Command::Expire)];
    for what in Verification::ALL {
        let (ask, by_code, vouched) = match what {
            Verification::Activation => (
                "AskVerification, activation",
                "Confirm, activation by code",
                "Confirm, activation vouched",
            ),
            Verification::Export => (
                "AskVerification, export",
                "Confirm, export by code",
                "Confirm, export vouched",
            ),
            Verification::Deletion => (
                "AskVerification, deletion",
                "Confirm, deletion by code",
                "Confirm, deletion vouched",
            ),
            Verification::DeletionAtOnce => (
                "AskVerification, deletion at once",
                "Confirm, deletion at once by code",
                "Confirm, deletion at once vouched",
            ),
        };
        let mut world = match what {
            Verification::Activation => World::created(),
            Verification::Export | Verification::Deletion | Verification::DeletionAtOnce => {
                fork(given)
            }
        };
        all.push((ask, fork(&world), Command::AskVerification { what }));
        let proof = Proof::Vouched(Vouching::InPerson);
        all.push((vouched, fork(&world), Command::Confirm { what, proof }));
        let proof = Proof::Code(world.ask(what).unwrap());
        all.push((by_code, world, Command::Confirm { what, proof }));
    }
    let mut world = fork(given);
    world.verified(Verification::Export).unwrap();
    all.push(("Export", world, Command::Export));
    let mut world = fork(given);
    world.verified(Verification::Deletion).unwrap();
    all.push(("UndoDeletion", world, Command::UndoDeletion));
    let mut world = fork(given);
    world.verified(Verification::DeletionAtOnce).unwrap();
    all.push(("Erase", world, Command::Erase));
    all
}

/// The account of `world` as it would be in `state`, whatever else there is in it: by the events
/// alone, so that every command can be tried in every state.
fn in_state(world: &World, state: Lifecycle) -> Account {
    use mydata::operator::VerifiedBy;
    let by = VerifiedBy::Code;
    let until = world.now.plus(Seconds::days(14));
    let closing = Fact::Closing { by, until };
    let is_created = world.account.lifecycle() == Lifecycle::Created;
    let is_over = world.account.lifecycle() == Lifecycle::Ended;
    let steps = match state {
        Lifecycle::Created => {
            let keys = world.account.owner_keys().clone();
            return Account::create(world.account.id().clone(), keys, until);
        }
        Lifecycle::Active if is_created => vec![Fact::Activated { by }],
        Lifecycle::Active => vec![Fact::Reopened],
        Lifecycle::Closing if is_created => vec![Fact::Activated { by }, closing],
        Lifecycle::Closing => vec![closing],
        Lifecycle::Ended => vec![closing, Fact::Ended],
        Lifecycle::Erased => vec![closing, Fact::Ended, Fact::Erased],
    };
    let mut account = world.account.clone();
    if is_over && matches!(state, Lifecycle::Active | Lifecycle::Closing) {
        // What has ended does not come back: another account of the same person.
        let keys = world.account.owner_keys().clone();
        account = Account::open(world.account.id().clone(), keys);
    }
    let act = world.act(Capacity::System);
    for fact in steps {
        let (at, act) = (world.now, act.clone());
        account.apply(&mydata::operator::Event { at, act, fact });
    }
    assert_eq!(account.lifecycle(), state);
    account
}

/// Who can give a command with success in its own world.
fn giver(world: &mut World, command: &Command) -> mydata::operator::Act {
    let service = |name: &str| Capacity::Service(ServiceId::parse(name).unwrap());
    let capacities = [
        Capacity::Owner,
        Capacity::Operator,
        Capacity::System,
        service("source"),
        service("sink"),
    ];
    let acts = capacities.map(|capacity| world.act(capacity));
    let can = |act: &mydata::operator::Act| {
        let tried = world.try_decide(act, command);
        !matches!(tried, Err(rejection) if rejection.code() == "capacity_not_allowed")
            && tried.is_ok()
    };
    // A change without a signature is the operator's for some reasons and the owner's for others.
    acts.into_iter().find(can).unwrap()
}

//= AC-13, AC-16, AC-19, AC-27, AC-28 test
/// What an account in each state has room for, whoever asks: the state decides after the capacity
/// and before everything else.
#[test]
fn what_each_state_allows() {
    let mut rows = Vec::new();
    for (name, mut world, command) in commands() {
        let act = giver(&mut world, &command);
        let mut row = vec![name.to_owned()];
        for state in Lifecycle::ALL {
            let own = world.account.lifecycle() == state;
            let account = if own {
                world.account.clone()
            } else {
                in_state(&world, state)
            };
            let decided = world.with_env(|_, env| account.decide(&act, &command, env));
            let outcome = match &decided {
                Ok(decision) => {
                    let is_export = matches!(decision.reply, Reply::Export(_));
                    assert!(!is_export || state != Lifecycle::Created);
                    let ended = decision.to_person.contains(&ToPerson::Ended);
                    if ended { "done, ends" } else { "done" }
                }
                Err(rejection) => rejection.code(),
            };
            row.push(outcome.to_owned());
        }
        rows.push(row);
    }
    let heads = ["command", "Created", "Active", "Closing", "Ended", "Erased"];
    let title = "What an account in each state allows";
    agree("account-commands.md", title, &heads, &rows);
}

/// P32, P33, SL-26, CN-25: the capacity decides first, and what it lets through the rules may still
/// refuse. A service acts about what is its own; of its own link only.
//= SL-26 test
#[test]
fn who_may_ask_for_what() {
    let capacity = |name: &str| Capacity::Service(ServiceId::parse(name).unwrap());
    let capacities = [
        Capacity::Owner,
        Capacity::Representative,
        Capacity::Operator,
        capacity("source"),
        capacity("sink"),
        Capacity::System,
    ];
    let mut rows = Vec::new();
    for (name, mut world, command) in commands() {
        let mut row = vec![name.to_owned()];
        for capacity in &capacities {
            let act = world.act(capacity.clone());
            let outcome = match world.try_decide(&act, &command) {
                Ok(_) => "done".to_owned(),
                Err(rejection) => rejection.code().to_owned(),
            };
            row.push(outcome);
        }
        rows.push(row);
    }
    let heads = [
        "command",
        "owner",
        "representative",
        "operator",
        "its service (source)",
        "another service (sink)",
        "system",
    ];
    agree("capacities.md", "Who may ask for what", &heads, &rows);

    // No kind of capacity is left out.
    for capacity in capacities {
        match capacity {
            Capacity::Owner
            | Capacity::Representative
            | Capacity::Operator
            | Capacity::Service(_)
            | Capacity::System => {}
        }
    }
}

/// C55, DT-20: the same question with numbers.
//= DT-20 test
#[test]
fn reuse_of_a_token() {
    let policy = mydata::token::policy::TokenPolicy::default();
    let iat = Timestamp::from_seconds(10_000).unwrap();
    let exp = iat.plus(policy.lifetime());
    let row = |age: u32| {
        let again = policy.reusable(exp, iat, iat.plus(Seconds::new(age)));
        vec![age.to_string(), yes(again)]
    };
    let rows: Vec<_> = [0, 1, 269, 270, 271, 299, 300, 301].map(row).into();
    let heads = ["age of the token in seconds", "given again"];
    let title = "Reuse of a token of five minutes";
    agree("token-reuse.md", title, &heads, &rows);
}

//= FW-19 test
#[test]
fn registry_states() {
    let mut rows = Vec::new();
    for state in State::ALL {
        for change in Change::ALL {
            let after = state.after(change).map_or("—".to_owned(), text);
            rows.push(vec![text(state), text(change), after]);
        }
    }
    let heads = ["state", "change", "next state"];
    let title = "States of a registration";
    agree("registry-states.md", title, &heads, &rows);
}

/// A profile, and what its description cannot do without: each part is taken away in turn.
//= FW-15, FW-53, FW-58 test
#[test]
fn what_a_profile_needs() {
    let remove = |at: &'static str, name: &'static str| {
        move |value: &mut Value| {
            let object = value.pointer_mut(at).and_then(Value::as_object_mut);
            object.unwrap().remove(name);
        }
    };
    let urls = "/serviceDescription/serviceUrls";
    type Part = (&'static str, Box<dyn Fn(&mut Value)>);
    let parts: [Part; 6] = [
        ("dataDescription", Box::new(remove("", "dataDescription"))),
        ("processingBases", Box::new(remove("", "processingBases"))),
        (
            "processingBases.consent",
            Box::new(remove("/processingBases", "consent")),
        ),
        ("notifications", Box::new(remove("", "notifications"))),
        ("objectionUri", Box::new(remove(urls, "objectionUri"))),
        ("notificationUri", Box::new(remove(urls, "notificationUri"))),
    ];
    let check = |value: &Value| {
        let policy = Policy::default();
        match ServiceDescription::from_json(value.to_string().as_bytes(), &policy) {
            Ok(_) => "—".to_owned(),
            Err(DescriptionError::Rules(faults)) => {
                format!("`{}`", faults.first().unwrap().refusal.code())
            }
            Err(other) => format!("`{}`", other.code()),
        }
    };
    let mut whole = descriptions::sink();
    let names: Value = ["fi", "sv", "en"]
        .map(|language| json!({ "language": language, "name": "Results" }))
        .into_iter()
        .collect();
    *whole.pointer_mut(urls).unwrap() = json!({
        "domain": "https://sink.example", "libraryDomain": "https://sink.example",
        "linkingUri": "/link", "linkingRedirectUri": "/linked",
        "objectionUri": "/objections", "notificationUri": "/notifications"
    });
    let members = whole.as_object_mut().unwrap();
    members.insert(
        "notifications".to_owned(),
        json!([{ "id": "results", "description": names }]),
    );
    let profiles = [
        "contract",
        "consenting",
        "3rd party re-use",
        "notification",
        "objection",
    ];
    let mut rows = Vec::new();
    for profile in profiles {
        let supported = whole.pointer_mut("/serviceDescription/supportedProfiles");
        *supported.unwrap() = json!([profile]);
        assert_eq!(check(&whole), "—", "free to choose: {profile} alone");
        let mut row = vec![profile.to_owned()];
        for (_, without) in &parts {
            let mut value = whole.clone();
            without(&mut value);
            row.push(check(&value));
        }
        rows.push(row);
    }
    let mut heads = vec!["profile, alone"];
    heads.extend(parts.iter().map(|(name, _)| *name));
    let title = "What a profile needs: the refusal without each part";
    agree("profiles.md", title, &heads, &rows);
}
