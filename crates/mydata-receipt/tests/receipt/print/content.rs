//! What stands where.

use super::samples::{changed, many};
use super::{DIGEST, page};
use crate::support::sample;
use mydata_receipt::Receipt;
use mydata_receipt::print::{Reader, TEXTS};
use mydata_receipt::receipt::{EventState, RemedyKind};
use serde_json::{Value, json};

fn own(name: &str, reader: Reader) -> &'static str {
    let (_, text) = TEXTS.iter().find(|(known, _)| *known == name).unwrap();
    reader.choose(*text)
}

fn escaped(text: &str) -> String {
    text.replace('\'', "&#39;")
}

/// The part of a page from an id to the end of its element, without tags.
fn at(page: &str, id: &str, element: &str) -> String {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap();
    let (inside, _) = rest.split_once(&format!("</{element}>")).unwrap();
    let texts = inside
        .split('<')
        .map(|part| part.split_once('>').map_or("", |(_, text)| text));
    texts.collect::<Vec<_>>().join(" ")
}

fn event(state: &str, by: &str, reason: Option<&str>) -> Value {
    let mut event = json!({ "at": 1_736_496_000, "state": state, "by": by });
    if let Some(reason) = reason {
        event["reason"] = reason.into();
    }
    event
}

const SOURCE: &str = "/grounds/consent/records/0/events";
const SINK: &str = "/grounds/consent/records/1/events";

/// The pair after one more event in both halves.
fn after(event: &Value) -> Receipt {
    let events = |at: usize| {
        let receipt = serde_json::to_value(sample("pair")).unwrap();
        json!([
            receipt["grounds"]["consent"]["records"][at]["events"][0],
            event
        ])
    };
    changed("pair", &[(SOURCE, events(0)), (SINK, events(1))])
}

#[test]
fn every_state_has_its_title_and_sentence() {
    let states = [
        (EventState::Paused, "title_paused", "paused"),
        (EventState::Resumed, "title_given", "resumed"),
        (EventState::Withdrawn, "title_withdrawn", "withdrawn"),
        (EventState::Revoked, "title_revoked", "revoked"),
        (EventState::Expired, "title_expired", "expired"),
    ];
    assert_eq!(states.len() + 1, EventState::ALL.len(), "all but given");
    for (state, title, sentence) in states {
        let name = serde_json::to_value(state).unwrap();
        let event = event(name.as_str().unwrap(), "operator", Some("legal_order"));
        let receipt = after(&event);
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            assert!(
                page.contains(&format!("<h1>{}<span", own(title, reader))),
                "{state:?}"
            );
            let (before, _) = own(sentence, reader).split_once("{}").unwrap();
            assert!(page.contains(&format!("<p>{before}<time")), "{state:?}");
            assert_eq!(
                page.contains(own("ended_remedy", reader)),
                state.is_end(),
                "{state:?}"
            );
            let until = own("until", reader).split_once("{}").unwrap().0;
            assert_eq!(page.contains(until), state.is_valid(), "{state:?}");
            let since = at(&page, "since", "section");
            let withdrawn = at(&page, "fw-29", "div");
            let says_no = withdrawn
                .to_lowercase()
                .contains(own("not_withdrawn", reader));
            assert_eq!(says_no, state != EventState::Withdrawn, "{withdrawn}");
            let reason = reader.choose(mydata_record::consent::Reason::LegalOrder.label());
            assert!(since.contains(reason) && !since.contains(own("unchanged", reader)));
            let words = ["covers_ended", "own_words_ended", "who_gets_ended"];
            for word in words {
                let is_there = page.contains(&escaped(own(word, reader)));
                assert_eq!(is_there, state.is_end(), "{word}");
            }
            // Where there is nothing left to withdraw, nobody is sent to withdraw it.
            let remedy = at(&page, "remedy", "section");
            let address = "(operator.example/consents)";
            assert_eq!(remedy.contains(address), !state.is_end(), "{state:?}");
            assert!(remedy.contains("(helsinki.example/rights)"));
        }
    }
    for reader in Reader::ALL {
        let page = page(&sample("pair"), reader);
        assert!(page.contains(own("title_given", reader)));
        let until_date = |name| own(name, reader).split("{}").next().unwrap();
        assert!(page.contains(&format!("<p>{}<time", until_date("given_of_another"))));
        let given = until_date("given");
        assert!(!page.contains(&format!("<p>{given}<time")));
    }
}

#[test]
fn every_basis_has_its_sentence() {
    for (basis, name) in [
        ("contract", "contract"),
        ("legalObligation", "legal_obligation"),
        ("vitalInterest", "vital_interest"),
        ("publicInterest", "public_interest"),
        ("legitimateInterest", "legitimate_interest"),
    ] {
        let receipt = changed("law", &[("/grounds/law/basis", basis.into())]);
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            assert!(page.contains(&format!("<h1>{}<span", own("title_law", reader))));
            assert!(page.contains(own(name, reader)) && page.contains(own("no_consent", reader)));
            for consent in ["fw-2", "fw-30", "id=\"since\""] {
                assert!(!page.contains(consent), "{consent}");
            }
        }
    }
}

