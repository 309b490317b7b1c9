//! The address of a protected resource: one canonical spelling or none.
//!
//! Two spellings of one address are how an audience check is talked round (RFC 8725 §3.9), and the
//! URL standard rewrites a good many. So a [`ResourceUrl`] is accepted only when the `url` crate
//! would leave every octet as it is, and a few forms that it leaves alone are refused as well.

use crate::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

crate::refusals! {
    /// Why a text is not the address of a protected resource.
    pub enum ResourceRefusal {
        NotCanonical = "url_not_canonical": "the URL is not in its canonical form",
        NotHttps = "url_not_https": "the URL is not https",
        HostNotName = "url_host_not_name": "the host is not a plain domain name",
        EncodedSeparator = "url_encoded_separator": "the path hides a dot, slash, backslash, per cent sign or NUL",
        EmptySegment = "url_empty_segment": "the path has an empty segment",
        Wildcard = "url_wildcard": "the path has a `*`, which stands for other addresses in an audience",
        HasQuery = "url_has_query": "the URL has a query, a fragment or user information",
    }
}

/// Scheme, host and port: `https://vaka.espoo.example` or with `:port` when it is not 443.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(Box<str>);

impl Origin {
    /// Parses an origin without a trailing slash.
    ///
    /// # Errors
    /// [`ResourceRefusal`] when it is not canonical https with a plain domain name.
    pub fn parse(text: &str) -> Result<Self, ResourceRefusal> {
        let url = ResourceUrl::parse(&format!("{text}/"))?;
        match url.path() {
            "/" => Ok(Self(text.into())),
            _ => Err(ResourceRefusal::NotCanonical),
        }
    }

    /// The origin as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host, and port unless it is 443: the `u` of a signed request.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.strip_prefix("https://").unwrap_or(&self.0)
    }

    /// The resource at `path` (which begins with `/`) of this origin.
    ///
    /// # Errors
    /// [`ResourceRefusal`] when the whole is not canonical.
    pub fn at(&self, path: &str) -> Result<ResourceUrl, ResourceRefusal> {
        if path.starts_with('/') {
            ResourceUrl::parse(&format!("{}{path}", self.0))
        } else {
            Err(ResourceRefusal::NotCanonical)
        }
    }
}

/// The canonical address of a resource: https, a domain name, a path; no query, no fragment.
///
/// Octet equality of two of them is equality of the resource.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceUrl {
    text: Box<str>,
    path: usize,
}

impl ResourceUrl {
    /// Accepts the canonical spelling only.
    ///
    /// # Errors
    /// [`ResourceRefusal`] names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, ResourceRefusal> {
        if let Some(path) = plain(text) {
            return Ok(Self {
                text: text.into(),
                path,
            });
        }
        if text.len() > 2048 {
            return Err(ResourceRefusal::NotCanonical);
        }
        let url = url::Url::parse(text).map_err(|_| ResourceRefusal::NotCanonical)?;
        if url.as_str() != text {
            return Err(ResourceRefusal::NotCanonical);
        }
        if url.scheme() != "https" {
            return Err(ResourceRefusal::NotHttps);
        }
        let extra = url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if extra {
            return Err(ResourceRefusal::HasQuery);
        }
        match url.host() {
            Some(url::Host::Domain(name)) if is_plain_name(name) => {}
            _ => return Err(ResourceRefusal::HostNotName),
        }
        check_path(url.path())?;
        let path = text.len() - url.path().len();
        Ok(Self {
            text: text.into(),
            path,
        })
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path, beginning with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(self.path..).unwrap_or("/")
    }

    /// The scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(self.text.get(..self.path).unwrap_or_default().into())
    }

    /// Host, and port unless it is 443: the `u` of a signed request.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.text
            .get("https://".len()..self.path)
            .unwrap_or_default()
    }
}

/// Where the path of a plainly canonical address begins; `None` says nothing against it.
///
/// Most addresses are plain: lower-case names, letters, digits and `-._~/`. For these the long way
/// gives the same answer, which a test holds, at thirty times the price.
fn plain(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("https://")?;
    if text.len() > 2048 {
        return None;
    }
    let (name, path) = rest.split_at_checked(rest.find('/')?)?;
    let last = name.rsplit('.').next()?;
    // `0x7f` at the end would make an address of numbers, and a port is rare.
    let is_name = |label: &str| is_label(label) && !label.starts_with("xn--");
    if name.len() > 253
        || !name.split('.').all(is_name)
        || !last.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return None;
    }
    let inner = path.get(1..)?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let of_segment = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(of_segment);
    let is_plain = path != "//" && (inner.is_empty() || inner.split('/').all(is_segment));
    is_plain.then_some(text.len() - path.len())
}

/// Labels of letters, digits and hyphens (RFC 1123 section 2.1), in lower case.
///
/// The URL standard lets much more stand in a host, which no name service knows and which other
/// readers take for something else.
fn is_plain_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    let of_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    matches!(label.len(), 1..=63)
        && label.bytes().all(of_label)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A path that the `url` crate leaves alone can still hide a separator behind `%2f`, and be written
