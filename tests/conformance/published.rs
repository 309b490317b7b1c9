//! Descriptions as they are found: signed or not, by whom, and where (Service Descriptions 2.0 §2.1,
//! §3.1 and §4).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a JSON object takes a member by its name, and a test that cannot be made fails"
)]

use crate::support::{again, envelope, linked, new_key, signed_by_hand};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, OperatorId, ServiceId};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::{Payload, Unsigned};
use mydata::core::party::Party;
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::core::time::Timestamp;
use mydata::record::description::{
    CheckedOperator, Description, DescriptionError, Found, Issued, OperatorDescription, Policy,
    Published, Service, ServiceDescription, Trust, well_known, well_known::Lookup,
};
use mydata_chosen::Chosen;
use mydata_conformance::descriptions;
use serde_json::{Value, json};

fn trusting<'a, D: Description>(keys: Option<&'a KeySet>, policy: &'a Policy) -> Trust<'a, D> {
    Trust {
        of: None,
        keys,
        must_be_signed: false,
        policy,
        crypto: &Chosen,
    }
}

fn read<D: Description>(
    value: &Value,
    keys: Option<&KeySet>,
) -> Result<Found<D>, DescriptionError> {
    let policy = Policy::default();
    Published::<D>::read(value.to_string().as_bytes())?.check(&trusting(keys, &policy))
}

fn code<D: Description>(value: &Value, keys: Option<&KeySet>) -> &'static str {
    read::<D>(value, keys).unwrap_err().code()
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

