//! Requests that can be signed at all.

use crate::fixture::{get, origin, url};
use mydata_token::request::HttpRequest;
use proptest::prelude::*;

fn code(target: &str, method: &str) -> &'static str {
    HttpRequest::received(&origin(), target, method, b"")
        .unwrap_err()
        .code()
}

#[test]
fn a_target_is_a_path_in_its_canonical_spelling() {
    for (target, expected) in [
        ("", "request_target_form"),
        ("*", "request_target_form"),
        ("data", "request_target_form"),
        ("https://vero.example/data", "request_target_form"),
        ("https://evil.example/data", "request_target_form"),
        ("vero.example:443", "request_target_form"),
        (" /data", "request_target_form"),
        ("/data#x", "request_fragment"),
        ("/data?a=b#x", "request_fragment"),
        ("//evil.example/data", "url_empty_segment"),
        ("/data//tax", "url_empty_segment"),
        ("/data/../x", "url_not_canonical"),
        ("/data/%2e%2e/x", "url_not_canonical"),
        ("/data/..%2fx", "url_not_canonical"),
        ("/data%2Fx", "url_encoded_separator"),
        ("/data\\x", "url_not_canonical"),
        ("/\\evil.example/", "url_not_canonical"),
        ("/data\tx", "url_not_canonical"),
        ("/data ", "url_not_canonical"),
        ("/d%61ta", "url_not_canonical"),
        ("/data?", "request_query"),
        ("/data?&", "request_query"),
        ("/data?a&&b", "request_query"),
        ("/data?a&", "request_query"),
        ("/data?a b", "request_query"),
        ("/data?a\u{0}", "request_query"),
        ("/data?å", "request_query"),
    ] {
        assert_eq!(code(target, "GET"), expected, "{target:?}");
    }
    // The host is the configured one whatever the path looks like.
    let odd = HttpRequest::received(&origin(), "/@evil.example", "GET", b"").unwrap();
    assert_eq!(odd.url().authority(), "vero.example");
}

#[test]
fn a_method_is_upper_case() {
    for method in [
        "",
        "get",
        "GET ",
        "G ET",
        "GET\r\nX: y",
        "GÉT",
        &"A".repeat(33),
    ] {
        assert_eq!(code("/data", method), "request_method", "{method:?}");
    }
    for method in ["GET", "POST", "M-SEARCH"] {
        let request = HttpRequest::received(&origin(), "/data", method, b"x").unwrap();
        assert_eq!(
            (request.method(), request.body()),
            (method, b"x".as_slice())
        );
    }
}

#[test]
fn a_query_has_bounds() {
    let of =
        |query: &str| HttpRequest::to(url("https://h.example/"), Some(query), "GET", b"").is_ok();
    assert!(of(&"a".repeat(4096)) && !of(&"a".repeat(4097)));
    assert!(of(&vec!["a"; 128].join("&")) && !of(&vec!["a"; 129].join("&")));
    assert!(of("a=1?/:@!$'()*+,;=-._~%20%5b%5D"));
    for octet in [
        "\"", "<", ">", "[", "]", "\\", "^", "`", "{", "|", "}", "#", " ", "\t", "\u{7f}", "ä",
    ] {
        assert!(!of(&format!("a={octet}")), "{octet}");
    }
    assert!(["%", "%2", "%g0", "a=%0&b"].iter().all(|query| !of(query)));
}

#[test]
fn a_header_is_a_token_and_one_line() {
    let is_taken = |name: &str, value: &str| get().with_headers(&[(name, value)]).is_ok();
    for (name, value) in [("X-Request-Id", "7"), ("x", ""), ("x", "a\tb ä")] {
        assert!(is_taken(name, value), "{name}: {value}");
    }
    for (name, value) in [
        ("", "7"),
        ("x y", "7"),
        ("x:", "7"),
        ("ä", "7"),
        ("x", " 7"),
        ("x", "7 "),
        ("x", "7\ny: 8"),
        ("x", "7\r"),
        ("x", "\0"),
    ] {
        assert!(!is_taken(name, value), "{name}: {value}");
    }
    let many = vec![("x", "7"); 65];
    assert!(get().with_headers(&many).is_err());
    assert!(get().with_headers(&many[1..]).is_ok());
    let long = "7".repeat(32 * 1024);
    assert!(!is_taken("x", &long) && is_taken("x", &long[1..]));
}

#[test]
fn a_request_does_not_print_query_or_body() {
    let request = HttpRequest::received(&origin(), "/data?hetu=1", "PUT", b"secret").unwrap();
    assert_eq!(
        format!("{request:?}"),
        "HttpRequest(PUT https://vero.example/data)"
    );
    assert_eq!(request.query(), Some("hetu=1"));
}

proptest! {
    #[test]
    fn the_target_is_kept_octet_for_octet_or_refused(target in "\\PC{0,40}|/[a-c/.%?&=#0-9A-F]{0,30}") {
        if let Ok(request) = HttpRequest::received(&origin(), &target, "GET", b"") {
            let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
            prop_assert_eq!(format!("{}{query}", request.url().path()), target.as_str());
            prop_assert_eq!(request.url().origin(), origin());
        }
    }
}
