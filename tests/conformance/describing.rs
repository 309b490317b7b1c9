//! What a description must say, and what it must not (Service Descriptions 2.0 §2 and §3).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a JSON object takes a member by its name, and a test that cannot be made fails"
)]

use mydata::core::lang::Language;
use mydata::record::description::{
    Basis, DescriptionError, DescriptionRefusal, Policy, Profile, ServiceDescription,
};
use mydata_conformance::descriptions;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn read(description: &Value) -> Result<ServiceDescription, DescriptionError> {
    let octets = serde_json::to_vec(description).unwrap();
    ServiceDescription::from_json(&octets, &Policy::default())
}

/// The codes of all faults.
fn faults(description: &Value) -> Vec<&'static str> {
    match read(description) {
        Ok(_) => Vec::new(),
        Err(DescriptionError::Rules(faults)) => faults.iter().map(|f| f.refusal.code()).collect(),
        Err(other) => vec![other.code()],
    }
}

/// A sink that tells people one thing.
fn sink() -> Value {
    let mut sink = descriptions::sink();
    let texts: Value = ["fi", "sv", "en"]
        .map(|language| json!({ "language": language, "name": "Results" }))
        .into_iter()
        .collect();
    sink["notifications"] = json!([{ "id": "results", "description": texts }]);
    sink
}

fn care(sink: &mut Value) -> &mut Value {
    &mut sink["processingBases"]["consent"][0]
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).unwrap();
}

type Alter = fn(&mut Value);

/// What breaks each rule of a sink's description.
const SINKS: &[(Alter, &str)] = &[
    (|d| remove(d, "dataDescription"), "description_no_data"),
    (
        |d| d["serviceDescription"]["supportedProfiles"] = json!([]),
        "description_no_profile",
    ),
    (
        |d| {
            let profiles = &mut d["serviceDescription"]["supportedProfiles"];
            profiles.as_array_mut().unwrap().push(json!("consenting"));
        },
        "description_profile_twice",
    ),
    (
        |d| d["serviceDescription"]["serviceProvider"]["businessId"] = json!(""),
        "description_no_provider",
    ),
    (
        |d| d["serviceDescription"]["cert"] = json!({ "x5u": "http://sink.example/cert.pem" }),
        "description_certificate_url",
    ),
    (
        |d| d["serviceDescription"]["serviceUrls"]["objectionUri"] = json!("objections"),
        "description_endpoint_url",
    ),
    (
        |d| remove(&mut d["processingBases"], "consent"),
        "description_profile_needs_purpose",
    ),
    (
        |d| remove(&mut d["serviceDescription"]["serviceUrls"], "objectionUri"),
        "description_profile_needs_objection_uri",
    ),
    (
        |d| {
            remove(
                &mut d["serviceDescription"]["serviceUrls"],
                "notificationUri",
            )
        },
        "description_profile_needs_notification",
    ),
    (
        |d| remove(d, "notifications"),
        "description_profile_needs_notification",
    ),
    (
        |d| d["notifications"][0]["id"] = json!("-results"),
        "description_notification_id",
    ),
    (
        |d| d["notifications"][0]["id"] = json!(""),
        "description_notification_id",
    ),
    (
        |d| {
            let twice = d["notifications"][0].clone();
            d["notifications"].as_array_mut().unwrap().push(twice);
        },
        "description_notification_id",
    ),
    (
        |d| d["dataDescription"][1]["datasetId"] = json!("a"),
        "description_duplicate_dataset",
    ),
    (
        |d| d["processingBases"]["consent"][1]["purposeId"] = json!("care"),
        "description_duplicate_purpose",
    ),
    (
        |d| d["processingBases"]["publicInterest"][0]["purposeId"] = json!("care"),
        "description_duplicate_purpose",
    ),
    (
        |d| {
            let care = care(d);
            remove(care, "requiredDatasets");
            remove(care, "optionalDatasets");
        },
        "description_purpose_without_data",
    ),
    (
        |d| care(d)["requiredDatasets"] = json!(["a", "elsewhere"]),
        "description_unknown_dataset",
    ),
    (
        |d| care(d)["optionalDatasets"] = json!(["elsewhere"]),
        "description_unknown_dataset",
    ),
    (
        |d| d["processingBases"]["publicInterest"][0]["optionalDatasets"] = json!(["b"]),
        "description_optional_without_consent",
    ),
    (
        |d| {
            let texts = care(d)["description"].as_array_mut().unwrap();
            texts.retain(|text| text["language"] != "sv");
        },
        "description_missing_language",
    ),
];

/// What breaks each rule of a source's.
const SOURCES: &[(Alter, &str)] = &[
    (
        |d| d["dataDescription"][1]["distribution"][0]["distributionId"] = json!("src/a.json"),
        "description_duplicate_distribution",
    ),
    (
        |d| d["dataDescription"][1]["distribution"][0]["accessUrl"] = json!("http://s.example/"),
        "description_distribution_url",
    ),
    (
        |d| d["dataDescription"][1]["distribution"][0]["accessUrl"] = json!("/data/a"),
        "description_duplicate_url",
    ),
];

