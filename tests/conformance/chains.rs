//! Laws of status chains, for links and for consents alike (Consenting 2.0 §2.4, CN-28, SL-53, C08,
//! C10, P22 to P24).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{believed, new_key};
use mydata::core::crypto::{Crypto as _, Sha256};
use mydata::core::id::{ConsentId, LinkId, RecordId, SurrogateId};
use mydata::core::jws::Verified;
use mydata::core::party::Party;
use mydata::core::time::Timestamp;
use mydata::keys::PrivateKey;
use mydata::record::chain::{Chain, ChainRefusal, Previous, StatusRecord};
use mydata::record::consent::{ConsentState, ConsentStatus};
use mydata::record::link::{LinkState, LinkStatus};
use mydata_chosen::Chosen;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static OWNER: LazyLock<PrivateKey> = LazyLock::new(|| new_key("owner-1"));
static OPERATOR: LazyLock<PrivateKey> = LazyLock::new(|| new_key("operator-1"));

const START: u64 = 1_736_236_800;

/// What the laws must know of a kind of record.
trait Kind: StatusRecord + Clone + PartialEq + std::fmt::Debug {
    const END: Self::State;
    fn subject_named(name: &str) -> Self::Subject;
}

impl Kind for LinkStatus {
    const END: LinkState = LinkState::Removed;
    fn subject_named(name: &str) -> LinkId {
        LinkId::parse(name).unwrap()
    }
}

impl Kind for ConsentStatus {
    const END: ConsentState = ConsentState::Withdrawn;
    fn subject_named(name: &str) -> ConsentId {
        ConsentId::parse(name).unwrap()
    }
}

/// A record in the making, with everything that can be wrong about one.
#[derive(Clone)]
struct Record<S: Kind> {
    id: String,
    subject: &'static str,
    surrogate: &'static str,
    state: S::State,
    at: u64,
    previous: Option<String>,
    digest: Option<Sha256>,
    signer: Party,
}

impl<S: Kind> Record<S> {
    fn first() -> Self {
        Self {
            id: "r1".to_owned(),
            subject: "subject",
            surrogate: "somebody",
            state: S::INITIAL,
            at: START,
            previous: None,
            digest: None,
            signer: Party::Owner,
        }
    }

    /// The record that rightly ends `chain`.
    fn end(chain: &Chain<S>) -> Self {
        Self::after(chain, "r2", S::END)
    }

    fn after(chain: &Chain<S>, id: &str, state: S::State) -> Self {
        let latest = chain.latest();
        Self {
            id: id.to_owned(),
            state,
            at: latest.iat().seconds(),
            previous: Some(latest.record_id().as_str().to_owned()),
            digest: Some(latest.digest(&Chosen)),
            ..Self::first()
        }
    }

    fn sign(&self) -> Verified<S> {
        let previous = match &self.previous {
            None => Previous::None,
            Some(id) => Previous::Record(RecordId::parse(id).unwrap()),
        };
        let record = S::make(
            RecordId::parse(&self.id).unwrap(),
            S::subject_named(self.subject),
            SurrogateId::parse(self.surrogate).unwrap(),
            self.state,
            Timestamp::from_seconds(self.at).unwrap(),
            previous,
            self.digest,
        );
        let key = match self.signer {
            Party::Operator => &OPERATOR,
            Party::Owner | Party::Service | Party::Sink => &OWNER,
        };
        believed(record, key, self.signer)
    }
}

fn begin<S: Kind>(record: &Record<S>) -> Result<Chain<S>, ChainRefusal> {
    let surrogate = SurrogateId::parse("somebody").unwrap();
    Chain::begin(record.sign(), &S::subject_named("subject"), &surrogate)
}

/// A chain of its first record.
fn begun<S: Kind>() -> Chain<S> {
    begin(&Record::first()).unwrap()
}

/// The next record is refused for this reason, and the chain is as it was.
fn refuses<S: Kind>(chain: &Chain<S>, refusal: ChainRefusal, record: &Record<S>) {
    let mut after = chain.clone();
    assert_eq!(after.append(record.sign(), &Chosen), Err(refusal));
    assert!(after == *chain, "{refusal:?} has changed the chain");
}

fn first_records<S: Kind>() -> Vec<ChainRefusal> {
    let good = Record::<S>::first();
    let refused = |alter: fn(&mut Record<S>), refusal: ChainRefusal| {
        let mut bad = good.clone();
        alter(&mut bad);
        assert_eq!(begin(&bad), Err(refusal));
        refusal
    };
    vec![
        refused(|r| r.subject = "another", ChainRefusal::OtherSubject),
        refused(|r| r.surrogate = "another", ChainRefusal::OtherSurrogate),
        refused(
            |r| r.previous = Some("r0".to_owned()),
            ChainRefusal::FirstHasPrevious,
        ),
        refused(|r| r.state = S::END, ChainRefusal::FirstNotInitial),
        refused(|r| r.signer = Party::Operator, ChainRefusal::FirstNotOwner),
    ]
}

