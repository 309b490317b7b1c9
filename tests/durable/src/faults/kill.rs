//! A process killed with SIGKILL under load, and its store opened again.

use super::check::{Ack, Amiss, Book, parcel, repeats};
use super::load::{Engine, Place, Town};
use super::{Dice, Plan, Survived, hold, told};
use crate::people::Hands;
use mydata_store::Store;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many lives have the same store, before another begins with one that is new: a consent that was
/// paused a thousand times is nobody's.
const LIVES: u64 = 10;

/// What was seen over all lives.
#[derive(Debug, Default)]
struct Seen {
    points: u64,
    acknowledged: u64,
    repeated: u64,
    messages: u64,
    verified: u64,
    amiss: Amiss,
    slowest: Duration,
}

/// What a child said in its life.
#[derive(Debug, Default)]
pub struct Said {
    /// What it acknowledged.
    pub acks: Vec<Ack>,
    /// What it refused: codes.
    pub refused: Vec<String>,
    /// What it handed over.
    pub handed: Vec<(String, String)>,
    /// Whether it came to its end.
    pub is_ended: bool,
    /// All of it.
    pub lines: Vec<String>,
}

impl Said {
    /// Takes a line.
    pub fn hear(&mut self, line: &str) {
        self.lines.push(line.to_owned());
        if let Some(ack) = Ack::read(line) {
            self.acks.push(ack);
        } else if let Some(handed) = parcel(line) {
            self.handed.push(handed);
        } else if let Some(refusal) = line.strip_prefix("no ") {
            let code = refusal.rsplit(' ').next().unwrap_or_default();
            self.refused.push(code.to_owned());
        } else if line == "end" {
            self.is_ended = true;
        }
    }
}

/// The command line of a child.
#[must_use]
pub fn arguments(place: &Place, life: u64, seed: u64, commands: u64) -> Vec<String> {
    let mut all = vec!["child".to_owned()];
    all.extend(place.arguments());
    all.extend([life, seed, commands].map(|number| number.to_string()));
    all
}

/// A child lives, and is killed after so many acknowledgements and a little while.
fn life(place: &Place, life: u64, dice: &mut Dice) -> Survived<Said> {
    let (after, pause) = (1 + dice.below(120), dice.below(8_000));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(arguments(place, life, dice.roll(), 1_000_000))
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .map_err(told("a child cannot be started"))?;
    let mut said = Said::default();
    let mut is_killed = false;
    let out = BufReader::new(child.stdout.take().unwrap());
    // What is in the pipe after the kill was said before it.
    for line in out.split(b'\n') {
        let line = line.map_err(told("a child cannot be heard"))?;
        said.hear(&String::from_utf8_lossy(&line));
        if !is_killed && said.acks.len() as u64 >= after {
            std::thread::sleep(Duration::from_micros(pause));
            child.kill().map_err(told("a child cannot be killed"))?;
            is_killed = true;
        }
    }
    let status = child.wait().map_err(told("a child is lost"))?;
    hold(is_killed && !status.success(), || {
        format!(
            "a child ended by itself: {status}, refused {:?}",
            said.refused
        )
    })?;
    Ok(said)
}

/// A store is opened again after a life, and looked at.
async fn reopened<S: Store>(
    town: &Town,
    store: Arc<S>,
    book: &mut Book,
    said: Said,
    (seen, dice): (&mut Seen, &mut Dice),
) -> Survived<()> {
    let clock = Hands::new();
    clock.forward(1_000_000);
    let house = town.house(store, clock).await;
    book.handed.extend(said.handed);
    seen.amiss += book.look(&house.operator, &said.acks).await?;
    seen.acknowledged += said.acks.len() as u64;
    if !said.acks.is_empty() {
        for _ in 0..4 {
            repeats(&house.operator, dice.one_of(&said.acks)).await?;
            seen.repeated += 1;
        }
    }
    seen.messages += book.delivered(&house.operator).await?;
    let (person, _) = dice.one_of(&town.people);
    book.verify(&house.operator, &person.id).await?;
    seen.verified += 1;
    hold(house.operator.numbers().broken == 0, || {
        "a mark is broken".to_owned()
    })
}

