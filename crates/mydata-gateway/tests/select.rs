//! The selector against a slow model of it, over any document in any pieces; and what it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

use mydata_gateway::select::{
    MAX_DEPTH, MAX_NAME, PathRefusal, SelectRefusal, Selection, Selector,
};
use proptest::prelude::*;
use std::sync::Arc;

/// A document, with the spelling of each of its parts.
#[derive(Debug, Clone)]
enum Doc {
    Leaf(String),
    List(Vec<Self>, &'static str),
    Object(Vec<(&'static str, bool, Self)>, &'static str),
}

/// Few names, so that paths meet them; one of them can be spelled otherwise.
const NAMES: [&str; 5] = ["a", "b", "diet", "x.y", "\u{e5}"];
const SPACES: [&str; 4] = ["", " ", "\n\t", "\r\n  "];

fn spelled(name: &str, is_escaped: bool) -> String {
    match is_escaped {
        true => name
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04X}"))
            .collect(),
        false => name.to_owned(),
    }
}

impl Doc {
    fn write(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::List(items, space) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| format!("{space}{}{space}", item.write()))
                    .collect();
                format!("[{space}{}]", items.join(","))
            }
            Self::Object(members, space) => {
                let member = |(name, is_escaped, doc): &(&str, bool, Self)| {
                    let name = spelled(name, *is_escaped);
                    format!("{space}\"{name}\"{space}:{space}{}{space}", doc.write())
                };
                let members: Vec<_> = members.iter().map(member).collect();
                format!("{{{space}{}}}", members.join(","))
            }
        }
    }

    /// The slow model: paths as lists of steps, of which `None` is each item; none that is empty is whole.
    fn select(&self, paths: &[&[Option<&str>]]) -> Option<String> {
        if paths.iter().any(|path| path.is_empty()) {
            return Some(self.write());
        }
        let under = |step: Option<&str>| -> Vec<_> {
            let fits = paths.iter().filter(|path| path[0] == step);
            fits.map(|path| &path[1..]).collect()
        };
        match self {
            Self::Leaf(_) => None,
            Self::List(items, _) => {
                let under = under(None);
                if under.is_empty() {
                    return None;
                }
                let items: Vec<_> = items
                    .iter()
                    .filter_map(|item| item.select(&under))
                    .collect();
                Some(format!("[{}]", items.join(",")))
            }
            Self::Object(members, _) => {
                if paths.iter().all(|path| path[0].is_none()) {
                    return None;
                }
                let member = |(name, is_escaped, doc): &(&str, bool, Self)| {
                    let under = under(Some(name));
                    let value = (!under.is_empty()).then(|| doc.select(&under))??;
                    Some(format!("\"{}\":{value}", spelled(name, *is_escaped)))
                };
                let members: Vec<_> = members.iter().filter_map(member).collect();
                Some(format!("{{{}}}", members.join(",")))
            }
        }
    }
}

fn documents() -> impl Strategy<Value = Doc> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("-0.10e+2".to_owned()),
        Just("12345678901234567890123".to_owned()),
        Just("0".to_owned()),
        "[ -~]{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\\PC{0,4}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\ud83d\ude00\/\u00E5\"""#.to_owned()),
    ];
    leaf.prop_map(Doc::Leaf).prop_recursive(5, 48, 5, |inner| {
        let space = proptest::sample::select(&SPACES[..]);
        let names = proptest::sample::subsequence(&NAMES[..], 0..NAMES.len()).prop_shuffle();
        let members = (
            names,
            proptest::collection::vec((any::<bool>(), inner.clone()), NAMES.len()),
        );
        let members = members.prop_map(|(names, values)| {
            let both = names.into_iter().zip(values);
            both.map(|(name, (is_escaped, doc))| (name, is_escaped, doc))
                .collect()
        });
        prop_oneof![
            (proptest::collection::vec(inner, 0..5), space.clone())
                .prop_map(|(items, space)| Doc::List(items, space)),
            (members, space).prop_map(|(members, space)| Doc::Object(members, space)),
        ]
    })
}

