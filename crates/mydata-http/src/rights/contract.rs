//! What a service says of its data about a person: the contract that it implements.

use crate::access_log::RightsAct;
use crate::rights::refusal::Refusal;
use crate::rights::request::Uuid;
use crate::rights::tree::Tree;
use mydata::core::personal::Personal;
use mydata_identity::{Assurance, VerifiedResident};

/// Whose data a request is about, as the address of the service is configured at the profile.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "the profile has these two")]
pub enum SubjectId {
    /// `$user_uuid`: the person's id at the provider, the `sub` of its tokens.
    User(Personal<Uuid>),
    /// `$profile_id`: the id of the person's profile.
    Profile(Personal<Uuid>),
}

impl SubjectId {
    /// The id, whichever it is.
    #[must_use]
    pub const fn uuid(&self) -> &Personal<Uuid> {
        match self {
            Self::User(uuid) | Self::Profile(uuid) => uuid,
        }
    }
}

/// A person whose token has been verified for one act on the data that the address names. Only the rooms of
/// this module make one, and it cannot be copied.
#[derive(Debug)]
pub struct VerifiedSubject {
    id: SubjectId,
    resident: VerifiedResident,
    act: RightsAct,
}

impl VerifiedSubject {
    pub(crate) const fn new(id: SubjectId, resident: VerifiedResident, act: RightsAct) -> Self {
        Self { id, resident, act }
    }

    /// Whose data.
    #[must_use]
    pub const fn id(&self) -> &SubjectId {
        &self.id
    }

    /// What the provider says of the person.
    #[must_use]
    pub const fn resident(&self) -> &VerifiedResident {
        &self.resident
    }

    /// How sure the provider is of who it is: what needs more is [withheld](crate::rights::Node::withheld).
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        self.resident.assurance()
    }

    /// What was asked for.
    #[must_use]
    pub const fn act(&self) -> RightsAct {
        self.act
    }
}

/// Who the person behind a profile id is.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Owner {
    /// The id in the address is the `sub` of the person's tokens.
    SameAsPath,
    /// The person whose tokens have this `sub`.
    Is(Personal<Uuid>),
    /// The service has nothing under this id.
    Unknown,
}

/// Something has failed here. The caller is told nothing of it, and the log the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(&'static str);

impl Fault {
    /// By a fixed text for the log: what has failed, and nothing of whose data it was.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(code)
    }

    pub(crate) const fn code(self) -> &'static str {
        self.0
    }
}

/// Whether everything about a person can be erased.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Check<P> {
    /// The service has nothing.
    Nothing,
    /// It can, and this is what will be.
    Allowed(P),
    /// It must be kept.
    Refused(Refusal),
}

/// What has come of an erasure. There is no way to say "done" by accident: it is not `()` and not `bool`.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Erasure {
    /// Nothing is left, or what is left is nobody's any more.
    Erased,
    /// Nothing was erased: between check and erasure something has come that forbids it.
    Refused(Refusal),
}

/// A service that has data about people.
///
/// It is asked only about a person whose token was verified for the act. Whatever it answers has one meaning
/// on the wire, and it never sees a request or writes a status.
pub trait SubjectData: Send + Sync + 'static {
    /// What [`check`](Self::check) has found and [`erase`](Self::erase) will erase: rows, ids, a lock. `()`
    /// will do.
    type Plan: Send + 'static;

    /// Whose profile this is; asked only where the address of the service has profile ids.
    fn owner(&self, profile: &Personal<Uuid>) -> impl Future<Output = Result<Owner, Fault>> + Send {
        let _ = profile;
        async { Ok(Owner::SameAsPath) }
    }

    /// Everything about the person; none when there is nothing, or the person is unknown.
    fn export(
        &self,
        who: &VerifiedSubject,
    ) -> impl Future<Output = Result<Option<Tree>, Fault>> + Send;

    /// Whether everything can be erased. It changes nothing, and is asked both before an erasure and for a
    /// dry run, so that the two answer alike.
    fn check(
        &self,
        who: &VerifiedSubject,
    ) -> impl Future<Output = Result<Check<Self::Plan>, Fault>> + Send;

    /// Erases. It runs to its end even if the caller is gone, never twice at a time for one person, and
    /// must be safe to repeat after a fault. A service that is linked to an operator also ends the person's
    /// links here ([`Desk::end_link`](crate::Desk::end_link)).
    fn erase(
        &self,
        who: &VerifiedSubject,
        plan: Self::Plan,
    ) -> impl Future<Output = Result<Erasure, Fault>> + Send;
}
