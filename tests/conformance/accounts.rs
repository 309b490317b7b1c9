//! The life of an account (Account 2.0 §3.1): creation, activation, deletion, and what is logged.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::contracts;
use crate::support::{
    as_service, change, code_of, consented, linked, new_key, pair_for, refused, removal, signed,
};
use mydata::account::{
    Contact, ContactKind, ContactText, Credentials, Date, Directory, Email, LogEntry, Name,
    Password, PasswordHash, Registration, RegistrationRefusal, Retention, Setting, Submitted,
    Username,
};
use mydata::core::id::{AccountId, ServiceId, VerificationCode};
use mydata::core::time::{Seconds, Timestamp};
use mydata::operator::{
    Account, Action, Capacity, Command, Fact, Lifecycle, Proof, Reason, ToPerson, Verification,
    VerifiedBy, Vouching,
};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata::record::link::LinkState;
use mydata::record::standing::Standing;
use mydata_conformance::World;
use mydata_conformance::account::sofia;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn days(world: &mut World, days: u32) {
    world.now = world.now.plus(Seconds::days(days));
}

fn start(world: &World) -> Command {
    Command::StartLinking {
        service: world.source.registered.clone(),
        surrogate_id: None,
    }
}

fn form() -> Value {
    json!({ "data": { "type": "Account", "attributes": {
        "username": "sofia.lind", "password": "kolme hevosta ja vene",
        "firstname": "Sofia", "lastname": "Lind", "email": "sofia@post.example",
        "x_mydata": { "natural_person": true, "date_of_birth": "1988-02-29" },
    } } })
}

fn faults(form: &Value) -> Vec<(&'static str, &'static str)> {
    let submitted = Submitted::read(form.to_string().as_bytes()).unwrap();
    match Registration::check(submitted, &|password| password == "hyvää huomenta") {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|f| (f.member, f.code())).collect(),
    }
}

//= AC-09, AC-10 test
#[test]
fn a_registration_is_checked_and_every_fault_told_at_once() {
    assert_eq!(faults(&form()), []);
    let wrong = json!({ "data": { "type": "Account", "attributes": {
        "username": "s l", "password": "short", "firstname": "", "lastname": "Li\u{7}nd",
        "email": "nowhere", "x_mydata": { "natural_person": false, "date_of_birth": "1987-02-29" },
    } } });
    assert_eq!(
        faults(&wrong),
        [
            ("username", "registration_username_invalid"),
            ("password", "registration_password_short"),
            ("firstname", "registration_name_invalid"),
            ("lastname", "registration_name_invalid"),
            ("email", "registration_email_invalid"),
            ("natural_person", "registration_not_natural_person"),
            ("date_of_birth", "registration_date_invalid"),
        ]
    );
    // Each fault by itself, and the form is refused for it alone.
    for (member, value) in [
        ("username", "x"),
        ("firstname", " Sofia"),
        ("lastname", "\n"),
        ("email", "@post.example"),
    ] {
        let mut one = form();
        one["data"]["attributes"][member] = value.into();
        assert_eq!(faults(&one).len(), 1, "{member}");
    }
}

//= AC-10 test
#[test]
fn a_registration_of_another_shape_is_not_read() {
    let code = |form: &Value| {
        let read = Submitted::read(form.to_string().as_bytes());
        read.map(drop).map_err(|fault| fault.code())
    };
    for member in ["username", "password", "firstname", "lastname", "email"] {
        let mut without = form();
        let attributes = without["data"]["attributes"].as_object_mut().unwrap();
        attributes.remove(member);
        assert_eq!(code(&without), Err("json_missing_member"), "{member}");
    }
    let mut other = form();
    other["data"]["type"] = "Service".into();
    assert_eq!(code(&other), Err("json_shape"));
    let mut number = form();
    number["data"]["attributes"]["username"] = 7.into();
    assert_eq!(code(&number), Err("json_shape"));
}

