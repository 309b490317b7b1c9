//! What the examination stores.

use super::{Breach, Verdict, same};
use crate::model::{
    Append, Appended, Change, ConsentRow, Index, LinkRow, Position, Request, RequestKey, Snapshot,
    TokenRow, Version,
};
use crate::store::Store;
use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::{
    AccountId, ConsentId, InvalidId, LinkCode, LinkId, ServiceId, SurrogateId, TokenId,
};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::record::consent::{ConsentState, Validity};
use mydata::record::link::LinkState;

impl From<InvalidId> for Breach {
    fn from(_: InvalidId) -> Self {
        Self {
            expected: "a valid id in the examination".to_owned(),
        }
    }
}

pub(super) fn account(name: &str) -> Result<AccountId, Breach> {
    Ok(AccountId::parse(name)?)
}

pub(super) fn service(name: &str) -> Result<ServiceId, Breach> {
    Ok(ServiceId::parse(name)?)
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::EPOCH.plus(mydata::core::time::Seconds::new(
        u32::try_from(seconds).unwrap_or(0),
    ))
}

pub(super) fn digest(text: &str) -> Sha256 {
    Ring.sha256(text.as_bytes())
}

/// A request that asks for what its name says.
pub(super) fn request(key: &str) -> Result<Request, Breach> {
    asks(key, key)
}

pub(super) fn asks(key: &str, what: &str) -> Result<Request, Breach> {
    let no_key = || Breach {
        expected: "a valid key in the examination".to_owned(),
    };
    let key = RequestKey::parse(key).ok_or_else(no_key)?;
    Ok(Request {
        key,
        digest: digest(what),
    })
}

/// An account before its first decision.
pub(super) fn opening(name: &str) -> Snapshot {
    Snapshot {
        version: Version::ZERO,
        head: [1; 32],
        octets: name.as_bytes().to_vec(),
        mark: [2; 32],
    }
}

pub(super) fn open(name: &str, index: Index) -> Result<Append, Breach> {
    Ok(Append {
        account: account(name)?,
        expect: Version::ZERO,
        request: request("open")?,
        at: at(1),
        change: Change::Open {
            opening: opening(name),
            index,
        },
    })
}

pub(super) fn decide(
    name: &str,
    expect: u64,
    key: &str,
    to: &[&str],
    index: Index,
) -> Result<Append, Breach> {
    let to = to
        .iter()
        .map(|name| service(name))
        .collect::<Result<_, _>>()?;
    let body = format!("{name} {key}").into_bytes();
    let mark = *digest(key).as_octets();
    Ok(Append {
        account: account(name)?,
        expect: Version::new(expect),
        request: request(key)?,
        at: at(1),
        change: Change::Decide {
            body,
            mark,
            to,
            index,
            snapshot: None,
        },
    })
}

pub(super) fn erase(name: &str, expect: u64, key: &str) -> Result<Append, Breach> {
    Ok(Append {
        account: account(name)?,
        expect: Version::new(expect),
        request: request(key)?,
        at: at(9),
        change: Change::Erase,
    })
}

/// Opens an account and stores so many decisions without anything to look up.
pub(super) async fn filled<S: Store>(store: &S, name: &str, decisions: u64) -> Verdict {
    stored(store, open(name, Index::default())?, 0).await?;
    for expect in 0..decisions {
        let append = decide(name, expect, &format!("k{expect}"), &[], Index::default())?;
        stored(store, append, expect + 1).await?;
    }
    Ok(())
}

/// Appends what must be stored, and become this version.
pub(super) async fn stored<S: Store>(
    store: &S,
    append: Append,
    version: u64,
) -> Result<Position, Breach> {
    match store.append(append).await? {
        Appended::Stored {
            version: found,
            position,
        } => {
            same(&found.get(), &version, "the version stored")?;
            Ok(position)
        }
        other @ (Appended::Repeated(_) | Appended::Conflict { .. }) => Err(Breach {
            expected: format!("stored, and there was {other:?}"),
        }),
    }
}

pub(super) fn link(
    id: &str,
    of: &str,
    surrogate: &str,
    state: LinkState,
) -> Result<LinkRow, Breach> {
    Ok(LinkRow {
        id: LinkId::parse(id)?,
        service: service(of)?,
        surrogate: SurrogateId::parse(surrogate)?,
        state,
    })
}

pub(super) fn consent(id: &str, link: &str, state: ConsentState) -> Result<ConsentRow, Breach> {
    Ok(ConsentRow {
        id: ConsentId::parse(id)?,
        link: LinkId::parse(link)?,
        state,
        validity: Validity::new(Some(at(10)), Some(at(20))),
    })
}

pub(super) fn token(id: &str) -> Result<TokenRow, Breach> {
    Ok(TokenRow {
        id: TokenId::parse(id)?,
        exp: at(20),
    })
}

/// A link with a consent, a linking and a token, all of whose ids have this word in them.
pub(super) fn rows(word: &str) -> Result<Index, Breach> {
    let link_id = format!("link-{word}");
    Ok(Index {
        due: Some(at(20)),
        linkings: vec![(
            LinkCode::parse(&format!("code-{word}"))?,
            Some(service("sports")?),
        )],
        links: vec![link(
            &link_id,
            "library",
            &format!("person-{word}"),
            LinkState::Active,
        )?],
        consents: vec![consent(
            &format!("consent-{word}"),
            &link_id,
            ConsentState::Active,
        )?],
        tokens: vec![token(&format!("token-{word}"))?],
    })
}
