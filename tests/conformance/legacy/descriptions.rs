//! Descriptions in the layout of 1.x, and the drafts made of them (C25).

use super::{with, without};
use mydata::core::lang::Language;
use mydata::legacy::Gap;
use mydata::legacy::description::OldService;
use mydata::record::description::{Policy, ServiceDescription};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn library() -> Value {
    json!({
        "serviceId": "58a1c0de",
        "serviceDescription": {
            "serviceDescriptionTitle": "Kirjaston lainat",
            "serviceDescriptionVersion": "3",
            "serviceIconURI": "http://library.example/icon.png",
            "serviceType": "source",
            "description": {
                "humanReadableDescription": "Mitä olet lainannut",
                "keywords": ["kirjat"],
            },
            "serviceProvider": {
                "id": "17", "vatNumber": "FI01234567", "name": "Kirjasto",
                "contactEmail": "info@library.example", "contactTel": "+358 9 0000",
            },
        },
        "serviceDataDescription": [{ "dataset": [
            {
                "datasetId": "loans", "title": "Lainat", "description": "Lainatut kirjat",
                "keyword": ["laina"], "purpose": ["Lukuvinkit", "Tilastot"],
                "distribution": [{
                    "distributionId": "loans-json", "accessURL": "/source_flow/datarequest",
                    "format": "application/json",
                }],
            },
            {
                "datasetId": "fines", "title": "Maksut", "purpose": ["Tilastot"],
                "datasetSchema": { "@id": "https://schemas.example/fines" },
            },
        ] }],
        "serviceInstance": [{
            "domain": "http://library.example:8081",
            "serviceAccessEndPoint": { "serviceAccessURI": "/api/1.3" },
            "loginUri": "/api/1.3/slr/login",
        }],
        "createdOnDate": 1_510_000_000_123_u64,
        "createdByUserId": "registry",
    })
}

fn read(description: &Value) -> OldService {
    OldService::from_json(super::python(description).as_bytes()).unwrap()
}

fn refused(description: &Value) -> &'static str {
    let fault = OldService::from_json(description.to_string().as_bytes());
    fault.unwrap_err().code()
}

