//! Drafts of a modification (CN-42): what ends the old consent, and what replaces it.

use super::{ConsentChoice, ModificationDraft, PairDraft, SingleDraft};
use crate::account::Account;
use crate::command::Act;
use crate::env::{Env, Registered};
use crate::rejection::Rejection;
use mydata_core::id::ConsentId;
use mydata_record::consent::ConsentChange;

impl Account {
    /// A single-service consent in the place of the consent `cr_id`.
    ///
    /// # Errors
    /// [`Rejection`].
    //= CN-42
    pub fn draft_modified_single(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        service: &Registered,
        choice: &ConsentChoice,
        env: &mut Env<'_>,
    ) -> Result<ModificationDraft<SingleDraft>, Rejection> {
        self.is_open()?;
        let sink = &service.description.service_id;
        self.check_modification(act, cr_id, None, sink, env.now)?;
        Ok(ModificationDraft {
            withdrawal: self.draft_change(act, cr_id, ConsentChange::Withdraw, env)?,
            consent: self.without(cr_id).draft_single(service, choice, env)?,
        })
    }

    /// A pair in the place of the pair whose sink's half is `cr_id`.
    ///
    /// # Errors
    /// [`Rejection`].
    //= CN-42
    pub fn draft_modified_pair(
        &self,
        act: &Act,
        cr_id: &ConsentId,
        (source_service, sink_service): (&Registered, &Registered),
        choice: &ConsentChoice,
        env: &mut Env<'_>,
    ) -> Result<ModificationDraft<PairDraft>, Rejection> {
        self.is_open()?;
        let source = &source_service.description.service_id;
        let sink = &sink_service.description.service_id;
        self.check_modification(act, cr_id, Some(source), sink, env.now)?;
        let withdrawal = self.draft_change(act, cr_id, ConsentChange::Withdraw, env)?;
        let rest = self.without(cr_id);
        Ok(ModificationDraft {
            withdrawal,
            consent: rest.draft_pair(source_service, sink_service, choice, env)?,
        })
    }
}
