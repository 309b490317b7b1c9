//! Commands out of octets, given to the account of the world, with the laws that hold after each.

use crate::consented;
use mydata::core::id::{
    ConsentId, ContractId, ContractVersion, DatasetId, LinkId, PurposeId, ServiceId,
    SubscriptionId, SurrogateId, VerificationCode,
};
use mydata::core::lang::{Language, Texts};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::operator::{
    Account, Act, Capacity, Command, ContractFiling, ContractTitle, Event, Lifecycle, Proof,
    Reason, Rejection, Scope, Verification, Vouching,
};
use mydata::record::consent::ConsentChange;
use mydata::record::objection::Verdict;
use mydata::service::Service;
use mydata_conformance::World;
use mydata_conformance::chance::Counter;
use mydata_conformance::wishes::verdicts;
use mydata_conformance::world::START;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The world with all that a run changes, kept apart to begin the next run with.
struct Stage {
    world: World,
    account: Account,
    log: Vec<Event>,
    source: Service,
    sink: Service,
    random: Counter,
}

/// So many kinds of steps there are.
const KINDS: u8 = 21;

/// Each three octets are one command. Laws: nothing panics; a refused command leaves the account as
/// it was; the account rebuilt from its events is the account; what was delivered is accepted, and
/// operator and service agree about every consent, about what is
/// subscribed to under every active link, and about every objection that was answered.
pub fn run(data: &[u8]) {
    static STAGE: OnceLock<Mutex<Stage>> = OnceLock::new();
    let stage = STAGE.get_or_init(|| Mutex::new(Stage::new()));
    let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
    stage.reset();
    let empty = Account::open(
        stage.world.account.id().clone(),
        stage.world.account.owner_keys().clone(),
    );
    let mut kept = Vec::new();
    for step in data.chunks_exact(3).take(32) {
        let &[kind, a, b] = step else { return };
        let world = &mut stage.world;
        let before = world.account.clone();
        let events = world.log.len();
        match take(world, &mut kept, kind, a, b) {
            Err(rejection) if world.log.len() == events => {
                assert!(!rejection.code().is_empty());
                assert_eq!(world.account, before);
            }
            Err(_) | Ok(()) => assert_eq!(world.log.len() as u64, world.account.version()),
        }
        agree(world);
    }
    assert_eq!(empty.replay(&stage.world.log), stage.world.account);
}

