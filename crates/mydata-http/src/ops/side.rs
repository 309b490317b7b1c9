//! What numbers are told apart by, where it is no id: closed sets of values.

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a label has a closed set of values"
)]
pub enum Side {
    /// The operator's, for services.
    Operator,
    /// The operator's, for residents: what the listener refuses has words for them.
    Residents,
    /// A source's.
    Source,
    /// A sink's.
    Sink,
    /// A gateway's.
    Gateway,
    /// The city profile's data rights.
    Rights,
    /// `findUsage`.
    Usage,
    /// Health and numbers.
    Ops,
}

impl Side {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Residents => "residents",
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Gateway => "gateway",
            Self::Rights => "rights",
            Self::Usage => "usage",
            Self::Ops => "ops",
        }
    }
}

/// What was signed, where a signature or what it covers is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a label has a closed set of values"
)]
pub enum Signed {
    /// A request of a party.
    Request,
    /// A data request: token or proof.
    DataRequest,
    /// A record that was brought.
    Record,
    /// A resident's token.
    Resident,
}

impl Signed {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::DataRequest => "data_request",
            Self::Record => "record",
            Self::Resident => "resident",
        }
    }
}

/// Which operation has answered, as an extension of the answer: a name out of a table. Without it the template of
/// the route stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a route outside of here has one too"
)]
pub struct Operating(pub &'static str);
