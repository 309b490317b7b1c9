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
        escaped.clone(),
        pem,
        // Two texts deep, as the name of a member, in base64 twice and in the middle of a text.
        json!({ "a": json!({ "b": key }).to_string() }).to_string(),
        json!({ "a": json!({ "b": escaped }).to_string() }).to_string(),
        json!({ key.clone(): 1 }).to_string(),
        format!("{{{0}:1,{0}:{{\"exp\":1}}}}", json!(key)),
        json!({ "a": BASE64.encode(BASE64.encode(&key)) }).to_string(),
        json!({ "a": format!("key: {}", BASE64.encode(&key)) }).to_string(),
        // Hardly a key any more.
        json!({ "d": D, "kid": "k" }).to_string(),
        json!({ "alg": "HS256", "k": D }).to_string(),
        json!({ "D": D }).to_string(),
        json!({ "a": format!("\"d\" : \"{D}\"") }).to_string(),
        format!("{{\"d\":\"{D}"),
        format!("{{'d':'{D}'}}"),
        format!("d: {D}\n"),
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
fn the_body_of_a_key_file_is_known_without_its_armour() {
    let desk = Desk::new();
    let body = |prefix: &[u8]| {
        let octets = [prefix, &[7; 40]].concat();
        base64::engine::general_purpose::STANDARD.encode(octets)
    };
    // PKCS#8, PKCS#1 and SEC 1, as they begin (RFC 5958, RFC 8017, RFC 5915).
    for prefix in [
        &[0x30, 0x2e, 2, 1, 0, 0x30, 5][..],
        &[0x30, 0x82, 2, 0x5c, 2, 1, 0, 2, 0x81],
        &[0x30, 0x77, 2, 1, 1, 4, 0x20],
    ] {
        let body = body(prefix);
        for input in [
            body.clone(),
            json!({ "a": body }).to_string(),
            json!({ "a": format!("it is {body}.") }).to_string(),
            format!("{}\n{}", body.get(..30).unwrap(), body.get(30..).unwrap()),
        ] {
            let ran = desk.feed(&["inspect", "-"], input.as_bytes());
            assert!(!ran.out.contains("BwcHBwcH"), "{input}: {}", ran.out);
            assert!(ran.out.contains("redacted"));
        }
    }
}

#[test]
fn what_is_no_key_is_shown() {
    let desk = Desk::new();
    // A short value, the path of a data request, a thumbprint, a text with a colon, a public key in DER.
    let shown = json!({
        "d": "2025-01-07",
        "p": "/data/a/and/another/part",
        "jkt": "TYHX1Mdk_K1kOZJHH7pjtrouqTNDkImLBR6s2QYUd8s",
        "text": "we keep it: for as long as it takes, and not a day longer",
        "der": "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    });
    let json = desk
        .feed(&["inspect", "-", "--json"], shown.to_string().as_bytes())
        .json();
    assert_eq!(json["content"], shown);
    assert_eq!(json["left_out"], json!({ "values": 0, "times": 0 }));
}

#[test]
fn what_is_long_is_shown_in_part_and_says_so() {
    let desk = Desk::new();
    let many = format!("[{}1]", "1,".repeat(99_999));
    let ran = desk.feed(&["inspect", "-"], many.as_bytes());
    let json = desk
        .feed(&["inspect", "-", "--json"], many.as_bytes())
        .json();
    let shown = json["content"].as_array().unwrap().len();
    assert!(shown > 1000 && shown < 100_000, "{shown}");
    assert_eq!(json["left_out"]["values"], 100_000 - shown);
    let more = format!("… and {} more\n]\n", 100_000 - shown);
    assert!(ran.out.contains(&more));
    // Beyond what is told one by one it is counted.
    let times = format!("[{}0]", "{\"exp\":1},".repeat(2000));
    let json = desk
        .feed(&["inspect", "-", "--json"], times.as_bytes())
        .json();
    assert_eq!(json["times"].as_array().unwrap().len(), 500);
    assert_eq!(json["left_out"]["times"], 1500);
    // A file of which something was not looked at is not in order.
    let record = "{\"payload\":\"e30\",\"signature\":\"\"},";
    let many = format!("[{}0]", record.repeat(2001));
    let ran = desk.feed(&["inspect", "-"], many.as_bytes());
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("1 more signed envelopes are not opened"));
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

/// Inputs of about `size` octets that have cost more than they should.
fn hard(size: usize) -> Vec<(&'static str, String)> {
    let fill = |one: &str, size: usize| one.repeat(size / one.len());
    let many = |one: &str| format!("[{}0]", fill(one, size));
    let long = "n".repeat(size / 2);
    let below = |open: &str, inner: &str, close: &str| {
        [&open.repeat(100), inner, &close.repeat(100)].concat()
    };
    let numbers = |count: usize| -> String { (0..count).map(|n| format!("\"k{n}\":1,")).collect() };
    let name = format!("{{\"{}\":", "n".repeat(100));
    let doubled = fill("\"a\":{\"k\":1,\"k\":1},", size);
    vec![
        ("doubled", format!("{{{}\"z\":0}}", fill("\"a\":0,", size))),
        ("tokens", many("\"eyJh.eyJh.x\",")),
        (
            "envelopes",
            many("{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"\"},"),
        ),
        ("parts", fill("ey.", size)),
        ("empty tokens", many("\"e30.e30.\",")),
        (
            "signatures",
            format!("{{\"payload\":\"e30\",\"signatures\":{}}}", many("{},")),
        ),
        (
            "doubled below a long name",
            format!("{{\"{long}\":{{{}\"z\":0}}}}", fill("\"k\":1,", size / 2)),
        ),
        (
            "times below a long name",
            format!("{{\"{long}\":[{}0]}}", fill("{\"exp\":1},", size / 2)),
        ),
        (
            "items below a long name",
            format!("{{\"{long}\":[{}0]}}", fill("1,", size / 2)),
        ),
        (
            "doubled, deep, below names",
            below(&name, &format!("{{{doubled}\"z\":0}}"), "}"),
        ),
        (
            "members, deep",
            below(
                "{\"a\":",
                &format!("{{{}\"z\":0}}", numbers(size / 11)),
                "}",
            ),
        ),
        (
            "records, deep",
            below("{\"payload\":\"\",\"a\":", &many("1,"), "}"),
        ),
        ("items, deep", below("[", &many("1,"), "]")),
        ("base64 in lines", fill("aGVsbG8gd29ybGQg\n", size)),
        ("pieces", json!(fill("d: ", size)).to_string()),
    ]
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
fn what_is_large_is_looked_at_in_time() {
    const SIZE: usize = 1 << 18;
    let desk = Desk::new();
    let took = |form: &[&str], input: &str| {
        let before = std::time::Instant::now();
        let ran = desk.feed(form, input.as_bytes());
        assert_eq!(ran.status, 1);
        (before.elapsed(), ran.out.len())
    };
    let plain: String = (0..SIZE / 16)
        .map(|n| format!("\"text {n:08}\","))
        .collect();
    let plain = format!("[{plain}0]");
    for form in [&["inspect", "-"][..], &["inspect", "-", "--json"]] {
        for (name, input) in hard(SIZE) {
            // Whoever else has the machine may have it once, not three times.
            let mut tries = (0..3).map(|_| {
                let (beside, _) = took(form, &plain);
                let (time, length) = took(form, &input);
                assert!(length < 8 * SIZE, "{name}: {length} octets");
                (time, 6 * beside + std::time::Duration::from_millis(200))
            });
            let found = tries.find_map(|(time, most)| (time < most).then_some(()));
            assert!(found.is_some(), "{name}");
        }
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