fn take(
    world: &mut World,
    kept: &mut Vec<Command>,
    kind: u8,
    a: u8,
    b: u8,
) -> Result<(), Rejection> {
    let name = if a.is_multiple_of(2) {
        "source"
    } else {
        "sink"
    };
    if world.account.lifecycle() == Lifecycle::Erased {
        return Ok(());
    }
    match kind % KINDS {
        0 => {
            let unit = [1, 60, 3600, 86_400][usize::from(a) % 4];
            world.wait(unit * u32::from(b));
            Ok(())
        }
        1 => {
            let cr_id = consent(world, a);
            let change = ConsentChange::ALL[usize::from(b) % 3];
            let signed = world.signed_change(&cr_id, change)?;
            let command = Command::ChangeConsent {
                cr_id,
                change,
                reason: Reason::OwnerWish,
                signed: Some(signed),
            };
            give(world, kept, capacity(b / 3 % 2), command)
        }
        2 => {
            let command = Command::ChangeConsent {
                cr_id: consent(world, a),
                change: ConsentChange::ALL[usize::from(b) % 3],
                reason: Reason::ALL[usize::from(b / 3) % 9],
                signed: None,
            };
            give(world, kept, capacity(b / 24), command)
        }
        3 => {
            let purpose = ["care", "study", "elsewhere", "own", "duty"][usize::from(a) % 5];
            let all = ["src/a", "src/b", "src/c", "src/x"];
            let some = (0..4).filter(|bit| b >> bit & 1 == 1).map(|bit| all[bit]);
            let choice = world.try_choice(purpose, &some.collect::<Vec<_>>())?;
            let (command, _) = world.try_pair(&choice)?;
            give(world, kept, capacity(a / 5 % 2), command)
        }
        4 => {
            let command = Command::IssueToken {
                cr_id: consent(world, a),
            };
            give(world, kept, capacity(4 + b % 2), command)
        }
        5 => {
            let link_id = link(world, a);
            let signed = match b % 2 {
                0 => None,
                _ => {
                    let draft =
                        world.with_env(|account, env| account.draft_removal(&link_id, env))?;
                    Some(world.by_owner(&draft))
                }
            };
            give(
                world,
                kept,
                capacity(b / 2),
                Command::RemoveLink { link_id, signed },
            )
        }
        6 | 7 => {
            let command = Command::StartLinking {
                service: Arc::clone(&world.side(name).registered),
                surrogate_id: None,
            };
            give(world, &mut Vec::new(), capacity(b / 2), command)?;
            if kind % KINDS == 6 {
                world.finish_link(name);
            }
            Ok(())
        }
        8 => give(world, &mut Vec::new(), capacity(b), Command::Expire),
        10 => {
            let what = Verification::ALL[usize::from(a) % 4];
            let proof = match b % 3 {
                0 => Proof::Code(world.ask(what)?),
                1 => Proof::Code(VerificationCode::from_random([b; 16])),
                _ => Proof::Vouched(Vouching::InPerson),
            };
            let capacity = capacity(if b % 3 == 2 { 2 } else { b / 3 });
            let command = Command::Confirm { what, proof };
            give(world, &mut Vec::new(), capacity, command)
        }
        11 => {
            let command = match a % 3 {
                0 => Command::Export,
                1 => Command::UndoDeletion,
                _ => Command::Erase,
            };
            give(world, &mut Vec::new(), capacity(b), command)
        }
        12 => {
            let datasets: [&[&str]; 2] = [&["src/a"], &["src/a", "src/b"]];
            let choice = world.try_choice("care", datasets[usize::from(b) % 2])?;
            let cr_id = consent(world, a);
            let (command, _) = world.try_modification(&cr_id, &choice)?;
            give(world, kept, capacity(b / 2 % 2), command)
        }
        13 => {
            let service_id = ServiceId::parse(name).unwrap();
            let command = match b / 16 % 3 {
                0 => Command::EndService { service_id },
                1 => Command::SuspendService { service_id },
                _ => Command::ResumeService { service_id },
            };
            give(world, &mut Vec::new(), capacity(b), command)
        }
        14 => {
            let link_id = link(world, a);
            let title = ContractTitle {
                language: Language::SV,
                title: "Avtal".to_owned(),
            };
            let filing = ContractFiling {
                id: ContractId::parse("terms").unwrap(),
                link_id,
                title: Texts::new(vec![title]).unwrap(),
                url: ResourceUrl::parse("https://source.example/contracts/1").unwrap(),
                version: ContractVersion::parse(&format!("v{}", b / 6)).unwrap(),
                sha256: None,
                valid_from: None,
                valid_until: None,
            };
            give(world, kept, capacity(b), Command::FileContract { filing })
        }
        15 => {
            let command = Command::EndContract {
                service_id: ServiceId::parse(name).unwrap(),
                id: ContractId::parse("terms").unwrap(),
            };
            give(world, kept, capacity(b), command)
        }
        16..=19 => wish(world, kept, kind % KINDS, a, b),
        20 => {
            let surrogate_id = link_to_sink(world, a);
            let known = surrogate_id.and_then(|id| newest_subscription(world, &id));
            let Some((surrogate_id, id)) = known else {
                return Ok(());
            };
            let command = Command::ConfirmSubscription { surrogate_id, id };
            give(world, kept, capacity(b), command)
        }
        _ => match kept.get(usize::from(a) % kept.len().max(1)).cloned() {
            Some(command) => give(world, &mut Vec::new(), capacity(b), command),
            None => Ok(()),
        },
    }
}

