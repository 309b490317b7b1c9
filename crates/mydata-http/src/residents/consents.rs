//! Consents: what would be agreed to, giving, pausing, resuming and withdrawing.

use super::entry::Entered;
use super::levels::Deed;
use super::reading::status_resource;
use super::wire::{Choice, Data, Draft, Given, Question, SignedChange, SignedConsent};
use super::{Answer, Desk, Named, ResidentDesk, ResidentRefusal};
use crate::operator::{answer, unnamed};
use crate::owner::signed;
use crate::problem::{HttpRefusal, Problem};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use mydata::core::base64;
use mydata::core::id::ConsentId;
use mydata::core::jwk::KeySet;
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::resource::ResourceUrl;
use mydata::keys::PrivateKey;
use mydata::operator::{
    Account, ChangeDraft, Command, ConsentDraft, Event, Fact, NewConsent, OwnerSigned, PairConsent,
    PairDraft, Reason, Refusal, Registered, Rejection, Reply, SingleDraft, draft_proposal,
};
use mydata::record::consent::{AnyConsent, Consent as _, ConsentChange, ConsentProposal};
use mydata::record::message;
use mydata::record::proposal::{ProposalDocument, ProposalQuestion};
use mydata_store::{Outcome, Store};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// What was shown, and how a consent names it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Shown<'a> {
    proposal: &'a ConsentProposal,
    document: ProposalDocument,
}

/// The form of a consent: it is archived when it is shown, octet for octet, and only what is archived can be
/// agreed to.
//= FW-27, CN-72
pub(super) async fn show<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Ask).await?;
    let asked: Question = entered.body()?;
    let sink = desk.service(asked.sink.as_str())?;
    let source = asked.source.as_ref().map(|id| desk.service(id.as_str()));
    let source = source.transpose()?;
    let question = ProposalQuestion {
        source: source.as_ref().map(|source| &source.description),
        sink: &sink.description,
        purposes: &asked.purposes,
        language: asked.language,
    };
    let draft = desk.operator.ask(&entered.act.account, |_, env| {
        let number = base64::encode(&env.random.bits128()?);
        let url = proposal_url(&desk, &number);
        // Base64url fits in every path.
        url.map(|url| draft_proposal(&question, url, env))
            .transpose()
    });
    let draft: Result<_, Rejection> = draft.await?;
    let proposal = draft?.ok_or(HttpRefusal::Internal)?;
    let outcome = desk
        .does(&entered, &Command::ShowProposal { proposal })
        .await?;
    let Reply::Proposal(named) = outcome.reply.clone() else {
        return Err(HttpRefusal::Internal.into());
    };
    let events = desk.events(&entered, outcome).await?;
    let octets = events.iter().find_map(|event| {
        let Fact::ProposalShown { proposal, .. } = &event.fact else {
            return None;
        };
        Some(proposal.octets())
    });
    let octets = octets.ok_or(HttpRefusal::Internal)?;
    let shown = Shown {
        proposal: &named,
        document: message::read(octets)?,
    };
    Ok(answer(StatusCode::CREATED, &shown)?)
}

/// Where a proposal of this number is served.
pub(super) fn proposal_url<S: Store>(desk: &ResidentDesk<S>, number: &str) -> Option<ResourceUrl> {
    desk.origin.at(&["/proposals/", number].concat()).ok()
}

/// The services of a consent.
pub(super) struct Parties {
    pub(super) source: Option<Arc<Registered>>,
    pub(super) sink: Arc<Registered>,
}

/// A consent to sign.
pub(super) enum ConsentToSign {
    Single(Box<SingleDraft>),
    Pair(Box<PairDraft>),
}

impl<S: Store> ResidentDesk<S> {
    pub(super) fn parties(&self, choice: &Choice) -> Result<Parties, Problem> {
        let source = choice.source.as_ref().map(|id| self.service(id.as_str()));
        Ok(Parties {
            source: source.transpose()?,
            sink: self.service(choice.sink.as_str())?,
        })
    }

