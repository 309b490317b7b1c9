//! The town's end of a process: started, asked, killed, and ended.

use super::arguments::Role;
use super::line::{Asked, Opening, Ready, Told, Wish};
use crate::durable::house::Fault;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex as Turn, oneshot};

/// Longer than this nobody waits for anything here.
pub const PATIENCE: Duration = Duration::from_secs(15);

type Waiting = BTreeMap<u64, oneshot::Sender<Result<Value, String>>>;

/// A process of the town. Dropped, it is killed; and should the town be killed, its line ends, and so does it.
#[derive(Debug)]
pub struct Process {
    /// What it is called in the story.
    pub name: String,
    /// What it said when it was ready.
    pub ready: Ready,
    child: Child,
    to: Turn<Option<ChildStdin>>,
    next: AtomicU64,
    waiting: Arc<Mutex<Waiting>>,
}

impl Process {
    /// This very program again, in another role; it listens when this returns.
    ///
    /// # Errors
    /// When it cannot be started, or ends at once.
    pub async fn start(name: &str, role: &Role) -> Result<Self, Fault> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(role.arguments())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (sender, ready) = oneshot::channel();
        let waiting = Arc::default();
        let listening = listen(from.ok_or("no output")?, Arc::clone(&waiting), sender);
        tokio::spawn(listening);
        let ready = tokio::time::timeout(PATIENCE, ready).await?;
        Ok(Self {
            name: name.to_owned(),
            ready: ready.map_err(|_| format!("{name} has not begun"))?,
            child,
            to: Turn::new(to),
            next: AtomicU64::new(0),
            waiting,
        })
    }

    /// The number of the process, while it lives.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.child.id()
    }

    /// It opens.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn open(&self, opening: Opening) -> Result<(), Fault> {
        let _: Value = self.ask(Wish::Open(opening)).await?;
        Ok(())
    }

    /// Wishes something, and hears what comes of it.
    ///
    /// # Errors
    /// When it is refused, or the process is gone.
    pub async fn ask<T: DeserializeOwned>(&self, wish: Wish) -> Result<T, Fault> {
        let answer = self.try_ask(wish).await?;
        let answer = answer.map_err(|code| format!("{} refuses: {code}", self.name))?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Wishes something that is to be refused: the code.
    ///
    /// # Errors
    /// When it is done, or the process is gone.
    pub async fn refused(&self, wish: Wish) -> Result<String, Fault> {
        let what = format!("{} has not refused", self.name);
        self.try_ask(wish).await?.err().ok_or_else(|| what.into())
    }

    /// Wishes something, and hears what comes of it, or the code of the refusal.
    ///
    /// # Errors
    /// When the process is gone.
    pub async fn try_ask(&self, wish: Wish) -> Result<Result<Value, String>, Fault> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let (answered, answer) = oneshot::channel();
        lock(&self.waiting).insert(number, answered);
        let text = serde_json::to_string(&Asked { number, wish })? + "\n";
        {
            let mut to = self.to.lock().await;
            let to = to.as_mut().ok_or("the line is cut")?;
            to.write_all(text.as_bytes()).await?;
            to.flush().await?;
        }
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.map_err(|_| format!("{} does not answer", self.name))?;
        Ok(answer.map_err(|_| format!("{} is gone", self.name))?)
    }

    /// Kills it without a word (SIGKILL), and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self) -> Result<String, Fault> {
        self.child.kill().await?;
        Ok(self.child.wait().await?.to_string())
    }

    /// Its line ends: it finishes what is under way, and ends.
    ///
    /// # Errors
    /// When it does not end, or not well.
    pub async fn end(mut self) -> Result<(), Fault> {
        self.to.lock().await.take();
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let ended = ended.map_err(|_| format!("{} does not end", self.name))??;
        match ended.success() {
            true => Ok(()),
            false => Err(format!("{} has ended: {ended}", self.name).into()),
        }
    }
}

async fn listen(from: ChildStdout, waiting: Arc<Mutex<Waiting>>, ready: oneshot::Sender<Ready>) {
    let mut lines = BufReader::new(from).lines();
    let mut ready = Some(ready);
    while let Ok(Some(text)) = lines.next_line().await {
        // A line that a kill has cut was never said; and whoever has stopped waiting need not be told.
        match serde_json::from_str(&text) {
            Ok(Told::Ready(said)) => {
                let _ = ready.take().map(|ready| ready.send(said));
            }
            Ok(Told::Answer(number, answer)) => {
                let asked = lock(&waiting).remove(&number);
                let _ = asked.map(|asked| asked.send(answer));
            }
            Err(_) => (),
        }
    }
    lock(&waiting).clear();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