/// The embedded store.
///
/// # Errors
/// What was not survived.
pub async fn sqlite(plan: &Plan) -> Survived<String> {
    let first = plan.folder.join("kill-first");
    let place = |folder| Place {
        folder,
        engine: Engine::Sqlite,
    };
    std::fs::create_dir_all(&first).map_err(told("folder"))?;
    let at_first = place(first);
    let book = {
        let (town, house) = Town::founded(at_first.sqlite()?).await;
        town.write(&at_first.folder);
        Book::begun(&house.operator).await?
    };
    let (mut seen, mut dice) = (Seen::default(), plan.dice("kill-sqlite"));
    let mut stores = 0;
    while seen.points < plan.points(200) {
        let now = place(plan.folder.join(format!("kill-{stores}")));
        stores += 1;
        std::fs::create_dir_all(&now.folder).map_err(told("folder"))?;
        for name in ["keys.json", "store.db"] {
            let from = at_first.folder.join(name);
            std::fs::copy(from, now.folder.join(name)).map_err(told("copy"))?;
        }
        let town = Town::read(&now.folder, 0);
        let mut book = book.clone();
        for number in 1..=LIVES {
            let said = life(&now, number, &mut dice)?;
            let before = Instant::now();
            let store = now.sqlite()?;
            seen.slowest = seen.slowest.max(before.elapsed());
            reopened(&town, store, &mut book, said, (&mut seen, &mut dice)).await?;
            seen.points += 1;
        }
        every_account(&town, &now.sqlite()?, &book, &mut seen).await?;
        std::fs::remove_dir_all(&now.folder).map_err(told("folder"))?;
    }
    report("kill-sqlite", &seen)
}

/// A database: it is the operator that is killed, not the server.
///
/// # Errors
/// What was not survived, and a database that is not there.
pub async fn postgres(plan: &Plan) -> Survived<String> {
    let (mut seen, mut dice) = (Seen::default(), plan.dice("kill-postgres"));
    let mut stores = 0;
    while seen.points < plan.points(200) {
        let schema = format!("faults_{}_{stores}", std::process::id());
        let now = Place {
            folder: plan.folder.join(&schema),
            engine: Engine::Postgres(schema),
        };
        stores += 1;
        std::fs::create_dir_all(&now.folder).map_err(told("folder"))?;
        let mut book = {
            let (town, house) = Town::founded(now.postgres().await?).await;
            town.write(&now.folder);
            Book::begun(&house.operator).await?
        };
        let town = Town::read(&now.folder, 0);
        for number in 1..=LIVES * 2 {
            let said = life(&now, number, &mut dice)?;
            let before = Instant::now();
            let store = now.postgres().await?;
            seen.slowest = seen.slowest.max(before.elapsed());
            reopened(&town, store, &mut book, said, (&mut seen, &mut dice)).await?;
            seen.points += 1;
        }
        every_account(&town, &now.postgres().await?, &book, &mut seen).await?;
    }
    report("kill-postgres", &seen)
}

/// When a store has had its lives, all of it is verified.
async fn every_account<S: Store>(
    town: &Town,
    store: &Arc<S>,
    book: &Book,
    seen: &mut Seen,
) -> Survived<()> {
    let house = town.house(Arc::clone(store), Hands::new()).await;
    for id in book.accounts() {
        book.verify(&house.operator, id).await?;
        seen.verified += 1;
    }
    Ok(())
}

fn report(fault: &str, seen: &Seen) -> Survived<String> {
    let Amiss { lost, twice } = seen.amiss;
    let line = format!(
        "fault {fault}: {} points, {} acknowledged, {lost} lost, {twice} twice, {} messages, \
         0 undelivered, {} requests repeated, {} accounts verified, reopened in {} ms at the most",
        seen.points,
        seen.acknowledged,
        seen.messages,
        seen.repeated,
        seen.verified,
        seen.slowest.as_millis(),
    );
    hold(lost == 0 && twice == 0, || line.clone())?;
    Ok(line)
}
