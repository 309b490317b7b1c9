//! The MyData operator as a pure state machine: one account per machine.
//!
//! An [`Account`] holds the links, consents and status chains of one person. It knows no clock, no
//! random source, no key and no store; what it needs of them comes with each call as an
//! [`Env`]. There are four kinds of methods:
//!
//! * **drafts** ([`Account::draft_link`] and its siblings) prepare a record for the owner to sign,
//!   wherever the owner's key lives; they change nothing;
//! * **[`Account::decide`]** takes a [`Command`] and either refuses it with a stable code or gives a
//!   [`Decision`]: events, messages and a reply; it changes nothing;
//! * **[`Account::apply`]** takes an [`Event`] of a decision and cannot refuse it;
//! * **questions** ([`Account::introspect`], [`Account::introspect_token`], [`Account::standing`], …) are total or refuse by code.
//!
//! What is kept of it are octets: an [`Entry`] a decision, taken again by [`Account::resume`], and now
//! and then an [`Account::snapshot`].
//!
//! The order: draft, sign, decide; store events and outbox in one transaction; apply; deliver from
//! the outbox, any number of times. A consent is preceded by its proposal: what the person is shown is
//! archived ([`Command::ShowProposal`]), and the draft names it. What concerns many accounts is a
//! process above them that asks one command of each ([`Deregistration`]). The account rebuilt from its events is the account
//! ([`Account::replay`]).
//!
//! Who receives what is fixed by type: no message has a member for the account id, and a service is
//! only ever sent records that name its own surrogate.

mod account;
mod action;
mod command;
mod contract;
mod decide;
mod decision;
mod deregistration;
mod draft;
mod env;
mod event;
mod journal;
mod lifecycle;
mod linking;
mod mailbox;
mod objection;
mod permit;
mod person;
mod proposal;
mod query;
mod rejection;

pub use account::{Account, Consent, IssuedToken, Link, Pause};
pub use action::{Action, Resource};
pub use command::{
    Act, Capacity, Command, Modification, NewConsent, OwnerSigned, PairConsent, Proof, Told,
};
pub use contract::{Contract, ContractEntry, ContractFiling, ContractTitle};
pub use decision::{Decision, Delivery, Reply};
pub use deregistration::{Deregistration, Visit};
pub use draft::{
    ChangeDraft, ConsentChoice, ConsentDraft, ModificationDraft, PairDraft, Scope, SingleDraft,
};
pub use env::{AccountTimes, Drafts, Earlier, Env, Operator, OperatorFault, Registered, Timing};
pub use event::{Event, Fact};
pub use journal::{ENTRY_LIMITS, Entry, JournalFault, JournalRefusal, SNAPSHOT_LIMITS};
pub use lifecycle::{Lifecycle, LifecycleChange, Verification, VerifiedBy, Vouching};
pub use linking::{Linking, Offer, Stage};
pub use mailbox::{Mailbox, Received};
pub use objection::Objection;
pub use permit::ExportPermit;
pub use person::ToPerson;
pub use proposal::{Proposal, Shown, archived_proposal, draft_proposal};
pub use rejection::{Refusal, Rejection};

pub use mydata_record::consent::Reason;
