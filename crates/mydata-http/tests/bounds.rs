//! What one resident may have at once, and how often: pages of lists, a rate, and forms that nobody agrees to. And pages
//! of what a service has again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::record::consent::ConsentChange;
use mydata::record::message::{ConsentCopy, LinkCopyRequest};
use mydata_http::ops::Rate;
use mydata_http::resident_rate;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use town::residents::{FORM, Resident, consent, resident};
use town::{Town, code_of, raw, status_of};

fn items(list: &Value) -> &Vec<Value> {
    list["data"].as_array().unwrap()
}

/// Every list of a resident's, of which each has something.
fn lists(link: &str, consent: &str) -> Vec<String> {
    let under = format!("/servicelinks/{link}");
    vec![
        "/logs/events/".to_owned(),
        "/receivers/".to_owned(),
        "/servicelinks/".to_owned(),
        format!("{under}/statuses/"),
        format!("{under}/consents/"),
        format!("{under}/consents/{consent}/statuses/"),
        "/proposals/".to_owned(),
        "/notifications/".to_owned(),
        "/subscriptions/".to_owned(),
        "/objections/".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages() {
    let town = Town::new().await;
    let counter = town.counter_at_rate(None).await;
    let ann = resident(&town, &counter, "ann").await;
    ann.link(&town.source).await;
    let link = ann.link(&town.sink).await;
    let (_, sink) = consent(&ann).await;
    let mut all = 0;
    for list in lists(&link, sink.as_str()) {
        let whole = ann.get(&list).await.is(200);
        let total = items(&whole).len();
        all += total;
        assert_eq!(whole["total"], total, "{list}");
        // By twos, until a page is short: the same, in the same order.
        let (mut pages, mut offset) = (Vec::new(), 0);
        loop {
            let page = format!("{list}?offset={offset}&limit=2");
            let page = ann.get(&page).await.is(200);
            assert_eq!(page["total"], total, "{list}");
            let page = items(&page);
            assert!(page.len() <= 2, "{list}");
            pages.extend(page.iter().cloned());
            offset += 2;
            if page.len() < 2 {
                break;
            }
        }
        assert_eq!(&pages, items(&whole), "{list}");
        let none = ann.get(&format!("{list}?limit=0")).await.is(200);
        assert_eq!((items(&none).len(), &none["total"]), (0, &json!(total)));
        let behind = ann.get(&format!("{list}?offset=999")).await.is(200);
        assert_eq!((items(&behind).len(), &behind["total"]), (0, &json!(total)));
        assert_eq!(ann.get(&format!("{list}?limit=100")).await.is(200), whole);
        for wrong in ["limit=101", "limit=x", "offset=-1", "limit="] {
            let refused = ann.get(&format!("{list}?{wrong}")).await;
            refused.refused(400, "http_page");
        }
        for wrong in ["page=2", "limit=1&limit=2", "offset"] {
            let refused = ann.get(&format!("{list}?{wrong}")).await;
            assert_eq!(refused.code(), "resident_query", "{list}{wrong}");
        }
    }
    assert!(all > 15, "{all} items");
    // The newest is what a person looks for.
    let log = ann.get("/logs/events/?limit=3").await.is(200);
    let number = |item: &Value| item["id"].as_str().unwrap().parse::<u64>().unwrap();
    let numbers: Vec<_> = items(&log).iter().map(number).collect();
    let last = log["total"].as_u64().unwrap();
    assert_eq!(numbers, [last, last - 1, last - 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_resident_asks_so_often_and_another_is_served() {
    let town = Town::new().await;
    let counter = town.counter_at_rate(Some(Rate::new(1, 8))).await;
    let ann = resident(&town, &counter, "ann").await;
    // Until ten were refused: on a slow machine that takes more requests.
    let mut answers = Vec::new();
    let mut refused = 0;
    while refused < 10 && answers.len() < 200 {
        let answer = ann.get("/servicelinks/").await;
        refused += usize::from(answer.status == 429);
        answers.push(answer);
    }
    let count = |of: u16| answers.iter().filter(|told| told.status == of).count();
    assert!(count(200) >= 6 && count(429) == 10, "{answers:?}");
    assert_eq!(count(200) + count(429), answers.len());
    let late = answers.iter().find(|told| told.status == 429).unwrap();
    late.refused(429, "http_rate");
    assert!(late.head.contains("retry-after: "), "{}", late.head);
    // Whoever it is, by whatever token of theirs.
    let other_token = Resident {
        town: &town,
        counter: &counter,
        token: "ann/high/0".to_owned(),
        account: ann.account.clone(),
    };
    // A rate of each token would let its first eight through.
    let mut refused = 0;
    for _ in 0..10 {
        let answer = other_token.get("/servicelinks/").await;
        assert!([200, 429].contains(&answer.status), "{}", answer.text);
        refused += usize::from(answer.status == 429);
    }
    assert!(refused >= 5, "{refused} of ten");
    let bob = resident(&town, &counter, "bob").await;
    bob.get("/servicelinks/").await.is(200);
}

/// The default as the README tells it.
#[test]
fn the_rate_is_written_down() {
    let Rate { per_second, burst } = resident_rate();
    let row = format!(
        "| requests of one resident | {per_second}/s, {burst} at once | `ResidentDesk::with_rate` |"
    );
    assert!(include_str!("../README.md").contains(&row), "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_that_nobody_agrees_to_are_a_hundred_a_day() {
    let town = Town::new().await;
    let counter = town.counter_at_rate(None).await;
    let ann = resident(&town, &counter, "ann").await;
    ann.link(&town.source).await;
    ann.link(&town.sink).await;
    let shown = async || {
        let question =
            json!({"source": "source", "sink": "sink", "purposes": ["care"], "language": "sv"});
        let target = [FORM, "shown/"].concat();
        ann.send(("POST", &target), Some(question), None).await
    };
    let first = shown().await.is(201);
    for _ in 1..100 {
        shown().await.is(201);
    }
    let refused = shown().await;
    refused.refused(429, "proposal_many");
    assert!(
        refused.head.contains("retry-after: 3600"),
        "{}",
        refused.head
    );
    // The oldest is still good: somebody may have it open. And what is agreed to makes room.
    let exp = town.now().plus(mydata::core::time::Seconds::days(20));
    let choice = json!({"source": "source", "sink": "sink", "proposal": first["proposal"], "exp": exp,
        "rules": [{"purposeId": "care", "datasets": ["src/a", "src/b"]}]});
    ann.send(("POST", FORM), Some(choice), None).await.is(201);
    shown().await.is(201);
    shown().await.refused(429, "proposal_many");
    let list = ann.get("/proposals/").await.is(200);
    assert_eq!((items(&list).len(), &list["total"]), (100, &json!(101)));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_come_in_pages_and_a_client_has_them_all() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    for _ in 0..53 {
        let pair = ann.consent("care", &["src/a"]).await;
        ann.change(&pair.sink, ConsentChange::Withdraw).await;
    }
    let (_, surrogate_id) = town.link_of(&town.source);
    let asked = LinkCopyRequest { surrogate_id };
    let client = town.client(&town.source);
    let copies = client.consent_copies(&asked).await.unwrap();
    let id = |copy: &ConsentCopy| match copy {
        ConsentCopy::Source(copy) => copy.csr.open().unwrap().hint().cr_id.clone(),
        ConsentCopy::Single(_) | ConsentCopy::Sink(_) => panic!("a source's"),
    };
    let ids: BTreeSet<_> = copies.iter().map(id).collect();
    assert_eq!((copies.len(), ids.len()), (53, 53));
    let body = serde_json::to_vec(&asked).unwrap();
    let page = async |query: &str| {
        let target = format!("/copies/consents{query}");
        let sent = town.signed_post(&town.source, &target, "application/json", &body);
        let answer = raw(town.operator, &sent).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let copies: Option<Vec<Value>> = serde_json::from_str(body).ok();
        let copies = copies.map(|copies| copies.len());
        (status_of(&answer), copies, code_of(&answer))
    };
    let given = |count| (200, Some(count), String::new());
    for (query, count) in [
        ("", 10),
        ("?offset=50", 3),
        ("?limit=7", 7),
        ("?offset=52&limit=7", 1),
        ("?offset=53", 0),
    ] {
        assert_eq!(page(query).await, given(count), "{query}");
    }
    for query in ["?limit=11", "?limit=a", "?limit=1&limit=1", "?other=1"] {
        let refused = (400, None, "http_page".to_owned());
        assert_eq!(page(query).await, refused, "{query}");
    }
}
