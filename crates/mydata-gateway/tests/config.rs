//! What is wrong with a configuration: where, and all of it at once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod rules;
mod town;

use mydata_gateway::config::Config;
use mydata_http::ops::Rate;
use rules::RULES;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use town::ground::{HEAD, directory, write_files};
use town::key;

const ROUTES: &str = r#"
[upstreams.register]
base = "http://127.0.0.1:8000/api/"
bearer = "register.token"
connect = "1s"
headers = "4s"
idle = "5s"
total = "30s"
connections = 64

[[routes]]
path = "/data/a"
dataset = "src/a"
upstream = "register"
request.path = "children/{subject}/wishes"
request.query = { format = "json", on = "{date}" }
request.headers = { "X-Case" = "{consent}" }
pass.query = { since = "date", page = "integer" }
fields = ["wishes[].unit", "sibling.name"]
types = ["application/json"]
body_limit = "8MiB"

[limits]
connections = 100
connections_per_address = 10
requests = 50
head = "16KiB"
head_time = "5s"
idle = "30s"
body = "512KiB"
body_time = "10s"
stall = "30s"
drain_delay = "1s"
drain = "30s"
rate = { per_second = 50, burst = 100 }
refusals = "none"

[telemetry]
log = "info"

[usage]
listen = "127.0.0.1:0"
clients = ["FI/GOV/0000000-0/portal"]
language = "sv"
own = { code = "1111111-1", system = "vaka" }

[residents]
issuer = "https://provider.example/realms/town"
audience = "source"
clients = ["page"]
levels = { claim = "acr", high = ["3"] }

[[usage.receivers]]
thumbprint = "xptdMR9p7LEsm6SYdD3RU6LbRbwof9Yeo7cf3tnAh2s"
code = "0201256-6"
name = "Helsingfors"
system = "hki"
"#;

/// A directory with everything that a configuration names.
fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let directory = directory();
        write_files(
            &directory,
            &key("source-1"),
            &key("status-1"),
            &key("tokens-1"),
        );
        directory
    })
}

fn good() -> String {
    [HEAD, ROUTES].concat()
}

/// What is wrong with a text: line, column, code and words of each fault.
fn faults(text: &str) -> Vec<(usize, usize, &'static str, String)> {
    let read = Config::parse(&place().join("gateway.toml"), text);
    let faults = read.err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| (fault.line, fault.column, fault.refusal.code(), fault.text))
        .collect()
}

/// Line and column at which a text begins, both from 1.
fn at(text: &str, what: &str) -> (usize, usize) {
    let before = &text[..text.find(what).unwrap()];
    let line = before.matches('\n').count() + 1;
    (
        line,
        before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1,
    )
}

#[test]
fn a_good_one_has_no_fault() {
    assert_eq!(faults(&good()), []);
}

#[test]
fn an_unknown_key_of_any_table_is_told_with_its_place() {
    let text = good();
    for table in [
        "[source]\n",
        "[listen]\n",
        "[linking]\n",
        "[state]\n",
        "[[operators]]\n",
        "[upstreams.register]\n",
        "[[routes]]\n",
        "[limits]\n",
        "[telemetry]\n",
        "[usage]\n",
        "[[usage.receivers]]\n",
        "[residents]\n",
    ] {
        let other = text.replacen(table, &format!("{table}  Canary = 1\n"), 1);
        let found = faults(&other);
        let [(line, column, code, words)] = &found[..] else {
            panic!("{table}: {found:?}");
        };
        assert_eq!((*line, *column), at(&other, "Canary"), "{table}");
        assert_eq!(*code, "gateway_config_unknown", "{table}");
        assert!(words.starts_with("unknown field `Canary`"), "{words}");
    }
    for (from, to) in [
        ("request.path", "request.Canary = 1\nrequest.path"),
        ("pass.query = {", "pass.Canary = {}\npass.query = {"),
        ("burst = 100", "burst = 100, Canary = 1"),
        ("own = {", "tls = { Canary = 1 }\nown = {"),
        ("claim = ", "Canary = 1, claim = "),
        ("own = { ", "own = { Canary = 1, "),
        ("[source]", "Canary = 1\n[source]"),
        ("[telemetry]", "[Canary]\n[telemetry]"),
    ] {
        let other = text.replacen(from, to, 1);
        let found = faults(&other);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), at(&other, "Canary"), "{to}");
        assert_eq!(found[0].2, "gateway_config_unknown");
    }
}

