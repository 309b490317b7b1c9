//! The request behind: what of it is fixed, and where the subject stands in it.

use crate::answer::GatewayRefusal;
use crate::pass::Passed;
use crate::subject::UpstreamSubject;
use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use mydata::core::refusals;
use std::fmt;
use std::net::IpAddr;

refusals! {
    /// Why a template cannot be read.
    pub enum TemplateRefusal {
        Syntax = "template_syntax": "a `{` or `}` stands alone, or within another",
        Variable = "template_variable": "a variable is none of `{subject}`, `{surrogate}`, `{dataset}`, `{consent}`, `{date}`",
        Fixed = "template_fixed": "a fixed part of a path or query has other characters than letters, digits and `-._~`",
        Segment = "template_segment": "the path begins with `/`, or has an empty segment, `.` or `..`",
        Name = "template_name": "a parameter's name has other characters than letters, digits and `-_.`, or more than 64",
        Header = "template_header": "this header is not the configuration's to set, or it is none",
    }
}

/// Headers that belong to a connection, a message or a caller, and not to a template.
const NOT_OURS: [&str; 22] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "dpop",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-request-id",
];

/// A part of a text. None of them holds what a caller has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(Box<str>),
    Subject,
    Surrogate,
    Dataset,
    Consent,
    Date,
}

type Pieces = Vec<Piece>;

/// Which request is made behind: below which path, with which query and which headers.
#[derive(Debug, Clone, Default)]
pub struct Template {
    path: Vec<Pieces>,
    query: Vec<(Box<str>, Pieces)>,
    headers: Vec<(HeaderName, Pieces)>,
}

/// Whether this can be the name of a parameter.
pub(crate) fn is_name(text: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(of_name)
}

const fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
}

impl Template {
    /// The path, below that of the upstream.
    pub(crate) fn set_path(&mut self, text: &str) -> Result<(), TemplateRefusal> {
        for segment in text.split('/') {
            if matches!(segment, "" | "." | "..") {
                return Err(TemplateRefusal::Segment);
            }
            self.path.push(pieces(segment, is_unreserved)?);
        }
        Ok(())
    }

    /// One parameter of the query.
    pub(crate) fn add_query(&mut self, name: &str, value: &str) -> Result<(), TemplateRefusal> {
        if !is_name(name) {
            return Err(TemplateRefusal::Name);
        }
        self.query
            .push((name.into(), pieces(value, is_unreserved)?));
        Ok(())
    }

    /// One header.
    pub(crate) fn add_header(&mut self, name: &str, value: &str) -> Result<(), TemplateRefusal> {
        let lower = name.to_ascii_lowercase();
        let is_ours = !NOT_OURS.contains(&&*lower) && !lower.starts_with("x-forwarded-");
        let name = HeaderName::from_bytes(lower.as_bytes())
            .ok()
            .filter(|_| is_ours);
        let name = name.ok_or(TemplateRefusal::Header)?;
        if self.headers.iter().any(|(found, _)| *found == name) {
            return Err(TemplateRefusal::Header);
        }
        let is_visible = |b: u8| b.is_ascii_graphic() || b == b' ';
        self.headers.push((name, pieces(value, is_visible)?));
        Ok(())
    }

    /// Whether it says whose data it is about.
    pub(crate) fn names_subject(&self) -> bool {
        let of_query = self.query.iter().map(|(_, pieces)| pieces);
        let of_headers = self.headers.iter().map(|(_, pieces)| pieces);
        let mut all = self.path.iter().chain(of_query).chain(of_headers).flatten();
        all.any(|piece| *piece == Piece::Subject)
    }