//= AC-10 test
/// Length counts, in characters of any script; what everybody tries first does not pass.
#[test]
fn passwords_have_bounds_and_no_recipe() {
    let with = |password: &str| {
        let mut form = form();
        form["data"]["attributes"]["password"] = password.into();
        faults(&form).first().map(|(_, code)| *code)
    };
    assert_eq!(with("elevenchars"), Some("registration_password_short"));
    assert_eq!(with("twelve chars"), None);
    assert_eq!(with("ääkköset ok "), None);
    assert_eq!(with(&"å".repeat(128)), None);
    assert_eq!(with(&"å".repeat(129)), Some("registration_password_long"));
    assert_eq!(with("hyvää huomenta"), Some("registration_password_known"));
    assert_eq!(
        with("SOFIA.LIND 123"),
        Some("registration_password_personal")
    );
    let password = Password::new("kolme hevosta ja vene");
    assert_eq!(format!("{password:?}"), "Password(redacted)");
    assert_eq!(password.expose(), "kolme hevosta ja vene");
    assert_eq!(RegistrationRefusal::ALL.len(), 9);
}

//= AC-10 test
#[test]
fn a_date_is_a_day_of_the_calendar() {
    for day in [
        "1988-02-29",
        "2000-02-29",
        "1969-12-31",
        "1804-02-29",
        "2025-04-30",
    ] {
        assert!(Date::parse(day).is_some(), "{day}");
    }
    for day in [
        "1900-02-29",
        "2025-02-29",
        "2025-04-31",
        "2025-13-01",
        "2025-00-10",
        "2025-01-00",
        "1799-12-31",
        "88-02-29",
        "2025-1-01",
        "+025-01-01",
        "2025-01-01-",
        "2025-01-1x",
    ] {
        assert!(Date::parse(day).is_none(), "{day}");
    }
}

//= AC-11 test
#[test]
fn a_username_is_taken_once() {
    let account = |id: &str| AccountId::parse(id).unwrap();
    let name = |name: &str| Username::parse(name).unwrap();
    let mut directory = Directory::new();
    let claim = directory
        .claim(&name("sofia.lind"), &account("a-1"))
        .unwrap();
    // Both saw that it was free; the first holds.
    let late = directory
        .claim(&name("Sofia.Lind"), &account("a-2"))
        .unwrap();
    directory.apply(&claim);
    directory.apply(&late);
    assert_eq!(
        directory.account(&name("SOFIA.LIND")),
        Some(&account("a-1"))
    );
    let taken = directory.claim(&name("sofia.LIND"), &account("a-2"));
    assert_eq!(taken.unwrap_err().code(), "username_taken");
    assert!(
        directory
            .claim(&name("sofia.lind"), &account("a-1"))
            .is_ok()
    );
    //= AC-26 test
    directory.release(&account("a-1"));
    assert!(
        directory
            .claim(&name("sofia.lind"), &account("a-2"))
            .is_ok()
    );
    assert_eq!(directory, Directory::new());
}

