//! `findUsage`: who has used a person's data, told to the tool in which people look that up (Data Tracker protocol
//! 1.6, its OpenAPI document 2.1.0), out of our own access log.
//!
//! ```text
//! security server ─▶ FromSecurityServer ─▶ Asked ─▶ Persons: whose surrogates, may they look ─▶ AccessLog ─▶ rows
//! ```
//!
//! * **Who asks** is the word of a security server, so it is believed over that server's channel only:
//!   [`Channel`]. These routes belong on a listener of their own.
//! * **Rows** are what has left and what may have left. What was refused is none, and of a purpose nothing is
//!   said: a source's record has none.
//! * **Paging** stops at the first answer that is shorter than `limit`, so a `limit` above ours is refused and
//!   never made smaller: rows would be hidden.

mod answer;
mod channel;
mod request;
mod serve;

pub use answer::{Receiver, UsageWords};
pub use channel::{Channel, FromSecurityServer};
pub use request::PersonCode;
pub(crate) use serve::usage_operations;
pub use serve::{UsageDesk, UsageOptions, usage_api};

use mydata::core::id::SurrogateId;
use mydata::core::refusals;
use std::future::Future;

refusals! {
    /// Why a question about usage is not answered.
    pub enum UsageRefusal {
        Channel = "usage_channel": "this is answered to a security server, over a channel of its own",
        Client = "usage_client": "the client of the security server is not one that is answered here",
        Query = "usage_query": "the query has a name that is not known or stands twice, or a value that is none, or ends before it begins",
        Limit = "usage_limit": "`limit` is above 10,000",
        User = "usage_user": "`X-Road-UserId` or `userCode` is missing, stands twice, or is no code of a person",
        Mandate = "usage_mandate": "whoever asks may not look for this person",
        Persons = "usage_persons_unavailable": "whose data it is cannot be found out now",
    }
}

/// The register of persons cannot be asked now. The cause is for the register's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "it says nothing")]
pub struct PersonsFault;

/// What a service knows of persons: their pseudonyms, and who may look for whom.
pub trait Persons: Send + Sync + 'static {
    /// Every surrogate that this person has or had here, also of links that are ended; none for somebody
    /// who is not known.
    fn links(
        &self,
        person: &PersonCode,
    ) -> impl Future<Output = Result<Vec<SurrogateId>, PersonsFault>> + Send;

    /// Whether `agent` may look at what is known of `principal` now: by a mandate, or as a guardian. Nobody may
    /// unless this says so.
    fn may_look(
        &self,
        agent: &PersonCode,
        principal: &PersonCode,
    ) -> impl Future<Output = Result<bool, PersonsFault>> + Send {
        let _ = (agent, principal);
        std::future::ready(Ok(false))
    }
}