    /// A consent that a wallet has signed, with the services that its records name.
    pub(super) fn consent_of(
        &self,
        account: &Account,
        consent: &SignedConsent,
    ) -> Result<NewConsent, Problem> {
        match (&consent.source, &consent.sink, &consent.single) {
            (Some(source), Some(sink), None) => {
                let source_record = self.verified(account, &source.record)?;
                let sink_record = self.verified(account, &sink.record)?;
                Ok(NewConsent::Pair(PairConsent {
                    source_service: self.service(source_record.terms().subject_id.as_str())?,
                    sink_service: self.service(sink_record.terms().subject_id.as_str())?,
                    source: source_record,
                    source_status: self.verified(account, &source.status)?,
                    sink: sink_record,
                    sink_status: self.verified(account, &sink.status)?,
                }))
            }
            (None, None, Some(single)) => {
                let record = self.verified(account, &single.record)?;
                Ok(NewConsent::Single {
                    service: self.service(record.terms().subject_id.as_str())?,
                    record,
                    status: self.verified(account, &single.status)?,
                })
            }
            _ => Err(ResidentRefusal::Parts.into()),
        }
    }

    pub(super) fn change_of(
        &self,
        account: &Account,
        change: &SignedChange,
    ) -> Result<OwnerSigned, Problem> {
        let mirrored = change.mirrored.as_ref();
        Ok(OwnerSigned {
            status: self.verified(account, &change.status)?,
            mirrored: mirrored
                .map(|sealed| self.verified(account, sealed))
                .transpose()?,
        })
    }

    /// Signs with the owner's key.
    pub(super) fn sign<T: Payload>(
        &self,
        draft: Unsigned<T>,
        key: &PrivateKey,
    ) -> Result<Verified<T>, Problem> {
        signed(draft, key, self.operator.crypto())
    }

    pub(super) fn sign_consent(
        &self,
        draft: ConsentToSign,
        parties: &Parties,
        key: &PrivateKey,
    ) -> Result<NewConsent, Problem> {
        match (draft, &parties.source) {
            (ConsentToSign::Single(draft), _) => Ok(NewConsent::Single {
                service: Arc::clone(&parties.sink),
                record: self.sign(draft.record, key)?,
                status: self.sign(draft.status, key)?,
            }),
            (ConsentToSign::Pair(draft), Some(source)) => Ok(NewConsent::Pair(PairConsent {
                source_service: Arc::clone(source),
                sink_service: Arc::clone(&parties.sink),
                source: self.sign(draft.source.record, key)?,
                source_status: self.sign(draft.source.status, key)?,
                sink: self.sign(draft.sink.record, key)?,
                sink_status: self.sign(draft.sink.status, key)?,
            })),
            (ConsentToSign::Pair(_), None) => Err(HttpRefusal::Internal.into()),
        }
    }

    pub(super) fn sign_change(
        &self,
        draft: ChangeDraft,
        key: &PrivateKey,
    ) -> Result<OwnerSigned, Problem> {
        let mirrored = draft.mirrored.map(|status| self.sign(status, key));
        Ok(OwnerSigned {
            status: self.sign(draft.status, key)?,
            mirrored: mirrored.transpose()?,
        })
    }

    async fn draft_consent(
        &self,
        entered: &Entered,
        choice: &Choice,
        parties: &Parties,
    ) -> Result<ConsentToSign, Problem> {
        let (chosen, sink) = (choice.chosen(), &parties.sink);
        let draft = self
            .operator
            .ask(&entered.act.account, |account, env| match &parties.source {
                Some(source) => account
                    .draft_pair(source, sink, &chosen, env)
                    .map(|draft| ConsentToSign::Pair(Box::new(draft))),
                None => account
                    .draft_single(sink, &chosen, env)
                    .map(|draft| ConsentToSign::Single(Box::new(draft))),
            });
        Ok(draft.await??)
    }
}

