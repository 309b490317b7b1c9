//! An operator, a source, a sink and an owner with her wallet: a whole flow played and written down,
//! from each side.

use super::bench::{service_task, signer};
use super::case::{About, Book, Stated};
use super::forge::Jws;
use super::keys::{Key, bits, set};
use super::record::{OPERATOR, START, sealed_by};
use crate::descriptions;
use crate::exam::ours::{OperatorParty, ServiceParty};
use crate::exam::task::{
    AccountOpened, As, ObjectedItem, OperatorAct, OperatorStep, OperatorTask, Registration,
    ServiceAct, ServiceStep, ServiceTask, WhoActs,
};
use crate::exam::vectors::Leg;
use crate::exam::{Role, Task, Verdict};
use mydata::core::crypto::Crypto as _;
use mydata_chosen::Chosen;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everybody, and what has been done so far.
#[derive(Debug)]
pub struct Stage {
    /// The clock of all.
    pub now: u64,
    /// How the sink proves that it holds its key, if not in the framework's own way.
    pub proof: Option<&'static str>,
    operator: (OperatorTask, OperatorParty, Vec<Verdict>),
    services: BTreeMap<&'static str, (ServiceTask, ServiceParty, Vec<Verdict>)>,
    legs: Vec<Leg>,
}

/// The ids of a pair, and its records as drafted.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The source's.
    pub source: String,
    /// The sink's.
    pub sink: String,
}

/// The four records of a pair to be given: source record, source status, sink record, sink status.
pub type Four = [Value; 4];

/// The kinds of [`Four`].
pub const FOUR: [&str; 4] = [
    "source_consent",
    "consent_status",
    "sink_consent",
    "consent_status",
];

/// The owner.
#[must_use]
pub const fn owner() -> As {
    somebody(WhoActs::Owner)
}

/// Somebody.
#[must_use]
pub const fn somebody(capacity: WhoActs) -> As {
    As {
        capacity,
        service: None,
        account: None,
    }
}

/// A service.
#[must_use]
pub fn service(name: &str) -> As {
    As {
        service: Some(name.to_owned()),
        ..somebody(WhoActs::Service)
    }
}

fn registration(description: Value, kid: &str, open: bool) -> Registration {
    Registration {
        description,
        keys: set(&[kid]),
        open,
    }
}

/// A message in its text.
fn text(value: &Value) -> String {
    value.to_string()
}

