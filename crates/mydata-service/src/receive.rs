//! What arrives from the operator.

use crate::effect::{Effect, Installed};
use crate::holding::Service;
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_record::chain::ChainRefusal;
use mydata_record::consent::ConsentState;
use mydata_record::link::LinkState;
use mydata_record::message::{LinkStatusDelivery, ToService};

impl Service {
    /// Takes a message of the operator `setting.from`: installs all of it or nothing.
    ///
    /// # Errors
    /// [`Refusal`]. A status that cannot be verified leaves its consent in doubt: that refusal is a
    /// [`Refusal::Doubt`], and its effects are to be carried out.
    //= SL-57, CN-97
    pub fn receive(
        &mut self,
        message: &ToService,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        match message {
            ToService::LinkInvitation(invitation) => self.invited(invitation, setting),
            ToService::LinkProposal(delivery) => {
                self.operator(setting.from)?;
                if self.linked.get(&delivery.data.code) == Some(setting.from) {
                    return Ok(Installed::Already);
                }
                let pending = self.pending.get(&delivery.data.code);
                let pending = pending.filter(|pending| pending.operator == *setting.from);
                let pending = pending.ok_or(ServiceRefusal::CodeUnknown)?;
                if pending.proof.is_none() {
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
            ToService::Subscription(delivery) => self.install_subscription(delivery, setting),
            ToService::Objection(delivery) => self.install_objection(delivery, setting),
        }
    }

    //= SL-01, SL-09, CN-63, CN-64
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
            //= AC-02, FW-60
            link.chain.push(&next);
            link.removal_asked = false;
        }
        Ok(Installed::New(effects))
    }
}
