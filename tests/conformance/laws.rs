//! Laws that hold after any sequence of commands, valid or not, over a courier that loses, repeats
//! and reorders what the operator sends (habit 34, P22 to P34).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{decode, fork, offered, payload_of, removal, signatures, signed, single};
use mydata::core::crypto::Crypto as _;
use mydata::core::id::{ConsentId, Nonce, ServiceId, SurrogateId};
use mydata::core::jws::{Payload, Unsigned};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::operator::{
    Account, Capacity, Command, Delivery, Lifecycle, NewConsent, Proof, Reason, Reply, ToPerson,
    Verification,
};
use mydata::record::chain::{Chain, StatusRecord};
use mydata::record::consent::{AnyConsent, ConsentChange, ConsentState, Validity};
use mydata::record::message::{self, ToService};
use mydata::record::standing::Standing;
use mydata::service::{Effect, Installed, Setting};
use mydata::token::access::Access;
use mydata::token::claims::TokenText;
use mydata::token::proof::{DataRequest, authorization_header};
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NAMES: [&str; 2] = ["source", "sink"];

/// What may happen. Numbers choose among what there is at that moment.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// A service is linked; `upto` says at which step it is left lying (4: at none).
    Link { service: usize, upto: usize },
    /// A link is removed, by somebody, perhaps with the owner's signature.
    Remove {
        service: usize,
        who: usize,
        sign: bool,
    },
    /// A pair is given: for a purpose, with data, until some time; `twist` spoils it.
    Give {
        choice: usize,
        days: u32,
        twist: usize,
    },
    /// A consent for the sink's own purpose is given.
    Single,
    /// A consent is changed, by somebody, for a reason; `twist` spoils the signatures.
    Change {
        consent: usize,
        change: usize,
        who: usize,
        reason: usize,
        sign: bool,
        twist: usize,
    },
    /// A consent is modified, by somebody; `twist` spoils it.
    Modify {
        consent: usize,
        choice: usize,
        who: usize,
        twist: usize,
    },
    /// A service leaves the registry, as somebody says.
    Leave { service: usize, who: usize },
    /// A service is suspended, or goes on, as somebody says.
    Suspend {
        service: usize,
        ends: bool,
        who: usize,
    },
    /// A contract is filed, and ended, by somebody.
    Contract { service: usize, who: usize },
    /// The person chooses what the sink tells them; the command is given by somebody.
    Subscribe { what: usize, who: usize },
    /// The sink writes, and somebody brings it.
    Notify { what: usize, who: usize },
    /// The person objects; the command is given by somebody.
    Object { what: usize, who: usize },
    /// The sink decides, and somebody brings it.
    Answer {
        objection: usize,
        verdicts: [usize; 2],
        who: usize,
    },
    /// One of the four above that was given before is given again.
    Again { at: usize, who: usize },
    /// Timers run.
    Expire { who: usize },
    /// Somebody asks for a token by some consent.
    Token { consent: usize, who: usize },
    /// The clock goes on.
    Wait(u32),
    /// The courier hands over one of all the messages that there ever were.
    Courier { message: usize },
    /// A service asks the operator about a consent.
    Ask { service: usize, consent: usize },
    /// Somebody asks for a code, and gives it, or another.
    Verify {
        what: usize,
        who: usize,
        right: bool,
    },
    /// Somebody takes everything out, undoes the deletion, or erases.
    Life { step: usize, who: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let n = 0_usize..64;
    let op = prop_oneof![
        2 => (0_usize..2, 0_usize..8).prop_map(|(service, upto)| Op::Link { service, upto }),
        1 => (0_usize..2, 0_usize..6, any::<bool>())
            .prop_map(|(service, who, sign)| Op::Remove { service, who, sign }),
        4 => (0_usize..4, 1_u32..40, 0_usize..12)
            .prop_map(|(choice, days, twist)| Op::Give { choice, days, twist }),
        1 => Just(Op::Single),
        8 => (n.clone(), 0_usize..3, 0_usize..10, 0_usize..8, any::<bool>(), 0_usize..12).prop_map(
            |(consent, change, who, reason, sign, twist)| Op::Change {
                consent, change, who, reason, sign, twist
            }
        ),
        3 => (n.clone(), 0_usize..4, 0_usize..8, 0_usize..6).prop_map(
            |(consent, choice, who, twist)| Op::Modify { consent, choice, who, twist }),
        1 => (0_usize..2, 0_usize..6).prop_map(|(service, who)| Op::Leave { service, who }),
        2 => (0_usize..2, any::<bool>(), 0_usize..6).prop_map(|(service, ends, who)| {
            Op::Suspend { service, ends, who }
        }),
        1 => (0_usize..2, 0_usize..6).prop_map(|(service, who)| Op::Contract { service, who }),
        2 => (0_usize..6, 0_usize..9).prop_map(|(what, who)| Op::Subscribe { what, who }),
        2 => (0_usize..4, 0_usize..9).prop_map(|(what, who)| Op::Notify { what, who }),
        2 => (0_usize..5, 0_usize..9).prop_map(|(what, who)| Op::Object { what, who }),
        2 => (n.clone(), [0_usize..3, 0_usize..3], 0_usize..9).prop_map(
            |(objection, verdicts, who)| Op::Answer { objection, verdicts, who }),
        2 => (n.clone(), 0_usize..9).prop_map(|(at, who)| Op::Again { at, who }),
        1 => (0_usize..6).prop_map(|who| Op::Expire { who }),
        6 => (n.clone(), 0_usize..12)
            .prop_map(|(consent, who)| Op::Token { consent, who: who.min(5) }),
        3 => prop_oneof![Just(1), Just(60), Just(299), Just(1801), Just(86_400), Just(864_000)]
            .prop_map(Op::Wait),
        8 => n.clone().prop_map(|message| Op::Courier { message }),
        2 => (0_usize..2, n).prop_map(|(service, consent)| Op::Ask { service, consent }),
        1 => (0_usize..4, 0_usize..8, any::<bool>())
            .prop_map(|(what, who, right)| Op::Verify { what, who, right }),
        1 => (0_usize..3, 0_usize..8).prop_map(|(step, who)| Op::Life { step, who }),
    ];
    prop::collection::vec(op, 1..40)
}