/// The same rules for a service and an operator: accepted signed and not, and every way in which a
/// signature is none.
fn signed_and_not<D: Description>(plain: &Value) {
    let key = new_key("key-1");
    let keys = KeySet::from(key.public().clone());
    let signed = envelope(plain, D::TYP, &key);

    let found = read::<D>(plain, None).unwrap();
    assert_eq!((found.signed_by(), found.found_at()), (None, None));
    let again = read::<D>(&serde_json::from_slice(&found.to_json()).unwrap(), None).unwrap();
    assert_eq!(again.description(), found.description());

    let believed = read::<D>(&signed, Some(&keys)).unwrap();
    assert_eq!(believed.signed_by(), Some(key.public()));
    assert_eq!(believed.description(), found.description());
    assert_ne!(believed, found);
    let octets: Value = serde_json::from_slice(&believed.to_json()).unwrap();
    assert_eq!(octets, signed, "what was signed is served as it was signed");
    assert!(believed.fits(&keys) && !believed.fits(&new_key("key-1").public().clone().into()));

    // No kid, a kid that nobody knows, nobody's keys, another's key under the kid.
    let header = json!({ "alg": "EdDSA", "typ": D::TYP });
    let nameless = signed_by_hand(&header, plain, &key);
    assert_eq!(code::<D>(&nameless, Some(&keys)), "jws_kid_missing");
    let stranger = envelope(plain, D::TYP, &new_key("stranger"));
    assert_eq!(code::<D>(&stranger, Some(&keys)), "jws_kid_unknown");
    assert_eq!(code::<D>(&signed, None), "jws_kid_unknown");
    let thief = envelope(plain, D::TYP, &new_key("key-1"));
    assert_eq!(code::<D>(&thief, Some(&keys)), "jws_signature_invalid");

    // The typ of something else, a key that it brings itself, a signature on something else.
    let other = envelope(plain, "mydata-slr+json", &key);
    assert_eq!(code::<D>(&other, Some(&keys)), "jws_typ_mismatch");
    let kid = key.public().kid().as_str();
    for member in ["x5u", "jwk", "x5c"] {
        let header =
            json!({ "alg": "EdDSA", "kid": kid, "typ": D::TYP, member: "https://k.example" });
        let bringing = signed_by_hand(&header, plain, &key);
        assert_eq!(code::<D>(&bringing, Some(&keys)), "jws_key_in_header");
    }
    let mut moved = signed.clone();
    let mut altered = plain.clone();
    altered["createdByUserId"] = json!("somebody else");
    moved["payload"] = envelope(&altered, D::TYP, &key)["payload"].clone();
    assert_eq!(code::<D>(&moved, Some(&keys)), "jws_signature_invalid");

    // Half an envelope is no description that nobody has signed, and no more is a mixture.
    for member in ["payload", "protected", "signature"] {
        let mut half = signed.clone();
        half.as_object_mut().unwrap().remove(member).unwrap();
        assert!(read::<D>(&half, Some(&keys)).is_err(), "{member}");
        let mut mixed = plain.clone();
        mixed[member] = signed[member].clone();
        assert!(read::<D>(&mixed, Some(&keys)).is_err(), "{member}");
    }
    let twice = signed.to_string().replacen('{', r#"{"payload":"","#, 1);
    let refusal = Published::<D>::read(twice.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "json_duplicate_member");
    let twice = plain.to_string().replacen('{', r#"{"n":{"m":1,"m":2},"#, 1);
    let refusal = Published::<D>::read(twice.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "json_duplicate_member");
    for text in ["", "[]", "{}", "null", r#""eyJ""#, r#"{"payload":1}"#] {
        assert!(Published::<D>::read(text.as_bytes()).is_err(), "{text}");
    }

    // Who demands a signature does not take its absence for one.
    let policy = Policy::default();
    let trust = Trust {
        must_be_signed: true,
        ..trusting::<D>(Some(&keys), &policy)
    };
    let published = |value: &Value| Published::<D>::read(value.to_string().as_bytes()).unwrap();
    assert!(!published(plain).has_signature() && published(&signed).has_signature());
    let refusal = published(plain).check(&trust).unwrap_err();
    assert_eq!(refusal.code(), "description_not_signed");
    assert!(published(&signed).check(&trust).is_ok());
}

//= SD-13, SD-14 test
#[test]
fn a_service_may_sign_its_description() {
    for description in [descriptions::source(), descriptions::sink()] {
        signed_and_not::<Service>(&description);
    }
}

//= SD-31, SD-32 test
#[test]
fn an_operator_may_sign_its_description() {
    signed_and_not::<OperatorDescription>(&descriptions::operator());
}

/// A description that was signed and breaks rules is refused with all of them, like any other.
#[test]
fn a_signature_mends_nothing() {
    let key = new_key("key-1");
    let keys = KeySet::from(key.public().clone());
    let mut faulty = descriptions::sink();
    faulty["serviceDescription"]["supportedProfiles"] = json!([]);
    faulty["dataDescription"] = json!([]);
    let signed = envelope(&faulty, Service::TYP, &key);
    let Err(DescriptionError::Rules(faults)) = read::<Service>(&signed, Some(&keys)) else {
        panic!("accepted, or refused for something else")
    };
    assert!(faults.len() > 3, "{faults:?}");
}

/// RFC 8410 §10.1: the public key of the example certificate, as OpenSSL and others write it.
const RFC_8410: &str = "302a300506032b6570032100\
    19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(octet).collect()
}

/// The certificate's key is one of those that are registered, or it is nobody's; then it verifies the
/// description and the service's signature on a link record.
//= SD-10 test
#[test]
fn a_certificate_confirms_a_key_and_brings_none() {
    let spki = octets(RFC_8410);
    let point: [u8; 32] = spki[12..].try_into().unwrap();
    let example = PublicKey::ed25519(KeyId::parse("rfc-8410").unwrap(), point).unwrap();
    assert_eq!(example.material().to_spki(), spki);
    let p256 = mydata_chosen::generate(
        KeyId::parse("p-256").unwrap(),
        mydata::core::jwk::Algorithm::Es256,
    )
    .unwrap();
    let keys = KeySet::new(vec![example.clone(), p256.public().clone()]).unwrap();
    assert_eq!(keys.certified(&spki), Some(&example));
    let of_p256 = p256.public().material().to_spki();
    assert_eq!(keys.certified(&of_p256), Some(p256.public()));
    assert_eq!(of_p256.len(), 91);
    for other in [&spki[..43], &spki[1..], b"", &[&spki[..], b"\0"].concat()] {
        assert_eq!(keys.certified(other), None);
    }

    // In the world: the sink's certificate, its description and its link record.
    let world = linked();
    let spki = world.sink.key.public().material().to_spki();
    let certified = world.sink.registered.keys.set_at(world.now).unwrap();
    let certified = certified.certified(&spki).unwrap().clone();
    let only = KeySet::from(certified.clone());
    let signed = envelope(&descriptions::sink(), Service::TYP, &world.sink.key);
    let found = read::<Service>(&signed, Some(&only)).unwrap();
    assert_eq!(found.signed_by(), Some(&certified));
    let id = ServiceId::parse("sink").unwrap();
    let (_, link) = world.account.active_link(&id).unwrap();
    let keys = world.account.party_keys(None).with(Party::Service, &only);
    assert!(link.record.is_signed_with(&keys));
    let other = KeySet::from(new_key("sink-1").public().clone());
    let keys = world.account.party_keys(None).with(Party::Service, &other);
    assert!(!link.record.is_signed_with(&keys));

    // The member is an address, and nothing is fetched from it.
    for (x5u, accepted) in [
        ("https://sink.example/certificate.pem", true),
        ("http://sink.example/certificate.pem", false),
        ("certificate.pem", false),
    ] {
        let mut sink = descriptions::sink();
        sink["serviceDescription"]["cert"] = json!({ "x5u": x5u });
        let refused = read::<Service>(&sink, None).err().map(|error| error.code());
        assert_eq!(
            refused,
            (!accepted).then_some("description_certificate_url")
        );
    }
}

/// Exactly these addresses, and the others for a tolerant reader only (C24).
//= SD-03, SD-29, FW-13, FW-14 test
#[test]
fn the_well_known_locations() {
    let (plain, port) = (
        origin("https://h.example"),
        origin("https://h.example:8443"),
    );
    let service = "/.well-known/mydata/servicedescription";
    let operator = "/.well-known/mydata/operator";
    for origin in [&plain, &port] {
        let at = |path: &str| ResourceUrl::parse(&format!("{origin}{path}")).unwrap();
        assert_eq!(well_known::of_service(origin), Ok(at(service)));
        assert_eq!(well_known::of_operator(origin), Ok(at(operator)));

        let strict = Lookup::<Service>::at(origin);
        assert_eq!(strict.url(), Some(&at(service)));
        assert_eq!(strict.missed().url(), None);
        let strict = Lookup::<OperatorDescription>::at(origin);
        assert_eq!(strict.url(), Some(&at(operator)));
        assert_eq!(strict.missed().url(), None);

        let mut tolerant = Lookup::<Service>::tolerant(origin);
        for path in [
            service,
            "/.well-known/MyData/configuration",
            "/.well-known/mydata/",
        ] {
            assert_eq!(tolerant.url(), Some(&at(path)));
            tolerant = tolerant.missed();
        }
        assert_eq!(tolerant.url(), None);
        let tolerant = Lookup::<OperatorDescription>::tolerant(origin).missed();
        let alias = at("/.well-known/mydata/mydata/operatorinfo/");
        assert_eq!(tolerant.url(), Some(&alias));
    }
}

/// What is found at an origin is a description of whom was asked for, and names that origin.
//= SD-28, FW-56 test
#[test]
fn what_is_found_is_whose_it_was_looked_for() {
    let policy = Policy::default();
    let octets = descriptions::sink().to_string();
    let look = |at: &str| Lookup::<Service>::at(&origin(at)).found(octets.as_bytes());
    let (sink, other) = (
        ServiceId::parse("sink").unwrap(),
        ServiceId::parse("other").unwrap(),
    );
    let of = |id| Trust {
        of: Some(id),
        ..trusting::<Service>(None, &policy)
    };
    let found = look("https://sink.example").unwrap();
    assert_eq!(found.hint(), &sink);
    let found = found.check(&of(&sink)).unwrap();
    assert_eq!(found.found_at(), Some(&origin("https://sink.example")));
    let refusal = look("https://sink.example").unwrap().check(&of(&other));
    assert_eq!(refusal.unwrap_err().code(), "description_other");
    let refusal = look("https://elsewhere.example").unwrap().check(&of(&sink));
    assert_eq!(refusal.unwrap_err().code(), "description_elsewhere");

    let octets = descriptions::operator().to_string();
    let look = |at: &str| {
        let lookup = Lookup::<OperatorDescription>::at(&origin(at));
        let found = lookup.found(octets.as_bytes()).unwrap();
        found.check(&trusting(None, &policy))
    };
    let found = look("https://operator.example").unwrap();
    let id = OperatorId::parse("operator.example").unwrap();
    assert_eq!(found.description().operator_id, id);
    let refusal = look("https://elsewhere.example").unwrap_err();
    assert_eq!(refusal.code(), "description_elsewhere");
    // An operator's description is no service's.
    let lookup = Lookup::<Service>::at(&origin("https://operator.example"));
    assert!(lookup.found(octets.as_bytes()).is_err());
}

/// Table 7, all faults at once.
//= SD-30, FW-53, FW-55 test
#[test]
fn an_operator_names_all_that_the_table_has() {
    let good = descriptions::operator();
    let found = read::<OperatorDescription>(&good, None).unwrap();
    let written: Value = serde_json::from_slice(&found.to_json()).unwrap();
    assert_eq!(written, good, "nothing is lost and nothing is renamed");
    for profile in [
        "contract",
        "consenting",
        "3rd party re-use",
        "notification",
        "objection",
    ] {
        let mut operator = good.clone();
        operator["supportedProfiles"] = json!([profile]);
        assert!(
            read::<OperatorDescription>(&operator, None).is_ok(),
            "{profile}"
        );
    }
    let faulty = json!({
        "operatorId": "operator.example",
        "serviceProvider": { "businessId": " ", "name": "Town (demo)" },
        "operatorservicedescriptionVersion": "1.0.0",
        "supportedProfiles": ["consenting", "consenting"],
        "cert": { "x5u": "certificate.pem" },
        "operatorUrls": { "domain": "https://operator.example", "linkingRedirectUri": "linked" },
        "createdOnDate": 1_736_236_800, "createdByUserId": "test"
    });
    let Err(DescriptionError::Rules(faults)) = read::<OperatorDescription>(&faulty, None) else {
        panic!("accepted, or refused for something else")
    };
    let codes: Vec<_> = faults.iter().map(|fault| fault.refusal.code()).collect();
    assert_eq!(
        codes,
        [
            "description_no_provider",
            "description_profile_twice",
            "description_certificate_url",
            "description_endpoint_url"
        ]
    );
    let refused = |member: &str, value: Value| {
        let mut operator = good.clone();
        operator[member] = value;
        code::<OperatorDescription>(&operator, None)
    };
    assert_eq!(
        refused("supportedProfiles", json!([])),
        "description_no_profile"
    );
    assert_eq!(
        refused("supportedProfiles", json!(["banking"])),
        "json_shape"
    );
    assert_eq!(refused("operatorId", json!("")), "json_shape");
    let http = json!({ "domain": "http://operator.example", "linkingRedirectUri": "/linked" });
    assert_eq!(refused("operatorUrls", http), "json_shape");
    for member in good
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "cert")
    {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(member).unwrap();
        let refused = code::<OperatorDescription>(&without, None);
        assert_eq!(refused, "json_missing_member", "{member}");
    }
    let operator: OperatorDescription = serde_json::from_value(good).unwrap();
    assert!(CheckedOperator::check(operator).is_ok());
}

