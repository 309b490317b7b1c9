//! What ends by itself.

use super::removal::is_lost_key;
use crate::account::Account;
use crate::command::Act;
use crate::decision::Decision;
use crate::env::Env;
use crate::event::Fact;
use crate::rejection::Rejection;
use mydata_record::consent::ConsentState;
use mydata_record::consent::Reason;

impl Account {
    /// Ends what has reached its end. Until it is called nothing is lost: every question honours
    /// `exp` by itself (P28). Nothing to end is an empty decision.
    pub(super) fn expire(
        &self,
        act: &Act,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        if self.end_in_time(act, env, d)? {
            return Ok(());
        }
        for (code, linking) in self.linkings() {
            if linking.expires <= env.now {
                d.record(env.now, act, Fact::LinkingEnded { code: code.clone() });
            }
        }
        for (cr_id, consent) in self.consents() {
            let over = consent.terms().exp.is_some_and(|exp| exp <= env.now);
            if over && consent.chain.state() != ConsentState::Withdrawn {
                let ended = self.end_consent(act, cr_id, Reason::Expired, env, d);
                // One that cannot be signed any more does not keep the others: it is barred anyway.
                if !is_lost_key(ended) {
                    ended?;
                }
            }
        }
        Ok(())
    }
}
