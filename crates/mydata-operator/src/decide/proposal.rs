//! Archiving what a person was shown (Consenting 2.0 §4.2, Framework 2.0 §8.1).

use crate::account::Account;
use crate::command::Act;
use crate::decision::{Decision, Reply};
use crate::env::Env;
use crate::event::Fact;
use crate::proposal::Proposal;
use crate::rejection::{Refusal, Rejection};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::{Seconds, Timestamp};
use std::collections::BTreeSet;

/// Forms that a person is shown within a day and agrees to none of: each is archived for as long as the account
/// is there. None is dropped for another: the log forgets nothing, and somebody may still be reading it.
const MAX_SHOWN: usize = 100;

impl Account {
    /// Archives a proposal. The same again changes nothing: what was shown first was shown.
    //= CN-72, FW-27
    pub(super) fn show_proposal(
        &self,
        act: &Act,
        proposal: &Proposal,
        env: &Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        let reference = proposal.reference(env.crypto);
        let hash = reference.hash;
        if let Some(earlier) = self.shown_at(proposal.url()) {
            // An address serves one document for good, or the hash would prove nothing.
            if !earlier.is(&proposal.shown(hash, env.now)) {
                return Err(Refusal::ProposalUrlTaken.into());
            }
        } else if self.shown_in_vain(env.now.minus(Seconds::days(1))) >= MAX_SHOWN {
            return Err(Refusal::ProposalMany.into());
        } else {
            let proposal = proposal.clone();
            d.record(env.now, act, Fact::ProposalShown { proposal, hash });
        }
        d.reply = Reply::Proposal(reference);
        Ok(())
    }

    /// How many proposals were shown after this time, of which no consent has come.
    fn shown_in_vain(&self, after: Timestamp) -> usize {
        let recent = self.proposals().filter(|(_, shown)| shown.at > after);
        let mut recent: BTreeSet<&ResourceUrl> = recent.map(|(url, _)| url).collect();
        for (_, consent) in self.consents() {
            recent.remove(&consent.terms().consent_proposal.url);
        }
        recent.len()
    }
}
