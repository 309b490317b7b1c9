//! What a source holds of a consent.

use mydata_core::id::ConsentId;
use mydata_core::jws::Verified;
use mydata_core::time::Timestamp;
use mydata_record::chain::Chain;
use mydata_record::consent::{Consent, ConsentStatus, SourceConsent};
use mydata_record::link::LinkStatus;
use mydata_record::standing::{Bar, Standing, standing};

/// A consent with all that its standing depends on, borrowed from the source's store.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "whoever stores a consent must answer for each part of its standing"
)]
pub struct HeldConsent<'a> {
    /// The record.
    pub consent: &'a Verified<SourceConsent>,
    /// The status of the link under which it was given.
    pub link: &'a Chain<LinkStatus>,
    /// Its own status.
    pub status: &'a Chain<ConsentStatus>,
    /// Whether the source believes to have all status records: `false` from when one with a missing
    /// predecessor, or one that did not verify, has arrived, until the gap is closed.
    pub complete: bool,
}

impl HeldConsent<'_> {
    /// Whether the consent permits processing at `now`; asked anew for every request (P19).
    ///
    /// Chains that are about another link, consent or person make the status unknown, as a gap
    /// does. What has ended stays ended, whatever is missing.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        let terms = self.consent.terms();
        let (link, status) = (self.link.latest(), self.status.latest());
        let belong = link.slr_id == terms.slr_id
            && status.cr_id == terms.cr_id
            && link.surrogate_id == terms.surrogate_id
            && status.surrogate_id == terms.surrogate_id;
        if !belong {
            return Standing::Barred(Bar::StatusUnknown);
        }
        let known = standing(link.sl_status, status.consent_status, terms.validity(), now);
        match known {
            Standing::Active if !self.complete => Standing::Barred(Bar::StatusUnknown),
            Standing::Active | Standing::Barred(_) => known,
        }
    }
}

/// The consents that a source holds, by their ids: ids of its own records, so that the sink's half
/// of a pair is not found (P16).
pub trait HeldConsents {
    /// The consent with this id. The id is not yet believed: it is for looking up and nothing else.
    fn source_consent(&self, id: &ConsentId) -> Option<HeldConsent<'_>>;
}