/// A time in seconds, or text that nobody reads (C06).
//= SD-07 test
#[test]
fn when_a_description_was_made_has_two_forms() {
    let start = Timestamp::from_seconds(1_736_236_800).unwrap();
    for (value, issued) in [
        (json!(1_736_236_800), Some(Issued::At(start))),
        (json!("January"), Some(Issued::Text("January".to_owned()))),
        (
            json!("1736236800"),
            Some(Issued::Text("1736236800".to_owned())),
        ),
        (json!(-1), None),
        (json!(1.5), None),
        (json!(null), None),
        (json!([1]), None),
        (json!(253_402_300_800_u64), None),
    ] {
        let mut sink = descriptions::sink();
        sink["issued"] = value.clone();
        let found = read::<Service>(&sink, None).ok();
        assert_eq!(found.as_ref().map(|found| &found.issued), issued.as_ref());
        if let Some(found) = found {
            let written: Value = serde_json::from_slice(&found.to_json()).unwrap();
            assert_eq!(written["issued"], value, "written as it was read");
        }
    }
}

/// A city may demand a purpose of everybody; what every description needs is data, and something
/// that is done with it.
//= FW-16, FW-17, FW-58 test
#[test]
fn data_and_its_processing_are_described() {
    let strict = Policy::default().with_processing();
    let check = |description: &Value, policy: &Policy| {
        let octets = description.to_string();
        match ServiceDescription::from_json(octets.as_bytes(), policy) {
            Ok(_) => Vec::new(),
            Err(DescriptionError::Rules(faults)) => {
                faults.iter().map(|f| f.refusal.code()).collect()
            }
            Err(other) => vec![other.code()],
        }
    };
    let (source, sink) = (descriptions::source(), descriptions::sink());
    assert!(check(&sink, &strict).is_empty() && check(&source, &Policy::default()).is_empty());
    assert_eq!(check(&source, &strict), ["description_no_processing"]);
    let mut without = sink.clone();
    without.as_object_mut().unwrap().remove("dataDescription");
    assert!(check(&without, &Policy::default()).contains(&"description_no_data"));
    let mut without = sink.clone();
    without["processingBases"] = json!({});
    without["serviceDescription"]["supportedProfiles"] = json!(["objection"]);
    assert_eq!(
        check(&without, &Policy::default()),
        ["description_no_purpose"]
    );
    let mut nowhere = source;
    nowhere["dataDescription"][0]["distribution"][0]["accessUrl"] =
        json!("http://source.example/a");
    assert_eq!(
        check(&nowhere, &Policy::default()),
        ["description_distribution_url"]
    );
}

