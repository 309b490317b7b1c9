//! The other end of the server: residents who ask, services that take messages, and the one who kills.

use super::house::Fault;
use super::resident::Resident;
use super::serve::{Change, Wish};
use super::server::{FromServer, MARK, Start, ToServer, VARIABLE, receipt};
use super::services::Services;
use mydata::core::time::Timestamp;
use mydata_store::{ParcelId, Partition, Position};
use std::collections::BTreeMap;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// So many acknowledgements are waited for before the kill.
const ANSWERS: usize = 60;

/// Of each service so many messages are acknowledged; of the next one, which it takes like any other,
/// the acknowledgement is lost, and the line to it is dead from then on.
const MESSAGES: usize = 7;

/// What was known outside at the moment of the crash.
#[derive(Debug, Default)]
pub struct Crash {
    /// What was acknowledged, with the number of decisions that the account had then.
    pub answered: Vec<(Wish, u64)>,
    /// What was asked and got no answer.
    pub unanswered: Vec<Wish>,
    /// Messages that services had taken.
    pub taken: usize,
    /// How the process ended, as the system tells.
    pub ended: String,
}

/// What a resident wishes, one thing after another: everybody pauses and resumes again and again, but
/// for those who withdraw at once.
struct Wishes<'a> {
    resident: &'a Resident,
    number: usize,
    asked: usize,
}

impl Wishes<'_> {
    fn next(&mut self) -> Option<Wish> {
        let withdraws = self.number % 4 == 3;
        let change = match (withdraws, self.asked % 2) {
            (true, _) if self.asked > 0 => return None,
            (true, _) => Change::Withdraw,
            (false, 0) => Change::Pause,
            (false, _) => Change::Resume,
        };
        self.asked += 1;
        Some(Wish {
            key: format!("wish-{}-{}", self.number, self.asked),
            account: self.resident.account.clone(),
            consent: self.resident.consent.clone(),
            change,
        })
    }
}

/// Starts the server, keeps it busy, and kills it (SIGKILL) while it works.
///
/// # Errors
/// When it cannot be started, refuses anything, or ends by itself.
pub async fn work_and_kill(
    start: &Start,
    arguments: &[&str],
    residents: &[Resident],
    services: &Services,
) -> Result<Crash, Fault> {
    let mut server = Server::start(start, arguments)?;
    let mut wishes: Vec<Wishes<'_>> = residents
        .iter()
        .enumerate()
        .map(|(number, resident)| Wishes {
            resident,
            number,
            asked: 0,
        })
        .collect();
    let mut asked: BTreeMap<String, Wish> = BTreeMap::new();
    let mut crash = Crash::default();
    let mut dead = 0;
    // What was written before the kill was said: it is read to the end.
    let mut is_killed = false;
    while let Some(line) = server.hear().await? {
        let mut next = Vec::new();
        match line {
            FromServer::Open => next.extend(wishes.iter_mut().filter_map(Wishes::next)),
            FromServer::Done { key, version } => {
                let wish = asked
                    .remove(&key)
                    .ok_or("an answer that nobody asked for")?;
                let of = wishes
                    .iter_mut()
                    .find(|of| of.resident.account == wish.account);
                next.extend(of.and_then(Wishes::next));
                crash.answered.push((wish, version));
            }
            FromServer::Refused { code, .. } => return Err(code.into()),
            FromServer::Parcel { id, to, message } => {
                let (partition, position, number) = id;
                let id = ParcelId {
                    partition: Partition(partition),
                    position: Position::new(position),
                    number,
                };
                if !is_killed {
                    let desk = services.desk(&to)?;
                    desk.take(id, message.as_bytes(), start.now)?;
                    crash.taken += 1;
                    match desk.taken_since_mark().len() {
                        ..=MESSAGES => server.say(&ToServer::Taken(receipt(&to, id))).await?,
                        _ => dead += 1,
                    }
                }
            }
        }
        if is_killed {
            continue;
        }
        for wish in next {
            server.say(&ToServer::Ask(wish.clone())).await?;
            asked.insert(wish.key.clone(), wish);
        }
        if crash.answered.len() >= ANSWERS && dead == 2 {
            server.kill()?;
            is_killed = true;
        }
    }
    crash.unanswered = asked.into_values().collect();
    crash.ended = server.child.wait().await?.to_string();
    match is_killed {
        true => Ok(crash),
        false => Err(crash.ended.into()),
    }
}

struct Server {
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// This very program, again.
    fn start(start: &Start, arguments: &[&str]) -> Result<Self, Fault> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(arguments)
            .env(VARIABLE, serde_json::to_string(start)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let from = BufReader::new(from.ok_or("no output")?).lines();
        Ok(Self {
            child,
            to: to.ok_or("no input")?,
            from,
        })
    }

    async fn say(&mut self, line: &ToServer) -> Result<(), Fault> {
        let text = serde_json::to_string(line)? + "\n";
        Ok(self.to.write_all(text.as_bytes()).await?)
    }

    async fn hear(&mut self) -> Result<Option<FromServer>, Fault> {
        while let Some(text) = self.from.next_line().await? {
            if let Some(text) = text.strip_prefix(MARK) {
                // A line that the kill has cut was never said.
                return Ok(serde_json::from_str(text).ok());
            }
        }
        Ok(None)
    }

    /// Without a word before it.
    fn kill(&mut self) -> Result<(), Fault> {
        Ok(self.child.start_kill()?)
    }
}

/// The time of the server is that of the story.
#[must_use]
pub fn start(folder: &std::path::Path, now: Timestamp) -> Start {
    Start {
        folder: folder.to_owned(),
        now,
    }
}
