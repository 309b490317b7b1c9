//! The file of a service: what was acknowledged is there, whatever happens to the process, the disk or the
//! file.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::{OperatorId, SurrogateId};
use mydata::core::personal::Personal;
use mydata::core::time::Timestamp;
use mydata::record::consent::ConsentChange;
use mydata::service::Effect;
use mydata_http::{Entry, FileProgram, Happens, Journal, JournalRefusal, Message, Program};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use town::Town;

/// One test at a time: a process that is being started has, for a moment, the locks of this one too.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("mydata-http-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn operator() -> OperatorId {
    OperatorId::parse("operator.example").unwrap()
}

/// The message with this number: of every length from a few octets to some pages.
fn message(number: u64) -> Message {
    let length = usize::try_from(number * 997 % 9000).unwrap();
    Message {
        from: operator(),
        at: Timestamp::from_seconds(1_700_000_000 + number).unwrap(),
        octets: [number.to_string().as_bytes(), &vec![b'x'; length]].concat(),
    }
}

fn messages(entries: &[Entry]) -> Vec<Message> {
    let of = |entry: &Entry| match entry {
        Entry::Message(message) => Some(message.clone()),
        Entry::Member { .. } | Entry::Forgotten { .. } => None,
    };
    entries.iter().filter_map(of).collect()
}

/// Keeps one message after another, and says of each when it is kept, until it cannot go on.
async fn keep_on(path: &Path) {
    let first = messages(&Journal::open(path).unwrap().1).len() as u64;
    let program = FileProgram::open(path, ()).unwrap();
    for number in first.. {
        let Message { from, at, octets } = message(number);
        let mut out = std::io::stdout().lock();
        if !program.keep(&from, at, &octets).await {
            // It says so again and again: nothing is kept behind what may be torn.
            assert!(!program.keep(&from, at, &octets).await);
            writeln!(out, "\nstopped {number}").unwrap();
            return;
        }
        writeln!(out, "\nkept {number}").unwrap();
        out.flush().unwrap();
    }
}

