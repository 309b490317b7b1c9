//! An operator with one account, led through a session.

mod life;
mod wishes;

use super::{Done, Drawn, MakeSigner, coded, key_set, settle, time, unknown, written};
use crate::library::Library;
use crate::task::{As, OperatorAct, OperatorStep, OperatorTask, WhoActs};
use crate::verdict::Verdict;
use mydata::core::crypto::Signer;
use mydata::core::id::{
    AccountId, ActorId, ConsentId, DescriptionVersion, LinkCode, LinkId, OperatorId, ServiceId,
    SurrogateId,
};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::lang::Language;
use mydata::core::party::PartyKeys;
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::operator::{
    Account, Act, Capacity, Command, ConsentChoice, Decision, Earlier, Env, NewConsent, Operator,
    OwnerSigned, PairConsent, Proposal, Reason, Registered, Rejection, Reply, Timing,
};
use mydata::record::consent::{ConsentChange, ConsentProposal, UsageRule, Validity};
use mydata::record::description::{Policy, ServiceDescription};
use mydata::record::message::{
    self, Countersigned, LinkCopyRequest, LinkRemoval, StatusQuery, SurrogateOffer, TokenRequest,
};
use mydata::record::standing::Standing;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The operator of one account.
#[derive(Debug)]
pub struct OperatorParty {
    id: OperatorId,
    status: Box<dyn Signer>,
    tokens: Box<dyn Signer>,
    earlier: [Vec<Box<dyn Signer>>; 2],
    account: Account,
    services: BTreeMap<String, Arc<Registered>>,
    random: Drawn,
    decisions: Vec<Decision>,
}

/// What the person chose, as the vectors have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    rules: Vec<UsageRule>,
    #[serde(default)]
    nbf: Option<Timestamp>,
    #[serde(default)]
    exp: Option<Timestamp>,
    proposal: ConsentProposal,
}

impl OperatorParty {
    /// At the beginning.
    ///
    /// # Errors
    /// The verdict on a task that cannot be begun.
    pub fn new(task: &OperatorTask, signer: &MakeSigner) -> Result<Self, Verdict> {
        let key = |name: &str| task.keys.get(name).map(signer).transpose();
        let earlier = |name: &str| Ok(key(name)?.into_iter().collect());
        let services = task.services.iter().map(|(name, registration)| {
            let text = registration.description.to_string();
            let description = ServiceDescription::from_json(text.as_bytes(), &Policy::default());
            let keys = key_set(&registration.keys)?;
            let description = description.map_err(|error| Verdict::refused(error.code()))?;
            let registered = Registered::new(description, keys);
            let registered = if registration.open {
                registered
            } else {
                registered.suspended()
            };
            Ok((name.clone(), Arc::new(registered)))
        });
        let account = AccountId::parse(&task.account.id).map_err(coded)?;
        Ok(Self {
            id: OperatorId::parse(&task.operator_id).map_err(coded)?,
            status: key("status")?.ok_or_else(unknown)?,
            tokens: key("tokens")?.ok_or_else(unknown)?,
            earlier: [earlier("earlier_status")?, earlier("earlier_tokens")?],
            account: match task.account.activate_by {
                None => Account::open(account, key_set(&task.account.owner_keys)?),
                Some(until) => {
                    Account::create(account, key_set(&task.account.owner_keys)?, time(until)?)
                }
            },
            services: services.collect::<Result<_, Verdict>>()?,
            random: Drawn::new(&task.random)?,
            decisions: Vec::new(),
        })
    }

    /// The account as it is now.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Everything that it has decided.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// How many numbers have not been drawn.
    #[must_use]
    pub fn left(&self) -> usize {
        self.random.left()
    }

    /// One step.
    pub fn step(&mut self, step: &OperatorStep) -> Verdict {
        settle(time(step.at).and_then(|now| self.act(now, &step.who, &step.act)))
    }

