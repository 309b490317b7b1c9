//! Archiving what a person was shown (Consenting 2.0 §4.2, Framework 2.0 §8.1).

use crate::account::Account;
use crate::command::Act;
use crate::decision::{Decision, Reply};
use crate::env::Env;
use crate::event::Fact;
use crate::proposal::Proposal;
use crate::rejection::{Refusal, Rejection};

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
        } else {
            let proposal = proposal.clone();
            d.record(env.now, act, Fact::ProposalShown { proposal, hash });
        }
        d.reply = Reply::Proposal(reference);
        Ok(())
    }
}
