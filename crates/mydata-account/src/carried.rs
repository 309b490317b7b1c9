//! An account as another operator takes it in.

use crate::person::{AccountInfo, LinkedIdentity};
use crate::personal::Username;
use mydata_core::id::{AccountId, OperatorId, ServiceId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Verified;
use mydata_core::time::Timestamp;
use mydata_operator::Account;
use mydata_record::chain::Chain;
use mydata_record::consent::{AnyConsent, ConsentState, ConsentStatus};
use mydata_record::link::{LinkRecord, LinkState, LinkStatus};

/// An export that was verified: what a person brings along (AC-08, D38).
///
/// The person's details and keys go over as they are. A link does not: its record names the operator
/// it was made with, that operator's key, and a surrogate for it alone. So the links and consents are
/// history, and [`to_link_again`](Self::to_link_again) says which services the person had in use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// Where the account was.
    pub operator: OperatorId,
    /// The username there: it may be taken here.
    pub username: Username,
    /// Identities at other providers, to be shown again.
    pub identities: Vec<LinkedIdentity>,
    /// The person's details.
    pub info: Option<AccountInfo>,
    /// The owner's public keys.
    pub owner_keys: KeySet,
    /// Every link with its history.
    pub links: Vec<CarriedLink>,
}

/// A link with its history and its consents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarriedLink {
    /// The record.
    pub record: Verified<LinkRecord>,
    /// Its status.
    pub chain: Chain<LinkStatus>,
    /// A sink's proof-of-possession key.
    pub pop_key: Option<PublicKey>,
    /// The consents under it.
    pub consents: Vec<CarriedConsent>,
}

/// A consent with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarriedConsent {
    /// The record.
    pub record: AnyConsent,
    /// Its status.
    pub chain: Chain<ConsentStatus>,
}

impl Carried {
    /// A new account for the same person: with their keys, without links, and to be activated.
    //= AC-08
    #[must_use]
    pub fn account(&self, id: AccountId, activate_by: Timestamp) -> Account {
        Account::create(id, self.owner_keys.clone(), activate_by)
    }

    /// The services that were in use: to be linked anew, should the person wish it.
    pub fn to_link_again(&self) -> impl Iterator<Item = &ServiceId> {
        let active = |link: &&CarriedLink| link.chain.state() == LinkState::Active;
        let links = self.links.iter().filter(active);
        links.map(|link| &link.record.service_id)
    }

    /// The consents that were not withdrawn: to be asked for anew, each on a form of its own.
    pub fn to_ask_again(&self) -> impl Iterator<Item = &AnyConsent> {
        let all = self.links.iter().flat_map(|link| &link.consents);
        let open = all.filter(|consent| consent.chain.state() != ConsentState::Withdrawn);
        open.map(|consent| &consent.record)
    }
}
