//! Letters that the framework leaves to each operator: between a resident's device and the operator,
//! and around [`ToService`], which it does define.
//!
//! Records travel in them as the library writes them: unsigned where somebody is asked to sign,
//! [`Sealed`] where somebody has signed.

use mydata::core::id::{
    ConsentId, DatasetId, LinkCode, LinkId, PurposeId, ServiceId, VerificationCode,
};
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::operator::Verification;
use mydata::record::consent::{ConsentState, ConsentStatus, SinkConsent, SourceConsent};
use mydata::record::description::Service;
use mydata::record::link::{LinkProposal, LinkStatus};
use mydata::record::message::{
    Countersigned, ObjectionAnswer, StatusQuery, StatusReply, SubscriptionConfirmation,
    SurrogateOffer, ToService, TokenReply, TokenRequest,
};
use mydata::record::notification::{NotificationPush, Selection, Subscription};
use mydata::record::objection::ObjectionRequest;
use serde::{Deserialize, Serialize};

/// The resident writes to the operator.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromPerson {
    /// "I want an account": the form, as the account's API has it.
    SignUp(String),
    /// "Send me a code for this."
    AskCode(Matter),
    /// "Here is the code."
    Confirm(Matter, VerificationCode),
    /// "Give me the copy."
    Export,
    /// "Keep my account."
    Keep,
    /// "Link this service."
    Link(ServiceId),
    /// Signed: the link record.
    SignedLink(LinkCode, Sealed<LinkProposal>),
    /// Signed: the link's first status.
    SignedFirstStatus(LinkCode, Sealed<LinkStatus>),
    /// "What would I agree to?"
    AskForm(Question),
    /// "This is what I choose."
    Choose(Choice),
    /// Signed: a consent.
    SignedConsent(Box<Pair<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>>),
    /// "I have changed my mind: this instead of that consent."
    Modify(ConsentId, Choice),
    /// Signed: the end of the old consent, and the new one.
    SignedModification(
        Box<Modified<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>>,
    ),
    /// "Pause, resume or withdraw."
    Change(ConsentId, ConsentState),
    /// Signed: the change, and its mirror at the source.
    SignedChange(Box<Change<Sealed<ConsentStatus>>>),
    /// "End this link."
    Unlink(LinkId),
    /// Signed: the end of a link.
    SignedUnlink(LinkId, Sealed<LinkStatus>),
    /// "Tell me this, and no longer that."
    Subscribe(ServiceId, Vec<Selection>),
    /// Signed: a subscription.
    SignedSubscription(ServiceId, Box<Sealed<Subscription>>),
    /// "I object to this."
    Object(ServiceId, PurposeId),
    /// Signed: an objection.
    SignedObjection(ServiceId, Box<Sealed<ObjectionRequest>>),
}

/// What a code is for: [`Verification`], as it is written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// To activate the account.
    Activation,
    /// To have a copy of everything.
    Export,
    /// To delete the account.
    Deletion,
    /// To delete it at once.
    DeletionAtOnce,
}

impl From<Matter> for Verification {
    fn from(matter: Matter) -> Self {
        match matter {
            Matter::Activation => Self::Activation,
            Matter::Export => Self::Export,
            Matter::Deletion => Self::Deletion,
            Matter::DeletionAtOnce => Self::DeletionAtOnce,
        }
    }
}

impl From<Verification> for Matter {
    fn from(what: Verification) -> Self {
        match what {
            Verification::Activation => Self::Activation,
            Verification::Export => Self::Export,
            Verification::Deletion => Self::Deletion,
            Verification::DeletionAtOnce => Self::DeletionAtOnce,
        }
    }
}

/// Which consent is meant, and in which language it is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Where the data is.
    pub source: ServiceId,
    /// Who wants it.
    pub sink: ServiceId,
    /// What for.
    pub purpose: PurposeId,
    /// The resident's language.
    pub language: Language,
}

/// What the resident has ticked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Choice {
    /// The question answered.
    pub question: Question,
    /// The form that she read.
    pub form: ResourceUrl,
    /// The datasets, by the source's ids.
    pub datasets: Vec<DatasetId>,
    /// Until when.
    pub until: Timestamp,
}

