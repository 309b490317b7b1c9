//! Laws against what a reader of URLs mends, drops, decodes or leaves standing (P12, RFC 8725 §3.9): an
//! address and an audience have one spelling or none, and hide nothing from whoever reads them next.

use mydata_core::resource::{Origin, ResourceUrl};
use mydata_token::audience::AudiencePattern;
use mydata_token::request::HttpRequest;
use proptest::prelude::*;
use url::Url;

/// A canonical address: host, port and path in parts.
#[derive(Debug, Clone)]
struct Address {
    host: String,
    port: &'static str,
    segments: Vec<&'static str>,
    slash: &'static str,
}

impl Address {
    fn path(&self) -> String {
        let path: String = self.segments.iter().map(|s| format!("/{s}")).collect();
        let slash = if path.is_empty() { "/" } else { self.slash };
        path + slash
    }

    fn text(&self) -> String {
        format!("https://{}{}{}", self.host, self.port, self.path())
    }
}

fn address() -> impl Strategy<Value = Address> {
    let label = "[a-z][a-z0-9]{0,6}";
    let host = prop::collection::vec(label, 2..4).prop_map(|labels| labels.join("."));
    let port = prop::sample::select(vec!["", ":8443", ":80"]);
    let segment = prop::sample::select(vec![
        "data", "a", "A", "b.json", "%C3%A5", "x;v=1", "@", "~u", "...",
    ]);
    let segments = prop::collection::vec(segment, 0..4);
    let slash = prop::sample::select(vec!["", "/"]);
    (host, port, segments, slash).prop_map(|(host, port, segments, slash)| Address {
        host,
        port,
        segments,
        slash,
    })
}

/// What is refused as an address, and as a pattern with and without a star.
fn is_refused(text: &str) -> bool {
    let slash = if text.ends_with('/') { "" } else { "/" };
    let below = format!("{text}{slash}*");
    ResourceUrl::parse(text).is_err()
        && AudiencePattern::parse(text).is_err()
        && AudiencePattern::parse(&below).is_err()
}

/// A character of the host or of the path, written in another way that a reader of URLs takes for it.
fn respelled(address: &Address, how: usize, at: usize) -> String {
    let Address { host, port, .. } = address;
    let path = address.path();
    let (at, c) = {
        let letters: Vec<(usize, char)> = host.char_indices().filter(|(_, c)| *c != '.').collect();
        letters[at % letters.len()]
    };
    let with = |new: &str| format!("{}{new}{}", &host[..at], &host[at + 1..]);
    let wide = |c: char| char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap();
    let host = match how {
        0 => with(&c.to_ascii_uppercase().to_string()),
        1 => with(&format!("%{:02x}", u32::from(c))),
        2 => with(&wide(c).to_string()),
        3 => with(&format!("\u{ad}{c}")),
        4 => with(&format!("{c}\t")),
        5 => with(&format!("\n{c}")),
        6 => with(&format!("{c}\u{200b}")),
        7 => host.replacen('.', "\u{3002}", 1),
        8 => host.replacen('.', "\u{ff0e}", 1),
        9 => host.replacen('.', "%2E", 1),
        _ => host.replacen('.', "\u{ff61}", 1),
    };
    format!("https://{host}{port}{path}")
}

/// The whole written in another way.
fn rewritten(address: &Address, how: usize) -> String {
    let Address { host, port, .. } = address;
    let (path, text) = (address.path(), address.text());
    match how {
        0 => format!(" {text}"),
        1 => format!("{text} "),
        2 => format!("\u{1}{text}"),
        3 => format!("{text}\r\n"),
        4 => text.replacen("https", "HTTPS", 1),
        5 => text.replacen("https", "ht\ttps", 1),
        6 => text.replacen("://", ":/", 1),
        7 => text.replacen("://", ":", 1),
        8 => text.replacen("://", ":\\\\", 1),
        9 => text.replacen("://", ":////", 1),
        10 => format!("https://{host}{port}{}", path.replacen('/', "\\", 1)),
        11 => format!("https://{host}{port}/.{path}"),
        12 => format!("https://{host}{port}/x/..{path}"),
        13 => format!("https://{host}{port}/../..{path}"),
        14 => format!("https://{host}{port}/%2e{path}"),
        15 => format!("https://{host}{port}/x/.%2E{path}"),
        16 => format!("https://{host}{port}/x/%2e%2e{path}"),
        17 => format!("https://@{host}{port}{path}"),
        18..=20 => {
            let port = match (port.strip_prefix(':'), how) {
                (None, 18) => ":443".to_owned(),
                (None, 19) => ":0443".to_owned(),
                (None, _) => ":".to_owned(),
                (Some(port), _) => format!(":{}{port}", "0".repeat(how - 17)),
            };
            format!("https://{host}{port}{path}")
        }
        _ => format!("https://{host}{port}{path}\t"),
    }
}

