//! What is missing for a receipt is named, all at once and each by its code.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a receipt that cannot be made fails the test"
)]

use crate::receipts::{consented, lacks, sink};
use mydata::core::lang::Language;
use mydata::receipt::receipt::ActingAs;
use mydata::record::consent::ConsentChange;
use mydata_conformance::descriptions;
use mydata_conformance::receipts::{self, Case};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// P42: a register that knows nothing is told of everything at once.
#[test]
fn everything_that_is_missing_is_named_at_once() {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let mut case = Case::of(&world);
    case.city["providers"] = json!({});
    case.city["services"] = json!({});
    case.city["datasets"] = json!({});
    case.city["authorities"] = json!({});
    case.has_causes = false;
    case.ceremony.acting.capacity = ActingAs::Parent;
    let found = lacks(case.consent(&world, &ids.sink));
    let codes: BTreeSet<&str> = found.iter().map(|(code, _)| *code).collect();
    let wanted = [
        "receipt_address_missing",
        "receipt_authority_missing",
        "receipt_acting_authority_missing",
        "receipt_cause_missing",
        "receipt_contact_missing",
        "receipt_dataset_missing",
        "receipt_email_missing",
        "receipt_minor_age_missing",
        "receipt_phone_missing",
        "receipt_purpose_missing",
        "receipt_purpose_term_missing",
        "receipt_service_missing",
    ];
    assert_eq!(codes, wanted.into());
    let of = |code: &str| found.iter().filter(|(found, _)| *found == code).count();
    assert_eq!(of("receipt_service_missing"), 2, "the source and the sink");
    assert_eq!(
        of("receipt_dataset_missing"),
        2,
        "the chosen one and the one left out"
    );
    assert_eq!(of("receipt_cause_missing"), 2, "a status of each half");
}

