//! The resident's side: a device that holds her key, and signs what she has asked for and nothing
//! else.

use crate::form::Form;
use crate::post::{Mail, Outcome, Party, Refused, Who};
use crate::talk::{
    Change, Choice, FromPerson, Matter, Modified, Pair, PersonToService, Question, ToPerson, Told,
};
use mydata::account::Export;
use mydata::core::crypto::{Crypto as _, Sha256, Signer as _};
use mydata::core::id::{
    ConsentId, DatasetId, LinkCode, LinkId, PurposeId, ServiceId, VerificationCode,
};
use mydata::core::jwk::PublicKey;
use mydata::core::jws::{Payload, Sealed, Unsigned};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::consent::{
    Consent as _, ConsentState, ConsentStatus, SinkConsent, SourceConsent,
};
use mydata::record::link::{LinkProposal, LinkState, LinkStatus};
use mydata::record::message;
use mydata::record::notification::Selection;

type ToSign = Pair<SourceConsent, SinkConsent, ConsentStatus>;
type SignedPair = Pair<Sealed<SourceConsent>, Sealed<SinkConsent>, Sealed<ConsentStatus>>;

/// Sofia's device.
#[derive(Debug)]
pub struct Wallet {
    key: PrivateKey,
    /// What she has asked for, and will be asked to sign.
    wish: Option<Wish>,
    /// Services that wait for her to sign in.
    sign_in: Vec<(ServiceId, LinkCode)>,
    links: Vec<(ServiceId, LinkId)>,
    consent: Option<ConsentId>,
    form: Option<(ResourceUrl, Form, Sha256)>,
    told: Option<Told>,
    /// The newest code, as it came by e-mail.
    code: Option<(Matter, VerificationCode)>,
    notice: Option<String>,
    copy: Option<Export>,
    read: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Link(ServiceId),
    Consent(Vec<DatasetId>, Sha256),
    Change(ConsentId, ConsentState),
    Modify(ConsentId, Vec<DatasetId>, Sha256),
    Unlink(LinkId),
    Subscribe(ServiceId, Vec<Selection>),
    Object(ServiceId, PurposeId),
}

impl Wallet {
    /// A device with its key.
    #[must_use]
    pub const fn new(key: PrivateKey) -> Self {
        Self {
            key,
            wish: None,
            sign_in: Vec::new(),
            links: Vec::new(),
            consent: None,
            form: None,
            told: None,
            code: None,
            notice: None,
            copy: None,
            read: Vec::new(),
        }
    }

