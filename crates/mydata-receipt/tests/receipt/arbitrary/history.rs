//! Decisions, and what became of them.

use super::values::{id, resource, sha256};
use mydata_core::id::{ConsentId, KeyId, LinkId, RecordId};
use mydata_core::time::{Seconds, Timestamp};
use mydata_receipt::receipt::{
    Acting, ActingAs, Actor, Assurance, Ceremony, Channel, Custody, EventState, Given, Grounds,
    Method, Minor, Notice, RecordRef, StatusEvent, StatusRef,
};
use mydata_record::consent::{Reason, Role};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use EventState::{Expired, Given as GivenState, Paused, Resumed, Revoked, Withdrawn};

/// How many days after the beginning a receipt is issued.
pub(super) const ISSUED: u32 = 200;

/// What may have become of a decision at issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lives {
    /// It is in force, and has been paused twice at the most.
    Briefly,
    /// It is in force, perhaps after a long life.
    InForce,
    /// Anything, in each half by itself.
    Anyhow,
}

/// A decision that begins at `at`.
pub(super) fn given(
    lives: Lives,
    has_source: bool,
    at: Timestamp,
) -> impl Strategy<Value = Grounds> {
    let notice = (resource(), sha256()).prop_map(move |(url, sha256)| Notice {
        url,
        sha256,
        shown_at: at,
    });
    let replaces = option::of(id(ConsentId::parse));
    let decided = validity(lives).prop_flat_map(move |(nbf, exp)| {
        let roles = if has_source {
            vec![Role::Source, Role::Sink]
        } else {
            vec![Role::Sink]
        };
        let records: Vec<_> = roles
            .into_iter()
            .map(|role| record(role, lives, exp, at))
            .collect();
        (Just((nbf, exp)), records)
    });
    (notice, ceremony(at), replaces, decided).prop_map(
        move |(notice, ceremony, replaces, ((nbf, exp), records))| {
            let after = |days| at.plus(Seconds::days(days));
            Grounds::Consent(Box::new(Given {
                notice,
                ceremony,
                nbf: nbf.map(after),
                exp: exp.map(after),
                replaces,
                records,
            }))
        },
    )
}

/// The first day and the day after the last: after issue, or, of what may be over, before it.
fn validity(lives: Lives) -> BoxedStrategy<(Option<u32>, Option<u32>)> {
    let lasts = (option::of(0..400_u32), option::of(500..900_u32));
    let is_over = (option::of(0..20_u32), (20..=ISSUED).prop_map(Some));
    match lives {
        Lives::Briefly | Lives::InForce => lasts.boxed(),
        Lives::Anyhow => prop_oneof![2 => lasts, 1 => is_over].boxed(),
    }
}

fn ceremony(at: Timestamp) -> impl Strategy<Value = Ceremony> {
    let acting = (
        select(ActingAs::ALL),
        option::of("[a-z-]{1,12}/[0-9]{1,6}"),
        option::of(0..18_u8),
    );
    let how = (select(Channel::ALL), select(Method::ALL), any::<bool>());
    let trust = (select(Assurance::ALL), select(Custody::ALL));
    (how, acting, trust).prop_map(move |(how, (capacity, authority, age), trust)| Ceremony {
        decided_at: at.plus(Seconds::new(60)),
        channel: how.0,
        method: how.1,
        is_explicit: how.2,
        acting: Acting {
            capacity,
            authority,
            minor: age.map(|age| Minor { age }),
        },
        assurance: trust.0,
        custody: trust.1,
    })
}

/// A record that was given, paused and resumed within 18 days, and came to its last state before the
/// 20th, or with its last day.
fn record(
    role: Role,
    lives: Lives,
    exp: Option<u32>,
    at: Timestamp,
) -> impl Strategy<Value = RecordRef> + use<> {
    let ids = (
        id(ConsentId::parse),
        id(LinkId::parse),
        "[a-z0-9.-]{1,12}",
        sha256(),
    );
    let is_over = exp.is_some_and(|exp| exp <= ISSUED);
    let lasts = match lives {
        Lives::Briefly | Lives::InForce => &[None][..],
        Lives::Anyhow if is_over => &[None, Some(Expired), Some(Expired), Some(Withdrawn)],
        Lives::Anyhow => &[None, Some(Paused), Some(Withdrawn), Some(Revoked)],
    };
    let pauses = match lives {
        Lives::Briefly => (0..3_usize).boxed(),
        Lives::InForce | Lives::Anyhow => prop_oneof![40 => 0..3_usize, 1 => 3..150_usize].boxed(),
    };
    let states = (pauses, select(lasts)).prop_map(|(pauses, last)| {
        let mut states = vec![GivenState];
        states.extend([Paused, Resumed].repeat(pauses));
        states.extend(last);
        states
    });
    let began = at.plus(Seconds::new(61));
    let ended = match exp.filter(|_| is_over) {
        Some(exp) => at.plus(Seconds::days(exp)),
        None => at.plus(Seconds::days(19)),
    };
    let events = (states, 0..5_u32, 0..86_400_u32).prop_flat_map(move |(states, day, second)| {
        let events: Vec<_> = (0..)
            .zip(states)
            .map(|(hour, state)| {
                let at = match state {
                    GivenState => began,
                    Expired => ended,
                    Withdrawn | Revoked => at.plus(Seconds::days(18)).plus(Seconds::new(second)),
                    Paused | Resumed | _ => {
                        let day = began.plus(Seconds::days(day));
                        day.plus(Seconds::new(hour * 3600))
                    }
                };
                event(state, at)
            })
            .collect();
        events
    });
    (ids, events).prop_map(move |((cr_id, slr_id, kid, sha256), events)| RecordRef {
        role,
        cr_id,
        slr_id,
        iat: began,
        kid: KeyId::parse(&kid).unwrap(),
        sha256,
        events,
    })
}

/// What can have brought about a state. An expiry may have no record, when nobody has made one.
fn event(state: EventState, at: Timestamp) -> impl Strategy<Value = StatusEvent> + use<> {
    let actors = match state {
        Withdrawn => &[Actor::DataSubject, Actor::Representative][..],
        Revoked => &[Actor::Operator, Actor::Service, Actor::System],
        Expired => &[Actor::System],
        GivenState | Paused | Resumed | _ => Actor::ALL,
    };
    let is_of = |reason: &Reason| (*reason == Reason::Expired) == (state == Expired);
    let reasons = Reason::ALL.iter().copied().filter(is_of).map(Some);
    let none = (state != Expired).then_some(None);
    let reasons: Vec<Option<Reason>> = none.into_iter().chain(reasons).collect();
    let record = (id(RecordId::parse), sha256())
        .prop_map(|(record_id, sha256)| StatusRef { record_id, sha256 });
    let record = if state == Expired {
        option::weighted(0.3, record).boxed()
    } else {
        record.prop_map(Some).boxed()
    };
    (select(actors), select(reasons), record).prop_map(move |(by, reason, record)| StatusEvent {
        at,
        state,
        by,
        reason,
        record,
    })
}
