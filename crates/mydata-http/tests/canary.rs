//! Nothing of a person is written down, at whatever level: the town does its business while everything that
//! our crates write is kept, and then it is searched for what was planted.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::{DatasetId, PurposeId};
use mydata::record::consent::ConsentChange;
use mydata::service::Want;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use town::{Town, logged, raw};

/// A name that stands nowhere by chance.
const NAME: &str = "aino-kanarialintu-1958";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_written_down() {
    let town = Town::new().await;
    let aino = town.linked(NAME).await;
    let pair = aino.consent("care", &["src/a"]).await;
    town.deliver().await;
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = Want::get(&pair.sink, &purpose, &dataset);
    let answer = town.sink.desk.fetch(&want).await.unwrap();
    let payload = String::from_utf8(answer.body.to_vec()).unwrap();
    let surrogates: Vec<String> = [&town.source, &town.sink]
        .iter()
        .flat_map(|side| {
            let held = side.desk.read();
            let links = held
                .links()
                .map(|(_, link)| link.record.surrogate_id.as_str().to_owned());
            links.collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(surrogates.len(), 2);
    assert!(payload.contains(&surrogates[0]));
    // What is refused, torn, repeated and brought to nobody is written down too.
    let body = format!(r#"{{"code":"{NAME}"}}"#);
    for sent in [
        town.signed(&town.sink, &format!("/auth_token/{NAME}"), &[]),
        town.signed(&town.sink, &format!("/{NAME}"), &[("X-Name", NAME)]),
        town.signed_post(&town.sink, "/link", "application/json", body.as_bytes()),
        town.signed_post(&town.sink, "/link", "text/plain", body.as_bytes()),
        format!("GET /{NAME}/%2e%2e/ HTTP/1.1\r\nHost: {NAME}\r\nX: {NAME}\r\n\r\n"),
        format!(
            "GET /auth_token/{NAME}?{NAME} HTTP/1.1\r\nHost: a\r\nAuthorization: PoP {NAME}\r\n\r\n"
        ),
        format!("{NAME} {NAME} {NAME}\r\n\r\n"),
    ] {
        for _ in 0..2 {
            raw(town.operator, &sent).await;
        }
    }
    town.source.desk.program().break_disk(true);
    aino.change(&pair.sink, ConsentChange::Withdraw).await;
    town.deliver().await;
    town.source.desk.program().break_disk(false);
    town.deliver().await;
    assert!(town.sink.desk.fetch(&want).await.is_err());
    let all = logged::written();
    // It was written, and of what it should be: …
    for said in [
        "authenticated",
        "delivered",
        "decided",
        "request_replayed",
        "operation=\"issue_token\"",
        "code=\"http_later\"",
        pair.source.as_str(),
    ] {
        assert!(all.contains(said), "{said} is missing in {all}");
    }
    // … of what happened, and of nobody.
    let planted = surrogates.iter().map(String::as_str);
    for secret in planted.chain([NAME, "kanarialintu", &payload, "eyJ", "PoP "]) {
        let found = all.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}

/// Rust files of a directory, and of what is in it.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap();
    let all = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path),
            false => vec![path],
        }
    });
    all.collect()
}

/// What is told of anything but our own codes is typed in one room. Elsewhere a line has a code, or the kind of
/// an error of the machine, and words that are always the same.
#[test]
fn one_room_names_things() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut rooms, mut count) = (BTreeSet::new(), 0);
    for file in files(&source) {
        let text = std::fs::read_to_string(&file).unwrap();
        let room = file.strip_prefix(&source).unwrap();
        for line in text.lines().map(str::trim) {
            let writes = ["tracing::", "println!", "eprintln!", "dbg!"];
            let writes = writes.iter().any(|word| line.contains(word));
            if line.starts_with("//") || line == "use tracing::Instrument as _;" || !writes {
                continue;
            }
            count += 1;
            let fields = line
                .strip_suffix("\");")
                .and_then(|line| line.split_once("!("))
                .and_then(|(_, line)| line.split_once(", \""))
                .filter(|(_, words)| !words.contains('{') && !words.contains('"'))
                .map_or("", |(fields, _)| fields);
            let known = [
                "code",
                "code = fault.code()",
                "code = refusal.code()",
                "kind = ?error.kind()",
            ];
            if !known.contains(&fields) {
                rooms.insert(room.to_owned());
            }
        }
    }
    assert!(count > 4, "{count}");
    assert_eq!(rooms, BTreeSet::from([PathBuf::from("ops/span.rs")]));
}
