//! The runner of the data-rights API as a program: what it hears from its environment, and its exit status.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that does not run fails the test"
)]

use mydata_conformance::base64url;
use mydata_conformance::rights::{Report, Row, Verdict};
use roxmltree::{Document, Node};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Mutex};

const PERSON: &str = "65d4015d-1736-4848-9466-25d43a1fe8c7";

/// Nobody verifies its signature here.
fn token(scopes: &[&str]) -> String {
    let claims = json!({
        "sub": PERSON, "aud": "clinic", "iss": "https://id.example/", "exp": 4_000_000_000_u64,
        "authorization": { "permissions": [{ "scopes": scopes }] },
    });
    let header = json!({ "alg": "ES256", "kid": "a" });
    let parts = [header, claims].map(|part| base64url::encode(part.to_string().as_bytes()));
    format!("{}.{}.AAAA", parts[0], parts[1])
}

/// Answers every request with one status, and remembers the requests.
fn service(status: &'static str) -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, heard) = (
        listener.local_addr().unwrap(),
        Arc::<Mutex<String>>::default(),
    );
    let all = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut room = [0; 4096];
            // A request is small and comes in one piece.
            let read = stream.read(&mut room).unwrap_or_default();
            let text = String::from_utf8_lossy(&room[..read]).into_owned();
            all.lock().unwrap().push_str(&text);
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            drop(stream.write_all(head.as_bytes()));
        }
    });
    (address, heard)
}

fn run(address: SocketAddr, only: &[&str], tokens: &[(&str, String)]) -> (i32, String) {
    run_with(address, only, tokens, &[])
}

fn run_with(
    address: SocketAddr,
    only: &[&str],
    tokens: &[(&str, String)],
    more: &[&str],
) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mydata-conformance"));
    program.arg("data-rights");
    program.arg(format!("http://{address}/gdpr/$user_uuid"));
    program.args(["--audience", "clinic", "--user", PERSON, "--tokens-env"]);
    program.args(more);
    for check in only {
        program.args(["--only", check]);
    }
    for (role, token) in tokens {
        program.env(format!("MYDATA_TOKEN_{role}"), token);
    }
    let output = program.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(told).unwrap(),
    )
}

#[test]
fn tokens_come_from_the_environment() {
    let (address, heard) = service("401 Unauthorized");
    let (query, none) = (token(&["gdprquery"]), token(&[]));
    let tokens = [
        ("QUERY", query.clone()),
        ("NO_SCOPE", none.clone()),
        ("BOTH", String::new()),
    ];
    let only = ["get_valid", "get_extra_scopes", "scope_missing"];
    let (status, told) = run(address, &only, &tokens);
    let lines = "FAIL get_valid: expected 200, got 401\n\
                 - get_extra_scopes: not examined (no token `both`)\n\
                 ok scope_missing GET 401\nok scope_missing DELETE?dry_run=true 401\n\
                 - scope_missing DELETE: not examined (the token is the person's: after --erase)\n\
                 2 passed, 1 failed, 2 not examined\n";
    assert_eq!((status, &*told), (1, lines));
    let heard = heard.lock().unwrap();
    for token in [query, none] {
        assert!(heard.contains(&format!("authorization: Bearer {token}\r\n")));
    }
}

#[test]
fn the_exit_status_says_what_has_come_of_it() {
    let (address, _) = service("401 Unauthorized");
    let (status, told) = run(address, &["token_none"], &[]);
    assert_eq!((status, told.lines().count()), (0, 4), "{told}");
    let (status, told) = run(
        address,
        &["get_valid"],
        &[("BOTH", token(&["gdprquery", "gdprdelete"]))],
    );
    assert_eq!((status, told.lines().count()), (1, 2), "{told}");
    let (status, told) = run(address, &["get_valid"], &[]);
    assert_eq!((status, told.lines().count()), (3, 2), "{told}");
    let (status, told) = run(address, &[], &[("BOTH", "opaque".to_owned())]);
    assert_eq!((status, &*told), (2, "the token `both` is no JWT\n"));
}

/// The cases of a document: name, the element in it, and what that says.
fn cases(document: &Document<'_>) -> Vec<[String; 3]> {
    let cases = document.descendants();
    let cases = cases.filter(|node| node.has_tag_name("testcase"));
    let told = |case: Node<'_, '_>| {
        assert_eq!(case.attribute("classname"), Some("data-rights"));
        let inner = case.first_element_child().unwrap();
        let message = inner.attribute("message").or(inner.text());
        let name = case.attribute("name").unwrap();
        [name, inner.tag_name().name(), message.unwrap_or_default()].map(str::to_owned)
    };
    cases.map(told).collect()
}

#[test]
fn continuous_integration_reads_the_report() {
    let (address, _) = service("401 Unauthorized");
    let file = std::env::temp_dir().join(format!("rights-junit-{}.xml", std::process::id()));
    let only = ["get_valid", "get_extra_scopes", "token_none"];
    let tokens = [("QUERY", token(&["gdprquery"]))];
    let more = ["--junit", file.to_str().unwrap()];
    let (status, told) = run_with(address, &only, &tokens, &more);
    assert_eq!(status, 1, "{told}");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    let suite = root.first_element_child().unwrap();
    for (node, name) in [(root, "testsuites"), (suite, "testsuite")] {
        assert_eq!(node.tag_name().name(), name);
        let counts = [
            ("tests", "5"),
            ("failures", "1"),
            ("errors", "0"),
            ("skipped", "1"),
        ];
        for (count, is) in counts {
            assert_eq!(node.attribute(count), Some(is), "{count}: {text}");
        }
    }
    let all = [
        ["get_valid", "failure", "expected 200, got 401"],
        [
            "get_extra_scopes",
            "skipped",
            "not examined: no token `both`",
        ],
        ["token_none GET", "system-out", "401"],
        ["token_none DELETE?dry_run=true", "system-out", "401"],
        ["token_none DELETE", "system-out", "401"],
    ];
    assert_eq!(cases(&document), all);
    // Where it cannot be written, that is told.
    let (status, told) = run_with(address, &["token_none"], &[], &["--junit", "/no/such/file"]);
    assert!(status == 2 && told.contains("/no/such/file: "), "{told}");
}

#[test]
fn whatever_is_told_is_xml() {
    let odd = "a & b < c > d \" e ' f ]]> \t\r\n å 😀 <![CDATA[ &lt;";
    let never = "\u{0}\u{b}\u{1b}[31m\u{ffff}\u{fffe}";
    let mut report = Report::default();
    for (verdict, act) in [
        (Verdict::Failed(odd.to_owned()), None),
        (Verdict::NotExamined(odd.to_owned()), Some("<&\">")),
        (Verdict::Passed(odd.to_owned()), None),
        (Verdict::Deviates(odd.to_owned()), None),
        (Verdict::Failed(never.to_owned()), None),
    ] {
        report.rows.push(Row::new("a_check", act, verdict));
    }
    let text = report.to_junit();
    let document = Document::parse(&text).unwrap();
    let cases = cases(&document);
    let told: Vec<&str> = cases.iter().map(|[_, _, told]| told.as_str()).collect();
    assert_eq!(told[0], odd);
    assert_eq!(told[1], format!("not examined: {odd}"));
    assert_eq!(cases[1][0], "a_check <&\">");
    assert_eq!(told[2], odd);
    assert_eq!(told[3], format!("as the city's library does: {odd}"));
    assert_eq!(told[4], "\u{fffd}\u{fffd}\u{fffd}[31m\u{fffd}\u{fffd}");
}