/// Each thing that can be missing or wrong by itself.
#[test]
fn each_lack_has_its_code_and_its_place() {
    type Spoil = fn(&mut Case);
    let cases: [(&str, &str, Spoil); 21] = [
        ("receipt_purpose_missing", "care", |case| {
            case.city["services"]["sink"]["purposes"] = json!({});
        }),
        ("receipt_operations_missing", "care", |case| {
            case.city["services"]["sink"]["purposes"]["care"]["operations"] = json!([]);
        }),
        ("receipt_storage_missing", "care", |case| {
            case.city["services"]["sink"]["purposes"]["care"]["storage"] = json!([]);
        }),
        ("receipt_purpose_term_missing", "care", |case| {
            case.city["services"]["sink"]["purposes"]["care"]
                .as_object_mut()
                .unwrap()
                .remove("purpose");
        }),
        ("receipt_dataset_missing", "urn:demo:a", |case| {
            case.city["datasets"]
                .as_object_mut()
                .unwrap()
                .remove("urn:demo:a");
        }),
        ("receipt_service_missing", "source", |case| {
            case.city["services"]
                .as_object_mut()
                .unwrap()
                .remove("source");
        }),
        ("receipt_authority_missing", "FI", |case| {
            case.city["authorities"] = json!({})
        }),
        ("receipt_contact_missing", "0000000-0", |case| {
            provider(case, "contact")
        }),
        ("receipt_phone_missing", "0000000-0", |case| {
            provider(case, "phone")
        }),
        ("receipt_email_missing", "0000000-0", |case| {
            provider(case, "email")
        }),
        ("receipt_address_missing", "0000000-0", |case| {
            provider(case, "address")
        }),
        ("receipt_jurisdiction_missing", "0000000-0", |case| {
            case.source = descriptions::checked(&descriptions::source());
        }),
        ("receipt_description_version", "sink", |case| {
            sink(case, |sink| {
                sink["serviceDescription"]["serviceDescriptionVersion"] = json!("2.0.0")
            });
        }),
        ("receipt_description_service", "sink", |case| {
            case.source = case.sink.clone();
        }),
        ("receipt_purpose_unknown", "care", |case| {
            sink(case, |sink| {
                let care = sink["processingBases"]["consent"][0].take();
                sink["processingBases"]["consent"]
                    .as_array_mut()
                    .unwrap()
                    .remove(0);
                sink["processingBases"]["contract"] = json!([care]);
                sink["processingBases"]["contract"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("optionalDatasets");
            });
        }),
        ("receipt_term_unknown", "care", |case| {
            sink(case, |sink| {
                sink["processingBases"]["consent"][0]["x_mydata"]["purpose"] =
                    json!("dpv:Niceness");
            });
        }),
        ("receipt_term_unknown", "care", |case| {
            sink(case, |sink| {
                sink["processingBases"]["consent"][0]["x_mydata"]["gdpr"] = json!(["eu-gdpr:A99"]);
            });
        }),
        ("receipt_special_basis_missing", "care", |case| {
            let mut source = descriptions::source();
            receipts::with_law(&mut source);
            source["dataDescription"][0]["x_mydata"] = json!({ "category": "special" });
            case.source = descriptions::checked(&source);
        }),
        ("receipt_other_operator", "", |case| {
            let mut operator = descriptions::operator();
            operator["operatorId"] = json!("another.example");
            case.operator = mydata::record::description::CheckedOperator::check(
                serde_json::from_value(operator).unwrap(),
            )
            .unwrap();
        }),
        ("receipt_acting_authority_missing", "", |case| {
            case.ceremony.acting.capacity = ActingAs::Guardian;
        }),
        ("receipt_acting_authority_missing", "", |case| {
            case.ceremony.acting.authority = Some(" ".to_owned());
        }),
    ];
    let (world, ids) = consented();
    for (code, place, spoil) in cases {
        let mut case = Case::of(&world);
        spoil(&mut case);
        let found = lacks(case.consent(&world, &ids.sink));
        let hit =
            |(found, at): &(&str, String)| *found == code && (place.is_empty() || at == place);
        assert!(found.iter().any(hit), "{code} at {place}: {found:?}");
    }
}

fn provider(case: &mut Case, member: &str) {
    case.city["providers"]["0000000-0"]
        .as_object_mut()
        .unwrap()
        .remove(member);
}

/// A text that the person's language lacks is missing; one that another language lacks is not.
#[test]
fn the_language_of_the_person_must_be_there() {
    let (world, ids) = consented();
    let mut case = Case::of(&world);
    let without = |language: &str| {
        let mut source = descriptions::source();
        receipts::with_law(&mut source);
        let texts = source["dataDescription"][0]["description"]
            .as_array_mut()
            .unwrap();
        texts.retain(|text| text["language"] != language);
        let octets = source.to_string();
        let policy = mydata::record::description::Policy::in_languages(vec![]);
        mydata::record::description::ServiceDescription::from_json(octets.as_bytes(), &policy)
            .unwrap()
    };
    case.source = without("sv");
    let found = lacks(case.consent(&world, &ids.sink));
    assert_eq!(found, [("receipt_text_missing", "src/a".to_owned())].into());
    case.source = without("en");
    let receipt = case.consent(&world, &ids.sink).unwrap();
    let title = &receipt.processes[0].data[0].title;
    assert_eq!(
        title.best(Language::EN, receipt.language),
        (Language::SV, "src/a (sv)")
    );
}

/// A register with a slip of the pen is refused, and says where.
#[test]
fn a_register_is_read_strictly() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 7] = [
        ("json_shape", |city| city["note"] = json!("")),
        ("json_shape", |city| {
            city["services"]["sink"]["purposes"]["care"]["category"] = json!(0)
        }),
        ("json_shape", |city| {
            city["services"]["sink"]["purposes"]["care"]["category"] = json!(17)
        }),
        ("json_shape", |city| {
            city["datasets"]["urn:demo:a"]["personal_data"] = json!("pd:Wishes")
        }),
        ("json_shape", |city| {
            city["authorities"]["XX"] = city["authorities"]["FI"].clone()
        }),
        ("json_shape", |city| {
            city["providers"]["0000000-0"]["phone"] = json!("09 000 0000")
        }),
        ("json_missing_member", |city| {
            drop(city.as_object_mut().unwrap().remove("consents"))
        }),
    ];
    for (code, spoil) in cases {
        let mut city = receipts::city();
        spoil(&mut city);
        let read = mydata::receipt::city::City::from_json(city.to_string().as_bytes());
        assert_eq!(read.unwrap_err().code(), code, "{city}");
    }
}
