//! What a token claims, once its signature has verified.

use crate::provider::{Provider, is_visible};
use crate::refusal::IdentityRefusal;
use crate::resident::{Scopes, Subject, VerifiedResident};
use crate::said::{Members, Said};
use crate::token::Typ;
use mydata_core::personal::Personal;
use mydata_core::time::Timestamp;

/// Entries of an `aud`.
const AUDIENCES: usize = 16;

/// Claims that only other tokens than access tokens have: ID tokens (OpenID Connect Core §2, §3.1.3.6,
/// §3.3.2.11) and logout tokens (Back-Channel Logout §2.4). They too are signed by the provider, with the same
/// keys.
const NOT_OF_ACCESS: [&str; 4] = ["nonce", "at_hash", "c_hash", "events"];

/// Claims, as they came.
pub(crate) struct Claims(Members);

impl Claims {
    pub(crate) const fn new(claims: Members) -> Self {
        Self(claims)
    }

    /// The checks after the signature, in their order.
    pub(crate) fn check(
        &self,
        typ: Typ,
        provider: &Provider,
        now: Timestamp,
    ) -> Result<VerifiedResident, IdentityRefusal> {
        if self.text("iss") != Some(provider.issuer.as_str()) {
            return Err(IdentityRefusal::Issuer);
        }
        self.check_audience(provider)?;
        let until = self.check_time(provider, now)?;
        self.check_kind(typ)?;
        let subject = self.text("sub").ok_or(IdentityRefusal::Subject)?;
        let subject = Personal::new(Subject::parse(subject)?);
        // Who was identified in the future was not.
        let ahead = now.plus(provider.leeway);
        let authenticated = self.time("auth_time").filter(|at| *at <= ahead);
        let session = self.text("sid").filter(|sid| is_visible(sid));
        Ok(VerifiedResident {
            issuer: provider.issuer.clone(),
            subject,
            assurance: provider.levels.of(self.0.get(provider.levels.claim())),
            authenticated,
            until,
            scopes: self.scopes(provider),
            session: session.map(|sid| Personal::new(sid.into())),
        })
    }

    fn check_audience(&self, provider: &Provider) -> Result<(), IdentityRefusal> {
        let ours = provider.audience.as_str();
        let is_for_us = match self.0.get("aud") {
            Some(Said::Text(audience)) => **audience == *ours,
            Some(Said::List(all)) => {
                let is_list = all.len() <= AUDIENCES && all.iter().all(|one| one.text().is_some());
                is_list && all.iter().any(|one| one.text() == Some(ours))
            }
            Some(Said::Number(_) | Said::Mixed(_) | Said::Object(_) | Said::Other) | None => false,
        };
        if !is_for_us {
            return Err(IdentityRefusal::Audience);
        }
        let client = self.text("azp");
        let mut clients = provider.clients.iter().map(AsRef::as_ref);
        match provider.clients.is_empty() || clients.any(|known| client == Some(known)) {
            true => Ok(()),
            false => Err(IdentityRefusal::Client),
        }
    }

    fn check_time(
        &self,
        provider: &Provider,
        now: Timestamp,
    ) -> Result<Timestamp, IdentityRefusal> {
        let until = self.time("exp").ok_or(IdentityRefusal::Expired)?;
        if until.plus(provider.leeway) <= now {
            return Err(IdentityRefusal::Expired);
        }
        let ahead = now.plus(provider.leeway);
        let is_reached = |name| !self.0.has(name) || self.time(name).is_some_and(|at| at <= ahead);
        if !is_reached("nbf") || !is_reached("iat") {
            return Err(IdentityRefusal::NotYet);
        }
        let since = self.time("iat").ok_or(IdentityRefusal::TooLong)?;
        match until.since(since) <= provider.longest {
            true => Ok(until),
            false => Err(IdentityRefusal::TooLong),
        }
    }

    fn check_kind(&self, typ: Typ) -> Result<(), IdentityRefusal> {
        // Keycloak's own word for it: `ID`, `Refresh` and `Logout` are signed with the same keys.
        let is_bearer = !self.0.has("typ") || self.text("typ") == Some("Bearer");
        let is_other = NOT_OF_ACCESS.iter().any(|name| self.0.has(name));
        if !is_bearer || (typ == Typ::Jwt && is_other) {
            return Err(IdentityRefusal::NotAccess);
        }
        // RFC 9449 §7.1: what is bound to a key is no bearer's.
        match self.0.has("cnf") {
            true => Err(IdentityRefusal::Bound),
            false => Ok(()),
        }
    }

    /// Every scope of `authorization.permissions` (a Keycloak permission ticket) and of the claims that the
    /// configuration names. What has another shape gives none.
    fn scopes(&self, provider: &Provider) -> Scopes {
        let permissions = self.0.get("authorization");
        let permissions = permissions.and_then(|of| of.member("permissions"));
        let permissions = permissions.into_iter().flat_map(Said::elements);
        let granted = permissions.filter_map(|permission| permission.member("scopes"));
        let granted = granted.flat_map(Said::elements).filter_map(Said::text);
        let named = provider.scopes.iter().filter_map(|name| self.0.get(name));
        let flat = named.flat_map(Said::texts).flat_map(|text| text.split(' '));
        granted
            .chain(flat)
            .filter(|scope| is_visible(scope))
            .collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.text()
    }

    /// A time in whole seconds; a fraction or a text is none.
    fn time(&self, name: &str) -> Option<Timestamp> {
        match self.0.get(name)? {
            Said::Number(seconds) => Timestamp::from_seconds(*seconds),
            Said::Text(_) | Said::List(_) | Said::Mixed(_) | Said::Object(_) | Said::Other => None,
        }
    }
}
