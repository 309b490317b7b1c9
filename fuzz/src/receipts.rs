//! Receipts: what is read again as it was read, and what is believed is what the records say.

use crate::bound::bounded;
use crate::{compact, fixture, key, one};
use mydata::account::Decided;
use mydata::core::crypto::Signer as _;
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::keys::{PrivateKey, Ring};
use mydata::receipt::Receipt;
use mydata::receipt::signed::{SignedReceipt, Trust};
use mydata::receipt::{kantara as k11, linked as ld};
use mydata_conformance::descriptions;
use mydata_conformance::receipts::{Case, with_law};

/// The operator's key of receipts.
fn desk() -> PrivateKey {
    key("receipts-1", 9)
}

/// The receipt of the fixture's pair.
fn receipt() -> Receipt {
    let fixture = fixture();
    let mut case = Case::of(&fixture.world);
    let [mut source, mut sink] = [descriptions::source(), descriptions::sink()];
    with_law(&mut source);
    with_law(&mut sink);
    case.source = descriptions::checked(&source);
    case.sink = descriptions::checked(&sink);
    case.consent(&fixture.world, &fixture.ids.sink).unwrap()
}

/// Kantara's form: the validator and the schema hold, and what was read is read again without a repair.
pub fn kantara(data: &[u8]) {
    let report = bounded(data.len(), || k11::validate(data));
    let is_let_through = report.let_through().count() == report.findings.len();
    assert_eq!(k11::schema_accepts(data), is_let_through);
    let Ok(reading) = bounded(data.len(), || k11::read(data)) else {
        return;
    };
    let written = reading.document.to_json().unwrap();
    let again = k11::read(&written).unwrap();
    assert!(again.repairs.is_empty());
    assert!(again.document == reading.document);
}

/// The linked form: the same, and a receipt that comes out of it goes in and comes out as it was.
pub fn linked(data: &[u8]) {
    let _report = bounded(data.len(), || ld::validate(data));
    let Ok(reading) = bounded(data.len(), || ld::read(data)) else {
        return;
    };
    let written = reading.document.to_json().unwrap();
    let again = ld::read(&written).unwrap();
    assert!(again.repairs.is_empty());
    assert!(again.document == reading.document);
    if let Ok(receipt) = reading.document.receipt() {
        let back = ld::Document::of(&receipt).receipt();
        assert!(back.unwrap() == receipt);
    }
}

/// Whatever the operator signs: nothing is believed but what the fixture's records say.
pub fn signed(data: &[u8]) {
    let desk = desk();
    let text = compact::<SignedReceipt>(data, &desk);
    let length = text.len();
    let Ok(sealed) = bounded(length, || Sealed::<SignedReceipt>::from_compact(&text)) else {
        return;
    };
    let world = &fixture().world;
    let trust = Trust {
        operator: &|_| Some(one(&desk).into()),
        service: &|id| match id.as_str() {
            "source" => Some(one(&world.source.key).into()),
            _ => Some(one(&world.sink.key).into()),
        },
        crypto: &Ring,
    };
    let Ok(proven) = bounded(length, || SignedReceipt::verify(&sealed, &trust)) else {
        return;
    };
    for record in proven.given().into_iter().flat_map(|given| &given.records) {
        let consent = world.account.consent(&record.cr_id).unwrap();
        assert_eq!(record.iat, consent.terms().iat);
        assert_eq!(record.kid, *world.owner.public().kid());
        assert_eq!(proven.given().unwrap().exp, consent.terms().exp);
    }
}

/// A register: what is read is written and read the same.
pub fn register(data: &[u8]) {
    use mydata::receipt::city::City;
    if let Ok(city) = bounded(data.len(), || City::from_json(data)) {
        let written = serde_json::to_vec(&city).unwrap();
        assert!(City::from_json(&written).unwrap() == city);
    }
}

/// What the targets begin with.
pub(crate) fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let receipt = receipt();
    let document = k11::Document::of(&receipt, Language::SV).unwrap();
    let whole = document.to_json().unwrap();
    let mut plain: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    plain.as_object_mut().unwrap().remove("x_mydata");
    plain["policyURL"] = plain["policyUrl"].take();
    plain.as_object_mut().unwrap().remove("policyUrl");
    let fixture = fixture();
    let decided = Decided::find(&fixture.world.account, &fixture.ids.sink).unwrap();
    let evidence = decided.evidence(&fixture.world.log, &Ring).unwrap();
    let signed = serde_json::to_vec(&SignedReceipt {
        receipt: receipt.clone(),
        evidence,
    })
    .unwrap();
    vec![
        ("receipt_kantara", "whole", whole),
        (
            "receipt_kantara",
            "misspelt",
            serde_json::to_vec(&plain).unwrap(),
        ),
        (
            "receipt_linked",
            "pair",
            ld::Document::of(&receipt).to_json().unwrap(),
        ),
        (
            "receipt_register",
            "city",
            mydata_conformance::receipts::city()
                .to_string()
                .into_bytes(),
        ),
        ("receipt_signed", "pair", signed),
    ]
}