/// SD-02, SD-08, SD-11, SD-15, SD-20, SD-22 to SD-24, SD-26, SD-27: every rule, and that each of them
/// is broken by nothing but what breaks it.
//= SD-02, SD-11, SD-15, SD-20, SD-22, SD-23, SD-24, SD-26, SD-27 test
#[test]
fn every_rule_of_a_description_is_broken_once() {
    assert_eq!(faults(&sink()), [""; 0]);
    assert_eq!(faults(&descriptions::source()), [""; 0]);
    let mut seen = BTreeSet::new();
    let sinks = SINKS.iter().map(|case| (sink(), case));
    let sources = SOURCES.iter().map(|case| (descriptions::source(), case));
    for (mut description, (alter, code)) in sinks.chain(sources) {
        alter(&mut description);
        let found = faults(&description);
        assert!(found.contains(code), "{code}: {found:?}");
        seen.insert(*code);
    }
    // A source that gives nothing and does nothing.
    let mut idle = descriptions::source();
    for dataset in idle["dataDescription"].as_array_mut().unwrap() {
        remove(dataset, "distribution");
    }
    let both = [
        "description_profile_needs_distribution",
        "description_no_purpose",
    ];
    assert_eq!(faults(&idle), both);
    seen.extend(both);
    // What only some cities demand.
    let octets = descriptions::source().to_string();
    let strict = Policy::default().with_processing();
    let refused = ServiceDescription::from_json(octets.as_bytes(), &strict).unwrap_err();
    assert_eq!(refused.code(), "description_no_processing");
    seen.insert(refused.code());
    let all: BTreeSet<_> = DescriptionRefusal::ALL.iter().map(|r| r.code()).collect();
    assert_eq!(seen, all);
}

/// All faults are named at once.
//= SD-02 test
#[test]
fn all_faults_are_named_at_once() {
    let mut description = sink();
    remove(&mut description, "dataDescription");
    description["processingBases"]["consent"][1]["purposeId"] = json!("care");
    let found = faults(&description);
    assert!(found.contains(&"description_no_data"));
    assert!(found.contains(&"description_duplicate_purpose"));
    // Nothing that a purpose names is described any more.
    assert!(found.contains(&"description_unknown_dataset"));
}

/// SD-01, SD-04, SD-11, SD-19: members that must be there.
//= SD-01, SD-04, SD-11, SD-16, SD-18, SD-19 test
#[test]
fn what_must_stand_in_a_description() {
    for path in [
        "/serviceId",
        "/serviceDescription",
        "/issued",
        "/createdByUserId",
        "/serviceDescription/serviceProvider",
        "/serviceDescription/serviceProvider/businessId",
        "/serviceDescription/serviceProvider/name",
        "/serviceDescription/serviceUrls",
        "/serviceDescription/serviceUrls/domain",
        "/serviceDescription/serviceUrls/libraryDomain",
        "/serviceDescription/serviceUrls/linkingUri",
        "/serviceDescription/serviceUrls/linkingRedirectUri",
        "/serviceDescription/serviceDescriptionVersion",
        "/dataDescription/0/datasetId",
        "/dataDescription/0/datasetSchema",
        "/dataDescription/0/datasetSchema/@id",
        "/dataDescription/0/distribution/0/distributionId",
        "/dataDescription/0/distribution/0/accessUrl",
        "/dataDescription/0/distribution/0/format",
    ] {
        let mut description = descriptions::source();
        let (parent, name) = path.rsplit_once('/').unwrap();
        remove(description.pointer_mut(parent).unwrap(), name);
        assert_eq!(faults(&description), ["json_missing_member"], "{path}");
    }
    for (path, value) in [
        ("/serviceDescription/serviceUrls/domain", "http://s.example"),
        (
            "/serviceDescription/serviceUrls/domain",
            "https://s.example/",
        ),
        ("/serviceDescription/serviceUrls/libraryDomain", "s.example"),
    ] {
        let mut description = descriptions::source();
        *description.pointer_mut(path).unwrap() = json!(value);
        assert_eq!(faults(&description), ["json_shape"], "{path}");
    }
}

