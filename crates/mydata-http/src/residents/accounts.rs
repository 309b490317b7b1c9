//! The account itself: opening it, who the person is, codes, the copy of everything, and its end.

use super::entry::Entered;
use super::levels::Deed;
use super::told::Told;
use super::wire::{Data, Res, Words};
use super::{Answer, Desk, Named, ResidentDesk, ResidentRefusal};
use crate::operator::{answer, unnamed};
use crate::problem::{Fault, HttpRefusal, Problem};
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use mydata::account::{
    AccountInfo, AccountKind, Export, ExportFormat, ExportRefusal, Holdings, InfoItem,
    LinkedIdentity, PersonForm, Profile, RegistrationFault, Retention, Tag,
};
use mydata::core::id::{AccountId, VerificationCode};
use mydata::core::jwk::KeySet;
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::operator::{Account, Command, Lifecycle, Proof, Refusal, Reply, Verification};
use mydata_store::{
    KnownBy, Letter, OperatorFault, OperatorRefusal, ParcelId, Partition, RequestKey, Store,
    StoreRefusal,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody has filled in whom the identity provider knows: no password, since nobody signs in here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    data: FormAccount,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormAccount {
    #[serde(rename = "type")]
    _kind: Tag<AccountKind>,
    attributes: FormAttributes,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormAttributes {
    username: String,
    firstname: String,
    lastname: String,
    email: String,
    x_mydata: FormExtension,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormExtension {
    natural_person: bool,
    #[serde(default)]
    date_of_birth: Option<String>,
    /// The keys of a wallet; without them the operator keeps one for the person.
    #[serde(default)]
    owner_keys: Option<KeySet>,
}

impl FormAttributes {
    fn person(&self) -> PersonForm<'_> {
        PersonForm {
            username: &self.username,
            firstname: &self.firstname,
            lastname: &self.lastname,
            email: &self.email,
            natural_person: self.x_mydata.natural_person,
            date_of_birth: self.x_mydata.date_of_birth.as_deref(),
        }
    }
}

/// All faults at once, under the code of the first.
fn faulty(faults: &[RegistrationFault]) -> Told {
    let Some(first) = faults.first() else {
        return HttpRefusal::Internal.into();
    };
    let all = faults.iter().map(|fault| Fault {
        code: fault.code(),
        at: fault.member.to_owned(),
    });
    let problem = Problem::new(first.code(), first.refusal);
    problem.with_faults(all.collect()).into()
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Activated {
    activated: u8,
}

/// What we say of an account: how far its life has come, in words too.
#[derive(Serialize, JsonSchema)]
pub(super) struct OfAccount {
    text: Words,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
}

fn resource(account: &Account) -> Res<Activated, OfAccount> {
    let state = account.lifecycle();
    let activated = Activated {
        activated: u8::from(state != Lifecycle::Created),
    };
    let more = OfAccount {
        text: state.label().into(),
        ends_at: account.ends_at(),
    };
    Res::with("Account", account.id().as_str(), activated, more)
}

/// Opens an account for the identity of the token, in use from the start: the provider has identified the
/// person in a stricter way than a code would (AC-14). Done again after it was broken off it gives the same
/// account.
//= AC-09, AC-11, AC-14
pub(super) async fn sign_up<S: Store>(State(desk): Desk<S>, request: Request) -> Answer {
    let known = desk.know(request, Deed::SignUp).await?;
    let form: Form = known.body()?;
    let form = form.data.attributes;
    let mut profile = form.person().check().map_err(|faults| faulty(&faults))?;
    profile.credentials.identities.push(known.identity.clone());
    let id = desk.people.reserve(&known.identity).await?;
    match desk.operator.account(&id).await {
        Ok(account) => match desk.people.profile(&id).await? == Some(profile) {
            true => {
                let data = resource(&account);
                return Ok(answer(StatusCode::CREATED, &Data { data })?);
            }
            false => return Err(OperatorFault::from(StoreRefusal::AccountExists).into()),
        },
        Err(fault) if fault.code() == StoreRefusal::AccountUnknown.code() => {}
        Err(fault) => return Err(fault.into()),
    }
    let keys = match form.x_mydata.owner_keys {
        Some(keys) => keys,
        None => {
            let drawn = desk.around.draw(&id).await?;
            KeySet::from(drawn.ok_or(ResidentRefusal::KeyMissing)?)
        }
    };
    desk.people.enter(&id, &profile).await?;
    let account = Account::open(id.clone(), keys);
    desk.operator
        .open_account(account, desk.opening(&id)?)
        .await?;
    let account = desk.operator.account(&id).await?;
    let data = resource(&account);
    Ok(answer(StatusCode::CREATED, &Data { data })?)
}

impl<S: Store> ResidentDesk<S> {
    /// The one request that opens an account.
    fn opening(&self, id: &AccountId) -> Result<mydata_store::Request, Problem> {
        let name = ["sign up\n", id.as_str()].concat();
        let digest = self.operator.crypto().sha256(name.as_bytes());
        let key = RequestKey::parse(&["opening.", &digest.to_base64url()].concat());
        let key = key.ok_or(OperatorRefusal::NameInvalid);
        let key = key.map_err(OperatorFault::from)?;
        Ok(mydata_store::Request { key, digest })
    }

    async fn profile(&self, entered: &Entered) -> Result<Profile, Problem> {
        let profile = self.people.profile(&entered.act.account).await?;
        profile.ok_or_else(|| ResidentRefusal::PersonUnknown.into())
    }
}

/// The account of whoever asks, in a list: it may be empty.
pub(super) async fn own<S: Store>(State(desk): Desk<S>, request: Request) -> Answer {
    let known = desk.know(request, Deed::Look).await?;
    let identity: &LinkedIdentity = &known.identity;
    let holder = desk.people.holder(KnownBy::Identity(identity)).await?;
    let account = match holder {
        // One that is reserved, and was not opened, is none.
        Some(id) => match desk.operator.account(&id).await {
            Ok(account) => Some(account),
            Err(fault) if fault.code() == StoreRefusal::AccountUnknown.code() => None,
            Err(fault) => return Err(fault.into()),
        },
        None => None,
    };
    let data: Vec<_> = account.iter().map(|account| resource(account)).collect();
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn account<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let data = resource(&*desk.account(&entered).await?);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

fn info_resource(info: &AccountInfo) -> Res<&AccountInfo> {
    Res::plain("AccountInfo", INFO, info)
}

/// There is one, and this is its id.
const INFO: &str = "1";

//= AC-05, AC-48
pub(super) async fn all_info<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let profile = desk.profile(&entered).await?;
    let data = vec![info_resource(&profile.info)];
    Ok(answer(StatusCode::OK, &Data { data })?)
}

pub(super) async fn info<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Look).await?;
    let profile = desk.profile(&entered).await?;
    let data = info_resource(&profile.info);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInfo {
    data: InfoItem,
}

//= AC-05
pub(super) async fn inform<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Inform).await?;
    let NewInfo { data } = entered.body()?;
    if data.id != INFO {
        return Err(ResidentRefusal::Parts.into());
    }
    // Of an account that has ended nothing is changed.
    let account = desk.account(&entered).await?;
    match account.lifecycle() {
        Lifecycle::Ended | Lifecycle::Erased => return Err(Refusal::AccountEnded.into()),
        Lifecycle::Created | Lifecycle::Active | Lifecycle::Closing => {}
    }
    let info = data.attributes;
    match desk.people.inform(account.id(), &info).await? {
        true => {
            let data = info_resource(&info);
            Ok(answer(StatusCode::OK, &Data { data })?)
        }
        false => Err(ResidentRefusal::PersonUnknown.into()),
    }
}