//= AC-05, AC-15, AC-46, AC-47, AC-48 test
#[test]
fn a_person_has_a_local_identity_and_else_what_they_have_given() {
    let submitted = Submitted::read(form().to_string().as_bytes()).unwrap();
    let registration = Registration::check(submitted, &|_| false).unwrap();
    assert_eq!(registration.password.expose(), "kolme hevosta ja vene");
    let mut profile = registration.with_hash(PasswordHash::new("$argon2id$…"));
    let Credentials {
        username,
        password,
        identities,
        ..
    } = &profile.credentials;
    assert_eq!(username.expose(), "sofia.lind");
    assert_eq!(password.as_ref().unwrap().expose(), "$argon2id$…");
    assert!(identities.is_empty());
    // What nobody has given does not stand there, not even as nothing.
    profile.info.x_mydata.date_of_birth = None;
    let written = serde_json::to_value(&profile.info).unwrap();
    let least = json!({ "firstname": "Sofia", "lastname": "Lind",
        "x_mydata": { "email": "sofia@post.example" } });
    assert_eq!(written, least);
    // And what is given comes back.
    let full = sofia();
    assert_eq!(full.credentials.identities.len(), 1);
    let written = serde_json::to_value(&full.info).unwrap();
    assert_eq!(
        serde_json::from_value::<mydata::account::AccountInfo>(written).unwrap(),
        full.info
    );
    let long = "x".repeat(1001);
    assert!(Setting::parse(&long).is_none() && ContactText::parse("").is_none());
    assert!(Email::parse("a@b").is_some() && Name::parse("Ö").is_some());
    let post = Contact {
        kind: ContactKind::Post,
        value: ContactText::parse("Gata 1").unwrap(),
    };
    assert_eq!(
        format!("{post:?}"),
        "Contact { kind: Post, value: ContactText(redacted) }"
    );
}

//= AC-12, AC-13 test
#[test]
fn nothing_can_be_done_before_the_activation() {
    let mut world = World::created();
    assert_eq!(world.account.lifecycle(), Lifecycle::Created);
    let start = start(&world);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &start),
        "account_not_activated"
    );
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::Export),
        "account_not_activated"
    );
    let ask = Command::AskVerification {
        what: Verification::Deletion,
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &ask),
        "account_not_activated"
    );

    // The code goes to the person and into no event.
    let code = world.ask(Verification::Activation).unwrap();
    assert!(matches!(world.letters.as_slice(),
        [ToPerson::Verify { what: Verification::Activation, expires, .. }]
            if *expires == world.now.plus(Seconds::minutes(60))));
    assert_eq!(world.log.len(), 1);
    world.confirm(Verification::Activation, &code).unwrap();
    assert_eq!(world.account.lifecycle(), Lifecycle::Active);
    world.command(&world.owner_act(), &start).unwrap();
    let twice = Command::Confirm {
        what: Verification::Activation,
        proof: Proof::Code(code),
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &twice),
        "account_activated"
    );
}

//= AC-06, FW-09, FW-54 test
/// An account is hosted by an operator: it is in the name of that one that everything is done.
#[test]
fn the_account_works_at_the_operator_that_hosts_it() {
    let mut world = World::created();
    world.verified(Verification::Activation).unwrap();
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a"]);
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    for (_, link) in world.account.links() {
        assert_eq!(link.record.operator_id, world.operator_id);
    }
    for (_, consent) in world.account.consents() {
        assert_eq!(consent.terms().operator, world.operator_id);
    }
}

//= AC-07, AC-13 test
#[test]
fn a_code_is_good_once_for_one_matter_and_for_an_hour() {
    let mut world = linked();
    let confirm = |what, code: &VerificationCode| Command::Confirm {
        what,
        proof: Proof::Code(code.clone()),
    };
    let code = world.ask(Verification::Export).unwrap();
    let (export, deletion) = (Verification::Export, Verification::Deletion);
    let owner = || Capacity::Owner;
    assert_eq!(
        refused(&mut world, owner(), &confirm(deletion, &code)),
        "verification_unknown"
    );
    let wrong = VerificationCode::from_random([7; 16]);
    assert_eq!(
        refused(&mut world, owner(), &confirm(export, &wrong)),
        "verification_wrong"
    );
    // A second code makes the first one useless.
    let second = world.ask(Verification::Export).unwrap();
    assert_eq!(
        refused(&mut world, owner(), &confirm(export, &code)),
        "verification_wrong"
    );
    world.wait(3600);
    assert_eq!(
        refused(&mut world, owner(), &confirm(export, &second)),
        "verification_expired"
    );
    let third = world.ask(Verification::Export).unwrap();
    world.wait(3599);
    world.confirm(export, &third).unwrap();
    assert_eq!(
        refused(&mut world, owner(), &confirm(export, &third)),
        "verification_unknown"
    );
    // Nobody else's knowledge of a code is worth anything.
    let code = world.ask(deletion).unwrap();
    for who in [
        Capacity::Representative,
        Capacity::Operator,
        Capacity::System,
        as_service("sink"),
    ] {
        assert_eq!(
            refused(&mut world, who, &confirm(deletion, &code)),
            "capacity_not_allowed"
        );
    }
}

