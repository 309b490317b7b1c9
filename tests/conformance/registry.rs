//! The service registry: registration, versions, keys, search (Service Descriptions 2.0 §4, Framework
//! 2.0 §5).
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a JSON object takes a member by its name, and a test that cannot be made fails"
)]

use crate::support::{envelope, new_key, pair_for, refused};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ActorId, DescriptionVersion, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::Payload;
use mydata::core::time::Timestamp;
use mydata::keys::PrivateKey;
use mydata::operator::{Capacity as OperatorCapacity, Command as OperatorCommand, Registered};
use mydata::record::description::{
    Found, Issued, Policy, Published, Service, Trust, well_known::Lookup,
};
use mydata::registry::{
    Act, Capacity, Command, Effect, Event, Fact, Linking, Links, Registry, RegistryRefusal, State,
};
use mydata_chosen::Chosen;
use mydata_conformance::{World, descriptions};
use serde_json::{Value, json};
use std::sync::Arc;

/// A registry with what has happened to it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Desk {
    pub(crate) registry: Registry,
    pub(crate) log: Vec<Event>,
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_736_236_800 + seconds).unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::parse(name).unwrap()
}

pub(crate) fn id(name: &str) -> ServiceId {
    ServiceId::parse(name).unwrap()
}

pub(crate) fn staff() -> Act {
    Act {
        actor: actor("staff-1"),
        capacity: Capacity::Staff,
    }
}

pub(crate) fn registrant(name: &str) -> Act {
    Act {
        actor: actor(name),
        capacity: Capacity::Registrant,
    }
}

pub(crate) fn one(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

/// A description as it is read from octets, from the service's own location or not.
pub(crate) fn found(value: &Value, keys: Option<&KeySet>, at: Option<&str>) -> Found<Service> {
    let octets = value.to_string();
    let published = match at {
        Some(origin) => Lookup::at(&mydata::core::resource::Origin::parse(origin).unwrap())
            .found(octets.as_bytes()),
        None => Published::read(octets.as_bytes()),
    };
    let policy = Policy::default();
    let trust = Trust {
        of: None,
        keys,
        must_be_signed: false,
        policy: &policy,
        crypto: &Chosen,
    };
    published.unwrap().check(&trust).unwrap()
}

pub(crate) fn obtain(name: &str, by: &str, keys: KeySet) -> Command {
    Command::Obtain {
        service_id: id(name),
        registrant: actor(by),
        keys,
    }
}

pub(crate) fn describe(value: &Value) -> Command {
    Command::Describe {
        description: Box::new(found(value, None, None)),
    }
}

fn signed(value: &Value, key: &PrivateKey) -> Command {
    let envelope = envelope(value, Service::TYP, key);
    Command::Describe {
        description: Box::new(found(&envelope, Some(&one(key)), None)),
    }
}

pub(crate) fn vouch(name: &str) -> Command {
    let service_id = id(name);
    Command::Vouch { service_id }
}

fn retire(name: &str, links: Links) -> Command {
    let service_id = id(name);
    Command::Retire { service_id, links }
}

fn reopen(name: &str) -> Command {
    let service_id = id(name);
    Command::Reopen { service_id }
}

fn rotate(name: &str, keys: KeySet) -> Command {
    let service_id = id(name);
    Command::RotateKeys { service_id, keys }
}

/// The description with another version, and something else besides.
fn version(mut value: Value, version: &str) -> Value {
    value["serviceDescription"]["serviceDescriptionVersion"] = json!(version);
    value["serviceDescription"]["serviceDescriptionTitle"] = json!(format!("Title {version}"));
    value
}

impl Desk {
    /// Decides, stores, applies.
    pub(crate) fn act(
        &mut self,
        act: &Act,
        command: &Command,
    ) -> Result<Vec<Effect>, RegistryRefusal> {
        let now = at(self.registry.version());
        let before = self.registry.clone();
        let decision = self.registry.decide(act, command, now);
        assert_eq!(self.registry, before, "to decide changes nothing");
        let decision = decision?;
        for event in &decision.events {
            self.registry.apply(event);
        }
        self.log.extend(decision.events.iter().cloned());
        assert_eq!(Registry::new().replay(&self.log), self.registry);
        Ok(decision.effects)
    }

    fn code(&mut self, act: &Act, command: &Command) -> &'static str {
        match self.act(act, command) {
            Ok(effects) => panic!("accepted: {effects:?}"),
            Err(refusal) => refusal.code(),
        }
    }

    /// Registers by staff: all three steps.
    pub(crate) fn open(&mut self, value: &Value, keys: KeySet) {
        let name = value["serviceId"].as_str().unwrap();
        self.act(&staff(), &obtain(name, "registrant-1", keys))
            .unwrap();
        self.act(&staff(), &describe(value)).unwrap();
        self.act(&staff(), &vouch(name)).unwrap();
    }
}

