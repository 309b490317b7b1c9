//! The page for people.

mod content;
mod proven;
mod samples;
mod times;
mod words;

use crate::support::{sample, samples as common};
use mydata_core::crypto::Sha256;
use mydata_receipt::Receipt;
use mydata_receipt::print::{Page, Reader, Zone};
use proptest::prelude::*;
use serde_json::Value;

const DIGEST: Sha256 = Sha256::from_octets([7; 32]);

fn page(receipt: &Receipt, reader: Reader) -> String {
    Page::unproven(receipt, DIGEST, reader, Zone::Helsinki).to_string()
}

/// `MYDATA_BLESS=1 cargo test -p mydata-receipt --all-features print` writes the pages again.
#[test]
fn the_pages_are_those_of_the_vectors() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../spec/vectors/receipt/print"
    );
    let is_blessed = std::env::var_os("MYDATA_BLESS").is_some_and(|value| value == "1");
    let common = common();
    let common = common.as_object().unwrap().keys();
    let mut all: Vec<(&str, Receipt)> = common.map(|name| (name.as_str(), sample(name))).collect();
    all.push(("two", samples::two()));
    all.push(("many.long", samples::many()));
    let unproven = |receipt: &Receipt| Reader::ALL.map(|reader| page(receipt, reader));
    let mut all: Vec<(&str, [String; 3])> = all
        .iter()
        .map(|(name, receipt)| (*name, unproven(receipt)))
        .collect();
    for (name, id) in [
        ("proven", "signed/pair"),
        ("proven.law", "signed/public-interest"),
    ] {
        all.push((name, proven::pages(&proven::proven(id))));
    }
    let mut expected = Vec::new();
    for (name, pages) in all {
        for (reader, page) in Reader::ALL.into_iter().zip(pages) {
            let file = format!("{name}.{}.html", reader.language());
            let path = format!("{folder}/{file}");
            if is_blessed {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(&path, &page).unwrap();
            }
            let there = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(there == page, "{file}: bless it, and read the difference");
            expected.push(file);
        }
    }
    let there = std::fs::read_dir(folder).unwrap();
    let mut there: Vec<String> = there
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    expected.sort();
    assert_eq!(
        there, expected,
        "files that nothing writes, or that are missing"
    );
}

/// The tags of a page as they stand, without the texts between them.
fn tags(page: &str) -> Vec<&str> {
    let after = page.split('<').skip(1);
    after.map(|rest| rest.split('>').next().unwrap()).collect()
}

#[test]
fn a_page_is_whole_and_stands_by_itself() {
    for receipt in [sample("pair"), sample("law"), samples::many()] {
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\""));
            let mut open = Vec::new();
            for tag in tags(&page) {
                let name = tag.split([' ', '\n']).next().unwrap();
                match name {
                    "!DOCTYPE" | "meta" | "br" => {}
                    _ if tag.ends_with('/') => {}
                    _ if tag.starts_with('/') => assert_eq!(open.pop(), tag.strip_prefix('/')),
                    name => open.push(name),
                }
            }
            assert!(open.is_empty(), "{open:?}");
            for word in [
                "<script",
                "<link",
                "<img",
                "<iframe",
                "<object",
                " src=",
                " style=",
                " on",
                "@import",
                "url(",
                "@font-face",
            ] {
                let is_said = match word {
                    " on" => tags(&page).iter().any(|tag| tag.contains(" on")),
                    word => page.contains(word),
                };
                assert!(!is_said, "{word}");
            }
            for address in page.split("href=\"").skip(1) {
                let is_known = ["https://", "mailto:", "tel:+"];
                assert!(is_known.iter().any(|scheme| address.starts_with(scheme)));
            }
            let mut ids: Vec<&str> = page.split(" id=\"").skip(1).collect();
            ids.iter_mut()
                .for_each(|id| *id = id.split('"').next().unwrap());
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), count, "an id stands twice");
            assert!(
                !page.contains("aria-labelledby"),
                "three landmarks are enough"
            );
        }
    }
}

/// The members whose text somebody else writes, which may be anything at all.
const FREE: [&str; 11] = [
    "fi",
    "sv",
    "en",
    "business_id",
    "street",
    "postal_code",
    "city",
    "authority",
    "issued",
    "rule",
    "role",
];

/// Every free text of a receipt becomes `text`.
fn spoil(value: &mut Value, text: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let is_free = FREE.contains(&name.as_str())
                    && member
                        .as_str()
                        .is_some_and(|word| !["Source", "Sink"].contains(&word));
                if is_free {
                    *member = text.into();
                } else {
                    spoil(member, text);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| spoil(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn spoiled(text: &str) -> String {
    let mut value = serde_json::to_value(samples::two()).unwrap();
    spoil(&mut value, text);
    page(&serde_json::from_value(value).unwrap(), Reader::En)
}

#[test]
fn a_hostile_text_stays_a_text() {
    for text in [
        "</title></style><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "<!--",
        "]]>",
        "&lt;script&gt;",
        "{{ operator }}{% include \"x\" %}",
        "javascript:alert(1)",
        "a\u{0}b\u{1b}c\u{85}d",
    ] {
        let page = spoiled(text);
        assert_eq!(tags(&page), tags(&spoiled("text")), "{text}");
        let is_clean = |c: char| c == '\n' || !c.is_control();
        assert!(page.chars().all(is_clean), "{text}");
    }
    let page = spoiled("<b>&\"'");
    assert!(page.contains("<h3>&lt;b&gt;&amp;&quot;&#39;</h3>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_changes_what_is_a_tag(text in "\\PC*[<>&\"'a-z/ ={}%!-]{1,20}\\PC*") {
        prop_assume!(!text.trim().is_empty());
        let (page, plain) = (spoiled(&text), spoiled("text"));
        prop_assert_eq!(tags(&page), tags(&plain));
    }
}

#[test]
fn a_page_is_not_printed_by_debug() {
    let page = Page::unproven(&sample("pair"), DIGEST, Reader::En, Zone::Helsinki);
    assert_eq!(format!("{page:?}"), "Page");
}