#[test]
fn the_view_says_what_stood_there() {
    let service = read(&library());
    assert_eq!(service.provider.business_id.as_deref(), Some("FI01234567"));
    assert_eq!(service.text, "Mitä olet lainannut");
    assert_eq!(service.instances[0].access_path, "/api/1.3");
    assert_eq!(
        service.datasets[0].distributions[0].access_url,
        "/source_flow/datarequest"
    );

    // Data inside the description, one dataset and one instance without their lists.
    let mut inside = library();
    let mut data = inside
        .as_object_mut()
        .unwrap()
        .remove("serviceDataDescription")
        .unwrap();
    data[0]["dataset"].as_array_mut().unwrap().truncate(1);
    let data = json!({ "dataset": data[0]["dataset"][0] });
    inside["serviceDescription"]["serviceDataDescription"] = data.clone();
    inside["serviceInstance"] = inside["serviceInstance"][0].clone();
    assert_eq!(read(&inside).datasets, service.datasets[..1]);
    inside["serviceDataDescription"] = data;
    assert_eq!(refused(&inside), "legacy_named_twice");
    assert_eq!(
        refused(&without(library(), &["serviceInstance"])),
        "json_missing_member"
    );
    let twice = library()
        .to_string()
        .replacen('{', r#"{"serviceId":"x","#, 1);
    let fault = OldService::from_json(twice.as_bytes()).unwrap_err();
    assert_eq!(fault.code(), "json_duplicate_member");
}

/// C06: each member has one unit, and no number can be read in both.
#[test]
fn a_time_is_in_the_unit_of_its_member() {
    let at = |description: &Value| read(description).issued.map(|time| time.seconds());
    assert_eq!(at(&library()), Some(1_510_000_000));
    let text = with(library(), &["createdOnDate"], "1510000000999".into());
    assert_eq!(at(&text), Some(1_510_000_000));
    let issued = with(library(), &["issued"], json!(1_400_000_000));
    assert_eq!(at(&issued), Some(1_400_000_000));
    assert_eq!(at(&without(library(), &["createdOnDate"])), None);
    for (member, time) in [
        ("createdOnDate", json!(1_510_000_000)),
        ("createdOnDate", json!(1_510_000_000_000.5)),
        ("createdOnDate", json!("2017-11-06")),
        ("createdOnDate", json!(u64::MAX)),
        ("issued", json!(1_510_000_000_000_u64)),
        ("issued", json!("soon")),
    ] {
        let wrong = with(library(), &[member], time.clone());
        assert_eq!(refused(&wrong), "legacy_time", "{member} {time}");
    }
}

/// C25, D48: a draft says what 1.x said, names what it did not, and is no description yet.
#[test]
fn a_draft_names_its_gaps_and_is_not_accepted_as_it_is() {
    let fi = Language::parse("fi").unwrap();
    let draft = read(&library()).draft(fi).unwrap();
    let service = &draft.service;
    assert_eq!(
        serde_json::to_value(&service.issued).unwrap(),
        1_510_000_000
    );
    let about = &service.service_description;
    assert_eq!(
        about.service_urls.domain.as_str(),
        "https://missing.invalid"
    );
    let first = &service.data_description[0];
    assert_eq!(
        first.distribution[0].access_url,
        "/api/1.3/source_flow/datarequest"
    );
    let purposes = &service.processing_bases.consent;
    let uses: Vec<_> = purposes.iter().map(|p| p.required_datasets.len()).collect();
    assert_eq!(uses, [1, 2], "one purpose for each title");

    let open: BTreeSet<_> = draft.open.iter().map(|open| open.gap).collect();
    let expected = BTreeSet::from([
        Gap::Language,
        Gap::Profiles,
        Gap::Basis,
        Gap::PurposeId,
        Gap::Domain,
        Gap::LibraryDomain,
        Gap::LinkingRedirectUri,
        Gap::DistributionUrl,
        Gap::Schema,
    ]);
    assert_eq!(open, expected);
    let policy = Policy::in_languages(vec![fi]);
    assert!(ServiceDescription::check(draft.service, &policy).is_err());

    let less = without(library(), &["serviceDescription", "serviceProvider"]);
    let less = without(less, &["serviceDescription", "serviceDescriptionVersion"]);
    let less = without(without(less, &["createdOnDate"]), &["createdByUserId"]);
    let mut less = with(
        less,
        &["serviceInstance"],
        json!([{ "domain": "x" }, { "domain": "y" }]),
    );
    less["serviceDataDescription"][0]["dataset"][0]["distribution"][0]
        .as_object_mut()
        .unwrap()
        .remove("format");
    let open = read(&less).draft(fi).unwrap().open;
    for gap in [
        Gap::OtherInstances,
        Gap::BusinessId,
        Gap::ProviderName,
        Gap::Version,
        Gap::Issued,
        Gap::CreatedBy,
        Gap::LinkingUri,
        Gap::Format,
    ] {
        assert!(open.iter().any(|open| open.gap == gap), "{gap}");
    }
    let nowhere = with(library(), &["serviceInstance"], json!([]));
    assert!(read(&nowhere).draft(fi).is_none());
}

/// What a person settles makes a description that 2.0 accepts.
#[test]
fn a_mended_draft_is_a_description() {
    let mut library = library();
    library["serviceInstance"][0]["domain"] = "https://library.example".into();
    let fi = Language::parse("fi").unwrap();
    let mut draft = read(&library).draft(fi).unwrap();
    assert!(
        draft
            .open
            .iter()
            .all(|open| open.gap != Gap::DistributionUrl)
    );
    let about = &mut draft.service.service_description;
    about.service_urls.library_domain = about.service_urls.domain.clone();
    about.service_urls.linking_redirect_uri = "/linked".to_owned();
    about.supported_profiles = vec![mydata::record::description::Profile::Consenting];
    let policy = Policy::in_languages(vec![fi]);
    let checked = ServiceDescription::check(draft.service, &policy).unwrap();
    assert_eq!(checked.purposes().count(), 2);
}
