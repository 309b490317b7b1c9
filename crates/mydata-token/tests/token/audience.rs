//! Where a token is good.

use crate::fixture::url;
use mydata_core::resource::ResourceUrl;
use mydata_token::audience::{Audience, AudiencePattern, AudienceRefusal};
use proptest::prelude::*;

fn pattern(text: &str) -> AudiencePattern {
    AudiencePattern::parse(text).unwrap()
}

#[test]
fn patterns_match_whole_segments_of_one_origin() {
    for (text, address, expected) in [
        ("https://h.example/a", "https://h.example/a", true),
        ("https://h.example/a", "https://h.example/a/", false),
        ("https://h.example/a", "https://h.example/a/b", false),
        ("https://h.example/a", "https://h.example/ab", false),
        ("https://h.example/a/", "https://h.example/a", false),
        ("https://h.example/a/*", "https://h.example/a/", true),
        ("https://h.example/a/*", "https://h.example/a/b", true),
        ("https://h.example/a/*", "https://h.example/a/b/c", true),
        ("https://h.example/a/*", "https://h.example/a", false),
        ("https://h.example/a/*", "https://h.example/ab", false),
        ("https://h.example/a/*", "https://h.example/A/b", false),
        ("https://h.example/*", "https://h.example/", true),
        ("https://h.example/*", "https://h.example/a", true),
        (
            "https://h.example/*",
            "https://h.example.evil.example/a",
            false,
        ),
        ("https://h.example/*", "https://h.example:8443/a", false),
        ("https://h.example/*", "https://www.h.example/a", false),
        ("https://h.example:8443/*", "https://h.example/a", false),
        ("https://h.example:8443/*", "https://h.example:8443/a", true),
        ("https://h.example:844/a", "https://h.example:8443/a", false),
    ] {
        assert_eq!(
            pattern(text).matches(&url(address)),
            expected,
            "{text} {address}"
        );
        assert_eq!(pattern(text).to_string(), text);
    }
}

#[test]
fn a_star_stands_at_the_end_of_a_path_or_nowhere() {
    for text in [
        "*",
        "https://h.example/a*",
        "https://h.example/*/a",
        "https://h.example/*/*",
        "https://h.example/**",
        "https://*.example/a",
        "https://*/",
        "https://h.example*",
        "https://h.example/a*b",
        "https://h.example:*/a",
    ] {
        let refusal = AudiencePattern::parse(text).unwrap_err();
        assert_eq!(refusal, AudienceRefusal::Wildcard, "{text}");
    }
    for text in [
        "",
        "https://*",
        "https:/*",
        "/*",
        "/a",
        "//*",
        "http://h.example/*",
    ] {
        assert!(AudiencePattern::parse(text).is_err(), "{text}");
    }
    let exact = AudiencePattern::exact(&url("https://h.example/a"));
    assert_eq!(exact, pattern("https://h.example/a"));
}

/// What the url crate mends, or leaves standing, is refused in a pattern, with a star and without.
#[test]
fn p12_spellings_that_are_mended_elsewhere_are_refused() {
    let names = [
        "https://h.example/a/../b/",
        "https://h.example/a/%2e%2e/b/",
        "https://h.example/a/.%2E/b/",
        "https://h.example/./b/",
        "https://h.example/..%2fb/",
        "https://h.example/a%2Fb/",
        "https://h.example/a%5Cb/",
        "https://h.example\\a/",
        "https://h.example/a\\b/",
        "https://h.example/a\t/",
        "https://h.example/a\n/",
        " https://h.example/a/",
        "https:/h.example/a/",
        "https:h.example/a/",
        "https:\\\\h.example/a/",
        "https://h.example:443/a/",
        "https://h.example:0443/a/",
        "https://h.example:/a/",
        "https://ｈ.example/a/",
        "https://h。example/a/",
        "https://h\u{ad}.example/a/",
        "https://h%2eexample/a/",
        "https://ѕ.example/a/",
        "https://h.example./a/",
        "https://user@h.example/a/",
        "https://user:pw@h.example/a/",
        "https://0x7f.1/a/",
        "https://2130706433/a/",
        "https://127.0.0.1/a/",
        "https://[::1]/a/",
        "https://h.example//a/",
        "https://h.example/a//",
        "https://h.example/%61/",
        "https://h.example/%zz/",
        "https://h.example/%00/",
        "https://h.example/%25/",
        "https://h.example/%c3%a5/",
        "https://h.example/å/",
        "https://H.example/a/",
        "HTTPS://h.example/a/",
        "http://h.example/a/",
        "ftp://h.example/a/",
        "https://h.example/a/?q=1",
        "https://h.example/a/#f",
        "https://h.example/a /",
        "https:///a/",
        "https://",
    ];
    for text in names {
        assert!(AudiencePattern::parse(text).is_err(), "{text:?}");
        assert!(
            AudiencePattern::parse(&format!("{text}*")).is_err(),
            "{text:?}*"
        );
        assert!(ResourceUrl::parse(text).is_err(), "{text:?}");
    }
    // Its ASCII form is a name as any other.
    assert!(AudiencePattern::parse("https://xn--h1a.example/a/*").is_ok());
}

