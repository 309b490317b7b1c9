//! One account: its versions, its requests, and what it is found by.

use super::made::{
    account, asks, at, consent, decide, filled, link, open, opening, request, rows, service, stored,
};
use super::{Breach, Verdict, hold, same};
use crate::fault::StoreRefusal;
use crate::model::{
    Append, Appended, Change, Held, Index, Lookup, Position, Reading, Snapshot, Version, Which,
};
use crate::store::Store;
use mydata::core::id::{ConsentId, LinkCode, LinkId, SurrogateId, TokenId};
use mydata::record::consent::ConsentState;
use mydata::record::link::LinkState;
use mydata::record::standing::{Bar, Standing};
use std::sync::Arc;

pub(super) async fn refused<S: Store>(store: &S, append: Append, wanted: StoreRefusal) -> Verdict {
    match store.append(append).await {
        Err(fault) => same(&fault.refusal(), &wanted, "the refusal"),
        Ok(other) => Err(Breach {
            expected: format!("{}, and there was {other:?}", wanted.code()),
        }),
    }
}

async fn held<S: Store>(store: &S, name: &str, reading: Reading) -> Result<Held, Breach> {
    let held = store.account(&account(name)?, reading).await?;
    held.ok_or_else(|| Breach {
        expected: "an account".to_owned(),
    })
}

fn versions(held: &Held) -> Vec<u64> {
    held.entries.iter().map(|kept| kept.version.get()).collect()
}

pub(super) async fn an_account_is_opened_once<S: Store>(store: Arc<S>) -> Verdict {
    same(
        &store.account(&account("ann")?, Reading::Newest).await?,
        &None,
        "an unknown account",
    )?;
    stored(&*store, open("ann", Index::default())?, 0).await?;
    let found = held(&*store, "ann", Reading::Newest).await?;
    let wanted = Held {
        version: Version::ZERO,
        from: Some(opening("ann")),
        entries: Vec::new(),
    };
    same(&found, &wanted, "the account as it was opened")?;
    let again = store.append(open("ann", Index::default())?).await?;
    same(&again, &Appended::Repeated(None), "opening it again")?;
    let other = Append {
        request: request("other")?,
        ..open("ann", Index::default())?
    };
    refused(&*store, other, StoreRefusal::AccountExists).await
}

pub(super) async fn decisions_are_kept_in_their_order<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 3).await?;
    let found = held(&*store, "ann", Reading::Newest).await?;
    same(&found.version.get(), &3, "the version")?;
    same(&versions(&found), &vec![1, 2, 3], "all decisions")?;
    same(&found.from, &Some(opening("ann")), "the opening")?;
    for (since, wanted) in [
        (0, vec![1, 2, 3]),
        (1, vec![2, 3]),
        (3, vec![]),
        (9, vec![]),
    ] {
        let found = held(&*store, "ann", Reading::Since(Version::new(since))).await?;
        same(&versions(&found), &wanted, "the decisions since")?;
        same(&found.version.get(), &3, "the version")?;
        same(&found.from, &None, "a snapshot that was not asked for")?;
    }
    Ok(())
}

pub(super) async fn octets_come_back_as_they_were<S: Store>(store: Arc<S>) -> Verdict {
    let every: Vec<u8> = (0..=255).collect();
    let bodies = [Vec::new(), every.clone(), every.repeat(8192)];
    stored(&*store, open("ann", Index::default())?, 0).await?;
    for (expect, body) in (0..).zip(&bodies) {
        let mut append = decide("ann", expect, &format!("k{expect}"), &[], Index::default())?;
        append.change = Change::Decide {
            body: body.clone(),
            mark: [7; 32],
            to: Vec::new(),
            index: Index::default(),
            snapshot: None,
        };
        stored(&*store, append, expect + 1).await?;
    }
    let found = held(&*store, "ann", Reading::Newest).await?;
    for (kept, body) in found.entries.iter().zip(&bodies) {
        hold(
            kept.body == *body && kept.mark == [7; 32],
            "octets as they were stored",
        )?;
    }
    same(&found.entries.len(), &bodies.len(), "the number of entries")
}

pub(super) async fn a_stale_decision_is_a_conflict_and_leaves_nothing<S: Store>(
    store: Arc<S>,
) -> Verdict {
    filled(&*store, "ann", 2).await?;
    for stale in [0, 1, 3] {
        let append = decide("ann", stale, "late", &["library"], rows("ann")?)?;
        let version = Version::new(2);
        same(
            &store.append(append).await?,
            &Appended::Conflict { version },
            "a stale decision",
        )?;
    }
    same(
        &held(&*store, "ann", Reading::Newest).await?.entries.len(),
        &2,
        "the entries",
    )?;
    same(
        &store
            .find(&Lookup::Link(LinkId::parse("link-ann")?))
            .await?,
        &None,
        "a link of it",
    )?;
    // Nothing remembers it: the same key decides again, and the log has no hole.
    let position = stored(&*store, decide("ann", 2, "late", &[], rows("ann")?)?, 3).await?;
    same(&position, &Position::new(3), "its position")
}

