//! Systems behind: the Python service, and one that answers whatever it is told to.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The service of `tests/service`, as a process.
pub struct Python {
    child: Child,
    pub port: u16,
}

impl Python {
    /// Starts it; nothing where there is no `python3`, which is said loudly, and fails the test where
    /// `MYDATA_CI` is set.
    pub fn start() -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/service/register.py");
        let mut command = Command::new("python3");
        command
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let started = command.spawn();
        let Ok(mut child) = started else {
            let told = "python3 is missing: THE TEST OF THE UNCHANGED SERVICE DID NOT RUN";
            assert!(std::env::var_os("MYDATA_CI").is_none(), "{told}");
            eprintln!("\n*** {told} ***\n");
            return None;
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().parse().unwrap();
        Some(Self { child, port })
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a system behind does with a request.
#[derive(Debug, Clone)]
pub enum Says {
    /// These octets, and closes.
    Octets(Vec<u8>),
    /// These, waits, and then these.
    Slowly(Vec<u8>, Duration, Vec<u8>),
    /// These, and so many more.
    Many(Vec<u8>, usize),
    /// These, then these so many times, and then these.
    Over(Vec<u8>, Vec<u8>, usize, Vec<u8>),
}

/// A system that says whatever it is told to, and remembers what it was asked.
#[derive(Clone)]
pub struct Behind {
    pub address: SocketAddr,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Behind {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = Self {
            address: listener.local_addr().unwrap(),
            says: Arc::new(Mutex::new(Says::Octets(Vec::new()))),
            asked: Arc::default(),
        };
        let here = behind.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let here = here.clone();
                tokio::spawn(async move { here.answer(stream).await });
            }
        });
        behind
    }

    async fn answer(&self, mut stream: tokio::net::TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(octet) => head.push(octet),
                Err(_) => return,
            }
        }
        // Taken first: whoever sees that it was asked may tell it to say something else.
        let says = self.says.lock().unwrap().clone();
        self.asked
            .lock()
            .unwrap()
            .push(String::from_utf8_lossy(&head).into_owned());
        // Whoever asks may hang up.
        let _ = match says {
            Says::Octets(octets) => stream.write_all(&octets).await,
            Says::Slowly(first, pause, then) => {
                let _ = stream.write_all(&first).await;
                tokio::time::sleep(pause).await;
                stream.write_all(&then).await
            }
            Says::Many(first, count) => {
                let _ = stream.write_all(&first).await;
                let piece = [b' '; 64 * 1024];
                let mut left = count;
                while left > 0 {
                    let length = left.min(piece.len());
                    if stream.write_all(&piece[..length]).await.is_err() {
                        return;
                    }
                    left -= length;
                }
                Ok(())
            }
            Says::Over(first, piece, times, last) => {
                let _ = stream.write_all(&first).await;
                let many = piece.repeat(512);
                for _ in 0..times / 512 {
                    if stream.write_all(&many).await.is_err() {
                        return;
                    }
                }
                let _ = stream.write_all(&piece.repeat(times % 512)).await;
                stream.write_all(&last).await
            }
        };
        let _ = stream.shutdown().await;
    }

    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// A whole answer.
    pub fn answers(&self, status: &str, headers: &str, body: &str) {
        let text = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        self.says(Says::Octets(text.into_bytes()));
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}
