//! Words of the model as terms of DPV and as words of our own namespace.

use crate::receipt::{
    ActingAs, Actor, Assurance, Channel, Custody, EventState, Method, Necessity, RemedyKind,
};
use mydata_record::consent::{Reason, Role};
use mydata_record::description::{Basis, Category};

/// A table from a word to its term: read in both directions, first fit.
pub(super) type Words<T> = &'static [(T, &'static str)];

/// The term of a word; every table is total, which a test holds it to.
pub(super) fn name<T: PartialEq>(words: Words<T>, word: &T) -> &'static str {
    let found = words.iter().find(|(known, _)| known == word);
    found.map_or("", |(_, term)| term)
}

/// The same as a text of one's own.
pub(super) fn term<T: PartialEq>(words: Words<T>, word: &T) -> String {
    name(words, word).to_owned()
}

/// The word of a term.
pub(super) fn word<T: Copy>(words: Words<T>, term: &str) -> Option<T> {
    let found = words.iter().find(|(_, known)| *known == term);
    found.map(|(word, _)| *word)
}

pub(super) const BASES: Words<Basis> = &[
    (Basis::Contract, "dpv:Contract"),
    (Basis::LegalObligation, "dpv:LegalObligation"),
    (Basis::VitalInterest, "dpv:VitalInterest"),
    (Basis::PublicInterest, "dpv:PublicInterest"),
    (Basis::LegitimateInterest, "dpv:LegitimateInterest"),
    (Basis::Consent, "dpv:Consent"),
];

/// Whether consent was explicit.
pub(super) const EXPRESSION: Words<bool> = &[
    (true, "dpv:ExplicitlyExpressedConsent"),
    (false, "dpv:ExpressedConsent"),
];

pub(super) const STATES: Words<EventState> = &[
    (EventState::Given, "dpv:ConsentGiven"),
    (EventState::Paused, "dpv:ConsentStatusInvalidForProcessing"),
    (EventState::Resumed, "dpv:ConsentGiven"),
    (EventState::Withdrawn, "dpv:ConsentWithdrawn"),
    (EventState::Revoked, "dpv:ConsentRevoked"),
    (EventState::Expired, "dpv:ConsentExpired"),
];

/// What DPV has no term for: that a consent is paused, and that it goes on as it was.
pub(super) const OWN_STATES: Words<EventState> = &[
    (EventState::Paused, "mydata:Disabled"),
    (EventState::Resumed, "mydata:Resumed"),
];

pub(super) const CAPACITIES: Words<ActingAs> = &[
    (ActingAs::Oneself, "dpv:DataSubject"),
    (ActingAs::Parent, "dpv:ParentOfDataSubject"),
    (ActingAs::Guardian, "dpv:GuardianOfDataSubject"),
    (ActingAs::Mandate, "dpv:Representative"),
    (ActingAs::Official, "dpv:Agent"),
];

pub(super) const NECESSITIES: Words<Necessity> = &[
    (Necessity::Required, "dpv:Required"),
    (Necessity::Optional, "dpv:Optional"),
];

pub(super) const SENSITIVITIES: Words<Category> = &[
    (Category::Ordinary, "dpv:PersonalData"),
    (Category::Confidential, "dpv:SensitivePersonalData"),
    (Category::Special, "dpv:SpecialCategoryPersonalData"),
];

pub(super) const REMEDIES: Words<RemedyKind> = &[
    (RemedyKind::Withdraw, "dpv:WithdrawConsent"),
    (RemedyKind::EndContract, "dpv:TerminateContract"),
    (RemedyKind::Object, "dpv:ObjectingToProcess"),
    (RemedyKind::Nothing, "dpv:CannotObjectToProcess"),
];

pub(super) const IMPORTANCE: Words<bool> = &[
    (true, "dpv:PrimaryImportance"),
    (false, "dpv:SecondaryImportance"),
];

pub(super) const CHANNELS: Words<Channel> = &[
    (Channel::Web, "mydata:Web"),
    (Channel::App, "mydata:App"),
    (Channel::Desk, "mydata:Desk"),
    (Channel::Phone, "mydata:Phone"),
    (Channel::Paper, "mydata:Paper"),
];

pub(super) const METHODS: Words<Method> = &[
    (Method::TickAndConfirm, "mydata:TickAndConfirm"),
    (Method::Confirm, "mydata:Confirm"),
    (Method::Signature, "mydata:Signature"),
    (Method::Spoken, "mydata:Spoken"),
];

pub(super) const ASSURANCES: Words<Assurance> = &[
    (Assurance::Low, "mydata:LowAssurance"),
    (Assurance::Substantial, "mydata:SubstantialAssurance"),
    (Assurance::High, "mydata:HighAssurance"),
];

pub(super) const CUSTODIES: Words<Custody> = &[
    (Custody::OwnDevice, "mydata:KeyOnOwnDevice"),
    (Custody::Operator, "mydata:KeyWithOperator"),
];

pub(super) const ACTORS: Words<Actor> = &[
    (Actor::DataSubject, "mydata:DataSubject"),
    (Actor::Representative, "mydata:Representative"),
    (Actor::Operator, "mydata:Operator"),
    (Actor::Service, "mydata:Service"),
    (Actor::System, "mydata:System"),
];

pub(super) const REASONS: Words<Reason> = &[
    (Reason::OwnerWish, "mydata:OwnerWish"),
    (Reason::MandateEnded, "mydata:MandateEnded"),
    (Reason::ServiceSuspended, "mydata:ServiceSuspended"),
    (Reason::DescriptionChanged, "mydata:DescriptionChanged"),
    (Reason::SuspectedMisuse, "mydata:SuspectedMisuse"),
    (Reason::LegalOrder, "mydata:LegalOrder"),
    (Reason::Expired, "mydata:TimeOver"),
    (Reason::LinkRemoved, "mydata:LinkRemoved"),
    (Reason::ServiceLeft, "mydata:ServiceLeft"),
];

/// Which of the records says what consent the decision took the place of: that of whoever uses the data,
/// whose consent it was.
pub(super) fn heir(roles: impl Iterator<Item = Option<Role>>) -> usize {
    let roles: Vec<Option<Role>> = roles.collect();
    let sink = roles.iter().rposition(|role| *role == Some(Role::Sink));
    sink.unwrap_or(roles.len().saturating_sub(1))
}

pub(super) const ROLES: Words<Role> = &[
    (Role::Source, "mydata:SourceRecord"),
    (Role::Sink, "mydata:SinkRecord"),
];
