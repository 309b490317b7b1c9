//! Finding services in a registry: words, languages, pages, and who can exchange data with whom.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON object takes a member by its name, and a test that cannot be made fails"
)]

use crate::registry::{Desk, at, both, describe, found, id, obtain, one, registrant, staff, vouch};
use crate::support::new_key;
use mydata::core::lang::Language;
use mydata::keys::PrivateKey;
use mydata::record::description::Profile;
use mydata::registry::{Capacity, Command, Folding, Links, Query, Registry, ServiceType, State};
use mydata_conformance::descriptions;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The source of the test world as another service, with titles of a day-care register.
fn day_care(name: &str) -> Value {
    let mut service = descriptions::source();
    service["serviceId"] = json!(name);
    let origin = json!(format!("https://{name}.example"));
    let about = &mut service["serviceDescription"];
    about["serviceUrls"]["domain"] = origin.clone();
    about["serviceUrls"]["libraryDomain"] = origin;
    about["serviceProvider"]["name"] = json!("Malmö stad");
    about["serviceProvider"]["country"] = json!("SE");
    about["description"] = json!([
        { "language": "fi", "humanReadableDescription": "Päivähoidon hakemukset",
          "keywords": ["päivähoito"] },
        { "language": "sv", "humanReadableDescription": "Ansökningar om småbarnspedagogik",
          "keywords": ["småbarnspedagogik", "ålder"] },
        { "language": "en", "humanReadableDescription": "Applications for day care in Malmö",
          "keywords": ["day care"] }
    ]);
    service["dataDescription"][0]["description"] = json!([
        { "language": "fi", "title": "Hakemus", "description": "Perheen hakemus", "keyword": ["perhe"] },
        { "language": "sv", "title": "Ansökan", "description": "Familjens ansökan", "keyword": ["familj"] },
        { "language": "en", "title": "Application", "description": "The family's", "keyword": ["family"] }
    ]);
    service
}

fn town() -> Desk {
    let (mut desk, ..) = both();
    desk.open(&day_care("vaka"), one(&new_key("vaka-1")));
    desk
}

fn ids(registry: &Registry, query: &Query) -> Vec<String> {
    let found = registry.search(query).services;
    found
        .iter()
        .map(|entry| entry.service_id().to_string())
        .collect()
}

