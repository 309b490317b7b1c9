//! Linking services, and ending links.

use super::entry::Entered;
use super::levels::Deed;
use super::reading::{found, link_status_resource};
use super::wire::{Begin, Data, Draft};
use super::{Answer, Desk, Named, ResidentDesk, ResidentRefusal};
use crate::operator::{answer, unnamed};
use crate::owner::signed;
use crate::problem::{HttpRefusal, Problem};
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use mydata::core::id::{LinkCode, LinkId};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::time::Timestamp;
use mydata::operator::{Account, Command, Fact, Linking, Refusal, Registered, Reply, Stage};
use mydata::record::link::{LinkProposal, LinkStatus};
use mydata_store::{Outcome, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, JsonSchema)]
pub(super) struct Begun<'a> {
    code: &'a LinkCode,
    location: &'a str,
}

/// A linking begins, at the operator or, with the surrogate that the service has given, at the service
/// (C48): the person's own request is what agrees to it. The answer says where the person goes on.
//= SL-13, SL-14
pub(super) async fn begin<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, service)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Link).await?;
    let Begin { surrogate_id } = entered.body_if_any()?;
    let service = desk.service(&service)?;
    let command = Command::StartLinking {
        service: Arc::clone(&service),
        surrogate_id,
    };
    let outcome = desk.does(&entered, &command).await?;
    let Reply::Linking(code) = outcome.reply else {
        return Err(HttpRefusal::Internal.into());
    };
    let location = desk.page_of(&service, &code);
    let begun = Begun {
        code: &code,
        location: &location,
    };
    let mut response = answer(StatusCode::CREATED, &begun)?;
    let value = HeaderValue::try_from(&*location).map_err(|_| HttpRefusal::Internal)?;
    response.headers_mut().insert(LOCATION, value);
    Ok(response)
}

impl<S: Store> ResidentDesk<S> {
    /// The page of a service on which the person signs in and confirms: it stands in the registered
    /// description.
    fn page_of(&self, service: &Registered, code: &LinkCode) -> String {
        let urls = &service.description.service_description.service_urls;
        let page = match urls.linking_uri.starts_with('/') {
            true => [urls.domain.as_str(), &urls.linking_uri].concat(),
            false => urls.linking_uri.clone(),
        };
        let operator = self.operator.identity().id.as_str();
        let mut to =
            page + "?code=" + &encoded(code.as_str()) + "&operator_id=" + &encoded(operator);
        if let Some(page) = &self.returns {
            to = to + "&return_url=" + &encoded(page.as_str());
        }
        to
    }

    /// A record that comes back from a wallet, verified with the owner's keys.
    pub(super) fn verified<T: Payload>(
        &self,
        account: &Account,
        sealed: &Sealed<T>,
    ) -> Result<Verified<T>, Problem> {
        let keys = account.party_keys(None);
        let opened = sealed.open();
        Ok(opened.and_then(|opened| opened.verify(self.operator.crypto(), &keys))?)
    }

    /// The owner's key, where it is kept here.
    pub(super) async fn owner_key(
        &self,
        account: &Account,
    ) -> Result<mydata::keys::PrivateKey, Problem> {
        let key = self.around.key(account).await?;
        key.ok_or_else(|| ResidentRefusal::KeyElsewhere.into())
    }
}

/// What may stand in the value of a query (RFC 3986 §2.3); all else is encoded.
fn encoded(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                to.push(char::from(octet));
            }
            _ => to.push_str(&format!("%{octet:02X}")),
        }
    }
    to
}

#[derive(Serialize, JsonSchema)]
pub(super) struct UnderWay<'a> {
    service_id: &'a str,
    stage: &'static str,
    expires: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<Draft>,
}

const fn stage(linking: &Linking) -> &'static str {
    match linking.stage {
        Stage::Invited => "invited",
        Stage::Offered(_) => "offered",
        Stage::Proposed(..) => "proposed",
        Stage::Countersigned(..) => "countersigned",
    }
}

/// How far a linking has come; where the owner is to sign, with what is to be signed.
pub(super) async fn linking<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, code)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let code = LinkCode::parse(&code).map_err(|_| Refusal::LinkingUnknown)?;
    let account = desk.account(&entered).await?;
    let linking = account.linking(&code).ok_or(Refusal::LinkingUnknown)?;
    let (id, keys) = (account.id(), account.owner_keys());
    let draft = match &linking.stage {
        Stage::Offered(_) => {
            let draft = desk
                .operator
                .ask(id, |account, env| account.draft_link(&code, env));
            Some(Draft::of(&draft.await??, keys))
        }
        Stage::Countersigned(..) => {
            let draft = desk
                .operator
                .ask(id, |account, env| account.draft_first_status(&code, env));
            Some(Draft::of(&draft.await??, keys))
        }
        Stage::Invited | Stage::Proposed(..) => None,
    };
    let under_way = UnderWay {
        service_id: linking.service_id.as_str(),
        stage: stage(linking),
        expires: linking.expires,
        draft,
    };
    Ok(answer(StatusCode::OK, &under_way)?)
}

