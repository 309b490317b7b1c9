//! Status chains: the history of one link or one consent as signed records, each naming the one
//! before it.
//!
//! A [`Chain`] is never empty and never broken: the first record is `Active`, signed by the owner
//! and names `NULL`; each later one names exactly the record before it, is not older, makes an
//! allowed transition and is signed by a party that may make it (Consenting 2.0 §2.4, CN-28, SL-53;
//! contradictions C08 and C10).

use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{RecordId, SurrogateId};
use mydata_core::json;
use mydata_core::jws::{Payload, Verified};
use mydata_core::party::Party;
use mydata_core::refusals;
use mydata_core::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

refusals! {
    /// Why a status record is not the next one of a chain.
    pub enum ChainRefusal {
        OtherSubject = "chain_other_subject": "the status record is about another link or consent",
        OtherSurrogate = "chain_other_surrogate": "the status record names another surrogate",
        FirstHasPrevious = "chain_first_has_previous": "the first status record must name NULL as its predecessor",
        FirstNotInitial = "chain_first_not_active": "the first status record must be Active",
        FirstNotOwner = "chain_first_not_owner": "the first status record must be signed by the owner",
        Repeated = "chain_repeated": "the chain holds this very record already",
        RecordIdReused = "chain_record_id_reused": "another record of the chain has this record id",
        Gap = "chain_gap": "the predecessor is not in the chain: records are missing",
        Fork = "chain_fork": "the predecessor has another successor already",
        DigestMismatch = "chain_digest_mismatch": "the predecessor's octets are not those that the record commits to",
        TimeBackwards = "chain_time_backwards": "the record is older than its predecessor",
        Terminal = "chain_terminal": "nothing follows a terminal state",
        TransitionNotAllowed = "chain_transition_not_allowed": "the transition is not allowed from the present state",
        SignerNotAllowed = "chain_signer_not_allowed": "the signer may not make this transition",
    }
}

/// `prev_record_id`: the record before this one, or none; on the wire the string `NULL` (C10).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is a predecessor or there is none"
)]
pub enum Previous {
    /// This is the first record.
    None,
    /// The record before.
    Record(RecordId),
}

impl Serialize for Previous {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::None => "NULL",
            Self::Record(id) => id.as_str(),
        })
    }
}

impl<'de> Deserialize<'de> for Previous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a record id or NULL", |text| match text {
            "NULL" => Some(Self::None),
            other => RecordId::parse(other).ok().map(Self::Record),
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Previous {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Previous".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "the record id of the predecessor, or NULL for the first record"
        })
    }
}

/// What we add to a status record of MyData 2.0 (decision D13): `prev_record_id` alone commits to
/// nothing, so two records with one predecessor would prove nothing either.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StatusExtension {
    /// SHA-256 of the predecessor's signed octets ([`Verified::digest`]). Written always, and held
    /// against the predecessor where a writer of plain 2.0 has not left it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_sha256: Option<Sha256>,
}

impl StatusExtension {
    pub(crate) const fn after(digest: Sha256) -> Self {
        Self {
            prev_sha256: Some(digest),
        }
    }
}

/// A status record of either kind, as a chain sees it.
pub trait StatusRecord: Payload {
    /// The id of the record whose status this is.
    type Subject: Clone + PartialEq;
    /// The states.
    type State: Copy + PartialEq + fmt::Debug;
    /// The state of a first record.
    const INITIAL: Self::State;

    /// A record of this kind.
    fn make(
        record_id: RecordId,
        subject: Self::Subject,
        surrogate_id: SurrogateId,
        state: Self::State,
        iat: Timestamp,
        previous: Previous,
        digest: Option<Sha256>,
    ) -> Self;

    /// Its own id.
    fn record_id(&self) -> &RecordId;
    /// What it is about.
    fn subject(&self) -> &Self::Subject;
    /// Whom it is about.
    fn surrogate_id(&self) -> &SurrogateId;
    /// The state from this record on.
    fn state(&self) -> Self::State;
    /// When it was made.
    fn iat(&self) -> Timestamp;
    /// Its predecessor.
    fn previous(&self) -> &Previous;
    /// Our extension members.
    fn extension(&self) -> Option<&StatusExtension>;

    /// Whether one change leads from one state to the other.
    fn allowed(from: Self::State, to: Self::State) -> bool;
    /// Whether `signer` may make the transition; `paused_by` signed the pause that is in force.
    fn may_sign(
        signer: Party,
        from: Self::State,
        to: Self::State,
        paused_by: Option<Party>,
    ) -> bool;
    /// Whether the state is a pause, whose signer decides who may end it.
    fn is_pause(state: Self::State) -> bool;
}

/// The unbroken history of one link or one consent; at least its first record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chain<S: StatusRecord> {
    first: Verified<S>,
    later: Vec<Verified<S>>,
}

/// A record that may follow in a chain: made by [`Chain::check`] only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Next<S: StatusRecord> {
    record: Verified<S>,
    after: Verified<S>,
}

impl<S: StatusRecord> Next<S> {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &Verified<S> {
        &self.record
    }
}

