//! The evidence form: a receipt signed by its operator, with the records in it.
//!
//! It verifies with public keys alone, years after the operator has gone: the consent is signed by the
//! person with a key that the link binds, and the link by the service. There is no expiry in it. The
//! octets are kept as they were signed, whatever other form the receipt is read or written in.
//!
//! ```text
//! Receipt + records ──SignedReceipt──▶ Unsigned ──sign──▶ Sealed ──verify──▶ Proven
//! ```

mod agree;
mod evidence;
mod verify;

pub use agree::Fact;
pub use evidence::{Evidence, Pair, ProposalOctets, RecordEvidence, Single};
pub use verify::{EvidenceFault, EvidenceRefusal, Place, Proven, Trust, Unchecked};

use crate::receipt::Receipt;
use mydata_core::id::OperatorId;
use mydata_core::json::Limits;
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an operator signs: the receipt, and the records that show it.
///
/// The key is one of the operator's own for receipts: a key never serves two roles.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct SignedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// The records.
    pub evidence: Evidence,
}

impl Payload for SignedReceipt {
    const TYP: &'static str = "mydata-receipt+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Operator]);
    /// Two records with long histories, and what was shown.
    const LIMITS: Limits = Limits::new(2 << 20, 32, 1024, 64 * 1024);
    type Hint = OperatorId;

    fn hint(&self) -> &OperatorId {
        &self.receipt.operator_id
    }

    fn signed_at(&self) -> Option<Timestamp> {
        Some(self.receipt.issued)
    }
}

impl fmt::Debug for SignedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedReceipt").field(&self.receipt).finish()
    }
}
