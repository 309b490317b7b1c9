//! What a source and a sink have in common: the service's end of linking and consenting.

use crate::post::{Mail, Outcome, Refused, Who};
use crate::talk::{FromService, PersonToService, ToPerson};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, LinkId, ObjectionId, OperatorId, ServiceId, SurrogateId};
use mydata::core::json::{self, Limits};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::Unsigned;
use mydata::core::personal::Personal;
use mydata::core::time::Timestamp;
use mydata::core::web::WebLink;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::record::message::{self, StatusReply, ToService};
use mydata::record::notification::{NotificationMessage, NotificationPush};
use mydata::record::objection::{ObjectionDecision, Verdict};
use mydata::service::{Effect, KnownOperator, Service, Setting};
use std::collections::BTreeMap;

/// A service with its key, and whom its surrogates stand for.
#[derive(Debug)]
pub struct Side {
    pub(crate) service: Service,
    pub(crate) random: SystemRandom,
    key: PrivateKey,
    operator: KnownOperator,
    /// The surrogates are the service's own, and so is what they mean.
    customers: BTreeMap<SurrogateId, Personal<String>>,
    /// The consents installed, the newest last.
    consents: Vec<ConsentId>,
    /// The objections received, the newest last.
    objections: Vec<ObjectionId>,
}

impl Side {
    /// A service that works with one operator.
    #[must_use]
    pub fn new(id: ServiceId, key: PrivateKey, operator: KnownOperator) -> Self {
        let keys = KeySet::from(key.public().clone());
        Self {
            service: Service::new(id, keys, vec![operator.clone()]),
            random: SystemRandom::new(),
            key,
            operator,
            customers: BTreeMap::new(),
            consents: Vec::new(),
            objections: Vec::new(),
        }
    }

    /// The service's id.
    #[must_use]
    pub const fn id(&self) -> &ServiceId {
        self.service.id()
    }

    /// The public signature keys, for the contract.
    #[must_use]
    pub fn keys(&self) -> KeySet {
        KeySet::from(self.key.public().clone())
    }

    /// The surrogates made here: for the check that they stay where they belong.
    pub fn surrogates(&self) -> impl Iterator<Item = &SurrogateId> {
        self.service
            .links()
            .map(|(_, link)| &link.record.surrogate_id)
    }

    /// The newest consent.
    pub(crate) fn consent(&self) -> Result<&ConsentId, Refused> {
        let newest = self.consents.last();
        newest.ok_or_else(|| Refused::new("no_consent", "nobody has consented here"))
    }

    /// Whom a surrogate stands for.
    pub(crate) fn customer(&self, surrogate: &SurrogateId) -> Option<&String> {
        self.customers.get(surrogate).map(Personal::expose)
    }

    /// Signs the description and sends it to the operator.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn describe(&self, description: &[u8]) -> Result<Vec<Mail>, Refused> {
        let description = json::from_slice(description, Limits::MESSAGE)?;
        let sealed = Unsigned::new(description).sign(&self.key)?.seal();
        operator(&FromService::Describe(Box::new(sealed)))
    }

    /// The person has signed in here and confirms the linking. A sink gives its key along.
    pub(crate) fn hear_person(
        &mut self,
        octets: &[u8],
        pop_key: Option<&PublicKey>,
    ) -> Result<Outcome, Refused> {
        let PersonToService::Confirm(code, customer) = message::read(octets)?;
        let offer = self
            .service
            .confirm_linking(&code, pop_key, &mut self.random)?;
        let surrogate = offer.surrogate_id.clone();
        self.customers.insert(surrogate, Personal::new(customer));
        let mails = operator(&FromService::Offer(offer))?;
        Ok(Outcome::done("linking_confirmed", mails))
    }

    /// Takes what the operator says, and does what follows from it.
    pub(crate) fn hear_operator(
        &mut self,
        news: &ToService,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let from = self.operator.id().clone();
        let setting = Setting {
            from: &from,
            now,
            crypto: &Ring,
        };
        let effects = match self.service.receive(news, setting) {
            Ok(installed) => installed.effects(),
            // A refusal that leaves a consent in doubt says what to do: stop, and ask.
            Err(refusal) if !refusal.effects().is_empty() => refusal.effects().to_vec(),
            Err(refusal) => return Err(refusal.into()),
        };
        // In a city: store the letter, then acknowledge it, then carry the effects out.
        self.carry_out(effects, setting)
    }

    /// The operator has answered what was missing.
    pub(crate) fn hear_status(
        &mut self,
        reply: &StatusReply,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let from = self.operator.id().clone();
        let setting = Setting {
            from: &from,
            now,
            crypto: &Ring,
        };
        let effects = self.service.catch_up(reply, setting)?.effects();
        let asked = effects
            .iter()
            .any(|effect| matches!(effect, Effect::AskStatus { .. }));
        let outcome = self.carry_out(effects, setting)?;
        Ok(if asked {
            outcome
        } else {
            Outcome::done("caught_up", outcome.mails)
        })
    }

    fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        setting: Setting<'_>,
    ) -> Result<Outcome, Refused> {
        let mut done = Outcome::done("status_taken", Vec::new());
        for effect in effects {
            done = match effect {
                Effect::AskPerson { code } => {
                    let sign_in = ToPerson::SignIn(self.service.id().clone(), code);
                    let mail = Mail::write(Who::Sofia, &sign_in)?;
                    Outcome::done("person_asked", vec![mail])
                }
                Effect::Countersign(delivery) => {
                    let service = &mut self.service;
                    let signed = service.countersign(&delivery, &self.key, setting)?;
                    let mails = operator(&FromService::Countersigned(signed))?;
                    Outcome::done("countersigned", mails)
                }
                Effect::Linked { .. } => Outcome::done("linked", Vec::new()),
                Effect::Consented { cr_id } => {
                    self.consents.push(cr_id);
                    Outcome::done("consented", Vec::new())
                }
                // Nothing runs on for long here; a city stops its jobs.
                Effect::Stop { .. } => Outcome::done("stopped", Vec::new()),
                Effect::Resume { .. } => Outcome::done("resumed", Vec::new()),
                Effect::Unlinked { link_id } => Outcome::done(self.forget(&link_id), Vec::new()),
                Effect::AskStatus { query, .. } => {
                    Outcome::done("status_asked", operator(&FromService::Ask(query))?)
                }
                Effect::ConfirmSubscription(confirmation) => {
                    let mails = operator(&FromService::Subscribed(confirmation))?;
                    Outcome::done("subscribed", mails)
                }
                // Somebody must decide, and that takes a while: she is told so at once.
                Effect::Decide { objection } => {
                    self.objections.push(objection);
                    let mails = self.decide(Verdict::Pending, None, setting)?;
                    Outcome::done("objection_pending", mails)
                }
                _ => Outcome::refused("effect_unknown", Vec::new()),
            };
        }
        Ok(done)
    }
}

