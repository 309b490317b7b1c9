//! The log, the queues of the services, cursors and documents.

use super::made::{account, decide, filled, open, service, stored};
use super::{Breach, Verdict, hold, same};
use crate::model::{Backlog, Index, Logged, Partition, Position};
use crate::paper::{Paper, PaperName, Shelf};
use crate::store::{Reader, Store};
use std::sync::Arc;

pub(super) async fn whole_log<S: Store>(store: &S) -> Result<Vec<Vec<Logged>>, Breach> {
    let mut parts = Vec::new();
    for partition in 0..store.partitions() {
        let (mut all, mut after) = (Vec::new(), Position::ZERO);
        loop {
            let page = store.log(Partition(partition), None, after, 7).await?;
            let Some(last) = page.last() else { break };
            after = last.entry.position;
            hold(page.len() <= 7, "a page of the length asked for")?;
            all.extend(page);
        }
        parts.push(all);
    }
    Ok(parts)
}

pub(super) async fn the_log_has_every_entry_in_its_order<S: Store>(store: Arc<S>) -> Verdict {
    let names: Vec<String> = (0..24).map(|n| format!("account-{n}")).collect();
    for name in &names {
        stored(&*store, open(name, Index::default())?, 0).await?;
    }
    for expect in 0..3 {
        for name in &names {
            let append = decide(name, expect, &format!("k{expect}"), &[], Index::default())?;
            stored(&*store, append, expect + 1).await?;
        }
    }
    let parts = whole_log(&*store).await?;
    let count: usize = parts.iter().map(Vec::len).sum();
    same(&count, &72, "the entries of all partitions")?;
    for part in &parts {
        let positions = part.iter().map(|logged| logged.entry.position.get());
        hold(
            positions.eq(1..=part.len() as u64),
            "positions without a hole",
        )?;
        for name in &names {
            let id = account(name)?;
            let of = part.iter().filter(|logged| logged.account == id);
            let versions: Vec<u64> = of.map(|logged| logged.entry.version.get()).collect();
            hold(
                versions.is_empty() || versions == [1, 2, 3],
                "an account in one partition",
            )?;
        }
    }
    Ok(())
}

/// Where what is in the log for `to` stands, over all partitions.
async fn queued<S: Store>(
    store: &S,
    to: &str,
) -> Result<Vec<(Partition, Position, String)>, Breach> {
    let to = service(to)?;
    let mut all = Vec::new();
    for partition in (0..store.partitions()).map(Partition) {
        let is_waiting = store.waiting(partition).await?.contains(&to);
        let page = store.log(partition, Some(&to), Position::ZERO, 99).await?;
        same(&is_waiting, &!page.is_empty(), "whether a service waits")?;
        let (first, last) = (page.first(), page.last());
        let ends = first.zip(last).map(|(first, last)| Backlog {
            first: first.entry.position,
            last: last.entry.position,
        });
        let backlog = store.backlog(partition, &to).await?;
        same(&backlog, &ends, "between what entries it waits")?;
        for logged in page {
            let body = String::from_utf8_lossy(&logged.entry.body).into_owned();
            all.push((partition, logged.entry.position, body));
        }
    }
    Ok(all)
}

pub(super) async fn a_service_is_told_what_is_for_it<S: Store>(store: Arc<S>) -> Verdict {
    filled(&*store, "ann", 0).await?;
    let to: [&[&str]; 4] = [&["library"], &["library", "sports"], &[], &["sports"]];
    for (expect, to) in (0..).zip(to) {
        let append = decide("ann", expect, &format!("k{expect}"), to, Index::default())?;
        stored(&*store, append, expect + 1).await?;
    }
    let bodies = |queued: Vec<(Partition, Position, String)>| -> Vec<String> {
        queued.into_iter().map(|(_, _, body)| body).collect()
    };
    same(
        &bodies(queued(&*store, "library").await?),
        &vec!["ann k0".into(), "ann k1".into()],
        "the library's",
    )?;
    same(
        &bodies(queued(&*store, "sports").await?),
        &vec!["ann k1".into(), "ann k3".into()],
        "the sports'",
    )?;
    let first = queued(&*store, "library").await?;
    let (partition, position, _) = first.first().cloned().ok_or(Breach {
        expected: "a first".into(),
    })?;
    let library = Reader::Service(service("library")?);
    hold(
        store
            .advance(&library, partition, Position::ZERO, position)
            .await?,
        "that the cursor moves",
    )?;
    same(
        &bodies(queued(&*store, "library").await?),
        &vec!["ann k1".into()],
        "the library's, later",
    )?;
    same(
        &queued(&*store, "sports").await?.len(),
        &2,
        "the sports', still",
    )?;
    same(
        &queued(&*store, "museum").await?.len(),
        &0,
        "what is for nobody",
    )
}