pub(super) async fn a_request_that_is_known_gets_its_first_answer<S: Store>(
    store: Arc<S>,
) -> Verdict {
    filled(&*store, "ann", 3).await?;
    let first = held(&*store, "ann", Reading::Newest).await?;
    let first = first.entries.get(1).cloned();
    for expect in [1, 2, 3] {
        let again = Append {
            request: request("k1")?,
            ..decide("ann", expect, "x", &[], rows("ann")?)?
        };
        same(
            &store.append(again).await?,
            &Appended::Repeated(first.clone()),
            "the same request",
        )?;
        let other = asks("k1", "something else")?;
        let other = Append {
            request: other,
            ..decide("ann", expect, "x", &[], Index::default())?
        };
        refused(&*store, other, StoreRefusal::RequestKeyReused).await?;
    }
    // The key of another account is no key of this one.
    filled(&*store, "ben", 1).await?;
    same(
        &held(&*store, "ann", Reading::Newest).await?.version.get(),
        &3,
        "the version",
    )
}

pub(super) async fn nothing_is_decided_without_an_account<S: Store>(store: Arc<S>) -> Verdict {
    let append = decide("ann", 0, "k", &["library"], rows("ann")?)?;
    refused(&*store, append, StoreRefusal::AccountUnknown).await?;
    let link = Lookup::Link(LinkId::parse("link-ann")?);
    same(&store.find(&link).await?, &None, "a link of nobody")?;
    same(
        &store.tombstone(&account("ann")?).await?,
        &None,
        "a tombstone of nobody",
    )
}

pub(super) async fn an_id_is_one_accounts_alone<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 0).await?;
    filled(&*store, "ben", 0).await?;
    stored(&*store, decide("ann", 0, "k", &[], rows("ann")?)?, 1).await?;
    let mine = rows("ann")?;
    let own = rows("ben")?;
    let of_ann = |pick: fn(&mut Index, Index)| {
        let mut index = own.clone();
        pick(&mut index, mine.clone());
        index
    };
    let surrogate = link("link-ben", "library", "person-ann", LinkState::Active)?;
    let taken = [
        of_ann(|index, other| index.links = other.links),
        Index {
            links: vec![surrogate],
            ..own.clone()
        },
        of_ann(|index, other| index.consents = other.consents),
        of_ann(|index, other| index.linkings = other.linkings),
        of_ann(|index, other| index.tokens = other.tokens),
    ];
    for index in taken {
        refused(
            &*store,
            decide("ben", 0, "k", &["library"], index)?,
            StoreRefusal::IdTaken,
        )
        .await?;
    }
    // All of what was refused is undone: the ids of its own are still free.
    same(
        &store
            .find(&Lookup::Token(TokenId::parse("token-ben")?))
            .await?,
        &None,
        "a token of it",
    )?;
    stored(&*store, decide("ben", 0, "k", &[], own)?, 1).await?;
    // The same surrogate at another service is somebody else.
    let elsewhere = link("link-else", "museum", "person-ann", LinkState::Active)?;
    let index = Index {
        links: vec![elsewhere],
        ..Index::default()
    };
    stored(&*store, decide("ben", 1, "k2", &[], index)?, 2)
        .await
        .map(|_| ())
}