#[test]
fn a_mailbox_is_not_filled() {
    let mut world = linked();
    for _ in 0..5 {
        world.ask(Verification::Export).unwrap();
        world.wait(60);
    }
    let many = Command::AskVerification {
        what: Verification::Deletion,
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &many),
        "verification_many"
    );
    world.wait(3300);
    world.ask(Verification::Deletion).unwrap();
}

//= AC-14, AC-15 test
#[test]
fn the_operator_may_verify_in_a_stricter_way() {
    let mut world = World::created();
    let vouch = |method| Command::Confirm {
        what: Verification::Activation,
        proof: Proof::Vouched(method),
    };
    let vouched = vouch(Vouching::ExternalIdentity);
    for who in [Capacity::Owner, Capacity::Representative, Capacity::System] {
        assert_eq!(refused(&mut world, who, &vouched), "capacity_not_allowed");
    }
    world
        .command(&world.act(Capacity::Operator), &vouched)
        .unwrap();
    assert_eq!(world.account.lifecycle(), Lifecycle::Active);
    let by = VerifiedBy::Vouched(Vouching::ExternalIdentity);
    assert_eq!(world.log.last().unwrap().fact, Fact::Activated { by });
    // One whose person was verified before it was opened needs no more.
    assert_eq!(World::new().account.lifecycle(), Lifecycle::Active);
}

//= AC-13 test
#[test]
fn an_account_that_nobody_activates_ends() {
    let mut world = World::created();
    days(&mut world, 6);
    world.expire();
    assert_eq!(world.account.lifecycle(), Lifecycle::Created);
    let code = world.ask(Verification::Activation).unwrap();
    days(&mut world, 1);
    let late = Command::Confirm {
        what: Verification::Activation,
        proof: Proof::Code(code),
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &late),
        "verification_expired"
    );
    let late = Command::AskVerification {
        what: Verification::Activation,
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &late),
        "verification_expired"
    );
    world.expire();
    assert_eq!(world.account.lifecycle(), Lifecycle::Ended);
}

//= AC-23, AC-24, AC-25, AC-27 test
#[test]
fn a_deletion_is_the_owners_and_begins_when_it_is_verified() {
    let mut world = linked();
    let ask = Command::AskVerification {
        what: Verification::Deletion,
    };
    for who in [
        Capacity::Representative,
        Capacity::Operator,
        Capacity::System,
        as_service("sink"),
    ] {
        assert_eq!(refused(&mut world, who, &ask), "capacity_not_allowed");
    }
    let mut act = world.owner_act();
    act.account = AccountId::parse("account-of-aleksi").unwrap();
    assert_eq!(
        code_of(&mut world, |world| world.command(&act, &ask)),
        "account_mismatch"
    );
    let code = world.ask(Verification::Deletion).unwrap();
    assert_eq!(
        world.account.lifecycle(),
        Lifecycle::Active,
        "asking is not yet doing"
    );
    assert!(matches!(
        world.letters.last(),
        Some(ToPerson::Verify {
            what: Verification::Deletion,
            ..
        })
    ));
    world.confirm(Verification::Deletion, &code).unwrap();
    assert_eq!(world.account.lifecycle(), Lifecycle::Closing);
}