/// What stays another address, or hides something, when a reader has read it.
fn disguised(address: &Address, how: usize) -> String {
    let Address { host, port, .. } = address;
    let path = address.path();
    let behind = |hidden: &str| format!("https://{host}{port}/x{hidden}y{path}");
    match how {
        0 => format!("https://{host}.{port}{path}"),
        1 => format!("https://user@{host}{port}{path}"),
        2 => format!("https://{host}@stranger.example{port}{path}"),
        3 => format!("https://127.0.0.1{port}{path}"),
        4 => format!("https://[::1]{port}{path}"),
        5 => format!("https://{host}{port}/{path}"),
        6 => behind("//"),
        7 => behind("%2F"),
        8 => behind("%2f"),
        9 => behind("/..%2f"),
        10 => behind("%5C"),
        11 => behind("%00"),
        12 => behind("%25"),
        13 => behind("%252e"),
        14 => behind("%zz"),
        15 => behind("%"),
        16 => behind("%61"),
        17 => behind("%7E"),
        18 => behind("%c3%a5"),
        19 => behind("%2E%2E"),
        20 => format!("{}?", address.text()),
        21 => format!("{}#", address.text()),
        22 => format!("{}?a=1", address.text()),
        23 => address.text().replacen("https", "http", 1),
        24 => format!("https://{host}{port}/\u{e5}{path}"),
        _ => format!("https://{host}{port}/a b{path}"),
    }
}

/// Numbers that are one address of the machine itself, in the spellings that are mended.
const NUMBERS: [&str; 8] = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.1.",
    "017700000001",
];

/// The octets of a path after one decoding, segment by segment.
fn decoded(path: &str) -> Vec<Vec<u8>> {
    let octets = |segment: &str| {
        let mut octets = Vec::new();
        let mut rest = segment.bytes();
        while let Some(octet) = rest.next() {
            if octet == b'%' {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap().to_owned();
                octets.push(u8::from_str_radix(&digits, 16).unwrap());
            } else {
                octets.push(octet);
            }
        }
        octets
    };
    path.split('/').map(octets).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    /// The canonical spelling is accepted, is what the url crate writes, and stays as it is.
    #[test]
    fn one_spelling_is_accepted(address in address()) {
        let text = address.text();
        prop_assert_eq!(ResourceUrl::parse(&text).unwrap().to_string(), text.clone());
        let read = Url::parse(&text).unwrap();
        prop_assert_eq!(read.as_str(), &text);
        prop_assert_eq!(AudiencePattern::parse(&text).unwrap().to_string(), text);
    }

    /// Another spelling that the url crate takes for the same address is refused.
    #[test]
    fn what_the_url_crate_mends_is_no_address(address in address(), how in 0..22_usize, letter in 0..11_usize, at: usize) {
        let text = address.text();
        for other in [rewritten(&address, how), respelled(&address, letter, at)] {
            prop_assert!(other == text || is_refused(&other), "{other:?}");
        }
    }

    /// And it does take them for the same, or these laws would be about nothing.
    #[test]
    fn the_url_crate_mends_them(address in address(), how in 0..22_usize, letter in 0..11_usize, at: usize) {
        let right = Url::parse(&address.text()).unwrap();
        prop_assert_eq!(&Url::parse(&rewritten(&address, how)).unwrap(), &right);
        // A letter after a soft hyphen, a zero width space or in full width is that letter.
        prop_assert_eq!(&Url::parse(&respelled(&address, letter, at)).unwrap(), &right);
    }

    /// What it leaves standing, and another reader would not, is refused too.
    #[test]
    fn what_it_leaves_standing_is_no_address_either(address in address(), how in 0..26_usize, number in prop::sample::select(NUMBERS.to_vec())) {
        let other = disguised(&address, how);
        prop_assert!(is_refused(&other), "{other:?}");
        let other = format!("https://{number}{}{}", address.port, address.path());
        prop_assert!(is_refused(&other), "{other:?}");
    }

    /// Whatever is accepted has nothing to hide: a reader that decodes once finds the same segments, and
    /// nothing in them to decode, to cut or to climb by.
    #[test]
    fn an_accepted_address_hides_nothing(text in "https://[a-c.]{1,5}(:[0-9]{1,4})?(/([a-c.~;@*\\\\]|%[0-9A-Fa-f]{2}){0,4}){1,4}") {
        if let Ok(url) = ResourceUrl::parse(&text) {
            prop_assert_eq!(Url::parse(&text).unwrap().to_string(), text.clone());
            // An encoded `*` is no wildcard: patterns are compared as they stand.
            prop_assert!(!url.path().contains('*'), "{text}");
            let segments = decoded(url.path());
            for segment in &segments {
                prop_assert!(!segment.iter().any(|o| b"/\\%\0".contains(o)), "{text}");
                prop_assert!(segment != b"." && segment != b"..", "{text}");
            }
            let inner = &segments[1..segments.len() - 1];
            prop_assert!(inner.iter().all(|segment| !segment.is_empty()), "{text}");
        }
    }

    /// A request reaches the host that the source is, whatever its target says.
    #[test]
    fn a_target_never_chooses_the_host(address in address(), how in 0..26_usize) {
        let origin = Origin::parse("https://source.example").unwrap();
        for target in [address.path(), disguised(&address, how), format!("//{}", address.host), format!("/\\{}/", address.host)] {
            if let Ok(request) = HttpRequest::received(&origin, &target, "GET", b"") {
                prop_assert_eq!(request.url().origin(), origin.clone());
                prop_assert_eq!(request.url().path(), target.split('?').next().unwrap());
            }
        }
    }
}