impl ConsentToSign {
    pub(super) fn drafts(&self, account: &Account) -> Vec<Draft> {
        let keys = account.owner_keys();
        match self {
            Self::Single(draft) => both(draft, keys).into(),
            Self::Pair(draft) => {
                let (source, sink) = (both(&draft.source, keys), both(&draft.sink, keys));
                source.into_iter().chain(sink).collect()
            }
        }
    }
}

fn both<C: Payload>(of: &ConsentDraft<C>, keys: &KeySet) -> [Draft; 2] {
    [Draft::of(&of.record, keys), Draft::of(&of.status, keys)]
}

pub(super) fn change_drafts(draft: &ChangeDraft, account: &Account) -> Vec<Draft> {
    let all = std::iter::once(&draft.status).chain(&draft.mirrored);
    all.map(|status| Draft::of(status, account.owner_keys()))
        .collect()
}

/// Which consents were given, by the events.
pub(super) fn given(events: &[Event]) -> Option<Given> {
    let records = events.iter().filter_map(|event| {
        let Fact::ConsentGiven { record, .. } = &event.fact else {
            return None;
        };
        Some(record)
    });
    let (mut source_cr_id, mut sink_cr_id) = (None, None);
    for record in records {
        let id = record.terms().cr_id.clone();
        match record {
            AnyConsent::Source(_) => source_cr_id = Some(id),
            AnyConsent::Sink(_) | AnyConsent::Single(_) => sink_cr_id = Some(id),
        }
    }
    Some(Given {
        sink_cr_id: sink_cr_id?,
        source_cr_id,
    })
}

//= CN-02, FW-25
pub(super) async fn give<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let choice: Choice = entered.body()?;
    let parties = desk.parties(&choice)?;
    let account = desk.account(&entered).await?;
    let key = desk.owner_key(&account).await?;
    let outcome = match desk.draft_consent(&entered, &choice, &parties).await {
        Ok(draft) => {
            let consent = desk.sign_consent(draft, &parties, &key)?;
            desk.does(&entered, &Command::GiveConsent(Box::new(consent)))
                .await?
        }
        Err(refused) => desk.done_before(&entered, refused).await?,
    };
    told_given(&desk, &entered, outcome).await
}

pub(super) async fn told_given<S: Store>(
    desk: &ResidentDesk<S>,
    entered: &Entered,
    outcome: Outcome,
) -> Answer {
    let events = desk.events(entered, outcome).await?;
    let given = given(&events).ok_or(HttpRefusal::Internal)?;
    Ok(answer(StatusCode::CREATED, &given)?)
}

pub(super) async fn draft<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let choice: Choice = entered.body()?;
    let parties = desk.parties(&choice)?;
    let account = desk.account(&entered).await?;
    let draft = desk.draft_consent(&entered, &choice, &parties).await?;
    let data = draft.drafts(&account);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn give_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let consent: SignedConsent = entered.body()?;
    let account = desk.account(&entered).await?;
    let consent = desk.consent_of(&account, &consent)?;
    let outcome = desk
        .does(&entered, &Command::GiveConsent(Box::new(consent)))
        .await?;
    told_given(&desk, &entered, outcome).await
}

/// `Active`, `Disabled` or `Withdrawn` (C22), and what of it is asked.
fn change_to(state: &str) -> Result<(ConsentChange, Deed), ResidentRefusal> {
    match state {
        "Active" => Ok((ConsentChange::Reactivate, Deed::Resume)),
        "Disabled" => Ok((ConsentChange::Disable, Deed::Pause)),
        "Withdrawn" => Ok((ConsentChange::Withdraw, Deed::Withdraw)),
        _ => Err(ResidentRefusal::Query),
    }
}

/// The account, the service, the consent, and the state that is wished.
type Wish = (String, String, String, String);

/// A consent of the account for this service.
pub(super) fn consent_at(
    account: &Account,
    service: &str,
    consent: &str,
) -> Result<ConsentId, Refusal> {
    let id = ConsentId::parse(consent).map_err(|_| Refusal::ConsentUnknown)?;
    let consent = account.consent(&id).ok_or(Refusal::ConsentUnknown)?;
    match consent.terms().subject_id.as_str() == service {
        true => Ok(id),
        false => Err(Refusal::ConsentUnknown),
    }
}

