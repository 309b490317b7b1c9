//! What a request of the profile can mean, and what a tree for it can be.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mydata_http::RightsAct;
use mydata_http::rights::request::Line;
use mydata_http::rights::{
    Key, Naming, Node, ReasonCode, RightsRefusal, Text3, Tree, TreeRefusal, Uuid,
};
use serde_json::{Value, json};

const ID: &str = "/65d4015d-1736-4848-9466-25d43a1fe8c7";

fn read(method: &str, query: &str, body: &str) -> Result<RightsAct, RightsRefusal> {
    let line = Line::read(method, ID, Some(query))?;
    line.with_body(body.as_bytes()).map(|(_, act)| act)
}

#[test]
fn a_query_means_one_thing_or_is_refused() {
    for word in ["true", "True", "TRUE", "1", "%74rue"] {
        let query = format!("dry_run={word}");
        assert_eq!(read("DELETE", &query, ""), Ok(RightsAct::Check), "{query}");
    }
    for word in ["false", "False", "FALSE", "0"] {
        let query = format!("dry_run={word}");
        assert_eq!(read("DELETE", &query, ""), Ok(RightsAct::Erase), "{query}");
    }
    for (query, refusal) in [
        ("dry_run=yes", RightsRefusal::DryRunInvalid),
        ("dry_run=maybe", RightsRefusal::DryRunInvalid),
        ("dry_run=", RightsRefusal::DryRunInvalid),
        ("dry_run", RightsRefusal::DryRunInvalid),
        ("dry_run=tRue", RightsRefusal::DryRunInvalid),
        ("dry_run=true+", RightsRefusal::DryRunInvalid),
        ("dry_run=%zz", RightsRefusal::DryRunInvalid),
        ("dry_run=true&dry_run=true", RightsRefusal::DryRunInvalid),
        ("dry_run=true&%64ry_run=false", RightsRefusal::DryRunInvalid),
        ("dryrun=true", RightsRefusal::QueryUnknown),
        ("dry-run=true", RightsRefusal::QueryUnknown),
        ("DRY_RUN=true", RightsRefusal::QueryUnknown),
        ("dry_run=true&", RightsRefusal::QueryUnknown),
        ("dry_run=true&x=1", RightsRefusal::QueryUnknown),
        ("%zz=1", RightsRefusal::QueryUnknown),
    ] {
        assert_eq!(read("DELETE", query, ""), Err(refusal), "{query}");
    }
    assert_eq!(read("GET", "", ""), Ok(RightsAct::Export));
    assert_eq!(read("DELETE", "", ""), Ok(RightsAct::Erase));
    for query in ["dry_run=true", "dry_run=false"] {
        assert_eq!(read("GET", query, ""), Err(RightsRefusal::DryRunInvalid));
    }
    assert_eq!(read("GET", "a=b", ""), Err(RightsRefusal::QueryUnknown));
}

