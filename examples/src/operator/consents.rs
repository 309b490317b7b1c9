//! Giving and changing consents, at the operator (Consenting 2.0 §3).

use super::{OperatorParty, to_person};
use crate::form::{self, Form};
use crate::post::{Outcome, Refused};
use crate::talk::{Change, Choice, Modified, Pair, Question, ToPerson, Told};
use mydata::core::crypto::Random as _;
use mydata::core::id::{ConsentId, LinkCode};
use mydata::core::jws::Sealed;
use mydata::core::time::Timestamp;
use mydata::operator::{
    Capacity, ChangeDraft, Command, ConsentChoice, Modification, NewConsent, OwnerSigned,
    PairConsent, PairDraft, Proposal, Reason,
};
use mydata::record::consent::{
    Consent as _, ConsentChange, ConsentProposal, ConsentState, ConsentStatus, SinkConsent,
    SourceConsent, UsageRule, Validity,
};
use mydata::record::message;

type SignedPair = Pair<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>;
type SignedModified = Modified<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>;

impl OperatorParty {
    /// Archives the form, and shows what is archived.
    pub(super) fn show_form(
        &mut self,
        question: &Question,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let source = self.registered(&question.source)?;
        let sink = self.registered(&question.sink)?;
        let form = Form::of(question, &source.description, &sink.description)?;
        let octets = String::from_utf8(message::write(&form)?);
        let octets = octets.map_err(|_| Refused::new("form_text", "not UTF-8"))?;
        // An address that nobody can guess: the form says which services somebody uses.
        let name = LinkCode::from_random(self.desk.random.bits128()?);
        let url = self.desk.origin.at(&format!("/forms/{}", name.as_str()))?;
        let rests_on = [&source, &sink].map(|service| {
            let about = &service.description.service_description;
            let version = about.service_description_version.clone();
            (service.description.service_id.clone(), version)
        });
        let (kind, language) = ("application/json", question.language);
        let proposal = Proposal::new(
            url.clone(),
            kind,
            language,
            rests_on.into(),
            octets.as_bytes(),
        );
        let proposal = proposal.map_err(mydata::operator::Rejection::from)?;
        self.command(Capacity::Owner, &Command::ShowProposal { proposal }, now)?;
        let mails = to_person(&ToPerson::Form(url, octets))?;
        Ok(Outcome::done("form_shown", mails))
    }

    /// She has ticked: the records that say exactly that, for her to sign.
    pub(super) fn draft_consent(
        &mut self,
        choice: &Choice,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let question = &choice.question;
        let source = self.registered(&question.source)?;
        let sink = self.registered(&question.sink)?;
        let chosen = self.chosen(choice)?;
        let env = &mut self.desk.env(now)?;
        let draft = match self.account.draft_pair(&source, &sink, &chosen, env) {
            Ok(draft) => draft,
            Err(rejection) => {
                let told = Told {
                    code: rejection.code().to_owned(),
                    lines: form::not_asked(question, &sink.description),
                };
                let mails = to_person(&ToPerson::Refused(told))?;
                return Ok(Outcome::refused(rejection.code(), mails));
            }
        };
        let mails = to_person(&ToPerson::SignConsent(Box::new(to_sign(&draft))))?;
        Ok(Outcome::done("consent_drafted", mails))
    }