/// The four records of a consent, to sign or signed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pair<A, B, S> {
    /// The source's half.
    pub source: A,
    /// Its first status.
    pub source_status: S,
    /// The sink's half.
    pub sink: B,
    /// Its first status.
    pub sink_status: S,
}

/// A consent in the place of another, to sign or signed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Modified<A, B, S> {
    /// The end of the old one.
    pub end: Change<S>,
    /// The new one.
    pub consent: Pair<A, B, S>,
}

/// A change of a consent, to sign or signed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Change<S> {
    /// Of the consent itself.
    pub status: S,
    /// Of the source's half, where the change is mirrored.
    pub mirrored: Option<S>,
}

/// Somebody writes to the resident.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToPerson {
    /// A service: "sign in here". In a browser this is a redirect.
    SignIn(ServiceId, LinkCode),
    /// The operator: "sign the link".
    SignLink(LinkCode, Box<LinkProposal>),
    /// The operator: "sign its first status".
    SignFirstStatus(LinkCode, Box<LinkStatus>),
    /// The operator: the form, as the octets that are archived at the address.
    Form(ResourceUrl, String),
    /// The operator: "sign the consent".
    SignConsent(Box<Pair<SourceConsent, SinkConsent, ConsentStatus>>),
    /// The operator: "sign the end of the old consent, and the new one".
    SignModification(Box<Modified<SourceConsent, SinkConsent, ConsentStatus>>),
    /// The operator: "sign the change".
    SignChange(Box<Change<ConsentStatus>>),
    /// The operator: "sign the end of the link".
    SignUnlink(Box<LinkStatus>),
    /// The operator, by e-mail: "this is the code, and what it is for".
    Code(Matter, VerificationCode, String),
    /// The operator, by e-mail: something to know.
    Notice(String),
    /// The operator: the copy of everything.
    Copy(String),
    /// The operator: "sign the subscription".
    SignSubscription(ServiceId, Box<Subscription>),
    /// The operator: "sign the objection".
    SignObjection(ServiceId, Box<ObjectionRequest>),
    /// The operator: what a service tells her.
    Notification(Vec<String>),
    /// The operator: what a service has decided, and where she can read why.
    Decided(Vec<String>),
    /// The operator: "that cannot be done".
    Refused(Told),
}

/// A refusal, as the one who asked is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The stable code.
    pub code: String,
    /// What there is to say about it, in the reader's language.
    pub lines: Vec<String>,
}

/// The resident writes to a service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonToService {
    /// She has signed in, and confirms the linking. The customer number stands for the session that
    /// the service's own authentication has opened: no service learns it from another.
    Confirm(LinkCode, String),
}

/// A service writes to the operator.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromService {
    /// Its description, signed (SD-13).
    Describe(Box<Sealed<Service>>),
    /// The surrogate for a linking.
    Offer(SurrogateOffer),
    /// The link record with both signatures.
    Countersigned(Countersigned),
    /// A sink asks for a token.
    Token(TokenRequest),
    /// A service may have missed something.
    Ask(StatusQuery),
    /// A subscription is in force.
    Subscribed(SubscriptionConfirmation),
    /// Something that she wishes to be told.
    Notify(Box<NotificationPush>),
    /// The answer to an objection.
    Decided(Box<ObjectionAnswer>),
}

/// The operator writes to a service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToServiceOrAnswer {
    /// Of the operator's own accord.
    News(Box<ToService>),
    /// The answer to a description.
    Registered,
    /// The answer to a token request.
    Token(TokenReply),
    /// The answer to a question about a status.
    Status(Box<StatusReply>),
    /// The answer to whatever cannot be done.
    Refused(Told),
}

/// A sink calls a source: what an HTTP request carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DataCall {
    /// The method.
    pub method: String,
    /// The target of the request line.
    pub target: String,
    /// The headers, by name and value.
    pub headers: Vec<(String, String)>,
}

/// The source answers: what an HTTP response carries.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataAnswer {
    /// 200, with the dataset.
    Data(String),
    /// 401, 403 or 503, with the code that the caller may know.
    Denied(u16, String),
}

impl std::fmt::Debug for DataAnswer {
    /// Never the data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(body) => write!(f, "Data({} octets)", body.len()),
            Self::Denied(status, code) => write!(f, "Denied({status}, {code})"),
        }
    }
}
