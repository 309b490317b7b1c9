//! An implementation in another program: one line of JSON for each case, one for each answer.

use mydata_exam::{Implementation, Task, Verdict};
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long one case may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that was started for the examination; it is ended with it.
#[derive(Debug)]
pub struct External {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: String,
    verdicts: Vec<Verdict>,
}

impl External {
    /// Starts `command`, words apart by spaces.
    ///
    /// # Errors
    /// What the system says when the program cannot be started.
    pub fn start(command: &str) -> std::io::Result<Self> {
        let mut words = command.split_whitespace();
        let mut child = Command::new(words.next().unwrap_or_default())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (sender, answers) = channel();
        if let Some(output) = child.stdout.take() {
            // A thread of its own, so that a program that never answers can be given up.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self {
            name: command.to_owned(),
            input: child.stdin.take(),
            child,
            answers,
        })
    }

    fn ask(&mut self, id: &str, task: &Task) -> Option<Vec<Verdict>> {
        let line = format!("{}\n", json!({ "id": id, "task": task }));
        let input = self.input.as_mut()?;
        input.write_all(line.as_bytes()).ok()?;
        input.flush().ok()?;
        let line = self.answers.recv_timeout(PATIENCE).ok()?;
        let answer: Answer = serde_json::from_str(&line).ok()?;
        (answer.id == id).then_some(answer.verdicts)
    }
}

impl Implementation for External {
    fn name(&self) -> &str {
        &self.name
    }

    fn sit(&mut self, id: &str, task: &Task) -> Vec<Verdict> {
        let verdicts = self.ask(id, task);
        if verdicts.is_none() {
            // Whoever has lost count of the lines would answer the next question with this answer.
            self.input = None;
        }
        verdicts.unwrap_or_default()
    }
}

impl Drop for External {
    fn drop(&mut self) {
        self.input = None;
        // It has had its time; what it says now, nobody reads.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