fn later_records<S: Kind>() -> Vec<ChainRefusal> {
    let chain = begun::<S>();
    let good = Record::end(&chain);
    let refused = |alter: &dyn Fn(&mut Record<S>), refusal: ChainRefusal| {
        let mut bad = good.clone();
        alter(&mut bad);
        refuses(&chain, refusal, &bad);
        refusal
    };
    let mut provoked = vec![
        refused(&|r| r.subject = "another", ChainRefusal::OtherSubject),
        refused(&|r| r.surrogate = "another", ChainRefusal::OtherSurrogate),
        refused(&|r| r.id = "r1".to_owned(), ChainRefusal::RecordIdReused),
        refused(&|r| r.previous = Some("r0".to_owned()), ChainRefusal::Gap),
        refused(&|r| r.previous = None, ChainRefusal::Fork),
        refused(
            &|r| r.digest = Some(Chosen.sha256(b"something else")),
            ChainRefusal::DigestMismatch,
        ),
        refused(&|r| r.at -= 1, ChainRefusal::TimeBackwards),
        refused(
            &|r| r.state = S::INITIAL,
            ChainRefusal::TransitionNotAllowed,
        ),
    ];
    refuses(&chain, ChainRefusal::Repeated, &Record::first());
    provoked.push(ChainRefusal::Repeated);

    let mut ended = chain.clone();
    ended.append(good.sign(), &Chosen).unwrap();
    assert!(ended.is_ended() && ended.state() == S::END);
    for state in [S::INITIAL, S::END] {
        refuses(
            &ended,
            ChainRefusal::Terminal,
            &Record::after(&ended, "r3", state),
        );
    }
    provoked.push(ChainRefusal::Terminal);
    // A second successor of the first record is a fork, even when it says the same.
    let mut twin = good;
    twin.id = "r3".to_owned();
    refuses(&ended, ChainRefusal::Fork, &twin);
    provoked
}

/// C08: the operator does not end the owner's pause; nobody but owner and operator signs at all,
/// which the envelope sees to.
fn signer_not_allowed() -> ChainRefusal {
    let mut chain = begun::<ConsentStatus>();
    let pause = Record::after(&chain, "r2", ConsentState::Disabled);
    chain.append(pause.sign(), &Chosen).unwrap();
    assert_eq!(chain.paused_by(), Some(Party::Owner));
    let mut resume = Record::after(&chain, "r3", ConsentState::Active);
    resume.signer = Party::Operator;
    refuses(&chain, ChainRefusal::SignerNotAllowed, &resume);
    ChainRefusal::SignerNotAllowed
}

/// Every refusal of a chain is provoked, for both kinds wherever both have it, and leaves the chain
/// as it was.
#[test]
fn every_refusal_of_a_chain_is_provoked() {
    let mut provoked: BTreeSet<ChainRefusal> = BTreeSet::new();
    provoked.extend(first_records::<LinkStatus>());
    provoked.extend(first_records::<ConsentStatus>());
    let (links, consents) = (
        later_records::<LinkStatus>(),
        later_records::<ConsentStatus>(),
    );
    assert_eq!(links, consents);
    provoked.extend(links);
    provoked.insert(signer_not_allowed());
    let all: BTreeSet<_> = ChainRefusal::ALL.iter().copied().collect();
    assert_eq!(provoked, all);
}

/// C10: a first record says `NULL`, as a string; no other spelling is written.
#[test]
fn the_first_record_says_null_as_a_string() {
    let record = serde_json::to_value(&*Record::<ConsentStatus>::first().sign()).unwrap();
    assert_eq!(
        record.get("prev_record_id"),
        Some(&serde_json::json!("NULL"))
    );
    for text in ["NULL", "null", "Null", ""] {
        assert!(RecordId::parse(text).is_err(), "{text:?} is no record id");
    }
}

/// D13: a writer of plain 2.0 commits to nothing, and is understood all the same.
#[test]
fn a_record_without_a_digest_follows() {
    let mut chain = begun::<LinkStatus>();
    let mut end = Record::end(&chain);
    end.digest = None;
    chain.append(end.sign(), &Chosen).unwrap();
    assert!(chain.is_ended());
}

/// CN-29: what was checked against one state is not pushed onto another.
#[test]
fn a_record_checked_earlier_is_pushed_once_and_only_there() {
    fn law<S: Kind>() {
        let mut chain = begun::<S>();
        let next = chain.check(Record::end(&chain).sign(), &Chosen).unwrap();
        let other = begin(&Record::<S> {
            id: "other".to_owned(),
            ..Record::first()
        });
        let mut other = other.unwrap();
        let before = other.clone();
        other.push(&next);
        assert!(other == before, "pushed onto another chain");
        chain.push(&next);
        let once = chain.clone();
        chain.push(&next);
        assert!(chain == once && chain.iter().count() == 2, "pushed twice");
    }
    law::<LinkStatus>();
    law::<ConsentStatus>();
}

