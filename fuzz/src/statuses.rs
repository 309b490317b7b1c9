//! Status records out of octets, offered to a chain, with a naive second opinion.

use crate::key;
use mydata::core::crypto::{Sha256, Signer};
use mydata::core::id::{ConsentId, RecordId, SurrogateId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::{Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring};
use mydata::record::chain::{Chain, ChainRefusal, Previous, StatusRecord as _};
use mydata::record::consent::{ConsentState, ConsentStatus};
use std::sync::OnceLock;

/// Each four octets are one status record. The chain takes it exactly when `follows` says so, and
/// is left alone when it does not.
pub fn run(data: &[u8]) {
    let mut chain: Option<Chain<ConsentStatus>> = None;
    for (at, step) in data.chunks_exact(4).take(24).enumerate() {
        let &[who, what, before, rest] = step else {
            return;
        };
        let record = make(chain.as_ref(), at, who, what, before, rest);
        let is_wanted = follows(chain.as_ref(), &record);
        let is_taken = match &mut chain {
            None => {
                let begun = Chain::begin(record, &subject(0), &surrogate(0));
                chain = begun.ok();
                chain.is_some()
            }
            Some(chain) => {
                let earlier = chain.clone();
                let result = chain.append(record.clone(), &Ring);
                match result {
                    Ok(()) => assert_eq!(*chain.latest(), record),
                    Err(_) => assert_eq!(*chain, earlier),
                }
                if result.is_ok() {
                    let again = chain.append(record, &Ring);
                    assert_eq!(again, Err(ChainRefusal::Repeated));
                }
                result.is_ok()
            }
        };
        assert_eq!(is_taken, is_wanted);
    }
}

/// The rules once more, as a list of conditions.
fn follows(chain: Option<&Chain<ConsentStatus>>, next: &Verified<ConsentStatus>) -> bool {
    use ConsentState::{Active, Disabled, Withdrawn};
    let is_owner = next.is_signed_by(Party::Owner);
    let is_ours = next.cr_id == subject(0) && next.surrogate_id == surrogate(0);
    let Some(chain) = chain else {
        return is_ours
            && is_owner
            && next.prev_record_id == Previous::None
            && next.consent_status == Active;
    };
    let last = chain.latest();
    let is_allowed = match (last.consent_status, next.consent_status) {
        (Active, Disabled) | (Active | Disabled, Withdrawn) => true,
        (Disabled, Active) => is_owner || last.is_signed_by(Party::Operator),
        _ => false,
    };
    let digest = next.x_mydata.as_ref().and_then(|ext| ext.prev_sha256);
    is_ours
        && is_allowed
        && chain.iter().all(|r| r.record_id != next.record_id)
        && next.prev_record_id == Previous::Record(last.record_id.clone())
        && digest.is_none_or(|digest| digest == last.digest(&Ring))
        && next.iat >= last.iat
}

fn make(
    chain: Option<&Chain<ConsentStatus>>,
    at: usize,
    who: u8,
    what: u8,
    before: u8,
    rest: u8,
) -> Verified<ConsentStatus> {
    let records: Vec<_> = chain.into_iter().flat_map(Chain::iter).collect();
    let picked = records.get(usize::from(before >> 4)).or(records.last());
    let last = records.last();
    let (previous, digest) = match (before & 7, last) {
        (0, _) | (_, None) => (Previous::None, None),
        (1, _) => (Previous::Record(id(99)), None),
        (2, _) => {
            let picked = picked.map_or(id(98), |r| r.record_id.clone());
            (Previous::Record(picked), None)
        }
        (3, Some(last)) => {
            let wrong = Sha256::from_octets([before; 32]);
            (Previous::Record(last.record_id.clone()), Some(wrong))
        }
        (4, Some(last)) => (Previous::Record(last.record_id.clone()), None),
        (_, Some(last)) => {
            let digest = last.digest(&Ring);
            (Previous::Record(last.record_id.clone()), Some(digest))
        }
    };
    let record_id = match rest & 7 {
        0 => picked.map_or(id(at), |r| r.record_id.clone()),
        _ => id(at),
    };
    let now = last.map_or(1000, |r| r.iat.seconds());
    let iat = match rest >> 3 & 7 {
        0 => now - 1,
        later => now + u64::from(later) - 1,
    };
    let status = ConsentStatus::make(
        record_id,
        subject(usize::from(rest >> 6 == 1)),
        surrogate(usize::from(rest >> 6 == 2)),
        ConsentState::ALL[usize::from(what) % 3],
        Timestamp::from_seconds(iat).unwrap(),
        previous,
        digest,
    );
    sign(status, who)
}

/// By the owner or by the operator.
fn sign(status: ConsentStatus, who: u8) -> Verified<ConsentStatus> {
    static KEYS: OnceLock<[(PrivateKey, KeySet); 2]> = OnceLock::new();
    let [owner, operator] = KEYS.get_or_init(|| {
        [key("owner-1", 1), key("operator-status", 2)].map(|key| {
            let set = KeySet::from(key.public().clone());
            (key, set)
        })
    });
    let by = if who.is_multiple_of(2) {
        owner
    } else {
        operator
    };
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner.1)
        .with(Party::Operator, &operator.1);
    let sealed = Unsigned::new(status).sign(&by.0).unwrap().seal();
    sealed.open().unwrap().verify(&Ring, &keys).unwrap()
}

fn id(number: usize) -> RecordId {
    RecordId::parse(&format!("record-{number}")).unwrap()
}

fn subject(number: usize) -> ConsentId {
    ConsentId::parse(&format!("consent-{number}")).unwrap()
}

fn surrogate(number: usize) -> SurrogateId {
    SurrogateId::parse(&format!("surrogate-{number}")).unwrap()
}
