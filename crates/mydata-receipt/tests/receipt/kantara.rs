//! Kantara 1.1: the strict writer.

use crate::support::sample;
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use mydata_core::web::WebLink;
use mydata_receipt::Receipt;
use mydata_receipt::kantara::{Document, KantaraRefusal, read, schema_accepts, validate};
use mydata_receipt::receipt::{EventState, Given, Grounds};
use mydata_record::description::Category;
use serde_json::{Value, json};

fn given(receipt: &mut Receipt) -> &mut Given {
    let given = match &mut receipt.grounds {
        Grounds::Consent(given) => Some(given),
        Grounds::Law(_) => None,
    };
    given.unwrap()
}

fn written(receipt: &Receipt) -> Value {
    let document = Document::of(receipt, Language::EN).unwrap();
    serde_json::from_slice(&document.to_json().unwrap()).unwrap()
}

#[test]
fn a_pair_is_one_receipt() {
    let written = written(&sample("pair"));
    let told = |pointer: &str| written.pointer(pointer).unwrap().clone();
    for (pointer, expected) in [
        ("/version", json!("KI-CR-v1.1.0")),
        ("/jurisdiction", json!("FI")),
        ("/consentTimestamp", json!(1_736_409_600)),
        (
            "/collectionMethod",
            json!("on the web, by ticking the choices and confirming"),
        ),
        (
            "/consentReceiptID",
            json!("3f1c2b6e-9d4a-4e5f-8a7b-0c1d2e3f4a5b"),
        ),
        // The person was told in Swedish, whatever language the receipt is in.
        ("/language", json!("sv")),
        ("/piiPrincipalId", json!("AAAAAAAAAAAAAAAAAAAAAQ")),
        (
            "/piiControllers/0",
            json!({
                "piiController": "City of Helsinki (demo)",
                "contact": "data protection officer, tietosuoja@helsinki.example",
                "address": {
                    "streetAddress": "Demokatu 1", "postalCode": "00099",
                    "addressLocality": "Helsinki", "addressCountry": "FI"
                },
                "email": "kirjaamo@helsinki.example",
                "phone": "tel:+35890000002",
                "piiControllerUrl": "https://helsinki.example/"
            }),
        ),
        (
            "/piiControllers/1/piiController",
            json!("City of Espoo (demo)"),
        ),
        ("/piiControllers/2/onBehalf", json!(true)),
        ("/policyUrl", json!("https://helsinki.example/policy/1.0.0")),
        (
            "/services/0/service",
            json!("Early childhood education application"),
        ),
        (
            "/services/0/purposes",
            json!([{
                "purpose": "Transfer of wishes: Your wishes move to the new city. If you say no, you fill them in yourself.",
                "purposeCategory": ["5 - Personalized Experience"],
                "consentType": "EXPLICIT",
                "piiCategory": ["15 - Behavioral"],
                "primaryPurpose": false,
                "termination": "Until 2025-05-09T08:00:00Z. You can withdraw the consent at any time. https://operator.example/consents Call 09 000 0003 or visit a service desk.",
                "thirdPartyDisclosure": false
            }]),
        ),
        // The source gives the data to the controller.
        ("/services/1/purposes/0/thirdPartyDisclosure", json!(true)),
        (
            "/services/1/purposes/0/thirdPartyName",
            json!("City of Helsinki (demo)"),
        ),
        // What the person left out is not in the receipt, so nothing in it is sensitive.
        ("/sensitive", json!(false)),
        ("/spiCat", json!([])),
        ("/x_mydata/state", json!("given")),
        ("/x_mydata/exp", json!(1_746_777_600)),
        ("/x_mydata/records/1/cr_id", json!("cr-sink-1")),
        (
            "/x_mydata/services/1/surrogate_id",
            json!("AAAAAAAAAAAAAAAAAAAAAA"),
        ),
        (
            "/x_mydata/purposes/0/datasets/0/necessity",
            json!("required"),
        ),
        (
            "/x_mydata/purposes/0/left_out",
            json!(["esp-vaka/ecec.needs"]),
        ),
    ] {
        assert_eq!(told(pointer), expected, "{pointer}");
    }
    assert_eq!(written["piiControllers"].as_array().unwrap().len(), 3);
    assert_eq!(written["services"].as_array().unwrap().len(), 2);
    // Who stands for whom is not handed on, nor the age of a child.
    assert!(!written.to_string().contains("population-register"));
    assert!(!written.to_string().contains("minor"));
}

