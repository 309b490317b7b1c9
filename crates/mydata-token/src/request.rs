//! An HTTP request as far as a signature can cover it.
//!
//! Both sides build one: a sink for what it is going to send, a source for what it has received.
//! The source takes the host from its own configuration and never from the request: neither `Host`
//! nor `X-Forwarded-Host` plays a part.

use crate::nonces::Nonces;
use mydata_core::refusals;
use mydata_core::resource::{Origin, ResourceRefusal, ResourceUrl};
use std::fmt;

refusals! {
    /// Why a request cannot be the target of a signed one.
    pub enum RequestRefusal {
        Method = "request_method": "the method is not 1 to 32 upper-case letters, digits or hyphens",
        TargetForm = "request_target_form": "the target is not a path with an optional query",
        Fragment = "request_fragment": "the target has a fragment",
        Query = "request_query": "the query is empty, too long, has an empty parameter, or an octet that must be percent-encoded",
        Headers = "request_headers": "a header has a name or a value that no header has, or there are too many",
    }
}

/// Why no [`HttpRequest`] was made: it is not a request that could be signed, or its address is not
/// canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFault {
    /// The method, the form of the target, or the query.
    #[error(transparent)]
    Request(#[from] RequestRefusal),
    /// The path.
    #[error(transparent)]
    Url(#[from] ResourceRefusal),
}

impl RequestFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Request(refusal) => refusal.code(),
            Self::Url(refusal) => refusal.code(),
        }
    }
}

/// Characters of a query, and the number of its parameters.
const MAX_QUERY: (usize, usize) = (4096, 128);

/// Characters of all headers together, and their number: room for a token and a proof, each of the
/// greatest length, beside what else a request has.
const MAX_HEADERS: (usize, usize) = (32 * 1024, 64);

/// Method, address, query, headers and body of one request.
///
/// Invariant: the method is upper-case, the address canonical; the query, if there is one, is one by RFC 3986, has
/// 1 to 128 parameters and none of them is empty; a header is a token and a line without control
/// characters.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest<'a> {
    method: &'a str,
    url: ResourceUrl,
    query: Option<&'a str>,
    headers: &'a [(&'a str, &'a str)],
    demanded: &'a [&'a str],
    nonces: Option<&'a Nonces>,
    body: &'a [u8],
}

impl<'a> HttpRequest<'a> {
    /// A request that has arrived: `target` is that of the request line, octet for octet, and
    /// `origin` is what the source is configured to be.
    ///
    /// # Errors
    /// [`RequestFault`]; an absolute target, a fragment and a path in any but its canonical
    /// spelling are refused and never mended.
    pub fn received(
        origin: &Origin,
        target: &'a str,
        method: &'a str,
        body: &'a [u8],
    ) -> Result<Self, RequestFault> {
        if !target.starts_with('/') {
            return Err(RequestRefusal::TargetForm.into());
        }
        if target.contains('#') {
            return Err(RequestRefusal::Fragment.into());
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Self::to(origin.at(path)?, query, method, body)
    }

    /// A request to `url`, with a query as it will stand on the wire, without the `?`.
    ///
    /// # Errors
    /// [`RequestFault::Request`].
    pub fn to(
        url: ResourceUrl,
        query: Option<&'a str>,
        method: &'a str,
        body: &'a [u8],
    ) -> Result<Self, RequestFault> {
        // Method names are tokens (RFC 9110 §9.1); no registered one has other characters.
        let of_method = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=32).contains(&method.len()) || !method.bytes().all(of_method) {
            return Err(RequestRefusal::Method.into());
        }
        if query.is_some_and(|query| !is_query(query)) {
            return Err(RequestRefusal::Query.into());
        }
        Ok(Self {
            method,
            url,
            query,
            headers: &[],
            demanded: &[],
            nonces: None,
            body,
        })
    }