/// A draft is the record that follows: it names its predecessor by id and digest, and is never older
/// than it, whatever the clock says.
#[test]
fn a_draft_follows_its_chain() {
    fn law<S: Kind>() {
        let chain = begun::<S>();
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        for now in [at(START - 1000), at(START), at(START + 1000)] {
            let id = RecordId::parse("r2").unwrap();
            let draft = chain.draft(S::END, id, now, &Chosen);
            assert_eq!(draft.iat(), now.max(chain.latest().iat()));
            assert_eq!(
                draft.extension().unwrap().prev_sha256,
                Some(chain.latest().digest(&Chosen))
            );
            let mut chain = chain.clone();
            let signed = believed(draft, &OWNER, Party::Owner);
            chain.append(signed, &Chosen).unwrap();
            assert!(chain.is_ended());
        }
    }
    law::<LinkStatus>();
    law::<ConsentStatus>();
}

/// C21: what came after a record is what is missing; after an unknown record nothing can be said.
#[test]
fn what_came_since() {
    let mut chain = begun::<ConsentStatus>();
    let first = chain.latest().record_id.clone();
    let pause = Record::after(&chain, "r2", ConsentState::Disabled);
    chain.append(pause.sign(), &Chosen).unwrap();
    let end = Record::after(&chain, "r3", ConsentState::Withdrawn);
    chain.append(end.sign(), &Chosen).unwrap();
    let ids = |known: &RecordId| -> Option<Vec<String>> {
        let since = chain.since(known)?;
        Some(since.map(|record| record.record_id.to_string()).collect())
    };
    assert_eq!(ids(&first).unwrap(), ["r2", "r3"]);
    assert_eq!(ids(&chain.latest().record_id), Some(Vec::new()));
    assert_eq!(ids(&RecordId::parse("unknown").unwrap()), None);
}

/// The model: states and signers of a consent as plain values.
fn model_allows(from: ConsentState, to: ConsentState, signer: Party, paused_by: Party) -> bool {
    use ConsentState::{Active, Disabled, Withdrawn};
    let is_possible = [
        (Active, Disabled),
        (Disabled, Active),
        (Active, Withdrawn),
        (Disabled, Withdrawn),
    ]
    .contains(&(from, to));
    let is_reserved =
        signer == Party::Operator && (from, to) == (Disabled, Active) && paused_by == Party::Owner;
    is_possible && !is_reserved
}

#[derive(Debug, Clone)]
struct Attempt {
    state: usize,
    by_operator: bool,
    later: u64,
    /// Which record it names: that many before the newest.
    back: usize,
    fault: usize,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (
        0_usize..3,
        any::<bool>(),
        0_u64..3,
        0_usize..12,
        0_usize..16,
    )
        .prop_map(|(state, by_operator, later, back, fault)| Attempt {
            state,
            by_operator,
            later,
            // Mostly the newest.
            back: back.saturating_sub(9),
            fault,
        });
    prop::collection::vec(attempt, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// A chain takes a record exactly when the figure, the signers, the predecessor, its digest and
    /// the time allow it.
    #[test]
    fn a_chain_takes_exactly_what_follows(attempts in attempts()) {
        let mut chain = begun::<ConsentStatus>();
        let mut paused_by = Party::Owner;
        for (number, attempt) in attempts.iter().enumerate() {
            let state = *ConsentState::ALL.get(attempt.state).unwrap();
            let mut record = Record::after(&chain, &format!("n{number}"), state);
            record.signer = if attempt.by_operator { Party::Operator } else { Party::Owner };
            record.at += attempt.later;
            let named = chain.iter().rev().nth(attempt.back);
            record.previous = named.map(|named| named.record_id.to_string());
            match attempt.fault {
                0 => record.at -= attempt.later + 1,
                1 => record.digest = Some(Chosen.sha256(b"another")),
                2 => record.surrogate = "another",
                3 => record.subject = "another",
                4 => record.id = "r1".to_owned(),
                _ => {}
            }
            let before = chain.clone();
            let expected = attempt.fault > 4
                && attempt.back == 0
                && model_allows(chain.state(), state, record.signer, paused_by);
            let taken = chain.append(record.sign(), &Chosen);
            prop_assert_eq!(taken.is_ok(), expected, "{:?}: {:?}", attempt, taken);
            if expected {
                prop_assert_eq!(chain.state(), state);
                prop_assert_eq!(chain.iter().count(), before.iter().count() + 1);
                if state == ConsentState::Disabled {
                    paused_by = record.signer;
                }
            } else {
                prop_assert!(chain == before);
            }
        }
    }
}
