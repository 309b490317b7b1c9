//! A disk that fails in the middle of a commit.
//!
//! The process that writes is this test itself, started again with a limit on the size of its files:
//! what goes beyond it is an error of the disk to SQLite, which no program can tell from others.

use super::support::{Folder, account, decide, open, opened, stored};
use mydata_store::{Index, Reading, Store, StoreRefusal};
use std::process::Command;

const CHILD: &str = "MYDATA_STORE_LIMITED_FILE";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_that_has_stopped_goes_on_after_it_was_examined() {
    if let Some(file) = std::env::var_os(CHILD) {
        return limited(file.as_ref()).await;
    }
    let folder = Folder::new();
    let file = folder.file("store");
    // 1 MiB; without its signal, which would end the process before it sees the error.
    let script = "trap '' XFSZ; ulimit -S -f 1024; exec \"$0\" \"$@\"";
    let child = Command::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args([
            "stopping::a_store_that_has_stopped",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD, &file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned()
        + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    let acknowledged = said
        .lines()
        .find_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
    let store = opened(&file);
    let check = store.check().unwrap();
    assert!(check.is_sound(), "{check:?}");
    assert_eq!(Some(check.entries), acknowledged, "{said}");
}

async fn limited(file: &std::path::Path) {
    let store = opened(file);
    stored(&store, open("ann", Index::default())).await;
    let body = [7; 20_000];
    let mut version = 0;
    let fault = loop {
        match store
            .append(decide("ann", version, &body, Index::default()))
            .await
        {
            Ok(_) => version += 1,
            Err(fault) => break fault,
        }
    };
    println!("after {version} decisions: {fault}");
    assert_eq!(fault.refusal(), StoreRefusal::OutcomeUnknown);
    assert_eq!(fault.engine(), Some("SQLITE_IOERR_WRITE"));
    for _ in 0..3 {
        let again = store
            .append(decide("ann", version, b"small", Index::default()))
            .await;
        assert_eq!(again.unwrap_err().refusal(), StoreRefusal::Stopped);
    }
    // Whoever reads sees what was acknowledged.
    let held = store
        .account(&account("ann"), Reading::Newest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(held.version.get(), version);
    let unlimited = Command::new("prlimit")
        .args([
            "--fsize=unlimited",
            "--pid",
            &std::process::id().to_string(),
        ])
        .status();
    assert!(unlimited.unwrap().success());
    let check = store.reopen().unwrap();
    assert!(check.is_sound());
    assert!(check.entries == version || check.entries == version + 1);
    // The same request tells what became of it, and everything goes on.
    let _ = store
        .append(decide("ann", version, &body, Index::default()))
        .await
        .unwrap();
    stored(
        &store,
        decide("ann", version + 1, b"small", Index::default()),
    )
    .await;
    println!("acknowledged {}", version + 2);
}
