//! A listener on the loopback, and a client that sends octets as they are.

use axum::Router;
use mydata_http::Limits;
use mydata_http::ops::Shutdown;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Serves a router behind a listener that asks nothing; where.
#[allow(dead_code, reason = "not every test asks")]
pub(crate) async fn serve_bare(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    at
}

/// Serves a router behind the listener that a program would use; where.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    // Whoever tries what is refused all day is not slowed down here.
    let limits = Limits {
        refusals: None,
        per_address: 1024,
        ..Limits::default()
    };
    tokio::spawn(
        async move { mydata_http::serve(listener, router, &limits, &Shutdown::new()).await },
    );
    at
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    /// The code of a problem document; empty for anything else.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn code(&self) -> String {
        let code = mydata_http::Problem::code_of(self.body.as_bytes());
        code.unwrap_or_default()
    }

    /// The body as JSON.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A header.
    #[allow(dead_code, reason = "not every test asks")]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| {
            let (found, _) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(())
        };
        let line = self.head.lines().find(|text| line(text).is_some())?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// Sends a request.
pub(crate) async fn send(
    to: SocketAddr,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Heard {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = match body.len() {
        0 => String::new(),
        octets => format!("Content-Length: {octets}\r\n"),
    };
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n{lines}{length}\r\n"
    );
    let mut stream = TcpStream::connect(to).await.unwrap();
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    Heard {
        status: status.unwrap_or(0),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
