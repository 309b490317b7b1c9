//! What a person reads: links, consents and their history, who may have data, and what has happened.

use super::consents::proposal_url;
use super::levels::Deed;
use super::wire::{Data, Listed, Res, Words};
use super::{Answer, Desk, Named, ResidentDesk};
use crate::operator::{answer, unnamed};
use crate::problem::HttpRefusal;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use mydata::account::{AnyRecord, LogEntry, Retention};
use mydata::core::id::{AccountId, ConsentId, DatasetId, LinkId, PurposeId, RecordId, ServiceId};
use mydata::core::jws::{Sealed, Verified};
use mydata::core::lang::{Language, Trilingual};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::operator::{Account, Action, Consent, Fact, Link, Refusal, Shown};
use mydata::record::consent::{AnyConsent, ConsentProposal, ConsentStatus};
use mydata::record::link::{LinkRecord, LinkState, LinkStatus};
use mydata::record::standing::{Bar, Standing};
use mydata_store::{KnownBy, Store};
use schemars::JsonSchema;
use serde::Serialize;

/// What we say of a link beside the record.
#[derive(Serialize, JsonSchema)]
pub(super) struct OfLink<'a> {
    service_id: &'a ServiceId,
    state: LinkState,
}

fn link_resource<'a>(id: &LinkId, link: &'a Link) -> Res<Sealed<LinkRecord>, OfLink<'a>> {
    let more = OfLink {
        service_id: &link.record.service_id,
        state: link.chain.state(),
    };
    Res::with("ServiceLinkRecord", id, link.record.seal(), more)
}

pub(super) fn link_status_resource(record: &Verified<LinkStatus>) -> Res<Sealed<LinkStatus>> {
    Res::plain("ServiceLinkStatusRecord", &record.record_id, record.seal())
}

pub(super) fn status_resource(record: &Verified<ConsentStatus>) -> Res<Sealed<ConsentStatus>> {
    Res::plain("ConsentStatusRecord", &record.record_id, record.seal())
}

/// What we say of a consent beside the record: whether it permits anything now, in words too.
#[derive(Serialize, JsonSchema)]
pub(super) struct OfConsent<'a> {
    service_id: &'a ServiceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair_of: Option<&'a ConsentId>,
    standing: &'static str,
    text: Words,
}

const PERMITTED: Trilingual = Trilingual {
    fi: "suostumus on voimassa",
    sv: "samtycket gäller",
    en: "the consent is in force",
};

/// The standing of a consent at this time.
fn standing(account: &Account, id: &ConsentId, now: Timestamp) -> (&'static str, Words) {
    let standing = account.standing(id, now);
    let standing = standing.unwrap_or(Standing::Barred(Bar::LinkRemoved));
    let text = match standing {
        Standing::Active => PERMITTED,
        Standing::Barred(bar) => bar.label(),
    };
    (standing.code(), text.into())
}

fn record_of(consent: &Consent) -> Sealed<AnyRecord> {
    match &consent.record {
        AnyConsent::Single(record) => record.seal().renamed(),
        AnyConsent::Source(record) => record.seal().renamed(),
        AnyConsent::Sink(record) => record.seal().renamed(),
    }
}

fn consent_resource<'a>(
    account: &'a Account,
    id: &ConsentId,
    consent: &'a Consent,
    now: Timestamp,
) -> Res<Sealed<AnyRecord>, OfConsent<'a>> {
    let (standing, text) = standing(account, id, now);
    let is_sink_of = |(_, other): &(&ConsentId, &Consent)| other.source() == Some(id);
    let more = OfConsent {
        service_id: &consent.terms().subject_id,
        pair_of: consent
            .source()
            .or_else(|| account.consents().find(is_sink_of).map(|(sink, _)| sink)),
        standing,
        text,
    };
    Res::with("ConsentRecord", id, record_of(consent), more)
}

//= AC-03, FW-32
pub(super) async fn links<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let page = Listed::on(entered.page()?, account.links(), |(id, link)| {
        link_resource(id, link)
    });
    Ok(answer(StatusCode::OK, &page)?)
}

