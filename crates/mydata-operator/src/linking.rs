//! A link in the making.

use mydata_core::id::{DescriptionVersion, LinkId, ServiceId, SurrogateId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Verified;
use mydata_core::time::Timestamp;
use mydata_record::link::{LinkProposal, LinkRecord};
use mydata_record::possession::ProofScheme;

/// One linking under way (Service Linking 2.0 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Linking {
    /// The service to be linked.
    pub service_id: ServiceId,
    /// Its description at the start (SL-42).
    pub description_version: DescriptionVersion,
    /// Its signature keys, from the registry.
    pub service_keys: KeySet,
    /// Whether it must bring a proof-of-possession key (SL-16).
    pub is_sink: bool,
    /// The surrogate, when the person came from the service.
    pub surrogate_id: Option<SurrogateId>,
    /// When the linking is given up.
    pub expires: Timestamp,
    /// How far it has come.
    pub stage: Stage,
}

impl Linking {
    /// What the service has brought, once it has.
    #[must_use]
    pub const fn offer(&self) -> Option<&Offer> {
        match &self.stage {
            Stage::Invited => None,
            Stage::Offered(offer) | Stage::Proposed(offer, _) | Stage::Countersigned(offer, _) => {
                Some(offer)
            }
        }
    }

    /// The surrogate, once it is known.
    #[must_use]
    pub fn surrogate(&self) -> Option<&SurrogateId> {
        let offered = self.offer().map(|offer| &offer.surrogate_id);
        offered.or(self.surrogate_id.as_ref())
    }
}

/// The steps of a linking.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework's steps")]
pub enum Stage {
    /// The service has been asked for a surrogate.
    Invited,
    /// The service has authenticated the person and given a surrogate (SL-17).
    Offered(Offer),
    /// The owner has signed.
    Proposed(Offer, Verified<LinkProposal>),
    /// The service has signed too; the first status is to be signed by the owner.
    Countersigned(Offer, Verified<LinkRecord>),
}

/// What the service has brought.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Offer {
    /// The id of the link to be, chosen by the operator (SL-40, C56).
    pub link_id: LinkId,
    /// The pseudonym.
    pub surrogate_id: SurrogateId,
    /// A sink's key.
    pub pop_key: Option<PublicKey>,
    /// How it is used.
    pub proof: ProofScheme,
}