/// This test itself, in a process of its own that keeps on.
fn child(test: &str, file: &Path, script: &str) -> Command {
    let mut child = Command::new("bash");
    child.args(["-c", script]);
    child.arg(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    child.env(CHILD, file).stdout(Stdio::piped());
    child
}

const CHILD: &str = "MYDATA_HTTP_JOURNAL";

fn number(line: &str, what: &str) -> Option<u64> {
    line.strip_prefix(what)?.trim().parse().ok()
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_that_is_killed_has_lost_nothing_that_it_has_acknowledged() {
    const TEST: &str = "a_process_that_is_killed_has_lost_nothing_that_it_has_acknowledged";
    if let Some(file) = std::env::var_os(CHILD) {
        return keep_on(file.as_ref()).await;
    }
    let _alone = ALONE.lock().await;
    let folder = Folder::new("killed");
    let file = folder.file();
    let mut there = 0;
    for round in 0..40_u64 {
        let mut child = child(TEST, &file, "exec \"$0\" \"$@\"").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = None;
        let last = there + 1 + round * 7 % 23;
        for line in lines.by_ref().map_while(Result::ok) {
            acknowledged = number(&line, "kept ").or(acknowledged);
            if acknowledged.is_some_and(|number| number >= last) {
                break;
            }
        }
        // Somewhere within the next message.
        let until = round * 3 % 11 * 40;
        tokio::time::sleep(std::time::Duration::from_micros(until)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            acknowledged = number(&line, "kept ").or(acknowledged);
        }
        let acknowledged = acknowledged.unwrap();
        assert!(acknowledged >= last);
        let (_journal, entries) = Journal::open(&file).unwrap();
        let found = messages(&entries);
        assert!(
            found.len() as u64 > acknowledged,
            "{acknowledged} of round {round}"
        );
        for (number, found) in found.iter().enumerate() {
            assert_eq!(*found, message(number as u64), "each once, in order");
        }
        there = found.len() as u64;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_is_full_loses_nothing_either() {
    const TEST: &str = "a_disk_that_is_full_loses_nothing_either";
    if let Some(file) = std::env::var_os(CHILD) {
        return keep_on(file.as_ref()).await;
    }
    let _alone = ALONE.lock().await;
    let folder = Folder::new("full");
    let file = folder.file();
    // 64 KiB; without its signal, which would end the process before it sees the error.
    let script = "trap '' XFSZ; ulimit -S -f 64; exec \"$0\" \"$@\"";
    let output = child(TEST, &file, script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let stopped = said.lines().find_map(|line| number(line, "stopped "));
    let stopped = stopped.unwrap();
    assert!(output.status.success() && stopped > 5, "{said}");
    let (journal, entries) = Journal::open(&file).unwrap();
    assert_eq!(messages(&entries).len() as u64, stopped);
    journal.append(&Entry::Message(message(stopped))).unwrap();
    drop(journal);
    let (_, entries) = Journal::open(&file).unwrap();
    assert_eq!(messages(&entries).len() as u64, stopped + 1);
}

/// Takes all descriptors that the process has left, but for so many.
#[cfg(target_os = "linux")]
fn leave(free: usize) -> Vec<std::fs::File> {
    let taken = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok());
    let mut taken: Vec<_> = taken.collect();
    taken.truncate(taken.len().checked_sub(free).unwrap());
    taken
}

/// Opens and writes anew where the folder cannot be opened, and so not synced.
#[cfg(target_os = "linux")]
fn write_without_folder(path: &Path) {
    for what in ["it is made", "it is there"] {
        let taken = leave(2);
        let refusal = Journal::open(path).unwrap_err();
        assert_eq!(refusal, JournalRefusal::System, "{what}");
        drop(taken);
    }
    let (journal, none) = Journal::open(path).unwrap();
    assert!(none.is_empty());
    journal.append(&Entry::Message(message(0))).unwrap();
    let new = [Entry::Message(message(1))];
    let taken = leave(1);
    assert_eq!(journal.rewrite(&new), Err(JournalRefusal::Unwritten));
    drop(taken);
    // The old file has no name any more, and the new one perhaps not for good: nothing goes into either.
    let late = journal.append(&Entry::Message(message(2)));
    assert_eq!(late, Err(JournalRefusal::Unwritten));
    assert_eq!(journal.rewrite(&new), Err(JournalRefusal::Unwritten));
    drop(journal);
    let (journal, found) = Journal::open(path).unwrap();
    assert_eq!(found, new);
    let surrogate = SurrogateId::from_random([8; 16]);
    let forgotten = Entry::Forgotten { surrogate };
    journal.append(&forgotten).unwrap();
    drop(journal);
    // Whoever was forgotten is to be gone: a program writes its file anew as well.
    let taken = leave(3);
    let refusal = FileProgram::open(path, ()).unwrap_err();
    assert_eq!(refusal, JournalRefusal::Unwritten);
    drop(taken);
    let (journal, found) = Journal::open(path).unwrap();
    assert_eq!(found, new);
    journal.append(&forgotten).unwrap();
    drop(journal);
    // Where it cannot begin to, the old file does.
    let beside = path.with_file_name("journal-new");
    std::fs::create_dir(&beside).unwrap();
    FileProgram::open(path, ()).unwrap();
    let (_, found) = Journal::open(path).unwrap();
    assert_eq!(found, [new.as_slice(), &[forgotten]].concat());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_lose_its_name_acknowledges_nothing() {
    const TEST: &str = "a_file_that_may_lose_its_name_acknowledges_nothing";
    if let Some(file) = std::env::var_os(CHILD) {
        return write_without_folder(file.as_ref());
    }
    let _alone = ALONE.blocking_lock();
    let folder = Folder::new("name");
    let script = "ulimit -n 64; exec \"$0\" \"$@\"";
    let output = child(TEST, &folder.file(), script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let (_, entries) = Journal::open(&folder.file()).unwrap();
    assert_eq!(messages(&entries), [message(1)]);
}

/// A journal of three entries, and where each ends.
fn three(folder: &Folder) -> (Vec<u8>, Vec<usize>, Vec<Entry>) {
    let entries = vec![
        Entry::Message(message(0)),
        Entry::Member {
            surrogate: SurrogateId::from_random([7; 16]),
            member: Personal::new("ann".into()),
        },
        Entry::Forgotten {
            surrogate: SurrogateId::from_random([8; 16]),
        },
    ];
    let (journal, none) = Journal::open(&folder.file()).unwrap();
    assert!(none.is_empty());
    let mut ends = vec![8];
    for entry in &entries {
        journal.append(entry).unwrap();
        ends.push(std::fs::read(folder.file()).unwrap().len());
    }
    (std::fs::read(folder.file()).unwrap(), ends, entries)
}

#[test]
fn an_end_that_is_torn_is_cut_wherever_it_is_torn() {
    let _alone = ALONE.blocking_lock();
    let folder = Folder::new("torn");
    let (octets, ends, entries) = three(&folder);
    for length in 8..=octets.len() {
        for blank in [0, 40] {
            let torn = [&octets[..length], &vec![0; blank]].concat();
            std::fs::write(folder.file(), &torn).unwrap();
            let whole = ends.iter().filter(|end| **end <= length).count() - 1;
            let (journal, found) = match Journal::open(&folder.file()) {
                Ok(opened) => opened,
                // More was there than the end of one frame: that is no torn end.
                Err(refusal) => {
                    assert_eq!(refusal, JournalRefusal::Damaged);
                    assert!(blank > 0 && length > ends[whole], "{length} and {blank}");
                    continue;
                }
            };
            // Blank octets may have ended a frame that ends in such.
            assert!(found.len() >= whole);
            assert_eq!(found, entries[..found.len()], "{length} and {blank}");
            journal.append(&entries[0]).unwrap();
            drop(journal);
            let (_, again) = Journal::open(&folder.file()).unwrap();
            assert_eq!(again.len(), found.len() + 1, "{length} and {blank}");
        }
    }
}

#[test]
fn what_is_not_what_was_written_is_not_read() {
    let _alone = ALONE.blocking_lock();
    let folder = Folder::new("damaged");
    let (octets, ends, _) = three(&folder);
    // But for the last frame, where it could have been torn.
    for at in 0..ends[2] {
        for bit in [1, 0x80] {
            let mut damaged = octets.clone();
            damaged[at] ^= bit;
            std::fs::write(folder.file(), &damaged).unwrap();
            let refusal = Journal::open(&folder.file()).unwrap_err();
            let wanted = match at {
                0..8 => JournalRefusal::Foreign,
                _ => JournalRefusal::Damaged,
            };
            assert_eq!(refusal, wanted, "{at}");
            // Nothing was touched.
            assert_eq!(std::fs::read(folder.file()).unwrap(), damaged);
        }
    }
    // Frames in another order, and one twice.
    let [first, second] = [&octets[ends[0]..ends[1]], &octets[ends[1]..ends[2]]];
    for other in [[second, first], [first, first]] {
        let other = [&octets[..8], other[0], other[1]].concat();
        std::fs::write(folder.file(), other).unwrap();
        let refusal = Journal::open(&folder.file()).unwrap_err();
        assert_eq!(refusal, JournalRefusal::Damaged);
    }
    std::fs::write(folder.file(), b"").unwrap();
    let refusal = Journal::open(&folder.file()).unwrap_err();
    assert_eq!(refusal, JournalRefusal::Foreign);
}

#[test]
fn one_process_has_it_and_only_its_owner_reads_it() {
    let _alone = ALONE.blocking_lock();
    let folder = Folder::new("locked");
    let (journal, _) = Journal::open(&folder.file()).unwrap();
    let second = Journal::open(&folder.file()).unwrap_err();
    assert_eq!(second, JournalRefusal::Locked);
    let large = Message {
        octets: vec![0; 17 << 20],
        ..message(0)
    };
    let refusal = journal.append(&Entry::Message(large)).unwrap_err();
    assert_eq!(refusal, JournalRefusal::TooLarge);
    journal.append(&Entry::Message(message(0))).unwrap();
    drop(journal);
    assert_eq!(Journal::open(&folder.file()).unwrap().1.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.file())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[derive(Debug, Default)]
struct Told(Mutex<Vec<Effect>>);

impl Happens for Told {
    fn happened(&self, effect: &Effect) {
        self.0.lock().unwrap().push(effect.clone());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_goes_on_from_its_file() {
    let _alone = ALONE.lock().await;
    let folder = Folder::new("goes-on");
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let kept = town.source.desk.program().kept();
    {
        let program = FileProgram::open(&folder.file(), Told::default()).unwrap();
        for (from, at, octets) in &kept {
            assert!(program.keep(from, *at, octets).await);
        }
        let (_, link) = town.link_of(&town.source);
        program
            .keep_member(&link, "ann at the source")
            .await
            .unwrap();
        program
            .keep_member(&link, "ann at the source")
            .await
            .unwrap();
        let other = program.keep_member(&link, "ben").await.unwrap_err();
        assert_eq!(other, JournalRefusal::MemberOther);
    }
    let open = || FileProgram::open(&folder.file(), Told::default()).unwrap();
    let desk = town.desk_with(&town.source, open());
    desk.recall().await.unwrap();
    // Nothing is told again of what was kept.
    assert!(desk.program().happens().0.lock().unwrap().is_empty());
    assert_eq!(desk.read().links().count(), 1);
    assert!(desk.read().consent(&pair.source).unwrap().in_doubt);
    assert_eq!(desk.settle().await, 0);
    let (link_id, surrogate) = town.link_of(&town.source);
    let member = desk.program().member(&surrogate).unwrap();
    assert_eq!(member.expose(), "ann at the source");
    assert_eq!(
        desk.program().surrogates("ann at the source"),
        std::slice::from_ref(&surrogate)
    );
    drop(desk);

    // The link ends: who it was is forgotten, and gone from the file at the next start.
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    town.source.desk.end_link(&link_id).await.unwrap();
    town.deliver().await;
    let kept = town.source.desk.program().kept();
    let program = open();
    let (from, at, octets) = kept.last().unwrap();
    assert!(program.keep(from, *at, octets).await);
    drop(program);
    let has = |text: &str| {
        let octets = std::fs::read(folder.file()).unwrap();
        octets
            .windows(text.len())
            .any(|found| found == text.as_bytes())
    };
    let desk = town.desk_with(&town.source, open());
    desk.recall().await.unwrap();
    assert!(desk.program().member(&surrogate).is_none());
    assert!(has("ann at the source"));
    drop(desk);
    let program = open();
    assert!(program.member(&surrogate).is_none());
    assert!(!has("ann at the source"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_one_is_behind_a_surrogate_and_stays_it() {
    let _alone = ALONE.lock().await;
    let folder = Folder::new("two");
    let program = FileProgram::open(&folder.file(), ()).unwrap();
    let surrogate = SurrogateId::parse("surrogate-1").unwrap();
    let (ann, ben) = tokio::join!(
        program.keep_member(&surrogate, "ann"),
        program.keep_member(&surrogate, "ben")
    );
    let first = match (ann, ben) {
        (Ok(()), Err(JournalRefusal::MemberOther)) => "ann",
        (Err(JournalRefusal::MemberOther), Ok(())) => "ben",
        other => panic!("{other:?}"),
    };
    drop(program);
    let program = FileProgram::open(&folder.file(), ()).unwrap();
    assert_eq!(program.member(&surrogate).unwrap().expose(), first);
    let late = program.keep_member(&surrogate, "somebody").await;
    assert_eq!(late, Err(JournalRefusal::MemberOther));
    // Once the link has ended it is nobody's.
    program.forget(&surrogate).await;
    program.keep_member(&surrogate, "somebody").await.unwrap();
}
