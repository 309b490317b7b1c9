//! The access log: what is written is there, also after a process that was killed and a disk that was full.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mydata::core::crypto::Sha256;
use mydata::core::id::{ConsentId, DatasetId, SurrogateId, TokenId};
use mydata::core::time::{Seconds, Timestamp};
use mydata_http::{
    AccessEntry, AccessLog, FileLog, LogFault, MemoryLog, Page, RequestId, RightsAct,
    RightsOutcome, Span, Stage,
};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A directory that goes with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mydata-access-log-{}-{count}", std::process::id());
        let place = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&place);
        Self(place)
    }

    /// A process that another test is about to start has our lock until it has begun: a moment.
    fn open(&self) -> FileLog {
        for _ in 0..100 {
            match FileLog::open(&self.0) {
                Err(LogFault::Locked) => std::thread::sleep(Duration::from_millis(10)),
                opened => return opened.unwrap(),
            }
        }
        FileLog::open(&self.0).unwrap()
    }

    /// The names of its files.
    fn files(&self) -> Vec<String> {
        let files = fs::read_dir(&self.0).unwrap();
        let name = |file: fs::DirEntry| file.file_name().into_string().unwrap();
        let mut names: Vec<_> = files.map(|file| name(file.unwrap())).collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-27T12:00:00Z")
}

fn after(seconds: u32) -> Timestamp {
    noon().plus(Seconds::new(seconds))
}

fn ann() -> SurrogateId {
    SurrogateId::parse("surrogate-of-ann").unwrap()
}

/// A grant on Ann's data, by its number.
fn granted(number: usize, at: Timestamp) -> AccessEntry {
    let request = RequestId::parse(&format!("request-{number}")).unwrap();
    let mut entry = AccessEntry::new(at, request, Stage::Granted);
    entry.cr_id = Some(ConsentId::parse("consent").unwrap());
    entry.surrogate_id = Some(ann());
    entry.dataset = Some(DatasetId::parse("src/a").unwrap());
    entry.token = Some(TokenId::parse("token").unwrap());
    entry.sink_key = Some(Sha256::from_octets([7; 32]));
    entry
}

fn released(number: usize, at: Timestamp) -> AccessEntry {
    granted(number, at).then(Stage::Released { octets: 17 }, at)
}

const ALL: Page = Page {
    offset: 0,
    limit: usize::MAX,
};

async fn of_ann(log: &impl AccessLog) -> Vec<AccessEntry> {
    let usages = log.usages(&[ann()], Span::default(), ALL).await.unwrap();
    assert_eq!(usages.total, usages.rows.len());
    usages.rows
}

/// One row of every stage, with everything that a row may have in it.
fn every_stage() -> Vec<AccessEntry> {
    let mut stages = vec![
        Stage::Denied,
        Stage::Released { octets: 0 },
        Stage::Interrupted { octets: u64::MAX },
        Stage::NotReleased,
        Stage::Lost,
        Stage::Viewed,
    ];
    for act in [RightsAct::Export, RightsAct::Check, RightsAct::Erase] {
        for outcome in [
            RightsOutcome::Done,
            RightsOutcome::Nothing,
            RightsOutcome::Refused,
            RightsOutcome::Failed,
        ] {
            stages.push(Stage::Rights(act, outcome));
        }
    }
    let row = |(number, stage)| {
        let mut row = granted(number, after(number as u32)).then(stage, after(number as u32));
        row.codes = vec![Cow::Borrowed("consent_disabled")];
        row
    };
    stages.into_iter().enumerate().map(row).collect()
}

async fn tells_usages(log: &impl AccessLog) {
    for row in every_stage() {
        log.append(row).await.unwrap();
    }
    let rows = of_ann(log).await;
    let found: Vec<_> = rows.iter().map(|row| row.stage).collect();
    // The newest first; what has not left is no usage.
    assert_eq!(
        found,
        [
            Stage::Viewed,
            Stage::Lost,
            Stage::Interrupted { octets: u64::MAX },
            Stage::Released { octets: 0 },
        ]
    );
    let mut whole = every_stage();
    whole.retain(|row| row.stage.is_usage());
    whole.reverse();
    assert_eq!(rows, whole, "a row comes back as it was written");
    // Both ends of a span are in it.
    let span = Span {
        from: Some(after(1)),
        to: Some(after(2)),
    };
    let page = Page {
        offset: 1,
        limit: 1,
    };
    let usages = log.usages(&[ann(), ann()], span, page).await.unwrap();
    assert_eq!(usages.total, 2, "the whole span, and nobody twice");
    assert_eq!(usages.rows, [whole.swap_remove(3)]);
    let other = SurrogateId::parse("surrogate-of-bo").unwrap();
    let none = log.usages(&[other], Span::default(), ALL).await.unwrap();
    assert_eq!((none.total, none.rows.len()), (0, 0));
    let period = log.period().await.unwrap();
    assert_eq!(period.first, Some(noon()));
    assert_eq!(period.last, Some(after(17)));
}

