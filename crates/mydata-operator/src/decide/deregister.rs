//! What it means for one account that a service leaves the registry (Consenting 2.0 §3.4).

use crate::account::Account;
use crate::command::Act;
use crate::decision::Decision;
use crate::env::Env;
use crate::event::Fact;
use crate::rejection::Rejection;
use mydata_core::id::ServiceId;
use mydata_record::consent::Reason;

impl Account {
    /// The service has left: linkings to it are given up, its link ends with the operator's
    /// signature, and so do the consents that need it. It and the peers of its pairs are told.
    ///
    /// Asked again, it finds nothing left to do, and the decision is empty.
    //= CN-62
    pub(super) fn end_service(
        &self,
        act: &Act,
        service: &ServiceId,
        env: &mut Env<'_>,
        d: &mut Decision,
    ) -> Result<(), Rejection> {
        for (code, linking) in self.linkings() {
            if linking.service_id == *service {
                d.record(env.now, act, Fact::LinkingEnded { code: code.clone() });
            }
        }
        let Some((link_id, _)) = self.active_link(service) else {
            return Ok(());
        };
        self.end_links(act, &[link_id], Reason::ServiceLeft, None, env, d)
    }
}
