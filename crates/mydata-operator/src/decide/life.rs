//! Activation, export, deletion (Account 2.0 §3.1).

use crate::account::Account;
use crate::command::{Act, Command, Proof};
use crate::decision::{Decision, Reply};
use crate::env::Env;
use crate::event::Fact;
use crate::lifecycle::{Lifecycle, MAX_CODES, Need, Verification, VerifiedBy};
use crate::permit::ExportPermit;
use crate::person::ToPerson;
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{LinkId, VerificationCode};
use mydata_core::time::Timestamp;
use mydata_record::consent::ConsentChange;
use mydata_record::consent::Reason;
use mydata_record::notification::Selection;

/// What a command needs the account to be.
pub(super) fn need(command: &Command) -> Need {
    match command {
        Command::StartLinking { .. }
        | Command::OfferSurrogate { .. }
        | Command::ProposeLink { .. }
        | Command::Countersign { .. }
        | Command::CompleteLink { .. }
        | Command::ShowProposal { .. }
        | Command::GiveConsent(_)
        | Command::ModifyConsent(_)
        | Command::ResumeService { .. }
        | Command::FileContract { .. }
        | Command::IssueToken { .. } => Need::Open,
        Command::ChangeConsent { change, .. } => match change {
            ConsentChange::Reactivate => Need::Open,
            ConsentChange::Disable | ConsentChange::Withdraw => Need::Use,
        },
        // To be told less, to object and to be answered: nothing is made or widened.
        Command::Subscribe { record, .. } => {
            let is_cancelled = |selection: &Selection| matches!(selection, Selection::Cancel(_));
            if record.selections().iter().all(is_cancelled) {
                Need::Use
            } else {
                Need::Open
            }
        }
        Command::SuspendService { .. }
        | Command::ConfirmSubscription { .. }
        | Command::ReceiveNotification { .. }
        | Command::Object { .. }
        | Command::ReceiveObjectionResponse { .. }
        | Command::RemoveLink { .. }
        | Command::EndContract { .. }
        | Command::Export => Need::Use,
        Command::AskVerification { what } | Command::Confirm { what, .. } => what.need(),
        Command::UndoDeletion => Need::Undo,
        Command::Expire | Command::EndService { .. } => Need::Timers,
        Command::Erase => Need::Ended,
    }
}

impl Account {
    /// Sends a code. The event has the digest of it, so that whoever reads the log cannot use it.
    //= AC-07, AC-12, AC-18, AC-25
    pub(super) fn ask_verification(
        &self,
        act: &Act,
        what: Verification,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let life = self.life();
        let sent = life.asked.as_ref().map_or(0, |asked| asked.sent(env.now).1);
        if sent >= MAX_CODES {
            return Err(Refusal::VerificationMany.into());
        }
        self.in_time_to_activate(env.now)?;
        let mut expires = env.now.plus(env.operator.timing().account.code);
        if let (Lifecycle::Created, Some(until)) = (life.state, life.until) {
            expires = expires.min(until);
        }
        let code = VerificationCode::from_random(env.random.bits128()?);
        let digest = env.crypto.sha256(code.as_str().as_bytes());
        d.to_person.push(ToPerson::Verify {
            what,
            code,
            expires,
        });
        let fact = Fact::VerificationAsked {
            what,
            digest,
            expires,
        };
        d.record(env.now, act, fact);
        Ok(())
    }

    /// What was asked is confirmed, and happens.
    pub(super) fn confirm(
        &self,
        act: &Act,
        what: Verification,
        proof: &Proof,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        self.in_time_to_activate(env.now)?;
        let by = match proof {
            Proof::Code(code) => self.check_code(what, code, env)?,
            //= AC-14, AC-15
            Proof::Vouched(method) => VerifiedBy::Vouched(*method),
        };
        let times = env.operator.timing().account;
        match what {
            //= AC-13
            Verification::Activation => d.record(env.now, act, Fact::Activated { by }),
            Verification::Export => {
                let until = env.now.plus(times.export);
                //= AC-22
                d.to_person.push(ToPerson::ExportReady { until });
                d.record(env.now, act, Fact::ExportOpened { by, until });
            }
            //= AC-27, AC-28
            Verification::Deletion => {
                self.can_end(env)?;
                let until = env.now.plus(times.deletion_grace);
                d.to_person.push(ToPerson::Closing { until });
                d.record(env.now, act, Fact::Closing { by, until });
            }
            Verification::DeletionAtOnce => {
                self.can_end(env)?;
                let until = env.now;
                d.record(env.now, act, Fact::Closing { by, until });
                self.end(act, env, d)?;
            }
        }
        Ok(())
    }

