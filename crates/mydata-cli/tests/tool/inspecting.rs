//! `mydata inspect`: what it shows, what it finds, what it hides.

use crate::support::{Desk, GOOD, record, task};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

fn compact(header: &str, payload: &str) -> String {
    format!(
        "{}.{}.{}",
        BASE64.encode(header),
        BASE64.encode(payload),
        BASE64.encode([1; 64])
    )
}

#[test]
fn a_token_is_shown_with_its_times_and_never_called_verified() {
    let desk = record("records/token.json", "token/good");
    let ran = desk.run(&["inspect", "record", "--at", GOOD]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.starts_with("NOT VERIFIED"));
    assert!(
        ran.out
            .contains("\"exp\": 1736240400,  (2025-01-07T09:00:00Z)"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("must sign    operator\n"));
    let json = desk
        .run(&["inspect", "record", "--at", GOOD, "--json"])
        .json();
    assert_eq!(json["command"], "inspect");
    assert_eq!(
        (&json["ok"], &json["verified"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(json["kind"], "token");
    assert_eq!(json["content"]["header"]["typ"], "mydata-at+jwt");
    let exp = json["times"]
        .as_array()
        .unwrap()
        .iter()
        .find(|time| time["at"] == "/payload/exp");
    assert_eq!(exp.unwrap()["utc"], "2025-01-07T09:00:00Z");
    assert_eq!(json["wrong"], json!([]));
    // Its time is over: that shows without keys.
    let later = desk.run(&["inspect", "record", "--at", "1736240400", "--json"]);
    assert_eq!(
        (later.status, later.codes()),
        (1, vec!["token_expired".to_owned()])
    );
}

#[test]
fn a_data_request_is_read_as_it_stands_in_a_log() {
    let task = task("records/data-request.json", "data-request/good");
    let request = task["verify"]["envelope"].as_str().unwrap();
    let desk = Desk::new();
    for input in [
        request.to_owned(),
        format!("PoP {request}"),
        format!("Authorization: PoP {request}\r\n"),
        format!("\"{request}\""),
    ] {
        let ran = desk.feed(&["inspect", "-", "--at", GOOD, "--json"], input.as_bytes());
        let json = ran.json();
        assert_eq!(
            (ran.status, &json["kind"]),
            (0, &json!("data_request")),
            "{ran:?}"
        );
        assert_eq!(json["content"]["payload"]["at"]["jws"], "token");
        assert_eq!(
            json["content"]["payload"]["at"]["content"]["payload"]["iss"],
            "operator.example"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let desk = Desk::new();
    let token = compact(
        r#"{"alg":"none","crit":["b64"],"jku":"https://x.example","cty":"JWT","x":1}"#,
        r#"{"iss":"a","iss":"b","exp":1}"#,
    );
    let ran = desk.feed(&["inspect", "-", "--json"], format!("{token}=").as_bytes());
    assert_eq!(ran.status, 1);
    let codes = ran.codes();
    for code in [
        "jws_alg_unsupported",
        "jws_crit",
        "jws_key_in_header",
        "jws_nested",
        "jws_header_unknown_member",
        "jws_typ_missing",
        "jws_kid_missing",
        "jws_not_base64url",
        "json_duplicate_member",
    ] {
        assert!(codes.iter().any(|found| found == code), "{code}: {codes:?}");
    }
    let human = desk.feed(&["inspect", "-"], token.as_bytes());
    // Both of the doubled members are shown.
    assert!(
        human.out.contains("\"iss\": \"a\"") && human.out.contains("\"iss\": \"b\""),
        "{}",
        human.out
    );
}

#[test]
fn what_is_broken_is_shown_as_far_as_it_goes() {
    let desk = Desk::new();
    let good = compact(
        r#"{"alg":"EdDSA","kid":"k","typ":"mydata-at+jwt"}"#,
        r#"{"iss":"operator.example"}"#,
    );
    // The alphabet of plain base64, padding, a part too many, a part missing.
    for broken in [
        good.replace('.', "==."),
        format!("{good}.x"),
        good.rsplit_once('.').unwrap().0.to_owned(),
    ] {
        let ran = desk.feed(&["inspect", "-"], broken.as_bytes());
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.out.contains("operator.example"), "{}", ran.out);
    }
    for (input, says) in [
        (&b"hello"[..], "neither JSON nor a token"),
        (b"\xff\xfe\x00", "octets that are no text"),
        (b"{\"a\":1}", "no kind that is known here"),
        (b"", "neither JSON nor a token"),
    ] {
        let ran = desk.feed(&["inspect", "-"], input);
        assert!(ran.out.contains(says), "{ran:?}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(desk.feed(&["inspect", "-"], deep.as_bytes()).status, 1);
}

#[test]
fn a_private_key_is_never_shown_wherever_it_stands() {
    const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let key = format!(
        r#"{{"kty":"OKP","kid":"k","crv":"Ed25519","d":"{D}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
    );
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{D}\n-----END PRIVATE KEY-----\n");
    let escaped = key.replace("kty", "\\u006bty").replace("crv", "\\u0063rv");
    let desk = Desk::new();
    for input in [
        key.clone(),
        format!("{{\"keys\":[{key}]}}"),
        format!("{{\"some\":[{{\"where\":{key}}}]}}"),
        compact("{\"alg\":\"EdDSA\"}", &key),
        compact(&format!("{{\"alg\":\"EdDSA\",\"jwk\":{key}}}"), "{}"),
        json!({ "text": key }).to_string(),
        json!({ "payload": BASE64.encode(&key) }).to_string(),
        json!({ "payload": BASE64.encode(&key), "protected": "?", "signature": "" }).to_string(),
        key.get(..key.len() - 1).unwrap().to_owned(),
        key.replace("\"kty\":\"OKP\",", ""),
        escaped.get(..escaped.len() - 1).unwrap().to_owned(),
        escaped,
        pem,
    ] {
        for form in [&["inspect", "-"][..], &["inspect", "-", "--json"]] {
            let ran = desk.feed(form, input.as_bytes());
            let (private, encoded) = (D.get(..20).unwrap(), BASE64.encode(&key));
            assert!(!ran.out.contains(private), "{input}: {}", ran.out);
            assert!(
                !ran.out.contains(encoded.get(40..60).unwrap()),
                "{input}: {}",
                ran.out
            );
            assert!(!ran.err.contains(private));
        }
    }
    let ran = desk.feed(&["inspect", "-"], key.as_bytes());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("redacted"));
}

#[test]
fn a_receipt_is_opened_to_the_last_record_and_tells_of_what_was() {
    let task = task("receipt/signed.json", "signed/paused");
    let envelope = task["receipt"]["verify"]["envelope"].as_str().unwrap();
    let desk = Desk::new();
    // Years after the consent has ended nothing is wrong with the receipt of it.
    let ran = desk.feed(
        &["inspect", "-", "--json", "--at", "2035-01-07T08:00:00Z"],
        envelope.as_bytes(),
    );
    let json = ran.json();
    assert_eq!(
        (ran.status, &json["kind"]),
        (0, &json!("receipt")),
        "{}",
        json["wrong"]
    );
    let consent = &json["content"]["payload"]["evidence"]["pair"]["sink"]["consent"];
    assert_eq!(consent["jws"], "sink_consent");
    assert_eq!(
        consent["content"]["payload"]["common_part"]["exp"],
        1_738_828_800
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
fn what_is_large_is_looked_at_in_time() {
    let desk = Desk::new();
    let many = |one: &str| format!("[{}0]", one.repeat((1 << 19) / one.len()));
    for input in [
        format!("{{{}\"z\":0}}", "\"a\":0,".repeat(1 << 17)),
        many("\"eyJh.eyJh.x\","),
        many("{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"\"},"),
        "ey.".repeat(1 << 18),
    ] {
        let before = std::time::Instant::now();
        assert_eq!(desk.feed(&["inspect", "-"], input.as_bytes()).status, 1);
        assert!(before.elapsed().as_secs() < 60);
    }
}

#[test]
fn every_kind_of_document_is_told_by_what_is_in_it() {
    let desk = Desk::new();
    let kind = |text: &str| -> Value {
        let at = ["inspect", "-", "--json", "--at", GOOD];
        let mut json = desk.feed(&at, text.as_bytes()).json();
        json["kind"].take()
    };
    let mut seen = 0;
    for case in crate::support::cases(&crate::support::folder().join("plain/messages.json")) {
        let read = &case["task"]["read"];
        let is_good = case["expect"].get("accepted").is_some();
        if let (true, Some(text)) = (is_good, read["text"].as_str()) {
            assert_eq!(kind(text), read["kind"], "{}", case["id"]);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
    for (file, name) in [("kantara", "receipt_kantara"), ("linked", "receipt_linked")] {
        let task = task(&format!("receipt/{file}.json"), &format!("{file}/good"));
        let text = task["receipt"]["validate"]["text"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(kind(&text), name);
    }
    assert_eq!(kind(r#"{"title":"x","cases":[]}"#), "vectors");
}
