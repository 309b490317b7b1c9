//! Octets as they are, sent to an address, and what comes back.

use super::{Side, Town, bits, clock, origin_of};
use mydata::core::id::Nonce;
use mydata::core::jws::Unsigned;
use mydata::keys::Ring;
use mydata::token::party::{PartyRequest, Sender, authorization_header};
use mydata::token::request::HttpRequest;
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

impl Town {
    /// A `GET` of a service to the operator, as text.
    pub(crate) fn signed(&self, side: &Side, target: &str, headers: &[(&str, &str)]) -> String {
        self.text(side, "GET", target, (headers, b""))
    }

    /// A `POST`.
    pub(crate) fn signed_post(
        &self,
        side: &Side,
        target: &str,
        media: &str,
        body: &[u8],
    ) -> String {
        let length = body.len().to_string();
        let head = self.text(side, "POST", target, (&[("Content-Type", media)], body));
        let head = head.replacen(
            "\r\n\r\n",
            &format!("\r\nContent-Length: {length}\r\n\r\n"),
            1,
        );
        head + std::str::from_utf8(body).unwrap()
    }

    fn text(
        &self,
        side: &Side,
        method: &str,
        target: &str,
        (headers, body): (&[(&str, &str)], &[u8]),
    ) -> String {
        let request = HttpRequest::received(&origin_of(&self.id), target, method, body).unwrap();
        let request = request.with_headers(headers).unwrap();
        let sender = Sender::Service(side.id.clone());
        let nonce = Nonce::from_random(bits());
        let proof = PartyRequest::new(&sender, &request, clock().now(), nonce, &Ring);
        let signed = Unsigned::new(proof).sign(&*side.key).unwrap();
        let proof = authorization_header(signed).unwrap();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "{method} {target} HTTP/1.1\r\nHost: operator.example\r\nConnection: close\r\n{lines}\
             Authorization: {proof}\r\n\r\n"
        )
    }
}
