//! The operator's API for residents, as rows: routes, and their place in the OpenAPI document.
//!
//! `{a}` is an account, `{s}` a service; the first paths are those of the External API, the later ones of the
//! UI API.

use super::wire::{
    Begin, Choice, Data, Draft, Given, Listed, Objections, Question, Res, SignedChange,
    SignedConsent, SignedModification, Wishes,
};
use super::{ResidentDesk, accounts, consents, links, modified, reading, wishes};
use crate::route::{Api, Operation, Parameter};
use axum::Router;
use mydata::account::{AccountInfo, AnyRecord, Export, LogEntry};
use mydata::core::jws::Sealed;
use mydata::record::consent::ConsentStatus;
use mydata::record::link::{LinkRecord, LinkStatus};
use mydata::record::notification::{PushedNotification, Subscription};
use mydata::record::objection::ObjectionRequest;
use mydata::record::proposal::ProposalDocument;
use mydata_store::{MemoryStore, Store};
use std::sync::Arc;

/// The routes for residents.
pub fn residents_api<S: Store>(desk: Arc<ResidentDesk<S>>) -> Router {
    operations().serve_to_people(desk)
}

/// As rows, for the document.
pub(crate) fn resident_operations() -> Vec<Operation> {
    operations::<MemoryStore>().operations()
}

type Rows<S> = Api<Arc<ResidentDesk<S>>>;

type AccountRes = Res<accounts::Activated, accounts::OfAccount>;
type LinkRes = Res<Sealed<LinkRecord>, reading::OfLink<'static>>;
type ConsentRes = Res<Sealed<AnyRecord>, reading::OfConsent<'static>>;
type StatusRes = Res<Sealed<ConsentStatus>>;

fn operations<S: Store>() -> Rows<S> {
    wishing(consenting(linking(reading(account(Api::new())))))
}

/// The form of a copy.
const COPY: &[Parameter] = &[
    Parameter::query::<String>("format", "`json`, unless it is `text`"),
    Parameter::query::<String>("language", "For a text: `fi`, `sv` or `en`"),
];

/// A part of a list.
const PAGE: &[Parameter] = &[
    Parameter::query::<u32>("offset", "Items to leave out"),
    Parameter::query::<u32>("limit", "100 unless it is said, and at the most"),
];

/// Both halves of a pair.
const PAIR: &[Parameter] = &[Parameter::query::<bool>(
    "get_consent_pair",
    "With the other half of the pair",
)];

/// The account itself.
fn account<S: Store>(api: Rows<S>) -> Rows<S> {
    api.on(
        Operation::post(
            "/account/api/v2.0/external/accounts/",
            ("sign_up", "Opens an account for the identity of the token"),
        )
        .takes::<accounts::Form>()
        .gives::<Data<AccountRes>>(201),
        accounts::sign_up::<S>,
    )
    .on(
        Operation::get(
            "/account/api/v2.0/external/accounts/",
            ("own_accounts", "The account of whoever asks, in a list"),
        )
        .gives::<Data<Vec<AccountRes>>>(200),
        accounts::own::<S>,
    )
    .on(
        Operation::get(
            "/account/api/v2.0/external/accounts/{a}/",
            ("account", "How far the life of the account has come"),
        )
        .gives::<Data<AccountRes>>(200),
        accounts::account::<S>,
    )
    .on(
        Operation::delete(
            "/account/api/v2.0/external/accounts/{a}/",
            (
                "delete_account",
                "Asks for a code with which the deletion is confirmed",
            ),
        )
        .gives::<accounts::Asked>(202),
        accounts::delete::<S>,
    )
    .on(
        Operation::delete(
            "/account/api/v2.0/external/accounts/{a}/deletion",
            ("keep_account", "Undoes the deletion"),
        )
        .answered(204),
        accounts::keep::<S>,
    )
    .on(
        Operation::get(
            "/account/api/v2.0/external/accounts/{a}/info/",
            ("all_info", "Names and contact details, in a list"),
        )
        .gives::<Data<Vec<Res<AccountInfo>>>>(200),
        accounts::all_info::<S>,
    )
    .on(
        Operation::get(
            "/account/api/v2.0/external/accounts/{a}/info/1/",
            ("info", "Names and contact details"),
        )
        .gives::<Data<Res<AccountInfo>>>(200),
        accounts::info::<S>,
    )
    .on(
        Operation::patch(
            "/account/api/v2.0/external/accounts/{a}/info/1/",
            ("change_info", "Other names and contact details"),
        )
        .takes::<accounts::NewInfo>()
        .gives::<Data<Res<AccountInfo>>>(200),
        accounts::inform::<S>,
    )
    .on(
        Operation::post(
            "/account/api/v2.0/external/accounts/{a}/verifications/{what}/",
            ("ask_code", "Has a code sent"),
        )
        .gives::<accounts::Asked>(202),
        accounts::ask_code::<S>,
    )
    .on(
        Operation::put(
            "/account/api/v2.0/external/accounts/{a}/verifications/{what}/",
            ("confirm", "Confirms with the code"),
        )
        .takes::<accounts::Code>()
        .gives::<Data<AccountRes>>(200),
        accounts::confirm::<S>,
    )
    .on(
        Operation::get(
            "/account/api/v2.0/external/accounts/{a}/export/",
            ("export", "A copy of everything"),
        )
        .with(COPY)
        .gives::<Export>(200),
        accounts::export::<S>,
    )
}