/// SD-17, SD-18: data that stays in the service has no distribution; `@context`, `@type` and `url`
/// may be there.
//= SD-16, SD-17, SD-18, SD-19 test
#[test]
fn internal_data_has_no_place_and_given_data_has_one() {
    let checked = read(&descriptions::sink()).unwrap();
    assert!(!checked.is_source());
    assert!(
        checked
            .data_description
            .iter()
            .all(|d| d.distribution.is_empty())
    );
    let mut description = descriptions::source();
    let schema = &mut description["dataDescription"][0];
    schema["url"] = json!("https://schema.example/a");
    schema["datasetSchema"]["@context"] = json!("https://schema.example/");
    schema["datasetSchema"]["@type"] = json!("Dataset");
    let checked = read(&description).unwrap();
    assert!(checked.is_source());
    let dataset = checked.data_description.first().unwrap();
    let written = serde_json::to_value(dataset).unwrap();
    assert_eq!(
        written["datasetSchema"],
        description["dataDescription"][0]["datasetSchema"]
    );
    assert_eq!(written["url"], "https://schema.example/a");
    let distribution = dataset.distribution.first().unwrap();
    let url = checked.distribution_url(distribution).unwrap();
    assert_eq!(url.as_str(), "https://source.example/data/a");
}

/// SD-06: the five bases of the framework; any other is refused.
//= SD-06 test
#[test]
fn the_bases_are_those_of_the_framework() {
    for (name, basis) in [
        ("contract", Basis::Contract),
        ("consent", Basis::Consent),
        ("publicInterest", Basis::PublicInterest),
        ("legitimateInterest", Basis::LegitimateInterest),
        ("vitalInterest", Basis::VitalInterest),
    ] {
        let mut description = sink();
        let mut purpose = care(&mut description).clone();
        purpose["purposeId"] = json!("new");
        remove(&mut purpose, "optionalDatasets");
        let mut purposes = description["processingBases"][name].clone();
        match purposes.as_array_mut() {
            Some(purposes) => purposes.push(purpose),
            None => purposes = json!([purpose]),
        }
        description["processingBases"][name] = purposes;
        let checked = read(&description).unwrap();
        let id = mydata::core::id::PurposeId::parse("new").unwrap();
        assert_eq!(checked.purpose(&id).map(|(basis, _)| basis), Some(basis));
        let again = serde_json::to_value(&*checked).unwrap();
        assert_eq!(again["processingBases"], description["processingBases"]);
    }
    let mut description = sink();
    description["processingBases"]["curiosity"] = json!([]);
    assert_eq!(faults(&description), ["json_shape"]);
}

/// SD-08, C26: five profiles, in an array; one more spelling is read, and no other name.
//= SD-08 test
#[test]
fn the_profiles_are_those_of_the_framework() {
    for (name, profile) in [
        ("contract", Profile::Contract),
        ("consenting", Profile::Consenting),
        ("3rd party re-use", Profile::ThirdPartyReuse),
        ("notification", Profile::Notification),
        ("objection", Profile::Objection),
    ] {
        let read: Profile = serde_json::from_value(json!(name)).unwrap();
        assert_eq!(
            (read, serde_json::to_value(profile).unwrap()),
            (profile, json!(name))
        );
    }
    for wrong in [
        json!("consent"),
        json!("Consenting"),
        json!("consenting, objection"),
        json!({ "consenting": null }),
    ] {
        let mut description = sink();
        description["serviceDescription"]["supportedProfiles"] = json!([wrong]);
        assert_eq!(faults(&description), ["json_shape"]);
    }
}

/// SD-09: a language is two lower-case letters, and stands once.
//= SD-09 test
#[test]
fn a_language_is_two_letters() {
    for wrong in ["eng", "english", "EN", "e", "", "en-GB"] {
        assert_eq!(Language::parse(wrong), None);
        let mut description = sink();
        description["dataDescription"][0]["description"][2]["language"] = json!(wrong);
        assert_eq!(faults(&description), ["json_shape"], "{wrong}");
    }
    assert_eq!(Language::parse("en"), Some(Language::EN));
    let mut description = sink();
    description["dataDescription"][0]["description"][2]["language"] = json!("fi");
    assert_eq!(faults(&description), ["json_shape"]);
}

/// SD-12, C25: the provider's members, and the spellings of the published API files.
//= SD-12 test
#[test]
fn a_provider_is_written_as_in_the_table() {
    let all = json!({
        "businessId": "0000000-0", "name": "Town (demo)", "address1": "Street 1",
        "address2": "Floor 2", "postalCode": "02070", "city": "Town", "state": "State",
        "country": "FI", "email": "town@example.org", "telephone": "+358000", "jurisdiction": "FI"
    });
    let mut description = sink();
    description["serviceDescription"]["serviceProvider"] = all.clone();
    let written = serde_json::to_value(&*read(&description).unwrap()).unwrap();
    assert_eq!(written["serviceDescription"]["serviceProvider"], all);
    let mut aliases = all.clone();
    for (ours, theirs) in [
        ("businessId", "businessID"),
        ("email", "contactEmail"),
        ("telephone", "contactTel"),
    ] {
        aliases[theirs] = aliases[ours].clone();
        remove(&mut aliases, ours);
    }
    description["serviceDescription"]["serviceProvider"] = aliases;
    let written = serde_json::to_value(&*read(&description).unwrap()).unwrap();
    assert_eq!(written["serviceDescription"]["serviceProvider"], all);
}