//= AC-28 test
#[test]
fn a_deletion_can_be_undone_and_everything_is_as_it_was() {
    let (mut world, ids) = consented();
    let choice = world.choice("study", &["src/c"]);
    let code = world.ask(Verification::Deletion).unwrap();
    let received = [world.source.received.len(), world.sink.received.len()];
    world.confirm(Verification::Deletion, &code).unwrap();
    let until = world.now.plus(Seconds::days(14));
    assert_eq!(world.letters.last(), Some(&ToPerson::Closing { until }));
    assert_eq!(world.account.ends_at(), Some(until));
    // Nothing new is made, and no service is told.
    let start = start(&world);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &start),
        "account_closing"
    );
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), ["account_closing"]);
    let drafted = code_of(&mut world, |world| world.try_choice("study", &["src/c"]));
    assert_eq!(drafted, "account_closing", "and nothing new is shown");
    let drafted = code_of(&mut world, |world| world.try_pair(&choice));
    assert_eq!(drafted, "account_closing", "nobody signs in vain");
    assert_eq!(
        received,
        [world.source.received.len(), world.sink.received.len()]
    );
    assert_eq!(
        world.account.standing(&ids.sink, world.now),
        Some(Standing::Active)
    );
    days(&mut world, 13);
    world.expire();
    world
        .command(&world.owner_act(), &Command::UndoDeletion)
        .unwrap();
    assert_eq!(world.letters.last(), Some(&ToPerson::Reopened));
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::UndoDeletion),
        "account_not_closing"
    );
    days(&mut world, 7);
    world.expire();
    assert_eq!(
        world.account.lifecycle(),
        Lifecycle::Active,
        "the grace does not run on"
    );
}

//= AC-28 test
#[test]
fn while_it_is_closing_the_owner_may_restrict_and_see() {
    let (mut world, ids) = consented();
    let filing = contracts::filing(&world, "source", "terms", "1");
    let filed = Command::FileContract { filing };
    world.command(&world.owner_act(), &filed).unwrap();
    let choice = world.choice("care", &["src/b"]);
    world.verified(Verification::Deletion).unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let resume = signed(&mut world, &ids.sink, ConsentChange::Reactivate);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &resume),
        "account_closing"
    );
    let drafted = world.try_modification(&ids.sink, &choice).unwrap_err();
    assert_eq!(drafted.code(), "account_closing", "nobody signs in vain");
    world
        .command(&world.owner_act(), &contracts::end("source", "terms"))
        .unwrap();
    world.export();
    let link = crate::support::link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    // And say that it shall be now.
    world.verified(Verification::DeletionAtOnce).unwrap();
    assert_eq!(world.account.lifecycle(), Lifecycle::Ended);
}

//= AC-26, AC-27 test
#[test]
fn after_the_grace_every_link_ends_and_every_service_is_told() {
    let (mut world, ids) = consented();
    world.consent("study", &["src/c"]);
    let filing = contracts::filing(&world, "source", "terms", "1");
    let filed = Command::FileContract { filing };
    world.command(&world.owner_act(), &filed).unwrap();
    world.verified(Verification::Deletion).unwrap();
    days(&mut world, 14);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::UndoDeletion),
        "grace_over"
    );
    world.expire();
    assert_eq!(world.account.lifecycle(), Lifecycle::Ended);
    assert_eq!(world.letters.last(), Some(&ToPerson::Ended));
    assert_eq!(world.account.linkings().count(), 0);
    for (_, link) in world.account.links() {
        assert_eq!(link.chain.state(), LinkState::Removed);
    }
    for (id, consent) in world.account.consents() {
        assert_eq!(consent.chain.state(), ConsentState::Withdrawn);
        assert_eq!(consent.chain.iter().count(), 2, "ended once");
        let side = if consent.source().is_some() {
            &world.sink
        } else {
            &world.source
        };
        let held = side.service.consent(id).unwrap();
        assert!(held.chain == consent.chain, "the service was told");
    }
    assert_eq!(world.account.consents().count(), 4);
    assert!(world.account.proposals().count() > 0);
    assert_eq!(world.account.contracts().count(), 1);
    assert_ne!(
        world.source.service.standing(&ids.source, world.now),
        Some(Standing::Active)
    );

    // Ended: nothing but the erasure.
    let resume = change(&ids.sink, ConsentChange::Withdraw, Reason::OwnerWish);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &resume),
        "account_ended"
    );
    assert_eq!(
        refused(&mut world, Capacity::Owner, &Command::UndoDeletion),
        "account_ended"
    );
    let act = world.act(Capacity::System);
    let decision = world.try_decide(&act, &Command::Erase).unwrap();
    assert!(decision.erase && decision.outbox.is_empty());
    world.commit(&decision);
    assert_eq!(world.account.lifecycle(), Lifecycle::Erased);
    let left = (
        world.account.links().count(),
        world.account.consents().count(),
        world.account.linkings().count(),
        world.account.proposals().count() + world.account.contracts().count(),
    );
    assert_eq!(left, (0, 0, 0, 0));
    assert_eq!(
        refused(&mut world, Capacity::System, &Command::Erase),
        "account_ended"
    );
    assert_eq!(
        refused(&mut world, Capacity::System, &Command::Expire),
        "account_ended"
    );
}

