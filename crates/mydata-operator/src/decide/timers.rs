//! What ends by itself.

use super::removal::is_lost_key;
use crate::account::Account;
use crate::command::Act;
use crate::decision::Decision;
use crate::env::Env;
use crate::event::Fact;
use crate::lifecycle::Lifecycle;
use crate::rejection::Rejection;
use mydata_core::time::Timestamp;
use mydata_record::consent::ConsentState;
use mydata_record::consent::Reason;

impl Account {
    /// The earliest moment at which [`Command::Expire`](crate::Command::Expire) has something to do:
    /// a consent ends, a linking is given up, or the account itself is over; none when nothing of
    /// it ever ends by itself. What the operator lacks a key for stays due.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let consents = self.consents().map(|(_, consent)| consent);
        let open = consents.filter(|consent| consent.chain.state() != ConsentState::Withdrawn);
        let consents = open.filter_map(|consent| consent.terms().exp);
        let linkings = self.linkings().map(|(_, linking)| linking.expires);
        match self.lifecycle() {
            Lifecycle::Created | Lifecycle::Active | Lifecycle::Closing => {
                consents.chain(linkings).chain(self.ends_at()).min()
            }
            Lifecycle::Ended | Lifecycle::Erased => None,
        }
    }

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
