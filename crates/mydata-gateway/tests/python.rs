//! The issue's own sentence: the gateway protects a small Python service of the standard library without a
//! change to it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::record::consent::ConsentChange;
use town::behind::Python;
use town::{Town, body_of, raw, status_of, told};

fn routes(port: u16) -> String {
    format!(
        r#"
[upstreams.register]
base = "http://127.0.0.1:{port}/api/"

[[routes]]
path = "/data/a"
dataset = "src/a"
upstream = "register"
request.path = "children/{{subject}}/wishes"
pass.query = {{ since = "date" }}
fields = ["wishes[].unit", "wishes[].start", "sibling.name"]
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_service_is_protected() {
    let Some(python) = Python::start() else {
        return;
    };
    let town = Town::new(&routes(python.port)).await;
    // Unprotected, the service gives everything to everybody.
    let bare = "GET /api/children/child-7/wishes HTTP/1.0\r\n\r\n";
    let bare = raw(([127, 0, 0, 1], python.port).into(), bare).await;
    assert!(bare.contains("CANARY"), "{bare}");

    // Before the gateway a sink must prove who it is, and have a consent.
    let nobody = "GET /data/a HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\n\r\n";
    assert_eq!(
        told(&raw(town.public, nobody).await),
        (401, "request_not_authentic".into())
    );
    let (ann, cr_id) = town.consented("ann", "child-7").await;
    let answer = town.fetch(&cr_id, None).await.unwrap();
    let given = String::from_utf8(answer.body.to_vec()).unwrap();
    let expected = r#"{"wishes":[{"unit":"Solvik","start":"2027-08-01"},{"unit":"Leppäkerttu","start":"2028-01-10"}],"sibling":{"name":"Ben"}}"#;
    let plain = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(plain(&given), plain(expected));
    assert!(!given.contains("CANARY"));

    // What a caller may set, it sets; whose data it is, it does not.
    let later = town.fetch(&cr_id, Some("since=2028-01-01")).await.unwrap();
    assert_eq!(
        plain(std::str::from_utf8(&later.body).unwrap())["wishes"][0]["unit"],
        "Leppäkerttu"
    );
    for query in [
        "subject=child-8",
        "id=child-8",
        "since=2028-01-01&since=2027-01-01",
        "since=%2E%2E",
        "since",
    ] {
        let answer = town.ask(&cr_id, Some(query), "").await;
        assert_eq!(told(&answer), (400, "gateway_query".into()), "{query}");
    }

    // Another person's consent is about another person.
    let (_ben, of_ben) = town.consented("ben", "child-8").await;
    let other = town.fetch(&of_ben, None).await.unwrap();
    assert!(
        String::from_utf8(other.body.to_vec())
            .unwrap()
            .contains("Others only")
    );

    // Paused, resumed, and over.
    ann.change(&cr_id, ConsentChange::Disable).await;
    let signed_before = town.fetch(&cr_id, None).await.unwrap_err();
    assert_eq!(signed_before.code(), "consent_disabled");
    ann.change(&cr_id, ConsentChange::Reactivate).await;
    town.deliver().await;
    let sent = town.signed(&cr_id, None, "").await;
    ann.change(&cr_id, ConsentChange::Withdraw).await;
    town.deliver().await;
    // A token that the sink still has is worth nothing any more.
    assert_eq!(
        told(&raw(town.public, &sent).await),
        (403, "consent_withdrawn".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_may_say_nothing_and_the_sink_hears_as_much() {
    let Some(python) = Python::start() else {
        return;
    };
    let town = Town::new(&routes(python.port)).await;
    let (_ann, cr_id) = town.consented("ann", "nobody there").await;
    assert_eq!(
        told(&town.ask(&cr_id, None, "").await),
        (404, "gateway_no_data".into())
    );
    drop(python);
    let late = town.ask(&cr_id, None, "").await;
    assert_eq!(told(&late), (504, "gateway_upstream_late".into()));
    assert!(!body_of(&late).contains("nobody"), "{late}");
    assert_eq!(status_of(&late), 504);
}
