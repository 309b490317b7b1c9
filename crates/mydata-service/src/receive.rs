//! What arrives from the operator.

use crate::holding::Service;
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::id::{ConsentId, LinkCode, LinkId, OperatorId};
use mydata_record::chain::ChainRefusal;
use mydata_record::consent::ConsentState;
use mydata_record::link::LinkState;
use mydata_record::message::{LinkProposalDelivery, LinkStatusDelivery, StatusQuery, ToService};

/// What the program around the service must do now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Let the person sign in and confirm, then call [`Service::confirm_linking`].
    AskPerson {
        /// The linking.
        code: LinkCode,
    },
    /// Call [`Service::countersign`] with the service's key, and send the result.
    Countersign(LinkProposalDelivery),
    /// The link is made.
    Linked {
        /// The link.
        link_id: LinkId,
    },
    /// The link is over: forget what ties the person to it.
    Unlinked {
        /// The link.
        link_id: LinkId,
    },
    /// The consent is installed; a sink may ask for a token.
    Consented {
        /// The consent.
        cr_id: ConsentId,
    },
    /// Stop now whatever runs on this consent, also what is half done (CN-51, CN-53).
    Stop {
        /// The consent.
        cr_id: ConsentId,
    },
    /// The consent may be used again.
    Resume {
        /// The consent.
        cr_id: ConsentId,
    },
    /// Ask the operator what is missing, and give the answer to [`Service::catch_up`] (CN-30).
    AskStatus {
        /// Whom.
        operator: OperatorId,
        /// What.
        query: StatusQuery,
    },
}

/// A message was accepted: acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the effects must be carried out, and the message acknowledged"]
#[expect(clippy::exhaustive_enums, reason = "it was new, or it was known")]
pub enum Installed {
    /// It was new.
    New(Vec<Effect>),
    /// It was known already; nothing has changed.
    Already,
}

impl Installed {
    /// The effects; none when the message was known already.
    #[must_use]
    pub fn effects(self) -> Vec<Effect> {
        match self {
            Self::New(effects) => effects,
            Self::Already => Vec::new(),
        }
    }
}

impl Service {
    /// Takes a message of the operator `setting.from`: installs all of it or nothing.
    ///
    /// # Errors
    /// [`Refusal`]. A status that cannot be verified leaves its consent in doubt, which
    /// [`Service::doubts`] tells.
    pub fn receive(
        &mut self,
        message: &ToService,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        match message {
            ToService::LinkInvitation(invitation) => self.invited(invitation, setting),
            ToService::LinkProposal(delivery) => {
                self.operator(setting.from)?;
                if self.linked.contains(&delivery.data.code) {
                    return Ok(Installed::Already);
                }
                let pending = self.pending.get(&delivery.data.code);
                let pending = pending.ok_or(ServiceRefusal::CodeUnknown)?;
                if pending.surrogate_id.is_none() {
                    return Err(ServiceRefusal::NotConfirmed.into());
                }
                Ok(Installed::New(vec![Effect::Countersign(delivery.clone())]))
            }
            ToService::Link(delivery) => self.install_link(delivery, setting),
            ToService::LinkStatus(delivery) => self.install_link_status(delivery, setting),
            ToService::SingleConsent(delivery) => self.install_consent(delivery, setting),
            ToService::SourceConsent(delivery) => self.install_consent(delivery, setting),
            ToService::SinkConsent(delivery) => self.install_consent(delivery, setting),
            ToService::ConsentStatus(delivery) => self.install_status(&delivery.csr, setting),
        }
    }

    fn install_link_status(
        &mut self,
        delivery: &LinkStatusDelivery,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = delivery.ssr.open()?;
        let link_id = unverified.hint().clone();
        let link = self.link_with(&link_id, setting.from)?;
        let status = unverified.verify(setting.crypto, &link.party_keys())?;
        let next = match link.chain.check(status, setting.crypto) {
            Ok(next) => next,
            Err(ChainRefusal::Repeated) => return Ok(Installed::Already),
            Err(refusal) => return Err(refusal.into()),
        };
        let mut effects = Vec::new();
        if next.record().sl_status == LinkState::Removed {
            // What has been stopped before need not be stopped again.
            let under = self.consents.iter().filter(|(_, consent)| {
                consent.record.terms().slr_id == link_id
                    && consent.chain.state() == ConsentState::Active
            });
            effects.extend(under.map(|(cr_id, _)| Effect::Stop {
                cr_id: cr_id.clone(),
            }));
            effects.push(Effect::Unlinked {
                link_id: link_id.clone(),
            });
        }
        if let Some(link) = self.links.get_mut(&link_id) {
            link.chain.push(&next);
            link.removal_asked = false;
        }
        Ok(Installed::New(effects))
    }
}