pub(super) async fn a_cursor_moves_from_where_it_stands<S: Store>(store: Arc<S>) -> Verdict {
    let partition = Partition(0);
    let witness = Reader::Named("witness");
    let (one, two) = (Position::new(1), Position::new(2));
    same(
        &store.cursor(&witness, partition).await?,
        &Position::ZERO,
        "a new cursor",
    )?;
    hold(
        store
            .advance(&witness, partition, Position::ZERO, one)
            .await?,
        "the first move",
    )?;
    hold(
        !store
            .advance(&witness, partition, Position::ZERO, two)
            .await?,
        "no move from elsewhere",
    )?;
    hold(
        !store.advance(&witness, partition, two, one).await?,
        "no move from ahead",
    )?;
    hold(
        !store
            .advance(&witness, partition, one, Position::ZERO)
            .await?,
        "no move back",
    )?;
    hold(
        store.advance(&witness, partition, one, two).await?,
        "the next move",
    )?;
    same(
        &store.cursor(&witness, partition).await?,
        &two,
        "where it stands",
    )?;
    let same_name = Reader::Service(service("witness")?);
    same(
        &store.cursor(&same_name, partition).await?,
        &Position::ZERO,
        "a service of that name",
    )?;
    let elsewhere = Partition(store.partitions() - 1);
    let wanted = if elsewhere == partition {
        two
    } else {
        Position::ZERO
    };
    same(
        &store.cursor(&witness, elsewhere).await?,
        &wanted,
        "in another partition",
    )
}

pub(super) async fn documents_are_written_over_what_was_read<S: Store>(store: Arc<S>) -> Verdict {
    let named = |name: &str| {
        PaperName::new(Shelf::Job, name).ok_or(Breach {
            expected: "a name".to_owned(),
        })
    };
    let paper = |octets: &[u8]| Paper {
        account: None,
        octets: octets.to_vec(),
    };
    let job = named("job")?;
    same(&store.paper(&job).await?, &None, "an unknown document")?;
    hold(
        !store.file(&job, 1, Some(&paper(b"x"))).await?,
        "nothing over what is not there",
    )?;
    hold(
        store.file(&job, 0, Some(&paper(b"one"))).await?,
        "a new one",
    )?;
    hold(
        !store.file(&job, 0, Some(&paper(b"x"))).await?,
        "no second new one",
    )?;
    hold(
        store.file(&job, 1, Some(&paper(b"two"))).await?,
        "the next revision",
    )?;
    hold(!store.file(&job, 1, None).await?, "nothing removed unread")?;
    same(
        &store.paper(&job).await?,
        &Some((2, paper(b"two"))),
        "the document",
    )?;
    for name in ["b", "C", "a"] {
        hold(
            store
                .file(&named(name)?, 0, Some(&paper(name.as_bytes())))
                .await?,
            "one more",
        )?;
    }
    let names = async |after, max| -> Result<Vec<String>, Breach> {
        let found = store.papers(Shelf::Job, after, max).await?;
        Ok(found
            .iter()
            .map(|(name, _)| name.name().to_owned())
            .collect())
    };
    let all = vec!["C".into(), "a".into(), "b".into(), "job".into()];
    same(&names(None, 9).await?, &all, "a shelf, in order of octets")?;
    same(
        &names(Some("a"), 1).await?,
        &vec!["b".into()],
        "a page of it",
    )?;
    same(
        &store.papers(Shelf::Key, None, 9).await?.len(),
        &0,
        "another shelf",
    )?;
    hold(store.file(&job, 2, None).await?, "that it is removed")?;
    same(&store.paper(&job).await?, &None, "a removed document")
}
