//! Consent records (Consenting 2.0 §4.2 to §4.4): for one service, and as a pair for a source and a
//! sink, with their status.
//!
//! The three records have a `typ` each, so that a source cannot be given a sink's record. What they
//! have in common is [`Terms`]; what may be done with the data is the sink's [`UsageRule`]s.

mod pair;
mod reason;
mod single;
mod status;
mod terms;

pub use pair::{SinkConsent, SourceConsent};
pub use reason::Reason;
pub use single::SingleConsent;
pub use status::{ConsentChange, ConsentState, ConsentStatus};
pub use terms::{
    ConsentExtension, ConsentProposal, ConsentRefusal, Role, Terms, UsageRule, Validity,
};

use mydata_core::jws::{Payload, Verified};

/// A consent record of any of the three kinds.
pub trait Consent: Payload {
    /// What all three have in common.
    fn terms(&self) -> &Terms;
    /// What the data may be used for; empty in a source's record (C13).
    fn usage_rules(&self) -> &[UsageRule];
}

/// A verified consent record, whichever of the three it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these three")]
pub enum AnyConsent {
    /// Processing inside one service.
    Single(Verified<SingleConsent>),
    /// A source may give data to a sink.
    Source(Verified<SourceConsent>),
    /// A sink may fetch and use data of a source.
    Sink(Verified<SinkConsent>),
}

impl AnyConsent {
    /// What all three have in common.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        match self {
            Self::Single(record) => record.terms(),
            Self::Source(record) => record.terms(),
            Self::Sink(record) => record.terms(),
        }
    }

    /// What the data may be used for; empty in a source's record.
    #[must_use]
    pub fn usage_rules(&self) -> &[UsageRule] {
        match self {
            Self::Single(record) => record.usage_rules(),
            Self::Source(record) => record.usage_rules(),
            Self::Sink(record) => record.usage_rules(),
        }
    }
}
