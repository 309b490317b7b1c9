//! Who has used a person's data: told to security servers on a listener of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use mydata::core::crypto::Signer as _;
use mydata::keys::Ring;
use mydata_gateway::Gateway;
use mydata_gateway::config::Config;
use mydata_http::tls::{Identity, TlsClient, Trust};
use mydata_http::{
    AccessEntry, AccessLog as _, FileLog, FileProgram, Fixed, Limits, Problem, RequestId, Server,
    Stage,
};
use mydata_store::Clock as _;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use town::behind::Behind;
use town::papers::{Authority, GOOD};
use town::{JSON, SECRET, Town, body_of, raw, routes, status_of, told};

const ANN: &str = "FI140386-901P";
/// Somebody else's.
const WRONG: &str = "FI021184-902X";
const CLIENT: &str = "FI/GOV/0000000-0/portal";

const USAGE: &str = r#"
[usage]
listen = "127.0.0.1:0"
clients = ["FI/GOV/0000000-0/portal"]
language = "sv"
own = { code = "1111111-1", system = "vaka" }
"#;

/// The listener for security servers.
async fn opened(gateway: &Arc<Gateway<Fixed>>) -> SocketAddr {
    let server = Server::new(Limits::default());
    let server = match gateway.usage_tls() {
        Some(tls) => server.with_tls(tls.clone()),
        None => server,
    };
    town::opened(server, gateway.usage().unwrap()).await
}

/// A question of a security server's, as text.
fn question(path: &str, client: &str, user: &str) -> String {
    format!(
        "GET /v2/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Road-Client: {client}\r\nX-Road-UserId: {user}\r\n\r\n"
    )
}

/// What is told of Ann.
async fn of_ann(at: SocketAddr) -> Value {
    let answer = raw(
        at,
        &question(&format!("findUsage?userCode={ANN}"), CLIENT, ANN),
    )
    .await;
    assert_eq!(status_of(&answer), 200, "{answer}");
    serde_json::from_str(body_of(&answer)).unwrap()
}

async fn says(town: &Town, body: &str, secret: &str) -> String {
    town.says("/persons", body, secret).await
}

fn is(member: &str, code: &str) -> String {
    serde_json::json!({ "user_id": member, "person_code": code }).to_string()
}

fn is_ann(member: &str) -> String {
    is(member, ANN)
}

/// Whether this stands in a file.
fn stands(text: &str, file: &Path) -> bool {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(text)
}

/// Waits until it does not.
async fn gone(text: &str, file: &Path) {
    town::until("it is gone", || !stands(text, file)).await;
}