/// What a person reads.
fn reading<S: Store>(api: Rows<S>) -> Rows<S> {
    api
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/logs/events/", ("log", "Who has done what with the account, the newest first")).with(PAGE).gives::<Listed<Res<LogEntry, reading::OfEvent>>>(200), reading::log::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/receivers/", ("receivers", "Who may have data of the person, and what for")).with(PAGE).gives::<Listed<reading::Receiver<'static>>>(200), reading::receivers::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/", ("links", "The links")).with(PAGE).gives::<Listed<LinkRes>>(200), reading::links::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/", ("link", "A link")).gives::<Data<LinkRes>>(200), reading::link::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/statuses/", ("link_statuses", "The history of a link")).with(PAGE).gives::<Listed<Res<Sealed<LinkStatus>>>>(200), reading::link_statuses::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/statuses/{status}/", ("link_status", "One status of a link; the newest is called last")).gives::<Data<Res<Sealed<LinkStatus>>>>(200), reading::link_status::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/", ("consents", "The consents under a link")).with(PAGE).gives::<Listed<ConsentRes>>(200), reading::consents::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/", ("consent", "A consent; the newest is called last")).with(PAIR).gives::<Data<Vec<ConsentRes>>>(200), reading::consent::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/statuses/", ("consent_statuses", "The history of a consent")).with(PAGE).gives::<Listed<StatusRes>>(200), reading::consent_statuses::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/servicelinks/{link}/consents/{consent}/statuses/{status}/", ("consent_status", "One status of a consent; the newest is called last")).gives::<Data<StatusRes>>(200), reading::consent_status::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/proposals/", ("proposals", "What was shown before each decision")).with(PAGE).gives::<Listed<reading::ShownOnce>>(200), reading::proposals::<S>)
        .on(
        Operation::get(
            "/proposals/{number}",
            ("own_proposal", "A proposal at the address that its consent names"),
        )
        .gives::<ProposalDocument>(200),
        reading::own_proposal::<S>,
    )
    .on(Operation::get("/account/api/v2.0/external/accounts/{a}/proposals/{number}/", ("proposal", "A proposal as it was shown, octet for octet")).gives::<ProposalDocument>(200), reading::proposal::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/notifications/", ("notifications", "What services have told the person, the newest first")).with(PAGE).gives::<Listed<Res<PushedNotification, wishes::OfNotification<'static>>>>(200), wishes::notifications::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/subscriptions/", ("subscriptions", "What the person wishes to be told of")).with(PAGE).gives::<Listed<wishes::UnderLink<'static>>>(200), wishes::subscriptions::<S>)
        .on(Operation::get("/account/api/v2.0/external/accounts/{a}/objections/", ("objections", "What the person has objected to, and where it stands")).with(PAGE).gives::<Listed<Res<Sealed<ObjectionRequest>, wishes::OfObjection<'static>>>>(200), wishes::objections::<S>)
}

/// Linking.
fn linking<S: Store>(api: Rows<S>) -> Rows<S> {
    api.on(
        Operation::post(
            "/slr/account/{a}/service/{s}/",
            ("begin_linking", "Begins to link a service"),
        )
        .takes::<Begin>()
        .gives::<links::Begun<'static>>(201),
        links::begin::<S>,
    )
    .on(
        Operation::get(
            "/slr/account/{a}/linkings/{code}/",
            (
                "linking",
                "How far a linking has come, and what the owner is to sign",
            ),
        )
        .gives::<links::UnderWay<'static>>(200),
        links::linking::<S>,
    )
    .on(
        Operation::post(
            "/slr/account/{a}/linkings/{code}/signed/",
            ("sign_linking", "The owner has signed a step of a linking"),
        )
        .takes::<links::Step>(),
        links::linking_signed::<S>,
    )
    .on(
        Operation::post(
            "/slr/account/{a}/service/{s}/slr/{link}/",
            ("remove_link", "Ends a link"),
        )
        .gives::<Data<Res<Sealed<LinkStatus>>>>(201),
        links::remove::<S>,
    )
    .on(
        Operation::post(
            "/slr/account/{a}/service/{s}/slr/{link}/draft/",
            ("draft_removal", "What is to be signed to end a link"),
        )
        .gives::<Data<Vec<Draft>>>(200),
        links::draft_removal::<S>,
    )
    .on(
        Operation::post(
            "/slr/account/{a}/service/{s}/slr/{link}/signed/",
            ("sign_removal", "The owner has signed the end of a link"),
        )
        .takes::<links::SignedRemoval>()
        .gives::<Data<Res<Sealed<LinkStatus>>>>(201),
        links::remove_signed::<S>,
    )
}

