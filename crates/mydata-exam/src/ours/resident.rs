//! Residents' access tokens.

use super::{Done, coded, time, unknown};
use crate::library::Library;
use crate::task::{KnownLevels, KnownProvider, ResidentTask};
use crate::verdict::Verdict;
use mydata::core::time::Seconds;
use mydata::identity::{Assurance, Audience, Issuer, Levels, Provider, ProviderKeys, Token};
use serde_json::json;

/// In this order: what is configured, what is published, what has come.
pub(super) fn resident(task: &ResidentTask) -> Done {
    let provider = provider(&task.provider)?;
    let keys = ProviderKeys::from_jwks(task.keys.as_bytes()).map_err(coded)?;
    let now = time(task.at)?;
    let least = task
        .least
        .as_deref()
        .map_or(Ok(Assurance::Unknown), level)?;
    let token = Token::read(&task.token).map_err(coded)?;
    let verified = token.verify(&provider, &keys, now, &Library);
    let resident = verified.map_err(coded)?;
    let freshest = task.freshest.map(Seconds::new);
    resident.at_least(least, freshest, now).map_err(coded)?;
    let mut shown = json!({
        "issuer": resident.issuer().as_str(),
        "subject": resident.subject().expose().as_str(),
        "assurance": resident.assurance().name(),
        "until": resident.until(),
        "scopes": resident.scopes().iter().collect::<Vec<_>>(),
    });
    if let Some(members) = shown.as_object_mut() {
        let authenticated = resident.authenticated().map(|at| json!(at));
        let session = resident.session().map(|sid| json!(&**sid.expose()));
        let others = [("authenticated", authenticated), ("session", session)];
        let others = others.into_iter();
        members.extend(others.filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    Ok(shown)
}

fn level(name: &str) -> Result<Assurance, Verdict> {
    Assurance::parse(name).ok_or_else(unknown)
}

fn provider(known: &KnownProvider) -> Result<Provider, Verdict> {
    let issuer = Issuer::parse(&known.issuer).map_err(coded)?;
    let audience = Audience::parse(&known.audience).map_err(coded)?;
    let mut provider = Provider::new(issuer, audience)
        .with_clients(known.clients.iter().map(String::as_str))
        .with_scope_claims(known.scope_claims.iter().map(String::as_str));
    if let Some(leeway) = known.leeway {
        provider = provider.with_leeway(Seconds::new(leeway)).map_err(coded)?;
    }
    if let Some(longest) = known.longest {
        provider = provider
            .with_longest(Seconds::new(longest))
            .map_err(coded)?;
    }
    if let Some(KnownLevels { claim, words }) = &known.levels {
        let meant = words.iter().map(|(word, name)| Ok((&**word, level(name)?)));
        let meant: Vec<(&str, Assurance)> = meant.collect::<Result<_, Verdict>>()?;
        provider = provider.with_levels(Levels::new(claim, meant));
    }
    Ok(provider)
}
