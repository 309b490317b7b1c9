//! What is gone after an erasure, and what is left.

use super::accounts::refused;
use super::made::{account, at, decide, digest, erase, filled, open, rows, service, stored};
use super::queues::whole_log;
use super::{Breach, Verdict, hold, same};
use crate::fault::StoreRefusal;
use crate::model::{Index, Lookup, Position, Reading, Tombstone, Version, Which};
use crate::paper::{Paper, PaperName, Shelf};
use crate::store::{Reader, Store};
use mydata::core::id::{ConsentId, LinkCode, LinkId, SurrogateId, TokenId};
use std::sync::Arc;

/// What an account may have while it is erased.
const KEPT: [Shelf; 4] = [Shelf::Key, Shelf::Job, Shelf::Person, Shelf::Username];

pub(super) async fn an_account_goes_with_everything_of_it<S: Store>(store: Arc<S>) -> Verdict {
    let (ann, ben) = (account("ann")?, account("ben")?);
    for name in ["ann", "ben"] {
        filled(&*store, name, 1).await?;
        stored(&*store, decide(name, 1, "rows", &[], rows(name)?)?, 2).await?;
        for shelf in KEPT {
            let paper = Paper {
                account: Some(account(name)?),
                octets: name.into(),
            };
            let place = PaperName::new(shelf, name).ok_or(Breach {
                expected: "a name".into(),
            })?;
            hold(
                store.file(&place, 0, Some(&paper)).await?,
                "a document of the account",
            )?;
        }
    }
    stored(&*store, erase("ann", 2, "erase")?, 2).await?;
    same(
        &store.account(&ann, Reading::Whole).await?,
        &None,
        "the account",
    )?;
    same(
        &store.stands(&ConsentId::parse("consent-ann")?).await?,
        &None,
        "its consent",
    )?;
    let lookups = [
        Lookup::Consent(ConsentId::parse("consent-ann")?),
        Lookup::Link(LinkId::parse("link-ann")?),
        Lookup::Surrogate(service("library")?, SurrogateId::parse("person-ann")?),
        Lookup::Token(TokenId::parse("token-ann")?),
        Lookup::Linking(LinkCode::parse("code-ann")?),
    ];
    for lookup in &lookups {
        same(&store.find(lookup).await?, &None, "what it was found by")?;
    }
    for shelf in KEPT {
        let left = store.papers(shelf, None, 9).await?;
        same(&left.len(), &1, "documents left on each shelf")?;
    }
    for part in whole_log(&*store).await? {
        hold(
            part.iter().all(|logged| logged.account == ben),
            "nothing of it in the log",
        )?;
    }
    same(
        &store.accounts(&Which::All, None, 9).await?,
        &vec![ben.clone()],
        "who is left",
    )?;
    let stone = Tombstone {
        account: digest("ann"),
        at: at(9),
        version: Version::new(2),
        head: *digest("rows").as_octets(),
    };
    same(&store.tombstone(&ann).await?, &Some(stone), "the tombstone")?;
    // Nothing comes back under the id.
    refused(
        &*store,
        open("ann", Index::default())?,
        StoreRefusal::AccountErased,
    )
    .await?;
    let late = decide("ann", 2, "late", &[], Index::default())?;
    refused(&*store, late, StoreRefusal::AccountErased).await?;
    refused(
        &*store,
        erase("ann", 2, "erase")?,
        StoreRefusal::AccountErased,
    )
    .await?;
    let paper = Paper {
        account: Some(ann.clone()),
        octets: b"late".to_vec(),
    };
    let place = PaperName::new(Shelf::Person, "late").ok_or(Breach {
        expected: "a name".into(),
    })?;
    match store.file(&place, 0, Some(&paper)).await {
        Err(fault) => same(
            &fault.refusal(),
            &StoreRefusal::AccountErased,
            "a late document",
        )?,
        Ok(_) => hold(false, "no document of an account that was erased")?,
    }
    // Its ids are free, the other account as it was.
    stored(&*store, decide("ben", 2, "k", &[], rows("ann")?)?, 3).await?;
    same(
        &store
            .account(&ben, Reading::Newest)
            .await?
            .map(|held| held.entries.len()),
        &Some(3),
        "the other",
    )
}

pub(super) async fn nothing_is_erased_that_was_not_told<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 0).await?;
    stored(
        &*store,
        decide("ann", 0, "k", &["library"], Index::default())?,
        1,
    )
    .await?;
    refused(&*store, erase("ann", 1, "e")?, StoreRefusal::Undelivered).await?;
    let library = Reader::Service(service("library")?);
    for partition in (0..store.partitions()).map(crate::model::Partition) {
        let page = store.log(partition, None, Position::ZERO, 9).await?;
        if let Some(last) = page.last() {
            let to = last.entry.position;
            hold(
                store
                    .advance(&library, partition, Position::ZERO, to)
                    .await?,
                "that it was told",
            )?;
        }
    }
    // Nor what is parked.
    let place = PaperName::new(Shelf::Parked, "library/1").ok_or(Breach {
        expected: "a name".into(),
    })?;
    let paper = Paper {
        account: Some(account("ann")?),
        octets: Vec::new(),
    };
    hold(
        store.file(&place, 0, Some(&paper)).await?,
        "that it is parked",
    )?;
    refused(&*store, erase("ann", 1, "e")?, StoreRefusal::Undelivered).await?;
    hold(store.file(&place, 1, None).await?, "that it was told")?;
    stored(&*store, erase("ann", 1, "e")?, 1).await.map(|_| ())
}
