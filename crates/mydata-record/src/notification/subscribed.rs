//! What all subscriptions together say.

use super::{Selection, Subscription};
use mydata_core::id::{NotificationTypeId, SubscriptionId};
use mydata_core::time::Timestamp;
use std::collections::BTreeMap;

/// What a person is subscribed to at one service, out of all subscriptions of one link.
///
/// Of each type the latest word counts, by `iat` and then by id (decision D31). So subscriptions may
/// come late, twice and in any order, and what is in force is the same. That a type was cancelled is
/// remembered, so that an earlier subscription to it which comes later changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Subscribed {
    types: BTreeMap<NotificationTypeId, Word>,
    encrypted: Option<Word>,
}

/// The latest word on something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word {
    at: Timestamp,
    by: SubscriptionId,
    is_yes: bool,
}

impl Word {
    /// The later of two words: the known one when there is no difference.
    fn later(known: Option<&Self>, new: Self) -> Self {
        match known {
            Some(known) if (known.at, &known.by) >= (new.at, &new.by) => known.clone(),
            Some(_) | None => new,
        }
    }
}

impl Subscribed {
    /// What follows from these, in whatever order they stand.
    #[must_use]
    pub fn of<'s>(subscriptions: impl IntoIterator<Item = &'s Subscription>) -> Self {
        let mut subscribed = Self::default();
        for subscription in subscriptions {
            subscribed.update(subscription);
        }
        subscribed
    }

    //= NT-07, NT-08
    /// Takes one subscription more: what it names is added, what it cancels is taken away, what it
    /// does not name stays, and where a later one was taken before it says nothing (decision D31). To
    /// cancel what is not there changes nothing.
    pub fn update(&mut self, subscription: &Subscription) {
        let word = |is_yes| Word {
            at: subscription.iat(),
            by: subscription.id().clone(),
            is_yes,
        };
        for selection in subscription.selections() {
            let id = selection.notification_type();
            let new = word(matches!(selection, Selection::Subscribe(_)));
            let latest = Word::later(self.types.get(id), new);
            self.types.insert(id.clone(), latest);
        }
        let new = word(subscription.encrypted());
        self.encrypted = Some(Word::later(self.encrypted.as_ref(), new));
    }

    /// Whether notifications of this type are wished.
    #[must_use]
    pub fn contains(&self, id: &NotificationTypeId) -> bool {
        self.types.get(id).is_some_and(|word| word.is_yes)
    }

    /// Whether none are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types().next().is_none()
    }

    /// The types that are wished, in the order of their ids.
    pub fn types(&self) -> impl Iterator<Item = &NotificationTypeId> {
        let wished = self.types.iter().filter(|(_, word)| word.is_yes);
        wished.map(|(id, _)| id)
    }

    //= NT-14
    /// Whether the latest subscription wishes encryption.
    #[must_use]
    pub fn encrypted(&self) -> bool {
        self.encrypted.as_ref().is_some_and(|word| word.is_yes)
    }
}