    /// Digests are compared, so how long it takes says nothing about the code. A wrong one is not
    /// counted: 128 bits are not guessed, and a counter would let anybody lock the person out (D36).
    fn check_code(
        &self,
        what: Verification,
        code: &VerificationCode,
        env: &Env<'_>,
    ) -> Result<VerifiedBy, Refusal> {
        let asked = self.life().asked.as_ref();
        let asked = asked.filter(|asked| asked.what == what);
        let asked = asked.ok_or(Refusal::VerificationUnknown)?;
        if env.now >= asked.expires {
            return Err(Refusal::VerificationExpired);
        }
        if env.crypto.sha256(code.as_str().as_bytes()) != asked.digest {
            return Err(Refusal::VerificationWrong);
        }
        Ok(VerifiedBy::Code)
    }

    /// What nobody has activated in time is not activated later.
    fn in_time_to_activate(&self, now: Timestamp) -> Result<(), Refusal> {
        let life = self.life();
        let is_over = life.until.is_some_and(|until| until <= now);
        if life.state == Lifecycle::Created && is_over {
            return Err(Refusal::VerificationExpired);
        }
        Ok(())
    }

    /// The owner fetches a copy of everything: the reply is the permit that it is collected with.
    //= AC-16, AC-17, AC-19
    pub(super) fn export(
        &self,
        act: &Act,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let until = self.life().export.filter(|until| env.now < *until);
        let until = until.ok_or(Refusal::ExportNotVerified)?;
        d.reply = Reply::Export(ExportPermit::new(self.id().clone(), env.now, until));
        d.record(env.now, act, Fact::Exported);
        Ok(())
    }

    //= AC-28
    pub(super) fn undo_deletion(
        &self,
        act: &Act,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        if self.life().until.is_some_and(|until| until <= env.now) {
            return Err(Refusal::GraceOver.into());
        }
        d.to_person.push(ToPerson::Reopened);
        d.record(env.now, act, Fact::Reopened);
        Ok(())
    }

    /// Whether the operator can sign the end of every link. Where it cannot, the owner ends that
    /// link first, with a signature of their own.
    fn can_end(&self, env: &Env<'_>) -> Result<(), Refusal> {
        for (_, link) in self.links().filter(|(_, link)| link.is_active()) {
            env.operator.status_signer(&link.record.operator_key)?;
        }
        Ok(())
    }

    /// Ends an account whose time is up: one never activated, or one whose grace is over. An account
    /// waits while the operator lacks a key for one of its links: nothing is erased of which the
    /// services have not been told.
    pub(super) fn end_in_time(
        &self,
        act: &Act,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<bool, Rejection> {
        let life = self.life();
        let is_waiting = matches!(life.state, Lifecycle::Created | Lifecycle::Closing);
        let is_over = life.until.is_some_and(|until| until <= env.now);
        if !is_waiting || !is_over || self.can_end(env).is_err() {
            return Ok(false);
        }
        self.end(act, env, d)?;
        Ok(true)
    }

    /// Ends everything: the consents, the links, the linkings under way; then the account.
    fn end(&self, act: &Act, env: &mut Env<'_>, d: &mut Decision) -> Result<(), Rejection> {
        for (code, _) in self.linkings() {
            d.record(env.now, act, Fact::LinkingEnded { code: code.clone() });
        }
        let active = self.links().filter(|(_, link)| link.is_active());
        let ids: Vec<&LinkId> = active.map(|(id, _)| id).collect();
        self.end_links(act, &ids, Reason::LinkRemoved, None, env, d)?;
        d.to_person.push(ToPerson::Ended);
        d.record(env.now, act, Fact::Ended);
        Ok(())
    }

    /// The store has delivered everything and may forget it.
    //= AC-26
    pub(super) fn erase(&self, act: &Act, env: &Env<'_>, d: &mut Decision) {
        d.erase = true;
        d.record(env.now, act, Fact::Erased);
    }
}