//= AC-26 test
#[test]
fn nothing_is_erased_before_it_has_ended() {
    let mut world = linked();
    for who in [Capacity::Owner, Capacity::Operator] {
        assert_eq!(
            refused(&mut world, who, &Command::Erase),
            "capacity_not_allowed"
        );
    }
    assert_eq!(
        refused(&mut world, Capacity::System, &Command::Erase),
        "account_not_ended"
    );
    world.verified(Verification::Deletion).unwrap();
    assert_eq!(
        refused(&mut world, Capacity::System, &Command::Erase),
        "account_not_ended"
    );
}

//= AC-26 test
/// A service is never left with a link that nobody has ended: where the operator has lost the key,
/// the owner ends that link first.
#[test]
fn an_account_waits_for_a_link_that_the_operator_cannot_end() {
    let (mut world, _) = consented();
    let lost = std::mem::replace(&mut world.status_key, new_key("operator-status-2"));
    let code = world.ask(Verification::Deletion).unwrap();
    let confirm = Command::Confirm {
        what: Verification::Deletion,
        proof: Proof::Code(code.clone()),
    };
    assert_eq!(
        refused(&mut world, Capacity::Owner, &confirm),
        "operator_key_other"
    );
    // Lost during the grace: the timer passes over it, and nothing is half done.
    let second = std::mem::replace(&mut world.status_key, lost);
    world.confirm(Verification::Deletion, &code).unwrap();
    world.status_key = second;
    days(&mut world, 15);
    world.expire();
    assert_eq!(world.account.lifecycle(), Lifecycle::Closing);
    for name in ["source", "sink"] {
        let link = crate::support::link_id(&world, name);
        let draft = world
            .with_env(|account, env| account.draft_removal(&link, env))
            .unwrap();
        let signed = Some(world.by_owner(&draft));
        let command = Command::RemoveLink {
            link_id: link,
            signed,
        };
        world.command(&world.owner_act(), &command).unwrap();
    }
    world.expire();
    assert_eq!(world.account.lifecycle(), Lifecycle::Ended);
}

