//! The compact form: three segments, within a length.

use super::{Family, Subject};
use crate::base64url;
use crate::make::case::Book;

pub(super) fn book() -> Book {
    let title = "The compact form: its segments, its size, and what is none";
    let mut family = Family::new("jose/compact", title, "FW-02 A9");
    for subject in [Subject::token(), Subject::request()] {
        let good = subject.sealed();
        let text = good.compact();
        let segments: Vec<&str> = text.split('.').collect();
        let [protected, payload, signature] = segments[..] else {
            panic!("three segments");
        };
        let json = good.text();
        #[rustfmt::skip]
        let rows = [
            ("nothing", "There is nothing.", String::new()),
            ("one-dot", "A full stop and nothing else.", ".".to_owned()),
            ("three-dots", "Three full stops.", "...".to_owned()),
            ("one-segment", "One segment.", protected.to_owned()),
            ("payload-alone", "The payload alone.", payload.to_owned()),
            ("no-header", "Payload and signature without a header.", format!("{payload}.{signature}")),
            ("no-payload", "Header and signature without a payload.", format!("{protected}.{signature}")),
            ("dot-before", "A full stop before it.", format!(".{text}")),
            ("dot-behind", "A full stop behind it.", format!("{text}.")),
            ("dot-twice", "Two full stops behind the header.", text.replacen('.', "..", 1)),
            ("dot-in-payload", "A full stop within the payload.", format!("{protected}.{}.{}.{signature}", &payload[..8], &payload[8..])),
            ("five-segments", "Five segments, as an encrypted message has them.", format!("{protected}.{payload}.{signature}.AAAA.AAAA")),
            ("twice", "The whole twice, one behind the other.", format!("{text}.{text}")),
            ("many-dots", "A thousand full stops.", ".".repeat(1000)),
            ("comma", "Commas stand for full stops.", text.replace('.', ",")),
            ("wide-dots", "Full stops of another script.", text.replace('.', "\u{3002}")),
            ("json", "The JSON form stands where the compact one belongs.", json),
        ];
        for (id, says, text) in rows {
            family.text(&subject, id, "A12", says, &text, "jws_malformed");
        }
        #[rustfmt::skip]
        let rows = [
            ("two-dots", "Three empty segments.", "..".to_owned(), "json_syntax"),
            ("detached", "The payload was taken out, as of a detached signature.", format!("{protected}..{signature}"), "json_syntax"),
            ("space-before", "A space before it.", format!(" {text}"), "jws_not_base64url"),
            ("line-end", "A line end behind it.", format!("{text}\n"), "jws_not_base64url"),
            ("bearer", "The scheme of a header stands before it.", format!("Bearer {text}"), "jws_not_base64url"),
            ("quoted", "It stands in quotes.", format!("\"{text}\""), "jws_not_base64url"),
            ("mark", "A byte order mark stands before it.", format!("\u{feff}{text}"), "jws_not_base64url"),
            ("segments-turned", "Payload and header have changed places.", format!("{payload}.{protected}.{signature}"), "jws_header_unknown_member"),
            ("header-twice", "The header stands for the payload too.", format!("{protected}.{protected}.{signature}"), "json_missing_member"),
            ("payload-not-encoded", "The payload stands as it is, as some do without base64.", format!("{protected}.{}.{signature}", subject.payload.to_string().replace('.', "")), "jws_not_base64url"),
        ];
        for (id, says, text, code) in rows {
            // A proof has a payload of plain text in it, a token has addresses.
            family.text(&subject, id, "", says, &text, code);
        }
        sizes(&mut family, &subject);
    }
    family.into_book()
}

/// A header of the largest size is read, one character more is not; the same of the whole.
fn sizes(family: &mut Family, subject: &Subject) {
    let header = subject.header().to_string();
    let padded = |octets: usize| {
        let spaces = " ".repeat(octets - header.len());
        subject.with_header_text(format!("{header}{spaces}").as_bytes())
    };
    let (largest, larger) = (padded(768), padded(769));
    family.jws(
        subject,
        "header-largest",
        "",
        "The header has 1024 characters.",
        &largest,
        "",
    );
    let code = "jws_header_too_large";
    family.jws(
        subject,
        "header-larger",
        "",
        "The header has two characters too many.",
        &larger,
        code,
    );
    if subject.name != "token" {
        return;
    }
    let payload = subject.payload.to_string();
    let padded = |octets: usize| {
        let spaces = " ".repeat(octets - payload.len());
        subject.with_payload(format!("{payload}{spaces}").as_bytes())
    };
    let (largest, larger) = (padded(8192), padded(8194));
    family.jws(
        subject,
        "payload-largest",
        "",
        "The payload has 8192 octets.",
        &largest,
        "",
    );
    let says = "The payload has two octets too many.";
    family.jws(
        subject,
        "payload-larger",
        "",
        says,
        &larger,
        "json_too_large",
    );
    // 8192 / 3 * 4 + 8192 characters are the most.
    let text = subject.sealed().compact();
    let longest = format!("{text}{}", "A".repeat(19_112 - text.len()));
    let says = "The whole has as many characters as an envelope may: its signature is none.";
    family.text(
        subject,
        "longest",
        "",
        says,
        &longest,
        long_signature(&longest),
    );
    let says = "The whole has one character too many.";
    family.text(
        subject,
        "longer",
        "",
        says,
        &format!("{longest}A"),
        "jws_malformed",
    );
}

/// A signature of thousands of octets: base64url, or of a length that is none.
fn long_signature(text: &str) -> &'static str {
    let signature = text.rsplit('.').next().unwrap();
    match base64url::decode(signature) {
        Some(_) => "jws_signature_invalid",
        None => "jws_not_base64url",
    }
}