/// A token that was issued once, with the source's consent that it is about.
struct Issued {
    source: ConsentId,
    text: TokenText,
}

/// What may be chosen: three that may be given, and one that may not.
fn chosen(choice: usize) -> (&'static str, &'static [&'static str]) {
    match choice {
        0 => ("care", &["src/a", "src/b"]),
        1 => ("care", &["src/a"]),
        2 => ("study", &["src/c"]),
        _ => ("care", &["src/b"]),
    }
}

/// A world with a courier in it.
pub(crate) struct Run {
    pub(crate) world: World,
    /// Everything that was ever to be delivered, in order.
    sent: Vec<(String, Vec<u8>)>,
    tokens: Vec<Issued>,
    /// The codes that were sent to the person: nobody else may ever read one.
    codes: Vec<String>,
    /// The account before anything happened.
    fresh: Account,
    pub(crate) wishes: crate::laws_wishes::Wishes,
    granted: usize,
    pub(crate) refused: usize,
    pub(crate) done: usize,
}

impl Run {
    pub(crate) fn new(world: World) -> Self {
        let (id, keys) = (
            world.account.id().clone(),
            world.account.owner_keys().clone(),
        );
        let fresh = if world.account.lifecycle() == Lifecycle::Created {
            Account::create(id, keys, world.account.ends_at().unwrap())
        } else {
            Account::open(id, keys)
        };
        let mut sent = Vec::new();
        for (name, side) in [("source", &world.source), ("sink", &world.sink)] {
            sent.extend(side.received.iter().map(|m| (name.to_owned(), m.clone())));
        }
        Self {
            world,
            sent,
            tokens: Vec::new(),
            codes: Vec::new(),
            fresh,
            wishes: crate::laws_wishes::Wishes::default(),
            granted: 0,
            refused: 0,
            done: 0,
        }
    }

    pub(crate) fn capacity(who: usize) -> Capacity {
        let service = |name: &str| Capacity::Service(ServiceId::parse(name).unwrap());
        match who {
            0 => Capacity::Owner,
            1 => Capacity::Operator,
            2 => Capacity::Representative,
            3 => Capacity::System,
            4 => service("source"),
            5 => service("sink"),
            _ => Capacity::Owner,
        }
    }

    /// Decides, stores and applies; the courier takes the outbox. A refusal changes nothing.
    pub(crate) fn command(&mut self, who: Capacity, command: &Command) -> Option<Reply> {
        let before = crate::support::Still::of(&self.world);
        let act = self.world.act(who);
        match self.world.try_decide(&act, command) {
            Ok(decision) => {
                assert_eq!(decision.version, self.world.account.version());
                before.assert(&self.world);
                self.world.commit(&decision);
                self.take(&decision.outbox);
                for letter in &decision.to_person {
                    if let ToPerson::Verify { code, .. } = letter {
                        self.codes.push(code.as_str().to_owned());
                    }
                }
                // Only the erasure may tell the store to forget, and it tells nobody anything.
                let is_erasure = matches!(command, Command::Erase);
                assert_eq!(decision.erase, is_erasure);
                assert!(!is_erasure || decision.outbox.is_empty());
                self.done += 1;
                Some(decision.reply)
            }
            Err(_) => {
                before.assert(&self.world);
                self.refused += 1;
                None
            }
        }
    }

    fn take(&mut self, outbox: &[Delivery]) {
        for delivery in outbox {
            let octets = message::write(&delivery.message).unwrap();
            self.sent.push((delivery.to.as_str().to_owned(), octets));
        }
    }

    /// The dialogue of a linking needs its messages; only what it ends with may get lost.
    fn hand(&mut self, at: usize) -> Result<Installed, mydata::service::Refusal> {
        let (to, octets) = self.sent.get(at).unwrap().clone();
        let message: ToService = message::read(&octets).unwrap();
        let from = self.world.operator_id.clone();
        let setting = Setting {
            from: &from,
            now: self.world.now,
            crypto: &Chosen,
        };
        let side = self.world.side(&to);
        let installed = side.service.receive(&message, setting);
        if let Ok(Installed::New(effects)) = &installed {
            for effect in effects {
                if let Effect::AskPerson { code } = effect {
                    side.code = Some(code.clone());
                }
                side.effects.push(effect.clone());
            }
        }
        installed
    }

    fn hand_last(&mut self) {
        assert!(self.hand(self.sent.len() - 1).is_ok());
    }

    fn link(&mut self, name: &str, upto: usize) {
        let service = Arc::clone(&self.world.side(name).registered);
        let start = Command::StartLinking {
            service,
            surrogate_id: None,
        };
        if self.command(Capacity::Owner, &start).is_none() {
            return;
        }
        self.hand_last();
        if upto == 0 {
            return;
        }
        let offer = offered(&mut self.world, name);
        let who = Capacity::Service(ServiceId::parse(name).unwrap());
        self.command(who.clone(), &offer).unwrap();
        if upto == 1 {
            return;
        }
        let code = self.world.side(name).code.clone().unwrap();
        let draft = self
            .world
            .with_env(|account, env| account.draft_link(&code, env));
        let record = self.world.by_owner(&draft.unwrap());
        let propose = Command::ProposeLink {
            code: code.clone(),
            record,
        };
        self.command(Capacity::Owner, &propose).unwrap();
        self.hand_last();
        let record = self.world.countersigned(name);
        if upto == 2 {
            return;
        }
        let countersign = Command::Countersign {
            code: code.clone(),
            record,
        };
        self.command(who, &countersign).unwrap();
        if upto == 3 {
            return;
        }
        let draft = self
            .world
            .with_env(|account, env| account.draft_first_status(&code, env));
        let status = self.world.by_owner(&draft.unwrap());
        self.command(Capacity::Owner, &Command::CompleteLink { code, status })
            .unwrap();
    }

    fn consent(&self, number: usize) -> Option<ConsentId> {
        let count = self.world.account.consents().count();
        let at = number.checked_rem(count)?;
        self.world
            .account
            .consents()
            .nth(at)
            .map(|(id, _)| id.clone())
    }

    fn change(&mut self, op: &Op) {
        let Op::Change {
            consent,
            change,
            who,
            reason,
            sign,
            twist,
        } = op
        else {
            return;
        };
        let Some(cr_id) = self.consent(*consent) else {
            return;
        };
        let change = *ConsentChange::ALL.get(*change).unwrap();
        let reason = *Reason::ALL.get(*reason).unwrap();
        let mut command = Command::ChangeConsent {
            cr_id: cr_id.clone(),
            change,
            reason,
            signed: None,
        };
        if *sign {
            command = signed(&mut self.world, &cr_id, change);
            let world = fork(&self.world);
            let signed = signatures(&mut command);
            match twist {
                0 => signed.mirrored = None,
                1 => signed.mirrored = Some(signed.status.clone()),
                2 => {
                    let mut status = (*signed.status).clone();
                    status.consent_status = ConsentState::Active;
                    signed.status = crate::support::owned(&world, status);
                }
                3 => {
                    let stranger = crate::support::new_key("owner-1");
                    let status = (*signed.status).clone();
                    let party = mydata::core::party::Party::Owner;
                    signed.status = crate::support::believed(status, &stranger, party);
                }
                _ => {}
            }
        }
        self.command(Self::capacity(*who), &command);
    }

    /// A suspension leaves nothing active of the service; its end leaves nothing paused by it but what
    /// nobody could reactivate.
    fn suspend(&mut self, service: usize, ends: bool, who: usize) {
        let service_id = ServiceId::parse(NAMES.get(service).unwrap()).unwrap();
        let named = service_id.clone();
        let command = if ends {
            Command::ResumeService { service_id: named }
        } else {
            Command::SuspendService { service_id: named }
        };
        if self.command(Self::capacity(who), &command).is_none() {
            return;
        }
        let account = &self.world.account;
        if !ends {
            assert_eq!(account.to_suspend(&service_id).count(), 0);
            return;
        }
        let now = self.world.now;
        for id in account.suspended(&service_id) {
            let consent = account.consent(id).unwrap();
            let is_over = consent.terms().exp.is_some_and(|exp| exp <= now);
            let has_paused_sink = account.consents().any(|(_, sink)| {
                sink.source() == Some(id) && sink.chain.state() != ConsentState::Active
            });
            assert!(is_over || has_paused_sink);
        }
    }

    /// CN-42: whatever the state, the old one is over and the new one given, or nothing is changed.
    fn modify(&mut self, consent: usize, choice: usize, who: usize, twist: usize) {
        let Some(old) = self.consent(consent) else {
            return;
        };
        let (purpose, datasets) = chosen(choice);
        let Ok(choice) = self.world.try_choice(purpose, datasets) else {
            self.refused += 1;
            return;
        };
        let before = crate::support::Still::of(&self.world);
        let Ok((mut command, new)) = self.world.try_modification(&old, &choice) else {
            before.assert(&self.world);
            self.refused += 1;
            return;
        };
        let Command::ModifyConsent(modification) = &mut command else {
            return;
        };
        if twist == 0 {
            let other = self.world.proposal().reference(&Chosen);
            let world = fork(&self.world);
            if let NewConsent::Pair(pair) = &mut modification.consent {
                crate::support::with_terms(&world, pair, |terms| {
                    terms.consent_proposal = other.clone();
                });
            }
        }
        let done = self.command(Self::capacity(who), &command).is_some();
        assert!(!done || twist > 0, "a spoilt modification was accepted");
        let state = |id| {
            let consent = self.world.account.consent(id);
            consent.map(|consent| consent.chain.state())
        };
        let is_over = state(&old) == Some(ConsentState::Withdrawn);
        assert_eq!((done, done), (is_over, state(&new.sink).is_some()));
        if done {
            assert_eq!(self.command(Capacity::Owner, &command), None);
        }
    }

    fn give(&mut self, choice: usize, days: u32, twist: usize) {
        let (purpose, datasets) = chosen(choice);
        let Ok(mut choice) = self.world.try_choice(purpose, datasets) else {
            self.refused += 1;
            return;
        };
        choice.validity = Validity::until(self.world.now.plus(Seconds::days(days)));
        let before = crate::support::Still::of(&self.world);
        let Ok((mut command, _)) = self.world.try_pair(&choice) else {
            before.assert(&self.world);
            self.refused += 1;
            return;
        };
        let world = fork(&self.world);
        let pair = crate::support::pair(&mut command);
        let who = match twist {
            0 => {
                crate::support::with_terms(&world, pair, |terms| {
                    terms.surrogate_id = SurrogateId::parse(terms.cr_id.as_str()).unwrap();
                });
                Capacity::Owner
            }
            1 => {
                std::mem::swap(&mut pair.source_status, &mut pair.sink_status);
                Capacity::Owner
            }
            2 => Capacity::Operator,
            _ => Capacity::Owner,
        };
        let given = self.command(who, &command).is_some();
        assert!(!given || twist > 2, "a spoilt pair was accepted");
        // The same again is a second answer to one question.
        if given {
            assert_eq!(self.command(Capacity::Owner, &command), None);
        }
    }

    fn token(&mut self, consent: usize, who: usize) {
        let Some(cr_id) = self.consent(consent) else {
            return;
        };
        let command = Command::IssueToken {
            cr_id: cr_id.clone(),
        };
        let now = self.world.now;
        let reply = self.command(Self::capacity(who), &command);
        if let Some(Reply::Token(reply)) = reply {
            let account = &self.world.account;
            let source = account.consent(&cr_id).unwrap().source().cloned().unwrap();
            // P15: a token is issued while both halves stand, and by nobody else's wish.
            for half in [&cr_id, &source] {
                assert_eq!(account.standing(half, now), Some(Standing::Active));
            }
            self.tokens.push(Issued {
                source,
                text: TokenText::new(&reply.auth_token),
            });
        }
    }

    /// A sink that has kept its tokens and asks no longer whether it may tries each address of each
    /// of its consents.
    fn try_all_tokens(&mut self) {
        for at in 0..self.tokens.len() {
            // The addresses are looked up in the account, and of this one nothing is left; that the
            // services were told is held in `assert_agreement`.
            if self.world.account.lifecycle() == Lifecycle::Erased {
                return;
            }
            let issued = self.tokens.get(at).unwrap();
            let (source, text) = (issued.source.clone(), issued.text.clone());
            let consent = self.world.account.consent(&source).unwrap();
            let urls: Vec<ResourceUrl> = consent
                .terms()
                .resource_set()
                .datasets()
                .iter()
                .filter_map(|dataset| dataset.distribution_url.clone())
                .collect();
            let url = urls.first().unwrap();
            let now = self.world.now;
            let request = HttpRequest::to(url.clone(), None, "GET", b"").unwrap();
            let nonce = Nonce::from_random(self.world.bits());
            let proof = DataRequest::new(text, &request, now, nonce, &Chosen);
            let signed = Unsigned::new(proof).sign(&self.world.sink.pop).unwrap();
            let header = authorization_header(signed).unwrap();
            self.world.replay = TwoGenerations::without_past(&Window::default(), 10, now);
            if let Access::Granted(grant) = self.world.answer(&header, url.path()) {
                self.granted += 1;
                assert_eq!(grant.consent_id(), &source);
                self.assert_granted_rightly(&source);
            }
        }
    }

    fn assert_granted_rightly(&self, source: &ConsentId) {
        let now = self.world.now;
        let held = self.world.source.service.consent(source).unwrap();
        assert!(!held.in_doubt);
        assert_eq!(held.chain.state(), ConsentState::Active);
        let at_source = self.world.source.service.standing(source, now);
        assert_eq!(at_source, Some(Standing::Active));
        let account = &self.world.account;
        let consent = account.consent(source).unwrap();
        let link = account.link(&consent.terms().slr_id).unwrap();
        let held_link = self
            .world
            .source
            .service
            .link(&consent.terms().slr_id)
            .unwrap();
        let delivered = consent.chain.latest() == held.chain.latest()
            && link.chain.latest() == held_link.chain.latest();
        // What the operator knows and has delivered is never overruled at the source.
        assert!(!delivered || account.standing(source, now) == Some(Standing::Active));
    }

    fn ask(&mut self, name: &str, cr_id: &ConsentId) {
        let service = &self.world.side(name).service.clone();
        let Ok(query) = service.status_query(cr_id) else {
            return;
        };
        let Ok(reply) = self.world.account.introspect(service.id(), &query) else {
            assert_eq!(self.world.account.lifecycle(), Lifecycle::Erased);
            return;
        };
        let from = self.world.operator_id.clone();
        let setting = Setting {
            from: &from,
            now: self.world.now,
            crypto: &Chosen,
        };
        let installed = self.world.side(name).service.catch_up(&reply, setting);
        assert!(installed.is_ok(), "{installed:?}");
    }

    pub(crate) fn step(&mut self, op: &Op) {
        match op {
            Op::Link { service, upto } => self.link(NAMES.get(*service).unwrap(), *upto),
            Op::Remove { service, who, sign } => {
                let name = NAMES.get(*service).unwrap();
                let links = self.world.account.links();
                let ours = links.filter(|(_, link)| link.record.service_id.as_str() == *name);
                let Some(link) = ours.map(|(id, _)| id.clone()).last() else {
                    return;
                };
                let mut command = removal(&link);
                let draft = self
                    .world
                    .with_env(|account, env| account.draft_removal(&link, env));
                if let (true, Ok(draft), Command::RemoveLink { signed, .. }) =
                    (*sign, draft, &mut command)
                {
                    *signed = Some(self.world.by_owner(&draft));
                }
                self.command(Self::capacity(*who), &command);
            }
            Op::Give {
                choice,
                days,
                twist,
            } => self.give(*choice, *days, *twist),
            Op::Single => {
                let choice = self.world.try_choice("own", &["own"]);
                let service = Arc::clone(&self.world.sink.registered);
                let drafted = choice.and_then(|choice| {
                    self.world
                        .with_env(|account, env| account.draft_single(&service, &choice, env))
                });
                if drafted.is_ok() {
                    let (command, _) = single(&mut self.world);
                    self.command(Capacity::Owner, &command).unwrap();
                }
            }
            Op::Change { .. } => self.change(op),
            Op::Modify {
                consent,
                choice,
                who,
                twist,
            } => self.modify(*consent, *choice, *who, *twist),
            Op::Leave { service, who } => {
                let service_id = ServiceId::parse(NAMES.get(*service).unwrap()).unwrap();
                let command = Command::EndService {
                    service_id: service_id.clone(),
                };
                if self.command(Self::capacity(*who), &command).is_some() {
                    let account = &self.world.account;
                    assert!(account.active_link(&service_id).is_none());
                }
            }
            Op::Suspend { service, ends, who } => self.suspend(*service, *ends, *who),
            Op::Contract { service, who } => {
                let name = NAMES.get(*service).unwrap();
                let id = ServiceId::parse(name).unwrap();
                if self.world.account.active_link(&id).is_some() {
                    let version = format!("v{}", self.world.log.len());
                    let filing = crate::contracts::filing(&self.world, name, "terms", &version);
                    self.command(Self::capacity(*who), &Command::FileContract { filing });
                }
                if self.world.log.len().is_multiple_of(4) {
                    self.command(Self::capacity(*who), &crate::contracts::end(name, "terms"));
                }
            }
            Op::Subscribe { what, who } => self.subscribe(*what, *who),
            Op::Notify { what, who } => self.notify(*what, *who),
            Op::Object { what, who } => self.object(*what, *who),
            Op::Answer {
                objection,
                verdicts,
                who,
            } => self.answer(*objection, *verdicts, *who),
            Op::Again { at, who } => self.again(*at, *who),
            Op::Expire { who } => {
                self.command(Self::capacity(*who), &Command::Expire);
            }
            Op::Token { consent, who } => self.token(*consent, *who),
            Op::Verify { what, who, right } => {
                let what = *Verification::ALL.get(*what).unwrap();
                let ask = Command::AskVerification { what };
                self.command(Self::capacity(*who), &ask);
                let sent = self.codes.last().filter(|_| *right);
                let code = sent.map_or("another-code", String::as_str);
                let code = mydata::core::id::VerificationCode::parse(code).unwrap();
                let proof = Proof::Code(code);
                self.command(Self::capacity(*who), &Command::Confirm { what, proof });
            }
            Op::Life { step, who } => {
                let command = match step {
                    0 => Command::Export,
                    1 => Command::UndoDeletion,
                    _ => Command::Erase,
                };
                self.command(Self::capacity(*who), &command);
            }
            Op::Wait(seconds) => self.world.wait(*seconds),
            Op::Courier { message } => {
                if let Some(at) = message.checked_rem(self.sent.len()) {
                    // From the newest backwards; a refusal is the courier's daily bread.
                    let at = self.sent.len() - 1 - at;
                    let is_dialogue = is_dialogue(&self.sent.get(at).unwrap().1);
                    if !is_dialogue {
                        let before = self.sides();
                        if !matches!(self.hand(at), Ok(Installed::New(_))) {
                            self.assert_same_but_for_doubt(&before);
                        }
                    }
                }
            }
            Op::Ask { service, consent } => {
                if let Some(cr_id) = self.consent(*consent) {
                    self.ask(NAMES.get(*service).unwrap(), &cr_id);
                }
            }
        }
    }

    fn sides(&self) -> [mydata::service::Service; 2] {
        [
            self.world.source.service.clone(),
            self.world.sink.service.clone(),
        ]
    }

    /// A refused message may put a consent in doubt, and changes nothing else.
    fn assert_same_but_for_doubt(&self, before: &[mydata::service::Service; 2]) {
        for (before, after) in before.iter().zip(&self.sides()) {
            assert!(before.links().eq(after.links()));
            let of = |service: &mydata::service::Service| -> Vec<_> {
                let consents = service.consents();
                consents
                    .map(|(id, held)| (id.clone(), held.record.clone(), held.chain.clone()))
                    .collect()
            };
            assert!(of(before) == of(after));
        }
    }

    /// The courier gets through: everything is retried, in order.
    fn retry_all(&mut self) {
        for at in 0..self.sent.len() {
            if !is_dialogue(&self.sent.get(at).unwrap().1) {
                let _refused_or_known = self.hand(at);
            }
        }
    }
}

fn is_dialogue(octets: &[u8]) -> bool {
    let message: ToService = message::read(octets).unwrap();
    matches!(
        message,
        ToService::LinkInvitation(_) | ToService::LinkProposal(_)
    )
}

// ---- the naive checkers: they know JSON and SHA-256, and nothing of the library's types ----

/// A status record as plain JSON, with the octets that its signature is over.
fn raw<S: Payload>(record: &mydata::core::jws::Verified<S>) -> (Value, String) {
    let envelope: Value = serde_json::from_str(&record.seal().to_json()).unwrap();
    let part = |name: &str| {
        envelope
            .get(name)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    (
        payload_of(&envelope),
        format!("{}.{}", part("protected"), part("payload")),
    )
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap()
}

/// P23, CN-28, SL-53: every record names the one before it, by id and by digest; none is older than
/// that one; every transition is one of the figure; nothing follows an end.
//= CN-28, SL-53 test
fn assert_unbroken<S: StatusRecord>(chain: &Chain<S>, subject: (&str, &str), state: &str) {
    let mut before: Option<(Value, String)> = None;
    let mut seen = BTreeSet::new();
    for record in chain.iter() {
        let (now, octets) = raw(record);
        assert_eq!(text(&now, "version"), "2.0");
        assert_eq!(text(&now, subject.0), subject.1);
        assert!(seen.insert(text(&now, "record_id").to_owned()));
        match &before {
            None => {
                assert_eq!(text(&now, "prev_record_id"), "NULL");
                assert_eq!(text(&now, state), "Active");
            }
            Some((earlier, octets)) => {
                assert_eq!(text(&now, "prev_record_id"), text(earlier, "record_id"));
                assert_eq!(text(&now, "surrogate_id"), text(earlier, "surrogate_id"));
                let iat = |value: &Value| value.get("iat").and_then(Value::as_u64).unwrap();
                assert!(iat(&now) >= iat(earlier));
                let digest = now.pointer("/x_mydata/prev_sha256").and_then(Value::as_str);
                let expected = Chosen.sha256(octets.as_bytes()).to_base64url();
                assert_eq!(digest, Some(&*expected));
                let step = (text(earlier, state), text(&now, state));
                let allowed = [
                    ("Active", "Disabled"),
                    ("Disabled", "Active"),
                    ("Active", "Withdrawn"),
                    ("Disabled", "Withdrawn"),
                    ("Active", "Removed"),
                ];
                assert!(allowed.contains(&step), "{step:?}");
            }
        }
        before = Some((now, octets));
    }
}

/// Everything readable in a message: its own text, and what is written in base64url in it.
fn readable(value: &Value, found: &mut String) {
    match value {
        Value::String(text) => {
            found.push('\n');
            found.push_str(text);
            let octets = decode(text).unwrap_or_default();
            if let Ok(inner) = serde_json::from_slice::<Value>(&octets) {
                readable(&inner, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| readable(value, found)),
        Value::Object(members) => {
            for (name, value) in members {
                found.push('\n');
                found.push_str(name);
                readable(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// SL-02, C52, CN-18, P34: no service is told the account, who acted, why, or another service's
/// name for the person.
//= SL-02, CN-18 test
fn assert_discreet(run: &Run) {
    let mut surrogates: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, link) in run.world.account.links() {
        let of = surrogates
            .entry(link.record.service_id.as_str())
            .or_default();
        of.push(link.record.surrogate_id.as_str());
    }
    for (to, octets) in &run.sent {
        let mut words = String::new();
        readable(&serde_json::from_slice(octets).unwrap(), &mut words);
        for secret in ["account-of-sofia", "actor-1", "Misuse", "misuse", "reason"] {
            assert!(!words.contains(secret), "{to} is told {secret}");
        }
        for (service, theirs) in &surrogates {
            for surrogate in theirs {
                let told = words.contains(surrogate);
                assert!(
                    !told || service == to,
                    "{to} is told the surrogate of {service}"
                );
            }
        }
    }
}

fn assert_laws(run: &Run) {
    let world = &run.world;
    // P30, AC-03: the account is its events, and nothing beside them.
    let fresh = run.fresh.clone();
    assert!(fresh.replay(&world.log) == world.account, "replay differs");
    assert_eq!(world.account.version(), world.log.len() as u64);
    let life = world.account.lifecycle();
    if matches!(life, Lifecycle::Ended | Lifecycle::Erased) {
        assert!(world.account.links().all(|(_, link)| !link.is_active()));
        let mut consents = world.account.consents();
        assert!(consents.all(|(_, consent)| consent.chain.state() == ConsentState::Withdrawn));
        assert_eq!(world.account.linkings().count(), 0);
    }
    // No code stands in an event, nor in anything that prints.
    if let Some(code) = run.codes.last() {
        assert!(!format!("{:?} {:?}", world.log, world.account).contains(code));
    }
    if life == Lifecycle::Erased {
        assert_eq!(
            (
                world.account.links().count(),
                world.account.consents().count(),
                world.account.proposals().count(),
                world.account.contracts().count(),
            ),
            (0, 0, 0, 0)
        );
        return;
    }
    for (id, link) in world.account.links() {
        assert_unbroken(&link.chain, ("slr_id", id.as_str()), "sl_status");
    }
    let mut sets = BTreeSet::new();
    let mut active = BTreeSet::new();
    for (id, consent) in world.account.consents() {
        assert_unbroken(&consent.chain, ("cr_id", id.as_str()), "consent_status");
        let terms = consent.terms();
        // CN-09, CN-10, C43: one set belongs to one consent, a pair counting as one.
        let side = terms.subject_id.as_str();
        assert!(sets.insert((terms.resource_set().id().as_str(), side)));
        // CN-60, C07: nothing outlives its link, but for the sink's half when the source's went.
        let link = world.account.link(&terms.slr_id).unwrap();
        assert!(link.is_active() || consent.chain.state() == ConsentState::Withdrawn);
        // C53: one answer to one question.
        if let AnyConsent::Sink(sink) = &consent.record
            && world.account.standing(id, world.now) == Some(Standing::Active)
        {
            let source = world.account.consent(sink.source_cr_id()).unwrap();
            // Half of a pair is no answer: its source's half has ended (C09).
            if source.chain.state() == ConsentState::Withdrawn {
                continue;
            }
            for rule in mydata::record::consent::Consent::usage_rules(&**sink) {
                let question = (source.terms().subject_id.clone(), rule.purpose_id.clone());
                assert!(active.insert(question), "two consents for one purpose");
            }
        }
        // CN-21: what ends at the sink has ended at the source.
        if let (AnyConsent::Sink(_), Some(source)) = (&consent.record, consent.source())
            && consent.chain.state() == ConsentState::Withdrawn
        {
            let source = world.account.consent(source).unwrap();
            assert_eq!(source.chain.state(), ConsentState::Withdrawn, "mirrored");
        }
    }
    // What a service holds is what the operator has made, or less, and never something else.
    for service in [&world.source.service, &world.sink.service] {
        for (id, held) in service.consents() {
            let consent = world.account.consent(id).unwrap();
            assert!(held.record == consent.record);
            assert!(
                held.chain
                    .iter()
                    .zip(consent.chain.iter())
                    .all(|(a, b)| a == b)
            );
            assert!(held.chain.iter().count() <= consent.chain.iter().count());
        }
    }
}

/// After all is delivered in order the services agree with the operator, and when the doubts are
/// settled too they say the same of every consent.
fn assert_agreement(run: &mut Run) {
    run.retry_all();
    run.assert_wishes_agree();
    for name in NAMES {
        let service = run.world.side(name).service.clone();
        for (id, consent) in run.world.account.consents() {
            if consent.terms().subject_id != *service.id() {
                continue;
            }
            match service.consent(id) {
                Some(held) => assert!(held.chain == consent.chain, "{name} differs"),
                // Its link ended before it came: it is over, and was never installed.
                None => assert_eq!(consent.chain.state(), ConsentState::Withdrawn),
            }
        }
        let doubts: Vec<Effect> = service.doubts().collect();
        let is_erased = run.world.account.lifecycle() == Lifecycle::Erased;
        for doubt in doubts.into_iter().filter(|_| !is_erased) {
            if let Effect::AskStatus { query, .. } = doubt {
                run.ask(name, &query.cr_id);
            }
        }
        let service = run.world.side(name).service.clone();
        let now = run.world.now;
        let life = run.world.account.lifecycle();
        for (id, _) in service.consents() {
            if matches!(life, Lifecycle::Ended | Lifecycle::Erased) {
                // The services were told of the end before anything was erased.
                assert_ne!(service.standing(id, now), Some(Standing::Active));
            }
            if life == Lifecycle::Erased {
                continue;
            }
            assert_eq!(
                service.standing(id, now),
                run.world.account.standing(id, now)
            );
        }
    }
}

pub(crate) fn obey(start: World, ops: &[Op]) -> Run {
    let mut run = Run::new(start);
    for op in ops {
        run.step(op);
        run.try_all_tokens();
        assert_laws(&run);
        run.assert_wishes();
        crate::journal::assert_due(&mut run.world);
    }
    assert_discreet(&run);
    assert_agreement(&mut run);
    assert_laws(&run);
    run.try_all_tokens();
    crate::journal::assert_kept(&run.fresh, &run.world.decisions);
    crate::journal::assert_no_code(&run.codes, &run.world.decisions);
    run
}

/// `MYDATA_CASES` for a long search; few by default, so that the tests are run often.
fn cases() -> u32 {
    let wanted = std::env::var("MYDATA_CASES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(192)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// From nothing: linkings that are left lying, refused, repeated.
    #[test]
    fn laws_from_an_empty_account(ops in ops()) {
        obey(World::new(), &ops);
    }

    /// From an account that is not yet activated.
    #[test]
    fn laws_from_a_created_account(ops in ops()) {
        obey(World::created(), &ops);
    }

    /// From two links and a consent: changes, tokens, removals.
    #[test]
    fn laws_from_a_consent(ops in ops()) {
        obey(crate::support::consented().0, &ops);
    }
}

/// The laws are worth something only when the commands get somewhere: a fixed sequence that does.
#[test]
fn the_laws_see_grants_and_refusals() {
    let modify = |consent, twist| Op::Modify {
        consent,
        choice: 1,
        who: 0,
        twist,
    };
    let change = |consent, change, who, sign| Op::Change {
        consent,
        change,
        who,
        reason: 0,
        sign,
        twist: 9,
    };
    let mut run = Run::new(crate::support::consented().0);
    let token = |consent| Op::Token { consent, who: 5 };
    for op in [
        token(0),
        token(1),
        change(0, 0, 0, true),
        change(1, 0, 0, true),
        Op::Courier { message: 0 },
        Op::Courier { message: 1 },
        token(0),
        token(1),
        change(0, 1, 0, true),
        change(1, 1, 0, true),
        modify(0, 0),
        modify(1, 0),
        modify(0, 1),
        modify(1, 1),
        Op::Give {
            choice: 2,
            days: 10,
            twist: 9,
        },
        Op::Give {
            choice: 3,
            days: 10,
            twist: 9,
        },
        Op::Remove {
            service: 0,
            who: 1,
            sign: false,
        },
    ] {
        run.step(&op);
        run.try_all_tokens();
        assert_laws(&run);
    }
    let replaced = run.world.account.consents();
    assert_eq!(replaced.count(), 6, "two of them by a modification");
    assert_agreement(&mut run);
    let granted = run.granted;
    run.try_all_tokens();
    assert_eq!(run.granted, granted, "granted after the link was removed");
    assert!(run.granted > 0 && run.refused > 2 && run.done > 4);
}

/// P28: whatever is not ended by a timer is over all the same, at `exp` and after it.
#[test]
fn nothing_is_granted_after_the_end() {
    let (mut world, ids) = crate::support::consented();
    let exp = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .exp
        .unwrap();
    world.now = exp.minus(Seconds::new(1));
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    world.now = exp;
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), ["consent_expired"]);
    let path = prepared.url.path().to_owned();
    assert!(matches!(
        world.answer(&prepared.authorization, &path),
        Access::Denied(_)
    ));
}
