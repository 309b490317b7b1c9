//! Consents and their status, as they arrive.

use crate::effect::{Effect, Installed};
use crate::holding::{HeldConsent, HeldLink, Service};
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::id::{ConsentId, OperatorId};
use mydata_core::jws::{Sealed, Verified};
use mydata_core::time::Timestamp;
use mydata_record::chain::{Chain, ChainRefusal};
use mydata_record::consent::{
    AnyConsent, Consent, ConsentState, ConsentStatus, SingleConsent, SinkConsent, SourceConsent,
};
use mydata_record::message::{ConsentCopy, ConsentDelivery, StatusQuery, StatusReply};
use mydata_record::standing::Bar;

/// A consent record that a service can be given.
pub(crate) trait Installable: Consent<Hint = mydata_core::id::LinkId> + Sized {
    fn any(record: Verified<Self>) -> AnyConsent;
}

impl Installable for SingleConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Single(record)
    }
}

impl Installable for SourceConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Source(record)
    }
}

impl Installable for SinkConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Sink(record)
    }
}

impl Service {
    /// The four steps of Consenting 2.0 §2.5: issued by an authorised party, not corrupted, well
    /// formed, with a verified status (CN-31 to CN-36). All of them, or nothing is stored.
    //= CN-02, CN-03, CN-31, CN-33, CN-34, CN-35, CN-36, CN-48, CN-70, CN-76
    pub(crate) fn install_consent<C: Installable>(
        &mut self,
        delivery: &ConsentDelivery<C>,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = delivery.cr.open()?;
        let link = self.link_with(unverified.hint(), setting.from)?;
        let record = unverified.verify(setting.crypto, &link.party_keys())?;
        let terms = record.terms();
        if terms.subject_id != self.id {
            return Err(ServiceRefusal::ServiceOther.into());
        }
        if terms.operator != *setting.from {
            return Err(ServiceRefusal::OperatorOther.into());
        }
        if terms.surrogate_id != link.record.surrogate_id {
            return Err(ServiceRefusal::ConsentNotOfLink.into());
        }
        let status = delivery.csr.open()?;
        let status = status.verify(setting.crypto, &link.party_keys())?;
        if let Some(held) = self.consents.get(&terms.cr_id) {
            let same = held.record == C::any(record.clone())
                && held.chain.iter().any(|known| *known == status);
            return if same {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldConsentDiffers.into())
            };
        }
        //= SL-05
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let chain = Chain::begin(status, &terms.cr_id, &terms.surrogate_id)?;
        let cr_id = terms.cr_id.clone();
        let held = HeldConsent {
            record: C::any(record),
            chain,
            in_doubt: false,
            round: 0,
        };
        self.consents.insert(cr_id.clone(), held);
        Ok(Installed::New(vec![Effect::Consented { cr_id }]))
    }

    /// A new status. What cannot be verified, or does not follow, is not installed; it leaves the
    /// consent in doubt, so that nothing is processed until the operator has been asked (CN-29,
    /// CN-30). Only the operator of the link can bring that about, and only with a record about this
    /// very consent and person.
    //= CN-01, CN-26, CN-27, CN-28, CN-29
    pub(crate) fn install_status(
        &mut self,
        sealed: &Sealed<ConsentStatus>,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = sealed.open()?;
        let cr_id = unverified.hint().cr_id.clone();
        let consent = self.consents.get(&cr_id);
        let consent = consent.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let terms = consent.record.terms();
        let link = self.link_with(&terms.slr_id, setting.from)?;
        if unverified.hint().surrogate_id != terms.surrogate_id {
            return Err(ServiceRefusal::ConsentNotOfLink.into());
        }
        let is_linked = link.is_active();
        let checked = unverified
            .verify(setting.crypto, &link.party_keys())
            .map_err(Refusal::from)
            .and_then(|status| Ok(consent.chain.check(status, setting.crypto)?));
        let held = self.consents.get_mut(&cr_id);
        let held = held.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let before = held.chain.state();
        match checked {
            Ok(next) => {
                //= AC-01, FW-59
                held.chain.push(&next);
                let state = held.chain.state();
                // In doubt, nothing resumes before the operator has answered.
                let may_resume = is_linked && !held.in_doubt;
                Ok(Installed::New(changed(&cr_id, before, state, may_resume)))
            }
            Err(Refusal::Chain(ChainRefusal::Repeated)) => Ok(Installed::Already),
            Err(because) => Err(Refusal::Doubt {
                because: Box::new(because),
                effects: held.doubt(&cr_id, setting.now),
            }),
        }
    }

    /// Puts every consent that may still be used in doubt: after a restart from stored messages, or
    /// whenever the service cannot be sure that it has been told everything. Gives what to do now.
    pub fn doubt_all(&mut self, now: Timestamp) -> Vec<Effect> {
        let consents = self.consents.iter_mut();
        let usable = consents.filter(|(_, held)| held.chain.state() != ConsentState::Withdrawn);
        usable
            .flat_map(|(cr_id, held)| held.doubt(cr_id, now))
            .collect()
    }

    /// The same for the consents of one operator: of the others' nothing has become uncertain.
    pub fn doubt_all_of(&mut self, operator: &OperatorId, now: Timestamp) -> Vec<Effect> {
        let consents = self.consents.iter_mut();
        let theirs = consents.filter(|(_, held)| held.record.terms().operator == *operator);
        let usable = theirs.filter(|(_, held)| held.chain.state() != ConsentState::Withdrawn);
        usable
            .flat_map(|(cr_id, held)| held.doubt(cr_id, now))
            .collect()
    }

    /// The same for one consent, if it is held and may still be used.
    pub fn doubt(&mut self, cr_id: &ConsentId, now: Timestamp) -> Vec<Effect> {
        let held = self.consents.get_mut(cr_id);
        let usable = held.filter(|held| held.chain.state() != ConsentState::Withdrawn);
        usable.map_or_else(Vec::new, |held| held.doubt(cr_id, now))
    }

    /// Takes a copy of a consent that the service has lost (C40). It is in doubt until the operator
    /// has told what has happened since: the effects say what to ask.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is stored then.
    pub fn restore(
        &mut self,
        copy: &ConsentCopy,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let installed = match copy {
            ConsentCopy::Single(delivery) => self.install_consent(delivery, setting),
            ConsentCopy::Source(delivery) => self.install_consent(delivery, setting),
            ConsentCopy::Sink(delivery) => self.install_consent(delivery, setting),
        }?;
        let mut effects = Vec::new();
        for effect in installed.effects() {
            if let Effect::Consented { cr_id } = &effect
                && let Some(held) = self.consents.get_mut(cr_id)
            {
                held.in_doubt = true;
                held.next_round(setting.now);
                effects.push(ask(cr_id, held));
            }
        }
        Ok(if effects.is_empty() {
            Installed::Already
        } else {
            Installed::New(effects)
        })
    }

    /// What to ask the operators: one query for each consent in doubt (CN-30).
    pub fn doubts(&self) -> impl Iterator<Item = Effect> + '_ {
        let doubtful = self.consents.iter().filter(|(_, consent)| consent.in_doubt);
        doubtful.map(|(cr_id, consent)| ask(cr_id, consent))
    }

    /// What to ask the operator about one consent, by policy or before something important (CN-41,
    /// DT-28).
    ///
    /// # Errors
    /// [`ServiceRefusal::HeldConsentUnknown`].
    //= CN-41, DT-28, DT-44
    pub fn status_query(&self, cr_id: &ConsentId) -> Result<StatusQuery, Refusal> {
        let consent = self.consents.get(cr_id);
        Ok(query(
            cr_id,
            consent.ok_or(ServiceRefusal::HeldConsentUnknown)?,
        ))
    }

    /// Takes the operator's answer to a query: installs what was missing, in order, and ends the
    /// doubt when nothing is missing any more and the question was asked since the doubt began.
    /// Otherwise it gives the next question.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is installed then. An answer that does not verify, or does not lead to
    /// the record that it names, leaves the consent in doubt as such a status does.
    //= CN-30
    pub fn catch_up(
        &mut self,
        reply: &StatusReply,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let cr_id = &reply.cr_id;
        let consent = self.consents.get(cr_id);
        let consent = consent.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let link = self.link_with(&consent.record.terms().slr_id, setting.from)?;
        let is_linked = link.is_active();
        let answered = answered(consent, link, reply, setting);
        let held = self.consents.get_mut(cr_id);
        let held = held.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let (chain, is_whole) = match answered {
            Ok(answered) => answered,
            // Asking a broken operator again at once would never end; the doubt stays.
            Err(because) if held.in_doubt => return Err(because),
            Err(because) => {
                return Err(Refusal::Doubt {
                    because: Box::new(because),
                    effects: held.doubt(cr_id, setting.now),
                });
            }
        };
        let (was_in_doubt, before) = (held.in_doubt, held.chain.state());
        let is_progress = chain != held.chain;
        held.chain = chain;
        held.in_doubt = !is_whole || (was_in_doubt && reply.round != held.round);
        let after = held.chain.state();
        let both = (before, after) == (ConsentState::Active, ConsentState::Active);
        let mut effects = changed(cr_id, before, after, is_linked && !held.in_doubt);
        if held.in_doubt {
            if both && !was_in_doubt {
                effects.push(Effect::Stop {
                    cr_id: cr_id.clone(),
                });
            }
            if !is_whole {
                held.next_round(setting.now);
            }
            effects.push(ask(cr_id, held));
        } else if was_in_doubt && is_linked && after == ConsentState::Active && effects.is_empty() {
            effects.push(Effect::Resume {
                cr_id: cr_id.clone(),
            });
        }
        Ok(if is_progress || was_in_doubt {
            Installed::New(effects)
        } else {
            Installed::Already
        })
    }
}