    fn who(&self, who: &As) -> Result<Act, Verdict> {
        let capacity = match who.capacity {
            WhoActs::Owner => Capacity::Owner,
            WhoActs::Representative => Capacity::Representative,
            WhoActs::Operator => Capacity::Operator,
            WhoActs::System => Capacity::System,
            WhoActs::Service => Capacity::Service(service_id(who)?),
        };
        let account = match &who.account {
            None => self.account.id().clone(),
            Some(other) => AccountId::parse(other).map_err(coded)?,
        };
        Ok(Act {
            account,
            actor: ActorId::parse("actor-1").map_err(coded)?,
            capacity,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is neither a draft nor a question is a command"
    )]
    fn act(&mut self, now: Timestamp, who: &As, act: &OperatorAct) -> Done {
        if let Some(drafts) = self.draft(now, who, act)? {
            return Ok(json!({ "drafts": drafts }));
        }
        match act {
            OperatorAct::Ask { kind, message } => return self.ask(who, kind, message),
            OperatorAct::Standing { cr_id } => {
                let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
                return match self.account.standing(&cr_id, now) {
                    None => Err(Verdict::refused("consent_unknown")),
                    Some(Standing::Active) => Ok(json!({})),
                    Some(Standing::Barred(bar)) => Err(coded(bar)),
                };
            }
            _ => {}
        }
        let command = self.command(who, act)?;
        let act = self.who(who)?;
        let decision = self.with_env(now, |account, env| account.decide(&act, &command, env))?;
        let done = self.carry_out(&decision);
        self.decisions.push(decision);
        done
    }

    /// Stores, and says what is delivered.
    fn carry_out(&mut self, decision: &Decision) -> Done {
        for event in &decision.events {
            self.account.apply(event);
        }
        let outbox: Value = decision
            .outbox
            .iter()
            .map(|delivery| json!({ "to": delivery.to, "message": delivery.message }))
            .collect();
        let reply = match &decision.reply {
            Reply::Done => json!("done"),
            Reply::Linking(code) => json!({ "linking": code }),
            Reply::Token(token) => written(token),
            Reply::Proposal(proposal) => json!({ "proposal": proposal }),
            Reply::Export(permit) => json!({ "export": { "until": permit.until() } }),
            other => json!({ "unknown": format!("{other:?}") }),
        };
        let mut done = json!({ "reply": reply, "outbox": outbox });
        if let (false, Some(members)) = (decision.to_person.is_empty(), done.as_object_mut()) {
            let told = decision.to_person.iter().map(life::told).collect();
            members.insert("to_person".to_owned(), told);
        }
        Ok(done)
    }

    fn with_env<R>(
        &mut self,
        now: Timestamp,
        call: impl FnOnce(&Account, &mut Env<'_>) -> Result<R, Rejection>,
    ) -> Result<R, Verdict> {
        let [status, tokens] = self
            .earlier
            .each_ref()
            .map(|keys| keys.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        let earlier = Earlier {
            status: &status,
            tokens: &tokens,
        };
        let (status, tokens) = (self.status.as_ref(), self.tokens.as_ref());
        let operator = Operator::new(&self.id, status, tokens, Timing::default());
        let operator = operator.and_then(|operator| operator.with_earlier(earlier));
        let mut env = Env {
            now,
            random: &mut self.random,
            crypto: &Library,
            operator: operator.map_err(coded)?,
        };
        call(&self.account, &mut env).map_err(coded)
    }

    fn registered(&self, name: &str) -> Result<Arc<Registered>, Verdict> {
        self.services.get(name).cloned().ok_or_else(unknown)
    }

    /// A record that the owner has signed.
    fn owned<T: Payload>(&self, text: &str) -> Result<Verified<T>, Verdict> {
        believe(text, &self.account.party_keys(None))
    }

    fn command(&self, who: &As, act: &OperatorAct) -> Result<Command, Verdict> {
        Ok(match act {
            OperatorAct::StartLinking {
                service,
                surrogate_id,
            } => Command::StartLinking {
                service: self.registered(service)?,
                surrogate_id: surrogate_id.as_deref().map(surrogate).transpose()?,
            },
            OperatorAct::Receive { kind, message } => self.received(who, kind, message)?,
            OperatorAct::ProposeLink { code, record } => Command::ProposeLink {
                code: link_code(code)?,
                record: self.owned(record)?,
            },
            OperatorAct::CompleteLink { code, status } => Command::CompleteLink {
                code: link_code(code)?,
                status: self.owned(status)?,
            },
            OperatorAct::RemoveLink { link_id, status } => Command::RemoveLink {
                link_id: LinkId::parse(link_id).map_err(coded)?,
                signed: status.as_deref().map(|text| self.owned(text)).transpose()?,
            },
            OperatorAct::GiveSingle {
                service,
                record,
                status,
            } => Command::GiveConsent(Box::new(NewConsent::Single {
                service: self.registered(service)?,
                record: self.owned(record)?,
                status: self.owned(status)?,
            })),
            OperatorAct::GivePair {
                source,
                sink,
                source_record,
                source_status,
                sink_record,
                sink_status,
            } => Command::GiveConsent(Box::new(NewConsent::Pair(PairConsent {
                source_service: self.registered(source)?,
                sink_service: self.registered(sink)?,
                source: self.owned(source_record)?,
                source_status: self.owned(source_status)?,
                sink: self.owned(sink_record)?,
                sink_status: self.owned(sink_status)?,
            }))),
            OperatorAct::ChangeConsent {
                cr_id,
                change,
                reason,
                status,
                mirrored,
            } => Command::ChangeConsent {
                cr_id: ConsentId::parse(cr_id).map_err(coded)?,
                change: change_named(change)?,
                reason: reason_named(reason)?,
                signed: match status {
                    None => None,
                    Some(status) => Some(OwnerSigned {
                        status: self.owned(status)?,
                        mirrored: mirrored.as_deref().map(|m| self.owned(m)).transpose()?,
                    }),
                },
            },
            OperatorAct::ShowProposal {
                url,
                media_type,
                language,
                rests_on,
                text,
            } => {
                let rests_on = rests_on.iter().map(|(service, version)| {
                    let version = DescriptionVersion::parse(version).map_err(coded)?;
                    Ok((ServiceId::parse(service).map_err(coded)?, version))
                });
                let proposal = Proposal::new(
                    ResourceUrl::parse(url).map_err(coded)?,
                    media_type,
                    Language::parse(language).ok_or_else(unknown)?,
                    rests_on.collect::<Result<_, Verdict>>()?,
                    text.as_bytes(),
                );
                Command::ShowProposal {
                    proposal: proposal.map_err(coded)?,
                }
            }
            OperatorAct::Expire {} => Command::Expire,
            OperatorAct::Subscribe { service, record } => Command::Subscribe {
                service: self.registered(service)?,
                record: self.owned(record)?,
            },
            OperatorAct::Object { service, record } => Command::Object {
                service: self.registered(service)?,
                record: self.owned(record)?,
            },
            OperatorAct::EndService { service } => Command::EndService {
                service_id: ServiceId::parse(service).map_err(coded)?,
            },
            OperatorAct::AskVerification { what } => Command::AskVerification {
                what: life::verification(what)?,
            },
            OperatorAct::Confirm {
                what,
                code,
                vouched,
            } => Command::Confirm {
                what: life::verification(what)?,
                proof: life::proof(code.as_deref(), vouched.as_deref())?,
            },
            OperatorAct::Export {} => Command::Export,
            OperatorAct::UndoDeletion {} => Command::UndoDeletion,
            OperatorAct::Erase {} => Command::Erase,
            OperatorAct::DraftLink { .. }
            | OperatorAct::DraftFirstStatus { .. }
            | OperatorAct::DraftRemoval { .. }
            | OperatorAct::DraftSingle { .. }
            | OperatorAct::DraftPair { .. }
            | OperatorAct::DraftChange { .. }
            | OperatorAct::DraftSubscription { .. }
            | OperatorAct::DraftObjection { .. }
            | OperatorAct::Ask { .. }
            | OperatorAct::Standing { .. } => return Err(unknown()),
        })
    }

    /// A message of a service.
    fn received(&self, who: &As, kind: &str, text: &str) -> Result<Command, Verdict> {
        match kind {
            "surrogate_offer" => {
                let offer: SurrogateOffer = read(text)?;
                Ok(Command::OfferSurrogate {
                    proof: offer.proof_scheme(),
                    code: offer.code,
                    surrogate_id: offer.surrogate_id,
                    pop_key: offer.pop_key,
                })
            }
            "countersigned" => {
                let signed: Countersigned = read(text)?;
                let code = signed.data.code;
                let keys = self.account.linking_keys(&code).map_err(coded)?;
                let opened = signed.slr.open().map_err(coded)?;
                let record = opened.verify(&Library, &keys).map_err(coded)?;
                Ok(Command::Countersign { code, record })
            }
            "token_request" => {
                let request: TokenRequest = read(text)?;
                Ok(Command::IssueToken {
                    cr_id: request.cr_id,
                })
            }
            "link_removal" => {
                let removal: LinkRemoval = read(text)?;
                let service = service_id(who)?;
                let surrogate = &removal.surrogate_id;
                let link = self.account.link_by_surrogate(&service, surrogate);
                // A surrogate and a link that do not belong together are no link.
                link.filter(|link| link.record.link_id == removal.slr_id)
                    .ok_or_else(|| Verdict::refused("link_unknown"))?;
                Ok(Command::RemoveLink {
                    link_id: removal.slr_id,
                    signed: None,
                })
            }
            "subscription_confirmation" => self.subscription_confirmed(text),
            "notification_push" => self.pushed(who, text),
            "objection_answer" => self.objection_answered(who, text),
            _ => Err(unknown()),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is no draft is another function's"
    )]
    fn draft(
        &mut self,
        now: Timestamp,
        who: &As,
        act: &OperatorAct,
    ) -> Result<Option<Value>, Verdict> {
        let drafts = match act {
            OperatorAct::DraftLink { code } => {
                let code = link_code(code)?;
                let draft = self.with_env(now, |account, env| account.draft_link(&code, env))?;
                json!([draft.value()])
            }
            OperatorAct::DraftFirstStatus { code } => {
                let code = link_code(code)?;
                let draft =
                    |account: &Account, env: &mut Env<'_>| account.draft_first_status(&code, env);
                json!([self.with_env(now, draft)?.value()])
            }
            OperatorAct::DraftRemoval { link_id } => {
                let link_id = LinkId::parse(link_id).map_err(coded)?;
                let draft =
                    |account: &Account, env: &mut Env<'_>| account.draft_removal(&link_id, env);
                json!([self.with_env(now, draft)?.value()])
            }
            OperatorAct::DraftChange { cr_id, change } => {
                let cr_id = ConsentId::parse(cr_id).map_err(coded)?;
                let (change, act) = (change_named(change)?, self.who(who)?);
                let draft = self.with_env(now, |account, env| {
                    account.draft_change(&act, &cr_id, change, env)
                })?;
                let mirrored = draft.mirrored.as_ref().map(|mirrored| mirrored.value());
                let all = std::iter::once(draft.status.value()).chain(mirrored);
                json!(all.collect::<Vec<_>>())
            }
            OperatorAct::DraftSingle { service, choice } => {
                let (service, choice) = (self.registered(service)?, chosen(choice)?);
                let draft = self.with_env(now, |account, env| {
                    account.draft_single(&service, &choice, env)
                })?;
                json!([draft.record.value(), draft.status.value()])
            }
            OperatorAct::DraftPair {
                source,
                sink,
                choice,
            } => {
                let (source, sink) = (self.registered(source)?, self.registered(sink)?);
                let choice = chosen(choice)?;
                let draft = self.with_env(now, |account, env| {
                    account.draft_pair(&source, &sink, &choice, env)
                })?;
                let (source, sink) = (draft.source, draft.sink);
                json!([
                    source.record.value(),
                    source.status.value(),
                    sink.record.value(),
                    sink.status.value()
                ])
            }
            OperatorAct::DraftSubscription {
                service,
                notifications,
                encrypted,
            } => self.draft_subscription(now, service, notifications, *encrypted)?,
            OperatorAct::DraftObjection { service, items } => {
                self.draft_objection(now, service, items)?
            }
            _ => return Ok(None),
        };
        Ok(Some(drafts))
    }

    fn ask(&self, who: &As, kind: &str, text: &str) -> Done {
        let service = service_id(who)?;
        let account = &self.account;
        let reply = match kind {
            "status_query" => {
                let query: StatusQuery = read(text)?;
                written(&account.introspect(&service, &query).map_err(coded)?)
            }
            "link_copy" => {
                let request: LinkCopyRequest = read(text)?;
                let copy = account.link_copy(&service, &request.surrogate_id);
                written(&copy.map_err(coded)?)
            }
            "link_status_copy" => {
                let request: LinkCopyRequest = read(text)?;
                let copy = account.link_status_copy(&service, &request.surrogate_id);
                written(&copy.map_err(coded)?)
            }
            "consent_copies" => {
                let request: LinkCopyRequest = read(text)?;
                let copies = account.consent_copies(&service, &request.surrogate_id);
                written(&copies.map_err(coded)?)
            }
            _ => return Err(unknown()),
        };
        Ok(json!({ "reply": reply }))
    }
}

fn read<M: serde::de::DeserializeOwned>(text: &str) -> Result<M, Verdict> {
    message::read(text.as_bytes()).map_err(coded)
}

fn believe<T: Payload>(text: &str, keys: &PartyKeys<'_>) -> Result<Verified<T>, Verdict> {
    let opened = Sealed::<T>::from_json(text.as_bytes()).and_then(|sealed| sealed.open());
    opened
        .and_then(|opened| opened.verify(&Library, keys))
        .map_err(coded)
}

fn service_id(who: &As) -> Result<ServiceId, Verdict> {
    let service = who.service.as_deref().ok_or_else(unknown)?;
    ServiceId::parse(service).map_err(coded)
}

fn link_code(text: &str) -> Result<LinkCode, Verdict> {
    LinkCode::parse(text).map_err(coded)
}

fn surrogate(text: &str) -> Result<SurrogateId, Verdict> {
    SurrogateId::parse(text).map_err(coded)
}

fn change_named(name: &str) -> Result<ConsentChange, Verdict> {
    match name {
        "disable" => Ok(ConsentChange::Disable),
        "reactivate" => Ok(ConsentChange::Reactivate),
        "withdraw" => Ok(ConsentChange::Withdraw),
        _ => Err(unknown()),
    }
}

fn reason_named(name: &str) -> Result<Reason, Verdict> {
    Ok(match name {
        "owner_wish" => Reason::OwnerWish,
        "mandate_ended" => Reason::MandateEnded,
        "service_suspended" => Reason::ServiceSuspended,
        "description_changed" => Reason::DescriptionChanged,
        "suspected_misuse" => Reason::SuspectedMisuse,
        "legal_order" => Reason::LegalOrder,
        "expired" => Reason::Expired,
        "link_removed" => Reason::LinkRemoved,
        "service_left" => Reason::ServiceLeft,
        _ => return Err(unknown()),
    })
}

fn chosen(choice: &Value) -> Result<ConsentChoice, Verdict> {
    let choice: Choice = serde_json::from_value(choice.clone()).map_err(|_| unknown())?;
    Ok(ConsentChoice {
        rules: choice.rules,
        validity: Validity::new(choice.nbf, choice.exp),
        proposal: choice.proposal,
    })
}
