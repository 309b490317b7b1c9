//! Octets as they are, sent to an address, and what comes back.

use mydata_http::Problem;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends octets as they are, and gives all that comes back.
pub(crate) async fn raw(to: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let text = if text.contains("Connection:") {
        text.to_owned()
    } else {
        text.replacen("\r\n", "\r\nConnection: close\r\n", 1)
    };
    // Whoever refuses may close before everything was sent.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn status_of(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    status.parse().unwrap_or(0)
}

/// The code of a problem document.
pub(crate) fn code_of(answer: &str) -> String {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Problem::code_of(body.as_bytes()).unwrap_or_default()
}
