//! Laws of the reader for older systems: it never panics, what it keeps is what came, and what it
//! believes is what was signed.

use super::{
    KEYS, compact, consent_status, flattened, general, link, link_status, python, request, sink,
    source, token, verified,
};
use mydata::legacy::consent::Consent;
use mydata::legacy::description::OldService;
use mydata::legacy::link::Link;
use mydata::legacy::request::DataRequest;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::legacy::token::Token;
use mydata::legacy::{Kind, Received};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Every form once, as octets.
static FORMS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut forms = vec![python(&general(&link(), &KEYS.owner, &KEYS.service))];
    for record in [link_status(), source(), sink(), consent_status()] {
        forms.push(python(&flattened(&record, &KEYS.owner)));
    }
    forms.push(compact(&token(), &KEYS.operator));
    forms.push(compact(&request(), &KEYS.service));
    forms.into_iter().map(String::into_bytes).collect()
});

/// Reads octets as a `T`, and holds what is read against what came.
fn examine<T: Kind + PartialEq>(octets: &[u8]) {
    let _ = T::read(octets);
    let text = std::str::from_utf8(octets).unwrap_or_default();
    for received in [
        Received::<T>::from_json(octets),
        Received::from_compact(text),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(received.octets(), octets);
        if let Ok(believed) = verified(&received) {
            assert_eq!(believed.received().octets(), octets);
            assert!(!believed.signed_by().is_empty());
        }
    }
}

fn examine_all(octets: &[u8]) {
    examine::<Link>(octets);
    examine::<LinkStatus>(octets);
    examine::<Consent>(octets);
    examine::<ConsentStatus>(octets);
    examine::<Token>(octets);
    examine::<DataRequest>(octets);
    let _ = OldService::from_json(octets);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_is_read_panics(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        examine_all(&octets);
    }

    /// One octet changed, cut or doubled: never a panic, and never another statement believed.
    #[test]
    fn a_spoiled_form_is_refused_or_says_the_same(
        form in 0_usize..7,
        place in any::<prop::sample::Index>(),
        octet in any::<u8>(),
        how in 0_u8..3,
    ) {
        let good = FORMS.get(form).unwrap();
        let mut octets = good.clone();
        let at = place.index(octets.len());
        match how {
            0 => *octets.get_mut(at).unwrap() = octet,
            1 => octets.truncate(at),
            _ => octets.insert(at, octet),
        }
        examine_all(&octets);
        let same = |original: &[u8], spoiled: &[u8]| {
            let read = |octets: &[u8]| Received::<Consent>::from_json(octets).and_then(|r| verified(&r)).ok();
            match (read(original), read(spoiled)) {
                (Some(one), Some(two)) => one.is_same(&two) && one.said() == two.said(),
                (_, None) => true,
                (None, Some(_)) => false,
            }
        };
        prop_assert!(same(good, &octets));
    }
}
