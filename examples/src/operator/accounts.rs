//! The account as a whole, at the operator (Account 2.0 §3.1): signing up, the copy, the end.

use super::{OperatorParty, to_person};
use crate::post::{Mail, Outcome, Refused};
use crate::talk::{ToPerson, Told};
use mydata::account::{
    Export, ExportFormat, Holdings, PasswordHash, Registration, Retention, Submitted,
};
use mydata::core::id::VerificationCode;
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::operator::{
    Capacity, Command, Lifecycle, Proof, Reply, ToPerson as Letter, Verification,
};

impl OperatorParty {
    /// She has filled in the form: all that is wrong with it is told at once. Then she is sent a code.
    pub(super) fn sign_up(&mut self, form: &[u8], now: Timestamp) -> Result<Outcome, Refused> {
        let submitted = Submitted::read(form)?;
        let registration = match Registration::check(submitted, &|_| false) {
            Ok(registration) => registration,
            Err(faults) => {
                let code = faults.first().map_or("", |fault| fault.code());
                let told = Told {
                    code: code.to_owned(),
                    lines: faults.iter().map(ToString::to_string).collect(),
                };
                let mails = to_person(&ToPerson::Refused(told))?;
                return Ok(Outcome::refused(code, mails));
            }
        };
        let username = &registration.profile.credentials.username;
        let claim = self.directory.claim(username, self.account.id())?;
        self.directory.apply(&claim);
        // In a city: a slow and salted hash. This one stands for it, and is good for no password.
        let hash = PasswordHash::new("a hash of the program's own");
        self.profile = Some(registration.with_hash(hash));
        let what = Verification::Activation;
        let ask = Command::AskVerification { what };
        let (_, mails) = self.command(Capacity::System, &ask, now)?;
        Ok(Outcome::done("account_created", mails))
    }

    pub(super) fn ask_code(
        &mut self,
        what: Verification,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let ask = Command::AskVerification { what };
        let (_, mails) = self.command(Capacity::Owner, &ask, now)?;
        Ok(Outcome::done("code_sent", mails))
    }

    pub(super) fn confirm(
        &mut self,
        what: Verification,
        code: VerificationCode,
        now: Timestamp,
    ) -> Result<Outcome, Refused> {
        let proof = Proof::Code(code);
        let confirm = Command::Confirm { what, proof };
        let (_, mails) = self.command(Capacity::Owner, &confirm, now)?;
        let code = match what {
            Verification::Activation => "account_activated",
            Verification::Export => "export_opened",
            Verification::Deletion => "deletion_begun",
            Verification::DeletionAtOnce => "account_ended",
        };
        Ok(Outcome::done(code, mails))
    }

    /// The copy of everything: what the permit is for.
    pub(super) fn export(&mut self, now: Timestamp) -> Result<Outcome, Refused> {
        let (reply, mut mails) = self.command(Capacity::Owner, &Command::Export, now)?;
        let Reply::Export(permit) = reply else {
            return Err(Refused::new("export_no_permit", "the account gave none"));
        };
        let profile = self.profile.as_ref();
        let holdings = Holdings {
            account: &self.account,
            profile: profile.ok_or_else(|| Refused::new("no_profile", "never signed up"))?,
            events: &self.log,
            retention: Retention::Whole,
            operator: &self.desk.id,
        };
        let octets = Export::collect(permit, holdings, now)?.write(ExportFormat::default())?;
        let text =
            String::from_utf8(octets).map_err(|_| Refused::new("export_text", "not UTF-8"))?;
        mails.extend(to_person(&ToPerson::Copy(text))?);
        Ok(Outcome::done("copy_made", mails))
    }

    pub(super) fn keep(&mut self, now: Timestamp) -> Result<Outcome, Refused> {
        let (_, mails) = self.command(Capacity::Owner, &Command::UndoDeletion, now)?;
        Ok(Outcome::done("deletion_undone", mails))
    }

    /// What the operator does every night, of its own accord.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn timers(&mut self, now: Timestamp) -> Result<Vec<Mail>, Refused> {
        let (_, mails) = self.command(Capacity::System, &Command::Expire, now)?;
        Ok(mails)
    }

    /// When all letters are delivered, what is kept of an ended account is deleted.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn erase(&mut self, now: Timestamp) -> Result<Vec<Mail>, Refused> {
        let (_, mails) = self.command(Capacity::System, &Command::Erase, now)?;
        Ok(mails)
    }

    /// The store forgets.
    pub(super) fn forget(&mut self) {
        self.log.clear();
        self.profile = None;
        self.directory.release(self.account.id());
    }

    /// How far the account's life has come, and how much is kept of the person: events, forms,
    /// links, consents, usernames and the person's details.
    #[must_use]
    pub fn kept(&self) -> (Lifecycle, usize) {
        let links = self.account.links().count() + self.account.consents().count();
        let account = links + self.account.proposals().count() + self.account.contracts().count();
        let person = usize::from(self.profile.is_some());
        let names = usize::from(self.directory != mydata::account::Directory::new());
        let kept = self.log.len() + account + person + names;
        (self.account.lifecycle(), kept)
    }

    /// What the account says to her, in her language.
    pub(super) fn e_mail(&self, letter: &Letter) -> ToPerson {
        let info = self.profile.as_ref().map(|profile| &profile.info.x_mydata);
        let language = info.and_then(|info| info.preferences.language);
        let text = letter
            .text()
            .get(language.unwrap_or(Language::SV))
            .to_owned();
        if let Letter::Verify { what, code, .. } = letter {
            ToPerson::Code((*what).into(), code.clone(), text)
        } else {
            ToPerson::Notice(text)
        }
    }
}