pub(super) async fn what_is_looked_up_follows_the_decisions<S: Store>(store: Arc<S>) -> Verdict {
    let ann = account("ann")?;
    filled(&*store, "ann", 0).await?;
    stored(&*store, decide("ann", 0, "k0", &[], rows("ann")?)?, 1).await?;
    let code = LinkCode::parse("code-ann")?;
    let lookups = [
        Lookup::Consent(ConsentId::parse("consent-ann")?),
        Lookup::Link(LinkId::parse("link-ann")?),
        Lookup::Surrogate(service("library")?, SurrogateId::parse("person-ann")?),
        Lookup::Token(TokenId::parse("token-ann")?),
        Lookup::Linking(code.clone()),
    ];
    for lookup in &lookups {
        same(
            &store.find(lookup).await?.as_ref(),
            &Some(&ann),
            "whose it is",
        )?;
    }
    let id = ConsentId::parse("consent-ann")?;
    let stands = async |when| -> Result<Option<Standing>, Breach> {
        Ok(store.stands(&id).await?.map(|row| row.standing(at(when))))
    };
    same(&stands(15).await?, &Some(Standing::Active), "in its time")?;
    same(
        &stands(5).await?,
        &Some(Standing::Barred(Bar::NotYetValid)),
        "before it",
    )?;
    same(
        &stands(20).await?,
        &Some(Standing::Barred(Bar::Expired)),
        "after it",
    )?;
    let row = store.stands(&id).await?;
    same(
        &row.map(|row| (row.account, row.service)),
        &Some((ann.clone(), service("library")?)),
        "its row",
    )?;
    let changes = [
        (
            consent("consent-ann", "link-ann", ConsentState::Disabled)?,
            LinkState::Active,
            Bar::Disabled,
        ),
        (
            consent("consent-ann", "link-ann", ConsentState::Withdrawn)?,
            LinkState::Active,
            Bar::Withdrawn,
        ),
        (
            consent("consent-ann", "link-ann", ConsentState::Withdrawn)?,
            LinkState::Removed,
            Bar::LinkRemoved,
        ),
    ];
    for (expect, (row, state, bar)) in (1..).zip(changes) {
        let index = Index {
            links: vec![link("link-ann", "library", "person-ann", state)?],
            consents: vec![row],
            linkings: vec![(code.clone(), None)],
            ..Index::default()
        };
        stored(
            &*store,
            decide("ann", expect, &format!("k{expect}"), &[], index)?,
            expect + 1,
        )
        .await?;
        same(
            &stands(15).await?,
            &Some(Standing::Barred(bar)),
            "after the change",
        )?;
    }
    same(
        &store.find(&Lookup::Linking(code)).await?,
        &None,
        "a linking that is over",
    )?;
    same(
        &store
            .find(&Lookup::Link(LinkId::parse("link-ann")?))
            .await?,
        &Some(ann),
        "a removed link",
    )?;
    let unknown = ConsentId::parse("consent-nobody")?;
    same(&store.stands(&unknown).await?, &None, "an unknown consent")
}

pub(super) async fn accounts_come_in_the_order_of_their_ids<S: Store>(store: Arc<S>) -> Verdict {
    let due = |when| Index {
        due: Some(at(when)),
        ..Index::default()
    };
    let linked = Index {
        due: Some(at(50)),
        ..rows("b")?
    };
    for (name, index) in [
        ("c", due(30)),
        ("a", due(10)),
        ("b", linked),
        ("B", Index::default()),
    ] {
        stored(&*store, open(name, index)?, 0).await?;
    }
    let ids = async |which: Which, after: Option<&str>, max| -> Result<Vec<String>, Breach> {
        let after = after.map(account).transpose()?;
        let found = store.accounts(&which, after.as_ref(), max).await?;
        Ok(found.iter().map(|id| id.as_str().to_owned()).collect())
    };
    // As octets, whatever the locale of a database.
    same(
        &ids(Which::All, None, 9).await?,
        &vec!["B".into(), "a".into(), "b".into(), "c".into()],
        "all",
    )?;
    same(
        &ids(Which::All, Some("B"), 2).await?,
        &vec!["a".into(), "b".into()],
        "a page",
    )?;
    same(
        &ids(Which::Due(at(30)), None, 9).await?,
        &vec!["a".into(), "c".into()],
        "those due",
    )?;
    same(
        &ids(Which::Due(at(9)), None, 9).await?,
        &Vec::new(),
        "none due",
    )?;
    same(
        &ids(Which::Of(service("library")?), None, 9).await?,
        &vec!["b".into()],
        "those linked",
    )?;
    same(
        &ids(Which::Of(service("sports")?), None, 9).await?,
        &vec!["b".into()],
        "those linking",
    )?;
    // A decision says anew when the timers are due.
    stored(&*store, decide("a", 0, "k", &[], Index::default())?, 1).await?;
    same(
        &ids(Which::Due(at(30)), None, 9).await?,
        &vec!["c".into()],
        "those still due",
    )
}

pub(super) async fn a_snapshot_is_where_reading_begins<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 2).await?;
    let snapshot = Snapshot {
        version: Version::new(3),
        head: [3; 32],
        octets: vec![9; 9000],
        mark: [4; 32],
    };
    let mut append = decide("ann", 2, "snap", &[], Index::default())?;
    if let Change::Decide {
        snapshot: place, ..
    } = &mut append.change
    {
        *place = Some(snapshot.clone());
    }
    stored(&*store, append, 3).await?;
    stored(
        &*store,
        decide("ann", 3, "after", &[], Index::default())?,
        4,
    )
    .await?;
    let newest = held(&*store, "ann", Reading::Newest).await?;
    same(&newest.from, &Some(snapshot), "the snapshot")?;
    same(&versions(&newest), &vec![4], "what comes after it")?;
    let whole = held(&*store, "ann", Reading::Whole).await?;
    same(&whole.from, &Some(opening("ann")), "the opening")?;
    same(&versions(&whole), &vec![1, 2, 3, 4], "everything")
}
