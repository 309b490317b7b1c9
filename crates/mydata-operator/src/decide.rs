//! From a command to a decision.

mod change;
mod consent;
mod contract;
mod deregister;
mod life;
mod linking;
mod modification;
mod notification;
pub(crate) mod objection;
mod proposal;
mod removal;
pub(crate) mod rules;
mod sign;
mod suspension;
mod timers;
mod token;

use crate::account::Account;
use crate::command::{Act, Capacity, Command, Proof};
use crate::decision::Decision;
use crate::env::Env;
use crate::lifecycle::Verification;
use crate::rejection::{Refusal, Rejection};

impl Account {
    /// Decides `command`, and changes nothing.
    ///
    /// # Errors
    /// [`Rejection`] with a stable code; the account, the store and the services are as they were.
    pub fn decide(
        &self,
        act: &Act,
        command: &Command,
        env: &mut Env<'_>,
    ) -> Result<Decision, Rejection> {
        if act.account != *self.id() {
            return Err(Refusal::AccountMismatch.into());
        }
        if !may(&act.capacity, command) {
            return Err(Refusal::CapacityNotAllowed.into());
        }
        self.lifecycle().admits(life::need(command))?;
        let mut decision = Decision::new(self.version());
        let d = &mut decision;
        match command {
            Command::StartLinking {
                service,
                surrogate_id,
            } => self.start_linking(act, service, surrogate_id.as_ref(), env, d),
            Command::OfferSurrogate {
                code,
                surrogate_id,
                pop_key,
                proof,
            } => {
                let pop = pop_key.as_ref().map(|key| (key, *proof));
                self.offer_surrogate(act, code, surrogate_id, pop, env, d)
            }
            Command::ProposeLink { code, record } => self.propose_link(act, code, record, env, d),
            Command::Countersign { code, record } => self.countersign(act, code, record, env, d),
            Command::CompleteLink { code, status } => self.complete_link(act, code, status, env, d),
            Command::RemoveLink { link_id, signed } => {
                self.remove_link(act, link_id, signed.as_ref(), env, d)
            }
            Command::ShowProposal { proposal } => self.show_proposal(act, proposal, env, d),
            Command::GiveConsent(consent) => self.give_consent(act, consent, env, d),
            Command::ModifyConsent(modification) => self.modify_consent(act, modification, env, d),
            Command::ChangeConsent {
                cr_id,
                change,
                reason,
                signed,
            } => self.change_consent(act, cr_id, *change, *reason, signed.as_ref(), env, d),
            Command::EndService { service_id } => self.end_service(act, service_id, env, d),
            Command::SuspendService { service_id } => self.suspend_service(act, service_id, env, d),
            Command::ResumeService { service_id } => self.resume_service(act, service_id, env, d),
            Command::FileContract { filing } => self.file_contract(act, filing, env, d),
            Command::EndContract { service_id, id } => {
                self.end_contract(act, (service_id, id), env, d)
            }
            Command::Expire => self.expire(act, env, d),
            Command::IssueToken { cr_id } => self.issue_token(act, cr_id, env, d),
            Command::AskVerification { what } => self.ask_verification(act, *what, env, d),
            Command::Confirm { what, proof } => self.confirm(act, *what, proof, env, d),
            Command::Export => self.export(act, env, d),
            Command::UndoDeletion => self.undo_deletion(act, env, d),
            Command::Erase => {
                self.erase(act, env, d);
                Ok(())
            }
            Command::Subscribe { service, record } => self.subscribe(act, service, record, env, d),
            Command::ConfirmSubscription { surrogate_id, id } => {
                self.confirm_subscription(act, surrogate_id, id, env, d)
            }
            Command::ReceiveNotification {
                surrogate_id,
                service,
                notification,
            } => self.receive_notification(act, (surrogate_id, service), notification, env, d),
            Command::Object { service, record } => self.object(act, service, record, env, d),
            Command::ReceiveObjectionResponse { service, record } => {
                self.receive_objection_response(act, service, record, env, d)
            }
        }?;
        Ok(decision)
    }
}

/// Who may ask for what at all (P32, P33). A service never creates or widens anything. The copy of
/// everything and the end of the account are the owner's alone: who represents a person has a power
/// for some of what is in it, and where it is for all of it, the operator has seen the document and
/// vouches (D37).
//= SL-26, CN-25, AC-16, AC-17, AC-23, AC-24
const fn may(capacity: &Capacity, command: &Command) -> bool {
    match command {
        Command::StartLinking { .. }
        | Command::ProposeLink { .. }
        | Command::CompleteLink { .. }
        | Command::GiveConsent(_)
        | Command::Subscribe { .. }
        | Command::Object { .. } => capacity.is_for_owner(),
        Command::ModifyConsent(_) => capacity.is_for_owner(),
        // The operator serves the page, and the consent on it still takes the owner's signature.
        Command::ShowProposal { .. } => {
            capacity.is_for_owner() || matches!(capacity, Capacity::Operator)
        }
        Command::OfferSurrogate { .. }
        | Command::Countersign { .. }
        | Command::IssueToken { .. }
        | Command::ConfirmSubscription { .. }
        | Command::ReceiveNotification { .. }
        | Command::ReceiveObjectionResponse { .. } => matches!(capacity, Capacity::Service(_)),
        Command::RemoveLink { .. } => true,
        // A service says what it has agreed with the person: that gives it no right to anything.
        Command::FileContract { .. } | Command::EndContract { .. } => {
            !matches!(capacity, Capacity::System)
        }
        Command::ChangeConsent { .. } => !matches!(capacity, Capacity::Service(_)),
        Command::Expire
        | Command::EndService { .. }
        | Command::SuspendService { .. }
        | Command::ResumeService { .. } => {
            matches!(capacity, Capacity::System | Capacity::Operator)
        }
        Command::AskVerification { what } => match what {
            // The first code goes out with the registration, before anybody can sign in.
            Verification::Activation => {
                matches!(
                    capacity,
                    Capacity::Owner | Capacity::Operator | Capacity::System
                )
            }
            Verification::Export | Verification::Deletion | Verification::DeletionAtOnce => {
                matches!(capacity, Capacity::Owner)
            }
        },
        Command::Confirm { proof, .. } => match proof {
            Proof::Code(_) => matches!(capacity, Capacity::Owner),
            Proof::Vouched(_) => matches!(capacity, Capacity::Operator),
        },
        Command::Export | Command::UndoDeletion => matches!(capacity, Capacity::Owner),
        Command::Erase => matches!(capacity, Capacity::System),
    }
}