    /// What she has ticked, on the form that was shown.
    fn chosen(&self, choice: &Choice) -> Result<ConsentChoice, Refused> {
        let shown = self.account.proposals();
        let shown = shown.into_iter().find(|(url, _)| **url == choice.form);
        let (url, shown) = shown.ok_or_else(|| Refused::new("form_unknown", "never shown"))?;
        Ok(ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: choice.question.purpose.clone(),
                datasets: choice.datasets.clone(),
            }],
            validity: Validity::until(choice.until),
            proposal: ConsentProposal {
                url: url.clone(),
                hash: shown.hash,
            },
        })
    }

    /// She has changed her mind about the data: the end of the old consent, and the new one.
    pub(super) fn draft_modification(
        &mut self,
        consent: &ConsentId,
        choice: &Choice,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let source = self.registered(&choice.question.source)?;
        let sink = self.registered(&choice.question.sink)?;
        let (chosen, act) = (self.chosen(choice)?, self.act(Capacity::Owner)?);
        let env = &mut self.desk.env(now)?;
        let services = (&*source, &*sink);
        let account = &self.account;
        let draft = account.draft_modified_pair(&act, consent, services, &chosen, env)?;
        let letter = Modified {
            end: change_to_sign(&draft.withdrawal),
            consent: to_sign(&draft.consent),
        };
        let mails = to_person(&ToPerson::SignModification(Box::new(letter)))?;
        Ok(Outcome::done("modification_drafted", mails))
    }

    /// She has signed all six: the old consent is over and the new one given, or neither.
    pub(super) fn modify(
        &mut self,
        signed: &SignedModified,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let withdrawal = self.owner_signed(&signed.end)?;
        let modification = Modification {
            cr_id: withdrawal.status.cr_id.clone(),
            withdrawal,
            consent: NewConsent::Pair(self.pair(&signed.consent)?),
        };
        let command = Command::ModifyConsent(Box::new(modification));
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("consent_modified", mails))
    }

    /// She has signed. The account checks all of it again: the draft was no promise.
    pub(super) fn give_consent(
        &mut self,
        signed: &SignedPair,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let consent = NewConsent::Pair(self.pair(signed)?);
        let command = Command::GiveConsent(Box::new(consent));
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("consent_given", mails))
    }

    fn pair(&self, signed: &SignedPair) -> Result<PairConsent, Refused> {
        let source = self.by_owner(&signed.source)?;
        let sink = self.by_owner(&signed.sink)?;
        Ok(PairConsent {
            source_service: self.registered(&source.terms().subject_id)?,
            sink_service: self.registered(&sink.terms().subject_id)?,
            source,
            source_status: self.by_owner(&signed.source_status)?,
            sink,
            sink_status: self.by_owner(&signed.sink_status)?,
        })
    }

    fn owner_signed(&self, signed: &Change<Sealed<ConsentStatus>>) -> Result<OwnerSigned, Refused> {
        let mirrored = signed.mirrored.as_ref();
        Ok(OwnerSigned {
            status: self.by_owner(&signed.status)?,
            mirrored: mirrored.map(|status| self.by_owner(status)).transpose()?,
        })
    }

    /// She pauses, resumes or withdraws: the records for her to sign.
    pub(super) fn draft_change(
        &mut self,
        consent: &ConsentId,
        to: ConsentState,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let act = self.act(Capacity::Owner)?;
        let env = &mut self.desk.env(now)?;
        let draft = self
            .account
            .draft_change(&act, consent, leading_to(to), env)?;
        let letter = ToPerson::SignChange(Box::new(change_to_sign(&draft)));
        let mails = to_person(&letter)?;
        Ok(Outcome::done("change_drafted", mails))
    }

    /// She has signed the change.
    pub(super) fn change(
        &mut self,
        signed: &Change<Sealed<ConsentStatus>>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let signed = self.owner_signed(signed)?;
        let command = Command::ChangeConsent {
            cr_id: signed.status.cr_id.clone(),
            change: leading_to(signed.status.consent_status),
            reason: Reason::OwnerWish,
            signed: Some(signed),
        };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("consent_changed", mails))
    }
}

/// The records of a pair, for her to sign.
fn to_sign(draft: &PairDraft) -> Pair<SourceConsent, SinkConsent, ConsentStatus> {
    Pair {
        source: draft.source.record.value().clone(),
        source_status: draft.source.status.value().clone(),
        sink: draft.sink.record.value().clone(),
        sink_status: draft.sink.status.value().clone(),
    }
}

/// The records of a change, for her to sign.
fn change_to_sign(draft: &ChangeDraft) -> Change<ConsentStatus> {
    let mirrored = draft.mirrored.as_ref();
    Change {
        status: draft.status.value().clone(),
        mirrored: mirrored.map(|mirrored| mirrored.value().clone()),
    }
}

/// The change that leads to a state.
const fn leading_to(state: ConsentState) -> ConsentChange {
    match state {
        ConsentState::Active => ConsentChange::Reactivate,
        ConsentState::Disabled => ConsentChange::Disable,
        ConsentState::Withdrawn => ConsentChange::Withdraw,
    }
}