#[test]
fn texts_are_in_the_language_asked_for() {
    let receipt = sample("pair");
    let text = |language: &str| {
        let language = Language::parse(language).unwrap();
        let document = Document::of(&receipt, language).unwrap();
        document.services[0].service.clone()
    };
    assert_eq!(text("fi"), "Varhaiskasvatushakemus");
    assert_eq!(text("sv"), "Ansökan om småbarnspedagogik");
    assert_eq!(text("se"), "Ansökan om småbarnspedagogik", "as it was told");
}

#[test]
fn special_data_is_sensitive_and_confidential_data_is_not() {
    let mut receipt = sample("pair");
    receipt.processes[0].data[0].sensitivity = Category::Confidential;
    let document = Document::of(&receipt, Language::FI).unwrap();
    assert!(!document.sensitive);
    receipt.processes[0].data[0].sensitivity = Category::Special;
    let document = Document::of(&receipt, Language::FI).unwrap();
    assert!(document.sensitive);
    assert_eq!(document.spi_cat, ["15 - Behavioral"]);
    assert_eq!(document.sensitive_categories().count(), 1);
}

#[test]
fn a_sink_with_recipients_discloses() {
    let mut receipt = sample("pair");
    let recipient = json!([
        { "name": { "en": "Pension register" }, "country": "FI" },
        { "name": { "en": "Catering" }, "country": "SE" }
    ]);
    receipt.processes[0].recipients = serde_json::from_value(recipient).unwrap();
    let document = Document::of(&receipt, Language::EN).unwrap();
    let purpose = &document.services[0].purposes[0];
    assert!(purpose.third_party_disclosure);
    let names = purpose.third_party_name.as_deref();
    assert_eq!(names, Some("Pension register (FI); Catering (SE)"));
}

#[test]
fn one_organisation_is_no_third_party_to_itself() {
    let mut receipt = sample("pair");
    let of_source = |receipt: &Receipt| {
        let document = Document::of(receipt, Language::EN).unwrap();
        document.services[1].purposes[0].clone()
    };
    assert!(of_source(&receipt).third_party_disclosure);
    let business_id = receipt.controller.party.business_id.clone();
    receipt.source.as_mut().unwrap().party.business_id = business_id;
    let purpose = of_source(&receipt);
    assert!(!purpose.third_party_disclosure);
    assert_eq!(purpose.third_party_name, None);
    // Whether it is primary is a matter of whoever uses the data.
    assert_eq!(purpose.primary_purpose, None);
}

/// An act about several things at once is no explicit consent, and no silence either.
#[test]
fn what_was_not_explicit_is_described() {
    let mut receipt = sample("pair");
    given(&mut receipt).ceremony.is_explicit = false;
    for (language, expected) in [
        (
            Language::FI,
            "AFFIRMATIVE: suostumusta ilmaiseva toimi, joka ei koskenut vain tätä suostumusta (verkkopalvelussa, merkitsemällä valinnat ja vahvistamalla)",
        ),
        (
            Language::SV,
            "AFFIRMATIVE: en bekräftande handling som inte gällde enbart detta samtycke (på webben, genom att kryssa för valen och bekräfta)",
        ),
        (
            Language::EN,
            "AFFIRMATIVE: an act of consent that was not about this consent alone (on the web, by ticking the choices and confirming)",
        ),
    ] {
        let document = Document::of(&receipt, language).unwrap();
        for service in &document.services {
            assert_eq!(service.purposes[0].consent_type, expected);
        }
        assert_eq!(validate(&document.to_json().unwrap()).findings, []);
    }
}

