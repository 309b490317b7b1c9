//! A source or a sink, led through a session.

mod wishes;

use super::{Done, Drawn, MakeSigner, coded, key_set, settle, several, time, unknown, written};
use crate::base64url;
use crate::library::Library;
use crate::task::{ServiceAct, ServiceStep, ServiceTask};
use crate::verdict::{Refused, Verdict};
use mydata::core::crypto::Signer;
use mydata::core::id::{
    ConsentId, DatasetId, LinkCode, LinkId, Nonce, OperatorId, PurposeId, ServiceId,
};
use mydata::core::jwk::KeySet;
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::record::message::{self, ConsentCopy, StatusReply, ToService};
use mydata::record::possession::ProofScheme;
use mydata::record::standing::Standing;
use mydata::service::{
    Effect, Installed, KnownOperator, Processing, Refusal, Service, Setting, Want,
};
use mydata::token::access::{Access, Gate};
use mydata::token::claims::TokenText;
use mydata::token::nonces::Nonces;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use serde_json::{Value, json};

/// So many data requests are remembered: more than any vector has.
const REMEMBERED: usize = 1000;

/// One service with its keys.
#[derive(Debug)]
pub struct ServiceParty {
    service: Service,
    signature: Box<dyn Signer>,
    pop: Option<Box<dyn Signer>>,
    replay: TwoGenerations,
    random: Drawn,
}

impl ServiceParty {
    /// At the beginning.
    ///
    /// # Errors
    /// The verdict on a task that cannot be begun.
    pub fn new(task: &ServiceTask, signer: &MakeSigner) -> Result<Self, Verdict> {
        let signature = signer(&task.keys.signature)?;
        let pop = task.keys.pop.as_ref().map(signer).transpose()?;
        let operators = task.operators.iter().map(|known| {
            let id = OperatorId::parse(&known.id).map_err(coded)?;
            let (status, tokens) = (key_set(&known.status_keys)?, key_set(&known.token_keys)?);
            KnownOperator::new(id, status, tokens)
                .map_err(|refusal| Verdict::refused(refusal.code()))
        });
        let start = task.steps.first().map_or(0, |step| step.at);
        let id = ServiceId::parse(&task.service_id).map_err(coded)?;
        let keys = KeySet::from(signature.public().clone());
        let operators = operators.collect::<Result<_, Verdict>>()?;
        Ok(Self {
            service: Service::new(id, keys, operators),
            signature,
            pop,
            replay: TwoGenerations::without_past(&Window::default(), REMEMBERED, time(start)?),
            random: Drawn::new(&task.random)?,
        })
    }

    /// One step.
    pub fn step(&mut self, step: &ServiceStep) -> Verdict {
        settle(time(step.at).and_then(|now| self.act(now, &step.act)))
    }

