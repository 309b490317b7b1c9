//! What a person wishes of a service: to be told, or to be left alone.

use crate::account::Account;
use crate::env::{Env, Registered};
use crate::rejection::{Refusal, Rejection};
use mydata_core::id::{DatasetId, ObjectedId, ObjectionId, PurposeId, SubscriptionId};
use mydata_core::jws::Unsigned;
use mydata_core::time::Seconds;
use mydata_record::notification::{Selection, Subscription};
use mydata_record::objection::{Objected, ObjectionRequest};

/// What a person objects to: a processing, a dataset, or a processing of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these three")]
pub enum Scope {
    /// All processing for a purpose.
    Processing(PurposeId),
    /// All processing of a dataset.
    Dataset(DatasetId),
    /// The processing of a dataset for a purpose.
    ProcessingOf(PurposeId, DatasetId),
}

impl Account {
    //= NT-05, NT-16
    /// A subscription to sign: what the person chose among the notifications that the service
    /// describes.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn draft_subscription(
        &self,
        service: &Registered,
        selections: Vec<Selection>,
        encrypted: bool,
        env: &mut Env<'_>,
    ) -> Result<Unsigned<Subscription>, Rejection> {
        let link = self.link_for(service)?;
        let widens = |selection: &Selection| matches!(selection, Selection::Subscribe(_));
        if selections.iter().any(widens) {
            self.is_open()?;
        }
        let known = link.mailbox().map_or(&[][..], |m| m.subscriptions());
        // The service takes them by their time: two in one second are a second apart.
        let next = known.last().map(|last| last.iat().plus(Seconds::new(1)));
        let record = Subscription::new(
            SubscriptionId::from_random(env.random.bits128()?),
            next.map_or(env.now, |next| next.max(env.now)),
            link.record.surrogate_id.clone(),
            selections,
            encrypted,
        )?;
        self.check_subscription(service, &record)?;
        Ok(Unsigned::new(record))
    }

    //= OB-04, OB-14, OB-15
    /// An objection to sign; items are numbered from 1.
    ///
    /// # Errors
    /// [`Rejection`].
    pub fn draft_objection(
        &self,
        service: &Registered,
        scopes: Vec<Scope>,
        env: &mut Env<'_>,
    ) -> Result<Unsigned<ObjectionRequest>, Rejection> {
        let link = self.link_for(service)?;
        let item = |(at, scope): (usize, Scope)| {
            let (processing_id, dataset_id) = match scope {
                Scope::Processing(purpose) => (Some(purpose), None),
                Scope::Dataset(dataset) => (None, Some(dataset)),
                Scope::ProcessingOf(purpose, dataset) => (Some(purpose), Some(dataset)),
            };
            let id = ObjectedId::parse(&(at + 1).to_string());
            Ok(Objected {
                id: id.map_err(|_| Refusal::RecordMismatch)?,
                processing_id,
                dataset_id,
            })
        };
        let items: Result<Vec<_>, Refusal> = scopes.into_iter().enumerate().map(item).collect();
        let record = ObjectionRequest::new(
            ObjectionId::from_random(env.random.bits128()?),
            env.now,
            link.record.surrogate_id.clone(),
            items?,
        )?;
        self.check_objection(service, &record)?;
        Ok(Unsigned::new(record))
    }
}