/// What a person wishes of the sink, and what the sink says to it.
fn wish(
    world: &mut World,
    kept: &mut Vec<Command>,
    kind: u8,
    a: u8,
    b: u8,
) -> Result<(), Rejection> {
    let service = Arc::clone(&world.sink.registered);
    let types: [&[&str]; 4] = [&["news"], &["alerts"], &["-news"], &["news", "-alerts"]];
    let is_linked = world.account.active_link(world.sink.service.id()).is_some();
    match kind {
        16 => {
            let record = world.signed_subscription(types[usize::from(a) % 4])?;
            give(
                world,
                kept,
                capacity(b),
                Command::Subscribe { service, record },
            )
        }
        17 if is_linked => match world.notification(types[usize::from(a) % 2]) {
            Ok(push) => {
                let command = world.told(&push);
                give(world, kept, capacity(b), command)
            }
            Err(_) => Ok(()),
        },
        18 => {
            let purpose = ["survey", "duty", "deal"][usize::from(a) % 3];
            let dataset = ["own", "a", "b", "c"][usize::from(a / 3) % 4];
            let (purpose, dataset) = (
                PurposeId::parse(purpose).unwrap(),
                DatasetId::parse(dataset).unwrap(),
            );
            let scopes = match a / 12 % 3 {
                0 => vec![Scope::Processing(purpose)],
                1 => vec![Scope::Dataset(dataset), Scope::Processing(purpose)],
                _ => vec![Scope::ProcessingOf(purpose, dataset)],
            };
            let record = world.signed_objection(scopes)?;
            give(
                world,
                kept,
                capacity(b),
                Command::Object { service, record },
            )
        }
        19 => {
            let held: Vec<_> = world.sink.service.objections().collect();
            let Some((id, held)) = held.get(usize::from(a) % held.len().max(1)) else {
                return Ok(());
            };
            let (id, mut chosen) = ((*id).clone(), usize::from(b / 6));
            let mut decisions = Vec::new();
            for item in held.request.items() {
                decisions.extend(verdicts(&[item.id.as_str()], Verdict::ALL[chosen % 3]));
                chosen /= 3;
            }
            match world.answer_of_sink(&id, decisions) {
                Ok(answer) => {
                    let command = world.answered(&answer);
                    give(world, kept, capacity(b), command)
                }
                Err(_) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// The surrogate of some link to the sink.
fn link_to_sink(world: &World, number: u8) -> Option<SurrogateId> {
    let links = world.account.links();
    let of_sink = links.filter(|(_, link)| link.record.service_id.as_str() == "sink");
    let all: Vec<_> = of_sink.collect();
    let (_, link) = all.get(usize::from(number) % all.len().max(1))?;
    Some(link.record.surrogate_id.clone())
}

fn newest_subscription(
    world: &World,
    surrogate_id: &SurrogateId,
) -> Option<(SurrogateId, SubscriptionId)> {
    let sink = world.sink.service.id();
    let link = world.account.link_by_surrogate(sink, surrogate_id)?;
    let newest = link.mailbox()?.subscriptions().last()?;
    Some((surrogate_id.clone(), newest.id().clone()))
}

/// Decides, stores, delivers; keeps the command, to be given again later.
fn give(
    world: &mut World,
    kept: &mut Vec<Command>,
    capacity: Capacity,
    command: Command,
) -> Result<(), Rejection> {
    let act: Act = world.act(capacity);
    let result = world.command(&act, &command);
    kept.push(command);
    result.map(drop)
}

/// Operator and service give one answer about every consent that the service was sent.
fn agree(world: &World) {
    for (id, consent) in world.account.consents() {
        let side = match consent.terms().subject_id.as_str() {
            "source" => &world.source,
            _ => &world.sink,
        };
        let held = side.service.standing(id, world.now);
        assert_eq!(held, world.account.standing(id, world.now));
    }
    let sink = &world.sink.service;
    for (id, link) in world.account.links() {
        let held = sink.link(id).filter(|held| held.is_active());
        if let Some(held) = held {
            let subscribed = link.mailbox().map(|mailbox| mailbox.in_force().clone());
            assert_eq!(held.subscribed, subscribed.unwrap_or_default());
        }
    }
    for (id, objection) in world.account.objections() {
        let held = sink.objection(id).unwrap();
        for (item, state) in objection.states() {
            assert!(!state.is_final() || held.states.get(item) == Some(state));
        }
    }
}

fn capacity(number: u8) -> Capacity {
    let service = |name| Capacity::Service(ServiceId::parse(name).unwrap());
    match number % 6 {
        0 => Capacity::Owner,
        1 => Capacity::Representative,
        2 => Capacity::Operator,
        3 => Capacity::System,
        4 => service("sink"),
        _ => service("source"),
    }
}

fn consent(world: &World, number: u8) -> ConsentId {
    let count = world.account.consents().count();
    let mut ids = world.account.consents().map(|(id, _)| id);
    ids.nth(usize::from(number) % count).unwrap().clone()
}

fn link(world: &World, number: u8) -> LinkId {
    let count = world.account.links().count();
    let mut ids = world.account.links().map(|(id, _)| id);
    ids.nth(usize::from(number) % count).unwrap().clone()
}

impl Stage {
    fn new() -> Self {
        let (world, _) = consented();
        Self {
            account: world.account.clone(),
            log: world.log.clone(),
            source: world.source.service.clone(),
            sink: world.sink.service.clone(),
            random: world.random.clone(),
            world,
        }
    }

    fn reset(&mut self) {
        let world = &mut self.world;
        world.now = Timestamp::from_seconds(START).unwrap();
        world.account = self.account.clone();
        world.log = self.log.clone();
        world.decisions.clear();
        world.letters.clear();
        world.random = self.random.clone();
        world.source.service = self.source.clone();
        world.sink.service = self.sink.clone();
        for side in [&mut world.source, &mut world.sink] {
            side.code = None;
            side.received.clear();
            side.effects.clear();
        }
    }
}