type Steps = Vec<Option<&'static str>>;

fn paths() -> impl Strategy<Value = Vec<Steps>> {
    let step = prop_oneof![
        2 => proptest::sample::select(&NAMES[..]).prop_map(Some),
        1 => Just(None),
    ];
    proptest::collection::vec(proptest::collection::vec(step, 1..4), 1..5)
}

fn text_of(steps: &Steps) -> String {
    let mut text = String::new();
    for (index, step) in steps.iter().enumerate() {
        match step {
            Some(name) => {
                text.push_str(if index == 0 { "" } else { "." });
                text.push_str(&format!("\"{name}\""));
            }
            None => text.push_str("[]"),
        }
    }
    text
}

fn select(selection: &Arc<Selection>, pieces: &[&[u8]]) -> Result<Vec<u8>, SelectRefusal> {
    let mut selector = Selector::new(Arc::clone(selection));
    let mut out = Vec::new();
    for piece in pieces {
        selector.feed(piece, &mut out)?;
    }
    selector.finish()?;
    Ok(out)
}

fn of(paths: &[&str]) -> Arc<Selection> {
    Arc::new(Selection::parse(paths.iter().copied()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn what_the_model_keeps_is_kept(doc in documents(), paths in paths(), cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6)) {
        let texts: Vec<_> = paths.iter().map(text_of).collect();
        let Ok(selection) = Selection::parse(texts.iter().map(String::as_str)) else {
            // One begins with another: the model has both.
            return Ok(());
        };
        let (selection, text) = (Arc::new(selection), doc.write());
        let steps: Vec<_> = paths.iter().map(Vec::as_slice).collect();
        let expected = doc.select(&steps).map(String::into_bytes).ok_or(SelectRefusal::Shape);
        let octets = text.as_bytes();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(octets.len() + 1)).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &octets[cut[0]..cut[1]]).collect();
        let found = select(&selection, &pieces);
        prop_assert_eq!(&found, &expected, "{}", text);
        // One octet at a time it is the same.
        let single: Vec<_> = octets.chunks(1).collect();
        prop_assert_eq!(&select(&selection, &single), &expected);
        if let Ok(found) = found {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&found).is_ok());
        }
    }

    #[test]
    fn what_is_no_json_is_none_here_either(tokens in proptest::collection::vec(proptest::sample::select(&TOKENS[..]), 0..16)) {
        // Whole documents only: inside `{"a": … }` everything is kept.
        let text = [b"{\"a\":", &tokens.concat()[..], b"}"].concat();
        let is_large = |e: &[u8]| e[0] == b'e' && e[1..].iter().all(u8::is_ascii_digit);
        prop_assume!(!text.windows(4).any(is_large), "serde_json knows no number of this size");
        let theirs = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(select(&of(&["a"]), &[&text]).is_ok(), theirs, "{:?}", String::from_utf8_lossy(&text));
        prop_assert_eq!(select(&of(&["b"]), &[&text]).is_ok(), theirs);
    }
}

/// Pieces of JSON, and of what is none.
const TOKENS: [&[u8]; 28] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\",
    b" ",
    b"\n",
    b"0",
    b"1",
    b"-",
    b".",
    b"e1",
    b"true",
    b"nul",
    b"null",
    b"\"k\"",
    b"\"k\":",
    b"\\u00e5",
    b"\\ud83d",
    b"\\ude00",
    b"\\n",
    b"\x80",
    b"\xc3\xa5",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
];