impl<S: StatusRecord> Chain<S> {
    /// Begins the chain of `subject` and `surrogate`.
    ///
    /// # Errors
    /// [`ChainRefusal`].
    //= SL-08, SL-52, SL-53, CN-14, CN-35, CN-91, CN-93
    pub fn begin(
        first: Verified<S>,
        subject: &S::Subject,
        surrogate: &SurrogateId,
    ) -> Result<Self, ChainRefusal> {
        if first.subject() != subject {
            return Err(ChainRefusal::OtherSubject);
        }
        if first.surrogate_id() != surrogate {
            return Err(ChainRefusal::OtherSurrogate);
        }
        if *first.previous() != Previous::None {
            return Err(ChainRefusal::FirstHasPrevious);
        }
        if first.state() != S::INITIAL {
            return Err(ChainRefusal::FirstNotInitial);
        }
        if !first.is_signed_by(Party::Owner) {
            return Err(ChainRefusal::FirstNotOwner);
        }
        Ok(Self {
            first,
            later: Vec::new(),
        })
    }

    /// Whether `record` may follow; changes nothing.
    ///
    /// # Errors
    /// [`ChainRefusal`].
    //= SL-51, SL-52, SL-53, CN-28, CN-91, CN-93
    pub fn check(&self, record: Verified<S>, crypto: &dyn Crypto) -> Result<Next<S>, ChainRefusal> {
        let latest = self.latest();
        if record.subject() != self.first.subject() {
            return Err(ChainRefusal::OtherSubject);
        }
        if record.surrogate_id() != self.first.surrogate_id() {
            return Err(ChainRefusal::OtherSurrogate);
        }
        if let Some(twin) = self.iter().find(|r| r.record_id() == record.record_id()) {
            return Err(if *twin == record {
                ChainRefusal::Repeated
            } else {
                ChainRefusal::RecordIdReused
            });
        }
        match record.previous() {
            Previous::Record(id) if id == latest.record_id() => {}
            Previous::Record(id) if self.iter().all(|r| r.record_id() != id) => {
                return Err(ChainRefusal::Gap);
            }
            Previous::Record(_) | Previous::None => return Err(ChainRefusal::Fork),
        }
        if let Some(digest) = record.extension().and_then(|ext| ext.prev_sha256)
            && digest != latest.digest(crypto)
        {
            return Err(ChainRefusal::DigestMismatch);
        }
        if record.iat() < latest.iat() {
            return Err(ChainRefusal::TimeBackwards);
        }
        self.check_transition(&record)?;
        Ok(Next {
            record,
            after: latest.clone(),
        })
    }

    fn check_transition(&self, next: &Verified<S>) -> Result<(), ChainRefusal> {
        let (from, to) = (self.state(), next.state());
        if S::allowed(from, to) {
            let paused_by = self.paused_by();
            let signer = next.signed_by().first().map(|signed| signed.party);
            return if signer.is_some_and(|signer| S::may_sign(signer, from, to, paused_by)) {
                Ok(())
            } else {
                Err(ChainRefusal::SignerNotAllowed)
            };
        }
        Err(if self.is_ended() {
            ChainRefusal::Terminal
        } else {
            ChainRefusal::TransitionNotAllowed
        })
    }

    /// Appends a record that was checked against this very state; one checked against any other
    /// state, or appended already, changes nothing.
    pub fn push(&mut self, next: &Next<S>) {
        if next.after == *self.latest() {
            self.later.push(next.record.clone());
        }
    }

    /// Checks and appends.
    ///
    /// # Errors
    /// [`ChainRefusal`]; the chain is then as it was.
    pub fn append(&mut self, record: Verified<S>, crypto: &dyn Crypto) -> Result<(), ChainRefusal> {
        let next = self.check(record, crypto)?;
        self.push(&next);
        Ok(())
    }

    /// The record to sign for a change to `state`.
    pub fn draft(
        &self,
        state: S::State,
        record_id: RecordId,
        now: Timestamp,
        crypto: &dyn Crypto,
    ) -> S {
        let latest = self.latest();
        S::make(
            record_id,
            latest.subject().clone(),
            latest.surrogate_id().clone(),
            state,
            now.max(latest.iat()),
            Previous::Record(latest.record_id().clone()),
            Some(latest.digest(crypto)),
        )
    }

    /// The oldest record.
    #[must_use]
    pub const fn first(&self) -> &Verified<S> {
        &self.first
    }

    /// The newest record.
    #[must_use]
    pub fn latest(&self) -> &Verified<S> {
        self.later.last().unwrap_or(&self.first)
    }

    /// The present state.
    #[must_use]
    pub fn state(&self) -> S::State {
        self.latest().state()
    }

    /// Whether the state is terminal: no state follows it.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        let state = self.state();
        !S::allowed(state, S::INITIAL) && state != S::INITIAL
    }

    /// Who signed the pause in force, when there is one.
    #[must_use]
    pub fn paused_by(&self) -> Option<Party> {
        let latest = self.latest();
        S::is_pause(latest.state())
            .then(|| latest.signed_by().first().map(|signed| signed.party))
            .flatten()
    }

    /// All records, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Verified<S>> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The records after `known`, oldest first; `None` when `known` is not in the chain.
    pub fn since(&self, known: &RecordId) -> Option<impl Iterator<Item = &Verified<S>>> {
        let at = self.iter().position(|record| record.record_id() == known)?;
        Some(self.iter().skip(at + 1))
    }
}
