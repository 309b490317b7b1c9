//! The MyData account around its state machine (Account 2.0).
//!
//! `mydata-operator` decides what happens to an account; this crate knows the rest of it: the person
//! and how they sign up, which usernames are taken, the log that a resident reads, and the copy of
//! everything that a person may take out or carry to another operator.
//!
//! * [`Submitted`] is what somebody has filled in; [`Registration::check`] gives a registration, or
//!   every fault at once. [`Directory`] says whether the username is free.
//! * [`Profile`] is the person of one account: names, contact details, credentials. None of it
//!   prints itself.
//! * [`LogEntry`] is one line of the log: who, what, about what, when.
//! * [`Export::collect`] puts all of an account into the schema of the framework, given the permit
//!   that only a verified request yields; [`Export::read`] and [`Export::verify`] take it in again.
//!
//! It has no clock, no store and no hash of passwords: those are the program's around it.

mod carried;
mod correspondence;
mod directory;
mod export;
mod log;
mod papers;
mod password;
mod person;
mod personal;
mod readable;
mod receipts;
mod registration;
mod typed;
mod verify;

pub use carried::{Carried, CarriedConsent, CarriedLink};
pub use correspondence::{NotificationItem, ObjectionItem, SubscriptionItem};
pub use directory::{Claim, Directory, DirectoryRefusal};
pub use export::{
    AnyRecord, ConsentItem, ConsentKind, ConsentStatusItem, ConsentStatusKind, Export,
    ExportAttributes, ExportExtension, ExportRefusal, Holdings, InfoItem, InfoKind, LinkExtension,
    LinkItem, LinkKind, LinkStatusItem, LinkStatusKind, LinkingItem, LogItem, LogKind,
};
pub use log::{LogEntry, LogExtension, Retention};
pub use papers::{ContractItem, Octets, ProposalItem, RestsOn};
pub use password::{Password, PasswordHash};
pub use person::{
    AccountInfo, Contact, ContactKind, Credentials, InfoExtension, LinkedIdentity, Preferences,
    Profile,
};
pub use personal::{ContactText, Date, Email, IdentitySubject, Name, Setting, Username};
pub use readable::ExportFormat;
pub use receipts::{Decided, Described};
pub use registration::{
    AccountKind, PersonForm, Registration, RegistrationFault, RegistrationRefusal, Submitted,
    SubmittedAccount, SubmittedAttributes, SubmittedExtension,
};
pub use typed::{Kind, Tag};
pub use verify::{ExportFault, Trust};