/// Source and sink of the test world, open; their keys.
pub(crate) fn both() -> (Desk, PrivateKey, PrivateKey) {
    let mut desk = Desk::default();
    let (source, sink) = (new_key("source-1"), new_key("sink-1"));
    desk.open(&descriptions::source(), one(&source));
    desk.open(&descriptions::sink(), one(&sink));
    (desk, source, sink)
}

/// Id, description, endpoints: in this order, and the service is open after the third step only.
//= FW-19, FW-12, FW-07, SD-05, SD-33 test
#[test]
fn a_service_is_registered_in_three_steps() {
    let (mut desk, me, key) = (Desk::default(), registrant("r-1"), new_key("sink-1"));
    let sink = id("sink");
    let state = |desk: &Desk| desk.registry.service(&sink).map(|entry| entry.state());
    let linkable = |desk: &Desk| desk.registry.linkable(&sink).err().map(|r| r.code());
    assert_eq!(linkable(&desk), Some("registry_service_unknown"));
    let link = |at: &str| Command::LinkEndpoints {
        found: Box::new(found(&descriptions::sink(), None, Some(at))),
    };
    let step_3 = link("https://sink.example");
    for command in [
        &describe(&descriptions::sink()),
        &step_3,
        &retire("sink", Links::End),
    ] {
        assert_eq!(desk.code(&me, command), "registry_service_unknown");
    }

    desk.act(&me, &obtain("sink", "r-1", one(&key))).unwrap();
    assert_eq!(state(&desk), Some(State::Obtained));
    assert_eq!(linkable(&desk), Some("registry_state"));
    assert_eq!(desk.code(&me, &step_3), "registry_state");
    assert_eq!(
        desk.code(&me, &retire("sink", Links::End)),
        "registry_state"
    );

    // The id is given away once: to nobody else, and to nobody twice.
    for (act, by) in [(&me, "r-1"), (&registrant("r-2"), "r-2"), (&staff(), "r-2")] {
        let again = obtain("sink", by, one(&new_key("another")));
        assert_eq!(desk.code(act, &again), "registry_id_taken");
    }

    desk.act(&me, &describe(&descriptions::sink())).unwrap();
    assert_eq!(state(&desk), Some(State::Described));
    assert_eq!(linkable(&desk), Some("registry_state"));
    assert_eq!(desk.registry.search(&Default::default()).total, 0);

    desk.act(&me, &step_3).unwrap();
    let last = desk.log.last().map(|event| &event.fact);
    assert_eq!(last, Some(&Fact::Linked { by: Linking::Found }));
    assert_eq!((state(&desk), linkable(&desk)), (Some(State::Linked), None));
    assert_eq!(desk.registry.search(&Default::default()).total, 1);
    assert_eq!(desk.code(&me, &step_3), "registry_state");
}

