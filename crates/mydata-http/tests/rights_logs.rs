//! Nothing of a person stands in a log of the data-rights API, at whatever level, and nothing of a token.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    dead_code,
    reason = "a test that cannot go on fails, and the clinic is also that of the other tests"
)]

#[path = "town/book.rs"]
mod book;
#[path = "rights/clinic.rs"]
mod clinic;
#[path = "rights/house.rs"]
mod house;
#[path = "town/logged.rs"]
mod logged;

use crate::clinic::{AINO, CANARY, EINO, ELLA, NOEL};
use crate::house::House;
use mydata_http::Limits;
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn no_log_has_a_person_in_it() {
    let limits = Limits {
        refusals: None,
        ..Limits::default()
    };
    let house = House::within(limits).await;
    let mut tokens = Vec::new();
    for person in [AINO, ELLA, NOEL, EINO] {
        let good = house.token(person);
        let weak = house.token_but(person, &json!({ "loa": "unknown" }));
        let late = house.token_but(person, &json!({ "exp": 1 }));
        let other = house.token_but(person, &json!({ "authorization": null }));
        for token in [&weak, &late, &other, &good] {
            house.get(person, token).await;
            house.dry(person, token).await;
            house.erase(NOEL, token).await;
        }
        tokens.extend([good, weak, late, other]);
    }
    house.clinic().fails.store(true, Ordering::SeqCst);
    let aino = house.token(AINO);
    house.erase(AINO, &aino).await;
    house.clinic().is_down.store(true, Ordering::SeqCst);
    house.get(AINO, &aino).await;
    let rights = format!("{:?}", house.rights);
    let log = logged::written();
    for code in [
        "identity_expired",
        "rights_other_person",
        "clinic_failed",
        "clinic_down",
    ] {
        assert!(log.contains(code), "{code} in {log}");
    }
    for text in [&log, &rights] {
        for person in [AINO, ELLA, NOEL, EINO, CANARY] {
            assert!(!text.contains(person), "{person} in {text}");
        }
        for token in &tokens {
            let (_, signature) = token.rsplit_once('.').unwrap();
            assert!(!text.contains(signature));
        }
    }
}
