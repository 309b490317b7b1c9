//! Data-source and data-sink records of the MyData protocol: what a source, a sink and an operator
//! keep and exchange.
//!
//! | record | type | who signs |
//! |---|---|---|
//! | service description | [`ServiceDescription`](description::ServiceDescription) | nobody, or the service |
//! | service link record, SLR | [`LinkRecord`](link::LinkRecord) | owner and service |
//! | service link status record, SSR | [`LinkStatus`](link::LinkStatus) | owner or operator |
//! | consent record, CR, for one service | [`SingleConsent`](consent::SingleConsent) | owner |
//! | consent record, CR, of a source | [`SourceConsent`](consent::SourceConsent) | owner |
//! | consent record, CR, of a sink | [`SinkConsent`](consent::SinkConsent) | owner |
//! | consent status record, CSR | [`ConsentStatus`](consent::ConsentStatus) | owner or operator |
//!
//! What a person is told before they consent can be a [`ProposalDocument`](proposal::ProposalDocument);
//! nobody signs it, and a consent names it by its hash.
//!
//! Records never change. What changes is their status: a [`Chain`](chain::Chain) of signed status
//! records that cannot hold a broken one. "May I process this now?" is
//! [`standing`](standing::standing).
//!
//! Source: MyData Architecture Framework 2.0, documents Service Descriptions, Service Linking and
//! Consenting, with the resolutions of `spec/decisions.md` (C01 to C56).

pub mod chain;
pub mod consent;
pub mod description;
pub mod link;
pub mod message;
pub mod notification;
pub mod objection;
pub mod possession;
pub mod proposal;
pub mod resource_set;
pub mod standing;
mod version;

pub use version::Version;