impl Side {
    /// Forgets whose a link was, unless she has objected: that holds for her, and not for the link.
    fn forget(&mut self, link_id: &LinkId) -> &'static str {
        let mut objections = self.service.objections();
        if objections.any(|(_, held)| held.link_id == *link_id) {
            return "unlinked, objection_kept";
        }
        if let Some(link) = self.service.link(link_id) {
            self.customers.remove(&link.record.surrogate_id);
        }
        "unlinked"
    }

    /// Answers the newest objection: one decision about all of it.
    pub(crate) fn decide(
        &mut self,
        decision: Verdict,
        url: Option<&WebLink>,
        setting: Setting<'_>,
    ) -> Result<Vec<Mail>, Refused> {
        let newest = self.objections.last();
        let id = newest.ok_or_else(|| Refused::new("no_objection", "nobody has objected"))?;
        let held = self.service.objection(id);
        let items = held.into_iter().flat_map(|held| held.request.items());
        let decided = items.map(|item| ObjectionDecision {
            id: item.id.clone(),
            decision,
            url: url.cloned(),
        });
        let decided = decided.collect();
        let (service, random) = (&mut self.service, &mut self.random);
        let answer = service.answer_objection(id, decided, &self.key, setting, random)?;
        // In a city: store the answer, stop what is to stop, and then send it.
        operator(&FromService::Decided(Box::new(answer)))
    }

    /// Writes a notification for the newest link.
    pub(crate) fn notify(
        &mut self,
        message: NotificationMessage,
        now: Timestamp,
    ) -> Result<NotificationPush, Refused> {
        let link = self.link()?.clone();
        let (service, random) = (&self.service, &mut self.random);
        Ok(service.prepare_notification(&link, vec![message], &self.key, now, random)?)
    }

    /// The active link.
    pub(crate) fn link(&self) -> Result<&LinkId, Refused> {
        let mut all = self.service.links();
        let active = all.find(|(_, link)| link.is_active()).map(|(id, _)| id);
        active.ok_or_else(|| Refused::new("no_link", "nobody is linked here"))
    }

    /// All the links that the service has had with whoever has the active one: that they are one
    /// person's the service knows by its own customer number.
    pub(crate) fn links_of_person(&self) -> Result<Vec<LinkId>, Refused> {
        let active = self.link()?;
        let customer = |link: &LinkId| {
            let link = self.service.link(link)?;
            self.customers.get(&link.record.surrogate_id)
        };
        let all = self.service.links().map(|(id, _)| id);
        let same = all.filter(|id| *id == active || customer(id) == customer(active));
        Ok(same.cloned().collect())
    }

    /// From whom messages come, and when.
    pub(crate) fn operator_id(&self) -> OperatorId {
        self.operator.id().clone()
    }
}

/// A letter to the operator.
pub(crate) fn operator(letter: &FromService) -> Result<Vec<Mail>, Refused> {
    Ok(vec![Mail::write(Who::Operator, letter)?])
}
