//! What a person wishes of the sink: to be told, and to be left alone.

use crate::World;
use mydata::core::id::{LinkId, NotificationTypeId, ObjectedId, ObjectionId, ServiceId};
use mydata::core::jws::Verified;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::web::WebLink;
use mydata::operator::{Command, Rejection, Reply, Scope, Told};
use mydata::record::message::{self, ObjectionAnswer};
use mydata::record::notification::{
    NotificationMessage, NotificationPush, PushedNotification, Selection, Subscription,
};
use mydata::record::objection::{ObjectionDecision, ObjectionRequest, ObjectionResponse, Verdict};
use mydata::service::{Effect, Refusal, Setting};
use mydata_chosen::Chosen;
use std::sync::Arc;

/// `news`, or `-news`.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test that names no type fails")]
pub fn selections(texts: &[&str]) -> Vec<Selection> {
    let selection = |text: &&str| match text.strip_prefix('-') {
        Some(id) => Selection::Cancel(NotificationTypeId::parse(id).unwrap()),
        None => Selection::Subscribe(NotificationTypeId::parse(text).unwrap()),
    };
    texts.iter().map(selection).collect()
}

/// A message of each type.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test that names no type fails")]
pub fn messages(types: &[&str]) -> Vec<NotificationMessage> {
    let message = |id: &&str| NotificationMessage {
        subject: format!("about {id}"),
        id: NotificationTypeId::parse(id).unwrap(),
        message: "Something has happened.".to_owned(),
        url: Some(WebLink::parse("https://sink.example/news?id=1").unwrap()),
    };
    types.iter().map(message).collect()
}

/// The same verdict on each item, with an address that explains it.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test that names no item fails")]
pub fn verdicts(items: &[&str], decision: Verdict) -> Vec<ObjectionDecision> {
    let verdict = |id: &&str| ObjectionDecision {
        id: ObjectedId::parse(id).unwrap(),
        decision,
        url: Some(WebLink::parse("https://sink.example/why").unwrap()),
    };
    items.iter().map(verdict).collect()
}

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test world that fails fails the test"
)]
impl World {
    /// The active link of the sink.
    #[must_use]
    pub fn sink_link(&self) -> LinkId {
        let sink = ServiceId::parse("sink").unwrap();
        self.account.active_link(&sink).unwrap().0.clone()
    }

    /// A subscription at the sink, signed by the owner.
    pub fn signed_subscription(
        &mut self,
        texts: &[&str],
    ) -> Result<Verified<Subscription>, Rejection> {
        let service = Arc::clone(&self.sink.registered);
        let chosen = selections(texts);
        let draft =
            self.with_env(|account, env| account.draft_subscription(&service, chosen, false, env))?;
        Ok(self.by_owner(&draft))
    }

    /// The person subscribes at the sink, and the sink confirms.
    pub fn subscribe(&mut self, texts: &[&str]) -> Result<Reply, Rejection> {
        let record = self.signed_subscription(texts)?;
        let service = Arc::clone(&self.sink.registered);
        let command = Command::Subscribe { service, record };
        self.command(&self.owner_act(), &command)?;
        let Some(Effect::ConfirmSubscription(confirmation)) = self.sink.effects.pop() else {
            panic!("the sink confirms nothing");
        };
        let command = Command::ConfirmSubscription {
            surrogate_id: confirmation.surrogate_id,
            id: confirmation.subscription_id,
        };
        self.command(&self.service_act("sink"), &command)
    }

    /// The sink makes a notification.
    pub fn notification(&mut self, types: &[&str]) -> Result<NotificationPush, Refusal> {
        let (link, now, random) = (self.sink_link(), self.now, &mut self.random);
        let sink = &self.sink;
        sink.service
            .prepare_notification(&link, messages(types), &sink.key, now, random)
    }

    /// The operator reads and verifies a notification of the sink.
    #[must_use]
    pub fn told(&self, push: &NotificationPush) -> Command {
        let octets = message::write(push).unwrap();
        let push: NotificationPush = message::read(&octets).unwrap();
        let keys = PartyKeys::none().with_history(Party::Service, &self.sink.registered.keys);
        let notification = match push.notification {
            PushedNotification::Signed(sealed) => {
                Told::Signed(sealed.open().unwrap().verify(&Chosen, &keys).unwrap())
            }
            PushedNotification::Encrypted(jwe) => Told::Encrypted(jwe),
        };
        Command::ReceiveNotification {
            surrogate_id: push.surrogate_id,
            service: Arc::clone(&self.sink.registered),
            notification,
        }
    }

    /// An objection at the sink, signed by the owner.
    pub fn signed_objection(
        &mut self,
        scopes: Vec<Scope>,
    ) -> Result<Verified<ObjectionRequest>, Rejection> {
        let service = Arc::clone(&self.sink.registered);
        let draft = self.with_env(|account, env| account.draft_objection(&service, scopes, env))?;
        Ok(self.by_owner(&draft))
    }

    /// The person objects at the sink.
    pub fn object(&mut self, scopes: Vec<Scope>) -> Result<ObjectionId, Rejection> {
        let record = self.signed_objection(scopes)?;
        let service = Arc::clone(&self.sink.registered);
        let id = record.id().clone();
        self.command(&self.owner_act(), &Command::Object { service, record })?;
        Ok(id)
    }

    /// The sink makes an answer.
    pub fn answer_of_sink(
        &mut self,
        id: &ObjectionId,
        decisions: Vec<ObjectionDecision>,
    ) -> Result<ObjectionAnswer, Refusal> {
        let from = self.operator_id.clone();
        let setting = Setting {
            from: &from,
            now: self.now,
            crypto: &Chosen,
        };
        let (random, sink) = (&mut self.random, &mut self.sink);
        sink.service
            .answer_objection(id, decisions, &sink.key, setting, random)
    }

    /// The operator reads and verifies an answer of the sink.
    #[must_use]
    pub fn answered(&self, answer: &ObjectionAnswer) -> Command {
        let octets = message::write(answer).unwrap();
        let answer: ObjectionAnswer = message::read(&octets).unwrap();
        let keys = PartyKeys::none().with_history(Party::Service, &self.sink.registered.keys);
        let record: Verified<ObjectionResponse> = answer
            .response
            .open()
            .unwrap()
            .verify(&Chosen, &keys)
            .unwrap();
        Command::ReceiveObjectionResponse {
            service: Arc::clone(&self.sink.registered),
            record,
        }
    }

    /// The sink answers, and the operator takes the answer.
    pub fn decide_objection(&mut self, id: &ObjectionId, decisions: Vec<ObjectionDecision>) {
        let answer = self.answer_of_sink(id, decisions).unwrap();
        let command = self.answered(&answer);
        self.command(&self.service_act("sink"), &command).unwrap();
    }
}