    /// With these headers, each a name in any case and a value without white space around it. A sink
    /// gives those that it wants signed, a source all that the request came with: a proof that
    /// covers a header which the source does not give is refused, and so is DPoP, whose proof is in a
    /// header of its own.
    ///
    /// # Errors
    /// [`RequestRefusal::Headers`].
    pub fn with_headers(mut self, headers: &'a [(&'a str, &'a str)]) -> Result<Self, RequestFault> {
        let length: usize = headers.iter().map(|(n, v)| n.len() + v.len()).sum();
        let are_headers = headers.iter().all(|(n, v)| is_name(n) && is_value(v));
        if headers.len() > MAX_HEADERS.1 || length > MAX_HEADERS.0 || !are_headers {
            return Err(RequestRefusal::Headers.into());
        }
        self.headers = headers;
        Ok(self)
    }

    /// A source's policy: these headers must be signed where the request has them (HR-14). Other
    /// headers need not be signed; a parameter of the query always must be.
    #[must_use]
    //= HR-14
    pub const fn demanding(mut self, names: &'a [&'a str]) -> Self {
        self.demanded = names;
        self
    }

    /// A source's policy: a proof must contain a nonce of the source's own, whatever its scheme (RFC 9449
    /// §9). A sink of plain MyData 2.0 has never heard of one (D70): demand them where every sink has.
    #[must_use]
    pub const fn with_nonces(mut self, nonces: &'a Nonces) -> Self {
        self.nonces = Some(nonces);
        self
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The address, without the query.
    #[must_use]
    pub const fn url(&self) -> &ResourceUrl {
        &self.url
    }

    /// The query as on the wire.
    #[must_use]
    pub const fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// The headers that were given.
    #[must_use]
    pub const fn headers(&self) -> &'a [(&'a str, &'a str)] {
        self.headers
    }

    /// The value of the header `Authorization`, when the headers were given and it is there exactly once.
    #[must_use]
    pub fn authorization(&self) -> Option<&'a str> {
        let mut found = self.values("authorization");
        found.next().filter(|_| found.next().is_none())
    }

    /// The values of all headers of this name, which is in lower case.
    pub(crate) fn values(&self, name: &'static str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter();
        let named = named.filter(move |(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }

    /// Whether a header of this name must be signed.
    pub(crate) fn demands(&self, name: &str) -> bool {
        self.demanded.iter().any(|n| n.eq_ignore_ascii_case(name))
    }

    /// The nonces of which a proof must contain one.
    pub(crate) const fn nonces(&self) -> Option<&'a Nonces> {
        self.nonces
    }

    /// The octets of the body.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// A token (RFC 9110 §5.6.2).
fn is_name(name: &str) -> bool {
    let of_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(of_token)
}

/// A field value (RFC 9110 §5.5): with a line end in it, one header could pass as two.
fn is_value(value: &str) -> bool {
    let is_line = if value.is_ascii() {
        // No early end: without one the octets of a long proof are looked at many at a time.
        let of_line = |b: u8| !b.is_ascii_control() || b == b'\t';
        value.bytes().fold(true, |all, b| all & of_line(b))
    } else {
        !value.chars().any(|c| c.is_control() && c != '\t')
    };
    is_line && value.trim() == value
}

/// RFC 3986 §3.4. Other octets are refused by servers before any program hears of the request (hyper does so with
/// `"`, `<` and `>`), so whoever signed one would never learn why.
fn is_query(query: &str) -> bool {
    let of_query = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&b);
    let is_hidden = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    query.len() <= MAX_QUERY.0
        && query.bytes().all(of_query)
        && query.split('%').skip(1).all(is_hidden)
        && query.split('&').all(|parameter| !parameter.is_empty())
        && query.split('&').count() <= MAX_QUERY.1
}

impl fmt::Debug for HttpRequest<'_> {
    /// Method and address; a query, a header or a body may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {})", self.method, self.url)
    }
}

mydata_core::coded!(RequestFault);
