//! Objections: what a person objects to where the basis is neither consent nor contract, and what
//! the service decides (Objection 2.0 §3 and §4).

mod request;
mod response;

pub use request::{Objected, ObjectionRequest};
pub use response::{ObjectedState, ObjectionDecision, ObjectionResponse, Verdict};

use mydata_core::refusals;

refusals! {
    /// Why parts do not make an objection or its answer.
    pub enum ObjectionRefusal {
        Items = "objection_items": "an objection names nothing, or one id twice",
        Scope = "objection_scope": "an item names neither a processing nor a dataset",
        Decisions = "objection_decisions": "an answer decides nothing, or one item twice",
        Explanation = "objection_explanation": "a rejection has no address that explains it",
    }
}