    fn act(&mut self, now: Timestamp, act: &ServiceAct) -> Done {
        match act {
            ServiceAct::Receive { from, message } => {
                let message: ToService = message::read(message.as_bytes()).map_err(coded)?;
                self.hear(from, now, |service, setting| {
                    service.receive(&message, setting)
                })
            }
            ServiceAct::CatchUp { from, message } => {
                let reply: StatusReply = message::read(message.as_bytes()).map_err(coded)?;
                self.hear(from, now, |service, setting| {
                    service.catch_up(&reply, setting)
                })
            }
            ServiceAct::Restore { from, message } => {
                let copy: ConsentCopy = message::read(message.as_bytes()).map_err(coded)?;
                self.hear(from, now, |service, setting| {
                    service.restore(&copy, setting)
                })
            }
            ServiceAct::StartLinking { operator } => {
                let operator = OperatorId::parse(operator).map_err(coded)?;
                let random = &mut self.random;
                let surrogate = self.service.start_linking(&operator, now, random);
                Ok(json!({ "surrogate_id": surrogate.map_err(refused)? }))
            }
            ServiceAct::ConfirmLinking { code, proof } => {
                let code = LinkCode::parse(code).map_err(coded)?;
                let proof = match proof {
                    None => ProofScheme::default(),
                    Some(name) => scheme(name).ok_or_else(unknown)?,
                };
                let pop = self.pop.as_ref().map(|pop| (pop.public(), proof));
                let random = &mut self.random;
                let offer = self.service.confirm_linking_with(&code, pop, random);
                Ok(sends("surrogate_offer", &offer.map_err(refused)?))
            }
            ServiceAct::MayProcess {
                cr_id,
                purpose,
                dataset,
            } => self.may_process(now, cr_id, purpose, dataset),
            ServiceAct::Standing { cr_id } => {
                let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
                match self.service.standing(&cr_id, now) {
                    None => Err(Verdict::refused("held_consent_unknown")),
                    Some(Standing::Active) => Ok(json!({})),
                    Some(Standing::Barred(bar)) => Err(coded(bar)),
                }
            }
            ServiceAct::Answer { .. } => self.answer(now, act),
            ServiceAct::PrepareRequest { .. } => self.prepare(now, act),
            ServiceAct::TokenRequest { cr_id } => {
                let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
                let request = self.service.token_request(&cr_id, now);
                Ok(sends("token_request", &request.map_err(refused)?))
            }
            ServiceAct::StatusQuery { cr_id } => {
                let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
                let query = self.service.status_query(&cr_id).map_err(refused)?;
                Ok(sends("status_query", &query))
            }
            ServiceAct::DoubtAll {} => {
                let effects = self.service.doubt_all(now);
                Ok(json!({ "effects": shown(&effects) }))
            }
            ServiceAct::AskRemoval { link_id } => {
                let link_id = LinkId::parse(link_id).map_err(coded)?;
                let removal = self.service.ask_removal(&link_id).map_err(refused)?;
                Ok(sends("link_removal", &removal))
            }
            ServiceAct::PrepareNotification { link_id, messages } => {
                self.notify(now, link_id, messages)
            }
            ServiceAct::AnswerObjection {
                objection,
                decisions,
            } => self.answer_objection(now, objection, decisions),
            ServiceAct::MayUse { .. } => self.may_use(now, act),
        }
    }

