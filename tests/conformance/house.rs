//! The house: who imports whom, what no room may name, and the codes that everybody shares.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-conformance house` writes `spec/codes.md` again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a house that cannot be read fails the test"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may import whom: the whole plan. A crate that is not here must be entered here.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "mydata-account",
        &[
            "mydata-core",
            "mydata-operator",
            "mydata-receipt",
            "mydata-record",
        ],
    ),
    ("mydata-chosen", &["mydata-core", "mydata-keys"]),
    ("mydata-core", &[]),
    ("mydata-keys", &["mydata-core"]),
    ("mydata-model", &[]),
    ("mydata-legacy", &["mydata-core", "mydata-record"]),
    ("mydata-receipt", &["mydata-core", "mydata-record"]),
    ("mydata-record", &["mydata-core"]),
    ("mydata-token", &["mydata-core", "mydata-record"]),
    (
        "mydata-operator",
        &["mydata-core", "mydata-record", "mydata-token"],
    ),
    ("mydata-registry", &["mydata-core", "mydata-record"]),
    (
        "mydata-service",
        &["mydata-core", "mydata-record", "mydata-token"],
    ),
    (
        "mydata",
        &[
            "mydata-account",
            "mydata-core",
            "mydata-identity",
            "mydata-keys",
            "mydata-legacy",
            "mydata-operator",
            "mydata-receipt",
            "mydata-record",
            "mydata-registry",
            "mydata-service",
            "mydata-token",
        ],
    ),
    ("mydata-cli", &["mydata", "mydata-exam"]),
    ("mydata-exam", &["mydata", "mydata-chosen"]),
    ("mydata-gateway", &["mydata", "mydata-http", "mydata-store"]),
    (
        "mydata-http",
        &["mydata", "mydata-identity", "mydata-store"],
    ),
    ("mydata-identity", &["mydata-core"]),
    ("mydata-store", &["mydata"]),
    (
        "mydata-conformance",
        &["mydata", "mydata-chosen", "mydata-exam"],
    ),
    (
        "mydata-examples",
        &["mydata", "mydata-gateway", "mydata-http", "mydata-store"],
    ),
    (
        "mydata-durable",
        &[
            "mydata",
            "mydata-conformance",
            "mydata-model",
            "mydata-store",
        ],
    ),
];

/// What no crate of the workspace imports, and those that may, if there are any.
const STRANGERS: &[(&str, &str)] = &[
    ("aws-lc-rs", "mydata-conformance mydata-keys"),
    ("ring", "mydata-keys"),
    ("clap", "mydata-cli mydata-gateway mydata-store"),
    ("anstream", "mydata-cli"),
    ("anstyle", "mydata-cli"),
    (
        "tokio",
        "mydata-gateway mydata-http mydata-store mydata-durable mydata-examples",
    ),
    ("axum", "mydata-examples mydata-gateway mydata-http"),
    ("hyper", "mydata-gateway mydata-http"),
    ("hyper-util", "mydata-gateway mydata-http"),
    ("reqwest", ""),
    ("rustls", "mydata-http"),
    ("rusqlite", "mydata-store"),
    ("tokio-postgres", "mydata-store"),
    ("async-std", ""),
    ("smol", ""),
    ("futures", ""),
    ("async-trait", ""),
    ("rand", ""),
    ("rand_core", ""),
    ("getrandom", ""),
    ("chrono", ""),
];

/// The leaves: programs, and what only programs use. They may read a clock and files.
const LEAVES: &[&str] = &["cli", "exam", "gateway", "http", "store"];

/// What no line of `crates/*/src` says: symmetric cryptography. A token under a symmetric algorithm is one
/// that whoever checks it could have made (A2, P8).
const UNSPEAKABLE: &[&str] = &["HS256", "hmac", "aead"];

/// The one room that may say all but the first: what is stored there never travels, and who reads it is
/// who wrote it.
const VAULT: &str = "crates/mydata-keys/src/vault/";
const OF_VAULT: &[&str] = &["hmac", "aead"];

