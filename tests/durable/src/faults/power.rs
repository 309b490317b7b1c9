//! The power goes: a child is traced, and what it did to its files is done again up to a point, without
//! what the disk need not have had by then.

use super::check::{Amiss, Book, repeats};
use super::disk::{Disk, Loss};
use super::kill::{Said, arguments};
use super::load::{Engine, Place, Town};
use super::trace::{CALLS, Step, read};
use super::{Dice, Plan, Survived, hold, told};
use crate::people::Hands;
use std::path::Path;
use std::process::{Command, Stdio};

/// So many points are taken of one trace.
const POINTS: u64 = 40;

/// So many commands a traced child is given.
const COMMANDS: u64 = 240;

/// A child under `strace`, to its end.
///
/// # Errors
/// A child that did not come to its end.
pub fn traced(place: &Place, rest: &[&str], child: &[String]) -> Survived<(Vec<u8>, Said)> {
    let trace = place.folder.join("trace");
    let out = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "1048576", "-o"])
        .arg(&trace)
        .args(rest)
        .arg(std::env::current_exe().unwrap())
        .args(child)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(told("strace cannot be started"))?;
    let mut said = Said::default();
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        said.hear(line);
    }
    hold(said.is_ended && out.status.success(), || {
        format!("a traced child ended early: {}", out.status)
    })?;
    let read = std::fs::read(&trace).map_err(told("trace"))?;
    std::fs::remove_file(trace).map_err(told("trace"))?;
    Ok((read, said))
}

/// What was seen over all points.
#[derive(Debug, Default)]
struct Seen {
    points: u64,
    acknowledged: u64,
    unsynced: usize,
    messages: u64,
    amiss: Amiss,
}

/// A trace, and the store as it was before.
struct Recorded<'a> {
    steps: &'a [Step],
    before: &'a Disk,
    book: &'a Book,
    place: &'a Place,
}

/// The embedded store.
///
/// # Errors
/// What was not survived, and a harness that would not have found it.
pub async fn sqlite(plan: &Plan) -> Survived<String> {
    let place = Place {
        folder: plan.folder.join("power"),
        engine: Engine::Sqlite,
    };
    std::fs::create_dir_all(&place.folder).map_err(told("folder"))?;
    let mut book = {
        let (town, house) = Town::founded(place.sqlite()?).await;
        town.write(&place.folder);
        Book::begun(&house.operator).await?
    };
    let (mut seen, mut broken) = (Seen::default(), Seen::default());
    let (mut dice, mut steps_of_all, mut unopened) = (plan.dice("power-sqlite"), 0, 0);
    let (points, mut life) = (plan.points(200), 0);
    while seen.points < points {
        life += 1;
        let before = Disk::new(&place.folder, &["store.db"]);
        let child = arguments(&place, life, dice.roll(), COMMANDS);
        let (trace, said) = traced(&place, &["-e", CALLS], &child)?;
        let steps = read(&trace)?;
        steps_of_all += steps.len();
        let recorded = Recorded {
            steps: &steps,
            before: &before,
            book: &book,
            place: &place,
        };
        let more = POINTS.min(points - seen.points);
        for found in replay(&recorded, more, &Loss::ALL, &mut dice, &mut seen).await {
            found?;
        }
        // Would it have been found? A disk that heeds no sync of the log must lose what was promised.
        let deaf = before.clone().deaf("store.db-wal");
        let deaf = Recorded {
            before: &deaf,
            ..recorded
        };
        let losses = [Loss::Everything, Loss::Pages];
        let found = replay(&deaf, 4, &losses, &mut dice, &mut broken).await;
        unopened += found.iter().filter(|found| found.is_err()).count();
        let town = Town::read(&place.folder, 0);
        let house = town.house(place.sqlite()?, Hands::new()).await;
        book.handed.extend(said.handed);
        seen.amiss += book.look(&house.operator, &said.acks).await?;
        book.delivered(&house.operator).await?;
    }
    let Amiss { lost, twice } = seen.amiss;
    let line = format!(
        "fault power-sqlite: {} points in {life} traces of {steps_of_all} steps, {} acknowledged, \
         {lost} lost, {twice} twice, {} messages, 0 undelivered, {} KiB unsynced at the points",
        seen.points,
        seen.acknowledged,
        seen.messages,
        seen.unsynced / 1024,
    );
    hold(lost == 0 && twice == 0, || line.clone())?;
    let teeth = format!(
        "fault power-sqlite, self-check: on a disk that heeds no sync of the log {} acknowledged of \
         {} are lost, and {unopened} of {} points hold otherwise no more",
        broken.amiss.lost, broken.acknowledged, broken.points,
    );
    hold(broken.amiss.lost > 0, || {
        format!("it finds nothing: {teeth}")
    })?;
    Ok(format!("{teeth}\n{line}"))
}

/// Points of a trace in ascending order, and what was found at each.
async fn replay(
    recorded: &Recorded<'_>,
    points: u64,
    losses: &[Loss],
    dice: &mut Dice,
    seen: &mut Seen,
) -> Vec<Survived<()>> {
    let all = recorded.steps.len() as u64;
    let mut at: Vec<u64> = (0..points).map(|_| 1 + dice.below(all)).collect();
    at.sort_unstable();
    let mut disk = recorded.before.clone();
    let (mut steps, mut taken) = (recorded.steps.iter(), 0);
    let (mut said, mut text, mut found) = (Said::default(), String::new(), Vec::new());
    for point in at {
        while taken < point {
            let Some(step) = steps.next() else { break };
            taken += 1;
            disk.take(step);
            if let Step::Said(octets) = step {
                text.push_str(&String::from_utf8_lossy(octets));
                while let Some((line, rest)) = text.split_once('\n') {
                    said.hear(line);
                    text = rest.to_owned();
                }
            }
        }
        let into = tempfile::tempdir().unwrap();
        seen.points += 1;
        seen.unsynced += disk.unsynced();
        let loss = *dice.one_of(losses);
        disk.write(loss, dice, into.path());
        let looked = after(recorded, into.path(), &said, dice, seen).await;
        found.push(looked.map_err(|why| format!("{loss:?} at step {point} of {all}: {why}")));
    }
    found
}

/// The power is back.
async fn after(
    recorded: &Recorded<'_>,
    folder: &Path,
    said: &Said,
    dice: &mut Dice,
    seen: &mut Seen,
) -> Survived<()> {
    let place = Place {
        folder: folder.to_owned(),
        engine: Engine::Sqlite,
    };
    let town = Town::read(&recorded.place.folder, 0);
    let clock = Hands::new();
    clock.forward(1_000_000);
    seen.acknowledged += said.acks.len() as u64;
    let house = town.house(place.sqlite()?, clock).await;
    let mut book = recorded.book.clone();
    let amiss = book.look(&house.operator, &said.acks).await?;
    seen.amiss += amiss;
    if amiss.lost == 0 && !said.acks.is_empty() {
        repeats(&house.operator, dice.one_of(&said.acks)).await?;
    }
    book.handed.extend(said.handed.iter().cloned());
    seen.messages += book.delivered(&house.operator).await?;
    let (person, _) = dice.one_of(&town.people);
    book.verify(&house.operator, &person.id).await?;
    Ok(())
}