pub(super) fn found<'a>(account: &'a Account, link: &str) -> Result<(LinkId, &'a Link), Refusal> {
    let id = LinkId::parse(link).map_err(|_| Refusal::LinkUnknown)?;
    let link = account.link(&id).ok_or(Refusal::LinkUnknown)?;
    Ok((id, link))
}

pub(super) async fn link<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (id, link) = found(&account, &link)?;
    let data = link_resource(&id, link);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn link_statuses<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (_, link) = found(&account, &link)?;
    let page = Listed::on(entered.page()?, link.chain.iter(), link_status_resource);
    Ok(answer(StatusCode::OK, &page)?)
}

/// One status of a chain: by its id, or the newest, which is called `last`.
fn one<'a, T>(
    mut all: impl DoubleEndedIterator<Item = &'a Verified<T>>,
    wanted: &str,
    id: impl Fn(&T) -> &RecordId,
) -> Result<&'a Verified<T>, Refusal>
where
    T: mydata::core::jws::Payload,
{
    let found = match wanted {
        "last" => all.next_back(),
        wanted => all.find(|record| id(record).as_str() == wanted),
    };
    found.ok_or(Refusal::StatusRecordUnknown)
}

pub(super) async fn link_status<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link, status)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (_, link) = found(&account, &link)?;
    let record = one(link.chain.iter(), &status, |record| &record.record_id)?;
    let data = link_status_resource(record);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

//= FW-33
pub(super) async fn consents<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (link, _) = found(&account, &link)?;
    let under = account
        .consents()
        .filter(|(_, consent)| consent.terms().slr_id == link);
    let resource = |(id, consent)| consent_resource(&account, id, consent, entered.now);
    let page = Listed::on(entered.page()?, under, resource);
    Ok(answer(StatusCode::OK, &page)?)
}

/// A consent under a link: by its id, or the one that was given last, which is called `last`.
fn under<'a>(
    account: &'a Account,
    link: &str,
    consent: &str,
) -> Result<(ConsentId, &'a Consent), Refusal> {
    let (link, _) = found(account, link)?;
    let mut under = account
        .consents()
        .filter(|(_, consent)| consent.terms().slr_id == link);
    let found = match consent {
        "last" => under.max_by_key(|(_, consent)| consent.terms().iat),
        wanted => under.find(|(id, _)| id.as_str() == wanted),
    };
    let (id, consent) = found.ok_or(Refusal::ConsentUnknown)?;
    Ok((id.clone(), consent))
}

/// With `?get_consent_pair=true` the other half comes along (Account 2.0, External API).
pub(super) async fn consent<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link, consent)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (id, consent) = under(&account, &link, &consent)?;
    let first = consent_resource(&account, &id, consent, entered.now);
    let [pair] = entered.asked(["get_consent_pair"])?;
    let other = match pair.as_deref() {
        None | Some("false") => None,
        Some("true") => first.x_mydata.as_ref().and_then(|more| more.pair_of),
        Some(_) => return Err(super::ResidentRefusal::Query.into()),
    };
    let other = other.and_then(|id| Some((id, account.consent(id)?)));
    let other = other.map(|(id, consent)| consent_resource(&account, id, consent, entered.now));
    let data: Vec<_> = std::iter::once(first).chain(other).collect();
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn consent_statuses<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link, consent)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (_, consent) = under(&account, &link, &consent)?;
    let page = Listed::on(entered.page()?, consent.chain.iter(), status_resource);
    Ok(answer(StatusCode::OK, &page)?)
}

pub(super) async fn consent_status<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String, String, String)>,
    request: Request,
) -> Answer {
    let Path((account, link, consent, status)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let (_, consent) = under(&account, &link, &consent)?;
    let record = one(consent.chain.iter(), &status, |record| &record.record_id)?;
    let data = status_resource(record);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

/// Somebody who may have data, or might have had it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Receiver<'a> {
    cr_id: &'a ConsentId,
    service_id: &'a ServiceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<&'a ServiceId>,
    uses: Vec<Use<'a>>,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    standing: &'static str,
    text: Words,
    /// When the receiver was last given leave to fetch.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_leave: Option<Timestamp>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Use<'a> {
    purpose_id: &'a PurposeId,
    datasets: &'a Vec<DatasetId>,
}

/// Who has my data: every service that may use some by a consent, or once might, and what for.
//= FW-33
pub(super) async fn receivers<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let uses_data =
        |(_, consent): &(&ConsentId, &Consent)| !matches!(consent.record, AnyConsent::Source(_));
    let data = account.consents().filter(uses_data);
    let receiver = |(cr_id, consent)| receiver(&account, cr_id, consent, entered.now);
    let page = Listed::on(entered.page()?, data, receiver);
    Ok(answer(StatusCode::OK, &page)?)
}

