//! A small HTTP/1.1 client: one request a connection, as the profile sends it, and everything that comes back.

use super::wire::{Trust, Wire};
use std::fmt;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

/// Octets of an answer that are read.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Where a service is: the parts of `https://host:port/path`, or of the same with `http`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Whether it is `https`.
    pub(super) is_tls: bool,
    /// Host, and port if there is one.
    pub(super) authority: String,
    /// Path and query.
    pub(super) target: String,
}

impl Address {
    /// Reads an address with `http` or `https`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (is_tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => {
                return Err("the URL does not begin with https:// or http://".to_owned());
            }
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        if authority.is_empty() || authority.contains('@') || !is_plain(rest) {
            return Err("the URL has no host, a user, a fragment, or odd characters".to_owned());
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            is_tls,
            authority: authority.to_owned(),
            target: format!("{slash}{target}"),
        })
    }

    /// Whether it is on this machine.
    #[must_use]
    pub(super) fn is_loopback(&self) -> bool {
        matches!(self.host(), "localhost" | "127.0.0.1" | "::1")
    }

    /// Whether a port stands after the host; in brackets stands none.
    fn port(&self) -> Option<(&str, &str)> {
        let split = self.authority.rsplit_once(':');
        split.filter(|(_, port)| !port.contains(']'))
    }

    /// The host alone, without brackets.
    #[must_use]
    pub(super) fn host(&self) -> &str {
        let host = self.port().map_or(&*self.authority, |(host, _)| host);
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        bare.unwrap_or(host)
    }

    /// Host and port, as a socket wants them.
    #[must_use]
    pub(super) fn socket(&self) -> String {
        match (self.port(), self.is_tls) {
            (Some(_), _) => self.authority.clone(),
            (None, true) => format!("{}:443", self.authority),
            (None, false) => format!("{}:80", self.authority),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Asked<'a> {
    /// `GET`, `DELETE` or what should be refused.
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    /// The token, if one is sent.
    pub(super) bearer: Option<&'a str>,
}

/// What has come back.
#[derive(Clone)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// Names in lower case, and values.
    pub(super) headers: Vec<(String, String)>,
    /// The body, whole.
    pub(super) body: Vec<u8>,
    /// From the first octet sent until the last one came.
    pub(super) took: Duration,
}

impl Answer {
    /// The first header of this name, which is in lower case.
    #[must_use]
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Without the body: it may be a person's.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} octets", self.status, self.body.len())
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a judge has a sentence for each")]
pub enum NoAnswer {
    /// No connection.
    Unreachable,
    /// None that can be trusted, and why: a certificate, or what is no TLS.
    Tls(&'static str),
    /// None in time.
    Late,
    /// The connection has ended early, or what came is no HTTP/1.1.
    Broken,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "no connection",
            Self::Tls(why) => why,
            Self::Late => "no answer in time",
            Self::Broken => "a broken answer",
        })
    }
}

/// Asks once.
///
/// # Errors
/// [`NoAnswer`].
#[expect(
    clippy::disallowed_methods,
    reason = "the profile waits so long and no longer"
)]
pub(super) fn ask(
    (address, trust): (&Address, Option<&Trust>),
    asked: &Asked<'_>,
    patience: Duration,
) -> Result<Answer, NoAnswer> {
    let start = Instant::now();
    let mut wire = Wire::connect(address, trust, patience)?;
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\naccept: */*\r\nconnection: close\r\n",
        asked.method, asked.target, address.authority
    );
    if let Some(token) = asked.bearer {
        head.push_str("authorization: Bearer ");
        head.push_str(token);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    wire.write_all(head.as_bytes())
        .map_err(|error| NoAnswer::of(&error))?;
    let octets = all(&mut wire, start, patience)?;
    let mut answer = read(&octets, asked.method).ok_or(NoAnswer::Broken)?;
    answer.took = start.elapsed();
    Ok(answer)
}

/// Everything until the peer closes, as it was asked to.
fn all(wire: &mut Wire, start: Instant, patience: Duration) -> Result<Vec<u8>, NoAnswer> {
    let mut octets = Vec::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        let left = patience.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(NoAnswer::Late);
        }
        wire.wait_for(left)?;
        match wire.read(&mut part) {
            Ok(0) => return Ok(octets),
            Ok(count) => octets.extend(part.iter().take(count)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                let none = NoAnswer::of(&error);
                // Some close hard after an answer that is whole; whether it is, is seen below.
                return match none == NoAnswer::Broken && !octets.is_empty() {
                    true => Ok(octets),
                    false => Err(none),
                };
            }
        }
        if octets.len() as u64 > LONGEST {
            return Err(NoAnswer::Broken);
        }
    }
}

fn read(octets: &[u8], method: &str) -> Option<Answer> {
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = octets.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    let status: u16 = status.parse().ok()?;
    let line = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.map(line).collect::<Option<_>>()?;
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
        took: Duration::ZERO,
    };
    let rest = rest.get(4..)?;
    if (100..200).contains(&status) && status != 101 {
        return read(rest, method);
    }
    if method == "HEAD" || status == 204 || status == 304 {
        return Some(answer);
    }
    let coding = answer.header("transfer-encoding");
    answer.body = if coding.is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        chunks(rest)?
    } else if let Some(length) = answer.header("content-length") {
        rest.get(..length.parse().ok()?)?.to_vec()
    } else {
        rest.to_vec()
    };
    Some(answer)
}

fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = size.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