//= FW-10, AC-43, AC-44, AC-50 test
/// Each thing that changes is one event, with who, what, about what and when; what changes nothing
/// is none.
#[test]
fn each_change_of_state_is_one_event() {
    let mut world = World::created();
    let mut expected = vec![];
    let logged = |world: &World| -> Vec<String> {
        let lines = world.log.iter().map(LogEntry::of);
        lines
            .map(|line| format!("{} {}", line.actor, line.action))
            .collect()
    };
    world.verified(Verification::Activation).unwrap();
    expected.extend(["owner code_sent", "owner account_activated"]);
    let before = (world.account.clone(), world.log.len());
    let start = start(&world);
    world.command(&world.owner_act(), &start).unwrap();
    assert!(before.0 != world.account && before.1 + 1 == world.log.len());
    world.finish_link("source");
    expected.extend([
        "owner linking_started",
        "service/source surrogate_offered",
        "owner link_proposed",
        "service/source link_countersigned",
        "owner link_created",
    ]);
    world.link("sink");
    expected.extend([
        "owner linking_started",
        "service/sink surrogate_offered",
        "owner link_proposed",
        "service/sink link_countersigned",
        "owner link_created",
    ]);
    let ids = world.consent("care", &["src/a"]);
    expected.extend(["owner proposal_shown"]);
    expected.extend(["owner consent_given"; 2]);
    let filing = contracts::filing(&world, "source", "terms", "1");
    let filed = Command::FileContract { filing };
    world
        .command(&world.act(as_service("source")), &filed)
        .unwrap();
    world
        .command(&world.owner_act(), &contracts::end("source", "terms"))
        .unwrap();
    expected.extend(["service/source contract_filed", "owner contract_ended"]);
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    world
        .change(&ids.source, ConsentChange::Reactivate)
        .unwrap();
    expected.extend(["owner consent_paused", "owner consent_resumed"]);
    world.token(&ids.sink).unwrap();
    world.token(&ids.sink).unwrap();
    expected.extend(["service/sink token_issued"]);
    world.export();
    expected.extend([
        "owner code_sent",
        "owner export_opened",
        "owner account_exported",
    ]);
    world.verified(Verification::Deletion).unwrap();
    world
        .command(&world.owner_act(), &Command::UndoDeletion)
        .unwrap();
    expected.extend([
        "owner code_sent",
        "owner deletion_asked",
        "owner deletion_undone",
    ]);
    world.verified(Verification::DeletionAtOnce).unwrap();
    expected.extend(["owner code_sent", "owner deletion_asked"]);
    expected.extend(["owner consent_ended"; 2]);
    expected.extend(["owner link_removed"; 2]);
    expected.extend(["owner account_ended"]);
    world
        .command(&world.act(Capacity::System), &Command::Erase)
        .unwrap();
    expected.extend(["system account_erased"]);
    assert_eq!(logged(&world), expected);
    assert_eq!(world.account.version(), world.log.len() as u64);

    // A refusal and an answer are no events.
    let (mut world, ids) = consented();
    let pair = pair_for(&mut world, "study", &["src/c"]).0;
    let events = world.log.len();
    refused(&mut world, Capacity::Operator, &pair);
    assert!(world.account.standing(&ids.sink, world.now).is_some());
    assert_eq!(world.log.len(), events);
}

//= AC-43, AC-50 test
#[test]
fn a_line_says_who_what_about_what_and_when() {
    let (mut world, ids) = consented();
    world
        .operator_change(&ids.sink, ConsentChange::Withdraw, Reason::LegalOrder)
        .unwrap();
    let line = LogEntry::of(world.log.last().unwrap());
    let expected = json!({
        "actor": "operator", "action": "consent_ended",
        "resource": format!("consent/{}", ids.sink.as_str()),
        "timestamp": "2025-01-07T08:00:00Z",
        "x_mydata": { "reason": "legal_order" },
    });
    assert_eq!(serde_json::to_value(&line).unwrap(), expected);
    // Of a contract, a form and a link: what it was about, and why a link ended.
    let filing = contracts::filing(&world, "source", "terms", "1");
    let filed = Command::FileContract { filing };
    world.command(&world.owner_act(), &filed).unwrap();
    let line = LogEntry::of(world.log.last().unwrap());
    assert_eq!(line.resource, "contract/source/terms");
    let (url, _) = world.account.proposals().next().unwrap();
    let shown = format!("proposal/{url}");
    let mut lines = world.log.iter().map(LogEntry::of);
    assert!(lines.any(|line| line.action == "proposal_shown" && line.resource == shown));
    let service_id = ServiceId::parse("source").unwrap();
    let leave = Command::EndService { service_id };
    world.command(&world.act(Capacity::System), &leave).unwrap();
    let line = serde_json::to_value(LogEntry::of(world.log.last().unwrap())).unwrap();
    assert_eq!(line["action"], "link_removed");
    assert_eq!(line["x_mydata"], json!({ "reason": "service_left" }));
    // The member of staff stays with the operator.
    assert!(!expected.to_string().contains("actor-1"));
    let mut names: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Action::ALL.len());
    let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(names.len(), Reason::ALL.len());
}