/// What a code is for, by its name in the path.
fn matter(name: &str) -> Result<(Verification, Deed), ResidentRefusal> {
    match name {
        "activation" => Ok((Verification::Activation, Deed::SignUp)),
        "export" => Ok((Verification::Export, Deed::Export)),
        "deletion" => Ok((Verification::Deletion, Deed::Delete)),
        "deletion_at_once" => Ok((Verification::DeletionAtOnce, Deed::Delete)),
        _ => Err(ResidentRefusal::Query),
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Asked {
    verification: String,
}

//= AC-07, AC-12, AC-18
pub(super) async fn ask_code<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, what)) = path.map_err(unnamed)?;
    let (matter, deed) = matter(&what)?;
    let entered = desk.enter(request, &account, deed).await?;
    send_code(&desk, &entered, (matter, &what)).await
}

/// A deletion begins with a code that confirms it (AC-25), whatever the API file says of `204`.
//= AC-25
pub(super) async fn delete<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Delete).await?;
    send_code(&desk, &entered, (Verification::Deletion, "deletion")).await
}

async fn send_code<S: Store>(
    desk: &ResidentDesk<S>,
    entered: &Entered,
    (what, name): (Verification, &str),
) -> Answer {
    let outcome = desk
        .does(entered, &Command::AskVerification { what })
        .await?;
    // The code stands nowhere: whether the first one was sent is not known, and it is not sent again.
    if outcome.codes.is_empty() {
        return Err(ResidentRefusal::LetterUnsent.into());
    }
    let account = &entered.act.account;
    let digest = desk.operator.crypto().sha256(account.as_str().as_bytes());
    let partition = Partition::of(&digest, desk.operator.store().partitions());
    for (number, letter) in outcome.codes.into_iter().enumerate() {
        let id = ParcelId {
            partition,
            position: outcome.position,
            number,
        };
        let to = account.clone();
        let sent = desk.around.write(&Letter { id, to, letter }).await;
        sent.map_err(|_| ResidentRefusal::LetterUnsent)?;
    }
    Ok(answer(
        StatusCode::ACCEPTED,
        &Asked {
            verification: name.to_owned(),
        },
    )?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: VerificationCode,
}

//= AC-12, AC-18, AC-25
pub(super) async fn confirm<S: Store>(
    State(desk): Desk<S>,
    path: Named<(String, String)>,
    request: Request,
) -> Answer {
    let Path((account, what)) = path.map_err(unnamed)?;
    let (what, deed) = matter(&what)?;
    let entered = desk.enter(request, &account, deed).await?;
    let Code { code } = entered.body()?;
    let proof = Proof::Code(code);
    desk.does(&entered, &Command::Confirm { what, proof })
        .await?;
    let data = resource(&*desk.account(&entered).await?);
    Ok(answer(StatusCode::OK, &Data { data })?)
}

//= AC-28
pub(super) async fn keep<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Keep).await?;
    desk.does(&entered, &Command::UndoDeletion).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How a copy is wanted: `?format=json`, or `?format=text&language=sv`.
