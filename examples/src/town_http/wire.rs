//! Somebody on the line: hears every octet of both directions, changes some on the way, or sends again what
//! was sent before. Only on the loopback, where the town's lines are not encrypted.

use super::line::Heard;
use mydata_http::Problem;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

/// A relay before a process.
#[derive(Debug)]
pub struct Wire {
    /// Where it listens.
    pub at: SocketAddr,
    state: Arc<Mutex<State>>,
    /// Whoever holds on to a connection hears when the line is cut.
    cuts: watch::Sender<()>,
}

/// One direction of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

#[derive(Debug)]
struct State {
    /// Where it leads; nowhere while nobody is there.
    to: Option<SocketAddr>,
    heard: Vec<(Way, Vec<u8>)>,
    change: Option<Change>,
}

/// What is changed on the way there, once.
#[derive(Debug, Clone)]
pub enum Change {
    /// These octets become others.
    Put(Vec<u8>, Vec<u8>),
    /// One character becomes another: so many after the end of this.
    Flip(Vec<u8>, usize),
}

impl Wire {
    /// A wire that leads to this process.
    ///
    /// # Errors
    /// When there is no port left.
    pub async fn lay(to: SocketAddr) -> io::Result<Self> {
        let listener = super::service::listen().await?;
        let at = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            to: Some(to),
            heard: Vec::new(),
            change: None,
        }));
        let shared = Arc::clone(&state);
        let (cuts, cut) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(relay(near, Arc::clone(&shared), cut.clone()));
            }
        });
        Ok(Self { at, state, cuts })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Leads nowhere from now on; where it has led to.
    pub fn cut(&self) -> Option<SocketAddr> {
        let to = self.state().to.take();
        self.cuts.send_replace(());
        to
    }

    /// Leads to this process from now on.
    pub fn lead_to(&self, to: SocketAddr) {
        self.state().to = Some(to);
    }

    /// Changes the next octets there that are these.
    pub fn change(&self, change: Change) {
        self.state().change = Some(change);
    }

    /// Whether what was to be changed has been changed.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.state().change.is_none()
    }

    /// Everything that was heard, in both directions.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        let state = self.state();
        let octets = state.heard.iter().map(|(_, octets)| octets.as_slice());
        octets.collect::<Vec<_>>().concat()
    }

    /// How many answers began like this.
    #[must_use]
    pub fn answers(&self, beginning: &str) -> usize {
        let state = self.state();
        let heard = state.heard.iter();
        let answers = heard
            .filter(|(way, octets)| *way == Way::Back && octets.starts_with(beginning.as_bytes()));
        answers.count()
    }

    /// The first line of every request.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let state = self.state();
        let there = state.heard.iter().filter(|(way, _)| *way == Way::There);
        let first = there.filter_map(|(_, octets)| octets.split(|octet| *octet == b'\r').next());
        first
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    /// The newest request that began like this.
    #[must_use]
    pub fn newest(&self, beginning: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let mut newest = state.heard.iter().rev();
        let found = newest
            .find(|(way, octets)| *way == Way::There && octets.starts_with(beginning.as_bytes()));
        found.map(|(_, octets)| octets.clone())
    }
}

async fn relay(near: TcpStream, state: Arc<Mutex<State>>, mut cut: watch::Receiver<()>) {
    cut.borrow_and_update();
    let to = lock(&state).to;
    let Some(to) = to else { return };
    // Whoever is not there is not there: the caller hears so by the end of its connection.
    let Ok(far) = TcpStream::connect(to).await else {
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let there = carry(near_in, far_out, (Way::There, Arc::clone(&state)));
    let back = carry(far_in, near_out, (Way::Back, state));
    // When one end is gone, so is the other.
    tokio::select! {
        _ = there => (),
        _ = back => (),
        _ = cut.changed() => (),
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (way, state): (Way, Arc<Mutex<State>>),
) -> io::Result<()> {
    let mut octets = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut octets).await?;
        let Some(read) = octets.get(..read).filter(|read| !read.is_empty()) else {
            return to.shutdown().await;
        };
        let mut piece = read.to_vec();
        {
            let mut state = lock(&state);
            // What is heard is what was sent, before anybody changes it.
            state.heard.push((way, piece.clone()));
            if way == Way::There
                && let Some(change) = &state.change
                && put(&mut piece, change)
            {
                state.change = None;
            }
        }
        to.write_all(&piece).await?;
    }
}

/// Whether it was there, and now is another.
fn put(octets: &mut Vec<u8>, change: &Change) -> bool {
    let (Change::Put(from, _) | Change::Flip(from, _)) = change;
    if from.is_empty() {
        return false;
    }
    let at = octets.windows(from.len()).position(|found| found == from);
    match (at, change) {
        (None, _) => false,
        (Some(at), Change::Put(from, to)) => {
            octets.splice(at..at + from.len(), to.iter().copied());
            true
        }
        (Some(at), Change::Flip(after, skip)) => {
            let octet = octets.get_mut(at + after.len() + skip);
            octet.is_some_and(|octet| {
                *octet = if *octet == b'A' { b'B' } else { b'A' };
                true
            })
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The host in an address.
#[must_use]
pub fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Sends these octets, and hears the one answer to them.
///
/// # Errors
/// When nobody is there, or the answer is cut short.
pub async fn send(to: SocketAddr, octets: &[u8]) -> io::Result<Heard> {
    let (status, body) = exchange(to, octets).await?;
    Ok(Heard {
        status,
        code: Problem::code_of(&body).unwrap_or_default(),
        octets: body.len(),
    })
}

/// The same, with the status and the body of the answer.
///
/// # Errors
/// As [`send`].
pub async fn exchange(to: SocketAddr, octets: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(octets).await?;
    let mut answer = Vec::new();
    loop {
        if let Some((status, body)) = whole(&answer) {
            return Ok((status, body.to_vec()));
        }
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The answer, when all of it is there.
fn whole(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|found| found == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    let head = std::str::from_utf8(head).ok()?.to_ascii_lowercase();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
    Some((status, body.get(..length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_heard_when_all_of_it_is_there() {
        let all = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 15\r\n\r\n{\"code\":\"a_b_c\"";
        assert!(whole(all.get(..60).unwrap()).is_none());
        assert_eq!(whole(all), Some((403, &b"{\"code\":\"a_b_c\""[..])));
    }

    #[test]
    fn only_what_is_there_is_changed() {
        let change = Change::Put(b"2025".to_vec(), b"24".to_vec());
        let mut octets = b"a=2025&b".to_vec();
        assert!(put(&mut octets, &change));
        assert_eq!(octets, b"a=24&b");
        assert!(!put(&mut octets, &change));
        assert!(put(&mut octets, &Change::Flip(b"=".to_vec(), 1)));
        assert_eq!(octets, b"a=2A&b");
        assert!(!put(&mut octets, &Change::Flip(b"=".to_vec(), 9)));
    }
}