/// The chain with what the answer brings, and whether it holds the newest record that the operator
/// has signed and named.
fn answered(
    consent: &HeldConsent,
    link: &HeldLink,
    reply: &StatusReply,
    setting: Setting<'_>,
) -> Result<(Chain<ConsentStatus>, bool), Refusal> {
    let keys = link.party_keys();
    let latest = reply.latest.open()?.verify(setting.crypto, &keys)?;
    let mut chain = consent.chain.clone();
    for sealed in &reply.missing {
        let status = sealed.open()?.verify(setting.crypto, &keys)?;
        match chain.append(status, setting.crypto) {
            Ok(()) | Err(ChainRefusal::Repeated) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    if latest.cr_id != reply.cr_id || latest.record_id != reply.csr_id {
        return Err(ChainRefusal::OtherSubject.into());
    }
    let is_whole = chain.iter().any(|record| *record == latest);
    if !is_whole && chain == consent.chain {
        // Nothing came that leads on to the record that the operator names.
        return Err(ChainRefusal::Gap.into());
    }
    Ok((chain, is_whole))
}

impl HeldConsent {
    /// From now on it is in doubt: stop what runs on it, and ask.
    //= CN-29, CN-30
    fn doubt(&mut self, cr_id: &ConsentId, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.in_doubt && self.chain.state() == ConsentState::Active {
            effects.push(Effect::Stop {
                cr_id: cr_id.clone(),
            });
        }
        self.in_doubt = true;
        self.next_round(now);
        effects.push(ask(cr_id, self));
        effects
    }

    /// Answers to earlier questions end no doubt from now on. The number rises with the time, so
    /// that it also rises across a restart.
    fn next_round(&mut self, now: Timestamp) {
        let seconds = u32::try_from(now.seconds()).unwrap_or(u32::MAX);
        self.round = self.round.saturating_add(1).max(seconds);
    }
}

fn ask(cr_id: &ConsentId, consent: &HeldConsent) -> Effect {
    Effect::AskStatus {
        operator: consent.record.terms().operator.clone(),
        query: query(cr_id, consent),
    }
}

fn query(cr_id: &ConsentId, consent: &HeldConsent) -> StatusQuery {
    StatusQuery {
        cr_id: cr_id.clone(),
        since: Some(consent.chain.latest().record_id.clone()),
        round: consent.round,
    }
}

/// What a change of state asks of the program.
//= CN-51, CN-53, CN-54, CN-56, CN-58, CN-59
fn changed(
    cr_id: &ConsentId,
    before: ConsentState,
    after: ConsentState,
    is_linked: bool,
) -> Vec<Effect> {
    let cr_id = cr_id.clone();
    match (before, after) {
        (ConsentState::Active, ConsentState::Disabled | ConsentState::Withdrawn) => {
            vec![Effect::Stop { cr_id }]
        }
        (ConsentState::Disabled, ConsentState::Active) if is_linked => {
            vec![Effect::Resume { cr_id }]
        }
        (ConsentState::Active, ConsentState::Active)
        | (ConsentState::Disabled | ConsentState::Withdrawn, _) => Vec::new(),
    }
}