/// The step of a linking that the owner has signed: one of the two.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    #[serde(default)]
    slr: Option<Sealed<LinkProposal>>,
    #[serde(default)]
    ssr: Option<Sealed<LinkStatus>>,
}

//= SL-19, SL-21
pub(super) async fn linking_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, code)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Link).await?;
    let code = LinkCode::parse(&code).map_err(|_| Refusal::LinkingUnknown)?;
    let step: Step = entered.body()?;
    let account = desk.account(&entered).await?;
    let command = match (step.slr, step.ssr) {
        (Some(slr), None) => Command::ProposeLink {
            code,
            record: desk.verified(&account, &slr)?,
        },
        (None, Some(ssr)) => Command::CompleteLink {
            code,
            status: desk.verified(&account, &ssr)?,
        },
        (Some(_), Some(_)) | (None, None) => return Err(ResidentRefusal::Parts.into()),
    };
    desk.does(&entered, &command).await?;
    Ok(StatusCode::CREATED.into_response())
}

/// A link of the account to this service, whatever its state.
fn link_of(account: &Account, service: &str, link: &str) -> Result<LinkId, Refusal> {
    let (id, link) = found(account, link)?;
    match link.record.service_id.as_str() == service {
        true => Ok(id),
        false => Err(Refusal::LinkUnknown),
    }
}

type Link = (String, String, String);

//= SL-26
pub(super) async fn remove<S: Store>(
    State(desk): Desk<S>,
    path: Named<Link>,
    request: Request,
) -> Answer {
    let Path((account, service, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unlink).await?;
    let account = desk.account(&entered).await?;
    let link_id = link_of(&account, &service, &link)?;
    // Where a wallet has the key the operator signs: an ending waits for nobody.
    let key = desk.around.key(&account).await?;
    let draft = desk.operator.ask(account.id(), |account, env| {
        account.draft_removal(&link_id, env)
    });
    let signed = match (draft.await?, key) {
        (Ok(draft), Some(key)) => Some(signed(draft, &key, desk.operator.crypto())?),
        (Ok(_), None) => None,
        (Err(refused), _) => {
            let outcome = desk.done_before(&entered, refused).await?;
            return ended(&desk, &entered, outcome).await;
        }
    };
    let command = Command::RemoveLink { link_id, signed };
    let outcome = desk.does(&entered, &command).await?;
    ended(&desk, &entered, outcome).await
}

pub(super) async fn draft_removal<S: Store>(
    State(desk): Desk<S>,
    path: Named<Link>,
    request: Request,
) -> Answer {
    let Path((account, service, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unlink).await?;
    let account = desk.account(&entered).await?;
    let link_id = link_of(&account, &service, &link)?;
    let draft = desk.operator.ask(account.id(), |account, env| {
        account.draft_removal(&link_id, env)
    });
    let draft = Draft::of(&draft.await??, account.owner_keys());
    Ok(answer(StatusCode::OK, &Data { data: vec![draft] })?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedRemoval {
    ssr: Sealed<LinkStatus>,
}

pub(super) async fn remove_signed<S: Store>(
    State(desk): Desk<S>,
    path: Named<Link>,
    request: Request,
) -> Answer {
    let Path((account, service, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Unlink).await?;
    let SignedRemoval { ssr } = entered.body()?;
    let account = desk.account(&entered).await?;
    let command = Command::RemoveLink {
        link_id: link_of(&account, &service, &link)?,
        signed: Some(desk.verified(&account, &ssr)?),
    };
    let outcome = desk.does(&entered, &command).await?;
    ended(&desk, &entered, outcome).await
}

/// The status that has ended a link.
async fn ended<S: Store>(desk: &ResidentDesk<S>, entered: &Entered, outcome: Outcome) -> Answer {
    let events = desk.events(entered, outcome).await?;
    let status = events.iter().find_map(|event| {
        let Fact::LinkChanged { next, .. } = &event.fact else {
            return None;
        };
        Some(link_status_resource(next.record()))
    });
    let data = status.ok_or(HttpRefusal::Internal)?;
    Ok(answer(StatusCode::CREATED, &Data { data })?)
}