/// Step 3 takes the present description, found where it says that it is, or the word of staff.
//= FW-19, FW-13 test
#[test]
fn endpoints_are_linked_by_evidence_or_by_staff() {
    let (mut desk, me, key) = (Desk::default(), registrant("r-1"), new_key("sink-1"));
    desk.act(&me, &obtain("sink", "r-1", one(&key))).unwrap();
    desk.act(&me, &describe(&descriptions::sink())).unwrap();
    let link = |found: Found<Service>| Command::LinkEndpoints {
        found: Box::new(found),
    };
    let at = Some("https://sink.example");
    let not_fetched = found(&descriptions::sink(), None, None);
    let newer = found(&version(descriptions::sink(), "2.0.0"), None, at);
    let envelope = envelope(&descriptions::sink(), Service::TYP, &key);
    let otherwise_signed = found(&envelope, Some(&one(&key)), at);
    for other in [not_fetched, newer, otherwise_signed] {
        assert_eq!(desk.code(&me, &link(other)), "registry_evidence_other");
    }
    assert_eq!(
        desk.code(&me, &vouch("sink")),
        "registry_capacity_not_allowed"
    );
    desk.clone().act(&staff(), &vouch("sink")).unwrap();

    // The creation log that the registry wrote itself does not stand in the way, and nor does
    // another that the service publishes.
    let mut elsewhere = descriptions::sink();
    elsewhere["createdByUserId"] = json!("the service itself");
    desk.clone()
        .act(&me, &link(found(&elsewhere, None, at)))
        .unwrap();

    // Who names two origins shows both, which one place cannot: staff vouches.
    let mut two = version(descriptions::sink(), "1.1.0");
    two["serviceDescription"]["serviceUrls"]["libraryDomain"] = json!("https://victim.example");
    desk.act(&me, &describe(&two)).unwrap();
    let evidence = link(found(&two, None, at));
    assert_eq!(desk.code(&me, &evidence), "registry_evidence_other");
    desk.act(&staff(), &vouch("sink")).unwrap();
    assert!(desk.registry.linkable(&id("sink")).is_ok());

    // Who moves is linked again before it is open again.
    let mut moved = version(descriptions::sink(), "1.2.0");
    for name in ["domain", "libraryDomain"] {
        moved["serviceDescription"]["serviceUrls"][name] = json!("https://new.example");
    }
    desk.act(&me, &describe(&moved)).unwrap();
    assert!(!desk.registry.service(&id("sink")).unwrap().is_open());
    desk.act(&me, &link(found(&moved, None, Some("https://new.example"))))
        .unwrap();
    assert!(desk.registry.service(&id("sink")).unwrap().is_open());
}

/// Only whoever registered a service, and staff, act on it.
#[test]
fn a_service_is_its_registrants() {
    let (desk, ..) = both();
    let (me, other) = (registrant("registrant-1"), registrant("r-2"));
    let newer = version(descriptions::sink(), "2.0.0");
    let commands = [
        describe(&newer),
        rotate("sink", one(&new_key("sink-2"))),
        retire("sink", Links::Stay),
    ];
    for command in &commands {
        assert_eq!(
            desk.clone().code(&other, command),
            "registry_not_registrant"
        );
        desk.clone().act(&me, command).unwrap();
        desk.clone().act(&staff(), command).unwrap();
    }
    let mine = obtain("third", "registrant-1", one(&new_key("third-1")));
    assert_eq!(desk.clone().code(&other, &mine), "registry_not_registrant");
}

