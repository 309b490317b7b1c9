//! One octet string has one spelling in base64url; every other is refused, in each segment.

use super::{Family, Subject};
use crate::base64url;
use crate::make::case::Book;

type Change = fn(&str) -> String;

/// A sign put into the middle.
fn middle(text: &str, sign: &str) -> String {
    let (before, after) = text.split_at(text.len() / 2);
    [before, sign, after].concat()
}

/// A sign put in the place of the one in the middle.
fn instead(text: &str, sign: &str) -> String {
    let (before, after) = text.split_at(text.len() / 2);
    [before, sign, after.get(1..).unwrap()].concat()
}

/// The last character with a bit that no octet needs.
fn bits_behind(text: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (before, last) = text.split_at(text.len() - 1);
    let next = DIGITS.find(last).unwrap() + 1;
    format!("{before}{}", DIGITS.get(next..=next).unwrap())
}

/// As many characters more as make a length that no octet string has.
fn one_more(text: &str) -> String {
    let mut text = format!("{text}A");
    while text.len() % 4 != 1 {
        text.push('A');
    }
    text
}

#[rustfmt::skip]
const CHANGES: &[(&str, &str, Change)] = &[
    ("padded-short", "Too few or too many signs of padding stand behind it.", |t| format!("{t}{}", if t.len() % 4 == 3 { "==" } else { "=" })),
    ("padded-full", "It has the padding that base64 has elsewhere.", |t| format!("{t}{}", "=".repeat(4 - t.len() % 4))),
    ("padded-three", "Three signs of padding stand behind it.", |t| format!("{t}===")),
    ("padded-encoded", "A sign of padding stands behind it as URLs write it.", |t| format!("{t}%3D")),
    ("space-before", "A space stands before it.", |t| format!(" {t}")),
    ("space-behind", "A space stands behind it.", |t| format!("{t} ")),
    ("line-feed", "A line ends within it, as in mail.", |t| middle(t, "\n")),
    ("line-end", "A line ends behind it.", |t| format!("{t}\r\n")),
    ("tab", "A tab stands within it.", |t| middle(t, "\t")),
    ("nul", "A NUL stands behind it.", |t| format!("{t}\0")),
    ("plus", "A sign of the standard alphabet stands in it: plus.", |t| instead(t, "+")),
    ("slash", "A sign of the standard alphabet stands in it: slash.", |t| instead(t, "/")),
    ("comma", "A sign of the alphabet of mail folders stands in it.", |t| instead(t, ",")),
    ("tilde", "A sign of no alphabet stands in it.", |t| instead(t, "~")),
    ("question-mark", "A sign of no alphabet stands in it, as in a vector that others publish.", |t| instead(t, "?")),
    ("letter-wide", "A letter in full width stands in it.", |t| instead(t, "\u{ff21}")),
    ("one-more", "It has a length that no octets have.", one_more),
    ("bits-behind", "Its last character has a bit that no octet needs.", bits_behind),
    ("quoted", "It stands in quotes.", |t| format!("\"{t}\"")),
];

pub(super) fn book() -> Book {
    let title = "base64url in every segment: one spelling of one octet string";
    let mut family = Family::new("jose/base64url", title, "FW-02 A8");
    for subject in Subject::two() {
        let (header, payload) = (subject.header().to_string(), subject.payload.to_string());
        let (protected, payload) = (spare(header), spare(payload));
        let good = subject.of(&protected, &payload);
        family.jws(
            &subject,
            "good",
            "",
            "All segments are as they must be.",
            &good,
            "",
        );
        for (id, says, change) in CHANGES {
            let mut signature = good.clone();
            let part = signature.signatures.first_mut().unwrap();
            part.signature = change(&part.signature);
            for (segment, jws) in [
                ("protected", subject.of(&change(&protected), &payload)),
                ("payload", subject.of(&protected, &change(&payload))),
                ("signature", signature),
            ] {
                let says = format!("The {segment} segment: {says}");
                let id = format!("{segment}-{id}");
                family.jws(&subject, &id, "", &says, &jws, "jws_not_base64url");
            }
        }
        let mut unsigned = good.clone();
        unsigned.signatures.first_mut().unwrap().signature.clear();
        #[rustfmt::skip]
        let empty = [
            ("protected", subject.of("", &payload), "json_syntax"),
            ("payload", subject.of(&protected, ""), "json_syntax"),
            ("signature", unsigned, "jws_signature_invalid"),
        ];
        for (segment, jws, code) in empty {
            let says = format!("The {segment} segment is empty, which is base64url of nothing.");
            family.jws(
                &subject,
                &format!("{segment}-empty"),
                "A11",
                &says,
                &jws,
                code,
            );
        }
    }
    family.into_book()
}

/// base64url of the JSON with spaces behind it, so that its last character has bits to spare.
fn spare(mut json: String) -> String {
    while json.len().is_multiple_of(3) {
        json.push(' ');
    }
    base64url::encode(json.as_bytes())
}
