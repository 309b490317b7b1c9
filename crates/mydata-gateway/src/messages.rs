//! The operator's messages that were taken, in one file: what a source holds is what they say.

use mydata::core::base64;
use mydata::core::id::OperatorId;
use mydata::core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A message: from whom, when, and its octets.
pub(crate) type Message = (OperatorId, Timestamp, Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    from: OperatorId,
    at: Timestamp,
    octets: String,
}

/// `messages.jsonl`: a line for each message, in the order in which they were taken.
#[derive(Debug, Clone)]
pub(crate) struct Messages(Arc<Mutex<Tail>>);

#[derive(Debug)]
struct Tail {
    file: File,
    /// Up to here every line is whole.
    end: u64,
}

impl Messages {
    /// Opens the file and reads it. A last line that was not finished was never acknowledged, and is cut off.
    ///
    /// # Errors
    /// The file cannot be read, another process has it, or a line of it is none of ours.
    pub(crate) fn open(directory: &Path) -> io::Result<(Self, Vec<Message>)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(directory.join("messages.jsonl"))?;
        file.try_lock()
            .map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
        let mut octets = Vec::new();
        file.read_to_end(&mut octets)?;
        let end = octets
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |last| last + 1);
        octets.truncate(end);
        let messages: Option<Vec<_>> = octets
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                let line: Line = serde_json::from_slice(line).ok()?;
                Some((line.from, line.at, base64::decode(&line.octets)?))
            })
            .collect();
        let messages = messages.ok_or(io::ErrorKind::InvalidData)?;
        let end = u64::try_from(end).map_err(|_| io::ErrorKind::InvalidData)?;
        file.set_len(end)?;
        file.sync_all()?;
        Ok((Self(Arc::new(Mutex::new(Tail { file, end }))), messages))
    }

    /// Keeps a message; durable when it returns `true`.
    pub(crate) async fn keep(&self, from: &OperatorId, at: Timestamp, octets: &[u8]) -> bool {
        let line = Line {
            from: from.clone(),
            at,
            octets: base64::encode(octets),
        };
        let Ok(mut line) = serde_json::to_vec(&line) else {
            return false;
        };
        line.push(b'\n');
        let tail = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.append(&line).is_ok()
        });
        written.await.unwrap_or(false)
    }
}

impl Tail {
    /// After a fault the next line begins where this one did.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.set_len(self.end)?;
        self.file.write_all(line)?;
        self.file.sync_data()?;
        self.end += u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}