/// A version names one description for good, and every one that there was can be read.
//= FW-11 test
#[test]
fn what_changes_changes_its_version() {
    let (mut desk, ..) = both();
    let me = registrant("registrant-1");
    let first = descriptions::sink();
    // The same again is no news.
    let effects = desk.act(&me, &describe(&first)).unwrap();
    assert!(effects.is_empty());
    assert_eq!(desk.log.len(), 6, "and no event");
    // Anything else under the same version is refused: every text, and a signature too.
    for (pointer, value) in [
        (
            "/serviceDescription/serviceDescriptionTitle",
            json!("Other"),
        ),
        ("/dataDescription/0/description/0/title", json!("Other")),
        (
            "/processingBases/consent/0/requiredDatasets",
            json!(["a", "b"]),
        ),
        (
            "/serviceDescription/serviceUrls/linkingUri",
            json!("/other"),
        ),
    ] {
        let mut other = first.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_eq!(desk.code(&me, &describe(&other)), "registry_version_reused");
    }
    let second = version(first.clone(), "1.1.0");
    desk.act(&me, &describe(&second)).unwrap();
    // And the first does not come back, not even as it was.
    assert_eq!(desk.code(&me, &describe(&first)), "registry_version_reused");
    let entry = desk.registry.service(&id("sink")).unwrap();
    assert!(
        entry.is_open(),
        "a version that stays where it was is open at once"
    );
    let edition = |version: &str| entry.edition(&DescriptionVersion::parse(version).unwrap());
    let title = |version| {
        let about = &edition(version).unwrap().description.service_description;
        about.service_description_title.clone()
    };
    assert_eq!(
        (title("1.0.0"), title("1.1.0")),
        ("sink".to_owned(), "Title 1.1.0".to_owned())
    );
    assert!(edition("9").is_none());
    assert_eq!(entry.editions().count(), 2);
    assert_eq!(
        entry
            .description()
            .unwrap()
            .service_description
            .service_description_title,
        "Title 1.1.0"
    );
}

/// The registry writes when a description came and who brought it; what a service has signed stays as
/// it was signed, and the registry keeps its own log beside it.
//= SD-07 test
#[test]
fn a_registration_leaves_its_mark() {
    let (desk, ..) = both();
    let entry = desk.registry.service(&id("sink")).unwrap();
    let present = entry.present().unwrap();
    let description = entry.description().unwrap();
    assert_eq!(description.issued, Issued::At(present.issued));
    assert_eq!(description.created_by_user_id, "staff-1");
    assert_eq!(
        (present.issued, &present.created_by),
        (at(4), &actor("staff-1"))
    );
    let written: Value = serde_json::from_slice(&present.description.to_json()).unwrap();
    assert!(written["issued"].is_u64() && written["createdByUserId"].is_string());

    let (mut desk, key) = (Desk::default(), new_key("sink-1"));
    desk.act(&staff(), &obtain("sink", "r-1", one(&key)))
        .unwrap();
    desk.act(&staff(), &signed(&descriptions::sink(), &key))
        .unwrap();
    let present = desk
        .registry
        .service(&id("sink"))
        .unwrap()
        .present()
        .unwrap();
    assert_eq!(present.description.created_by_user_id, "test");
    assert_eq!(
        (present.issued, &present.created_by),
        (at(1), &actor("staff-1"))
    );
    let served: Value = serde_json::from_slice(&present.description.to_json()).unwrap();
    assert_eq!(served, envelope(&descriptions::sink(), Service::TYP, &key));
}

/// Keys come with the registration and never with a description.
//= SD-13 test
#[test]
fn keys_are_registered_and_rotated() {
    let (mut desk, me) = (Desk::default(), registrant("r-1"));
    let (old, new) = (new_key("sink-1"), new_key("sink-2"));
    desk.act(&me, &obtain("sink", "r-1", one(&old))).unwrap();
    let stranger = signed(&descriptions::sink(), &new);
    assert_eq!(desk.code(&me, &stranger), "registry_key_not_registered");
    desk.act(&me, &signed(&descriptions::sink(), &old)).unwrap();
    desk.act(&staff(), &vouch("sink")).unwrap();
    // Who has signed once signs for good.
    let newer = version(descriptions::sink(), "1.1.0");
    assert_eq!(
        desk.code(&me, &describe(&newer)),
        "registry_signature_dropped"
    );

    assert_eq!(
        desk.code(&me, &rotate("sink", one(&old))),
        "registry_keys_unchanged"
    );
    let renamed = new_key("sink-1");
    assert_eq!(
        desk.code(&me, &rotate("sink", one(&renamed))),
        "registry_kid_reused"
    );
    // Both for a while: nothing is to be done.
    let both = KeySet::new(vec![old.public().clone(), new.public().clone()]).unwrap();
    let effects = desk.act(&me, &rotate("sink", both)).unwrap();
    assert!(effects.is_empty());
    // Without the one that signed the present description: a new version is due.
    let effects = desk.act(&me, &rotate("sink", one(&new))).unwrap();
    let service_id = id("sink");
    assert_eq!(effects, [Effect::AskNewVersion { service_id }]);
    assert_eq!(
        desk.registry.service(&id("sink")).unwrap().keys(),
        &one(&new)
    );
    let late = signed(&newer, &old);
    assert_eq!(desk.code(&me, &late), "registry_key_not_registered");
    desk.act(&me, &signed(&newer, &new)).unwrap();
    // The old id means the old key for good, and the old key is nobody else's.
    assert_eq!(
        desk.code(&me, &rotate("sink", one(&renamed))),
        "registry_kid_reused"
    );
    for key in [&old, &new] {
        let thief = obtain("other", "r-2", one(key));
        assert_eq!(
            desk.code(&registrant("r-2"), &thief),
            "registry_key_of_another"
        );
    }
    assert_eq!(
        desk.registry
            .service(&id("sink"))
            .unwrap()
            .history()
            .keys()
            .count(),
        2
    );
}

