//! Host names: accepted is what is a plain domain name, and what the URL standard writes as it is.

use mydata_core::resource::{Origin, ResourceRefusal, ResourceUrl};
use proptest::prelude::*;
use url::{Host, Url};

/// Letters, digits and hyphens, said in another way than the library says it.
fn is_plain(host: &str) -> bool {
    let octets = |of: &str| {
        of.chars()
            .all(|c| "abcdefghijklmnopqrstuvwxyz0123456789-".contains(c))
    };
    let label = |label: &str| {
        let inner = label.trim_matches('-');
        octets(label) && inner == label && (1..64).contains(&label.len())
    };
    let numbers = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.parse::<u128>().is_ok());
    host.split('.').all(label) && !numbers && host.len() < 254
}

fn expected(host: &str) -> Result<(), ResourceRefusal> {
    let text = format!("https://{host}/a");
    match Url::parse(&text) {
        Ok(url) if url.as_str() == text => match url.host() {
            Some(Host::Domain(name)) if name == host && is_plain(host) => Ok(()),
            _ => Err(ResourceRefusal::HostNotName),
        },
        _ => Err(ResourceRefusal::NotCanonical),
    }
}

fn found(host: &str) -> Result<(), ResourceRefusal> {
    let origin = Origin::parse(&format!("https://{host}")).map(drop);
    for path in ["/", "/a", "/%C3%A5"] {
        let url = ResourceUrl::parse(&format!("https://{host}{path}")).map(drop);
        assert_eq!(url, origin, "{host}{path}");
    }
    origin
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?",
        1 => "[a-z0-9-]{0,3}",
        1 => "xn--[a-z0-9-]{0,6}",
        1 => "0x[0-9a-f]{0,3}|[0-9]{1,3}",
        1 => "[a-z]{62,64}",
        1 => "[!\"$&'()*+,;=_`{}~|<>^% A-Zäß。]{1,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn a_host_is_a_plain_name_in_its_one_spelling(labels in prop::collection::vec(label(), 1..5)) {
        let host = labels.join(".");
        prop_assert_eq!(found(&host), expected(&host));
    }

    #[test]
    fn whatever_stands_there_is_judged_so(host in "[!-~&&[^/?#@:\\\\]]{1,8}") {
        prop_assert_eq!(found(&host), expected(&host));
    }
}

#[test]
fn the_bounds_of_a_name() {
    let long = |count: usize| "a".repeat(count);
    let whole = |last: usize| [long(63), long(63), long(63), long(last)].join(".");
    for host in [
        "h",
        "localhost",
        "a-b.c--d.example",
        "1.2.b3",
        "3com.example",
        "xn--vkk-qla.example",
        &long(63),
        &whole(61),
    ] {
        assert_eq!(found(host), Ok(()), "{host}");
        assert_eq!(expected(host), Ok(()), "{host}");
    }
    for host in [
        "a\"b.example",
        "a_b.example",
        "_dmarc.example",
        "{}",
        "*",
        "*.example",
        "a..b",
        ".a",
        "a.",
        ".",
        "-",
        "-a.b",
        "a-.b",
        "a.b-",
        "127.0.0.1",
        "[::1]",
        &long(64),
        &whole(62),
    ] {
        assert_eq!(found(host), Err(ResourceRefusal::HostNotName), "{host}");
    }
    for host in [
        "H", "a.1", "1", "0x7f.1", "a.0x1", "xn--a.b", "ä.b", "a b", "a%62",
    ] {
        assert_eq!(found(host), Err(ResourceRefusal::NotCanonical), "{host}");
    }
}
