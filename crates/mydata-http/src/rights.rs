//! The data-rights API of the city's profile: a person downloads or erases what a service has about them.
//!
//! ```text
//! profile ──GET /{id}, Bearer──────────────────▶ Rights ──▶ SubjectData::export ──▶ 200 tree │ 204
//!         ──DELETE /{id}?dry_run=true, Bearer──▶        ──▶ SubjectData::check  ──▶ 204 │ 403 reasons
//!         ──DELETE /{id}, Bearer───────────────▶        ──▶ check, erase        ──▶ 204 │ 403 reasons
//! ```
//!
//! * A request is refused, in this order, for its method, its id, its query, its body, its token, the person
//!   of the token and the scope of the token: 405, 400 or 401. **403 means that the data must be kept**, and
//!   nothing else: the profile tells the person so.
//! * Whoever implements [`SubjectData`] sees a [`VerifiedSubject`] and no request, and cannot answer
//!   anything that the profile would misread.
//! * Nothing is answered and nothing erased before the [log](crate::AccessLog) has a row of it, which names nobody.
//! * An erasure that has begun goes on when its connection is gone; who asks again waits for its end.

mod contract;
mod convert;
mod refusal;
pub mod request;
mod running;
mod serve;
mod tree;

pub use contract::{Check, Erasure, Fault, Owner, SubjectData, SubjectId, VerifiedSubject};
pub use convert::Naming;
pub use refusal::{Reason, ReasonCode, Refusal, RightsFault, RightsRefusal, Text3};
pub use request::Uuid;
pub use serve::{IdMode, Rights, RightsOptions};
pub use tree::{Key, Node, Tree, TreeRefusal};
