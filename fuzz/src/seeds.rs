//! The seeds are records that the library itself has made. `MYDATA_BLESS=1 fuzz/run seeds` writes them anew;
//! without it they must be what would be written.

use crate::published::publisher;
use crate::tokens::party_proof;
use crate::{BASE64URL, consented, dpop_fixture, fixture, identity, key, payload};
use base64::Engine as _;
use mydata::account::ExportFormat;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{PurposeId, ServiceId};
use mydata::core::json;
use mydata::core::jws::Unsigned;
use mydata::keys::{PrivateKey, Ring};
use mydata::operator::Scope;
use mydata::record::description::{OperatorDescription, Service};
use mydata::record::message::StatusQuery;
use mydata::record::objection::Verdict;
use mydata::token::introspection::Introspection;
use mydata_conformance::descriptions;
use mydata_conformance::wishes::verdicts;
use std::fs;
use std::path::Path;

/// A provider's set: a key for RS256, and one for encryption beside it.
const RSA_SET: &[u8] = include_bytes!("identity.json");

fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, octets: &[u8]| {
        seeds.push((target, name.to_owned(), octets.to_vec()));
    };
    let fixture = fixture();
    let world = &fixture.world;

    let header = fixture.authorization.as_bytes();
    let signed = payload(&fixture.authorization);
    let claims = payload(fixture.token.as_str());
    add("authorization_header", "header", &[b"\0", header].concat());
    add(
        "authorization_header",
        "signed",
        &[b"\x01", &signed[..]].concat(),
    );
    add(
        "authorization_header",
        "claims",
        &[b"\x02", &claims[..]].concat(),
    );
    // A third element where two belong.
    let mut odd: serde_json::Value = serde_json::from_slice(&signed).unwrap();
    let digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    odd["q"] = serde_json::json!([["a"], digest, "x"]);
    let odd = serde_json::to_vec(&odd).unwrap();
    add(
        "authorization_header",
        "third",
        &[b"\x01", &odd[..]].concat(),
    );
    let dpop = dpop_fixture();
    let proof = dpop.dpop.as_deref().unwrap();
    add("dpop", "proof", &[b"\0", proof.as_bytes()].concat());
    add("dpop", "signed", &[&b"\x01"[..], &payload(proof)].concat());
    let header = BASE64URL.decode(proof.split('.').next().unwrap()).unwrap();
    add("dpop", "header", &[&b"\x02"[..], &header].concat());
    let claims = payload(dpop.token.as_str());
    add("dpop", "claims", &[&b"\x03"[..], &claims].concat());
    let proof = party_proof();
    add("party", "header", &[b"\0PoP ", proof.as_bytes()].concat());
    let said = payload(&proof);
    add("party", "signed", &[&b"\x01"[..], &said].concat());
    let mut said: serde_json::Value = serde_json::from_slice(&said).unwrap();
    said["iss"] = world.operator_id.as_str().into();
    said["role"] = "operator".into();
    let said = serde_json::to_vec(&said).unwrap();
    add("party", "operator", &[&b"\x02"[..], &said].concat());
    let [honest, by_rsa] = identity::honest();
    for (name, token) in [("token", honest), ("rsa-token", by_rsa)] {
        add("identity_token", name, &[b"\0", token.as_bytes()].concat());
    }
    let claims = identity::CLAIMS.as_bytes();
    let (header, of_rsa) = (identity::HEADER, identity::RSA_HEADER);
    add("identity_token", "claims", &[b"\x01", claims].concat());
    add(
        "identity_token",
        "header",
        &[b"\x02", header.as_bytes()].concat(),
    );
    add("identity_token", "rsa-claims", &[b"\x04", claims].concat());
    add(
        "identity_token",
        "rsa-header",
        &[b"\x05", of_rsa.as_bytes()].concat(),
    );
    add("identity_token", "keys", &[b"\x03", RSA_SET].concat());
    add("introspection", "token", fixture.token.as_str().as_bytes());
    let source = ServiceId::parse("source").unwrap();
    let account = &world.account;
    let answer = account.introspect_token(&source, &fixture.token, world.now, &Ring);
    for (name, answer) in [("active", &answer), ("inactive", &Introspection::Inactive)] {
        add("introspection", name, &json::to_vec(answer).unwrap());
    }
    add("jws_compact", "token", fixture.token.as_str().as_bytes());
    for (name, link) in ["one", "other"].iter().zip(world.account.links()) {
        add("jws_json", name, link.1.record.seal().to_json().as_bytes());
    }
    for (side, name) in [(&world.source, "source"), (&world.sink, "sink")] {
        for (at, octets) in side.received.iter().enumerate() {
            add("message_to_service", &format!("{name}-{at}"), octets);
        }
    }
    let first = world.source.received.first().unwrap();
    let two = String::from_utf8(first.clone()).unwrap();
    let two = two.strip_suffix('}').unwrap();
    add(
        "message_to_service",
        "two",
        format!(r#"{two},"link":{{}}}}"#).as_bytes(),
    );

    for (target, name, octets) in crate::receipts::seeds() {
        add(target, name, &octets);
    }
    for (name, octets) in crate::legacy::seeds() {
        add("legacy", name, &octets);
    }
    let mut world = consented().0;
    world.subscribe(&["news"]).unwrap();
    let push = world.notification(&["news"]).unwrap();
    let told = world.told(&push);
    world.command(&world.service_act("sink"), &told).unwrap();
    let survey = PurposeId::parse("survey").unwrap();
    let objection = world.object(vec![Scope::Processing(survey)]).unwrap();
    world.decide_objection(&objection, verdicts(&["1"], Verdict::Accepted));
    let export = world.export().write(ExportFormat::Json).unwrap();
    add("account_export", "consented", &export);
    add(
        "account_registration",
        "sofia",
        br#"{"data":{"type":"Account","attributes":{"username":"sofia.lind","password":"kolme hevosta ja vene","firstname":"Sofia","lastname":"Lind","email":"sofia@post.example","x_mydata":{"natural_person":true,"date_of_birth":"1988-02-29"}}}}"#,
    );

    let ed25519 = key("key-1", 1);
    let p256 = PrivateKey::from_jwk(crate::peer::P256).unwrap();
    for (name, key) in [("ed25519", &ed25519), ("p256", &p256)] {
        let public = key.public().to_jwk();
        add("jwk", name, public.as_bytes());
        add(
            "jwk",
            &format!("{name}-set"),
            format!(r#"{{"keys":[{public}]}}"#).as_bytes(),
        );
        let (pkcs8, jwk) = (key.to_pkcs8(), key.to_jwk());
        add(
            "private_key_pkcs8_jwk",
            &format!("{name}.der"),
            pkcs8.expose(),
        );
        add(
            "private_key_pkcs8_jwk",
            &format!("{name}.json"),
            jwk.expose(),
        );
    }

    let (source, sink) = (descriptions::source(), descriptions::sink());
    for (name, description) in [("source", &source), ("sink", &sink)] {
        add(
            "service_description",
            name,
            description.to_string().as_bytes(),
        );
    }
    // A name of an enumeration as an object.
    let mut odd = sink.clone();
    odd["serviceDescription"]["supportedProfiles"] = serde_json::json!([{ "consenting": null }]);
    add(
        "service_description",
        "object-for-name",
        odd.to_string().as_bytes(),
    );
    let (publisher, operator) = (publisher(), descriptions::operator());
    add("published", "plain", sink.to_string().as_bytes());
    add("published", "operator", operator.to_string().as_bytes());
    let service: Service = serde_json::from_value(sink.clone()).unwrap();
    let operator: OperatorDescription = serde_json::from_value(operator).unwrap();
    let service = Unsigned::new(service).sign(&publisher).unwrap().seal();
    let operator = Unsigned::new(operator).sign(&publisher).unwrap().seal();
    add("published", "signed", service.to_json().as_bytes());
    add(
        "published",
        "signed-operator",
        operator.to_json().as_bytes(),
    );
    add(
        "registry_search",
        "words",
        "SMÅBARN pa\u{308}iva\u{308}hoito".as_bytes(),
    );
    add("registry_search", "one", b"care");

    let wishes = br#"{"a": [ {"b" : 1.50, "n": "left"}, 5, {"\u0062":"\u00e4\ud83d\ude00"}, [] ],
        "c": {"d": [true, null, -1e2]}, "rest": [{"b": []}]} "#;
    add("select", "wishes", &[b"\x01\x05", &wishes[..]].concat());
    add(
        "select",
        "list",
        b"\x02\x02[{\"a\":1,\"b\":{\"c\":2,\"d\":3}},{\"b\":4},[]]",
    );
    add("select", "twice", b"\x00\x03{\"a\":1,\"\\u0061\":2}");
    add(
        "select",
        "deep",
        b"\x04\x01{\"a\":{\"a\":{\"a\":[[0]],\"b\":[[1]]}},\"b\":[2,{}]}",
    );
    add(
        "select",
        "named",
        b"\x05\x04{\"x.y\":{\"\\u00e5\":\"kept\"},\"d\\u0069et\":[0.10]}",
    );
    add("select", "paths", b"\xff\x00wishes[].unit,\"a.b\".c,[][]");

    add(
        "json_strict",
        "record",
        br#"{"a":{"b":[1,-2.5e3,"\u00e5",null,true]},"c":{}}"#,
    );
    add("json_strict", "twice", br#"{"a":1,"\u0061":2}"#);
    add("json_strict", "deep", br#"[[[[0]]]]"#);
    add(
        "resource_url",
        "url",
        b"https://source.example:8443/data/%C3%A5/x",
    );
    add("resource_url", "up", b"https://source.example/a/%2e%2e/b");
    for (name, host) in [
        ("quote", "a\"b.example"),
        ("empty-label", "a..b"),
        ("braces", "{}"),
        ("low-line", "a_b.example"),
    ] {
        let text = format!("https://{host}/a");
        add("resource_url", name, text.as_bytes());
    }
    add("resource_url", "target", b"/data/a?from=2025&to=2026");
    add(
        "audience",
        "below",
        b"https://h.example/data/tax\nhttps://h.example/data/*",
    );
    add(
        "audience",
        "exact",
        b"https://h.example/a\nhttps://h.example/a",
    );
    add(
        "audience",
        "list",
        br#"["https://h.example/a","https://h.example/b/*"]"#,
    );

    // Begin; paused and resumed by the owner; paused and resumed by the operator; withdrawn.
    let by_both = [
        [0, 0, 0, 9],
        [0, 1, 5, 17],
        [0, 0, 5, 17],
        [1, 1, 5, 17],
        [1, 0, 5, 17],
    ];
    add(
        "chain",
        "life",
        &[by_both.as_flattened(), &[0, 2, 5, 17]].concat(),
    );
    add(
        "chain",
        "reserved",
        [[0, 0, 0, 9], [0, 1, 5, 17], [1, 0, 5, 17]].as_flattened(),
    );
    // Token; pause, wait, resume; withdraw; a new consent.
    let life = [
        [4, 0, 0],
        [1, 0, 0],
        [0, 1, 9],
        [1, 0, 1],
        [1, 1, 2],
        [3, 0, 3],
    ];
    add("operator_commands", "life", life.as_flattened());
    // The link is removed by the operator and made again; the old commands come again.
    let again = [
        [5, 0, 4],
        [6, 0, 0],
        [6, 1, 0],
        [3, 1, 4],
        [9, 0, 2],
        [0, 3, 40],
        [8, 0, 3],
    ];
    add("operator_commands", "again", again.as_flattened());
    // Exported; to be deleted, undone; a pause; deleted at once, erased.
    let end = [
        [10, 1, 0],
        [11, 0, 0],
        [10, 2, 0],
        [4, 1, 0],
        [11, 1, 0],
        [1, 0, 0],
        [10, 3, 0],
        [8, 0, 3],
        [11, 2, 3],
    ];
    add("operator_commands", "end", end.as_flattened());
    // A modification; a contract; the source leaves the registry, and is linked again; the contract
    // is over.
    let more = [
        [12, 0, 0],
        [12, 1, 1],
        [14, 0, 0],
        [13, 0, 3],
        [6, 0, 0],
        [3, 0, 3],
        [15, 0, 0],
    ];
    add("operator_commands", "more", more.as_flattened());
    // To be deleted: nothing new meanwhile, and the source leaves all the same.
    let closing = [
        [14, 0, 0],
        [10, 2, 0],
        [12, 0, 0],
        [14, 0, 6],
        [15, 0, 0],
        [13, 0, 3],
        [0, 3, 40],
        [8, 0, 3],
        [13, 1, 3],
        [11, 2, 3],
    ];
    add("operator_commands", "closing", closing.as_flattened());
    // Subscribed, confirmed, told, cancelled, told too late; an objection, pending, decided in part,
    // taken back in vain, and another after the sink was linked again.
    let wishes = [
        [16, 0, 0],
        [20, 0, 4],
        [17, 0, 4],
        [16, 2, 0],
        [9, 2, 4],
        [18, 12, 0],
        [19, 0, 52],
        [19, 0, 22],
        [19, 0, 4],
        [5, 1, 4],
        [6, 1, 0],
        [18, 1, 0],
        [19, 1, 4],
    ];
    add("operator_commands", "wishes", wishes.as_flattened());
    seeds.extend(others());
    let journal = crate::journal::seeds().into_iter();
    seeds.extend(journal.map(|(name, octets)| ("journal", name, octets)));
    seeds
}

/// Requests, messages, records, and tokens for two libraries.
fn others() -> Vec<(&'static str, String, Vec<u8>)> {
    let fixture = fixture();
    let world = &fixture.world;
    let token = fixture.token.as_str();
    let claims = String::from_utf8(payload(token)).unwrap();
    let header =
        |alg: &str, kid: &str| format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"mydata-at+jwt"}}"#);
    let tokens_kid = world.token_key.public().kid().as_str();
    let signed = |by: char, alg, kid| format!("{by}{}\n{claims}", header(alg, kid));
    let link = world.account.links().next().unwrap().1;
    let surrogate = &link.record.surrogate_id;
    let cr_id = &fixture.ids.sink;
    let message = |kind: &str, text: String| {
        let kind = crate::messages::MESSAGES
            .iter()
            .position(|known| *known == kind);
        [&[u8::try_from(kind.unwrap()).unwrap()], text.as_bytes()].concat()
    };
    let source = ServiceId::parse("source").unwrap();
    let query = StatusQuery {
        cr_id: fixture.ids.source.clone(),
        since: None,
        round: 1,
    };
    let status = world.account.introspect(&source, &query).unwrap();
    let status = String::from_utf8(json::to_vec(&status).unwrap()).unwrap();
    let request = "/data/a?from=2025&to=2026\nGET\nContent-Type:text/plain\nb:1";
    // Five requests in time; one again; the clock back, and all of them again.
    let replay = b"\x1e\x05\x08\x07\0\x07\x01\x07\x02\x07\x03\x07\x04\0\x04\xff\0\x7f\0\0\x01";
    vec![
        ("differential", "token", ["0", token].concat().into_bytes()),
        (
            "differential",
            "ed25519",
            signed('1', "EdDSA", tokens_kid).into_bytes(),
        ),
        (
            "differential",
            "new-name",
            signed('1', "Ed25519", tokens_kid).into_bytes(),
        ),
        (
            "differential",
            "p256",
            signed('2', "ES256", "key-2").into_bytes(),
        ),
        ("http_request", "get", request.as_bytes().to_vec()),
        (
            "message",
            "token-request",
            message("token_request", format!(r#"{{"cr_id":"{cr_id}"}}"#)),
        ),
        (
            "message",
            "token-reply",
            message("token_reply", format!(r#"{{"auth_token":"{token}"}}"#)),
        ),
        (
            "message",
            "status-query",
            message(
                "status_query",
                format!(r#"{{"cr_id":"{cr_id}","round":3}}"#),
            ),
        ),
        ("message", "status-reply", message("status_reply", status)),
        (
            "message",
            "link-copy",
            message(
                "link_copy_request",
                format!(r#"{{"surrogate_id":"{}"}}"#, surrogate.as_str()),
            ),
        ),
        (
            "record",
            "link",
            [b"\x01", link.record.seal().to_json().as_bytes()].concat(),
        ),
        ("record", "claims", [b"\x3a", claims.as_bytes()].concat()),
        ("replay_guard", "again", replay.to_vec()),
        ("texts", "time", b"2025-01-07T08:00:00Z".to_vec()),
        ("texts", "page", b"https://h.example/sv?case=1#top".to_vec()),
    ]
    .into_iter()
    .map(|(target, name, octets)| (target, name.to_owned(), octets))
    .collect()
}

/// The seeds are what the library writes; each target takes its own; and there is no seed, no program and no target
/// without the two others.
///
/// # Panics
/// When something is not so.
pub fn check() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("MYDATA_BLESS").is_some();
    let seeds = seeds();
    for (target, name, octets) in &seeds {
        let file = home.join("seeds").join(target).join(name);
        if bless {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, octets).unwrap();
        }
        let there = fs::read(&file).unwrap_or_default();
        assert!(there == *octets, "{} is stale: bless it", file.display());
        crate::Target::named(target).unwrap().run(octets);
    }
    let listed = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(home.join(folder)).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
        let mut names: Vec<_> = entries.map(|entry| name(entry).unwrap()).collect();
        names.sort();
        names
    };
    let names: Vec<&str> = crate::TARGETS.iter().map(|target| target.name).collect();
    assert!(names.is_sorted());
    assert_eq!(listed("seeds"), names);
    let mut programs: Vec<String> = names.iter().map(|name| format!("{name}.rs")).collect();
    programs.push("any.rs".to_owned());
    programs.sort();
    assert_eq!(listed("fuzz_targets"), programs);
    for name in names {
        let text = fs::read_to_string(home.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        let thin = format!(
            "#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|data: &[u8]| mydata_fuzz::run(\"{name}\", data));\n"
        );
        assert_eq!(text, thin);
    }
    println!("seeds: {} of {} targets", seeds.len(), crate::TARGETS.len());
}