    /// The request about this subject, with what its caller may set.
    ///
    /// # Errors
    /// [`GatewayRefusal::Member`] where the subject's name cannot stand in the place that the template has for
    /// it: a path has no name with a separator in it, a header only visible characters.
    pub fn fill(
        &self,
        who: UpstreamSubject,
        passed: &Passed,
    ) -> Result<UpstreamRequest, GatewayRefusal> {
        let mut target = String::new();
        for (index, segment) in self.path.iter().enumerate() {
            let text = filled(segment, &who);
            // Some decode before they split: what could split then is not sent at all.
            let is_split = text.contains(['/', '\\', '%']) || matches!(&*text, "" | "." | "..");
            if is_split {
                return Err(GatewayRefusal::Member);
            }
            target.push_str(if index == 0 { "" } else { "/" });
            encode(&text, &mut target);
        }
        let mut separator = '?';
        for (name, pieces) in &self.query {
            add(&mut target, &mut separator, name, &filled(pieces, &who));
        }
        for (name, value) in passed.iter() {
            add(&mut target, &mut separator, name, value);
        }
        let mut headers = HeaderMap::new();
        for (name, pieces) in &self.headers {
            let text = filled(pieces, &who);
            let value = Some(text).filter(|text| text.trim() == text && text.is_ascii());
            let value = value.and_then(|text| HeaderValue::from_str(&text).ok());
            let mut value = value.ok_or(GatewayRefusal::Member)?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Ok(UpstreamRequest { target, headers })
    }
}

fn add(target: &mut String, separator: &mut char, name: &str, value: &str) {
    target.push(*separator);
    target.push_str(name);
    target.push('=');
    encode(value, target);
    *separator = '&';
}

/// All but the unreserved characters is encoded (RFC 3986 §2.3).
fn encode(text: &str, out: &mut String) {
    use fmt::Write as _;
    for octet in text.bytes() {
        if is_unreserved(octet) {
            out.push(char::from(octet));
        } else {
            // Writing into a `String` cannot fail.
            let _ = write!(out, "%{octet:02X}");
        }
    }
}

fn filled(pieces: &[Piece], who: &UpstreamSubject) -> String {
    let grant = who.grant();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Fixed(fixed) => text.push_str(fixed),
            Piece::Subject => text.push_str(who.member()),
            Piece::Surrogate => text.push_str(grant.surrogate_id().as_str()),
            Piece::Dataset => text.push_str(grant.dataset().as_str()),
            Piece::Consent => text.push_str(grant.consent_id().as_str()),
            Piece::Date => {
                let now = grant.at().to_string();
                text.push_str(now.split('T').next().unwrap_or_default());
            }
        }
    }
    text
}

fn pieces(text: &str, is_fixed: impl Fn(u8) -> bool) -> Result<Pieces, TemplateRefusal> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let (fixed, after) = rest
            .split_at_checked(rest.find(['{', '}']).unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        if !fixed.bytes().all(&is_fixed) {
            return Err(TemplateRefusal::Fixed);
        }
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed.into()));
        }
        if after.is_empty() {
            return Ok(pieces);
        }
        let after = after.strip_prefix('{').ok_or(TemplateRefusal::Syntax)?;
        let (name, after) = after.split_once('}').ok_or(TemplateRefusal::Syntax)?;
        pieces.push(match name {
            "subject" => Piece::Subject,
            "surrogate" => Piece::Surrogate,
            "dataset" => Piece::Dataset,
            "consent" => Piece::Consent,
            "date" => Piece::Date,
            _ if name.contains('{') => return Err(TemplateRefusal::Syntax),
            _ => return Err(TemplateRefusal::Variable),
        });
        rest = after;
    }
}

/// A request behind: the one thing that is sent there. Only [`Template::fill`] makes one.
#[must_use = "the grant is used up"]
pub struct UpstreamRequest {
    target: String,
    pub(crate) headers: HeaderMap,
}

impl UpstreamRequest {
    /// Its address below a base. Whatever stands in it, neither host nor path of the base can change: the target
    /// has none but unreserved characters, `%`, and the separators of the template.
    pub(crate) fn uri(&self, base: &Base) -> Result<Uri, GatewayRefusal> {
        let text = [&*base.text, &self.target].concat();
        let uri: Uri = text.parse().map_err(|_| GatewayRefusal::Member)?;
        let is_below = uri == *text && uri.path().starts_with(&*base.path);
        is_below.then_some(uri).ok_or(GatewayRefusal::Member)
    }
}