/// The same state somewhere else, without the locks of whoever has it open, and with this instead of [`USAGE`].
fn copied(
    town: &Town,
    (name, usage): (&str, &str),
    is_copied: impl Fn(&Path) -> bool,
) -> (Config, PathBuf) {
    let (from, to) = (town.directory.join("state"), town.directory.join(name));
    let files = ["journal", "persons"].map(PathBuf::from).into_iter();
    let rows = std::fs::read_dir(from.join("access")).unwrap();
    let rows = rows.map(|file| Path::new("access").join(file.unwrap().file_name()));
    std::fs::create_dir_all(to.join("access")).unwrap();
    for file in files.chain(rows).filter(|file| is_copied(file)) {
        std::fs::copy(from.join(&file), to.join(&file)).unwrap();
    }
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen(
        "directory = \"state\"",
        &format!("directory = \"{name}\"\nretention = \"30d\""),
        1,
    );
    let text = text.replacen(USAGE, usage, 1);
    (Config::parse(&file, &text).unwrap(), to)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_who_has_had_their_data() {
    let behind = Behind::new().await;
    let town = Town::new(&[&routes(&behind, ""), USAGE].concat()).await;
    let at = opened(town.gateway()).await;
    let (ann, cr_id) = town.consented("ann", "child-7").await;
    let (_ben, of_ben) = town.consented("ben", "child-8").await;
    for (status, cr_id) in [
        ("200 OK", &cr_id),
        ("500 Oops", &cr_id),
        ("200 OK", &of_ben),
    ] {
        behind.answers(status, JSON, "{\"kept\":1}");
        town.ask(cr_id, None, "").await;
    }
    town.gateway().finish().await;
    // Nobody has said yet who she is.
    assert_eq!(of_ann(at).await["totalUsages"], 0);
    for (body, secret, refusal) in [
        (&*is_ann("child-7"), "wrong", (401, "request_not_authentic")),
        (&is_ann("child-9"), SECRET, (404, "gateway_person")),
        (
            r#"{"user_id": "child-7", "person_code": "140386-901P"}"#,
            SECRET,
            (400, "gateway_person_code"),
        ),
    ] {
        let found = told(&says(&town, body, secret).await);
        assert_eq!((found.0, &*found.1), refusal, "{body}");
    }
    for _ in 0..2 {
        assert_eq!(
            status_of(&says(&town, &is_ann("child-7"), SECRET).await),
            201
        );
    }
    let found = of_ann(at).await;
    assert_eq!(found["totalUsages"], 1, "{found}");
    let row = &found["usages"][0];
    let action = row["action"].as_str().unwrap();
    assert!(
        action.ends_with(" – utlämnat med stöd av samtycke"),
        "{row}"
    );
    assert_eq!(row["receiverCode"], "unknown");
    let key = town.pop().public().thumbprint(&Ring).to_base64url();
    assert_eq!(row["receiverSystem"], format!("key {key}"));

    // By the next configuration it is known whose key that is.
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let known = format!(
        "[[usage.receivers]]\nthumbprint = \"{key}\"\ncode = \"0201256-6\"\nname = \"Helsingfors\"\nsystem = \"hki\"\n"
    );
    let with = [&text, &*known].concat();
    std::fs::write(
        &file,
        with.replacen("language = \"sv\"", "language = \"fi\"", 1),
    )
    .unwrap();
    town.gateway().reload(&file).unwrap();
    let row = &of_ann(at).await["usages"][0];
    assert_eq!(row["receiverCode"], "0201256-6");
    assert_eq!(row["receiverName"], "Helsingfors");
    let action = row["action"].as_str().unwrap();
    assert!(
        action.ends_with("luovutettu suostumuksen perusteella"),
        "{row}"
    );
    // A wrong one changes nothing, and where it listens stays.
    for (from, to, code) in [
        (
            "language = \"sv\"",
            "language = \"de\"",
            "gateway_config_value",
        ),
        (
            "\"127.0.0.1:0\"\nclients",
            "\"127.0.0.1:1\"\nclients",
            "gateway_reload_fixed",
        ),
        (USAGE, "", "gateway_reload_fixed"),
    ] {
        assert!(text.contains(from));
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let faults = town.gateway().reload(&file).unwrap_err();
        assert_eq!(faults[0].refusal.code(), code, "{to}");
        assert_eq!(of_ann(at).await["usages"][0]["receiverCode"], "0201256-6");
    }

    // Nobody asks but a security server for its member, and for who has signed in there.
    let find = format!("findUsage?userCode={ANN}");
    for (client, user, refusal) in [
        ("FI/GOV/0000000-0/other", ANN, (403, "usage_client")),
        (CLIENT, "FI021184-902X", (403, "usage_mandate")),
        (CLIENT, "", (400, "usage_user")),
    ] {
        let found = told(&raw(at, &question(&find, client, user)).await);
        assert_eq!((found.0, &*found.1), refusal);
    }
    for elsewhere in [town.public, town.application] {
        let found = told(&raw(elsewhere, &question(&find, CLIENT, ANN)).await);
        let unknown = (404, "http_path_unknown".to_owned());
        assert_eq!(found, unknown, "it is on no other listener");
    }
    let other = "GET /persons HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let found = told(&raw(town.application, other).await);
    assert_eq!(found, (405, "http_method_unknown".to_owned()));
    for path in ["usagePeriod", "heartbeat"] {
        let answer = raw(at, &question(path, CLIENT, ANN)).await;
        assert_eq!(status_of(&answer), 200, "{answer}");
    }

    // When the link is over, her rows are hers all the same, also after a restart.
    std::fs::write(&file, &text).unwrap();
    ann.unlink_source().await;
    town.deliver().await;
    assert_eq!(of_ann(at).await["totalUsages"], 1);
    assert_eq!(told(&says(&town, &is_ann("child-7"), SECRET).await).0, 404);
    let (config, state) = copied(&town, ("later", USAGE), |_| true);
    let later = Gateway::open(config, Fixed::default()).await.unwrap();
    assert_eq!(of_ann(opened(&later).await).await["totalUsages"], 1);
    assert!(stands(ANN, &state.join("persons")));
    // And when the last row is gone, so is she: by the same look.
    let (config, state) = copied(&town, ("old", USAGE), |_| true);
    let clock = town::ground::Hand::new();
    clock.goes(60 * 24 * 60 * 60);
    {
        // The file that is written to stays: another one is.
        let log = FileLog::open(&state.join("access")).unwrap();
        let id = RequestId::from_random(town::bits());
        let row = AccessEntry::new(clock.now(), id, Stage::Denied);
        log.append(row).await.unwrap();
    }
    let old = Gateway::open_by(config, Fixed::default(), clock);
    let _old = old.await.unwrap();
    gone(ANN, &state.join("persons")).await;
    // Also where nobody is told any more.
    for (name, usage) in [("last", USAGE), ("untold", "")] {
        let without = |file: &Path| !file.starts_with("access");
        let (config, state) = copied(&town, (name, usage), without);
        assert!(stands(ANN, &state.join("persons")));
        let last = Gateway::open(config, Fixed::default()).await.unwrap();
        gone(ANN, &state.join("persons")).await;
        assert_eq!(last.usage().is_some(), !usage.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_corrected_leaves_the_disk() {
    let behind = Behind::new().await;
    let town = Town::new(&[&routes(&behind, ""), USAGE].concat()).await;
    let _ann = town.consented("ann", "child-7").await;
    for code in [WRONG, ANN] {
        let said = says(&town, &is("child-7", code), SECRET).await;
        assert_eq!(status_of(&said), 201);
    }
    let (config, state) = copied(&town, ("later", USAGE), |_| true);
    let persons = state.join("persons");
    assert!(stands(WRONG, &persons));
    let _later = Gateway::open(config, Fixed::default()).await.unwrap();
    gone(WRONG, &persons).await;
    assert!(stands(ANN, &persons));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_complete_a_linking_is_in_no_file() {
    let behind = Behind::new().await;
    let town = Town::new(&[&routes(&behind, ""), USAGE].concat()).await;
    let (ann, ben) = (town.sign_up("ann").await, town.sign_up("ben").await);
    let journal = town.directory.join("state/journal");
    let code = ann.begin(&town.source).await;
    for _ in 0..2 {
        let said = town.confirm(&code, "child-7", SECRET).await;
        assert_eq!(status_of(&said), 201);
    }
    let other = told(&town.confirm(&code, "child-9", SECRET).await);
    assert_eq!(other, (409, "keep_member_other".into()));
    assert!(!stands("child-7", &journal));
    let unknown = (404, "gateway_person".to_owned());
    let found = told(&says(&town, &is_ann("child-7"), SECRET).await);
    assert_eq!(found, unknown);
    assert!(!stands(ANN, &town.directory.join("state/persons")));

    // Once a record is signed there may be a link, whatever happens before it is here.
    let code = ben.begin(&town.source).await;
    let said = town.confirm(&code, "child-8", SECRET).await;
    assert_eq!(status_of(&said), 201);
    town.operator_is_down();
    town.deliver().await;
    assert!(stands("child-8", &journal));
    assert!(stands("child-7", &journal), "her record was signed too");
    let found = told(&says(&town, &is("child-8", WRONG), SECRET).await);
    assert_eq!(found, unknown, "there is no link yet");
    let (config, state) = copied(&town, ("later", USAGE), |_| true);
    let _later = Gateway::open(config, Fixed::default()).await.unwrap();
    std::fs::copy(state.join("journal"), state.join("after")).unwrap();
    let after = FileProgram::open(&state.join("after"), ()).unwrap();
    assert_eq!(after.surrogates("child-8").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_a_security_server_is_known_by_its_certificate() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let shown = ours.vouch("usage.example", GOOD);
    let [server, other] = ["server", "other"].map(|name| theirs.vouch(name, GOOD));
    let behind = Behind::new().await;
    let town = town::town(&behind).await;
    let put = |name: &str, text: &str| std::fs::write(town.directory.join(name), text).unwrap();
    put("usage.pem", &shown.certificate);
    put("usage.key", &shown.key);
    put("roots.pem", &theirs.pem());
    put("server.pem", &server.certificate);
    let table = USAGE.replace("127.0.0.1:0", "0.0.0.0:0");
    let more = "security_servers = [\"server.pem\"]\n\
                tls = { certificate = \"usage.pem\", key = \"usage.key\", clients = \"roots.pem\" }\n";
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replacen("directory = \"state\"", "directory = \"tls\"", 1);
    let with = |more: &str| Config::parse(&file, &[&text, &table, more].concat());
    for (from, to, code) in [
        (", clients = \"roots.pem\"", "", "gateway_config_missing"),
        (
            "security_servers = [\"server.pem\"]",
            "",
            "gateway_config_missing",
        ),
        ("\"roots.pem\"", "\"usage.key\"", "gateway_config_file"),
        ("[\"server.pem\"]", "[\"usage.key\"]", "gateway_config_file"),
        ("\"usage.key\"", "\"server.pem\"", "gateway_config_file"),
    ] {
        let faults = with(&more.replacen(from, to, 1)).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| fault.refusal.code()).collect();
        assert_eq!(codes, [code], "{to}: {faults:?}");
    }
    let gateway = Gateway::open(with(more).unwrap(), Fixed::default())
        .await
        .unwrap();
    let at = opened(&gateway).await;
    let ask = async |shows: Option<Identity<'_>>| {
        let roots = ours.pem();
        let trust = Trust::Roots(roots.as_bytes());
        let client = match shows {
            None => TlsClient::new(trust),
            Some(paper) => TlsClient::with_certificate(trust, paper),
        };
        let hosts = Fixed::new([("usage.example".to_owned(), at)]);
        let client = Client::builder(TokioExecutor::new()).build(client.unwrap().over(hosts));
        let request = Request::get(format!("https://usage.example/v2/findUsage?userCode={ANN}"));
        let request = request
            .header("X-Road-Client", CLIENT)
            .header("X-Road-UserId", ANN);
        let answer = client.request(request.body(Body::empty()).unwrap()).await;
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, Problem::code_of(&body).unwrap_or_default())
    };
    assert_eq!(ask(Some(server.identity())).await, (200, String::new()));
    let refused = (401, "usage_channel".to_owned());
    assert_eq!(ask(Some(other.identity())).await, refused);
    assert_eq!(
        ask(None).await,
        refused,
        "this machine alone is no channel then"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_forgotten_by_the_day() {
    use mydata::core::time::{Seconds, Timestamp};

    let directory = town::ground::directory();
    let state = directory.join("state");
    let now = mydata_store::SystemClock.now();
    let old = now.minus(Seconds::days(32));
    {
        let log = FileLog::open(&state.join("access")).unwrap();
        let row = |at: Timestamp| {
            AccessEntry::new(at, RequestId::from_random(town::bits()), Stage::Denied)
        };
        log.append(row(old)).await.unwrap();
        log.append(row(now)).await.unwrap();
    }
    let keys = ["source-1", "status-1", "tokens-1"].map(town::key);
    town::ground::write_files(&directory, &keys[0], &keys[1], &keys[2]);
    let behind = Behind::new().await;
    let text = [
        town::ground::HEAD,
        &routes(&behind, ""),
        USAGE,
        "[limits]\nrefusals = \"none\"\nconnections_per_address = \"none\"\n",
    ]
    .concat();
    let begin = |retention: &str| {
        let state = format!(
            "directory = \"state\"
retention = \"{retention}\""
        );
        let text = text.replacen("directory = \"state\"", &state, 1);
        Config::parse(&directory.join("gateway.toml"), &text).unwrap()
    };
    let count = || {
        let files = std::fs::read_dir(state.join("access")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".jsonl")).count()
    };
    assert_eq!(count(), 2);
    let at = opened(&Gateway::open(begin("30d"), Fixed::default()).await.unwrap()).await;
    town::until("they are forgotten", || count() <= 1).await;
    let answer = raw(at, &question("usagePeriod", CLIENT, ANN)).await;
    let period: Value = serde_json::from_str(body_of(&answer)).unwrap();
    assert_eq!(period["periodStart"], now.to_string());
}