//= AC-44, FW-61 test
/// A program that logs questions and failed attempts too has lines for them.
#[test]
fn a_question_and_a_refusal_can_be_logged() {
    use mydata::operator::Resource;
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let refused = world.token(&ids.sink).unwrap_err();
    let (act, about) = (
        world.service_act("sink"),
        Resource::Consent(ids.sink.clone()),
    );
    let line = LogEntry::refused(&act, Action::TokenIssued, &about, refused.code(), world.now);
    let own = line.x_mydata.as_ref().unwrap();
    assert_eq!(own.refused.as_deref(), Some("consent_withdrawn"));
    assert_eq!(
        (line.actor.as_str(), line.action.as_str()),
        ("service/sink", "token_issued")
    );
    let line = LogEntry::viewed(&world.owner_act(), &Resource::Account, world.now);
    assert_eq!(
        (line.action.as_str(), line.resource.as_str()),
        ("viewed", "account")
    );
}

//= AC-45 test
#[test]
fn how_far_back_the_log_is_shown_is_the_operators_to_set() {
    let (mut world, ids) = consented();
    let before = world.log.len();
    days(&mut world, 10);
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let shown = |retention: Retention, now: Timestamp| retention.view(&world.log, now).count();
    assert_eq!(shown(Retention::Whole, world.now), before + 2);
    let week = Retention::For(Seconds::days(7));
    assert_eq!(shown(week, world.now), 2);
    let ten = Retention::For(Seconds::days(10));
    assert_eq!(shown(ten, world.now), before + 2, "the bound is inside");
    // The view forgets; the account does not.
    let keys = world.account.owner_keys().clone();
    let again = Account::open(world.account.id().clone(), keys).replay(&world.log);
    assert!(again == world.account);
}

//= AC-01, AC-02, FW-59, FW-60 test
#[test]
fn a_service_keeps_every_status_that_it_is_sent() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    let link = crate::support::link_id(&world, "source");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let held = world.source.service.consent(&ids.source).unwrap();
    let states: Vec<_> = held
        .chain
        .iter()
        .map(|record| record.consent_status)
        .collect();
    let (active, disabled) = (ConsentState::Active, ConsentState::Disabled);
    assert_eq!(states, [active, disabled, active, ConsentState::Withdrawn]);
    let held = world.source.service.link(&link).unwrap();
    let states: Vec<_> = held.chain.iter().map(|record| record.sl_status).collect();
    assert_eq!(states, [LinkState::Active, LinkState::Removed]);
}

//= AC-03, AC-49 test
#[test]
fn everything_is_in_one_place_with_its_history() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let link = crate::support::link_id(&world, "sink");
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    world.link("sink");
    assert_eq!(
        world.account.links().count(),
        3,
        "the removed one is still there"
    );
    assert_eq!(world.account.consents().count(), 2);
    for (_, link) in world.account.links() {
        assert!(link.chain.iter().count() >= 1);
    }
    for (_, consent) in world.account.consents() {
        assert!(world.account.link(&consent.terms().slr_id).is_some());
        assert_eq!(consent.chain.iter().count(), 2);
    }
    assert!(world.account.consent(&ids.sink).is_some(), "also withdrawn");
}