impl fmt::Debug for UpstreamRequest {
    /// Nothing of it: the subject stands in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamRequest(redacted)")
    }
}

/// Where a system behind is reached: scheme, host, port and first path, as they are configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    text: Box<str>,
    path: Box<str>,
    host: Box<str>,
}

impl Base {
    /// `https://host:port/path/`, in its one spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let (authority, path) = rest.split_at_checked(rest.find('/')?)?;
        let of_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
        let uri: Uri = text.parse().ok()?;
        let host = uri.host().filter(|host| !host.is_empty())?;
        let is_port = match authority.strip_prefix(host)?.split_once(':') {
            None => authority == host,
            Some((between, port)) => {
                let number: u16 = port.parse().ok()?;
                between.is_empty() && number > 0 && number.to_string() == port
            }
        };
        let of_path = |segment: &str| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
        };
        let inner = path.strip_prefix('/')?;
        let is_path = match inner.strip_suffix('/') {
            Some(inner) => inner.split('/').all(of_path),
            None => inner.is_empty(),
        };
        let fits = authority.bytes().all(of_host) && is_port && is_path && uri == *text;
        fits.then(|| Self {
            text: text.into(),
            path: path.into(),
            host: host.into(),
        })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Whether it is on this machine, whoever answers for names.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        let address: Option<IpAddr> = host.parse().ok();
        host == "localhost" || address.is_some_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_has_one_spelling() {
        for good in [
            "http://127.0.0.1:8000/",
            "https://register.example/api/",
            "http://[::1]:1/a/b/",
        ] {
            assert!(Base::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "http://",
            "http:///",
            "ftp://a/",
            "http://a",
            "http://a/b",
            "http://A/",
            "http://a/../",
            "http://a//",
            "http://a/b//",
            "http://a/%2e/",
            "http://u@a/",
            "http://a/?q",
            "http://a/#f",
            "http://a:0/",
            "http://a:99999/",
            "http://a b/",
            "http://å/",
        ] {
            assert!(Base::parse(bad).is_none(), "{bad}");
        }
        assert!(Base::parse("http://127.9.9.9/").unwrap().is_loopback());
        assert!(!Base::parse("http://10.0.0.1/").unwrap().is_loopback());
        assert!(
            !Base::parse("http://127.0.0.1.example/")
                .unwrap()
                .is_loopback()
        );
    }

    #[test]
    fn a_template_is_fixed_text_and_variables() {
        let path = |text: &str| Template::default().set_path(text);
        assert_eq!(path("children/{subject}/wishes-{date}"), Ok(()));
        for (text, refusal) in [
            ("", TemplateRefusal::Segment),
            ("/a", TemplateRefusal::Segment),
            ("a/", TemplateRefusal::Segment),
            ("a/../b", TemplateRefusal::Segment),
            ("a%2Fb", TemplateRefusal::Fixed),
            ("a?b", TemplateRefusal::Fixed),
            ("{user}", TemplateRefusal::Variable),
            ("{}", TemplateRefusal::Variable),
            ("{subject", TemplateRefusal::Syntax),
            ("subject}", TemplateRefusal::Syntax),
            ("{{subject}}", TemplateRefusal::Syntax),
        ] {
            assert_eq!(path(text), Err(refusal), "{text}");
        }
        let header = |name: &str| Template::default().add_header(name, "x");
        assert_eq!(header("X-Case"), Ok(()));
        for name in [
            "Host",
            "Authorization",
            "X-Forwarded-For",
            "Transfer-Encoding",
            "",
            "a b",
            "Cookie",
        ] {
            assert_eq!(header(name), Err(TemplateRefusal::Header), "{name}");
        }
        let value = Template::default().add_header("x-case", "a\r\nHost: b");
        assert_eq!(value, Err(TemplateRefusal::Fixed));
        let query = |name: &str| Template::default().add_query(name, "x");
        assert_eq!(query("who-is_it.2"), Ok(()));
        for name in ["", "a&b", "a=b", "a b", "{subject}", "ä", &"a".repeat(65)] {
            assert_eq!(query(name), Err(TemplateRefusal::Name), "{name}");
        }
    }
}
