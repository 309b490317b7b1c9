//! The operator's API for services, as rows: routes, and their place in the OpenAPI document.

use super::{
    OperatorDesk, consent_copies, countersigned, link_copy, link_status, missing, offer, removal,
    status, token,
};
use crate::binding;
use crate::deliveries::{Deliveries, deliveries};
use crate::owner::OwnerKeys;
use crate::route::{Api, Operation, Parameter};
use crate::wishes::{
    ObjectionResult, answered, confirmed, notified, objection_copies, subscription_copies,
};
use axum::Router;
use mydata::core::id::AccountId;
use mydata::core::jwk::PublicKey;
use mydata::keys::PrivateKey;
use mydata::record::message::{
    ConsentCopy, Countersigned, LinkCopyRequest, LinkDelivery, LinkRemoval, LinkStatusDelivery,
    ObjectionCopy, StatusReply, SubscriptionConfirmation, SubscriptionDelivery, SurrogateOffer,
    TokenReply,
};
use mydata::record::notification::NotificationPush;
use mydata_store::{MemoryStore, OperatorFault, Store};
use std::sync::Arc;

/// The routes for services, behind the door of the desk.
pub fn operator_api<S: Store, O: OwnerKeys>(desk: Arc<OperatorDesk<S, O>>) -> Router {
    operations().serve(desk)
}

/// As rows, for the document.
pub(crate) fn operator_operations() -> Vec<Operation> {
    operations::<MemoryStore, Nobody>().operations()
}

fn operations<S: Store, O: OwnerKeys>() -> Api<Arc<OperatorDesk<S, O>>> {
    const ROUND: &[Parameter] = &[Parameter::query::<u32>(
        "round",
        "The number of the doubt, which the answer repeats",
    )];
    let api = Api::new();
    let api = api.on(
        Operation::post(
            binding::OFFER,
            (
                "offer_surrogate",
                "The service brings its name for a person",
            ),
        )
        .takes::<SurrogateOffer>(),
        offer,
    );
    let verify = |path, id| {
        Operation::post(path, (id, "The service has signed the link record"))
            .takes::<Countersigned>()
    };
    let api = api
        .on(verify(binding::VERIFY, "countersign"), countersigned)
        .on(
            verify(binding::VERIFY_SOURCE, "countersign_as_source"),
            countersigned,
        )
        .on(
            Operation::get(
                binding::TOKEN,
                ("issue_token", "A sink asks for a token, by its consent"),
            )
            .gives::<TokenReply>(200),
            token,
        )
        .on(
            Operation::get(
                binding::INTROSPECTION,
                ("introspect", "The status of a consent"),
            )
            .with(ROUND)
            .gives::<StatusReply>(200),
            status,
        )
        .on(
            Operation::get(
                binding::MISSING,
                ("missing_since", "What has changed since a status record"),
            )
            .with(ROUND)
            .gives::<StatusReply>(200),
            missing,
        )
        .on(
            Operation::post(binding::REMOVAL, ("end_link", "A service ends a link"))
                .takes::<LinkRemoval>()
                .gives::<LinkStatusDelivery>(201),
            removal,
        );
    const PAGE: &[Parameter] = &[
        Parameter::query::<u32>("offset", "Copies to leave out"),
        Parameter::query::<u32>("limit", "10 unless it is said, and at the most"),
    ];
    let copy = |path, told| Operation::post(path, told).takes::<LinkCopyRequest>();
    api.on(
        copy(binding::LINK_COPY, ("copy_link", "A link, once more")).gives::<LinkDelivery>(200),
        link_copy,
    )
    .on(
        copy(
            binding::LINK_STATUS_COPY,
            ("copy_link_status", "The newest status of a link, once more"),
        )
        .gives::<LinkStatusDelivery>(200),
        link_status,
    )
    .on(
        copy(
            binding::CONSENT_COPIES,
            ("copy_consents", "The consents under a link, once more"),
        )
        .with(PAGE)
        .gives::<Vec<ConsentCopy>>(200),
        consent_copies,
    )
    .on(
        copy(
            binding::SUBSCRIPTION_COPIES,
            ("copy_subscriptions", "Subscriptions, once more"),
        )
        .with(PAGE)
        .gives::<Vec<SubscriptionDelivery>>(200),
        subscription_copies,
    )
    .on(
        copy(
            binding::OBJECTION_COPIES,
            (
                "copy_objections",
                "Objections and the answers to them, once more",
            ),
        )
        .with(PAGE)
        .gives::<Vec<ObjectionCopy>>(200),
        objection_copies,
    )
    .on(
        Operation::post(
            binding::CONFIRMED,
            (
                "confirm_subscription",
                "A subscription is in force with the service",
            ),
        )
        .takes::<SubscriptionConfirmation>(),
        confirmed,
    )
    .on(
        Operation::post(
            binding::NOTIFIED,
            ("notify", "The service tells a person something"),
        )
        .takes::<NotificationPush>(),
        notified,
    )
    .on(
        Operation::get(
            binding::DELIVERIES,
            ("deliveries", "What waits for the service"),
        )
        .gives::<Deliveries>(200),
        deliveries,
    )
    .on(
        Operation::post(
            binding::ANSWERED,
            ("answer_objection", "The service answers an objection"),
        )
        .takes::<ObjectionResult>(),
        answered,
    )
}

/// Stands for whoever keeps owner keys where only the rows are asked for.
#[derive(Debug)]
enum Nobody {}

impl OwnerKeys for Nobody {
    async fn key(&self, _: &AccountId, _: &PublicKey) -> Result<Option<PrivateKey>, OperatorFault> {
        match *self {}
    }
}
