//! A disk that says no: to a sync, to a write, for want of room.

use super::check::{Amiss, Book, repeats};
use super::kill::{Said, arguments};
use super::load::{Engine, Place, Town};
use super::power::traced;
use super::{Plan, Survived, hold, told};
use crate::people::Hands;
use std::collections::{BTreeMap, BTreeSet};

/// So many commands a child is given.
const COMMANDS: u64 = 240;

/// What the system answers to which call, when, and what is refused then. Index files are written
/// before the first commit; the second sync is the folder's, of which SQLite asks no answer.
struct Answer {
    calls: &'static str,
    error: &'static str,
    earliest: u64,
    latest: u64,
    codes: &'static [&'static str],
    stops: bool,
}

const ANSWERS: &[Answer] = &[
    Answer {
        calls: "fsync,fdatasync",
        error: "EIO",
        earliest: 3,
        latest: 16,
        codes: &["store_outcome_unknown", "store_stopped"],
        stops: true,
    },
    Answer {
        calls: "pwrite64",
        error: "EIO",
        earliest: 16,
        latest: 300,
        codes: &["store_outcome_unknown", "store_engine", "store_stopped"],
        stops: true,
    },
    Answer {
        calls: "pwrite64",
        error: "ENOSPC",
        earliest: 16,
        latest: 300,
        codes: &["store_full"],
        stops: false,
    },
];

/// The embedded store.
///
/// # Errors
/// What was not survived.
pub async fn sqlite(plan: &Plan) -> Survived<String> {
    let first = Place {
        folder: plan.folder.join("sync-first"),
        engine: Engine::Sqlite,
    };
    std::fs::create_dir_all(&first.folder).map_err(told("folder"))?;
    let book = {
        let (town, house) = Town::founded(first.sqlite()?).await;
        town.write(&first.folder);
        Book::begun(&house.operator).await?
    };
    let mut dice = plan.dice("sync-error");
    let (mut amiss, mut acknowledged, mut after) = (Amiss::default(), 0, 0);
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    let (mut unheard, mut heard) = (0, [0_u64; ANSWERS.len()]);
    let points = plan.points(20);
    for point in 0..points {
        let now = Place {
            folder: plan.folder.join("sync"),
            engine: Engine::Sqlite,
        };
        std::fs::create_dir_all(&now.folder).map_err(told("folder"))?;
        for name in ["keys.json", "store.db"] {
            let from = first.folder.join(name);
            std::fs::copy(from, now.folder.join(name)).map_err(told("copy"))?;
        }
        let number = usize::try_from(point).unwrap() % ANSWERS.len();
        let answer = ANSWERS.get(number).unwrap();
        let when = answer.earliest + dice.below(answer.latest - answer.earliest + 1);
        let (calls, error) = (answer.calls, answer.error);
        let inject = format!("inject={calls}:error={error}:when={when}");
        let trace = format!("trace={calls}");
        let child = arguments(&now, 1, dice.roll(), COMMANDS);
        let (trace, said) = traced(&now, &["-e", &trace, "-e", &inject], &child)?;
        let whole = hold(has_injected(&trace), || "it was never reached".to_owned())
            .and_then(|()| said.refusals_of(answer, &mut codes));
        let refused = whole.map_err(|why| format!("{error} at {calls} {when}: {why}"))?;
        *heard.get_mut(number).unwrap() += refused;
        unheard += u64::from(refused == 0);
        after += said.acks.len() as u64 * u64::from(!answer.stops);
        acknowledged += said.acks.len() as u64;
        let town = Town::read(&now.folder, 0);
        let clock = Hands::new();
        clock.forward(1_000_000);
        let house = town.house(now.sqlite()?, clock).await;
        let mut book = book.clone();
        amiss += book.look(&house.operator, &said.acks).await?;
        if !said.acks.is_empty() {
            repeats(&house.operator, dice.one_of(&said.acks)).await?;
        }
        book.handed.extend(said.handed);
        book.delivered(&house.operator).await?;
        let (person, _) = dice.one_of(&town.people);
        book.verify(&house.operator, &person.id).await?;
        drop(house);
        std::fs::remove_dir_all(&now.folder).map_err(told("folder"))?;
    }
    let Amiss { lost, twice } = amiss;
    let line = format!(
        "fault sync-error: {points} points, {acknowledged} acknowledged, {lost} lost, {twice} twice, \
         {after} of them on disks that were full for a moment, refused {codes:?}, {unheard} where no \
         command was under way"
    );
    hold(lost == 0 && twice == 0, || line.clone())?;
    // A delivery's position or a checkpoint may meet the answer, and is tried again; not every time.
    hold(points < 20 || !heard.contains(&0), || {
        format!("an answer of the system was never refused: {line}")
    })?;
    Ok(line)
}

/// Whether a call in the trace was given the answer.
fn has_injected(trace: &[u8]) -> bool {
    let mark = b"(INJECTED)";
    trace.windows(mark.len()).any(|part| part == mark)
}

impl Said {
    /// What a child was refused is what the system's answer comes to, and how often. Whoever was refused
    /// by a store that has stopped is acknowledged nothing after it; each person asks one thing after the
    /// other.
    fn refusals_of(&self, answer: &Answer, all: &mut BTreeMap<String, u64>) -> Survived<u64> {
        let mut turned_away = BTreeSet::new();
        let mut count = 0;
        for line in &self.lines {
            let mut words = line.split(' ');
            let (Some(what), Some(who)) = (words.next(), words.next()) else {
                continue;
            };
            let code = words.nth(1).unwrap_or_default();
            match what {
                "no" if code.starts_with("store_") => {
                    hold(answer.codes.contains(&code), || {
                        format!("refused with {code}")
                    })?;
                    *all.entry(code.to_owned()).or_default() += 1;
                    turned_away.insert(who);
                    count += 1;
                }
                "ack" if answer.stops => {
                    hold(!turned_away.contains(who), || {
                        "acknowledged after the store has stopped".to_owned()
                    })?;
                }
                _ => {}
            }
        }
        Ok(count)
    }
}