/// A service that is retired is closed and no longer found; what was written about it is still read.
#[test]
fn a_service_is_retired_and_comes_back() {
    let (mut desk, ..) = both();
    let me = registrant("registrant-1");
    let mut naming = version(descriptions::source(), "1.1.0");
    naming["serviceDescription"]["compatibleServices"] = json!(["sink"]);
    desk.act(&me, &describe(&naming)).unwrap();

    // Suspended by staff: closed, and the links stay.
    let effects = desk.act(&staff(), &retire("sink", Links::Stay)).unwrap();
    let service_id = id("sink");
    assert_eq!(effects, [Effect::Close { service_id }]);
    let linkable = |desk: &Desk| desk.registry.linkable(&id("sink")).err().map(|r| r.code());
    assert_eq!(linkable(&desk), Some("registry_retired"));
    assert_eq!(desk.registry.search(&Default::default()).total, 1);
    assert!(
        desk.registry
            .service(&id("sink"))
            .unwrap()
            .description()
            .is_some()
    );
    let newer = version(descriptions::sink(), "1.1.0");
    assert_eq!(desk.code(&me, &describe(&newer)), "registry_retired");
    assert_eq!(desk.code(&staff(), &vouch("sink")), "registry_retired");
    assert_eq!(
        desk.code(&me, &retire("sink", Links::Stay)),
        "registry_retired"
    );

    // Then deregistered: what the operators do is said, and who names it is told.
    let effects = desk.act(&me, &retire("sink", Links::End)).unwrap();
    let (service_id, left) = (id("sink"), id("sink"));
    let actor = me.actor.clone();
    let services = vec![id("source")];
    let expected = [
        Effect::Deregister { service_id, actor },
        Effect::Inform { left, services },
    ];
    assert_eq!(effects, expected);
    assert_eq!(
        desk.code(&me, &retire("sink", Links::End)),
        "registry_retired"
    );

    // Staff closed it, and only staff opens it; then the endpoints are linked again.
    assert_eq!(desk.code(&me, &reopen("sink")), "registry_retired_by_staff");
    desk.act(&staff(), &reopen("sink")).unwrap();
    assert_eq!(linkable(&desk), Some("registry_state"));
    assert_eq!(desk.code(&staff(), &reopen("sink")), "registry_state");
    desk.act(&me, &describe(&newer)).unwrap();
    desk.act(&staff(), &vouch("sink")).unwrap();
    assert_eq!(linkable(&desk), None);

    // Who leaves by himself comes back by himself; the id stays taken.
    desk.act(&me, &retire("sink", Links::End)).unwrap();
    let again = obtain("sink", "registrant-1", one(&new_key("sink-9")));
    assert_eq!(desk.code(&me, &again), "registry_id_taken");
    // Whom staff is looking into does not get ahead of it by leaving.
    let mut held = desk.clone();
    held.act(&staff(), &retire("sink", Links::End)).unwrap();
    assert_eq!(held.code(&me, &reopen("sink")), "registry_retired_by_staff");
    desk.act(&me, &reopen("sink")).unwrap();
}