fn receiver<'a>(
    account: &'a Account,
    cr_id: &'a ConsentId,
    consent: &'a Consent,
    now: Timestamp,
) -> Receiver<'a> {
    let terms = consent.terms();
    let source = consent.source().and_then(|id| account.consent(id));
    let (standing, text) = standing(account, cr_id, now);
    let rules = consent.record.usage_rules().iter();
    let uses = rules.map(|rule| Use {
        purpose_id: &rule.purpose_id,
        datasets: &rule.datasets,
    });
    let token = source.and_then(|source| source.token.as_ref());
    Receiver {
        cr_id,
        service_id: &terms.subject_id,
        source_id: source.map(|source| &source.terms().subject_id),
        uses: uses.collect(),
        since: terms.iat,
        until: terms.exp,
        standing,
        text,
        last_leave: token.map(|token| token.iat),
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct OfEvent {
    text: Words,
}

fn words_of(line: &LogEntry) -> Option<OfEvent> {
    let action = Action::ALL
        .iter()
        .find(|action| action.name() == line.action);
    action.map(|action| OfEvent {
        text: action.label().into(),
    })
}

/// The log, the newest first: who has done what with the account, also each leave to fetch data.
//= AC-43, AC-50
pub(super) async fn log<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let page = entered.page()?;
    let (_, events) = desk.operator.events(&entered.act.account).await?;
    let lines = Retention::Whole.view(&events, entered.now).zip(1_u64..);
    let lines: Vec<_> = lines.collect();
    let item = |(line, number): (LogEntry, u64)| Res {
        r#type: "Event",
        id: number.to_string(),
        x_mydata: words_of(&line),
        attributes: line,
    };
    let page = Listed::on(page, lines.into_iter().rev(), item);
    Ok(answer(StatusCode::OK, &page)?)
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ShownOnce {
    #[serde(flatten)]
    proposal: ConsentProposal,
    language: Language,
    shown_at: Timestamp,
}

/// What was shown to the person before they decided.
pub(super) async fn proposals<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let account = desk.account(&entered).await?;
    let once = |(url, shown): (&ResourceUrl, &Shown)| ShownOnce {
        proposal: ConsentProposal {
            url: url.clone(),
            hash: shown.hash,
        },
        language: shown.language,
        shown_at: shown.at,
    };
    let page = Listed::on(entered.page()?, account.proposals(), once);
    Ok(answer(StatusCode::OK, &page)?)
}

/// A proposal as it was shown, octet for octet.
//= CN-72
pub(super) async fn proposal<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, number)) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    shown_at(&desk, &entered.act.account, &number).await
}

/// The same at the address that the consent names (C15), to the person whose consent it is.
//= CN-72
pub(super) async fn own_proposal<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(number) = path.map_err(unnamed)?;
    let known = desk.know(request, Deed::Look).await?;
    let by = KnownBy::Identity(&known.identity);
    let account = desk.people.holder(by).await?;
    let account = account.ok_or(Refusal::ProposalUnknown)?;
    shown_at(&desk, &account, &number).await
}

async fn shown_at<S: Store>(desk: &ResidentDesk<S>, account: &AccountId, number: &str) -> Answer {
    let url = proposal_url(desk, number).ok_or(Refusal::ProposalUnknown)?;
    let (_, events) = desk.operator.events(account).await?;
    let proposal = events.iter().find_map(|event| {
        let Fact::ProposalShown { proposal, .. } = &event.fact else {
            return None;
        };
        (*proposal.url() == url).then_some(proposal)
    });
    let proposal = proposal.ok_or(Refusal::ProposalUnknown)?;
    let mut response = Response::new(proposal.octets().to_vec().into());
    let media = HeaderValue::try_from(proposal.media_type());
    let media = media.map_err(|_| HttpRefusal::Internal)?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
