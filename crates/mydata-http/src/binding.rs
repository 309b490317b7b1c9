//! Where each message goes: method and path, for whoever sends and whoever listens.
//!
//! Paths are joined to the `library_domain` of a service, or to the address of an operator. Those marked
//! *ours* stand in no document: the framework demands the operation and has published no path (D79).

use axum::http::Method;
use mydata::record::message::ToService;

/// Begin linking (Service API).
pub const LINKING: &str = "/slr/linking";
/// Countersign (Service API).
pub const PROPOSAL: &str = "/slr/slr/";
/// The link is made; ours: the API files have it in the answer to `/verify`.
pub const LINK: &str = "/slr/link/";
/// A link has changed (Service API).
pub const LINK_STATUS: &str = "/slr/status/";
/// A consent; with `PATCH` its status (Service API).
pub const CONSENT: &str = "/cr/cr_management/";
/// A subscription; ours: the API file names the person in the path, and paths end in logs (D10).
pub const SUBSCRIPTION: &str = "/notifications/subscriptions/";
/// An objection; ours, for the same reason.
pub const OBJECTION: &str = "/objections/";

/// The service brings the surrogate (Sink and Source API).
pub const OFFER: &str = "/link";
/// The service has countersigned (Sink API; the Source API writes [`VERIFY_SOURCE`]).
pub const VERIFY: &str = "/verify";
/// As [`VERIFY`].
pub const VERIFY_SOURCE: &str = "/verify/";
/// A sink asks for a token, by its consent (Sink API, C20).
pub const TOKEN: &str = "/auth_token/{cr_id}";
/// The status of a consent, all of it (Source API, C21).
pub const INTROSPECTION: &str = "/introspection/{cr_id}";
/// What a service has missed since a status record that it has (Source API, C21).
pub const MISSING: &str = "/consent/{cr_id}/missing_since/{csr_id}";
/// A service ends a link; ours: the API file names the account in the path, which no service may know
/// (SL-02).
pub const REMOVAL: &str = "/slr/removal";
/// Copies for a service that has lost its own (C39, C40); ours.
pub const LINK_COPY: &str = "/copies/servicelink";
/// The newest status of a link, also of a removed one (C39); ours.
pub const LINK_STATUS_COPY: &str = "/copies/servicelink/status";
/// Copies of the consents under a link (C40); ours.
pub const CONSENT_COPIES: &str = "/copies/consents";

/// Copies of subscriptions, for a service that has lost its own; ours.
pub const SUBSCRIPTION_COPIES: &str = "/copies/subscriptions";
/// Copies of objections with the answers to them; ours.
pub const OBJECTION_COPIES: &str = "/copies/objections";
/// A subscription is in force with the service (FW-43); ours: no document has a path.
pub const CONFIRMED: &str = "/notifications/subscriptions/confirmed";
/// The service tells a person something; ours: the API file names the person in the path.
pub const NOTIFIED: &str = "/notifications";
/// The service answers an objection; ours, for the same reason.
pub const ANSWERED: &str = "/objections/answers";

/// What waits for a service (D93); ours: no document has a path.
pub const DELIVERIES: &str = "/deliveries/";

/// Where a message to a service goes.
#[must_use]
pub const fn of(message: &ToService) -> (Method, &'static str) {
    match message {
        ToService::LinkInvitation(_) => (Method::POST, LINKING),
        ToService::LinkProposal(_) => (Method::POST, PROPOSAL),
        ToService::Link(_) => (Method::POST, LINK),
        ToService::LinkStatus(_) => (Method::POST, LINK_STATUS),
        ToService::SingleConsent(_) | ToService::SourceConsent(_) | ToService::SinkConsent(_) => {
            (Method::POST, CONSENT)
        }
        ToService::ConsentStatus(_) => (Method::PATCH, CONSENT),
        ToService::Subscription(_) => (Method::POST, SUBSCRIPTION),
        ToService::Objection(_) => (Method::POST, OBJECTION),
    }
}

/// The paths at which a service listens.
pub const OF_SERVICE: [&str; 7] = [
    LINKING,
    PROPOSAL,
    LINK,
    LINK_STATUS,
    CONSENT,
    SUBSCRIPTION,
    OBJECTION,
];