/// Consenting.
fn consenting<S: Store>(api: Rows<S>) -> Rows<S> {
    api.on(
        Operation::post(
            "/cr/consent_form/account/{a}/shown/",
            (
                "show_consent",
                "What would be agreed to: archived as it is shown",
            ),
        )
        .takes::<Question>()
        .gives::<consents::Shown<'static>>(201),
        consents::show::<S>,
    )
    .on(
        Operation::post(
            "/cr/consent_form/account/{a}/",
            ("give_consent", "Gives a consent"),
        )
        .takes::<Choice>()
        .gives::<Given>(201),
        consents::give::<S>,
    )
    .on(
        Operation::post(
            "/cr/consent_form/account/{a}/draft/",
            ("draft_consent", "What is to be signed to give a consent"),
        )
        .takes::<Choice>()
        .gives::<Data<Vec<Draft>>>(200),
        consents::draft::<S>,
    )
    .on(
        Operation::post(
            "/cr/consent_form/account/{a}/signed/",
            ("sign_consent", "The owner has signed a consent"),
        )
        .takes::<SignedConsent>()
        .gives::<Given>(201),
        consents::give_signed::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/",
            ("change_consent", "Pauses, resumes or withdraws a consent"),
        )
        .gives::<Data<Vec<StatusRes>>>(201),
        consents::change::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/draft/",
            ("draft_change", "What is to be signed to change a consent"),
        )
        .gives::<Data<Vec<Draft>>>(200),
        consents::draft_change::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/status/{state}/signed/",
            ("sign_change", "The owner has signed a change of a consent"),
        )
        .takes::<SignedChange>()
        .gives::<Data<Vec<StatusRes>>>(201),
        consents::change_signed::<S>,
    )
    .on(
        Operation::put(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/",
            ("modify_consent", "Another consent in the place of this one"),
        )
        .takes::<Choice>()
        .gives::<Given>(201),
        modified::modify::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/draft/",
            (
                "draft_modification",
                "What is to be signed to modify a consent",
            ),
        )
        .takes::<Choice>()
        .gives::<Data<Vec<Draft>>>(200),
        modified::draft::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/consent/{consent}/signed/",
            ("sign_modification", "The owner has signed a modification"),
        )
        .takes::<SignedModification>()
        .gives::<Given>(201),
        modified::modify_signed::<S>,
    )
}

/// Wishes.
fn wishing<S: Store>(api: Rows<S>) -> Rows<S> {
    api.on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/subscriptions/",
            ("subscribe", "Chooses what to be told of"),
        )
        .takes::<Wishes>()
        .gives::<Data<Res<Sealed<Subscription>>>>(201),
        wishes::subscribe::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/subscriptions/draft/",
            (
                "draft_subscription",
                "What is to be signed to be told of something",
            ),
        )
        .takes::<Wishes>()
        .gives::<Data<Vec<Draft>>>(200),
        wishes::draft_subscription::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/subscriptions/signed/",
            ("sign_subscription", "The owner has signed a subscription"),
        )
        .takes::<wishes::SignedSubscription>()
        .gives::<Data<Res<Sealed<Subscription>>>>(201),
        wishes::subscribe_signed::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/objections/",
            ("object", "Objects"),
        )
        .takes::<Objections>()
        .gives::<Data<Res<Sealed<ObjectionRequest>>>>(201),
        wishes::object::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/objections/draft/",
            ("draft_objection", "What is to be signed to object"),
        )
        .takes::<Objections>()
        .gives::<Data<Vec<Draft>>>(200),
        wishes::draft_objection::<S>,
    )
    .on(
        Operation::post(
            "/cr/account_id/{a}/service/{s}/objections/signed/",
            ("sign_objection", "The owner has signed an objection"),
        )
        .takes::<wishes::SignedObjection>()
        .gives::<Data<Res<Sealed<ObjectionRequest>>>>(201),
        wishes::object_signed::<S>,
    )
}