#[test]
fn a_missing_key_and_another_kind_are_told() {
    let text = good();
    for line in [
        "id = \"source\"\n",
        "public = \"127.0.0.1:0\"\n",
        "dataset = \"src/a\"\n",
        "base = \"http://127.0.0.1:8000/api/\"\n",
    ] {
        let found = faults(&text.replacen(line, "", 1));
        assert_eq!(found[0].2, "gateway_config_missing", "{line}: {found:?}");
    }
    let other = text.replacen("connections = 64", "connections = \"CANARY\"", 1);
    let found = faults(&other);
    assert_eq!(found[0].2, "gateway_config_type");
    assert_eq!((found[0].0, found[0].1), at(&other, "\"CANARY\""));
    assert!(
        !found[0].3.contains("CANARY"),
        "no value is repeated: {found:?}"
    );
    assert_eq!(faults("[source\n")[0].2, "gateway_config_syntax");
    assert_eq!(
        faults(&text.replacen("id = \"source\"", "id = \"source\"\nid = \"b\"", 1))[0].2,
        "gateway_config_twice"
    );
}

#[test]
fn each_rule_is_told_where_it_is_broken() {
    let (text, mut wrong) = (good(), Vec::new());
    for (from, to, place, code) in RULES {
        assert!(text.contains(from), "{from}");
        let other = text.replacen(from, to, 1);
        let found = faults(&other);
        let expected = (at(&other, place), *code);
        let is_it = found.len() == 1 && ((found[0].0, found[0].1), found[0].2) == expected;
        if !is_it {
            wrong.push(format!("{to}: {expected:?}, and not {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let route = &text[text.find("[[routes]]").unwrap()..text.find("[limits]").unwrap()];
    let twice = text.replacen("[limits]", &format!("{route}[limits]"), 1);
    assert_eq!(faults(&twice)[0].2, "gateway_config_twice");
}

#[test]
fn the_listener_waits_longer_than_any_system_behind() {
    let handler = |text: &str| {
        let config = Config::parse(&place().join("gateway.toml"), text);
        config.unwrap().limits.handler.as_secs()
    };
    let text = good();
    let with = |total: &str| {
        let total = format!("total = \"{total}\"");
        text.replacen("total = \"30s\"", &total, 1)
    };
    assert_eq!(handler(&text), 31);
    // And nobody who is waited for is broken off at the end, unless that is said.
    let drain = |text: &str| {
        let config = Config::parse(&place().join("gateway.toml"), text);
        config.unwrap().limits.drain.as_secs()
    };
    let unsaid = with("40s").replacen("drain = \"30s\"", "", 1);
    assert_eq!((drain(&with("40s")), drain(&unsaid)), (30, 41));
    assert_eq!(handler(&with("40s")), 41);
    assert_eq!(handler(&with("5s")), 10);
}

#[test]
fn behind_a_proxy_it_is_said_what_one_address_may_do() {
    let text = good();
    let limits = |text: &str| {
        let config = Config::parse(&place().join("gateway.toml"), text);
        config.unwrap().limits
    };
    let (connections, refusals) = ("connections_per_address = 10\n", "refusals = \"none\"\n");
    assert_eq!(limits(&text).refusals, None);
    assert_eq!(limits(&text).per_address, 10);
    let none = text.replacen("address = 10", "address = \"none\"", 1);
    assert_eq!(limits(&none).per_address, usize::MAX);
    let rate = "{ per_second = 7, burst = 9 }";
    let said = text.replacen(refusals, &format!("refusals = {rate}\n"), 1);
    assert_eq!(limits(&said).refusals, Some(Rate::new(7, 9)));
    for missing in [connections, refusals] {
        let other = text.replacen(missing, "", 1);
        let found = faults(&other);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), at(&other, "\"127.0.0.1:0\""));
        assert_eq!(found[0].2, "gateway_config_proxy");
        // Who is reached from elsewhere sees the addresses of others.
        let outside = other.replacen("public = \"127.0.0.1:0\"", "public = \"0.0.0.0:0\"", 1);
        assert_eq!(faults(&outside), []);
        let standard = mydata_http::Limits::default();
        match missing == refusals {
            true => assert_eq!(limits(&outside).refusals, standard.refusals),
            false => assert_eq!(limits(&outside).per_address, standard.per_address),
        }
    }
    // Another word, another kind, and an unknown key are told where they stand.
    for (from, to, place, code) in [
        (
            refusals,
            "refusals = \"CANARY\"\n",
            "\"CANARY\"",
            "gateway_config_type",
        ),
        (
            refusals,
            "refusals = 5\n",
            "5\n\n[tele",
            "gateway_config_type",
        ),
        (
            refusals,
            "refusals = { per_second = 1, burst = 0 }\n",
            "0 }\n\n[tele",
            "gateway_config_value",
        ),
        (
            refusals,
            "refusals = { per_second = 1, burst = 1, Other = 1 }\n",
            "Other",
            "gateway_config_unknown",
        ),
        (
            connections,
            "connections_per_address = 0\n",
            "0\nrequests",
            "gateway_config_value",
        ),
        (
            connections,
            "connections_per_address = -1\n",
            "-1",
            "gateway_config_type",
        ),
    ] {
        let other = text.replacen(from, to, 1);
        let found = faults(&other);
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert_eq!(
            ((found[0].0, found[0].1), found[0].2),
            (at(&other, place), code),
            "{to}: {found:?}"
        );
        assert!(!found[0].3.contains("CANARY"), "{found:?}");
    }
}

#[test]
fn everything_is_told_at_once() {
    let mut text = good();
    for (from, to) in [
        ("id = \"source\"", "id = \"\""),
        ("connect = \"1s\"", "connect = \"soon\""),
        ("{subject}", "{user}"),
        ("\"8MiB\"", "\"much\""),
        ("log = \"info\"", "log = \"loud\""),
    ] {
        text = text.replacen(from, to, 1);
    }
    let found = faults(&text);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found.is_sorted_by_key(|fault| fault.0),
        "in the order of the file"
    );
}

#[test]
fn the_process_says_so_with_its_exit_code() {
    let check = |name: &str, text: Option<&str>| {
        let file = place().join(name);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let run = Command::new(env!("CARGO_BIN_EXE_mydata-gateway"))
            .arg("--check")
            .arg(&file)
            .output()
            .unwrap();
        (
            run.status.code().unwrap(),
            String::from_utf8(run.stderr).unwrap(),
        )
    };
    assert_eq!(check("good.toml", Some(&good())), (0, String::new()));
    let (code, told) = check(
        "bad.toml",
        Some(&good().replacen("log = \"info\"", "lag = \"info\"", 1)),
    );
    assert_eq!(code, 1);
    let file = place().join("bad.toml");
    assert!(told.starts_with(&format!("{}:", file.display())), "{told}");
    assert!(
        told.contains(": gateway_config_unknown: unknown field `lag`"),
        "{told}"
    );
    assert_eq!(check("not-there.toml", None).0, 2);
    let run = Command::new(env!("CARGO_BIN_EXE_mydata-gateway"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2), "no file is named");
}

#[test]
fn the_example_of_the_readme_is_good() {
    let readme = include_str!("../README.md");
    // The whole, and what may stand at its end.
    let mut blocks = readme.split("```toml\n").skip(1);
    let mut block = || blocks.next().unwrap().split("```").next().unwrap();
    let (text, residents, usage) = (block(), block(), block());
    let place = directory();
    for part in ["keys", "secrets"] {
        std::fs::create_dir(place.join(part)).unwrap();
    }
    write_files(&place, &key("source-1"), &key("status-1"), &key("tokens-1"));
    for (from, to) in [
        ("service.jwk", "keys/service.jwk"),
        ("status.jwks", "keys/operator-status.jwks"),
        ("tokens.jwks", "keys/operator-token.jwks"),
        ("application.secret", "secrets/application"),
        ("register.token", "secrets/register"),
    ] {
        std::fs::rename(place.join(from), place.join(to)).unwrap();
    }
    let description = std::fs::read_to_string(place.join("description.json")).unwrap();
    let description = description
        .replace("\"source\"", "\"esp-vaka\"")
        .replace("https://source.example", "https://vaka.espoo.example");
    let description = description
        .replace("src/a", "esp-vaka/ecec.wishes")
        .replace("\"/data/a\"", "\"/mydata/wishes\"");
    std::fs::write(place.join("description.json"), description).unwrap();
    let file = place.join("gateway.toml");
    for text in [text, &[text, residents, usage].concat()] {
        std::fs::write(&file, text).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_mydata-gateway"))
            .arg("--check")
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(
            (run.status.code(), &*String::from_utf8_lossy(&run.stderr)),
            (Some(0), "")
        );
    }
    // The numbers that it calls the defaults are those.
    let plain = text.split("[limits]").next().unwrap();
    let two = "[limits]\nconnections_per_address = \"none\"\nrefusals = \"none\"\n";
    let (said, plain) = (
        Config::parse(&file, text).unwrap(),
        Config::parse(&file, &[plain, two].concat()).unwrap(),
    );
    assert_eq!(format!("{:?}", said.limits), format!("{:?}", plain.limits));
}