/// FW-25 to FW-30: what a consent shows stands where its id says.
#[test]
//= FW-25, FW-26, FW-27, FW-28, FW-29, FW-30 test
fn what_a_consent_demonstrates_can_be_found() {
    let page = page(&sample("withdrawn"), Reader::En);
    for (id, texts) in [
        (
            "fw-25",
            &[
                "Guardian (parent)",
                "AAAAAAAAAAAAAAAAAAAAAQ",
                "AAAAAAAAAAAAAAAAAAAAAA",
                "owner-1",
            ][..],
        ),
        ("fw-26", &["9 January 2025 at 10:00"]),
        (
            "fw-27",
            &[
                "9 January 2025 at 9:59",
                "in Swedish",
                "operator.example/proposals/p1",
                "SHA-256 of the text shown",
                "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE",
                "Early childhood education application: description 1.0.0",
                "6 January 2025",
                "Early childhood education client register: description 1.0.0",
            ],
        ),
        (
            "fw-28",
            &[
                "On the web, by ticking the choices and confirming",
                "Explicit consent to this alone",
                "Chosen: The family&#39;s wishes and permissions",
                "Left out: Diet, allergies and need for support",
            ],
        ),
        (
            "fw-29",
            &["10 January 2025 at 10:00", "withdrawn", "a representative"],
        ),
        ("fw-30", &["3 years", "the guardian (parent)"]),
    ] {
        let there = at(&page, id, "div");
        for text in texts {
            assert!(there.contains(text), "{id}: {text}: {there}");
        }
    }
    for text in [
        "3f1c2b6e-9d4a-4e5f-8a7b-0c1d2e3f4a5c",
        &DIGEST.to_base64url(),
        "csr-1-2",
        "slr-sink-1",
    ] {
        assert!(at(&page, "record", "section").contains(text), "{text}");
    }
}

#[test]
fn the_person_is_you_unless_another_acted() {
    let acting = "/grounds/consent/ceremony/acting";
    for (capacity, is_you) in [
        ("oneself", true),
        ("official", true),
        ("parent", false),
        ("guardian", false),
        ("mandate", false),
    ] {
        // Whoever gave it, the person has ended it.
        let ended = [0, 1].map(|at| format!("/grounds/consent/records/{at}/events/1/by"));
        let [source, sink] = ended
            .each_ref()
            .map(|place| (place.as_str(), json!("data_subject")));
        let acting = (acting, json!({ "capacity": capacity }));
        let receipt = changed("withdrawn", &[acting, source, sink]);
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            let withdrawn = at(&page, "fw-29", "div");
            assert_eq!(
                withdrawn.contains(own("subject_of_another", reader)),
                !is_you,
                "{withdrawn}"
            );
            assert!(!page.contains("id=\"fw-30\""), "nobody is under age");
        }
    }
}

#[test]
fn a_text_in_another_language_says_so() {
    let title = "/processes/0/title";
    let receipt = changed("pair", &[(title, json!({ "se": "Sávaldagaid sirdin" }))]);
    for reader in Reader::ALL {
        let page = page(&receipt, reader);
        let language = reader.language();
        assert!(page.contains(&format!("<html lang=\"{language}\">")));
        assert!(page.contains("<h3><span lang=\"se\" dir=\"auto\">Sávaldagaid sirdin</span></h3>"));
    }
    // Else the language in which the person was told comes first.
    let receipt = changed(
        "pair",
        &[(title, json!({ "en": "Wishes", "sv": "Önskemål" }))],
    );
    assert!(page(&receipt, Reader::Fi).contains("<span lang=\"sv\" dir=\"auto\">Önskemål</span>"));
    assert!(page(&receipt, Reader::En).contains("<h3>Wishes</h3>"));
    assert!(!page(&sample("pair"), Reader::Fi).contains("<span lang="));
}

#[test]
fn a_change_of_one_half_says_so() {
    let receipt = serde_json::to_value(sample("pair")).unwrap();
    let given = &receipt["grounds"]["consent"]["records"][0]["events"][0];
    let events = json!([given, event("paused", "operator", Some("suspected_misuse"))]);
    for (half, name) in [(SOURCE, "only_source"), (SINK, "only_sink")] {
        let receipt = changed("pair", &[(half, events.clone())]);
        let page = page(&receipt, Reader::Sv);
        assert!(page.contains(own("title_paused", Reader::Sv)));
        assert!(at(&page, "since", "section").contains(own(name, Reader::Sv)));
    }
    let both = after(&event("paused", "operator", None));
    let page = page(&both, Reader::Sv);
    assert_eq!(at(&page, "since", "section").matches("pausat").count(), 1);
    assert!(!page.contains(own("only_source", Reader::Sv)));
}

