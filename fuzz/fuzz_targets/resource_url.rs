//! Addresses decide who may have what, so each has one spelling: what is accepted comes out octet
//! for octet, has no way up and hides nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::token::request::HttpRequest;

fuzz_target!(|text: &str| {
    if let Ok(url) = ResourceUrl::parse(text) {
        assert_eq!(url.as_str(), text);
        assert_eq!([url.origin().as_str(), url.path()].concat(), text);
        assert_eq!(url.origin().at(url.path()), Ok(url.clone()));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
        assert!(url.authority().chars().all(is_plain));
        assert!(!url.authority().contains(".."));
        let lower = text.to_ascii_lowercase();
        let hidden = [
            "%2e", "%2f", "%5c", "%00", "%25", "\\", "?", "#", "/../", "/./",
        ];
        assert!(hidden.iter().all(|part| !lower.contains(part)));
    }
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(origin.at("/a").unwrap().origin(), origin);
    }
    let origin = Origin::parse("https://source.example").unwrap();
    if let Ok(request) = HttpRequest::received(&origin, text, "GET", b"") {
        assert_eq!(request.url().origin(), origin);
    }
});
