//! A service leaves the registry: the process over all accounts (Consenting 2.0 §3.4).
//!
//! An account decides for itself ([`Command::EndService`]); this says which account is next and
//! keeps count. It holds no account, no store and no thread: whoever drives it reads accounts in
//! ascending order of their ids, and stores what comes back.
//!
//! ```text
//! loop: account := first account with an id that `is_due`   none left: `pass_over`
//!       visit := process.visit(account, env)
//!       store visit.decision, then visit.process   (one transaction, or in this order)
//! ```
//!
//! Stopped at any point and begun again from what was last stored, it comes to the same end: an
//! account that was decided and not counted is visited again and finds nothing left to do.

use crate::account::Account;
use crate::command::{Act, Capacity, Command};
use crate::decision::Decision;
use crate::env::Env;
use crate::event::Fact;
use crate::lifecycle::Lifecycle;
use crate::rejection::Rejection;
use mydata_core::id::{AccountId, ActorId, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far the deregistration of one service has come.
///
/// Begin it when the registry has closed the service ([`crate::Registered::suspended`]): then no
/// account behind it makes a new link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deregistration {
    service_id: ServiceId,
    actor: ActorId,
    /// The last account of this pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<AccountId>,
    /// Whether the first pass has come to the end of the accounts.
    #[serde(default)]
    passed: bool,
    links: u64,
    linkings: u64,
    consents: u64,
    /// Accounts that have refused, with the code.
    #[serde(default)]
    refused: BTreeMap<AccountId, Box<str>>,
}

/// What one account has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a visit that is not stored has not been made"]
#[non_exhaustive]
pub struct Visit {
    /// What to store for the account and whom to tell; none when it has refused.
    pub decision: Result<Decision, Rejection>,
    /// The process after it: to be stored with the decision, or after it.
    pub process: Deregistration,
}

impl Deregistration {
    /// `service` leaves; the accounts record `actor` as who did it.
    #[must_use]
    pub const fn of(service_id: ServiceId, actor: ActorId) -> Self {
        Self {
            service_id,
            actor,
            cursor: None,
            passed: false,
            links: 0,
            linkings: 0,
            consents: 0,
            refused: BTreeMap::new(),
        }
    }

    /// The service.
    #[must_use]
    pub const fn service_id(&self) -> &ServiceId {
        &self.service_id
    }

    /// Whether the account is still to be visited in this pass: in the first pass each one after the
    /// last, in a later pass those that have refused.
    #[must_use]
    pub fn is_due(&self, account: &AccountId) -> bool {
        let is_ahead = self.cursor.as_ref().is_none_or(|last| account > last);
        is_ahead && (!self.passed || self.refused.contains_key(account))
    }

    /// The last account of this pass: the store is asked for the first one after it.
    #[must_use]
    pub const fn cursor(&self) -> Option<&AccountId> {
        self.cursor.as_ref()
    }

    /// Ends the service's link in this account, with the operator's signature. An account that is
    /// not due is left alone; one that refuses is noted, and asked again in the next pass.
    //= CN-62
    pub fn visit(&self, account: &Account, env: &mut Env<'_>) -> Visit {
        let mut process = self.clone();
        if !self.is_due(account.id()) {
            let decision = Ok(Decision::new(account.version()));
            return Visit { decision, process };
        }
        let act = Act {
            account: account.id().clone(),
            actor: self.actor.clone(),
            capacity: Capacity::System,
        };
        let command = Command::EndService {
            service_id: self.service_id.clone(),
        };
        // What has ended has no link left, and refuses whatever is asked of it.
        let decision = match account.lifecycle() {
            Lifecycle::Created | Lifecycle::Active | Lifecycle::Closing => {
                account.decide(&act, &command, env)
            }
            Lifecycle::Ended | Lifecycle::Erased => Ok(Decision::new(account.version())),
        };
        process.cursor = Some(account.id().clone());
        match &decision {
            Ok(decision) => {
                process.refused.remove(account.id());
                process.count(decision);
            }
            Err(rejection) => {
                let code = rejection.code().into();
                process.refused.insert(account.id().clone(), code);
            }
        }
        Visit { decision, process }
    }

    fn count(&mut self, decision: &Decision) {
        for event in &decision.events {
            match &event.fact {
                Fact::LinkChanged { .. } => self.links += 1,
                Fact::LinkingEnded { .. } => self.linkings += 1,
                Fact::ConsentChanged { .. } => self.consents += 1,
                Fact::LinkingStarted { .. }
                | Fact::SurrogateOffered { .. }
                | Fact::LinkProposed { .. }
                | Fact::Countersigned { .. }
                | Fact::Linked { .. }
                | Fact::ProposalShown { .. }
                | Fact::ConsentGiven { .. }
                | Fact::ContractFiled { .. }
                | Fact::ContractEnded { .. }
                | Fact::TokenIssued { .. }
                | Fact::VerificationAsked { .. }
                | Fact::Activated { .. }
                | Fact::ExportOpened { .. }
                | Fact::Exported
                | Fact::Closing { .. }
                | Fact::Reopened
                | Fact::Ended
                | Fact::Erased
                | Fact::Subscribed { .. }
                | Fact::SubscriptionConfirmed { .. }
                | Fact::Notified { .. }
                | Fact::Objected { .. }
                | Fact::ObjectionAnswered { .. } => {}
            }
        }
    }

    /// No account is due any more: the next pass begins with those that have refused.
    #[must_use]
    pub fn pass_over(mut self) -> Self {
        self.passed = true;
        self.cursor = None;
        self
    }

    /// An account that has refused is no longer there: nothing is left to do in it, and its id is
    /// forgotten (AC-26).
    #[must_use]
    pub fn gone(mut self, account: &AccountId) -> Self {
        self.refused.remove(account);
        self
    }

    /// Whether every account has been visited and none has refused.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.passed && self.refused.is_empty()
    }

    /// The accounts that have refused, with the code, in the order of their ids.
    pub fn refused(&self) -> impl Iterator<Item = (&AccountId, &str)> {
        self.refused
            .iter()
            .map(|(account, code)| (account, &**code))
    }

    /// Links ended, as far as this process has counted: what was decided and not counted before an
    /// interruption stands in the accounts' events.
    #[must_use]
    pub const fn links(&self) -> u64 {
        self.links
    }

    /// Linkings given up.
    #[must_use]
    pub const fn linkings(&self) -> u64 {
        self.linkings
    }

    /// Consents ended.
    #[must_use]
    pub const fn consents(&self) -> u64 {
        self.consents
    }
}
