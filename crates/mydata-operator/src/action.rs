//! What has happened, as a line of a log: a name for each kind of event, and what it was about.

use crate::event::{Event, Fact};
use mydata_core::id::{ConsentId, ContractId, LinkId, ObjectionId, ServiceId};
use mydata_core::lang::Trilingual;
use mydata_core::resource::ResourceUrl;
use mydata_record::consent::ConsentChange;
use std::fmt;

macro_rules! actions {
    ($($variant:ident = $name:literal : $fi:literal, $sv:literal, $en:literal;)+) => {
        /// What was done (Account 2.0 §4.4, AC-50).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Action { $(#[doc = concat!("`", $name, "`: ", $en, ".")] $variant,)+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name: snake case, as it stands in a log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The action in a resident's words.
            #[must_use]
            pub const fn label(self) -> Trilingual {
                let (fi, sv, en) = match self { $(Self::$variant => ($fi, $sv, $en),)+ };
                Trilingual { fi, sv, en }
            }
        }
    };
}

actions! {
    LinkingStarted = "linking_started": "yhdistäminen aloitettu", "koppling påbörjad", "a linking began";
    SurrogateOffered = "surrogate_offered": "palvelu tunnisti sinut", "tjänsten kände igen dig", "the service recognised you";
    LinkProposed = "link_proposed": "allekirjoitit yhteyden", "du undertecknade kopplingen", "you signed the link";
    LinkCountersigned = "link_countersigned": "palvelu allekirjoitti yhteyden", "tjänsten undertecknade kopplingen", "the service signed the link";
    LinkCreated = "link_created": "yhteys luotu", "koppling skapad", "the link was made";
    LinkingEnded = "linking_ended": "yhdistäminen keskeytyi", "kopplingen avbröts", "the linking was given up";
    LinkRemoved = "link_removed": "yhteys purettu", "koppling borttagen", "the link was removed";
    ProposalShown = "proposal_shown": "suostumuslomake näytetty", "samtyckesformulär visat", "a consent form was shown to you";
    ConsentGiven = "consent_given": "suostumus annettu", "samtycke givet", "consent was given";
    ConsentPaused = "consent_paused": "suostumus keskeytetty", "samtycke pausat", "the consent was paused";
    ConsentResumed = "consent_resumed": "suostumus jatkuu", "samtycket fortsätter", "the consent was resumed";
    ConsentEnded = "consent_ended": "suostumus peruutettu", "samtycke återkallat", "the consent was withdrawn";
    ContractFiled = "contract_filed": "sopimus tallennettu", "avtal sparat", "a contract was filed";
    ContractEnded = "contract_ended": "sopimus päättynyt", "avtal avslutat", "a contract ended";
    SubscriptionChanged = "subscription_changed": "ilmoitusten tilaus muutettu", "prenumeration ändrad", "what you are told of was changed";
    SubscriptionConfirmed = "subscription_confirmed": "palvelu vahvisti tilauksen", "tjänsten bekräftade prenumerationen", "the service confirmed what you are told of";
    NotificationReceived = "notification_received": "ilmoitus saatu", "meddelande mottaget", "a notification came";
    ObjectionMade = "objection_made": "käsittelyä vastustettu", "invändning gjord", "you objected";
    ObjectionAnswered = "objection_answered": "palvelu vastasi vastustamiseen", "tjänsten svarade på invändningen", "the service answered your objection";
    TokenIssued = "token_issued": "lupa hakea tietoja annettu", "tillstånd att hämta uppgifter utfärdat", "leave to fetch data was given";
    CodeSent = "code_sent": "vahvistuskoodi lähetetty", "bekräftelsekod skickad", "a code was sent to you";
    AccountActivated = "account_activated": "tili otettu käyttöön", "kontot togs i bruk", "the account was activated";
    ExportOpened = "export_opened": "tietojen kopiointi vahvistettu", "kopiering av uppgifter bekräftad", "the copy of your data was confirmed";
    AccountExported = "account_exported": "tiedot kopioitu", "uppgifterna kopierade", "your data was copied out";
    DeletionAsked = "deletion_asked": "tilin poisto pyydetty", "radering av kontot begärd", "deletion of the account was asked for";
    DeletionUndone = "deletion_undone": "tilin poisto peruttu", "raderingen ångrad", "the deletion was undone";
    AccountEnded = "account_ended": "tili päättynyt", "kontot avslutat", "the account ended";
    AccountErased = "account_erased": "tiedot poistettu", "uppgifterna raderade", "everything was deleted";
    Viewed = "viewed": "tietoja katsottu", "uppgifter visade", "data was looked at";
}