#[test]
fn a_selection_is_names_and_items() {
    let text = r#" {"wishes": [ {"unit" : 7, "note": "secret"}, 5, {"start":"2026"}, [] ],
        "sibling": {"name": "B\u00e5", "born": 1}, "own": [1, 2], "d\u0069et": null} "#;
    for (paths, expected) in [
        (&["wishes[].unit"][..], r#"{"wishes":[{"unit":7},{}]}"#),
        (
            &["wishes[].unit", "wishes[].start"],
            r#"{"wishes":[{"unit":7},{"start":"2026"}]}"#,
        ),
        (&["sibling.name"], r#"{"sibling":{"name":"B\u00e5"}}"#),
        (&["own", "diet"], r#"{"own":[1, 2],"d\u0069et":null}"#),
        (&["own[]"], r#"{"own":[1,2]}"#),
        (&["own.a", "none"], "{}"),
    ] {
        let found = select(&of(paths), &[text.as_bytes()]).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{paths:?}");
    }
    let list = select(&of(&["[].a"]), &[br#"[{"a":1,"b":2},{"b":3}]"#]).unwrap();
    assert_eq!(list, br#"[{"a":1},{}]"#);
}

#[test]
fn paths_that_are_none_are_refused() {
    use PathRefusal::{Empty, Overlap, Syntax};
    for (paths, refusal) in [
        (&[][..], Empty),
        (&[""], Syntax),
        (&["a."], Syntax),
        (&[".a"], Syntax),
        (&["a..b"], Syntax),
        (&["a[0]"], Syntax),
        (&["a[]b"], Syntax),
        (&["a[].[]"], Syntax),
        (&["a.*"], Syntax),
        (&["a b"], Syntax),
        (&["\"a"], Syntax),
        (&["a", "a"], Overlap),
        (&["a", "a.b"], Overlap),
        (&["a[].b", "a[]"], Overlap),
    ] {
        assert_eq!(
            Selection::parse(paths.iter().copied()),
            Err(refusal),
            "{paths:?}"
        );
    }
    let deep = vec!["a"; 33].join(".");
    assert_eq!(Selection::parse([&*deep]), Err(PathRefusal::TooMany));
}

#[test]
fn what_cannot_be_selected_from_is_refused() {
    use SelectRefusal::{NameTooLong, NameTwice, Shape, Syntax, TooDeep, Unfinished};
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let named = |length: usize| format!("{{\"{}\":1,\"a\":2}}", "n".repeat(length - 2));
    let in_dropped = format!("{{\"b\":{}}}", named(4 * MAX_NAME));
    assert!(select(&of(&["a"]), &[in_dropped.as_bytes()]).is_ok());
    for good in [nested(MAX_DEPTH - 1), named(MAX_NAME)] {
        assert!(select(&of(&["a"]), &[good.as_bytes()]).is_ok());
    }
    for (text, refusal) in [
        (nested(MAX_DEPTH), TooDeep),
        (named(MAX_NAME + 1), NameTooLong),
        (r#"{"a":1,"a":2}"#.into(), NameTwice),
        (r#"{"a":1,"\u0061":2}"#.into(), NameTwice),
        ("7".into(), Shape),
        ("[]".into(), Shape),
        ("null".into(), Shape),
        (String::new(), Unfinished),
        ("  ".into(), Unfinished),
        (r#"{"a":1"#.into(), Unfinished),
        (r#"{"a":1}}"#.into(), Syntax),
        (r#"{"a":1} {"a":1}"#.into(), Syntax),
        ("\u{feff}{}".into(), Syntax),
        (r#"{"a":"\ud800"}"#.into(), Syntax),
        (r#"{"a":01}"#.into(), Syntax),
        (r#"{"a":NaN}"#.into(), Syntax),
        (r#"{"a":1,}"#.into(), Syntax),
        ("{'a':1}".into(), Syntax),
        ("<html>".into(), Syntax),
    ] {
        assert_eq!(
            select(&of(&["a"]), &[text.as_bytes()]),
            Err(refusal),
            "{text:.40}"
        );
    }
    let broken = [b"{\"a\":\"", &b"\xc3\x28"[..], b"\"}"].concat();
    assert_eq!(select(&of(&["a"]), &[&broken]), Err(Syntax));
    assert_eq!(
        select(&of(&["b"]), &[&broken]),
        Err(Syntax),
        "what is left out is read too"
    );
}
