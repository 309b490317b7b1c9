//! Processes that are killed: how soon the store serves again, and whether a job goes on.

use super::large::{cached, store};
use super::raw::{now, signing};
use super::sheet::{Bar, median};
use super::town::{Town, act, does, name, request};
use crate::people::by_operator;
use mydata::core::id::{ActorId, ConsentId};
use mydata::operator::{Capacity, Command};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata_store::{Limits, Operator, Progress, Run, SqliteStore, Store as _, Task};
use std::io::{BufRead as _, BufReader};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// What a child process does until it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "two kinds")]
pub enum Errand {
    /// Carries out commands.
    Load,
    /// Suspends the first sink.
    Suspend,
}

impl Errand {
    /// By its name on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "load" => Some(Self::Load),
            "suspend" => Some(Self::Suspend),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Suspend => "suspend",
        }
    }

    fn begin(
        self,
        folder: &Path,
        from: u64,
        to: u64,
    ) -> (Child, BufReader<std::process::ChildStdout>) {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--child", self.name()])
            .arg(folder)
            .args([from.to_string(), to.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        (child, told)
    }
}

/// The child. Its lines say how far it has come.
pub async fn child(errand: Errand, folder: &Path, from: u64, to: u64) {
    let town = Arc::new(Town::found(folder));
    let operator = town.operator(store(folder), cached(512)).await;
    match errand {
        Errand::Load => load(&operator, from, to).await,
        Errand::Suspend => {
            let begin = now();
            let _ = suspend(&town, &operator, |progress| {
                println!("{} {}", progress.stored, begin.elapsed().as_micros());
            })
            .await;
        }
    }
}

async fn load(operator: &Arc<Operator<SqliteStore>>, from: u64, to: u64) {
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for hand in 0..32 {
        let (operator, done) = (Arc::clone(operator), Arc::clone(&done));
        tasks.spawn(async move {
            for number in (from..to).skip(hand).step_by(32).cycle() {
                let command = change(&operator, number).await;
                let act = act(&name(number), Capacity::Operator);
                // Two hands may meet at one account.
                let outcome = operator.execute(&act, &request(), &command).await;
                if outcome.is_ok() && done.fetch_add(1, Ordering::Relaxed) == 200 {
                    println!("ready");
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// Pauses a consent of this account, or ends the pause.
async fn change(operator: &Operator<SqliteStore>, number: u64) -> Command {
    let account = operator.account(&name(number)).await.unwrap();
    let (id, consent) = account.consents().next().unwrap();
    let change = match consent.chain.state() {
        ConsentState::Active => ConsentChange::Disable,
        _ => ConsentChange::Reactivate,
    };
    by_operator(id, change)
}

/// Kills a process that writes, and opens the store: milliseconds until the first command is answered.
pub async fn recovery(town: &Town, folder: &Path, (from, to): (u64, u64), times: u64) -> Vec<f64> {
    let mut took = Vec::new();
    let mut bar = Bar::new("killed and opened again", times);
    for round in 0..times {
        let (mut child, told) = Errand::Load.begin(folder, from, to);
        assert_eq!(told.lines().next().unwrap().unwrap(), "ready");
        std::thread::sleep(Duration::from_millis(150 + round * 170));
        child.kill().unwrap();
        child.wait().unwrap();
        let begin = now();
        let operator = town.operator(store(folder), Limits::default()).await;
        let code = mydata::operator::Verification::Export;
        let command = Command::AskVerification { what: code };
        does(&operator, &name(from), Capacity::Owner, &command).await;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
        bar.at(round + 1);
    }
    took
}

async fn suspend(
    town: &Town,
    operator: &Arc<Operator<SqliteStore>>,
    watch: impl FnMut(&Progress) + Send,
) -> Progress {
    let run = Run {
        name: "suspension".into(),
        actor: ActorId::parse("job-1").unwrap(),
        at_once: NonZeroUsize::new(96).unwrap(),
    };
    let sink = &town.sinks[0].registered.description.service_id;
    let (_stop, stopped) = watch::channel(false);
    let task = Task::Suspend(sink.clone());
    operator.run(&run, &task, stopped, watch).await.unwrap()
}

/// What came of a suspension.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// Status records signed per second of the job, in both processes: two for each consent.
    pub rate: f64,
    /// Accounts when it was killed, as far as it had noted.
    pub killed_at: u64,
    /// Signatures per second of the same key, alone on one core.
    pub signing: f64,
    /// Seconds of the job.
    pub seconds: f64,
}

/// Suspends the first sink, is killed in the middle, and goes on. All its consents must stand paused.
pub async fn suspension(
    town: &Town,
    folder: &Path,
    (accounts, consents): (u64, &[ConsentId]),
) -> Suspended {
    let total = consents.len() as u64;
    let mut bar = Bar::new("a service is suspended", accounts);
    let mut raw = vec![signing(&*town.keys.status, Duration::from_millis(500))];
    let (mut child, told) = Errand::Suspend.begin(folder, 0, 0);
    let (mut killed_at, mut first) = (0, 0.0);
    for line in told.lines() {
        let line = line.unwrap();
        let (stored, micros) = line.split_once(' ').unwrap();
        killed_at = stored.parse().unwrap();
        first = micros.parse::<f64>().unwrap() / 1e6;
        bar.at(killed_at);
        if killed_at >= accounts / 2 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    raw.push(signing(&*town.keys.status, Duration::from_millis(500)));
    let operator = town.operator(store(folder), cached(512)).await;
    let begin = now();
    let progress = suspend(town, &operator, |progress| bar.at(progress.stored)).await;
    let seconds = first + begin.elapsed().as_secs_f64();
    raw.push(signing(&*town.keys.status, Duration::from_millis(500)));
    assert!(
        progress.is_finished && progress.refused + progress.failed == 0,
        "{progress:?}"
    );
    for id in consents {
        let stands = operator.store().stands(id).await.unwrap().unwrap();
        assert_eq!(stands.state, ConsentState::Disabled, "paused");
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of records")]
    let rate = 2.0 * total as f64 / seconds;
    Suspended {
        rate,
        killed_at,
        signing: median(raw),
        seconds,
    }
}
