//! What every store must do, as an examination: for ours, and for whoever brings an engine of their
//! own.
//!
//! ```
//! # use mydata_store::{MemoryStore, contract};
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let report = contract::examine(async || Ok(MemoryStore::new(4))).await;
//! assert!(report.is_passed(), "{report}");
//! # }
//! ```
//!
//! What it cannot examine from inside is whether what is stored survives a crash: the program that
//! kills stores under load is in the tests of this workspace.

mod accounts;
mod erasure;
mod made;
mod queues;
mod racing;

use crate::fault::StoreFault;
use crate::store::Store;
use std::fmt;
use std::sync::Arc;

/// A rule that the store has broken, or an error where there should be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What was expected.
    pub expected: String,
}

impl From<StoreFault> for Breach {
    fn from(fault: StoreFault) -> Self {
        Self {
            expected: format!("no fault, and there was {}", fault.code()),
        }
    }
}

/// Whether one rule is kept.
pub(crate) type Verdict = Result<(), Breach>;

pub(crate) fn hold(is_kept: bool, expected: &str) -> Verdict {
    if is_kept {
        Ok(())
    } else {
        Err(Breach {
            expected: expected.to_owned(),
        })
    }
}

pub(crate) fn same<T: PartialEq + fmt::Debug>(found: &T, wanted: &T, what: &str) -> Verdict {
    let is_same = found == wanted;
    hold(
        is_same,
        &format!("{what}: {wanted:?}, and there was {found:?}"),
    )
}

/// What came of the examination.
#[derive(Debug, Clone, Default)]
pub struct Report {
    rules: Vec<(&'static str, Verdict)>,
}

impl Report {
    /// Whether every rule is kept.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        !self.rules.is_empty() && self.rules.iter().all(|(_, verdict)| verdict.is_ok())
    }

    /// How many rules were examined.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rules.len()
    }

    /// The rules that are broken.
    pub fn breaches(&self) -> impl Iterator<Item = (&'static str, &Breach)> {
        self.rules
            .iter()
            .filter_map(|(rule, verdict)| Some((*rule, verdict.as_ref().err()?)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} rules, {} broken",
            self.count(),
            self.breaches().count()
        )?;
        for (rule, breach) in self.breaches() {
            writeln!(f, "{rule}: expected {}", breach.expected)?;
        }
        Ok(())
    }
}

/// Holds a store against every rule; `fresh` makes an empty one, for each rule anew.
pub async fn examine<S, F>(fresh: F) -> Report
where
    S: Store,
    F: AsyncFn() -> Result<S, StoreFault>,
{
    let mut report = Report::default();
    macro_rules! examine {
        ($($room:ident :: $rule:ident),+ $(,)?) => {$(
            let verdict = match fresh().await {
                Ok(store) => $room::$rule(Arc::new(store)).await,
                Err(fault) => Err(fault.into()),
            };
            report.rules.push((stringify!($rule), verdict));
        )+};
    }
    examine!(
        accounts::an_account_is_opened_once,
        accounts::decisions_are_kept_in_their_order,
        accounts::octets_come_back_as_they_were,
        accounts::a_stale_decision_is_a_conflict_and_leaves_nothing,
        accounts::a_request_that_is_known_gets_its_first_answer,
        accounts::nothing_is_decided_without_an_account,
        accounts::an_id_is_one_accounts_alone,
        accounts::what_is_looked_up_follows_the_decisions,
        accounts::accounts_come_in_the_order_of_their_ids,
        accounts::a_snapshot_is_where_reading_begins,
        queues::the_log_has_every_entry_in_its_order,
        queues::a_service_is_told_what_is_for_it,
        queues::a_cursor_moves_from_where_it_stands,
        queues::documents_are_written_over_what_was_read,
        erasure::an_account_goes_with_everything_of_it,
        erasure::nothing_is_erased_that_was_not_told,
        racing::writers_on_one_account_take_turns,
        racing::one_request_sent_at_once_is_done_once,
        racing::a_reader_of_the_log_misses_nothing,
    );
    report
}
