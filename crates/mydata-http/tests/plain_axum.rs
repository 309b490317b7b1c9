//! The example: what it takes to become a source, and that it has become one.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-http --test plain_axum` writes the difference into its README again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "a test that cannot go on fails"
)]

mod town;

#[expect(dead_code, reason = "an example is a program")]
#[path = "../../../examples/plain_axum/after.rs"]
mod after;
#[expect(dead_code, reason = "an example is a program")]
#[path = "../../../examples/plain_axum/before.rs"]
mod before;

use mydata::core::id::{ConsentId, DatasetId, PurposeId};
use mydata::record::consent::ConsentChange;
use mydata::service::Want;
use mydata_http::kit::{Change, Changes, Fields, SinkClient, Watching};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use town::{Town, pass, raw, status_of};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plain_axum");

/// What may change at the most.
const LINES: usize = 80;

/// The lines of a difference: the longest common part is left as it is.
fn difference(before: &str, after: &str) -> Vec<(char, String)> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // `common[i][j]`: how many lines the rest of both from `i` and `j` have in common.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', old[i].to_owned()));
            i += 1;
        } else {
            lines.push(('+', new[j].to_owned()));
            j += 1;
        }
    }
    lines
}

/// With two lines around each change, as one reads it.
fn shown(lines: &[(char, String)]) -> String {
    let is_near = |at: usize| {
        let near = at.saturating_sub(2)..(at + 3).min(lines.len());
        lines[near].iter().any(|(mark, _)| *mark != ' ')
    };
    let mut text = String::new();
    let mut is_cut = false;
    for (at, (mark, line)) in lines.iter().enumerate() {
        if !is_near(at) {
            is_cut = true;
            continue;
        }
        if std::mem::take(&mut is_cut) {
            text.push_str("@@\n");
        }
        text.push_str(format!("{mark}{line}").trim_end());
        text.push('\n');
    }
    text
}

#[test]
fn it_takes_few_lines_and_they_stand_in_the_readme() {
    let read = |name: &str| std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap();
    let lines = difference(&read("before.rs"), &read("after.rs"));
    let changed = lines.iter().filter(|(mark, _)| *mark != ' ').count();
    assert!((40..=LINES).contains(&changed), "{changed} lines");
    let readme = read("README.md");
    let (head, _) = readme.split_once("```diff\n").unwrap();
    let wanted = format!("{head}```diff\n{}```\n", shown(&lines));
    if std::env::var_os("MYDATA_BLESS").is_some() {
        std::fs::write(format!("{FOLDER}/README.md"), &wanted).unwrap();
    }
    assert_eq!(read("README.md"), wanted, "the difference: write it again");
}