fn only(alter: impl FnOnce(&mut Query)) -> Query {
    let mut query = Query::all();
    alter(&mut query);
    query
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Each way of looking finds what it should, and nothing else.
#[test]
fn services_are_found_by_what_they_say() {
    let registry = town().registry;
    let vaka: &[&str] = &["vaka"];
    let (all, none): (&[&str], &[&str]) = (&["sink", "source", "vaka"], &[]);
    let queries: Vec<(Query, &[&str])> = vec![
        (Query::all(), all),
        (Query::words(""), all),
        (Query::words("småbarns"), vaka),
        (Query::words("SMÅBARNSPEDAGOGIK ansökningar"), vaka),
        (Query::words("småbarnspedagogik raketer"), none),
        (Query::words("hakemus"), vaka),
        (only(|q| q.dataset = text("ansökan")), vaka),
        (only(|q| q.dataset = text("familjens")), none),
        (only(|q| q.purpose = text("care")), &["sink"]),
        (only(|q| q.purpose = text("ansökan")), none),
        (only(|q| q.keyword = text("FAMILJ")), vaka),
        (only(|q| q.keyword = text("fam")), none),
        (only(|q| q.provider = text("malmö")), vaka),
        (only(|q| q.provider = text("0000000-0")), all),
        (only(|q| q.country = text("se")), vaka),
        (only(|q| q.country = text("FI")), none),
        (only(|q| q.schema = text("urn:demo:own")), &["sink"]),
        (only(|q| q.schema = text("urn:demo:a")), all),
        (only(|q| q.schema = text("urn:demo:A")), none),
        (only(|q| q.profile = Some(Profile::Objection)), &["sink"]),
        (Query::all().of_type(ServiceType::Sink), &["sink"]),
        (
            Query::all().of_type(ServiceType::Source),
            &["source", "vaka"],
        ),
        (Query::words("hakemus").in_language(Language::SV), none),
        (Query::words("ansökan").in_language(Language::SV), vaka),
        (
            only(|q| (q.dataset, q.country) = (text("ansökan"), text("FI"))),
            none,
        ),
    ];
    for (query, expected) in queries {
        assert_eq!(ids(&registry, &query), expected, "{query:?}");
    }
}

/// å, ä and ö are letters of their own in Finnish and Swedish, and letters with marks in English;
/// capitals and the two ways to write a mark make no difference (D45).
#[test]
fn letters_are_those_of_the_language() {
    let registry = town().registry;
    let hits = |word: &str, language| {
        !ids(&registry, &Query::words(word).in_language(language)).is_empty()
    };
    for (word, language, found) in [
        ("päivähoi", Language::FI, true),
        ("PÄIVÄHOI", Language::FI, true),
        ("pa\u{308}iva\u{308}hoi", Language::FI, true),
        ("paivahoi", Language::FI, false),
        ("smabarns", Language::SV, false),
        ("smäbarns", Language::SV, false),
        ("sma\u{30a}barns", Language::SV, true),
        ("alder", Language::SV, false),
        ("malmö", Language::EN, true),
        ("malmo", Language::EN, true),
        ("MALMO\u{308}", Language::EN, true),
    ] {
        assert_eq!(hits(word, language), found, "{word} ({language})");
    }
    let (own, plain) = (Folding::Own, Folding::Plain);
    for (a, b, in_own, in_plain) in [
        ("Sää", "saa", false, true),
        ("ÅBO", "åbo", true, true),
        ("höra", "hora", false, true),
        ("idé", "ide", true, true),
        ("Ærø", "ärö", true, false),
        ("Ærø", "aero", false, true),
        ("Straße", "strasse", true, true),
        ("šakki", "Sakki", true, true),
        ("\u{212b}", "å", true, true),
        ("Sámi", "sami", true, true),
    ] {
        assert_eq!(own.fold(a) == own.fold(b), in_own, "{a} {b}");
        assert_eq!(plain.fold(a) == plain.fold(b), in_plain, "{a} {b}");
    }
    let of = |code| Folding::of(Language::parse(code).unwrap());
    assert_eq!(
        [of("fi"), of("sv"), of("se"), of("en"), of("fr")],
        [own, own, own, plain, plain]
    );
}

/// Pages put together are the whole, in one order, whatever their size.
#[test]
fn pages_neither_overlap_nor_leave_a_gap() {
    let mut desk = town();
    for number in 0..130 {
        let name = format!("vaka-{number}");
        desk.open(&day_care(&name), one(&new_key(&format!("{name}-1"))));
    }
    let registry = &desk.registry;
    let words = || Query::words("ansökan");
    let all = registry.search(&words().page(0, 100));
    assert_eq!(
        (all.total, all.services.len(), all.next),
        (131, 100, Some(100))
    );
    for limit in [1, 7, 100, 1000] {
        let (mut seen, mut next) = (Vec::new(), Some(0));
        while let Some(offset) = next {
            let page = registry.search(&words().page(offset, limit));
            assert_eq!(page.total, 131);
            seen.extend(page.services.iter().map(|entry| entry.service_id()));
            next = page.next;
        }
        assert_eq!(seen.len(), 131, "{limit}");
        assert!(seen.is_sorted() && seen.windows(2).all(|two| two[0] != two[1]));
    }
    assert_eq!(registry.search(&words()).services.len(), 20);
    for (offset, limit) in [(0, 0), (131, 10), (usize::MAX, usize::MAX)] {
        let page = registry.search(&words().page(offset, limit));
        assert_eq!((page.services.len(), page.next), (0, None));
    }
}

/// A source and a sink fit when the data does, where the purpose allows the source, by consent.
#[test]
fn who_can_exchange_data_with_whom() {
    let (mut desk, ..) = both();
    desk.open(&day_care("another"), one(&new_key("another-1")));
    let of = |desk: &Desk, name: &str| -> Vec<(String, ServiceType, Vec<String>, bool)> {
        let found = desk.registry.compatible(&id(name));
        let purposes = |found: &mydata::registry::Compatible<'_>| {
            let all = found.purposes.iter();
            all.map(|drawn| format!("{} {}", drawn.purpose, drawn.datasets.len()))
                .collect()
        };
        found
            .iter()
            .map(|c| {
                (
                    c.service.service_id().to_string(),
                    c.as_type,
                    purposes(c),
                    c.is_named,
                )
            })
            .collect()
    };
    // `elsewhere` is for `another` only, `own` nobody has, and `duty` is no consent.
    let (source, sink) = (ServiceType::Source, ServiceType::Sink);
    let list = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let usual = list(&["care 2", "study 1"]);
    let more = list(&["care 2", "study 1", "elsewhere 1"]);
    let expected = [
        ("another".to_owned(), source, more.clone(), false),
        ("source".to_owned(), source, usual.clone(), false),
    ];
    assert_eq!(of(&desk, "sink"), expected);
    let expected = [("sink".to_owned(), sink, usual, false)];
    assert_eq!(of(&desk, "source"), expected);

    // Without what a purpose requires there is nothing for it, also if it has what it may use.
    let mut poorer = descriptions::source();
    poorer["serviceDescription"]["serviceDescriptionVersion"] = json!("1.1.0");
    poorer["serviceDescription"]["compatibleServices"] = json!(["sink"]);
    poorer["dataDescription"][0]
        .as_object_mut()
        .unwrap()
        .remove("distribution");
    desk.act(&staff(), &describe(&poorer)).unwrap();
    let expected = [("sink".to_owned(), sink, list(&["study 1"]), true)];
    assert_eq!(of(&desk, "source"), expected);

    // Nobody can, with what is closed or unknown.
    let service_id = id("sink");
    let links = Links::Stay;
    desk.act(&staff(), &Command::Retire { service_id, links })
        .unwrap();
    for name in ["sink", "source", "another", "nobody"] {
        assert!(of(&desk, name).is_empty(), "{name}");
    }
}