#[test]
fn what_is_not_there_is_told() {
    let inside = changed(
        "pair",
        &[
            ("/source", Value::Null),
            ("/grounds/consent/exp", Value::Null),
            ("/grounds/consent/nbf", 1_800_000_000.into()),
            ("/grounds/consent/ceremony/is_explicit", false.into()),
            ("/grounds/consent/replaces", "cr-before".into()),
        ],
    );
    for reader in Reader::ALL {
        let page = page(&inside, reader);
        for name in [
            "nobody_gives",
            "who_uses",
            "role_user",
            "until_withdrawn",
            "valid_from",
            "replaces",
        ] {
            assert!(page.contains(own(name, reader)), "{name}");
        }
        for name in ["no_limit", "with_other"] {
            assert!(page.to_lowercase().contains(own(name, reader)), "{name}");
        }
        assert!(page.contains("<code>cr-before</code>"));
        assert!(!page.contains(own("role_source", reader)));
    }
}

#[test]
fn sensitive_data_and_distant_countries_are_marked() {
    let page = page(&many(), Reader::Sv);
    let covers = at(&page, "covers", "section");
    for name in [
        "special",
        "confidential",
        "required",
        "optional",
        "not_given",
    ] {
        assert!(covers.contains(own(name, Reader::Sv)), "{name}");
    }
    let keeping = at(&page, "keeping", "section");
    assert!(keeping.contains("Förenta staterna, utanför EU och EES"));
    assert!(keeping.contains("ZW, utanför EU och EES"));
    assert!(keeping.contains("Finland; Sverige"));
    assert!(!keeping.contains("Finland, utanför"));
    assert!(keeping.contains("artikel 6.1 a i dataskyddsförordningen"));
}

#[test]
fn one_organisation_in_two_roles_is_told_once() {
    let pair = serde_json::to_value(sample("pair")).unwrap();
    let receipt = changed(
        "pair",
        &[("/source/party", pair["controller"]["party"].clone())],
    );
    let page = page(&receipt, Reader::Fi);
    let contacts = at(&page, "contacts", "section");
    assert_eq!(contacts.matches("kirjaamo@helsinki.example").count(), 1);
    assert!(contacts.contains("Rekisterinpitäjä (saa tiedot), Rekisterinpitäjä (antaa tiedot)"));
    assert!(
        contacts.contains("+358\u{a0}9\u{a0}000\u{a0}0002")
            && contacts.contains("Tietosuojavastaava")
    );
}

#[test]
fn what_happened_stands_in_its_order() {
    let receipt = serde_json::to_value(sample("pair")).unwrap();
    let given = &receipt["grounds"]["consent"]["records"][0]["events"][0];
    let mut events = vec![given.clone()];
    for (at, state) in [(1, "paused"), (2, "resumed"), (3, "withdrawn")] {
        let mut event = event(state, "representative", Some("owner_wish"));
        event["at"] = (1_736_496_000 + at * 3600).into();
        events.push(event);
    }
    let events = Value::from(events);
    let receipt = changed("pair", &[(SOURCE, events.clone()), (SINK, events)]);
    for reader in Reader::ALL {
        let page = page(&receipt, reader);
        let since = at(&page, "fw-29", "div");
        let places = [
            EventState::Paused,
            EventState::Resumed,
            EventState::Withdrawn,
        ]
        .map(|state| {
            since
                .find(&format!(" {} ", reader.choose(state.label())))
                .unwrap()
        });
        assert!(places.is_sorted(), "{since}");
        // That somebody wished it is no reason to tell.
        assert!(!page.contains(reader.choose(mydata_record::consent::Reason::OwnerWish.label())));
    }
}

#[test]
fn who_made_a_pause_can_end_it() {
    for (by, reason, may) in [
        ("data_subject", Some("owner_wish"), true),
        ("representative", None, true),
        ("operator", Some("description_changed"), true),
        ("operator", Some("suspected_misuse"), false),
        ("service", None, false),
    ] {
        let receipt = after(&event("paused", by, reason));
        for reader in Reader::ALL {
            let told = page(&receipt, reader).contains(own("can_resume", reader));
            assert_eq!(told, may, "{by} {reason:?}");
        }
    }
}

#[test]
fn to_object_to_the_saving_of_a_life_is_no_right_of_the_gdpr() {
    for (basis, is_of_framework) in [("vitalInterest", true), ("publicInterest", false)] {
        let basis = ("/grounds/law/basis", basis.into());
        let receipt = changed("law", &[basis, ("/remedy/kind", "object".into())]);
        for reader in Reader::ALL {
            let page = page(&receipt, reader);
            let told = page.contains(own("object_framework", reader));
            assert_eq!(told, is_of_framework);
            let plain = reader.choose(RemedyKind::Object.label());
            assert_eq!(page.contains(plain), !is_of_framework);
        }
    }
}

#[test]
fn the_head_says_as_of_when_and_the_rule_stands_without_days() {
    for (name, is_consent) in [("pair", true), ("withdrawn", true), ("law", false)] {
        for reader in Reader::ALL {
            let page = page(&sample(name), reader);
            let (head, _) = page.split_once("</header>").unwrap();
            let before = own("as_of", reader).split("{}").next().unwrap();
            assert!(head.contains(&format!("{before}<time")));
            let now = head.contains("(operator.example/consents)");
            assert_eq!(now, is_consent, "where it can be seen how things stand now");
            assert!(!page.contains("730"));
            assert!(page.contains(own("lawful_before", reader)) == is_consent);
        }
    }
}
