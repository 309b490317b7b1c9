//! The operator's own status records, and the check of everybody else's.

use crate::account::{Account, Link};
use crate::env::Env;
use crate::rejection::{Refusal, Rejection};
use mydata_core::crypto::SignerFailed;
use mydata_core::id::RecordId;
use mydata_core::jwk::KeySet;
use mydata_core::jws::{Payload, Unsigned, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::Timestamp;
use mydata_record::chain::{Chain, Next, StatusRecord};

/// The operator's status record for a change to `state`, signed now.
//= SL-58
pub(super) fn by_operator<S: StatusRecord>(
    chain: &Chain<S>,
    state: S::State,
    link: &Link,
    env: &mut Env<'_>,
) -> Result<Next<S>, Rejection> {
    // The services verify with the key that the link record names, so no other will do.
    let key = &link.record.operator_key;
    let signer = env.operator.status_signer(key)?;
    let keys = KeySet::from(key.clone());
    let record_id = RecordId::from_random(env.random.bits128()?);
    let draft = chain.draft(state, record_id, env.now, env.crypto);
    let signed = Unsigned::new(draft).sign(signer)?;
    let party_keys = PartyKeys::none().with(Party::Operator, &keys);
    // A signer that signs wrongly is found here and not at the services.
    let verified = signed
        .seal()
        .open()
        .and_then(|r| r.verify(env.crypto, &party_keys));
    let verified = verified.map_err(|_| SignerFailed::new())?;
    Ok(chain.check(verified, env.crypto)?)
}

impl Account {
    /// The owner's status record for a change to `state`: his key, this state, made just now.
    pub(super) fn by_owner<S: StatusRecord>(
        &self,
        chain: &Chain<S>,
        state: S::State,
        record: &Verified<S>,
        env: &Env<'_>,
    ) -> Result<Next<S>, Rejection> {
        self.signed_by_owner(record)?;
        if record.state() != state {
            return Err(Refusal::ChangeMismatch.into());
        }
        // A draft is never older than its predecessor, whose time may lie in our future.
        if record.iat() != chain.latest().iat() {
            recent(record.iat(), env)?;
        }
        let next = chain.check(record.clone(), env.crypto)?;
        self.record_id_is_new(record.record_id())?;
        Ok(next)
    }

    /// Whether the owner alone signed, with a key that this account has bound.
    //= SL-54, CN-78, CN-88, CN-94, AC-33, AC-40
    pub(super) fn signed_by_owner<T: Payload>(&self, record: &Verified<T>) -> Result<(), Refusal> {
        let keys = self.party_keys(None);
        if record.is_signed_by(Party::Owner) && record.is_signed_with(&keys) {
            Ok(())
        } else {
            Err(Refusal::KeyNotBound)
        }
    }
}

/// Whether a record was made a moment ago: not in the future, and not left lying.
pub(crate) fn recent(iat: Timestamp, env: &Env<'_>) -> Result<(), Refusal> {
    let drafts = &env.operator.timing().drafts;
    let (first, last) = (env.now.minus(drafts.signing), env.now.plus(drafts.skew));
    if (first..=last).contains(&iat) {
        Ok(())
    } else {
        Err(Refusal::RecordTime)
    }
}