/// in two ways (`%aa`, `%AA`, `%61`); those are refused here.
///
/// Four octets too that it leaves alone and no path has (RFC 3986 §3.3): some servers refuse a request for one
/// before any program hears of it.
fn check_path(path: &str) -> Result<(), ResourceRefusal> {
    if path.contains(['[', ']', '^', '|']) {
        return Err(ResourceRefusal::NotCanonical);
    }
    if path.contains('*') {
        return Err(ResourceRefusal::Wildcard);
    }
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after
            .get(..2)
            .filter(|d| d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')))
            .and_then(|d| u8::from_str_radix(d, 16).ok());
        match digits {
            None => return Err(ResourceRefusal::NotCanonical),
            Some(b'.' | b'/' | b'\\' | b'%' | 0) => return Err(ResourceRefusal::EncodedSeparator),
            Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~') => {
                return Err(ResourceRefusal::NotCanonical);
            }
            Some(_) => rest = after,
        }
    }
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let has_empty = !inner.is_empty() && inner.split('/').any(str::is_empty);
    if has_empty || path == "//" {
        return Err(ResourceRefusal::EmptySegment);
    }
    Ok(())
}

macro_rules! as_text {
    ($($name:ident)+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                json::from_text(deserializer, "a canonical https address", |text| Self::parse(text).ok())
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": "uri", "pattern": "^https://" })
            }
        }
    )+};
}
as_text!(Origin ResourceUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_mean_the_same_are_refused() {
        for text in [
            "https://h.example/a/../b",
            "https://h.example/a/%2e%2e/b",
            "https://h.example\\a",
            "https://H.example/a",
            "https:h.example/a",
            "https://h.example:443/a",
            "https://h.example",
            " https://h.example/a",
            "https://h.example/a\t",
            "https://h.example/%61",
            "https://h.example/%aa",
            "https://h.example/%zz",
            "https://h.example/å",
            "https://h.example/[",
            "https://h.example/a]*",
            "https://h.example/a^",
            "https://h.example/a|b",
        ] {
            assert_eq!(
                ResourceUrl::parse(text),
                Err(ResourceRefusal::NotCanonical),
                "{text}"
            );
        }
        for text in [
            "https://h.example/a%2Fb",
            "https://h.example/%2E%2E",
            "https://h.example/%00",
        ] {
            let got = ResourceUrl::parse(text).unwrap_err();
            assert!(
                matches!(
                    got,
                    ResourceRefusal::EncodedSeparator | ResourceRefusal::NotCanonical
                ),
                "{text}"
            );
        }
        for text in [
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://h.example./a",
            "https://a\"b.example/",
        ] {
            assert_eq!(
                ResourceUrl::parse(text),
                Err(ResourceRefusal::HostNotName),
                "{text}"
            );
        }
        for text in [
            "https://h.example/a//b",
            "https://h.example//",
            "https://h.example//a",
        ] {
            assert_eq!(
                ResourceUrl::parse(text),
                Err(ResourceRefusal::EmptySegment),
                "{text}"
            );
        }
        assert_eq!(
            ResourceUrl::parse("https://h.example/a/*"),
            Err(ResourceRefusal::Wildcard)
        );
        assert_eq!(
            ResourceUrl::parse("http://h.example/a"),
            Err(ResourceRefusal::NotHttps)
        );
        assert_eq!(
            ResourceUrl::parse("https://h.example/a?b"),
            Err(ResourceRefusal::HasQuery)
        );
    }

    #[test]
    fn the_short_way_is_the_long_way() {
        let names = [
            "h.example",
            "a-b.c",
            "h",
            "0x7f.1",
            "1.2",
            "xn--a.b",
            "h.",
            ".h",
            "H.b",
            "h:1",
            "-.a1",
            "a-.b",
            "a..b",
            "a_b",
            "a.b1",
        ];
        let paths = [
            "/", "//", "/a", "/a/", "/a//b", "/./a", "/..", "/.a", "/a.", "/...", "/a/../b",
            "/~_-", "/%61", "/å", "",
        ];
        let mut short = 0;
        for name in names {
            for path in paths {
                let text = format!("https://{name}{path}");
                if let Some(at) = plain(&text) {
                    let url = url::Url::parse(&text).unwrap();
                    assert_eq!(
                        (url.as_str(), url.path()),
                        (&*text, text.get(at..).unwrap()),
                        "{text}"
                    );
                    assert!(check_path(url.path()).is_ok(), "{text}");
                    assert!(
                        matches!(url.host(), Some(url::Host::Domain(name)) if is_plain_name(name)),
                        "{text}"
                    );
                    short += 1;
                }
            }
        }
        assert!(short > 20, "the short way is taken: {short}");
    }

    #[test]
    fn parts() {
        let url = ResourceUrl::parse("https://h.example:8443/data/%C3%A5/x").unwrap();
        assert_eq!(url.path(), "/data/%C3%A5/x");
        assert_eq!(url.authority(), "h.example:8443");
        assert_eq!(
            url.origin(),
            Origin::parse("https://h.example:8443").unwrap()
        );
        assert_eq!(url.origin().at("/data/%C3%A5/x").unwrap(), url);
        assert!(Origin::parse("https://h.example/").is_err());
    }
}
