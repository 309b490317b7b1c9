//! The process is killed between the two rows of a request: after the next start the log says that nobody knows
//! what came of it, and nothing is counted twice.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata_http::{AccessLog as _, FileLog, Page, Span, Stage};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use town::behind::{Behind, Says};
use town::process::free;
use town::{JSON, SECRET, Town, body_of, raw, routes, status_of, told, until};

const USAGE: &str = r#"
[usage]
listen = "127.0.0.1:0"
clients = ["FI/GOV/0000000-0/portal"]
language = "en"
own = { code = "1111111-1", system = "vaka" }
"#;

const QUESTION: &str = "GET /v2/findUsage?userCode=FI140386-901P HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
    X-Road-Client: FI/GOV/0000000-0/portal\r\nX-Road-UserId: FI140386-901P\r\n\r\n";

/// How often each stage stands in the access log on the disk.
fn stages(town: &Town) -> [usize; 4] {
    let files = std::fs::read_dir(town.directory.join("state/access")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let rows = files.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let rows: String = rows
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    ["granted", "released", "interrupted", "lost"]
        .map(|stage| rows.matches(&format!("\"stage\":\"{stage}\"")).count())
}

async fn send(town: &Town, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(town.public).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_is_lost_and_counted_once() {
    let behind = Behind::new().await;
    let routes = routes(&behind, "body_limit = \"64MiB\"\n");
    let routes = routes.replace("[\"kept\", \"part.name\"]", "[\"*\"]");
    let routes = ["headers = \"1s\"", "idle = \"300ms\"", "total = \"5s\""]
        .iter()
        .fold(routes, |routes, time| {
            let name = time.split(' ').next().unwrap();
            routes.replacen(time, &format!("{name} = \"300s\""), 1)
        });
    let usage = free();
    let routes = format!(
        "{routes}{}",
        USAGE.replacen("127.0.0.1:0", &usage.to_string(), 1)
    );
    let (town, place, mut process) = Town::before_process(&routes).await;
    let (ann, cr_id) = town.consented("ann", "ann").await;
    let person = r#"{"user_id": "ann", "person_code": "FI140386-901P"}"#;
    assert_eq!(status_of(&town.says("/persons", person, SECRET).await), 201);
    // One that comes to its end.
    behind.answers("200 OK", JSON, "{\"kept\":1}");
    assert_eq!(status_of(&town.ask(&cr_id, None, "").await), 200);
    until("its end is written", || stages(&town) == [1, 1, 0, 0]).await;
    behind.asked();
    // One to which the system behind has said nothing yet.
    let never = Duration::from_secs(600);
    behind.says(Says::Slowly(Vec::new(), never, Vec::new()));
    let _silent = send(&town, &town.signed(&cr_id, None, "").await).await;
    until("it is asked behind", || behind.asked().len() == 1).await;
    // And one of which a part has left.
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 33554432\r\n\r\n");
    let begun = [head.as_bytes(), &[b' '; 64 * 1024]].concat();
    behind.says(Says::Slowly(begun, never, Vec::new()));
    let mut torn = send(&town, &town.signed(&cr_id, None, "").await).await;
    let mut first = [0; 1024];
    torn.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200 OK\r\n"));
    until("both are granted", || stages(&town) == [3, 1, 0, 0]).await;

    process.signal("-KILL");
    assert_eq!(process.ended(), None, "it had no time to write anything");
    assert_eq!(stages(&town), [3, 1, 0, 0]);
    let mut rest = Vec::new();
    let _ = torn.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "no sink takes it for whole");

    // Each start after that finds them once, however often there is one.
    for _ in 0..2 {
        let mut process = place.start(&town);
        assert_eq!(stages(&town), [3, 1, 0, 2]);
        // It may have answered this request before.
        let answer = town.ask(&cr_id, None, "").await;
        assert_eq!(told(&answer), (503, "replay_guard_memory".into()));
        assert!(!body_of(&answer).contains("kept"));
        // She is told of all three.
        process.listens(usage);
        let told = raw(usage, QUESTION).await;
        assert!(told.contains("\"totalUsages\":3"), "{told}");
        assert_eq!(
            told.matches(" – possibly disclosed on the basis").count(),
            2
        );
        assert_eq!(told.matches(" – disclosed on the basis").count(), 1);
        process.signal("-KILL");
        process.ended();
    }
    assert_eq!(stages(&town), [3, 1, 0, 2], "a refusal is no usage");

    // Whoever reads the log has three usages, and what is known of each.
    let access = town.directory.join("state/access");
    let log = FileLog::open(&access).unwrap();
    let whose = [ann.surrogate().await];
    let page = Page {
        offset: 0,
        limit: 10,
    };
    let usages = log.usages(&whose, Span::default(), page).await.unwrap();
    let lost = usages.rows.iter().filter(|row| row.stage == Stage::Lost);
    assert_eq!((usages.total, lost.count()), (3, 2), "{usages:?}");
}
