//! An operator: one [`Account`] for the resident, a registry, and two keys.
//!
//! Everything that is decided is decided by [`Account::decide`]; what stands here is the post room.

mod accounts;
mod consents;
mod links;
mod receipts;
mod services;
mod wishes;

pub use receipts::ReceiptDesk;
pub use services::{Contract, Services};

use crate::post::{Mail, Outcome, Party, Refused, Who};
use crate::talk::{FromPerson, FromService, ToPerson, ToServiceOrAnswer, Told};
use mydata::account::{Directory, Profile};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ActorId, OperatorId, ServiceId};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::operator::{
    Account, Act, Capacity, Command, Decision, Deregistration, Env, Event, Operator, Registered,
    Reply, Timing,
};
use mydata::record::description::Service;
use mydata::record::message;
use mydata::service::{KnownOperator, ServiceRefusal};
use std::sync::Arc;

/// The operator.
#[derive(Debug)]
pub struct OperatorParty {
    desk: Desk,
    /// The services under contract.
    services: Services,
    account: Account,
    /// The account before anything happened: what the log is replayed on.
    empty: Account,
    /// The person, once she has signed up.
    profile: Option<Profile>,
    /// The usernames that are taken.
    directory: Directory,
    /// What has happened: with the outbox the only thing that an operator must store.
    log: Vec<Event>,
}

/// Who the operator is: what a decision needs beside the account.
#[derive(Debug)]
struct Desk {
    id: OperatorId,
    origin: Origin,
    status: PrivateKey,
    tokens: PrivateKey,
    random: SystemRandom,
}

impl Desk {
    fn env(&mut self, now: Timestamp) -> Result<Env<'_>, Refused> {
        let operator = Operator::new(&self.id, &self.status, &self.tokens, Timing::default())?;
        Ok(Env {
            now,
            random: &mut self.random,
            crypto: &Ring,
            operator,
        })
    }
}

impl OperatorParty {
    /// An operator with its keys, for the person of `account`.
    #[must_use]
    pub fn new(
        id: OperatorId,
        origin: Origin,
        (status, tokens): (PrivateKey, PrivateKey),
        account: Account,
    ) -> Self {
        Self {
            desk: Desk {
                id,
                origin,
                status,
                tokens,
                random: SystemRandom::new(),
            },
            empty: account.clone(),
            services: Services::default(),
            account,
            profile: None,
            directory: Directory::new(),
            log: Vec::new(),
        }
    }