/// What no line of it says but in the leaves: clocks and the machine.
const OF_LEAVES: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "now_utc",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "thread_rng",
    "println!",
];

/// Lines of a file of `crates/`.
const LONGEST: usize = 600;

#[test]
fn a_crate_imports_what_the_plan_says() {
    let packages = packages();
    let named: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    let planned: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, planned, "crates of the workspace, and of the plan");
    for (name, allowed) in ARROWS {
        let imports = imports(&packages[*name], &[Value::Null]);
        let ours: Vec<&str> = imports
            .iter()
            .filter(|i| named.contains(**i))
            .copied()
            .collect();
        assert_eq!(ours, *allowed, "{name}");
    }
}

#[test]
fn a_stranger_stays_outside() {
    for (name, package) in packages() {
        // Tests may hold ring against ring; no build script may fetch or generate anything.
        let imports = imports(&package, &[Value::Null, "build".into()]);
        for (stranger, host) in STRANGERS {
            let is_allowed = host.split(' ').any(|host| name == host);
            assert!(
                is_allowed || !imports.contains(stranger),
                "{name}: {stranger}"
            );
        }
    }
}

#[test]
fn every_crate_lives_under_the_lints_of_the_workspace() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    for (name, package) in packages() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let manifest = fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{name}");
    }
}

#[test]
fn no_crate_names_a_clock_the_machine_or_a_symmetric_algorithm() {
    for (file, text) in sources("src") {
        let is_leaf = LEAVES.contains(&room(&file).as_str());
        let of_leaves = OF_LEAVES.iter().filter(|_| !is_leaf);
        let is_vault = file.to_str().unwrap().contains(VAULT);
        let unspeakable = UNSPEAKABLE
            .iter()
            .filter(|word| !(is_vault && OF_VAULT.contains(*word)));
        let words: Vec<&str> = unspeakable.chain(of_leaves).copied().collect();
        for (at, line) in text.lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            for word in &words {
                let is_said = !is_comment && line.contains(word);
                assert!(!is_said, "{}:{}: {word}", file.display(), at + 1);
            }
        }
    }
}

/// Features that `cargo test` does not turn on; `.ci/run` does, for these packages alone.
const LATER: &[(&str, &str)] = &[
    ("mydata-durable", "test-postgres"),
    ("mydata-store", "test-postgres"),
    ("mydata-store", "tool"),
];

#[test]
fn every_feature_is_tested() {
    // What the tests and the examples of the workspace ask of the facade, of each other and of the store.
    let asked: BTreeSet<&str> = [
        "aws-lc", "chosen", "contract", "durable", "http", "identity",
    ]
    .into_iter()
    .chain(["postgres", "print", "rsa", "schema", "sqlite"])
    .collect();
    for (name, package) in packages() {
        for feature in package["features"].as_object().unwrap().keys() {
            let is_later = LATER.contains(&(&name, feature));
            let is_asked = feature == "default" || asked.contains(feature.as_str());
            assert!(
                is_later != is_asked,
                "{name}: `{feature}` is tested nowhere"
            );
        }
    }
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let turned_on = "-p mydata-store -p mydata-durable -p mydata-examples --all-features";
    assert!(ci.contains(turned_on));
}

#[test]
fn a_file_can_be_read_in_one_sitting() {
    for (file, text) in sources("") {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{}: {lines} lines", file.display());
    }
}

