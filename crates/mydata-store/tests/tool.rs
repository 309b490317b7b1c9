//! The tool over a store with accounts in it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{AccountId, ActorId, KeyId, OperatorId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::time::Timestamp;
use mydata::keys::{MasterKey, PrivateKey, Ring, Vault};
use mydata::operator::{Account, Act, Capacity, Command, Verification};
use mydata_store::{
    Custody, Identity, KeyUse, Limits, Operator, Request, RequestKey, SqliteOptions, SqliteStore,
    SystemClock, master_from_file,
};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

fn key(kid: &str) -> PrivateKey {
    PrivateKey::generate(KeyId::parse(kid).unwrap(), Algorithm::Ed25519).unwrap()
}

fn ask(key: &str) -> Request {
    Request {
        key: RequestKey::parse(key).unwrap(),
        digest: Ring.sha256(key.as_bytes()),
    }
}

fn master(folder: &Path, id: &str) -> String {
    let path = folder.join(id);
    let key = MasterKey::generate(KeyId::parse(id).unwrap()).unwrap();
    std::fs::write(&path, key.to_text().expose()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!("{id}={}", path.display())
}

/// Three accounts, of which one was never activated in time; keys in custody.
async fn fill(file: &Path, folder: &Path) {
    let id = KeyId::parse("m1").unwrap();
    let vault = Vault::new(Arc::new(master_from_file(id, &folder.join("m1")).unwrap()));
    let (store, vault) = (
        SqliteStore::open(file, SqliteOptions::default()).unwrap(),
        Arc::new(vault),
    );
    let store = Arc::new(store);
    let custody = Custody::new(Arc::clone(&store), Arc::clone(&vault));
    let (status, tokens) = (key("status-1"), key("token-1"));
    custody
        .keep_operator(KeyUse::Status, &status)
        .await
        .unwrap();
    custody.keep_operator(KeyUse::Token, &tokens).await.unwrap();
    let operator = OperatorId::parse("operator.example").unwrap();
    let identity = Identity::new(operator, Arc::new(status), Arc::new(tokens));
    let (clock, limits) = (Arc::new(SystemClock), Limits::default());
    let operator = Operator::open(store, vault, identity, clock, limits)
        .await
        .unwrap();
    for name in ["ann", "ben"] {
        let (id, owner) = (AccountId::parse(name).unwrap(), key(name));
        let account = Account::open(id.clone(), KeySet::from(owner.public().clone()));
        operator.open_account(account, ask("open")).await.unwrap();
        let actor = ActorId::parse("a").unwrap();
        let act = Act {
            account: id,
            actor,
            capacity: Capacity::Owner,
        };
        let what = Verification::Export;
        operator
            .execute(&act, &ask("code"), &Command::AskVerification { what })
            .await
            .unwrap();
    }
    let (id, owner) = (AccountId::parse("cat").unwrap(), key("cat"));
    let account = Account::create(id, KeySet::from(owner.public().clone()), Timestamp::EPOCH);
    operator.open_account(account, ask("open")).await.unwrap();
}

fn tool(arguments: &[&str]) -> (i32, Value) {
    let tool = Process::new(env!("CARGO_BIN_EXE_mydata-store"))
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    let said = serde_json::from_slice(&tool.stdout).unwrap_or(Value::Null);
    (tool.status.code().unwrap(), said)
}

#[tokio::test]
async fn an_engineer_looks_after_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let (m1, m2) = (master(folder.path(), "m1"), master(folder.path(), "m2"));
    let file = folder.path().join("operator.db");
    fill(&file, folder.path()).await;
    let (file, copy) = (file.to_str().unwrap(), folder.path().join("copy.db"));
    let copy = copy.to_str().unwrap();

    let (code, said) = tool(&["check", file]);
    assert_eq!((code, &said["accounts"]), (0, &3.into()), "{said}");
    let (code, said) = tool(&["verify", file, "--master", &m1]);
    assert_eq!(
        (code, &said["decisions"], &said["findings"]),
        (0, &2.into(), &Value::Array(Vec::new()))
    );
    assert_eq!(tool(&["backup", file, copy]).0, 0);
    assert_eq!(tool(&["backup", file, copy]).0, 2, "never over a file");

    // With another master key nothing is read; with both everything is wrapped anew; then one is enough.
    let (code, said) = tool(&["verify", file, "--master", &m2]);
    assert_eq!((code, &said["code"]), (2, &"vault_key_unknown".into()));
    let (code, said) = tool(&["rewrap", file, "--master", &m2, "--earlier", &m1]);
    assert_eq!((code, &said["done"]), (0, &3.into()));
    assert_eq!(tool(&["verify", file, "--master", &m2]).0, 0);

    // The account that nobody activated ends, and is erased.
    let job = |name| {
        let job = [
            "job",
            "expire",
            file,
            "--master",
            &m2,
            "--operator",
            "operator.example",
        ];
        let keys = [
            "--status-key",
            "status-1",
            "--token-key",
            "token-1",
            "--actor",
            "night",
        ];
        let name = ["--name", name];
        let mut all = vec![job[0], job[2], job[1]];
        all.extend(&job[3..]);
        all.extend(keys);
        all.extend(name);
        tool(&all)
    };
    let (code, said) = job("n1");
    assert_eq!(
        (code, &said["stored"], &said["is_finished"]),
        (0, &1.into(), &true.into()),
        "{said}"
    );
    let (_, said) = job("n2");
    assert_eq!(
        &said["waiting"], &1,
        "the person has yet to be told: {said}"
    );
    assert_eq!(tool(&["parked", file]).0, 0);

    // What was altered is found.
    let db = rusqlite::Connection::open(copy).unwrap();
    db.execute(
        "UPDATE entry SET body = CAST(replace(body, '\"v\":1', '\"v\": 1') AS BLOB) WHERE position = 1",
        [],
    )
    .unwrap();
    drop(db);
    let (code, said) = tool(&["verify", copy, "--master", &m1]);
    assert_eq!(
        (code, &said["findings"][0]["code"]),
        (1, &"operator_mark_broken".into()),
        "{said}"
    );
    assert_eq!(tool(&["check", "/nowhere/at/all.db"]).0, 2);

    // A master key that others can read is none.
    std::fs::set_permissions(
        folder.path().join("m1"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let (code, said) = tool(&["verify", copy, "--master", &m1]);
    assert_eq!(
        (code, &said["code"]),
        (2, &"operator_master_exposed".into())
    );
}