    /// A service signs up.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn contract(&mut self, contract: Contract, now: Timestamp) -> Result<(), Refused> {
        self.services.contract(contract, now)
    }

    /// The registry.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// What a service is given with its contract.
    ///
    /// # Errors
    /// [`ServiceRefusal::KeysOverlap`] when a key of the operator's has two roles.
    pub fn for_services(&self) -> Result<KnownOperator, ServiceRefusal> {
        let of = |signer: &PrivateKey| signer.public().clone();
        let (status, tokens) = (of(&self.desk.status), of(&self.desk.tokens));
        KnownOperator::new(self.desk.id.clone(), status, tokens)
    }

    /// Whether the account can be rebuilt from the log alone; how many events there are.
    #[must_use]
    pub fn audit(&self) -> Option<usize> {
        let empty = self.empty.clone();
        (empty.replay(&self.log) == self.account).then_some(self.log.len())
    }

    /// A service leaves the registry: nobody can link it any more, and every account lets go of it.
    /// This operator has one account; a city has a store that gives them in order.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn deregister(&mut self, id: &ServiceId, now: Timestamp) -> Result<Vec<Mail>, Refused> {
        let (service_id, actor) = self.services.retire(id, now)?;
        let mut process = Deregistration::of(service_id, actor);
        let mut mails = Vec::new();
        while process.is_due(self.account.id()) {
            let visit = process.visit(&self.account, &mut self.desk.env(now)?);
            mails.extend(self.store(visit.decision?)?);
            process = visit.process;
        }
        let is_done = process.pass_over().is_done();
        let fault = || Refused::new("deregistration_open", "an account has refused");
        is_done.then_some(mails).ok_or_else(fault)
    }

    /// Somebody acts on the account.
    fn act(&self, capacity: Capacity) -> Result<Act, Refused> {
        Ok(Act {
            account: self.account.id().clone(),
            actor: ActorId::parse("session-1")?,
            capacity,
        })
    }

    /// Decides, stores, applies; then what is to be posted.
    fn command(
        &mut self,
        capacity: Capacity,
        command: &Command,
        now: Timestamp,
    ) -> Result<(Reply, Vec<Mail>), Refused> {
        let act = self.act(capacity)?;
        let decision = self
            .account
            .decide(&act, command, &mut self.desk.env(now)?)?;
        let reply = decision.reply.clone();
        Ok((reply, self.store(decision)?))
    }

    /// Stores and applies a decision; then what is to be posted.
    fn store(&mut self, decision: Decision) -> Result<Vec<Mail>, Refused> {
        let mut mails = Vec::new();
        for delivery in decision.outbox {
            let address = self.services.address(&delivery.to)?;
            let news = ToServiceOrAnswer::News(Box::new(delivery.message));
            mails.push(Mail::write(address, &news)?);
        }
        for told in &decision.to_person {
            mails.extend(to_person(&self.e_mail(told))?);
        }
        // In a city: events and outbox in one transaction, and only then what follows.
        for event in &decision.events {
            self.account.apply(event);
        }
        self.log.extend(decision.events);
        if decision.erase {
            self.forget();
        }
        Ok(mails)
    }

    fn hear_person(&mut self, octets: &[u8], now: Timestamp) -> Result<Outcome, Refused> {
        match message::read(octets)? {
            FromPerson::SignUp(form) => self.sign_up(form.as_bytes(), now),
            FromPerson::AskCode(matter) => self.ask_code(matter.into(), now),
            FromPerson::Confirm(matter, code) => self.confirm(matter.into(), code, now),
            FromPerson::Export => self.export(now),
            FromPerson::Keep => self.keep(now),
            FromPerson::Link(service) => self.start_linking(&service, now),
            FromPerson::SignedLink(code, record) => self.propose(code, &record, now),
            FromPerson::SignedFirstStatus(code, status) => self.complete(code, &status, now),
            FromPerson::Unlink(link) => self.ask_unlink(&link, now),
            FromPerson::SignedUnlink(link, status) => self.unlink(link, &status, now),
            FromPerson::AskForm(question) => self.show_form(&question, now),
            FromPerson::Choose(choice) => self.draft_consent(&choice, now),
            FromPerson::SignedConsent(pair) => self.give_consent(&pair, now),
            FromPerson::Modify(consent, choice) => self.draft_modification(&consent, &choice, now),
            FromPerson::SignedModification(signed) => self.modify(&signed, now),
            FromPerson::Change(consent, state) => self.draft_change(&consent, state, now),
            FromPerson::SignedChange(change) => self.change(&change, now),
            FromPerson::Subscribe(service, all) => self.ask_subscribe(service, all, now),
            FromPerson::SignedSubscription(service, record) => {
                self.subscribe(&service, &record, now)
            }
            FromPerson::Object(service, purpose) => self.ask_object(service, purpose, now),
            FromPerson::SignedObjection(service, record) => self.object(&service, &record, now),
        }
    }

    fn hear_service(
        &mut self,
        id: ServiceId,
        octets: &[u8],
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        match message::read(octets)? {
            FromService::Describe(sealed) => self.describe(&id, &sealed, now),
            FromService::Offer(offer) => self.offer(id, offer, now),
            FromService::Countersigned(signed) => self.countersigned(id, &signed, now),
            FromService::Subscribed(ack) => self.confirmed(id, ack, now),
            FromService::Notify(push) => self.notified(id, *push, now),
            FromService::Decided(answer) => self.decided(id, &answer, now),
            FromService::Ask(query) => {
                let address = self.services.address(&id)?;
                let reply = self.account.introspect(&id, &query)?;
                let answer = ToServiceOrAnswer::Status(Box::new(reply));
                Ok(Outcome::done(
                    "status_told",
                    vec![Mail::write(address, &answer)?],
                ))
            }
            FromService::Token(request) => {
                let address = self.services.address(&id)?;
                let cr_id = request.cr_id;
                let command = Command::IssueToken { cr_id };
                let (reply, mut mails) = self.command(Capacity::Service(id), &command, now)?;
                if let Reply::Token(token) = reply {
                    mails.push(Mail::write(address, &ToServiceOrAnswer::Token(token))?);
                }
                Ok(Outcome::done("token_issued", mails))
            }
        }
    }

    /// A service publishes its description, or a new version of it.
    fn describe(
        &mut self,
        id: &ServiceId,
        sealed: &Sealed<Service>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let address = self.services.address(id)?;
        match self.services.describe(id, sealed, now)? {
            Ok(()) => {
                let mail = Mail::write(address, &ToServiceOrAnswer::Registered)?;
                Ok(Outcome::done("registered", vec![mail]))
            }
            Err(faults) => {
                let code = faults.first().map_or("", |fault| fault.refusal.code());
                let told = Told {
                    code: code.to_owned(),
                    lines: faults.iter().map(ToString::to_string).collect(),
                };
                let mail = Mail::write(address, &ToServiceOrAnswer::Refused(told))?;
                Ok(Outcome::refused(code, vec![mail]))
            }
        }
    }

    /// Believes what the owner has signed.
    fn by_owner<T: Payload>(&self, sealed: &Sealed<T>) -> Result<Verified<T>, Refused> {
        let keys = self.account.party_keys(None);
        Ok(sealed.open()?.verify(&Ring, &keys)?)
    }

    fn registered(&self, id: &ServiceId) -> Result<Arc<Registered>, Refused> {
        self.services.registered(id)
    }
}

/// A letter to the resident.
fn to_person(letter: &ToPerson) -> Result<Vec<Mail>, Refused> {
    Ok(vec![Mail::write(Who::Sofia, letter)?])
}

impl Party for OperatorParty {
    /// Whoever asked is told the code; nobody else is told anything.
    fn receive(&mut self, from: Who, octets: &[u8], now: Timestamp) -> Outcome {
        let service = self.services.at(from).cloned();
        let is_person = from == Who::Sofia;
        let handled = match service {
            Some(id) => self.hear_service(id, octets, now),
            None if is_person => self.hear_person(octets, now),
            None => Err(Refused::new("sender_unknown", "neither owner nor service")),
        };
        handled.unwrap_or_else(|refused| {
            let told = Told {
                code: refused.code.to_owned(),
                lines: Vec::new(),
            };
            let mail = if is_person {
                Mail::write(from, &ToPerson::Refused(told))
            } else {
                Mail::write(from, &ToServiceOrAnswer::Refused(told))
            };
            Outcome::refused(refused.code, mail.into_iter().collect())
        })
    }
}