impl<S: Store> ResidentDesk<S> {
    async fn draft_change(
        &self,
        entered: &Entered,
        cr_id: &ConsentId,
        change: ConsentChange,
    ) -> Result<ChangeDraft, Problem> {
        let act = &entered.act;
        let draft = self.operator.ask(&act.account, |account, env| {
            account.draft_change(act, cr_id, change, env)
        });
        Ok(draft.await??)
    }

    async fn changes(
        &self,
        entered: &Entered,
        cr_id: ConsentId,
        change: ConsentChange,
        signed: Option<OwnerSigned>,
    ) -> Result<Outcome, Problem> {
        let command = Command::ChangeConsent {
            cr_id,
            change,
            reason: Reason::OwnerWish,
            signed,
        };
        self.does(entered, &command).await
    }
}

//= CN-15, CN-16, CN-21
pub(super) async fn change<S: Store>(
    State(desk): Desk<S>,
    path: Named<Wish>,
    request: Request,
) -> Answer {
    let Path((account, service, consent, state)) = path.map_err(unnamed)?;
    let (change, deed) = change_to(&state)?;
    let entered = desk.enter(request, &account, deed).await?;
    let account = desk.account(&entered).await?;
    let cr_id = consent_at(&account, &service, &consent)?;
    let key = desk.around.key(&account).await?;
    let outcome = match (desk.draft_change(&entered, &cr_id, change).await, key) {
        (Ok(draft), Some(key)) => {
            let signed = desk.sign_change(draft, &key)?;
            desk.changes(&entered, cr_id, change, Some(signed)).await?
        }
        // Where a wallet has the key the operator signs what restricts: that waits for nobody.
        (Ok(_), None) if deed != Deed::Resume => {
            desk.changes(&entered, cr_id, change, None).await?
        }
        (Ok(_), None) => return Err(ResidentRefusal::KeyElsewhere.into()),
        (Err(refused), _) => desk.done_before(&entered, refused).await?,
    };
    told_changed(&desk, &entered, outcome).await
}

pub(super) async fn draft_change<S: Store>(
    State(desk): Desk<S>,
    path: Named<Wish>,
    request: Request,
) -> Answer {
    let Path((account, service, consent, state)) = path.map_err(unnamed)?;
    let (change, deed) = change_to(&state)?;
    let entered = desk.enter(request, &account, deed).await?;
    let account = desk.account(&entered).await?;
    let cr_id = consent_at(&account, &service, &consent)?;
    let draft = desk.draft_change(&entered, &cr_id, change).await?;
    let data = change_drafts(&draft, &account);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn change_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<Wish>,
    request: Request,
) -> Answer {
    let Path((account, service, consent, state)) = path.map_err(unnamed)?;
    let (change, deed) = change_to(&state)?;
    let entered = desk.enter(request, &account, deed).await?;
    let signed: SignedChange = entered.body()?;
    let account = desk.account(&entered).await?;
    let cr_id = consent_at(&account, &service, &consent)?;
    let signed = desk.change_of(&account, &signed)?;
    let outcome = desk.changes(&entered, cr_id, change, Some(signed)).await?;
    told_changed(&desk, &entered, outcome).await
}

/// The status records that were made, the mirrored one too.
async fn told_changed<S: Store>(
    desk: &ResidentDesk<S>,
    entered: &Entered,
    outcome: Outcome,
) -> Answer {
    let events = desk.events(entered, outcome).await?;
    let records = events.iter().filter_map(|event| {
        let Fact::ConsentChanged { next, .. } = &event.fact else {
            return None;
        };
        Some(next.record())
    });
    let data: Vec<_> = records.map(status_resource).collect();
    Ok(answer(StatusCode::CREATED, &Data { data })?)
}