static TOWN: LazyLock<Registry> = LazyLock::new(|| town().registry);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No text whatsoever stops a search, and what a service says of itself finds it.
    #[test]
    fn every_text_can_be_searched(
        words in any::<String>(), other in "\\PC{0,40}", offset in any::<usize>(), limit in any::<usize>(),
    ) {
        let language = Language::parse(["fi", "sv", "en"][offset % 3]);
        let mut query = Query::words(&words).page(offset, limit);
        (query.dataset, query.purpose, query.keyword) = (text(&other), text(&words), text(&other));
        (query.provider, query.country, query.schema) = (text(&words), text(&other), text(&words));
        query.language = language;
        let page = TOWN.search(&query);
        prop_assert!(page.services.len() <= page.total.min(100));
        prop_assert!(TOWN.search(&Query::words(&words)).total <= 3);
        for folding in [Folding::Own, Folding::Plain] {
            let folded = folding.fold(&words);
            prop_assert_eq!(folding.fold(&folded), folded, "folded is folded");
        }
    }

    /// What is too long is not looked at.
    #[test]
    fn a_search_has_an_end(many in 17_usize..2000, long in 1025_usize..4000) {
        prop_assert_eq!(TOWN.search(&Query::words(&"a ".repeat(many))).total, 0);
        prop_assert_eq!(TOWN.search(&Query::words(&"a".repeat(long))).total, 0);
        prop_assert!(TOWN.search(&Query::words(&"a ".repeat(16))).total > 0);
    }

    /// Whatever is asked, by whomever: a refusal changes nothing, the log rebuilds the registry, an
    /// open service has a description and keys of its own, a version is one description for good, and
    /// no id changes hands.
    #[test]
    fn a_registry_is_its_log(steps in proptest::collection::vec((0_usize..9, 0_usize..3, 0_usize..4, 0_usize..3), 1..40)) {
        let mut desk = Desk::default();
        let mut known = std::collections::BTreeMap::new();
        for (what, service, key, who) in steps {
            let name = ["source", "sink", "vaka"][service];
            let act = [staff(), registrant("r-0"), registrant("r-1")][who].clone();
            let by = if act.capacity == Capacity::Staff { "r-0" } else { act.actor.as_str() };
            let keys = one(&KEYS[key]);
            let service_id = id(name);
            let mut value = [descriptions::source(), descriptions::sink(), day_care("vaka")][service].clone();
            value["serviceDescription"]["serviceDescriptionVersion"] = json!(format!("1.{key}"));
            value["serviceDescription"]["serviceDescriptionTitle"] = json!(format!("{what}"));
            let origin = format!("https://{name}.example");
            let command = match what {
                0 => obtain(name, by, keys),
                1 | 2 => describe(&value),
                3 => {
                    let present = desk.registry.service(&service_id).and_then(|e| e.present());
                    let present = present.map(|p| serde_json::from_slice(&p.description.to_json()).unwrap());
                    let found = Box::new(found(&present.unwrap_or(value), None, Some(&origin)));
                    Command::LinkEndpoints { found }
                }
                4 => vouch(name),
                5 => Command::RotateKeys { service_id, keys },
                6 => Command::Retire { service_id, links: Links::Stay },
                7 => Command::Retire { service_id, links: Links::End },
                _ => Command::Reopen { service_id },
            };
            let before = (desk.registry.clone(), desk.log.len());
            // `act` holds the log against the registry.
            match desk.act(&act, &command) {
                Ok(_) => prop_assert!(desk.log.len() <= before.1 + 1),
                Err(_) => prop_assert_eq!(&(desk.registry.clone(), desk.log.len()), &before),
            }
            for entry in desk.registry.services() {
                prop_assert_eq!(entry.is_open(), entry.state() == State::Linked);
                prop_assert_eq!(entry.description().is_none(), entry.state() == State::Obtained);
                let owner = known.entry(entry.service_id().clone()).or_insert(entry.registrant().clone());
                prop_assert_eq!(&*owner, entry.registrant());
                let mut versions: Vec<_> = entry.editions().map(|e| e.version().clone()).collect();
                let all = versions.len();
                versions.sort();
                versions.dedup();
                prop_assert_eq!(versions.len(), all);
            }
            let opens: Vec<_> = desk.registry.services().filter(|e| e.is_open()).collect();
            prop_assert_eq!(desk.registry.search(&Query::all()).total, opens.len());
        }
        prop_assert!(at(0) <= at(desk.registry.version()));
    }
}

static KEYS: LazyLock<[PrivateKey; 4]> =
    LazyLock::new(|| ["k-0", "k-1", "k-2", "k-3"].map(new_key));