fn format(entered: &Entered) -> Result<ExportFormat, ResidentRefusal> {
    let [format, language] = entered.asked(["format", "language"])?;
    let language = language.as_deref().map(Language::parse);
    match (format.as_deref(), language) {
        (None | Some("json"), None) => Ok(ExportFormat::Json),
        (Some("text"), Some(Some(language))) => Ok(ExportFormat::Text(language)),
        _ => Err(ResidentRefusal::Query),
    }
}

impl From<ExportRefusal> for Problem {
    fn from(refusal: ExportRefusal) -> Self {
        Self::new(refusal.code(), refusal)
    }
}

//= AC-17, AC-20, AC-21
pub(super) async fn export<S: Store>(
    State(desk): Desk<S>,
    path: Named<String>,
    request: Request,
) -> Answer {
    let Path(account) = path.map_err(unnamed)?;
    let entered = desk.enter(request, &account, Deed::Export).await?;
    let format = format(&entered)?;
    let profile = desk.profile(&entered).await?;
    let outcome = desk.does(&entered, &Command::Export).await?;
    let Reply::Export(permit) = outcome.reply else {
        return Err(HttpRefusal::Internal.into());
    };
    let (account, events) = desk.operator.events(&entered.act.account).await?;
    let holdings = Holdings {
        account: &account,
        profile: &profile,
        events: &events,
        retention: Retention::Whole,
        operator: &desk.operator.identity().id,
    };
    let now = desk.operator.clock().now().max(permit.at());
    let octets = Export::collect(permit, holdings, now)?.write(format)?;
    let media = match format == ExportFormat::Json {
        true => "application/json",
        false => "text/plain; charset=utf-8",
    };
    let mut response = Response::new(octets.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
