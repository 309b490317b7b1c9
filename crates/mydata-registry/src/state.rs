//! How far a registration has come.

/// Where a service stands in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new state must decide what may follow"
)]
pub enum State {
    /// It has an id and keys.
    Obtained,
    /// It has a description.
    Described,
    /// Its endpoints are linked: it is open, and found.
    Linked,
    /// It is closed.
    Retired,
}

/// What may happen to a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new change must decide what follows"
)]
pub enum Change {
    /// A description, or a new version that names the same origins.
    Describe,
    /// A new version that names other origins.
    Move,
    /// The endpoints are linked.
    Link,
    /// Other keys.
    RotateKeys,
    /// Closed.
    Retire,
    /// Back again.
    Reopen,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Obtained, Self::Described, Self::Linked, Self::Retired];

    /// The state after a change; `None` where the change cannot be.
    //= FW-19
    #[must_use]
    pub const fn after(self, change: Change) -> Option<Self> {
        match (self, change) {
            (Self::Obtained | Self::Described, Change::Describe | Change::Move)
            | (Self::Linked, Change::Move)
            | (Self::Retired, Change::Reopen) => Some(Self::Described),
            (Self::Described, Change::Link) | (Self::Linked, Change::Describe) => {
                Some(Self::Linked)
            }
            (Self::Described | Self::Linked, Change::Retire) => Some(Self::Retired),
            // A key that is lost is replaced in every state.
            (state, Change::RotateKeys) => Some(state),
            (Self::Obtained, Change::Link | Change::Retire | Change::Reopen)
            | (Self::Described | Self::Linked, Change::Reopen)
            | (Self::Linked, Change::Link)
            | (Self::Retired, Change::Describe | Change::Move | Change::Link | Change::Retire) => {
                None
            }
        }
    }
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 6] = [
        Self::Describe,
        Self::Move,
        Self::Link,
        Self::RotateKeys,
        Self::Retire,
        Self::Reopen,
    ];
}