#[test]
fn a_difference_is_what_it_is() {
    let lines = difference("a\nb\nc\nd\ne\nf\ng", "a\nx\nc\nd\ne\nf\ng\nh");
    let changed: Vec<_> = lines.iter().filter(|(mark, _)| *mark != ' ').collect();
    let [old, new, last] = changed[..] else {
        unreachable!("{changed:?}")
    };
    assert_eq!((old.0, &*old.1, new.0, &*new.1), ('-', "b", '+', "x"));
    assert_eq!((last.0, &*last.1), ('+', "h"));
    assert_eq!(shown(&lines), " a\n-b\n+x\n c\n d\n@@\n f\n g\n+h\n");
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn source(town: &Town, folder: &Folder) {
    // The one before it may be about to close its files.
    let mut left = 100;
    let app = loop {
        let setup = town.setup(&town.source);
        match after::app(after::Register::demo(), setup, &folder.0).await {
            Ok(app) => break app,
            Err(error) => assert!(left > 0, "{error}"),
        }
        left -= 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    town.put_source(app);
    // It cannot know what an earlier process has taken within the last seconds, and says so: later.
    pass(10);
}

fn want<'w>(cr_id: &'w ConsentId, of: &'w (PurposeId, DatasetId)) -> Want<'w> {
    Want::get(cr_id, &of.0, &of.1)
}

async fn confirmed(town: &Town, code: &str, member: &str) -> u16 {
    let text = format!(
        "POST /linking/{code} HTTP/1.1\r\nHost: source.example\r\nX-Signed-In: {member}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    status_of(&raw(town.source_at, &text).await)
}

/// What has changed; not for ever is it waited for.
async fn next(changes: &mut Changes) -> Option<Change> {
    let next = tokio::time::timeout(Duration::from_secs(5), changes.next());
    next.await.unwrap()
}

/// The rows of the access log, once there are so many: the last are written after the answer.
async fn rows(folder: &Folder, count: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for _ in 0..250 {
        rows.clear();
        for file in std::fs::read_dir(folder.0.join("log")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            rows.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        }
        if rows.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_a_source() {
    let folder = std::env::temp_dir().join(format!("mydata-plain-axum-{}", std::process::id()));
    let folder = Folder(folder);
    let _ = std::fs::remove_dir_all(&folder.0);
    std::fs::create_dir_all(&folder.0).unwrap();
    let town = Town::new().await;
    source(&town, &folder).await;
    // The endpoint is what it was.
    let seen = "GET /wishes HTTP/1.1\r\nHost: source.example\r\nX-Signed-In: ann\r\n\r\n";
    assert!(
        raw(town.source_at, seen)
            .await
            .ends_with("no milk\",\"start\":\"2027-01-07\",\"unit\":\"Kivenlahti\"}")
    );

    // The sink is a service with a client.
    let (setup, hosts) = town.setup(&town.sink);
    let desk = Arc::new(
        setup
            .desk(hosts, Watching::new(town::Demo::default()))
            .without_past(),
    );
    let sink = SinkClient::new(Arc::clone(&desk));
    let mut changes = sink.watch();
    pass(10);

    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    town.deliver().await;
    assert_eq!(confirmed(&town, "none", "ann").await, 409);
    assert_eq!(confirmed(&town, code.as_str(), "ann").await, 201);
    town.deliver().await;
    town.put_sink(mydata_http::service_api(Arc::clone(&desk)));
    let code = ann.begin(&town.sink).await;
    town.deliver().await;
    desk.confirm(&code).await.unwrap();
    town.deliver().await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    assert_eq!(
        next(&mut changes).await,
        Some(Change::Given(pair.sink.clone()))
    );

    let of = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = want(&pair.sink, &of);
    assert!(sink.ask(&pair.sink).await.is_ok());
    let given: Value = sink.fetch(&want).await.unwrap();
    let wishes = json!({"unit": "Kivenlahti", "start": "2027-01-07", "diet": "no milk"});
    assert_eq!(given, wishes);
    let fields = Fields::of_query(Some("fields=unit")).unwrap();
    let given: Value = sink.fetch_fields(&want, &fields).await.unwrap();
    assert_eq!(given, json!({"unit": "Kivenlahti"}));
    let other = Want {
        query: Some("all=1"),
        ..want
    };
    let fault = sink.fetch::<Value>(&other).await.unwrap_err();
    assert_eq!(fault.code(), "http_fields");

    // It begins again from its folder: the same person, the same consent, and what it has missed.
    town.put_source(axum::Router::new());
    ann.change(&pair.sink, ConsentChange::Disable).await;
    ann.change(&pair.sink, ConsentChange::Reactivate).await;
    source(&town, &folder).await;
    town.deliver().await;
    assert_eq!(
        next(&mut changes).await,
        Some(Change::Stopped(pair.sink.clone()))
    );
    assert_eq!(
        next(&mut changes).await,
        Some(Change::Resumed(pair.sink.clone()))
    );
    pass(10);
    let given: Value = sink.fetch(&want).await.unwrap();
    assert_eq!(given, wishes);

    // The person takes it back.
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    town.deliver().await;
    assert_eq!(
        next(&mut changes).await,
        Some(Change::Stopped(pair.sink.clone()))
    );
    let fault = sink.fetch::<Value>(&want).await.unwrap_err();
    assert_eq!(fault.code(), "consent_withdrawn");
    // Rows of what was given stand in the log, with how much has left.
    let log = rows(&folder, 8).await;
    let of_stage = |stage: &str| log.iter().filter(|row| row["stage"] == stage).count();
    assert_eq!(of_stage("granted"), 4);
    assert_eq!((of_stage("released"), of_stage("not_released")), (3, 1));
    let octets: Vec<u64> = log
        .iter()
        .filter_map(|row| row["octets"].as_u64())
        .collect();
    assert!(
        octets.contains(&(wishes.to_string().len() as u64)),
        "{octets:?}"
    );
    // The sink wants no more.
    let (link, _) = {
        let held = desk.read();
        let (id, link) = held.links().next().unwrap();
        (id.clone(), link.record.surrogate_id.clone())
    };
    sink.stop(&link).await.unwrap();
    town.deliver().await;
    assert_eq!(next(&mut changes).await, Some(Change::Unlinked(link)));
}