#[test]
fn a_body_says_dry_run_or_nothing() {
    for body in [
        r#"{"dry_run": true}"#,
        r#"{"dry_run":"True"}"#,
        r#"{"dry_run":1}"#,
        r#"{"dry_run":"1"}"#,
    ] {
        assert_eq!(read("DELETE", "", body), Ok(RightsAct::Check), "{body}");
        assert_eq!(
            read("DELETE", "dry_run=1", body),
            Ok(RightsAct::Check),
            "{body}"
        );
        let differ = read("DELETE", "dry_run=false", body);
        assert_eq!(differ, Err(RightsRefusal::BodyInvalid), "{body}");
        // A body of a download is nobody's business.
        assert_eq!(read("GET", "", body), Ok(RightsAct::Export), "{body}");
    }
    for body in [r#"{"dry_run":false}"#, r#"{"dry_run":0}"#] {
        assert_eq!(read("DELETE", "", body), Ok(RightsAct::Erase), "{body}");
        let differ = read("DELETE", "dry_run=true", body);
        assert_eq!(differ, Err(RightsRefusal::BodyInvalid), "{body}");
    }
    let long = format!(r#"{{"dry_run":true{}}}"#, " ".repeat(1024));
    for body in [
        "{}",
        "true",
        "[]",
        "dry_run=true",
        r#"{"dry_run":null}"#,
        r#"{"dry_run":"maybe"}"#,
        r#"{"dry_run":"yes"}"#,
        r#"{"dry_run":2}"#,
        r#"{"dry_run":1.0}"#,
        r#"{"dry_run":[true]}"#,
        r#"{"dry_run":true,"dry_run":true}"#,
        r#"{"dry_run":true,"x":1}"#,
        r#"{"dryRun":true}"#,
        r#"{"dry_run":true"#,
        " ",
        &long,
    ] {
        let refused = read("DELETE", "", body);
        assert_eq!(refused, Err(RightsRefusal::BodyInvalid), "{body}");
    }
}

#[test]
fn an_address_ends_in_one_uuid() {
    assert!(Line::read("GET", ID, None).is_ok());
    for path in [
        "/",
        "",
        "/65D4015D-1736-4848-9466-25D43A1FE8C7",
        "/65d4015d17364848946625d43a1fe8c7",
        "/65d4015d-1736-4848-9466-25d43a1fe8c7/",
        "/65d4015d-1736-4848-9466-25d43a1fe8c7/x",
        "//65d4015d-1736-4848-9466-25d43a1fe8c7",
        "/%365d4015d-1736-4848-9466-25d43a1fe8c7",
        "/65d4015d-1736-4848-9466-25d43a1fe8c",
        "/65d4015d-1736-4848-9466-25d43a1fe8cg",
        "/65d4015d-1736-4848-9466_25d43a1fe8c7",
        "/$user_uuid",
    ] {
        let refused = Line::read("GET", path, None).unwrap_err();
        assert_eq!(refused, RightsRefusal::IdInvalid, "{path}");
    }
    for method in ["HEAD", "PUT", "POST", "PATCH", "OPTIONS", "get", "ERASE"] {
        let refused = Line::read(method, ID, None).unwrap_err();
        assert_eq!(refused, RightsRefusal::Method, "{method}");
    }
    let uuid = Uuid::parse(ID.trim_start_matches('/')).unwrap();
    assert!(!format!("{uuid:?}").contains("65d4"));
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn tree(value: &Value) -> Value {
    let naming = Naming::new().with("children", key("CHILD"));
    let tree = Tree::from_json(key("CLUB"), value, &naming).unwrap();
    let octets = tree.to_json();
    assert_eq!(octets.len(), tree.octets());
    serde_json::from_slice(&octets).unwrap()
}

#[test]
fn json_becomes_a_tree_of_texts() {
    let written = tree(&json!({
        "firstName": "Aino", "age": 5, "isMember": true, "left": null, "hinta": 1.5,
        "children": [{ "name": "Ella \"E\"\n\u{1}" }, null, "Noel"], "phone-numbers": ["1", "2"],
        "empty": {}, "none": [],
    }));
    assert_eq!(
        written,
        json!({"key": "CLUB", "children": [
            {"key": "AGE", "value": "5"},
            {"key": "CHILDREN", "children": [
                {"key": "CHILD", "children": [{"key": "NAME", "value": "Ella \"E\"\n\u{1}"}]},
                {"key": "CHILD", "value": "Noel"},
            ]},
            {"key": "EMPTY", "children": []},
            {"key": "FIRST_NAME", "value": "Aino"},
            {"key": "HINTA", "value": "1.5"},
            {"key": "IS_MEMBER", "value": "true"},
            {"key": "NONE", "children": []},
            {"key": "PHONE_NUMBERS", "children": [
                {"key": "PHONE_NUMBERS_ITEM", "value": "1"},
                {"key": "PHONE_NUMBERS_ITEM", "value": "2"},
            ]},
        ]})
    );
    assert_eq!(tree(&json!("x")), json!({"key": "CLUB", "value": "x"}));
    assert_eq!(tree(&Value::Null), json!({"key": "CLUB", "children": []}));
}

#[test]
fn keys_are_capitals_and_siblings_are_told_apart() {
    let written = tree(&json!({
        "åäö": "1", "ÅÄÖ": "2", "aao": "3", "AAO_2": "4", "名": "5", "2024": "6", "": "7", "ñ": "8",
        "_x": "9",
    }));
    let keys = written.pointer("/children").unwrap().as_array().unwrap();
    let mut keys: Vec<&str> = keys
        .iter()
        .map(|node| node["key"].as_str().unwrap())
        .collect();
    keys.sort_unstable();
    let all = [
        "AAO", "AAO_2", "AAO_3", "AAO_4", "KEY_", "KEY_2024", "KEY__", "KEY__X", "KEY___2",
    ];
    assert_eq!(keys, all);
    let long = "k".repeat(300);
    let written = tree(&json!({ long: 1, "k".repeat(200): [2] }));
    let first = &written["children"][0];
    let second = &written["children"][1];
    assert_eq!(first["key"].as_str().unwrap().len(), 100);
    assert_eq!(second["key"].as_str().unwrap().len(), 100);
    assert_ne!(first["key"], second["key"]);
    for bad in ["", "a", "_A", "1A", "A-B", "Å", &"A".repeat(101)] {
        assert_eq!(Key::parse(bad), Err(TreeRefusal::Key), "{bad}");
    }
}

#[test]
fn no_tree_is_too_large_to_be_read() {
    let mut deep = json!("x");
    for _ in 0..10_000 {
        deep = Value::Object([("a".to_owned(), deep)].into_iter().collect());
    }
    let from = |value: &Value| Tree::from_json(key("CLUB"), value, &Naming::new());
    assert_eq!(from(&deep), Err(TreeRefusal::TooDeep));
    // Taken apart by hand: dropping it in one go would need a deep stack, and that is not ours.
    while let Some(inner) = deep.get_mut("a") {
        deep = inner.take();
    }
    let levels = |count: usize| {
        let start = Node::value(key("A"), "x");
        (1..count).fold(start, |below, _| Node::children(key("A"), vec![below?]))
    };
    assert!(levels(32).is_ok());
    assert_eq!(levels(33), Err(TreeRefusal::TooDeep));
    let nodes = |count| Node::children(key("A"), vec![Node::value(key("A"), "").unwrap(); count]);
    assert!(nodes(99_999).is_ok());
    assert_eq!(nodes(100_000), Err(TreeRefusal::TooMany));
    let text = "x".repeat(10 * 1024 * 1024);
    let ten = from(&json!({ "photo": text })).unwrap();
    assert_eq!(ten.to_json().len(), ten.octets());
    let twenty = from(&json!({ "photo": text, "photo2": text }));
    assert_eq!(twenty, Err(TreeRefusal::TooLarge));
    let escaped = from(&json!("\u{1}".repeat(3 * 1024 * 1024)));
    assert_eq!(escaped, Err(TreeRefusal::TooLarge), "as it is written");
}

#[test]
fn texts_are_there_in_three_languages() {
    let text = Text3::new("Liian heikko", "För svag", "Too weak").unwrap();
    let node = Node::withheld(key("HEALTH"), &text).unwrap();
    let tree = Tree::new(node);
    assert_eq!(tree.to_json().len(), tree.octets());
    let written: Value = serde_json::from_slice(&tree.to_json()).unwrap();
    let error = "Liian heikko / För svag / Too weak";
    assert_eq!(written, json!({"key": "HEALTH", "error": error}));
    assert!(!format!("{tree:?}").contains("svag"));
    for (fi, sv, en) in [("", "b", "c"), ("a", " ", "c"), ("a", "TODO", "c")] {
        assert_eq!(Text3::new(fi, sv, en), None);
    }
    for bad in ["", "A B", "Å", &"A".repeat(65)] {
        assert_eq!(ReasonCode::parse(bad), None, "{bad}");
    }
}