impl Stage {
    /// Nobody is linked.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With services more: the name under which commands know them, and what they are:
    /// `closed` or `newer` (the sink), `closed source` or `newer source`.
    #[must_use]
    pub fn with(more: &[&str]) -> Self {
        let newer = |mut description: Value| {
            description["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
            description
        };
        let (source, sink) = (descriptions::source(), descriptions::sink());
        let mut services = BTreeMap::from([
            (
                "source".to_owned(),
                registration(source.clone(), "source-1", true),
            ),
            (
                "sink".to_owned(),
                registration(sink.clone(), "sink-1", true),
            ),
        ]);
        for name in more {
            let registration = match *name {
                "closed" => registration(sink.clone(), "sink-1", false),
                "newer" => registration(newer(sink.clone()), "sink-1", true),
                "closed source" => registration(source.clone(), "source-1", false),
                "newer source" => registration(newer(source.clone()), "source-1", true),
                "owner's key" => registration(sink.clone(), "owner-2", true),
                other => panic!("no service {other}"),
            };
            services.insert((*name).to_owned(), registration);
        }
        let private = |kid: &str| Key::named(kid).private().clone();
        let operator = OperatorTask {
            operator_id: OPERATOR.to_owned(),
            keys: BTreeMap::from([
                ("status".to_owned(), private("operator-status-1")),
                ("tokens".to_owned(), private("operator-tokens-1")),
            ]),
            account: AccountOpened {
                id: "account-of-sofia".to_owned(),
                owner_keys: set(&["owner-1", "owner-2"]),
                activate_by: None,
            },
            services,
            random: (1..=64)
                .map(|n| bits(&format!("operator draws {n}")))
                .collect(),
            steps: Vec::new(),
        };
        let party = OperatorParty::new(&operator, &signer).unwrap();
        let services = ["source", "sink"].map(|name| {
            let mut task = service_task(name);
            let party = ServiceParty::new(&task, &signer).unwrap();
            task.steps.clear();
            (name, (task, party, Vec::new()))
        });
        Self {
            now: START,
            proof: None,
            operator: (operator, party, Vec::new()),
            services: BTreeMap::from(services),
            legs: Vec::new(),
        }
    }

    /// Both services are linked.
    #[must_use]
    pub fn linked() -> Self {
        Self::linked_with(&[])
    }

    /// The same, with services more.
    #[must_use]
    pub fn linked_with(more: &[&str]) -> Self {
        let mut stage = Self::with(more);
        stage.link("source");
        stage.link("sink");
        stage.show();
        stage
    }

    /// The person is shown what a consent is about.
    pub fn show(&mut self) {
        self.does(owner(), proposal());
    }

    /// Both are linked, and there is a pair for `care`.
    #[must_use]
    pub fn consented() -> (Self, Pair) {
        let mut stage = Self::linked();
        let pair = stage.give(&care());
        (stage, pair)
    }

    /// The clock goes on.
    pub fn wait(&mut self, seconds: u64) {
        self.now += seconds;
    }

    fn leg(&mut self, from: &str, to: &str, kind: &str, message: String) {
        self.legs.push(Leg {
            at: self.now,
            from: from.to_owned(),
            to: to.to_owned(),
            kind: kind.to_owned(),
            message,
        });
    }

    /// The operator is asked something; nothing is delivered yet.
    pub fn asks(&mut self, who: As, act: OperatorAct) -> Verdict {
        let step = OperatorStep {
            at: self.now,
            who,
            act,
        };
        let (task, party, verdicts) = &mut self.operator;
        let verdict = party.step(&step);
        task.steps.push(step);
        verdicts.push(verdict.clone());
        verdict
    }

    /// The operator is asked something, which must be accepted, and delivers what follows.
    pub fn does(&mut self, who: As, act: OperatorAct) -> Value {
        let is_owners = who.capacity == WhoActs::Owner;
        let asked = serde_json::to_value(&act).unwrap();
        if is_owners {
            let (name, input) = asked.as_object().unwrap().iter().next().unwrap();
            self.leg("owner", "operator", name, text(input));
        }
        let verdict = self.asks(who, act);
        let Verdict::Accepted(done) = verdict else {
            panic!("{asked}: {verdict:?}");
        };
        if let Some(drafts) = done.get("drafts") {
            self.leg("operator", "owner", "draft", text(drafts));
        }
        for delivery in done["outbox"].as_array().into_iter().flatten() {
            self.deliver(delivery);
        }
        done
    }

    /// One message of an outbox; whoever refuses it ends the play.
    fn deliver(&mut self, delivery: &Value) {
        let to = delivery["to"].as_str().unwrap().to_owned();
        let message = text(&delivery["message"]);
        self.leg("operator", &to, "to_service", message.clone());
        let verdict = self.service(
            &to,
            ServiceAct::Receive {
                from: OPERATOR.to_owned(),
                message,
            },
        );
        assert!(verdict.is_accepted(), "{to}: {verdict:?}");
        if let Verdict::Accepted(done) = verdict {
            for sent in done["sends"].as_array().into_iter().flatten() {
                self.answer(&to, sent);
            }
            for effect in done["effects"].as_array().into_iter().flatten() {
                if let Some(message) = effect.get("confirm_subscription") {
                    let sent = json!({ "kind": "subscription_confirmation", "message": message });
                    self.answer(&to, &sent);
                }
            }
        }
    }

    /// A message of a service to the operator, which must be accepted.
    pub fn answer(&mut self, from: &str, sent: &Value) -> Value {
        let kind = sent["kind"].as_str().unwrap().to_owned();
        let message = text(&sent["message"]);
        self.leg(from, "operator", &kind, message.clone());
        self.does(service(from), OperatorAct::Receive { kind, message })
    }

    /// A service is asked something.
    pub fn service(&mut self, name: &str, act: ServiceAct) -> Verdict {
        let step = ServiceStep { at: self.now, act };
        let (task, party, verdicts) = self.services.get_mut(name).unwrap();
        let verdict = party.step(&step);
        task.steps.push(step);
        verdicts.push(verdict.clone());
        verdict
    }

    /// The drafts that the owner asks for.
    pub fn drafts(&mut self, act: OperatorAct) -> Vec<Value> {
        let done = self.does(owner(), act);
        done["drafts"].as_array().unwrap().clone()
    }

    /// Starts a linking; `from_service` when the person came from there. Gives the code.
    pub fn invite(&mut self, name: &str, from_service: bool) -> String {
        let surrogate_id = from_service.then(|| {
            let operator = OPERATOR.to_owned();
            let verdict = self.service(name, ServiceAct::StartLinking { operator });
            let Verdict::Accepted(done) = verdict else {
                panic!("{verdict:?}");
            };
            done["surrogate_id"].as_str().unwrap().to_owned()
        });
        let done = self.does(
            owner(),
            OperatorAct::StartLinking {
                service: name.to_owned(),
                surrogate_id,
            },
        );
        done["reply"]["linking"].as_str().unwrap().to_owned()
    }

    /// The person has agreed at the service: what it sends.
    pub fn offer(&mut self, name: &str, code: &str) -> Value {
        let verdict = self.service(
            name,
            ServiceAct::ConfirmLinking {
                code: code.to_owned(),
                proof: self.proof.filter(|_| name == "sink").map(ToOwned::to_owned),
            },
        );
        let Verdict::Accepted(done) = verdict else {
            panic!("{verdict:?}");
        };
        done["sends"][0].clone()
    }

    /// The link record to sign.
    pub fn link_draft(&mut self, code: &str) -> Value {
        let code = code.to_owned();
        self.drafts(OperatorAct::DraftLink { code }).remove(0)
    }

    /// The first status to sign.
    pub fn status_draft(&mut self, code: &str) -> Value {
        let code = code.to_owned();
        self.drafts(OperatorAct::DraftFirstStatus { code })
            .remove(0)
    }

    /// A linking up to the record that both have signed.
    pub fn countersigned(&mut self, name: &str, from_service: bool) -> String {
        let code = self.invite(name, from_service);
        let offer = self.offer(name, &code);
        self.answer(name, &offer);
        let draft = self.link_draft(&code);
        self.does(owner(), propose(&code, &by_owner("link_proposal", &draft)));
        code
    }

    /// Links a service. Gives the id of the link.
    pub fn link(&mut self, name: &str) -> String {
        let code = self.countersigned(name, false);
        self.complete(&code)
    }

    /// The last step of a linking.
    pub fn complete(&mut self, code: &str) -> String {
        let draft = self.status_draft(code);
        self.does(owner(), complete(code, &by_owner("link_status", &draft)));
        draft["slr_id"].as_str().unwrap().to_owned()
    }

    /// The four records of a pair to sign.
    pub fn pair_drafts(&mut self, choice: &Value) -> Four {
        let drafts = self.drafts(OperatorAct::DraftPair {
            source: "source".to_owned(),
            sink: "sink".to_owned(),
            choice: choice.clone(),
        });
        drafts.try_into().unwrap()
    }

    /// Gives a pair.
    pub fn give(&mut self, choice: &Value) -> Pair {
        let four = self.pair_drafts(choice);
        self.does(owner(), give(&four));
        let id = |value: &Value| value["common_part"]["cr_id"].as_str().unwrap().to_owned();
        Pair {
            source: id(&four[0]),
            sink: id(&four[2]),
        }
    }

    /// The owner changes a consent.
    pub fn change(&mut self, cr_id: &str, change: &str) -> Value {
        let act = self.signed_change(cr_id, change);
        self.does(owner(), act)
    }

    /// A change with the owner's signatures, as drafted.
    pub fn signed_change(&mut self, cr_id: &str, change: &str) -> OperatorAct {
        let mut drafts = self
            .drafts(OperatorAct::DraftChange {
                cr_id: cr_id.to_owned(),
                change: change.to_owned(),
            })
            .into_iter()
            .map(|draft| by_owner("consent_status", &draft).text());
        OperatorAct::ChangeConsent {
            cr_id: cr_id.to_owned(),
            change: change.to_owned(),
            reason: "owner_wish".to_owned(),
            status: drafts.next(),
            mirrored: drafts.next(),
        }
    }

    /// The removal of a link with the owner's signature.
    pub fn signed_removal(&mut self, link_id: &str) -> OperatorAct {
        let link_id = link_id.to_owned();
        let draft = self
            .drafts(OperatorAct::DraftRemoval {
                link_id: link_id.clone(),
            })
            .remove(0);
        OperatorAct::RemoveLink {
            link_id,
            status: Some(by_owner("link_status", &draft).text()),
        }
    }

    /// The owner subscribes at the sink, which confirms. Gives the id of the subscription.
    pub fn subscribe(&mut self, notifications: &[&str]) -> String {
        let draft = self.subscription_draft(notifications);
        self.does(owner(), subscribe(&by_owner("subscription", &draft)));
        draft["id"].as_str().unwrap().to_owned()
    }

    /// A subscription at the sink to sign.
    pub fn subscription_draft(&mut self, notifications: &[&str]) -> Value {
        let act = OperatorAct::DraftSubscription {
            service: "sink".to_owned(),
            notifications: notifications.iter().map(|&n| n.to_owned()).collect(),
            encrypted: false,
        };
        self.drafts(act).remove(0)
    }

    /// The sink makes a notification.
    pub fn tells(&mut self, notification: &str) -> Verdict {
        let link_id = self.link_id("sink");
        let messages = json!([{ "subject": format!("About {notification}"), "id": notification,
            "message": "There is something.", "url": "https://sink.example/read" }]);
        self.service(
            "sink",
            ServiceAct::PrepareNotification { link_id, messages },
        )
    }

    /// An objection at the sink to sign, to processing for these purposes.
    pub fn objection_draft(&mut self, purposes: &[&str]) -> Value {
        let item = |purpose: &&str| ObjectedItem {
            processing_id: Some((*purpose).to_owned()),
            dataset_id: None,
        };
        let act = OperatorAct::DraftObjection {
            service: "sink".to_owned(),
            items: purposes.iter().map(item).collect(),
        };
        self.drafts(act).remove(0)
    }

    /// The owner objects at the sink. Gives the id of the objection.
    pub fn object(&mut self, purposes: &[&str]) -> String {
        let draft = self.objection_draft(purposes);
        self.does(owner(), object(&by_owner("objection", &draft)));
        draft["id"].as_str().unwrap().to_owned()
    }

    /// The sink decides the first item of an objection.
    pub fn decides(&mut self, objection: &str, decision: &str, url: Option<&str>) -> Verdict {
        let mut one = json!({ "id": "1", "decision": decision });
        if let Some(url) = url {
            one["url"] = json!(url);
        }
        self.service(
            "sink",
            ServiceAct::AnswerObjection {
                objection: objection.to_owned(),
                decisions: json!([one]),
            },
        )
    }

    /// Whether the sink may process a dataset for `purpose`, on whatever basis.
    pub fn may_use(&mut self, purpose: &str, dataset: &str) -> Verdict {
        let link_id = self.link_id("sink");
        self.service(
            "sink",
            ServiceAct::MayUse {
                link_id,
                description: descriptions::sink(),
                purpose: purpose.to_owned(),
                dataset: dataset.to_owned(),
            },
        )
    }

    /// A new account, that waits until `seconds` have gone to be activated.
    #[must_use]
    pub fn created(seconds: u64) -> Self {
        let mut stage = Self::new();
        let task = &mut stage.operator.0;
        task.account.activate_by = Some(START + seconds);
        stage.operator.1 = OperatorParty::new(task, &signer).unwrap();
        stage
    }

    /// The sink gets a token.
    pub fn token(&mut self, cr_id: &str) -> String {
        let verdict = self.service(
            "sink",
            ServiceAct::TokenRequest {
                cr_id: cr_id.to_owned(),
            },
        );
        let Verdict::Accepted(done) = verdict else {
            panic!("{verdict:?}");
        };
        let done = self.answer("sink", &done["sends"][0]);
        let reply = text(&done["reply"]);
        self.leg("operator", "sink", "token_reply", reply);
        done["reply"]["auth_token"].as_str().unwrap().to_owned()
    }

    /// A message between two services, for the transcript.
    pub fn between(&mut self, from: &str, to: &str, kind: &str, message: String) {
        self.leg(from, to, kind, message);
    }

    /// The transcript so far.
    #[must_use]
    pub fn legs(&self) -> Vec<Leg> {
        self.legs.clone()
    }

    /// The last payload under which a service holds something, by member.
    #[must_use]
    pub fn surrogate(&self, name: &str) -> String {
        let steps = self.services[name].2.iter().rev();
        let offers = steps.filter_map(|verdict| match verdict {
            Verdict::Accepted(done) => done["sends"][0]["message"]["surrogate_id"].as_str(),
            Verdict::Refused(_) => None,
        });
        offers.map(str::to_owned).next().unwrap()
    }

    /// Whether a service has done anything.
    #[must_use]
    pub fn took_part(&self, name: &str) -> bool {
        !self.services[name].0.steps.is_empty()
    }

    /// The id of the newest link of a service.
    #[must_use]
    pub fn link_id(&self, name: &str) -> String {
        let linked = self.services[name].2.iter().rev();
        let ids = linked.filter_map(|verdict| match verdict {
            Verdict::Accepted(done) => done["effects"][0]["linked"]["link_id"].as_str(),
            Verdict::Refused(_) => None,
        });
        ids.map(str::to_owned).next().unwrap()
    }

    /// The pair given last, as a command.
    #[must_use]
    pub fn last_given(&self) -> OperatorAct {
        let acts = self.operator.0.steps.iter().rev().map(|step| &step.act);
        let mut given = acts.filter(|act| matches!(act, OperatorAct::GivePair { .. }));
        given.next().unwrap().clone()
    }

    /// The id of the resource set of the pair drafted last.
    #[must_use]
    pub fn resource_set(&self) -> Value {
        let mut sets = self
            .operator
            .2
            .iter()
            .rev()
            .filter_map(|verdict| match verdict {
                Verdict::Accepted(done) => {
                    let set = &done["drafts"][0]["common_part"]["rs_description"]["resource_set"];
                    set["rs_id"].as_str().map(|id| json!(id))
                }
                Verdict::Refused(_) => None,
            });
        sets.next().unwrap()
    }

    /// The operator's side as a case.
    pub fn operator_case(
        &self,
        book: &mut Book,
        id: &str,
        requirements: &str,
        says: &str,
        stated: Stated<'_>,
    ) {
        let about = About {
            id,
            requirements,
            binds: &[Role::Operator],
            says,
        };
        let (task, verdicts) = self.operator_task();
        book.brief_session(about, &Task::Operator(task), verdicts, stated);
    }

    /// The operator's side as a case in which every step is compared in full.
    pub fn operator_flow(&self, book: &mut Book, id: &str, requirements: &str, says: &str) {
        let about = About {
            id,
            requirements,
            binds: &[Role::Operator],
            says,
        };
        let (task, verdicts) = self.operator_task();
        book.session(about, &Task::Operator(task), verdicts, Stated::Accepted);
    }

    /// The task with no more numbers than are drawn, and a few.
    fn operator_task(&self) -> (OperatorTask, &[Verdict]) {
        let (task, party, verdicts) = &self.operator;
        let mut task = task.clone();
        let drawn = task.random.len() - party.left();
        task.random.truncate(drawn + 2);
        (task, verdicts)
    }

    /// A service's side as a case.
    pub fn service_case(
        &self,
        book: &mut Book,
        name: &str,
        id: &str,
        requirements: &str,
        says: &str,
    ) {
        let role = if name == "sink" {
            Role::Sink
        } else {
            Role::Source
        };
        let about = About {
            id,
            requirements,
            binds: &[role],
            says,
        };
        let (task, _, verdicts) = &self.services[name];
        book.session(
            about,
            &Task::Service(task.clone()),
            verdicts,
            Stated::Accepted,
        );
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// The owner's signature.
#[must_use]
pub fn by_owner(kind: &str, payload: &Value) -> Jws {
    sealed_by(kind, payload, &["owner-1"])
}

/// The owner proposes a link.
#[must_use]
pub fn propose(code: &str, record: &Jws) -> OperatorAct {
    OperatorAct::ProposeLink {
        code: code.to_owned(),
        record: record.text(),
    }
}

/// The owner completes a link.
#[must_use]
pub fn complete(code: &str, status: &Jws) -> OperatorAct {
    OperatorAct::CompleteLink {
        code: code.to_owned(),
        status: status.text(),
    }
}

/// The owner gives a pair.
#[must_use]
pub fn give(four: &Four) -> OperatorAct {
    give_to("source", "sink", four, &["owner-1"; 4])
}

/// The same with services of other names, and other signers.
#[must_use]
pub fn give_to(source: &str, sink: &str, four: &Four, kids: &[&str; 4]) -> OperatorAct {
    let signed = |at: usize| sealed_by(FOUR[at], &four[at], &[kids[at]]).text();
    OperatorAct::GivePair {
        source: source.to_owned(),
        sink: sink.to_owned(),
        source_record: signed(0),
        source_status: signed(1),
        sink_record: signed(2),
        sink_status: signed(3),
    }
}

/// The owner subscribes at the sink.
#[must_use]
pub fn subscribe(record: &Jws) -> OperatorAct {
    OperatorAct::Subscribe {
        service: "sink".to_owned(),
        record: record.text(),
    }
}

/// The owner objects at the sink.
#[must_use]
pub fn object(record: &Jws) -> OperatorAct {
    OperatorAct::Object {
        service: "sink".to_owned(),
        record: record.text(),
    }
}

/// What the person is shown.
const SHOWN: &str = "Care gets a and b from the source, for thirty days.\n";

/// The proposal, to be archived.
#[must_use]
pub fn proposal() -> OperatorAct {
    let versions = ["source", "sink"].map(|name| (name.to_owned(), "1.0.0".to_owned()));
    OperatorAct::ShowProposal {
        url: "https://operator.example/proposals/1".to_owned(),
        media_type: "text/plain".to_owned(),
        language: "sv".to_owned(),
        rests_on: BTreeMap::from(versions),
        text: SHOWN.to_owned(),
    }
}

/// What a person chooses of it.
#[must_use]
pub fn choice(purpose: &str, datasets: &[&str]) -> Value {
    json!({
        "rules": [{ "purposeId": purpose, "datasets": datasets }],
        "exp": START + super::record::DAYS30,
        "proposal": {
            "url": "https://operator.example/proposals/1",
            "hash": Chosen.sha256(SHOWN.as_bytes()).to_base64url(),
        },
    })
}

/// `care` with two datasets.
#[must_use]
pub fn care() -> Value {
    choice("care", &["src/a", "src/b"])
}