/// Every service says where linking begins and where the person returns to.
//= FW-57 test
#[test]
fn a_service_can_be_linked_or_is_none() {
    for member in ["linkingUri", "linkingRedirectUri"] {
        for (uri, accepted) in [
            ("/link", true),
            ("https://login.sink.example/link", true),
            ("link", false),
            ("http://sink.example/link", false),
            ("//sink.example/link", false),
            ("", false),
        ] {
            let mut sink = descriptions::sink();
            sink["serviceDescription"]["serviceUrls"][member] = json!(uri);
            let refused = read::<Service>(&sink, None).err().map(|error| error.code());
            let expected = (!accepted).then_some("description_endpoint_url");
            assert_eq!(refused, expected, "{member}: {uri}");
        }
        let mut sink = descriptions::sink();
        let urls = &mut sink["serviceDescription"]["serviceUrls"];
        urls.as_object_mut().unwrap().remove(member).unwrap();
        assert_eq!(code::<Service>(&sink, None), "json_missing_member");
    }
}

/// Advice, and never a refusal.
//= FW-18 test
#[test]
fn schemes_that_others_share_are_recommended() {
    let warnings = |description: &Value| -> Vec<String> {
        let found = read::<Service>(description, None).unwrap();
        found.warnings().iter().map(ToString::to_string).collect()
    };
    let mut sink = descriptions::sink();
    let purposes = sink["processingBases"].as_object_mut().unwrap();
    for purpose in purposes
        .values_mut()
        .flat_map(|p| p.as_array_mut().unwrap())
    {
        purpose["x_mydata"]["purpose"] = json!("dpv:ServiceProvision");
    }
    assert!(warnings(&sink).is_empty());
    sink["dataDescription"][1]["datasetSchema"]["@id"] = json!("wishes");
    sink["processingBases"]["consent"][0]["x_mydata"] = json!({});
    let found = warnings(&sink);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].ends_with("`b`") && found[1].ends_with("`care`"));
    for empty in ["urn:", "https://", ""] {
        sink["dataDescription"][0]["datasetSchema"]["@id"] = json!(empty);
        assert_eq!(warnings(&sink).len(), 3, "{empty}");
    }
}

/// What our own writer makes is what the reader takes, also with a key of another kind.
#[test]
fn what_is_signed_here_is_read_here() {
    let world = linked();
    let key = again(&world.owner);
    let keys = KeySet::from(key.public().clone());
    let service: Service = serde_json::from_value(descriptions::sink()).unwrap();
    let sealed = Unsigned::new(service).sign(&key).unwrap().seal();
    let policy = Policy::default();
    let found = Published::read(sealed.to_json().as_bytes()).unwrap();
    let found = found
        .check(&trusting::<Service>(Some(&keys), &policy))
        .unwrap();
    let opened = Published::open(&sealed).unwrap();
    let opened = opened.check(&trusting(Some(&keys), &policy)).unwrap();
    assert_eq!(found, opened);
    assert_eq!(found.signed_by(), Some(key.public()));
}
