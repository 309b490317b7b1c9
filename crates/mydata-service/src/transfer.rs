//! The data transfer log: what was asked for and given, and what was tried and refused (FW-61).

use crate::refusal::Refusal;
use crate::sink::{PreparedRequest, Want};
use mydata_core::id::{ConsentId, DatasetId, SurrogateId, TokenId};
use mydata_core::time::Timestamp;
use mydata_token::access::{Access, AccessRefusal, Denial};
use serde::Serialize;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "two sides, each with a yes and a no"
)]
pub enum Transfer {
    /// A source has given the data.
    Granted,
    /// A source has refused.
    Denied,
    /// A sink has signed a request.
    Requested,
    /// A sink has refused to ask.
    NotRequested,
}

/// One line of the data transfer log, for the program to store. Of the person it has the surrogate
/// and nothing else, which does not print itself; of the data nothing but which it was. What is not
/// proven does not stand in it: a denied request that may be anybody's names no consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TransferEntry {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Transfer,
    /// On which consent: the service's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cr_id: Option<ConsentId>,
    /// Whose data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surrogate_id: Option<SurrogateId>,
    /// Which data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetId>,
    /// On which token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// Why not: every reason with its stable code; empty when there was none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<&'static str>,
}

impl TransferEntry {
    const fn new(at: Timestamp, outcome: Transfer) -> Self {
        Self {
            at,
            outcome,
            cr_id: None,
            surrogate_id: None,
            dataset: None,
            token: None,
            codes: Vec::new(),
        }
    }

    /// The line of a source, for what [`Service::answer`](crate::Service::answer) has decided at
    /// `now`: made before the grant is used up.
    //= FW-61
    #[must_use]
    pub fn of(access: &Access, now: Timestamp) -> Self {
        match access {
            Access::Granted(grant) => Self {
                cr_id: Some(grant.consent_id().clone()),
                surrogate_id: Some(grant.surrogate_id().clone()),
                dataset: Some(grant.dataset().clone()),
                token: Some(grant.token_id().clone()),
                ..Self::new(grant.at(), Transfer::Granted)
            },
            Access::Denied(denial) => Self {
                cr_id: denial.consent().cloned(),
                codes: codes(denial),
                ..Self::new(now, Transfer::Denied)
            },
        }
    }

    /// The line of a sink, for what
    /// [`Service::prepare_request`](crate::Service::prepare_request) has made of `want` at `now`.
    //= FW-61
    #[must_use]
    pub fn requested(
        want: &Want<'_>,
        prepared: &Result<PreparedRequest, Refusal>,
        now: Timestamp,
    ) -> Self {
        let (outcome, codes) = match prepared {
            Ok(_) => (Transfer::Requested, Vec::new()),
            Err(refusal) => (Transfer::NotRequested, vec![refusal.code()]),
        };
        Self {
            cr_id: Some(want.cr_id.clone()),
            dataset: Some(want.dataset.clone()),
            codes,
            ..Self::new(now, outcome)
        }
    }
}

/// Each reason, and after it what was wrong with an envelope, where one was.
fn codes(denial: &Denial) -> Vec<&'static str> {
    let of = |refusal: &AccessRefusal| [Some(refusal.code()), refusal.detail()];
    denial.reasons().iter().flat_map(of).flatten().collect()
}
