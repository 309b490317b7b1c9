//! Spoilt and arbitrary headers: always an answer, never the wrong one.

use crate::fixture::*;
use mydata_core::jwk::Algorithm;
use mydata_token::access::{Gate, Question, access};
use mydata_token::window::Window;
use proptest::prelude::*;
use std::sync::LazyLock;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// Asks with a guard that must not be reached.
fn refused(world: &World, header: &str, cache: Option<&mydata_token::cache::TokenCache>) -> bool {
    let question = Question {
        authorization: header,
        request: &get(),
        now: at(NOW),
        window: Window::default(),
        consents: world,
        crypto: &mydata_chosen::Chosen,
    };
    let mut gate = Gate {
        replay: &mut Untouchable,
        tokens: cache,
    };
    access(&question, &mut gate).granted().is_err()
}

#[test]
fn one_other_character_anywhere_denies() {
    for algorithm in Algorithm::ALL {
        let world = World::of(&Plan {
            algorithm,
            ..Plan::default()
        });
        let header = world.header(&get());
        let mut desk = Desk::new();
        granted(world.ask(&header, &get(), &mut desk));
        for (at, old) in header.char_indices() {
            // The neighbours in the alphabet differ in the lowest bits, which base64 may ignore.
            for new in ['A', 'B', 'a', '-', '_', '.', ' ', '=', '\u{e5}'] {
                let same = new == old || (at < 3 && new.eq_ignore_ascii_case(&old));
                if !same {
                    let mut spoilt = header.clone();
                    spoilt.replace_range(at..=at, &new.to_string());
                    assert!(refused(&world, &spoilt, None), "{at} {old} {new}");
                    assert!(
                        refused(&world, &spoilt, desk.cache.as_ref()),
                        "{at} {old} {new}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_character_more_or_fewer_anywhere_denies() {
    let header = WORLD.header(&get());
    for at in 0..header.len() {
        let mut fewer = header.clone();
        fewer.remove(at);
        assert!(refused(&WORLD, &fewer, None), "{at}");
        let mut more = header.clone();
        more.insert(at, 'A');
        assert!(refused(&WORLD, &more, None), "{at}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
    ];
    let name = prop::sample::select(vec!["at", "ts", "m", "u", "p", "q", "b", "h", "nonce", "x"]);
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|members| members
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_header_panics(header in "\\PC{0,200}|PoP \\PC{0,200}|PoP [A-Za-z0-9_-]{0,90}\\.[A-Za-z0-9_-]{0,90}\\.[A-Za-z0-9_-]{0,90}") {
        prop_assert!(refused(&WORLD, &header, None));
    }

    /// Signed by the sink, and yet nonsense.
    #[test]
    fn no_payload_panics(payload in json()) {
        prop_assert!(refused(&WORLD, &WORLD.sign_payload(&payload), None));
    }

    /// Members of a good proof, and of a good token, exchanged for nonsense.
    #[test]
    fn no_member_panics(member in "at|ts|m|u|p|q|b|h", value in json()) {
        let mut payload = serde_json::to_value(WORLD.proof(WORLD.token(), &get())).unwrap();
        if payload.get(&member) != Some(&value) && !(value.is_null() && matches!(&*member, "q" | "b")) {
            payload[&member] = value;
            prop_assert!(refused(&WORLD, &WORLD.sign_payload(&payload), None));
        }
    }
}
