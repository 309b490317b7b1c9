//! Public keys over time.

use super::{KeyRefusal, KeySet, PublicKey};
use crate::id::KeyId;
use crate::time::Timestamp;

/// A key, and when it signs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KeyLife {
    /// The key.
    pub key: PublicKey,
    /// The first moment at which it signs.
    pub from: Timestamp,
    /// The first moment at which it signs no more; none while it has not been retired.
    pub retired_at: Option<Timestamp>,
}

impl KeyLife {
    /// Whether the key signs at `time`.
    #[must_use]
    pub fn covers(&self, time: Timestamp) -> bool {
        self.from <= time && self.retired_at.is_none_or(|end| time < end)
    }

    /// Whether a record may bear a signature of the key's: `stated` gives the time that the record
    /// states, and is asked only where it matters. A record that states none is as good as the key is
    /// now: refused once it is retired.
    #[must_use]
    pub fn admits(&self, stated: impl FnOnce() -> Option<Timestamp>) -> bool {
        if self.from == Timestamp::EPOCH && self.retired_at.is_none() {
            return true;
        }
        stated().map_or(self.retired_at.is_none(), |time| self.covers(time))
    }
}

/// The keys that one party has had for one role, each with its life: 1 to 1024, no `kid` twice and no
/// key twice, ever.
///
/// A key that was retired verifies what it signed in its time and nothing later. Lives may overlap, and
/// should: a new key is announced before it signs, and the old one is retired when the last signature
/// that is still on its way has arrived.
///
/// The time is the one that a record states, so whoever has stolen a retired key can write a time at
/// which it was good. Against that helps only what the verifier knows itself: when it received the
/// record, and that the records of a chain follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyHistory(Vec<KeyLife>);

impl KeyHistory {
    /// From lives, as a program's configuration has them.
    ///
    /// # Errors
    /// [`KeyRefusal`]: for no life, too many of them, a `kid` or a key twice, or a key that is retired
    /// before it begins.
    pub fn new(lives: Vec<KeyLife>) -> Result<Self, KeyRefusal> {
        if lives.is_empty() {
            return Err(KeyRefusal::SetEmpty);
        }
        if lives.len() > 1024 {
            return Err(KeyRefusal::HistoryTooLarge);
        }
        for (at, life) in lives.iter().enumerate() {
            if life.retired_at.is_some_and(|end| end < life.from) {
                return Err(KeyRefusal::Life);
            }
            for earlier in lives.iter().take(at) {
                if earlier.key.kid() == life.key.kid() {
                    return Err(KeyRefusal::DuplicateKid);
                }
                if earlier.key.material() == life.key.material() {
                    return Err(KeyRefusal::DuplicateKey);
                }
            }
        }
        Ok(Self(lives))
    }

    /// The keys of `set` sign from `from` on.
    #[must_use]
    pub fn begin(set: &KeySet, from: Timestamp) -> Self {
        let life = |key: &PublicKey| KeyLife {
            key: key.clone(),
            from,
            retired_at: None,
        };
        Self(set.iter().map(life).collect())
    }

    /// From `at` on the keys of `set` sign and no others: new ones begin, and those that are not in it
    /// are retired. To overlap, rotate to a set with both first, and later to one without the old.
    ///
    /// # Errors
    /// [`KeyRefusal::Retired`] for a key that was retired before, which does not come back; others as
    /// [`new`](Self::new) gives them. The history is then as it was.
    pub fn rotate(&mut self, set: &KeySet, at: Timestamp) -> Result<(), KeyRefusal> {
        let mut lives = self.0.clone();
        for life in &mut lives {
            match (set.iter().any(|key| *key == life.key), life.retired_at) {
                (true, Some(_)) => return Err(KeyRefusal::Retired),
                (false, None) => life.retired_at = Some(at),
                (true, None) | (false, Some(_)) => {}
            }
        }
        let is_new = |key: &&PublicKey| self.keys().all(|known| known != *key);
        lives.extend(set.iter().filter(is_new).map(|key| KeyLife {
            key: key.clone(),
            from: at,
            retired_at: None,
        }));
        *self = Self::new(lives)?;
        Ok(())
    }

    /// The keys that sign at `time`; perhaps none.
    pub fn at(&self, time: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let lives = self.0.iter().filter(move |life| life.covers(time));
        lives.map(|life| &life.key)
    }

    /// The keys that sign at `time` as a set; `None` when there is none, or more than a set holds.
    #[must_use]
    pub fn set_at(&self, time: Timestamp) -> Option<KeySet> {
        KeySet::new(self.at(time).cloned().collect()).ok()
    }

    /// The life of the key with this id.
    #[must_use]
    pub fn get(&self, kid: &KeyId) -> Option<&KeyLife> {
        self.0.iter().find(|life| life.key.kid() == kid)
    }

    /// The history of this one key, if it is in this one.
    #[must_use]
    pub fn only(&self, key: &PublicKey) -> Option<Self> {
        let life = self.get(key.kid()).filter(|life| life.key == *key)?;
        Some(Self(vec![life.clone()]))
    }

    /// Every life, in the order in which they were added; at least one.
    pub fn iter(&self) -> impl Iterator<Item = &KeyLife> {
        self.0.iter()
    }

    /// Every key, of whatever time.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().map(|life| &life.key)
    }

    /// Whether a key of the one, of whatever time, could pass for one of the other: then they may not
    /// serve two roles.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.keys()
            .any(|key| other.keys().any(|another| key.overlaps(another)))
    }
}

/// Keys of which no beginning and no end are known.
impl From<KeySet> for KeyHistory {
    fn from(set: KeySet) -> Self {
        Self::begin(&set, Timestamp::EPOCH)
    }
}

/// A key of which no beginning and no end are known.
impl From<PublicKey> for KeyHistory {
    fn from(key: PublicKey) -> Self {
        KeySet::from(key).into()
    }
}
