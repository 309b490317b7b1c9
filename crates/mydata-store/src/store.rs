//! The seam between the operator and an engine: verbs of the domain, not of a table.

use crate::fault::StoreFault;
use crate::model::{
    Append, Appended, Backlog, Held, Logged, Lookup, Partition, Position, Reading, Stands,
    Tombstone, Which,
};
use crate::paper::{Paper, PaperName, Revision, Shelf};
use mydata::core::id::{AccountId, ConsentId, ServiceId};
use std::fmt;
use std::future::Future;

/// The answer of a store.
pub type Answer<T> = Result<T, StoreFault>;

/// Keeps what accounts have decided.
///
/// What every implementation holds to, and [`contract`](crate::contract) examines:
///
/// * **Durable.** [`Appended::Stored`] is said after the octets would survive a loss of power.
/// * **At a version.** A decision is stored on the version on which it was made, or not at all.
/// * **Once.** A request whose key is known changes nothing: it gets the entry of the first time, and
///   is refused when it asks for something else.
/// * **One commit.** Entry, queue and what is looked up change together.
/// * **In order.** Positions of a partition are gapless and in the order of the commits: who has read
///   up to one has missed none before it.
/// * **One account.** Nothing that is appended touches two accounts.
///
/// No octets are read here. An error says nothing of what was to be stored, and leaves it unstored,
/// except for [`OutcomeUnknown`](crate::StoreRefusal::OutcomeUnknown): the same request again tells.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// How many partitions the log has: fixed when the store is made.
    fn partitions(&self) -> u16;

    /// An account; `None` when there is none.
    fn account(
        &self,
        id: &AccountId,
        reading: Reading,
    ) -> impl Future<Output = Answer<Option<Held>>> + Send;

    /// Stores a decision.
    fn append(&self, append: Append) -> impl Future<Output = Answer<Appended>> + Send;

    /// A consent as it stands.
    fn stands(&self, id: &ConsentId) -> impl Future<Output = Answer<Option<Stands>>> + Send;

    /// Whose it is.
    fn find(&self, what: &Lookup) -> impl Future<Output = Answer<Option<AccountId>>> + Send;

    /// At most `max` accounts after this one.
    fn accounts(
        &self,
        which: &Which,
        after: Option<&AccountId>,
        max: usize,
    ) -> impl Future<Output = Answer<Vec<AccountId>>> + Send;

    /// What is left of an account that was erased.
    fn tombstone(&self, id: &AccountId) -> impl Future<Output = Answer<Option<Tombstone>>> + Send;

    /// At most `max` entries of a partition after a position; with a service those only that have
    /// messages for it and have not been passed by its cursor.
    fn log(
        &self,
        partition: Partition,
        to: Option<&ServiceId>,
        after: Position,
        max: usize,
    ) -> impl Future<Output = Answer<Vec<Logged>>> + Send;

    /// The services that have entries waiting in a partition, each once.
    fn waiting(&self, partition: Partition) -> impl Future<Output = Answer<Vec<ServiceId>>> + Send;

    /// Between which entries lies what waits for a service in a partition; `None` when nothing does.
    fn backlog(
        &self,
        partition: Partition,
        to: &ServiceId,
    ) -> impl Future<Output = Answer<Option<Backlog>>> + Send;

    /// How far a reader of the log has come; zero for one that is not known.
    fn cursor(
        &self,
        reader: &Reader,
        partition: Partition,
    ) -> impl Future<Output = Answer<Position>> + Send;

    /// Moves a cursor from one position on to another; `false`, and nothing, when it stands elsewhere.
    /// What a service's cursor has passed waits for it no more.
    fn advance(
        &self,
        reader: &Reader,
        partition: Partition,
        from: Position,
        to: Position,
    ) -> impl Future<Output = Answer<bool>> + Send;

    /// A document.
    fn paper(
        &self,
        name: &PaperName,
    ) -> impl Future<Output = Answer<Option<(Revision, Paper)>>> + Send;

    /// Writes a document (of an account that was not erased) over the revision that the caller has read, zero for a new one, or removes
    /// it; `false`, and nothing, when it has another.
    fn file(
        &self,
        name: &PaperName,
        expect: Revision,
        paper: Option<&Paper>,
    ) -> impl Future<Output = Answer<bool>> + Send;

    /// At most `max` documents of a shelf after a name, in ascending order of their names.
    fn papers(
        &self,
        shelf: Shelf,
        after: Option<&str>,
        max: usize,
    ) -> impl Future<Output = Answer<Vec<(PaperName, Paper)>>> + Send;
}

/// Who reads the log and has a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a service, or anybody else")]
pub enum Reader {
    /// The deliveries to a service.
    Service(ServiceId),
    /// Whoever else reads along: a witness, an index of one's own.
    Named(&'static str),
}

impl Reader {
    /// The name under which the cursor is kept: `s:` and the service, or `n:` and the name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Service(id) => format!("s:{id}"),
            Self::Named(name) => format!("n:{name}"),
        }
    }
}