    /// The public half of the key: the operator binds it to the account.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        self.key.public()
    }

    /// The form that she reads now.
    #[must_use]
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref().map(|(_, form, _)| form)
    }

    /// What she was told last.
    #[must_use]
    pub fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// What she was sent last by e-mail.
    #[must_use]
    pub fn notice(&self) -> Option<&String> {
        self.notice.as_ref()
    }

    /// The copy of everything that she has.
    #[must_use]
    pub const fn copy(&self) -> Option<&Export> {
        self.copy.as_ref()
    }

    /// She fills in the form for an account.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn sign_up(&self, form: &serde_json::Value) -> Result<Vec<Mail>, Refused> {
        operator(&FromPerson::SignUp(form.to_string()))
    }

    /// She asks for a code.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn ask_code(&self, matter: Matter) -> Result<Vec<Mail>, Refused> {
        operator(&FromPerson::AskCode(matter))
    }

    /// She opens the link in the e-mail.
    ///
    /// # Errors
    /// [`Refused`] when no e-mail has come.
    pub fn use_code(&mut self) -> Result<Vec<Mail>, Refused> {
        let code = self.code.take();
        let (matter, code) = code.ok_or_else(|| Refused::new("wallet_no_code", "no e-mail"))?;
        operator(&FromPerson::Confirm(matter, code))
    }

    /// She fetches the copy of everything.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn fetch_copy(&self) -> Result<Vec<Mail>, Refused> {
        operator(&FromPerson::Export)
    }

    /// She keeps the account after all.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn keep(&self) -> Result<Vec<Mail>, Refused> {
        operator(&FromPerson::Keep)
    }

    /// She presses "link this service".
    ///
    /// # Errors
    /// [`Refused`].
    pub fn link(&mut self, service: &ServiceId) -> Result<Vec<Mail>, Refused> {
        self.wish = Some(Wish::Link(service.clone()));
        operator(&FromPerson::Link(service.clone()))
    }

    /// She signs in at the service, and confirms there that it is to be linked.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn confirm(
        &mut self,
        at: Who,
        id: &ServiceId,
        customer: &str,
    ) -> Result<Vec<Mail>, Refused> {
        let waits = self.sign_in.iter().position(|(service, _)| service == id);
        let waits = waits.ok_or_else(|| Refused::new("wallet_not_asked", "nobody waits"))?;
        let (_, code) = self.sign_in.swap_remove(waits);
        let confirm = PersonToService::Confirm(code, customer.to_owned());
        Ok(vec![Mail::write(at, &confirm)?])
    }

    /// She asks what a consent would mean.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn ask(&mut self, question: &Question) -> Result<Vec<Mail>, Refused> {
        operator(&FromPerson::AskForm(question.clone()))
    }

    /// She ticks these datasets and says yes.
    ///
    /// # Errors
    /// [`Refused`] when she has read no form.
    pub fn choose(
        &mut self,
        datasets: &[DatasetId],
        until: Timestamp,
    ) -> Result<Vec<Mail>, Refused> {
        let (choice, digest) = self.tick(datasets, until)?;
        self.wish = Some(Wish::Consent(datasets.to_vec(), digest));
        operator(&FromPerson::Choose(choice))
    }

    /// She has changed her mind: these datasets, and the old consent is over.
    ///
    /// # Errors
    /// [`Refused`] when she has read no form or given no consent.
    pub fn choose_anew(
        &mut self,
        datasets: &[DatasetId],
        until: Timestamp,
    ) -> Result<Vec<Mail>, Refused> {
        let (choice, digest) = self.tick(datasets, until)?;
        let id = self.given()?;
        self.wish = Some(Wish::Modify(id.clone(), datasets.to_vec(), digest));
        operator(&FromPerson::Modify(id, choice))
    }

    /// What she has ticked, on the form that she reads now.
    fn tick(&self, datasets: &[DatasetId], until: Timestamp) -> Result<(Choice, Sha256), Refused> {
        let read = self.form.as_ref();
        let (url, form, digest) = read.ok_or_else(|| Refused::new("wallet_no_form", "unread"))?;
        let choice = Choice {
            question: form.question.clone(),
            form: url.clone(),
            datasets: datasets.to_vec(),
            until,
        };
        Ok((choice, *digest))
    }

    fn given(&self) -> Result<ConsentId, Refused> {
        let given = self.consent.clone();
        given.ok_or_else(|| Refused::new("wallet_no_consent", "none given"))
    }

    /// She pauses, resumes or withdraws her consent.
    ///
    /// # Errors
    /// [`Refused`] when she has given none.
    pub fn change(&mut self, to: ConsentState) -> Result<Vec<Mail>, Refused> {
        let id = self.given()?;
        self.wish = Some(Wish::Change(id.clone(), to));
        operator(&FromPerson::Change(id, to))
    }

    /// She chooses what a service tells her.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn subscribe(
        &mut self,
        service: &ServiceId,
        selections: &[Selection],
    ) -> Result<Vec<Mail>, Refused> {
        self.wish = Some(Wish::Subscribe(service.clone(), selections.to_vec()));
        operator(&FromPerson::Subscribe(service.clone(), selections.to_vec()))
    }

    /// She objects to what a service does.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn object(
        &mut self,
        service: &ServiceId,
        purpose: &PurposeId,
    ) -> Result<Vec<Mail>, Refused> {
        self.wish = Some(Wish::Object(service.clone(), purpose.clone()));
        operator(&FromPerson::Object(service.clone(), purpose.clone()))
    }

    /// What a service has told or answered her last.
    #[must_use]
    pub fn read(&self) -> &[String] {
        &self.read
    }

    /// She ends a link.
    ///
    /// # Errors
    /// [`Refused`] when there is none.
    pub fn unlink(&mut self, service: &ServiceId) -> Result<Vec<Mail>, Refused> {
        let linked = self.links.iter().find(|(id, _)| id == service);
        let (_, link) = linked.ok_or_else(|| Refused::new("wallet_no_link", "not linked"))?;
        self.wish = Some(Wish::Unlink(link.clone()));
        operator(&FromPerson::Unlink(link.clone()))
    }

    fn handle(&mut self, from: Who, octets: &[u8]) -> Result<Outcome, Refused> {
        let (code, answer) = match (from, message::read(octets)?) {
            (Who::Espoo | Who::Helsinki, ToPerson::SignIn(service, code)) => {
                self.sign_in.push((service, code));
                return Ok(Outcome::done("sign_in_asked", Vec::new()));
            }
            (Who::Operator, ToPerson::SignLink(code, record)) => {
                ("link_signed", self.sign_link(code, *record)?)
            }
            (Who::Operator, ToPerson::SignFirstStatus(code, status)) => {
                ("link_status_signed", self.sign_first_status(code, *status)?)
            }
            (Who::Operator, ToPerson::Form(url, octets)) => {
                let form = message::read(octets.as_bytes())?;
                self.form = Some((url, form, Ring.sha256(octets.as_bytes())));
                return Ok(Outcome::done("form_read", Vec::new()));
            }
            (Who::Operator, ToPerson::SignConsent(pair)) => {
                ("consent_signed", self.sign_consent(*pair)?)
            }
            (Who::Operator, ToPerson::SignModification(modified)) => {
                ("modification_signed", self.sign_modification(*modified)?)
            }
            (Who::Operator, ToPerson::SignChange(change)) => {
                ("change_signed", self.sign_change(*change)?)
            }
            (Who::Operator, ToPerson::SignUnlink(status)) => {
                ("removal_signed", self.sign_unlink(*status)?)
            }
            (Who::Operator, ToPerson::Code(matter, code, text)) => {
                self.code = Some((matter, code));
                self.notice = Some(text);
                return Ok(Outcome::done("code_received", Vec::new()));
            }
            (Who::Operator, ToPerson::Notice(text)) => {
                self.notice = Some(text);
                return Ok(Outcome::done("notice_read", Vec::new()));
            }
            (Who::Operator, ToPerson::Copy(octets)) => {
                self.copy = Some(Export::read(octets.as_bytes())?);
                return Ok(Outcome::done("copy_received", Vec::new()));
            }
            (Who::Operator, ToPerson::SignSubscription(service, record)) => {
                let all = record.selections().to_vec();
                self.wanted(self.wish == Some(Wish::Subscribe(service.clone(), all)))?;
                let record = Box::new(self.sign(*record)?);
                let signed = FromPerson::SignedSubscription(service, record);
                ("subscription_signed", signed)
            }
            (Who::Operator, ToPerson::SignObjection(service, record)) => {
                for item in record.items() {
                    let purpose = item.processing_id.clone();
                    let asked = purpose.map(|purpose| Wish::Object(service.clone(), purpose));
                    self.wanted(item.dataset_id.is_none() && self.wish == asked)?;
                }
                let record = Box::new(self.sign(*record)?);
                (
                    "objection_signed",
                    FromPerson::SignedObjection(service, record),
                )
            }
            (Who::Operator, ToPerson::Notification(lines)) => {
                self.read = lines;
                return Ok(Outcome::done("notification_read", Vec::new()));
            }
            (Who::Operator, ToPerson::Decided(lines)) => {
                self.read = lines;
                return Ok(Outcome::done("decision_read", Vec::new()));
            }
            (Who::Operator, ToPerson::Refused(told)) => {
                let code = format!("told {}", told.code);
                self.told = Some(told);
                return Ok(Outcome::done(&code, Vec::new()));
            }
            (Who::Sofia | Who::Espoo | Who::Helsinki | Who::Operator | Who::Stranger, _) => {
                return Err(Refused::new(
                    "wallet_sender",
                    "not from the one who may ask",
                ));
            }
        };
        Ok(Outcome::done(code, operator(&answer)?))
    }

    fn sign_link(&mut self, code: LinkCode, record: LinkProposal) -> Result<FromPerson, Refused> {
        let mine = record.0.cr_keys.iter().eq([self.key.public()]);
        self.wanted(mine && self.wish == Some(Wish::Link(record.0.service_id.clone())))?;
        let link = (record.0.service_id.clone(), record.0.link_id.clone());
        self.links.push(link);
        Ok(FromPerson::SignedLink(code, self.sign(record)?))
    }

    fn sign_first_status(&self, code: LinkCode, status: LinkStatus) -> Result<FromPerson, Refused> {
        let known = self.links.iter().any(|(_, link)| *link == status.slr_id);
        self.wanted(known && status.sl_status == LinkState::Active)?;
        Ok(FromPerson::SignedFirstStatus(code, self.sign(status)?))
    }

    /// Exactly the datasets that she ticked, on the form that she read, or no signature.
    fn sign_consent(&mut self, pair: ToSign) -> Result<FromPerson, Refused> {
        for (datasets, hash) in said(&pair) {
            self.wanted(self.wish == Some(Wish::Consent(datasets, hash)))?;
        }
        let signed = self.sign_pair(pair)?;
        Ok(FromPerson::SignedConsent(Box::new(signed)))
    }

    /// The end of the consent that she meant, and the new one that she ticked, or no signature.
    fn sign_modification(
        &mut self,
        modified: Modified<SourceConsent, SinkConsent, ConsentStatus>,
    ) -> Result<FromPerson, Refused> {
        let Modified { end, consent } = modified;
        let old = end.status.cr_id.clone();
        for (datasets, hash) in said(&consent) {
            self.wanted(self.wish == Some(Wish::Modify(old.clone(), datasets, hash)))?;
        }
        let all = end.mirrored.iter().chain([&end.status]);
        let is_end = |status: &ConsentStatus| status.consent_status == ConsentState::Withdrawn;
        self.wanted(all.into_iter().all(is_end))?;
        let signed = Modified {
            end: Change {
                mirrored: end.mirrored.map(|status| self.sign(status)).transpose()?,
                status: self.sign(end.status)?,
            },
            consent: self.sign_pair(consent)?,
        };
        Ok(FromPerson::SignedModification(Box::new(signed)))
    }

    fn sign_pair(&mut self, pair: ToSign) -> Result<SignedPair, Refused> {
        self.consent = Some(pair.sink.terms().cr_id.clone());
        Ok(Pair {
            source: self.sign(pair.source)?,
            source_status: self.sign(pair.source_status)?,
            sink: self.sign(pair.sink)?,
            sink_status: self.sign(pair.sink_status)?,
        })
    }

    fn sign_change(&self, change: Change<ConsentStatus>) -> Result<FromPerson, Refused> {
        let Change { status, mirrored } = change;
        let asked = Wish::Change(status.cr_id.clone(), status.consent_status);
        let same = |mirror: &ConsentStatus| mirror.consent_status == status.consent_status;
        self.wanted(self.wish == Some(asked) && mirrored.as_ref().is_none_or(same))?;
        Ok(FromPerson::SignedChange(Box::new(Change {
            mirrored: mirrored.map(|status| self.sign(status)).transpose()?,
            status: self.sign(status)?,
        })))
    }

    fn sign_unlink(&self, status: LinkStatus) -> Result<FromPerson, Refused> {
        let asked = self.wish == Some(Wish::Unlink(status.slr_id.clone()));
        self.wanted(asked && status.sl_status == LinkState::Removed)?;
        let link = status.slr_id.clone();
        Ok(FromPerson::SignedUnlink(link, self.sign(status)?))
    }

    fn wanted(&self, wanted: bool) -> Result<(), Refused> {
        let fault = || Refused::new("wallet_not_wanted", "this is not what she asked for");
        wanted.then_some(()).ok_or_else(fault)
    }

    /// Her signature, over octets that were made here.
    fn sign<T: Payload>(&self, record: T) -> Result<Sealed<T>, Refused> {
        Ok(Unsigned::new(record).sign(&self.key)?.seal())
    }
}

/// What each half of a pair says: the datasets, and the hash of the form.
fn said(pair: &ToSign) -> [(Vec<DatasetId>, Sha256); 2] {
    [pair.source.terms(), pair.sink.terms()].map(|terms| {
        let all = terms.resource_set().datasets();
        let datasets = all.iter().map(|entry| entry.dataset_id.clone()).collect();
        (datasets, terms.consent_proposal.hash)
    })
}

fn operator(letter: &FromPerson) -> Result<Vec<Mail>, Refused> {
    Ok(vec![Mail::write(Who::Operator, letter)?])
}

impl Party for Wallet {
    fn receive(&mut self, from: Who, octets: &[u8], _: Timestamp) -> Outcome {
        let handled = self.handle(from, octets);
        handled.unwrap_or_else(|refused| Outcome::refused(refused.code, Vec::new()))
    }
}
