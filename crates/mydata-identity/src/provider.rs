//! What the city knows of its identity provider.

use crate::level::Levels;
use crate::refusal::ProviderRefusal;
use mydata_core::time::Seconds;
use std::fmt;

/// 1 to 255 visible ASCII characters.
pub(crate) fn is_visible(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The identifier of a provider: an address, and compared octet for octet (RFC 8414 §2).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Issuer(Box<str>);

impl Issuer {
    /// An address with `https`, or with `http` on this machine; no user, no query, no fragment.
    ///
    /// # Errors
    /// [`ProviderRefusal::Issuer`].
    pub fn parse(text: &str) -> Result<Self, ProviderRefusal> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]".contains(&b);
        let fits = is_visible(text) && text.bytes().all(is_plain);
        let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
        let is_there = match text.split_once("://") {
            Some(("https", rest)) => !host(rest).is_empty(),
            Some(("http", rest)) => is_loopback(&host(rest)),
            Some(_) | None => false,
        };
        match fits && is_there {
            true => Ok(Self(text.into())),
            false => Err(ProviderRefusal::Issuer),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(authority: &str) -> bool {
    let names = ["localhost", "127.0.0.1", "[::1]"];
    let rest = names.iter().find_map(|name| authority.strip_prefix(name));
    rest.is_some_and(|rest| match rest.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok(),
        None => rest.is_empty(),
    })
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", self.0)
    }
}

/// Our name at the provider, as it stands in the `aud` of tokens for us.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(Box<str>);

impl Audience {
    /// 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// [`ProviderRefusal::Audience`].
    pub fn parse(text: &str) -> Result<Self, ProviderRefusal> {
        match is_visible(text) {
            true => Ok(Self(text.into())),
            false => Err(ProviderRefusal::Audience),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A provider, and which of its tokens are taken.
///
/// Without more: half a minute of leeway, tokens of an hour at the most, from any client, scopes from
/// `authorization.permissions` and the level from Helsinki's `loa`.
#[derive(Debug, Clone)]
pub struct Provider {
    pub(crate) issuer: Issuer,
    pub(crate) audience: Audience,
    pub(crate) leeway: Seconds,
    pub(crate) longest: Seconds,
    pub(crate) clients: Vec<Box<str>>,
    pub(crate) scopes: Vec<Box<str>>,
    pub(crate) levels: Levels,
}

impl Provider {
    /// Tokens of `issuer` for `audience`.
    #[must_use]
    pub fn new(issuer: Issuer, audience: Audience) -> Self {
        Self {
            issuer,
            audience,
            leeway: Seconds::new(30),
            longest: Seconds::minutes(60),
            clients: Vec::new(),
            scopes: Vec::new(),
            levels: Levels::default(),
        }
    }

    /// How far the two clocks may be apart: a minute at the most.
    ///
    /// # Errors
    /// [`ProviderRefusal::Leeway`].
    pub fn with_leeway(self, leeway: Seconds) -> Result<Self, ProviderRefusal> {
        match leeway <= Seconds::minutes(1) {
            true => Ok(Self { leeway, ..self }),
            false => Err(ProviderRefusal::Leeway),
        }
    }

    /// How long a token may live: a day at the most.
    ///
    /// # Errors
    /// [`ProviderRefusal::Longest`].
    pub fn with_longest(self, longest: Seconds) -> Result<Self, ProviderRefusal> {
        match longest > Seconds::ZERO && longest <= Seconds::days(1) {
            true => Ok(Self { longest, ..self }),
            false => Err(ProviderRefusal::Longest),
        }
    }

    /// Only tokens that were given to one of these clients (`azp`).
    #[must_use]
    pub fn with_clients<'c>(self, clients: impl IntoIterator<Item = &'c str>) -> Self {
        let clients = clients.into_iter().map(Box::from).collect();
        Self { clients, ..self }
    }

    /// Claims that also name scopes, as words of one text or as a list of texts: `scope` (RFC 9068 §2.2.3), or
    /// whatever the provider has for it.
    #[must_use]
    pub fn with_scope_claims<'c>(self, claims: impl IntoIterator<Item = &'c str>) -> Self {
        let scopes = claims.into_iter().map(Box::from).collect();
        Self { scopes, ..self }
    }

    /// Where the level stands, and in which words.
    #[must_use]
    pub fn with_levels(self, levels: Levels) -> Self {
        Self { levels, ..self }
    }

    /// The provider's identifier.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Our name at it.
    #[must_use]
    pub const fn audience(&self) -> &Audience {
        &self.audience
    }
}