/// A set of refusals: the crate, the name, and the codes with what they mean.
type Set = (&'static str, &'static str, Vec<(&'static str, String)>);

macro_rules! sets {
    ($($set:path),+ $(,)?) => { vec![$({
        let mut rooms = stringify!($set).split("::");
        let room = rooms.nth(1).unwrap().trim();
        let name = rooms.last().unwrap().trim();
        let codes = <$set>::ALL.iter().map(|r| (r.code(), r.text().to_owned())).collect();
        (room, name, codes)
    }),+] };
}

/// The leaves that refuse, and what only they use, each under its folder's name.
mod leaves {
    pub(super) use mydata_gateway as gateway;
    pub(super) use mydata_http as http;
    pub(super) use mydata_identity as identity;
    pub(super) use mydata_store as store;
}

/// Every `refusals!` of the workspace.
fn refusals() -> Vec<Set> {
    sets![
        mydata::account::DirectoryRefusal,
        mydata::account::ExportRefusal,
        mydata::account::RegistrationRefusal,
        mydata::core::json::JsonRefusal,
        mydata::core::jwk::KeyRefusal,
        mydata::core::jws::JwsRefusal,
        mydata::core::resource::ResourceRefusal,
        mydata::core::web::WebLinkRefusal,
        mydata::keys::PrivateKeyRefusal,
        mydata::keys::VaultFault,
        mydata::legacy::EnvelopeRefusal,
        mydata::legacy::Gap,
        mydata::legacy::RecordRefusal,
        mydata::core::rsa::RsaRefusal,
        mydata::operator::JournalRefusal,
        mydata::operator::Refusal,
        mydata::receipt::issue::LackKind,
        mydata::receipt::kantara::KantaraRefusal,
        mydata::receipt::kantara::KantaraRepair,
        mydata::receipt::kantara::KantaraRule,
        mydata::receipt::linked::LinkedRepair,
        mydata::receipt::linked::LinkedRule,
        mydata::receipt::signed::EvidenceRefusal,
        mydata::record::chain::ChainRefusal,
        mydata::record::consent::ConsentRefusal,
        mydata::record::description::DescriptionAdvice,
        mydata::record::description::DescriptionRefusal,
        mydata::record::notification::NotificationRefusal,
        mydata::record::objection::ObjectionRefusal,
        mydata::record::proposal::ProposalRefusal,
        mydata::record::description::PublishedRefusal,
        mydata::record::standing::Bar,
        mydata::registry::RegistryRefusal,
        mydata::service::ServiceRefusal,
        leaves::gateway::config::ConfigRefusal,
        leaves::gateway::GatewayRefusal,
        leaves::gateway::select::PathRefusal,
        leaves::gateway::select::SelectRefusal,
        leaves::gateway::TemplateRefusal,
        leaves::http::identity::BearerRefusal,
        leaves::http::identity::FetchRefusal,
        leaves::http::HttpRefusal,
        leaves::http::JournalRefusal,
        leaves::http::kit::SetupRefusal,
        leaves::http::LogFault,
        leaves::http::registry::RegistrarRefusal,
        leaves::http::ResidentRefusal,
        leaves::http::rights::RightsFault,
        leaves::http::rights::RightsRefusal,
        leaves::http::rights::TreeRefusal,
        leaves::http::tls::TlsRefusal,
        leaves::http::usage::UsageRefusal,
        leaves::identity::IdentityRefusal,
        leaves::identity::ProviderRefusal,
        leaves::store::StoreRefusal,
        leaves::store::OperatorRefusal,
        mydata::token::access::AccessRule,
        mydata::token::audience::AudienceRefusal,
        mydata::token::claims::IssueRefusal,
        mydata::token::proof::ProofRefusal,
        mydata::token::request::RequestRefusal,
    ]
}

/// Codes that stand outside a `refusals!`: the crate, the code, what it means.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "core",
        "id_invalid",
        "an id has a character or a length that no id has",
    ),
    (
        "core",
        "no_randomness",
        "the source of randomness has failed",
    ),
    (
        "core",
        "sign_other_kind",
        "a record of one kind cannot be countersigned as another",
    ),
    (
        "core",
        "sign_too_large",
        "the record is too large to be read again",
    ),
    ("core", "signer_failed", "the signer could not sign"),
    (
        "operator",
        "operator_keys_are_one",
        "a status key and a token key of the operator are one key, or have one id",
    ),
    (
        "receipt",
        "receipt_incomplete",
        "facts are missing for a receipt; each has a code of its own",
    ),
    (
        "record",
        "consent_active",
        "the consent permits processing: the one code that is no refusal",
    ),
    (
        "record",
        "description_invalid",
        "the description breaks a rule",
    ),
    (
        "token",
        "proof_not_verified",
        "the signed request does not verify; its detail is another code",
    ),
    (
        "token",
        "request_not_authentic",
        "all that a peer is told of a request that is not proven to be the sink's",
    ),
    (
        "token",
        "token_not_verified",
        "the token does not verify; its detail is another code",
    ),
];

