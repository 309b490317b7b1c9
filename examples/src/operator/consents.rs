//! Giving and changing consents, at the operator (Consenting 2.0 §3).

use super::{OperatorParty, to_person};
use crate::form::{self, Form};
use crate::post::{Outcome, Refused};
use crate::talk::{Change, Choice, Pair, Question, ToPerson, Told};
use mydata::core::crypto::{Crypto as _, Random as _};
use mydata::core::id::{ConsentId, LinkCode};
use mydata::core::jws::Sealed;
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::{
    Capacity, Command, ConsentChoice, NewConsent, OwnerSigned, PairConsent, Reason,
};
use mydata::record::consent::{
    Consent as _, ConsentChange, ConsentProposal, ConsentState, ConsentStatus, SinkConsent,
    SourceConsent, UsageRule, Validity,
};
use mydata::record::message;

type SignedPair = Pair<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>;

impl OperatorParty {
    /// Shows the form, and archives what was shown.
    pub(super) fn show_form(&mut self, question: &Question) -> Result<Outcome, Refused> {
        let source = self.registered(&question.source)?;
        let sink = self.registered(&question.sink)?;
        let form = Form::of(question, &source.description, &sink.description)?;
        let octets = String::from_utf8(message::write(&form)?);
        let octets = octets.map_err(|_| Refused::new("form_text", "not UTF-8"))?;
        // An address that nobody can guess: the form says which services somebody uses.
        let name = LinkCode::from_random(self.desk.random.bits128()?);
        let url = self.desk.origin.at(&format!("/forms/{}", name.as_str()))?;
        self.archive.push((url.clone(), octets.clone()));
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
        let shown = self.archive.iter().find(|(url, _)| *url == choice.form);
        let (url, octets) = shown.ok_or_else(|| Refused::new("form_unknown", "never shown"))?;
        let chosen = ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: question.purpose.clone(),
                datasets: choice.datasets.clone(),
            }],
            validity: Validity::until(choice.until),
            proposal: ConsentProposal {
                url: url.clone(),
                hash: Ring.sha256(octets.as_bytes()),
            },
            language: question.language,
        };
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
        let mails = to_person(&ToPerson::SignConsent(Box::new(Pair {
            source: draft.source.record.value().clone(),
            source_status: draft.source.status.value().clone(),
            sink: draft.sink.record.value().clone(),
            sink_status: draft.sink.status.value().clone(),
        })))?;
        Ok(Outcome::done("consent_drafted", mails))
    }

    /// She has signed. The account checks all of it again: the draft was no promise.
    pub(super) fn give_consent(
        &mut self,
        signed: &SignedPair,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let source = self.by_owner(&signed.source)?;
        let sink = self.by_owner(&signed.sink)?;
        let proposal = &source.terms().consent_proposal;
        let shown = self.archive.iter().any(|(url, octets)| {
            *url == proposal.url && Ring.sha256(octets.as_bytes()) == proposal.hash
        });
        if !shown {
            return Err(Refused::new("form_unknown", "never shown"));
        }
        let pair = PairConsent {
            source_service: self.registered(&source.terms().subject_id)?,
            sink_service: self.registered(&sink.terms().subject_id)?,
            source,
            source_status: self.by_owner(&signed.source_status)?,
            sink,
            sink_status: self.by_owner(&signed.sink_status)?,
        };
        let command = Command::GiveConsent(Box::new(NewConsent::Pair(pair)));
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("consent_given", mails))
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
        let mirrored = draft.mirrored.as_ref();
        let mails = to_person(&ToPerson::SignChange(Box::new(Change {
            status: draft.status.value().clone(),
            mirrored: mirrored.map(|mirrored| mirrored.value().clone()),
        })))?;
        Ok(Outcome::done("change_drafted", mails))
    }

    /// She has signed the change.
    pub(super) fn change(
        &mut self,
        signed: &Change<Sealed<ConsentStatus>>,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let status = self.by_owner(&signed.status)?;
        let mirrored = signed.mirrored.as_ref();
        let mirrored = mirrored.map(|status| self.by_owner(status)).transpose()?;
        let command = Command::ChangeConsent {
            cr_id: status.cr_id.clone(),
            change: leading_to(status.consent_status),
            reason: Reason::OwnerWish,
            signed: Some(OwnerSigned { status, mirrored }),
        };
        let (_, mails) = self.command(Capacity::Owner, &command, now)?;
        Ok(Outcome::done("consent_changed", mails))
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
