//! A resident whose identity is proven.

use crate::level::Assurance;
use crate::provider::{Issuer, is_visible};
use crate::refusal::IdentityRefusal;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::personal::Personal;
use mydata_core::time::{Seconds, Timestamp};
use std::fmt;

/// A person's name at one provider, `sub`: 1 to 255 visible ASCII characters, and never printed.
///
/// It means something together with the issuer only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Box<str>);

impl Subject {
    /// Checks the characters and the length.
    ///
    /// # Errors
    /// [`IdentityRefusal::Subject`].
    pub fn parse(text: &str) -> Result<Self, IdentityRefusal> {
        match is_visible(text) {
            true => Ok(Self(text.into())),
            false => Err(IdentityRefusal::Subject),
        }
    }

    /// As the provider writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(redacted)")
    }
}

/// What a token may be used for, in the provider's words; in order, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Box<str>>);

impl Scopes {
    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0
            .binary_search_by(|known| (**known).cmp(scope))
            .is_ok()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl<'s> FromIterator<&'s str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'s str>>(scopes: I) -> Self {
        let mut scopes: Vec<Box<str>> = scopes.into_iter().map(Box::from).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

/// A resident, as a provider has identified them and its token has proven.
///
/// Made by [`Token::verify`](crate::Token::verify), and by [`vouched::resident`](crate::vouched::resident)
/// for other sources. It cannot be read from anything, and does not print the person.
#[derive(Debug)]
pub struct VerifiedResident {
    pub(crate) issuer: Issuer,
    pub(crate) subject: Personal<Subject>,
    pub(crate) assurance: Assurance,
    pub(crate) authenticated: Option<Timestamp>,
    pub(crate) until: Timestamp,
    pub(crate) scopes: Scopes,
    pub(crate) session: Option<Personal<Box<str>>>,
}

impl VerifiedResident {
    /// The digest of who this is: of the issuer and the subject, which mean something together only.
    #[must_use]
    pub fn digest(&self, crypto: &dyn Crypto) -> Sha256 {
        // No issuer has a line feed in it.
        let who = [
            self.issuer().as_str(),
            "\n",
            self.subject().expose().as_str(),
        ]
        .concat();
        crypto.sha256(who.as_bytes())
    }

    /// Who has identified them.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Who they are, at the issuer.
    #[must_use]
    pub const fn subject(&self) -> &Personal<Subject> {
        &self.subject
    }

    /// How well they were identified.
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// When they were identified, if the provider says so.
    #[must_use]
    pub const fn authenticated(&self) -> Option<Timestamp> {
        self.authenticated
    }

    /// The end of the token: `exp`.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// What the token may be used for.
    #[must_use]
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The session at the provider, `sid`, if it says so.
    #[must_use]
    pub const fn session(&self) -> Option<&Personal<Box<str>>> {
        self.session.as_ref()
    }

    /// What an operation demands: at least this level, and identified no longer ago than `freshest`.
    ///
    /// # Errors
    /// [`IdentityRefusal::Assurance`]; [`IdentityRefusal::TooOld`], also where the provider does not say when.
    pub fn at_least(
        &self,
        least: Assurance,
        freshest: Option<Seconds>,
        now: Timestamp,
    ) -> Result<(), IdentityRefusal> {
        if self.assurance < least {
            return Err(IdentityRefusal::Assurance);
        }
        let is_fresh = |span: Seconds| self.authenticated.is_some_and(|at| now.since(at) <= span);
        match freshest.is_none_or(is_fresh) {
            true => Ok(()),
            false => Err(IdentityRefusal::TooOld),
        }
    }
}
