//! Bodies are never held whole: an answer of 200 MB goes through the process to a sink that reads slowly, and the
//! process grows by less than 30 MB.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::ConsentId;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use town::behind::{Behind, Says};
use town::process::Process;
use town::{JSON, Town, routes};

/// Octets of an answer from behind, at the least.
const LENGTH: usize = 200_000_000;

/// KiB by which the process may grow: 30 MB.
const GROWTH: u64 = 30_000_000 / 1024;

/// An item of a list, and the comma behind it: 2 KiB of text that may pass, and some that may not.
fn item() -> String {
    let text = "l\u{e5}ngt stycke text utan slut, och mer av den ".repeat(44);
    format!(
        "{{\"unit\":\"P\\u00e4iv\\u00e4koti {text}\",\"places\":[12,3.50,-1e2],\"note\":\"CANARY\"}},\n"
    )
}

/// Asks, reads nothing for a while, and then piece by piece: how much has come, and how it begins and ends.
async fn read_slowly(town: &Town, cr_id: &ConsentId) -> (usize, String, String) {
    let mut stream = TcpStream::connect(town.public).await.unwrap();
    let signed = town.signed(cr_id, None, "").await;
    stream.write_all(signed.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut count, mut buffer) = (0, vec![0; 1 << 20]);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    loop {
        let length = stream.read(&mut buffer).await.unwrap();
        let piece = &buffer[..length];
        if count == 0 {
            head = piece[..length.min(4096)].to_vec();
        }
        if length == 0 {
            break;
        }
        tail.extend_from_slice(&piece[length.saturating_sub(64)..]);
        tail.drain(..tail.len().saturating_sub(64));
        // A rest after every tenth of it.
        if (count + length) / (LENGTH / 10) > count / (LENGTH / 10) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        count += length;
    }
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    (count, text(head), text(tail))
}

/// A whole answer of more than this many octets, and the process has grown by this many KiB at the most.
async fn grows(process: &Process, town: &Town, cr_id: &ConsentId, behind: &Behind) -> (usize, u64) {
    let before = process.memory("VmRSS");
    let (count, head, tail) = read_slowly(town, cr_id).await;
    let most = process.memory("VmHWM");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(tail.ends_with("\r\n0\r\n\r\n"), "it is whole: {tail}");
    assert_eq!(behind.asked().len(), 1);
    (count, most.saturating_sub(before))
}

async fn town(fields: &str, behind: &Behind) -> (Town, Process) {
    let routes = routes(behind, "body_limit = \"1GiB\"\n");
    let routes = routes.replace("[\"kept\", \"part.name\"]", fields);
    let routes = routes.replace("total = \"5s\"", "total = \"300s\"");
    let routes = routes.replace("idle = \"300ms\"", "idle = \"60s\"");
    let (town, _place, process) = Town::before_process(&routes).await;
    (town, process)
}

fn list() -> Says {
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}Connection: close\r\n\r\n");
    let first = [&head, "{\"left\":{\"unit\":\"CANARY\"},\"kept\":["].concat();
    let item = item();
    let times = LENGTH / item.len() + 1;
    Says::Over(first.into(), item.into(), times, "0]}".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_whole_is_not_held_whole() {
    let behind = Behind::new().await;
    let (town, process) = town("[\"*\"]", &behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    behind.says(list());
    let (count, growth) = grows(&process, &town, &cr_id, &behind).await;
    assert!(count > LENGTH, "{count} octets");
    assert!(growth < GROWTH, "it grows by {growth} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_selected_from_is_not_held_whole() {
    let behind = Behind::new().await;
    let (town, process) = town("[\"kept[].unit\", \"kept[].places\"]", &behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    behind.says(list());
    let (count, growth) = grows(&process, &town, &cr_id, &behind).await;
    assert!(count > LENGTH / 10 * 9, "{count} octets");
    assert!(growth < GROWTH, "it grows by {growth} KiB");
}
