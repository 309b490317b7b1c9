//! What a gateway does as time goes by: how often somebody may ask, and how long it serves on what it knows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::token::claims::TokenText;
use std::sync::Arc;
use town::behind::Behind;
use town::ground::Hand;
use town::{JSON, Town, raw, routes, status_of, told};

const RATE: &str = "rate = { per_second = 1, burst = 3 }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_route_has_a_rate_of_its_own() {
    let (behind, clock) = (Behind::new().await, Hand::new());
    let town = Town::by(&routes(&behind, RATE), Arc::clone(&clock) as _).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    behind.answers("200 OK", JSON, "{}");
    let often = (429, "http_rate".to_owned());
    // How many of four are answered.
    let answered = async || {
        let mut count = 0;
        for _ in 0..4 {
            let answer = town.ask(&cr_id, None, "").await;
            if status_of(&answer) == 200 {
                count += 1;
                continue;
            }
            assert_eq!(told(&answer), often);
            let answer = answer.to_ascii_lowercase();
            assert!(answer.contains("\r\nretry-after: 2\r\n"), "{answer}");
        }
        count
    };
    assert_eq!(answered().await, 3);
    clock.goes(1);
    assert_eq!(answered().await, 1);
    clock.goes(60);
    assert_eq!(answered().await, 3);
    // Nothing is asked behind for what is refused, and nothing of it is written.
    assert_eq!(behind.asked().len(), 7);
    town.gateway().finish().await;
    let files = std::fs::read_dir(town.directory.join("state/access")).unwrap();
    let files = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let rows: String = files.collect();
    assert_eq!(rows.lines().count(), 14, "{rows}");
    // Another configuration counts on, but for another rate.
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"kept\"", "\"other\"", 1)).unwrap();
    town.gateway().reload(&file).unwrap();
    assert_eq!(answered().await, 0);
    std::fs::write(&file, text.replacen("burst = 3", "burst = 2", 1)).unwrap();
    town.gateway().reload(&file).unwrap();
    assert_eq!(answered().await, 2);
    std::fs::write(&file, text.replacen(RATE, "", 1)).unwrap();
    town.gateway().reload(&file).unwrap();
    assert_eq!(answered().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_operator_is_down_it_serves_for_five_minutes() {
    let (behind, clock) = (Behind::new().await, Hand::new());
    let town = Town::by(&routes(&behind, ""), Arc::clone(&clock) as _).await;
    let (ann, cr_id) = town.consented("ann", "ann").await;
    behind.answers("200 OK", JSON, "{}");
    town.operator_is_down();
    let ask = async |token: &TokenText| {
        let sent = town.signed_with(&cr_id, None, "", token);
        told(&raw(town.public, &sent).await)
    };
    assert_eq!(ask(&ann.token(&cr_id).await).await.0, 200);
    clock.goes(299);
    let token = ann.token(&cr_id).await;
    assert_eq!(ask(&token).await.0, 200);
    // It may have been withdrawn by now.
    clock.goes(2);
    assert_eq!(ask(&token).await, (403, "consent_status_unknown".into()));
    behind.asked();
    assert_eq!(ask(&token).await.0, 403);
    assert!(behind.asked().is_empty(), "nothing is asked behind for it");
}