#[test]
fn an_audience_is_a_short_array_without_repetitions() {
    let many = |n: usize| -> Vec<AudiencePattern> {
        (0..n)
            .map(|n| pattern(&format!("https://h.example/{n}")))
            .collect()
    };
    assert_eq!(Audience::new(many(0)), Err(AudienceRefusal::Count));
    assert_eq!(Audience::new(many(64)).unwrap().iter().count(), 64);
    assert_eq!(Audience::new(many(65)), Err(AudienceRefusal::Count));
    let twice = vec![
        pattern("https://h.example/a"),
        pattern("https://h.example/a"),
    ];
    assert_eq!(Audience::new(twice), Err(AudienceRefusal::Duplicate));
    let long = |n: usize| vec![pattern(&format!("https://h.example/{}", "a".repeat(n)))];
    let two = |n: usize| [long(1500), long(n)].concat();
    assert!(Audience::new(two(3072 - 1500 - 36)).is_ok());
    assert_eq!(
        Audience::new(two(3073 - 1500 - 36)),
        Err(AudienceRefusal::TooLarge)
    );

    let read = |text: &str| serde_json::from_str::<Audience>(text);
    let two = read(r#"["https://h.example/a","https://h.example/b/*"]"#).unwrap();
    assert!(two.allows(&url("https://h.example/b/c")) && !two.allows(&url("https://h.example/c")));
    assert_eq!(
        serde_json::to_string(&two).unwrap(),
        r#"["https://h.example/a","https://h.example/b/*"]"#
    );
    for text in [
        r#""https://h.example/a""#,
        "null",
        "[]",
        "{}",
        "[null]",
        r#"[["https://h.example/a"]]"#,
        r#"["https://h.example/a","https://h.example/a"]"#,
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// The rule once more, by parts instead of by octets.
fn model(pattern: &str, address: &str) -> bool {
    let parts = |text: &str| -> (String, Vec<String>) {
        let text = text.strip_prefix("https://").unwrap();
        let (host, path) = text.split_once('/').unwrap();
        (
            host.to_owned(),
            path.split('/').map(str::to_owned).collect(),
        )
    };
    let ((host, mut segments), (other, found)) = (parts(pattern), parts(address));
    if host != other {
        return false;
    }
    if segments.last().is_some_and(|last| last == "*") {
        segments.pop();
        found.len() > segments.len() && found.starts_with(&segments)
    } else {
        found == segments
    }
}

fn address() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec!["a.b", "a.bc", "a.b:80", "a.b:8", "x.a.b"]);
    let segment = prop::sample::select(vec!["a", "b", "ab", "%C3%A5", "a.b"]);
    let path = prop::collection::vec(segment, 0..4);
    (host, path, any::<bool>()).prop_map(|(host, path, slash)| {
        let slash = if slash && !path.is_empty() { "/" } else { "" };
        format!("https://{host}/{}{slash}", path.join("/"))
    })
}

proptest! {
    #[test]
    fn matching_is_as_the_model(of in address(), star in any::<bool>(), to in address()) {
        let text = match (star, of.ends_with('/')) {
            (true, true) => format!("{of}*"),
            (true, false) => format!("{of}/*"),
            (false, _) => of,
        };
        prop_assert_eq!(pattern(&text).matches(&url(&to)), model(&text, &to), "{} {}", text, to);
    }

    #[test]
    fn no_text_panics_and_what_is_accepted_is_kept(text in "(https://)?[a-c.:/%*\\\\?#@ 0-9A-C\\t]{0,24}") {
        if let Ok(pattern) = AudiencePattern::parse(&text) {
            prop_assert_eq!(pattern.as_str(), text.as_str());
            prop_assert!(!text.trim_end_matches('*').contains('*'));
        }
    }
}
