//! What our reader takes for a request reaches our code, over a socket: every ASCII octet in path and query. What
//! a listener does not give to a program cannot be told why it is refused.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::Router;
use axum::http::Uri;
use mydata::core::resource::Origin;
use mydata::token::request::HttpRequest;
use mydata_http::ops::Shutdown;
use mydata_http::{Limits, serve};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use town::{code_of, raw, status_of};

/// A listener whose only handler says what it was asked for.
async fn listening() -> SocketAddr {
    let limits = Limits {
        refusals: None,
        ..Limits::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = Router::new().fallback(async |uri: Uri| uri.to_string());
    tokio::spawn(async move { serve(listener, echo, &limits, &Shutdown::new()).await });
    address
}

/// The refusal of our reader, if it refuses.
fn refusal(target: &str) -> Option<&'static str> {
    let origin = Origin::parse("https://source.example").unwrap();
    let read = HttpRequest::received(&origin, target, "GET", b"");
    read.err().map(|fault| fault.code())
}

async fn answer(to: SocketAddr, target: &str) -> String {
    let head = format!("GET {target} HTTP/1.1\r\nHost: source.example\r\n\r\n");
    raw(to, &head).await
}

/// What came of a target: whether it was taken, and by whom it was refused if not.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Through,
    RefusedByUs,
    RefusedBelow,
}

async fn came(to: SocketAddr, target: &str) -> Came {
    let answer = answer(to, target).await;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let ours = refusal(target);
    if status_of(&answer) == 200 {
        assert_eq!((ours, body), (None, target), "{answer}");
        return Came::Through;
    }
    // Nothing that we would take is refused by anybody.
    let ours = ours.unwrap_or_else(|| panic!("{target:?} does not reach us: {answer}"));
    assert_eq!(status_of(&answer), 400, "{target:?}: {answer}");
    match body.is_empty() {
        true => Came::RefusedBelow,
        false => {
            assert_eq!(code_of(&answer), ours, "{target:?}");
            Came::RefusedByUs
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_that_is_taken_reaches_the_program() {
    let at = listening().await;
    let places: [fn(&str) -> String; 4] = [
        |octet| format!("/data/a{octet}b"),
        |octet| format!("/data/{octet}"),
        |octet| format!("/data/a?x={octet}y"),
        |octet| format!("/data/a?{octet}"),
    ];
    let mut through = [0; 4];
    let mut below = String::new();
    for octet in (0..=127_u8).map(char::from) {
        for (place, count) in places.iter().zip(&mut through) {
            let target = place(&octet.to_string());
            // The line of the request ends at a space or a line end, and is then another one.
            if octet == '#' || octet.is_ascii_whitespace() {
                assert!(refusal(&target).is_some(), "{target:?}");
                continue;
            }
            match came(at, &target).await {
                Came::Through => *count += 1,
                Came::RefusedByUs => {}
                Came::RefusedBelow if octet.is_ascii_graphic() => below.push(octet),
                Came::RefusedBelow => {}
            }
            let hidden = place(&format!("%{:02X}", u32::from(octet)));
            assert_ne!(came(at, &hidden).await, Came::RefusedBelow, "{hidden}");
        }
    }
    // Letters, digits and what RFC 3986 lets stand; `/`, `.` and `?` mean something else in some places, and a `*` is
    // in no path of ours. In a query a `&` alone is two empty parameters.
    assert_eq!(through, [62 + 18, 62 + 15, 62 + 19, 62 + 18]);
    // What never gets to us, and need not: we refuse all of it.
    assert!(below.contains('"') && below.contains('<'), "{below}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_that_is_taken_reaches_the_program() {
    let at = listening().await;
    let path = format!("/{}", "a".repeat(2047 - "https://source.example".len()));
    let query = "q".repeat(4096);
    let target = format!("{path}?{query}");
    assert_eq!(came(at, &target).await, Came::Through);
    assert_eq!(came(at, &format!("{target}q")).await, Came::RefusedByUs);
    assert_eq!(
        refusal(&format!("{path}a?{query}")),
        Some("url_not_canonical")
    );
}

/// What follows a `#` is cut off below us: what is left is another request, which has to be signed as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_fragment_is_no_part_of_what_arrives() {
    let at = listening().await;
    for (target, left) in [("/data/a#b", "/data/a"), ("/data/a?x=1#b", "/data/a?x=1")] {
        assert_eq!(refusal(target), Some("request_fragment"));
        assert!(
            answer(at, target)
                .await
                .ends_with(&format!("\r\n\r\n{left}"))
        );
    }
}
