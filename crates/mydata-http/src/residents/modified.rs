//! Modifying a consent: the old one is withdrawn and another one given, or neither (CN-42).

use super::consents::{ConsentToSign, Parties, change_drafts, consent_at, told_given};
use super::entry::Entered;
use super::levels::Deed;
use super::wire::{Choice, Data, SignedModification};
use super::{Answer, Desk, Named, ResidentDesk};
use crate::operator::{answer, unnamed};
use crate::problem::Problem;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use mydata::core::id::ConsentId;
use mydata::operator::{ChangeDraft, Command, Modification};
use mydata_store::Store;

/// The account, the service and the consent.
type Old = (String, String, String);

impl<S: Store> ResidentDesk<S> {
    async fn draft_modified(
        &self,
        entered: &Entered,
        cr_id: &ConsentId,
        choice: &Choice,
        parties: &Parties,
    ) -> Result<(ChangeDraft, ConsentToSign), Problem> {
        let (act, chosen, sink) = (&entered.act, choice.chosen(), &parties.sink);
        let draft = self
            .operator
            .ask(&act.account, |account, env| match &parties.source {
                Some(source) => {
                    let both = (&**source, &**sink);
                    let draft = account.draft_modified_pair(act, cr_id, both, &chosen, env)?;
                    Ok((
                        draft.withdrawal,
                        ConsentToSign::Pair(Box::new(draft.consent)),
                    ))
                }
                None => {
                    let draft = account.draft_modified_single(act, cr_id, sink, &chosen, env)?;
                    Ok((
                        draft.withdrawal,
                        ConsentToSign::Single(Box::new(draft.consent)),
                    ))
                }
            });
        let draft: Result<_, mydata::operator::Rejection> = draft.await?;
        Ok(draft?)
    }
}

//= CN-42
pub(super) async fn modify<S: Store>(
    State(desk): Desk<S>,
    path: Named<Old>,
    request: Request,
) -> Answer {
    let Path((account, service, consent)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let choice: Choice = entered.body()?;
    let parties = desk.parties(&choice)?;
    let account = desk.account(&entered).await?;
    let cr_id = consent_at(&account, &service, &consent)?;
    let key = desk.owner_key(&account).await?;
    let draft = desk
        .draft_modified(&entered, &cr_id, &choice, &parties)
        .await;
    let outcome = match draft {
        Ok((withdrawal, consent)) => {
            let modification = Modification {
                cr_id,
                withdrawal: desk.sign_change(withdrawal, &key)?,
                consent: desk.sign_consent(consent, &parties, &key)?,
            };
            let command = Command::ModifyConsent(Box::new(modification));
            desk.does(&entered, &command).await?
        }
        Err(refused) => desk.done_before(&entered, refused).await?,
    };
    told_given(&desk, &entered, outcome).await
}

pub(super) async fn draft<S: Store>(
    State(desk): Desk<S>,
    path: Named<Old>,
    request: Request,
) -> Answer {
    let Path((account, service, consent)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let choice: Choice = entered.body()?;
    let parties = desk.parties(&choice)?;
    let account = desk.account(&entered).await?;
    let cr_id = consent_at(&account, &service, &consent)?;
    let drafted = desk
        .draft_modified(&entered, &cr_id, &choice, &parties)
        .await?;
    let mut data = change_drafts(&drafted.0, &account);
    data.extend(drafted.1.drafts(&account));
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn modify_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<Old>,
    request: Request,
) -> Answer {
    let Path((account, service, consent)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Consent).await?;
    let signed: SignedModification = entered.body()?;
    let account = desk.account(&entered).await?;
    let modification = Modification {
        cr_id: consent_at(&account, &service, &consent)?,
        withdrawal: desk.change_of(&account, &signed.withdrawal)?,
        consent: desk.consent_of(&account, &signed.consent)?,
    };
    let command = Command::ModifyConsent(Box::new(modification));
    let outcome = desk.does(&entered, &command).await?;
    told_given(&desk, &entered, outcome).await
}