/// What an action was about. A linking has no name of its own here: its code is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// The account itself.
    Account,
    /// A linking under way, when it is known with which service.
    Linking(Option<ServiceId>),
    /// A link.
    Link(LinkId),
    /// What a person was shown before they decided, by its address.
    Proposal(ResourceUrl),
    /// A consent.
    Consent(ConsentId),
    /// A contract of a service.
    Contract(ServiceId, ContractId),
    /// An objection.
    Objection(ObjectionId),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Linking(None) => f.write_str("linking"),
            Self::Linking(Some(service)) => write!(f, "linking/{service}"),
            Self::Link(id) => write!(f, "link/{id}"),
            Self::Proposal(url) => write!(f, "proposal/{url}"),
            Self::Consent(id) => write!(f, "consent/{id}"),
            Self::Contract(service, id) => write!(f, "contract/{service}/{id}"),
            Self::Objection(id) => write!(f, "objection/{id}"),
        }
    }
}

impl Event {
    /// What was done.
    //= AC-50
    #[must_use]
    pub const fn action(&self) -> Action {
        match &self.fact {
            Fact::LinkingStarted { .. } => Action::LinkingStarted,
            Fact::SurrogateOffered { .. } => Action::SurrogateOffered,
            Fact::LinkProposed { .. } => Action::LinkProposed,
            Fact::Countersigned { .. } => Action::LinkCountersigned,
            Fact::Linked { .. } => Action::LinkCreated,
            Fact::LinkingEnded { .. } => Action::LinkingEnded,
            Fact::LinkChanged { .. } => Action::LinkRemoved,
            Fact::ProposalShown { .. } => Action::ProposalShown,
            Fact::ConsentGiven { .. } => Action::ConsentGiven,
            Fact::ConsentChanged { change, .. } => match change {
                ConsentChange::Disable => Action::ConsentPaused,
                ConsentChange::Reactivate => Action::ConsentResumed,
                ConsentChange::Withdraw => Action::ConsentEnded,
            },
            Fact::ContractFiled { .. } => Action::ContractFiled,
            Fact::ContractEnded { .. } => Action::ContractEnded,
            Fact::Subscribed { .. } => Action::SubscriptionChanged,
            Fact::SubscriptionConfirmed { .. } => Action::SubscriptionConfirmed,
            Fact::Notified { .. } => Action::NotificationReceived,
            Fact::Objected { .. } => Action::ObjectionMade,
            Fact::ObjectionAnswered { .. } => Action::ObjectionAnswered,
            Fact::TokenIssued { .. } => Action::TokenIssued,
            Fact::VerificationAsked { .. } => Action::CodeSent,
            Fact::Activated { .. } => Action::AccountActivated,
            Fact::ExportOpened { .. } => Action::ExportOpened,
            Fact::Exported => Action::AccountExported,
            Fact::Closing { .. } => Action::DeletionAsked,
            Fact::Reopened => Action::DeletionUndone,
            Fact::Ended => Action::AccountEnded,
            Fact::Erased => Action::AccountErased,
        }
    }

    /// What it was about.
    //= AC-50
    #[must_use]
    pub fn resource(&self) -> Resource {
        match &self.fact {
            Fact::LinkingStarted { linking, .. } => {
                Resource::Linking(Some(linking.service_id.clone()))
            }
            Fact::SurrogateOffered { offer, .. } => Resource::Link(offer.link_id.clone()),
            Fact::LinkProposed { record, .. } => Resource::Link(record.0.link_id.clone()),
            Fact::Countersigned { record, .. } => Resource::Link(record.link_id.clone()),
            Fact::Linked { chain, .. } => Resource::Link(chain.first().slr_id.clone()),
            Fact::LinkingEnded { .. } => Resource::Linking(None),
            Fact::LinkChanged { link_id, .. }
            | Fact::Subscribed { link_id, .. }
            | Fact::SubscriptionConfirmed { link_id, .. }
            | Fact::Notified { link_id, .. } => Resource::Link(link_id.clone()),
            Fact::Objected { record, .. } => Resource::Objection(record.id().clone()),
            Fact::ObjectionAnswered { record } => Resource::Objection(record.request_id().clone()),
            Fact::ProposalShown { proposal, .. } => Resource::Proposal(proposal.url().clone()),
            Fact::ConsentGiven { record, .. } => Resource::Consent(record.terms().cr_id.clone()),
            Fact::ConsentChanged { cr_id, .. } | Fact::TokenIssued { cr_id, .. } => {
                Resource::Consent(cr_id.clone())
            }
            Fact::ContractFiled { entry } => {
                Resource::Contract(entry.service_id.clone(), entry.filing.id.clone())
            }
            Fact::ContractEnded { service_id, id } => {
                Resource::Contract(service_id.clone(), id.clone())
            }
            Fact::VerificationAsked { .. }
            | Fact::Activated { .. }
            | Fact::ExportOpened { .. }
            | Fact::Exported
            | Fact::Closing { .. }
            | Fact::Reopened
            | Fact::Ended
            | Fact::Erased => Resource::Account,
        }
    }
}