#[tokio::test]
async fn what_has_left_is_told_to_the_person() {
    tells_usages(&MemoryLog::new()).await;
    let place = Place::new();
    tells_usages(&place.open()).await;
}

#[tokio::test]
async fn rows_of_one_second_keep_their_order() {
    let place = Place::new();
    let (file, memory) = (place.open(), MemoryLog::new());
    for number in 0..50 {
        file.append(released(number, noon())).await.unwrap();
        memory.append(released(number, noon())).await.unwrap();
    }
    let newest_first: Vec<_> = (0..50).rev().map(|n| released(n, noon())).collect();
    assert_eq!(of_ann(&file).await, newest_first);
    assert_eq!(of_ann(&memory).await, newest_first);
    drop(file);
    assert_eq!(of_ann(&place.open()).await, newest_first);
}

#[tokio::test]
async fn a_day_is_a_file_and_goes_as_a_whole() {
    let place = Place::new();
    let log = place.open();
    let days = ["2026-11-25", "2026-11-26", "2026-11-27"];
    for (number, day) in days.into_iter().enumerate() {
        for time in ["T00:00:00Z", "T23:59:59Z"] {
            let row = released(number, at(&[day, time].concat()));
            log.append(row).await.unwrap();
        }
    }
    // A clock that has gone back: the row stands behind the others, with its own time.
    let late = released(9, at("2026-11-26T05:00:00Z"));
    log.append(late.clone()).await.unwrap();
    let files = |days: &[&str]| {
        let names = days.iter().map(|day| format!("{day}.jsonl"));
        let names = names.chain(["lock".to_owned()]);
        names.collect::<Vec<_>>()
    };
    assert_eq!(place.files(), files(&days));
    // A file with one younger row stays.
    let forgotten = log.forget(at("2026-11-25T23:59:59Z")).await.unwrap();
    assert_eq!((forgotten, log.rows()), (0, 7));
    let forgotten = log.forget(at("2026-11-27T00:00:00Z")).await.unwrap();
    assert_eq!((forgotten, log.rows()), (4, 3));
    assert_eq!(place.files(), files(&days[2..]));
    assert_eq!(log.period().await.unwrap().first, Some(late.at));
    // The file that is being written stays, however old it is.
    assert_eq!(log.forget(at("2030-01-01T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(of_ann(&log).await.len(), 3);
    drop(log);
    let log = place.open();
    assert_eq!(of_ann(&log).await.last(), Some(&late));
    assert_eq!(log.rows(), 3);
}

#[tokio::test]
async fn one_process_writes() {
    let place = Place::new();
    let log = place.open();
    assert_eq!(FileLog::open(&place.0).unwrap_err(), LogFault::Locked);
    log.append(released(0, noon())).await.unwrap();
    drop(log);
    assert_eq!(of_ann(&place.open()).await.len(), 1);
}

#[tokio::test]
async fn a_torn_end_is_cut_and_kept_and_a_damaged_row_stops_the_start() {
    let place = Place::new();
    let log = place.open();
    for number in 0..3 {
        log.append(released(number, noon())).await.unwrap();
    }
    drop(log);
    let file = place.0.join("2026-11-27.jsonl");
    let whole = fs::read(&file).unwrap();
    let torn: [&[u8]; 4] = [b"{\"at\":17", b"{", b"\0\0\0\0\0", b"{\"at\":17}\n\0\0"];
    for torn in torn {
        fs::write(&file, [&whole, torn].concat()).unwrap();
        let log = place.open();
        assert_eq!(log.rows(), 3);
        assert_eq!(fs::read(&file).unwrap(), whole);
        log.append(released(3, noon())).await.unwrap();
        assert_eq!(of_ann(&log).await.len(), 4);
        drop(log);
        assert_eq!(of_ann(&place.open()).await.len(), 4);
    }
    let kept = fs::read(file.with_extension("torn")).unwrap();
    assert_eq!(kept, torn.concat());
    // One octet of a row that others follow.
    let first = whole.iter().position(|b| *b == b'\n').unwrap();
    let mut damaged = whole.clone();
    damaged[first / 2] = b'\0';
    fs::write(&file, &damaged).unwrap();
    assert_eq!(FileLog::open(&place.0).unwrap_err(), LogFault::Corrupt);
    assert_eq!(fs::read(&file).unwrap(), damaged, "nothing is touched");
    // The end of an older file was whole once.
    fs::write(&file, [&whole, &b"{"[..]].concat()).unwrap();
    fs::write(place.0.join("2026-11-28.jsonl"), b"").unwrap();
    assert_eq!(FileLog::open(&place.0).unwrap_err(), LogFault::Corrupt);
    fs::write(&file, &whole).unwrap();
    assert_eq!(place.open().rows(), 3);
    // A row with a member that this version does not know is not half read.
    let text = String::from_utf8(whole).unwrap();
    let newer = text.replacen("{\"at\"", "{\"shared_with\":\"everybody\",\"at\"", 1);
    fs::write(&file, newer).unwrap();
    assert_eq!(FileLog::open(&place.0).unwrap_err(), LogFault::Corrupt);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_who_wait_are_written_together() {
    let place = Place::new();
    let log = std::sync::Arc::new(place.open());
    let tasks = (0..1_000).map(|number| {
        let log = std::sync::Arc::clone(&log);
        tokio::spawn(async move { log.append(released(number, noon())).await.unwrap() })
    });
    let mut positions = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        positions.insert(task.await.unwrap());
    }
    assert_eq!(positions.len(), 1_000);
    let requests = |rows: Vec<AccessEntry>| {
        let requests = rows.into_iter().map(|row| row.request);
        requests.collect::<BTreeSet<_>>()
    };
    let written = requests(of_ann(&*log).await);
    assert_eq!(written.len(), 1_000);
    drop(log);
    assert_eq!(requests(of_ann(&place.open()).await), written);
}

/// The directory of whoever runs this program again as another process.
const CHILD: &str = "MYDATA_ACCESS_LOG_CHILD";

/// This test once more, as a process of its own in `place`, behind a line of a shell.
fn again(test: &str, place: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    let line = format!("{shell} exec \"$0\" --exact {test} --nocapture");
    let me = std::env::current_exe().unwrap();
    command.arg("-c").arg(line).arg(me).env(CHILD, place);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Says on a line what it has done: the process may end at any time after.
fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "said {what}").unwrap();
    out.flush().unwrap();
}

fn said(line: &str) -> Option<&str> {
    line.split_once("said ").map(|(_, what)| what)
}

#[test]
fn a_process_that_is_killed_leaves_no_use_untold() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(place) = std::env::var_os(CHILD) {
        runtime.block_on(async {
            let log = FileLog::open(Path::new(&place)).unwrap();
            for number in 0.. {
                log.append(granted(number, after(number as u32)))
                    .await
                    .unwrap();
                say(&number.to_string());
                // Every other request is answered whole.
                if number % 2 == 0 {
                    log.append(released(number, after(number as u32)))
                        .await
                        .unwrap();
                }
            }
        });
    }
    for many in [1, 7, 40] {
        let place = Place::new();
        let test = "a_process_that_is_killed_leaves_no_use_untold";
        let mut child = again(test, &place.0, "").spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = lines.map_while(Result::ok);
        let mut granted = lines.filter_map(|line| said(&line)?.parse::<usize>().ok());
        let last = granted.find(|number| *number >= many).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let rows = runtime.block_on(async {
            let log = place.open();
            of_ann(&log).await
        });
        // Each grant that was given out is a use once: the whole ones as they were, the others as lost. The
        // process may have gone further than it could say.
        for number in 0..=last {
            let name = format!("request-{number}");
            let of = rows.iter().filter(|row| row.request.as_str() == name);
            let stages: Vec<_> = of.map(|row| (row.at, row.stage)).collect();
            let whole = (number % 2 == 0 && number < last) || stages[0].1 != Stage::Lost;
            let stage = if whole {
                Stage::Released { octets: 17 }
            } else {
                Stage::Lost
            };
            assert_eq!(
                stages,
                [(after(number as u32), stage)],
                "{number} of {last}"
            );
        }
        // Nothing is lost twice.
        let again = runtime.block_on(async { of_ann(&place.open()).await });
        assert_eq!(again, rows);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(place) = std::env::var_os(CHILD) {
        runtime.block_on(async {
            let log = FileLog::open(Path::new(&place)).unwrap();
            assert_eq!(log.probe().await, Ok(()));
            let mut number = 0;
            let fault = loop {
                match log.append(released(number, noon())).await {
                    Ok(_) => number += 1,
                    Err(fault) => break fault,
                }
            };
            assert_eq!(fault, LogFault::Unavailable);
            // What was written is read all the while, and a shorter row may still find room.
            assert_eq!(of_ann(&log).await.len(), number);
            let request = RequestId::parse("r").unwrap();
            let short = AccessEntry::new(noon(), request, Stage::Denied);
            while log.append(short.clone()).await.is_ok() {}
            assert_eq!(log.append(released(number, noon())).await, Err(fault));
            // A new day is a new file, with room of its own.
            let tomorrow = released(number, after(86_400));
            log.append(tomorrow).await.unwrap();
            say(&number.to_string());
        });
        std::process::exit(0);
    }
    let place = Place::new();
    let test = "a_full_disk_refuses_and_loses_nothing";
    // No file may be longer than 8 KiB: a write goes as far as that, and then fails.
    let shell = "trap '' XFSZ; ulimit -f 16;";
    let output = again(test, &place.0, shell).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let number: usize = output
        .lines()
        .find_map(said)
        .unwrap_or_else(|| {
            panic!("the other process has ended early: {output}");
        })
        .parse()
        .unwrap();
    assert!(number > 10, "{number}");
    let rows = runtime.block_on(async { of_ann(&place.open()).await });
    assert_eq!(rows.len(), number + 1);
    assert!(!place.files().iter().any(|name| name.ends_with(".torn")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_lose_its_name_acknowledges_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(CHILD).is_some() {
        // In the directory of the process, and in several that are made.
        let log = FileLog::open(Path::new("log")).unwrap();
        FileLog::open(Path::new("one/of/several")).unwrap();
        // One descriptor is left: for the file of the day, and none for the directory that it is in.
        let taken = std::iter::from_fn(|| fs::File::open("/dev/null").ok());
        let mut taken: Vec<_> = taken.collect();
        taken.pop().unwrap();
        for attempt in 0..2 {
            let refused = runtime.block_on(log.append(released(0, noon())));
            assert_eq!(refused, Err(LogFault::Unavailable), "{attempt}");
        }
        drop(taken);
        runtime.block_on(log.append(released(1, noon()))).unwrap();
        let rows = runtime.block_on(of_ann(&log));
        assert_eq!(rows, [released(1, noon())]);
        say("all");
        return;
    }
    let place = Place::new();
    fs::create_dir_all(&place.0).unwrap();
    let test = "a_file_that_may_lose_its_name_acknowledges_nothing";
    let shell = format!("cd \"${CHILD}\" && ulimit -n 64;");
    let output = again(test, &place.0, &shell).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.lines().find_map(said), Some("all"), "{output}");
    let log = FileLog::open(&place.0.join("log")).unwrap();
    assert_eq!(log.rows(), 1);
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_is_said() {
    let place = Place::new();
    let log = place.open();
    log.append(released(0, noon())).await.unwrap();
    // A directory stands where the next day's file should.
    let tomorrow = place.0.join("2026-11-28.jsonl");
    fs::create_dir(&tomorrow).unwrap();
    let row = released(1, after(86_400));
    assert_eq!(log.append(row.clone()).await, Err(LogFault::Unavailable));
    fs::remove_dir(&tomorrow).unwrap();
    assert!(log.append(row).await.is_ok(), "it is tried again");
    assert_eq!(of_ann(&log).await.len(), 2);
    assert_eq!(log.probe().await, Ok(()));
    fs::create_dir(place.0.join("probe")).unwrap();
    assert_eq!(log.probe().await, Err(LogFault::Unavailable));
}

#[tokio::test]
async fn nobody_is_printed() {
    let place = Place::new();
    let log = place.open();
    let row = released(0, noon());
    log.append(row.clone()).await.unwrap();
    let memory = MemoryLog::new();
    memory.append(row.clone()).await.unwrap();
    let usages = of_ann(&log).await;
    for text in [
        format!("{row:?}"),
        format!("{log:?}"),
        format!("{memory:?}"),
        format!("{usages:?}"),
    ] {
        assert!(!text.contains("surrogate-of-ann"), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for name in place.files() {
            let mode = fs::metadata(place.0.join(&name)).unwrap().permissions();
            assert_eq!(mode.mode() & 0o077, 0, "{name} is read by its owner only");
        }
    }
}

#[test]
fn what_is_no_request_id() {
    for text in ["", " ", "a b", "å", "a\n", &"x".repeat(65)] {
        assert_eq!(RequestId::parse(text), None, "{text:?}");
    }
    assert!(RequestId::parse(&"x".repeat(64)).is_some());
    assert_eq!(RequestId::from_random([0; 16]).as_str().len(), 22);
}