/// A consent that was paused and resumed for years.
#[test]
fn a_long_life_can_be_read_again() {
    let mut receipt = sample("pair");
    for record in &mut given(&mut receipt).records {
        let first = record.events[0].clone();
        for at in 0..400 {
            let mut event = first.clone();
            event.state = if at % 2 == 0 {
                EventState::Paused
            } else {
                EventState::Resumed
            };
            record.events.push(event);
        }
    }
    let document = Document::of(&receipt, Language::FI).unwrap();
    let octets = document.to_json().unwrap();
    assert_eq!(validate(&octets).findings, []);
    assert!(read(&octets).unwrap().document == document);
}

#[test]
fn a_consent_says_from_when_and_until_when() {
    let mut receipt = sample("pair");
    given(&mut receipt).exp = None;
    given(&mut receipt).nbf = Timestamp::from_seconds(1_740_000_000);
    let document = Document::of(&receipt, Language::FI).unwrap();
    let text = &document.services[0].purposes[0].termination;
    let begin = "Alkaa 2025-02-19T21:20:00Z. Voimassa, kunnes peruutat sen. Voit peruuttaa";
    assert!(text.starts_with(begin), "{text}");
}

#[test]
fn what_the_form_would_lie_about_is_refused() {
    let refused = |receipt: &Receipt| Document::of(receipt, Language::EN).unwrap_err();
    assert_eq!(refused(&sample("law")), KantaraRefusal::NotConsent);
    assert_eq!(refused(&sample("withdrawn")), KantaraRefusal::NotInForce);
    for state in EventState::ALL {
        let mut receipt = sample("pair");
        // One half that is not in force is enough.
        given(&mut receipt).records[1].events[0].state = *state;
        let is_written = Document::of(&receipt, Language::EN).is_ok();
        assert_eq!(is_written, state.is_valid(), "{state:?}");
    }
    let mut receipt = sample("pair");
    given(&mut receipt).exp = Some(receipt.issued);
    assert_eq!(refused(&receipt), KantaraRefusal::NotInForce);

    let broken: [fn(&mut Receipt); 4] = [
        |receipt| receipt.jurisdiction.clear(),
        |receipt| receipt.processes.clear(),
        |receipt| receipt.processes[0].data.clear(),
        |receipt| given(receipt).records.clear(),
    ];
    for break_it in broken {
        let mut receipt = sample("pair");
        break_it(&mut receipt);
        assert_eq!(refused(&receipt), KantaraRefusal::Incomplete);
    }
    let nowhere = Language::parse("zz").unwrap();
    let refusal = Document::of(&sample("pair"), nowhere).unwrap_err();
    assert_eq!(refusal, KantaraRefusal::NoLanguage);
    let mut receipt = sample("pair");
    receipt.language = nowhere;
    assert_eq!(refused(&receipt), KantaraRefusal::NoLanguage);
    assert_eq!(refusal.code(), "kantara_no_language");
    let mut receipt = sample("pair");
    receipt.operator.url = WebLink::parse("https:///operator.example").unwrap();
    assert_eq!(refused(&receipt), KantaraRefusal::NoUrl);
}

#[test]
fn what_is_written_is_right_and_reads_as_it_was() {
    let document = Document::of(&sample("pair"), Language::SV).unwrap();
    let octets = document.to_json().unwrap();
    assert_eq!(validate(&octets).findings, []);
    assert!(schema_accepts(&octets));
    let reading = read(&octets).unwrap();
    assert!(reading.document == document);
    assert_eq!(reading.repairs, []);
    assert_eq!(reading.remaining.findings, []);
    assert_eq!(format!("{document:?}"), "Document { .. }");
}

/// The schema of the type asks for the members that the form asks for.
#[cfg(feature = "schema")]
#[test]
fn the_schema_of_the_document_asks_for_what_every_receipt_has() {
    let schema = schemars::schema_for!(Document).to_value();
    let required: Vec<&str> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(Value::as_str)
        .collect();
    let mut missing: Vec<String> = validate(b"{}")
        .findings
        .into_iter()
        .map(|f| f.pointer)
        .collect();
    missing.sort();
    let mut required: Vec<String> = required.iter().map(|name| format!("/{name}")).collect();
    required.sort();
    assert_eq!(required, missing);
}