#[test]
fn every_set_of_refusals_is_listed() {
    let mut declared = BTreeSet::new();
    for (file, text) in sources("src") {
        let room = room(&file);
        for rest in text.split("refusals! {").skip(1) {
            // The declaration of the macro itself has a name in place of the name.
            let (_, rest) = rest.split_once("pub enum ").unwrap();
            let name = rest.split_whitespace().next().unwrap();
            if !name.starts_with('$') {
                declared.insert((room.clone(), name.to_owned()));
            }
        }
    }
    let listed = refusals()
        .into_iter()
        .map(|(room, name, _)| (room.to_owned(), name.to_owned()));
    assert_eq!(declared, listed.collect());
}

#[test]
fn every_code_that_a_function_gives_is_listed() {
    let codes = codes();
    for (file, text) in sources("src") {
        for body in text.split("fn code(").skip(1) {
            let body = body.split("\n    }\n").next().unwrap();
            let of_code = |text: &&str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            for code in body.split('"').skip(1).step_by(2).filter(of_code) {
                assert!(codes.contains_key(code), "{}: {code}", file.display());
            }
        }
    }
}

#[test]
fn the_codes_are_those_of_the_table() {
    let mut text = String::from(
        "# Codes\n\nWritten by `tests/conformance/house.rs` (`MYDATA_BLESS=1`); do not edit. \
         A code never changes once released.\n\n| code | crate | meaning |\n|---|---|---|\n",
    );
    for (code, (room, meaning)) in codes() {
        text += &format!("| `{code}` | {room} | {} |\n", meaning.replace('|', "\\|"));
    }
    let file = root().join("spec/codes.md");
    if std::env::var_os("MYDATA_BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == text,
        "spec/codes.md is stale: bless it, and read the difference"
    );
}

/// Every code with its crate and meaning; none twice, all of them in snake case.
fn codes() -> BTreeMap<&'static str, (&'static str, String)> {
    let mut codes = BTreeMap::new();
    let mut enter = |room, code: &'static str, meaning: String| {
        let of_code = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_snake = code.starts_with(|c: char| c.is_ascii_lowercase())
            && code.bytes().all(of_code)
            && !code.ends_with('_')
            && !code.contains("__");
        assert!(is_snake, "{code}");
        assert_eq!(
            codes.insert(code, (room, meaning)),
            None,
            "{code} stands twice"
        );
    };
    for (room, _, set) in refusals() {
        for (code, meaning) in set {
            enter(room, code, meaning);
        }
    }
    for (room, code, meaning) in OTHERS {
        enter(room, code, (*meaning).to_owned());
    }
    codes
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The members of the workspace, as cargo sees them.
fn packages() -> BTreeMap<String, Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let Ok(Value::Object(mut metadata)) = serde_json::from_slice(&output.stdout) else {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    };
    let Some(Value::Array(packages)) = metadata.remove("packages") else {
        panic!("cargo names no packages");
    };
    let named = |package: Value| (package["name"].as_str().unwrap().to_owned(), package);
    packages.into_iter().map(named).collect()
}

/// What a package imports, in order; `kinds` are `null` for what stands in the product, and names.
fn imports<'p>(package: &'p Value, kinds: &[Value]) -> Vec<&'p str> {
    let all = package["dependencies"].as_array().unwrap().iter();
    let these = all.filter(|dependency| kinds.contains(&dependency["kind"]));
    let mut names: Vec<&str> = these.map(|d| d["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Every Rust file of every crate, or of one folder of every crate.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for package in fs::read_dir(root().join("crates")).unwrap() {
        collect(&package.unwrap().path().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are somewhere else");
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// The crate of a file, as the facade names it.
fn room(file: &Path) -> String {
    let text = file.to_str().unwrap();
    let (_, rest) = text.split_once("crates/mydata-").unwrap_or(("", "mydata/"));
    rest.split('/').next().unwrap().to_owned()
}