/// A description sends people, messages and requests to more places than its two origins: each of
/// them is shown, or vouched for.
//= FW-19 test
#[test]
fn no_address_is_somebody_elses() {
    let (mut desk, me, key) = (Desk::default(), registrant("r-1"), new_key("sink-1"));
    desk.act(&me, &obtain("sink", "r-1", one(&key))).unwrap();
    desk.act(&me, &describe(&descriptions::sink())).unwrap();
    desk.act(&staff(), &vouch("sink")).unwrap();
    let link = |value: &Value| Command::LinkEndpoints {
        found: Box::new(found(value, None, Some("https://sink.example"))),
    };
    let members = [
        "linkingUri",
        "linkingRedirectUri",
        "objectionUri",
        "notificationUri",
    ];
    for (n, member) in members.into_iter().enumerate() {
        let mut astray = version(descriptions::sink(), &format!("2.{n}.0"));
        let urls = &mut astray["serviceDescription"]["serviceUrls"];
        urls[member] = json!("https://victim.example/page");
        let mut desk = desk.clone();
        desk.act(&me, &describe(&astray)).unwrap();
        assert!(
            !desk.registry.service(&id("sink")).unwrap().is_open(),
            "{member}"
        );
        assert_eq!(
            desk.code(&me, &link(&astray)),
            "registry_evidence_other",
            "{member}"
        );
    }
}

/// The registry and the service's own location give the same.
//= SD-34, SD-03 test
#[test]
fn a_description_is_the_same_wherever_it_is_found() {
    let (desk, ..) = both();
    let entry = desk.registry.service(&id("sink")).unwrap();
    let served = entry.present().unwrap().description.to_json();
    let value: Value = serde_json::from_slice(&served).unwrap();
    let own = found(&value, None, Some("https://sink.example"));
    assert_eq!(own.description(), entry.description().unwrap());
}

/// What an operator takes from the registry, in one line.
fn registered(desk: &Desk, name: &str) -> Arc<Registered> {
    let entry = desk.registry.service(&id(name)).unwrap();
    let registered = Registered::new(
        entry.description().unwrap().clone(),
        entry.history().clone(),
    );
    Arc::new(if entry.is_open() {
        registered
    } else {
        registered.suspended()
    })
}

/// The operator under a registry: it links what is open, and drafts anew when a description is stale.
//= FW-11, SD-33 test
#[test]
fn an_operator_lives_on_the_registry() {
    let mut world = World::new();
    let mut desk = Desk::default();
    let keys = (one(&world.source.key), one(&world.sink.key));
    desk.open(&descriptions::source(), keys.0);
    desk.open(&descriptions::sink(), keys.1);
    // The registry's clock has gone on: keys sign from their registration.
    world.now = at(60);
    world.source.registered = registered(&desk, "source");
    world.sink.registered = registered(&desk, "sink");
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a"]);
    assert!(world.fetch(&ids.sink, "care", "src/a").is_empty());

    // A new version while a consent is being signed: what was shown is stale.
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    desk.act(&staff(), &describe(&version(descriptions::sink(), "1.1.0")))
        .unwrap();
    crate::support::pair(&mut command).sink_service = registered(&desk, "sink");
    let code = refused(&mut world, OperatorCapacity::Owner, &command);
    assert_eq!(code, "description_stale");

    // Closed there is closed here.
    desk.act(&staff(), &retire("sink", Links::Stay)).unwrap();
    let mut other = World::new();
    let command = OperatorCommand::StartLinking {
        service: registered(&desk, "sink"),
        surrogate_id: None,
    };
    let code = refused(&mut other, OperatorCapacity::Owner, &command);
    assert_eq!(code, "service_suspended");
}