    /// A message, and what the program around the service does about it: a proposal is
    /// countersigned at once.
    fn hear(
        &mut self,
        from: &str,
        now: Timestamp,
        take: impl FnOnce(&mut Service, Setting<'_>) -> Result<Installed, Refusal>,
    ) -> Done {
        let from = OperatorId::parse(from).map_err(coded)?;
        let setting = Setting {
            from: &from,
            now,
            crypto: &Library,
        };
        let installed = take(&mut self.service, setting).map_err(refused)?;
        let is_known = matches!(installed, Installed::Already);
        let (mut effects, mut messages) = (Vec::new(), Vec::new());
        for effect in installed.effects() {
            if let Effect::Countersign(delivery) = &effect {
                let signer = self.signature.as_ref();
                let signed = self.service.countersign(delivery, signer, setting);
                let signed = signed.map_err(refused)?;
                messages.push(json!({ "kind": "countersigned", "message": signed }));
            } else {
                effects.push(effect);
            }
        }
        let mut done = json!({ "effects": shown(&effects), "sends": messages });
        if let (true, Some(members)) = (is_known, done.as_object_mut()) {
            members.insert("known".to_owned(), json!(true));
        }
        Ok(done)
    }

    fn may_process(&self, now: Timestamp, cr_id: &str, purpose: &str, dataset: &str) -> Done {
        let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
        let purpose = PurposeId::parse(purpose).map_err(coded)?;
        let dataset = DatasetId::parse(dataset).map_err(coded)?;
        let answer = self.service.may_process(&cr_id, &purpose, &dataset, now);
        match &answer {
            Processing::Permitted(_) => Ok(json!({})),
            Processing::Refused(_) => Err(Verdict::Refused(several(answer.codes()))),
        }
    }

    fn answer(&mut self, now: Timestamp, act: &ServiceAct) -> Done {
        let ServiceAct::Answer {
            origin,
            method,
            target,
            body,
            authorization,
            headers,
            nonces,
        } = act
        else {
            return Err(unknown());
        };
        let origin = Origin::parse(origin).map_err(coded)?;
        let body = octets(body.as_deref())?;
        let request = HttpRequest::received(&origin, target, method, &body).map_err(coded)?;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let request = request.with_headers(&headers).map_err(coded)?;
        let nonces = known_nonces(nonces)?;
        let request = match &nonces {
            None => request,
            Some(nonces) => request.with_nonces(nonces),
        };
        let mut gate = Gate {
            replay: &mut self.replay,
            tokens: None,
        };
        let service = &self.service;
        match service.answer(authorization, &request, now, &Library, &mut gate) {
            Access::Granted(grant) => Ok(json!({
                "cr_id": grant.consent_id(),
                "dataset": grant.dataset(),
                "surrogate_id": grant.surrogate_id(),
                "sink_key": grant.sink_key(),
            })),
            Access::Denied(denial) => {
                let reasons = denial.reasons().iter();
                let codes = reasons.flat_map(|r| std::iter::once(r.code()).chain(r.detail()));
                Err(Verdict::Refused(Refused {
                    told: Some(denial.wire_code().to_owned()),
                    ..several(codes)
                }))
            }
        }
    }

    fn prepare(&mut self, now: Timestamp, act: &ServiceAct) -> Done {
        let ServiceAct::PrepareRequest {
            cr_id,
            purpose,
            dataset,
            method,
            query,
            body,
            token,
            nonce,
        } = act
        else {
            return Err(unknown());
        };
        let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
        let purpose = PurposeId::parse(purpose).map_err(coded)?;
        let dataset = DatasetId::parse(dataset).map_err(coded)?;
        let body = octets(body.as_deref())?;
        let want = Want {
            method: method.as_deref().unwrap_or("GET"),
            query: query.as_deref(),
            body: &body,
            ..Want::get(&cr_id, &purpose, &dataset)
        };
        let nonce = nonce.as_deref().map(Nonce::parse);
        let nonce = nonce.transpose().map_err(coded)?;
        let want = Want {
            nonce: nonce.as_ref(),
            ..want
        };
        let pop = self.pop.as_deref().ok_or_else(unknown)?;
        let token = TokenText::new(token);
        let random = &mut self.random;
        let prepared = self
            .service
            .prepare_request(&want, &token, now, pop, random, &Library)
            .map_err(refused)?;
        let mut shown = json!({ "url": prepared.url, "authorization": prepared.authorization });
        if let (Some(proof), Some(members)) = (prepared.dpop, shown.as_object_mut()) {
            members.insert("dpop".to_owned(), proof.into());
        }
        Ok(shown)
    }
}

fn scheme(name: &str) -> Option<ProofScheme> {
    ProofScheme::ALL.into_iter().find(|s| s.name() == name)
}

/// The nonce that the source gives now, and the one before it, if it demands them.
fn known_nonces(texts: &[String]) -> Result<Option<Nonces>, Verdict> {
    let parsed = texts.iter().map(|text| Nonce::parse(text)).collect();
    let parsed: Vec<Nonce> = Result::map_err(parsed, coded)?;
    match parsed.as_slice() {
        [] => Ok(None),
        [now] => Ok(Some(Nonces::new(now.clone()))),
        [now, before] => {
            let mut nonces = Nonces::new(before.clone());
            nonces.turn(now.clone());
            Ok(Some(nonces))
        }
        _ => Err(unknown()),
    }
}

fn octets(body: Option<&str>) -> Result<Vec<u8>, Verdict> {
    body.map_or_else(
        || Ok(Vec::new()),
        |body| base64url::decode(body).ok_or_else(unknown),
    )
}

fn sends(kind: &str, message: &impl serde::Serialize) -> Value {
    json!({ "sends": [{ "kind": kind, "message": written(message) }] })
}

fn refused(refusal: Refusal) -> Verdict {
    let effects = refusal.effects();
    Verdict::Refused(Refused {
        effects: (!effects.is_empty()).then(|| shown(effects)),
        ..several([refusal.code()])
    })
}

fn shown(effects: &[Effect]) -> Vec<Value> {
    effects.iter().map(shown_one).collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the vectors name an effect before it is shown"
)]
fn shown_one(effect: &Effect) -> Value {
    match effect {
        Effect::AskPerson { code } => json!({ "ask_person": { "code": code } }),
        Effect::Linked { link_id } => json!({ "linked": { "link_id": link_id } }),
        Effect::Unlinked { link_id } => json!({ "unlinked": { "link_id": link_id } }),
        Effect::Consented { cr_id } => json!({ "consented": { "cr_id": cr_id } }),
        Effect::Stop { cr_id } => json!({ "stop": { "cr_id": cr_id } }),
        Effect::Resume { cr_id } => json!({ "resume": { "cr_id": cr_id } }),
        Effect::ConfirmSubscription(confirmation) => {
            json!({ "confirm_subscription": confirmation })
        }
        Effect::Decide { objection } => json!({ "decide": { "objection": objection } }),
        Effect::AskStatus { operator, query } => {
            json!({ "ask_status": { "operator": operator, "query": query } })
        }
        other => json!({ "unknown": format!("{other:?}") }),
    }
}
