//! "May I process this now?"

use crate::consent::{ConsentState, Validity};
use crate::link::LinkState;
use mydata_core::lang::Trilingual;
use mydata_core::refusals;
use mydata_core::time::Timestamp;

refusals! {
    /// Why a consent does not permit processing at this moment.
    pub enum Bar {
        LinkRemoved = "link_removed": "the service link has been removed",
        Withdrawn = "consent_withdrawn": "the consent has been withdrawn",
        Disabled = "consent_disabled": "the consent is paused",
        NotYetValid = "consent_not_yet_valid": "the consent has not begun",
        Expired = "consent_expired": "the consent has ended",
        StatusUnknown = "consent_status_unknown": "a status record is missing or could not be verified",
    }
}

impl Bar {
    /// Whether the consent can never permit anything again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::LinkRemoved | Self::Withdrawn | Self::Expired => true,
            Self::Disabled | Self::NotYetValid | Self::StatusUnknown => false,
        }
    }

    /// The bar in a resident's words.
    #[must_use]
    //= FW-33
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::LinkRemoved => (
                "yhteys palveluun on purettu",
                "kopplingen till tjänsten har tagits bort",
                "the link to the service has been removed",
            ),
            Self::Withdrawn => (
                "suostumus on peruutettu",
                "samtycket har återkallats",
                "the consent has been withdrawn",
            ),
            Self::Disabled => (
                "suostumus on keskeytetty",
                "samtycket är pausat",
                "the consent is paused",
            ),
            Self::NotYetValid => (
                "suostumus ei ole vielä voimassa",
                "samtycket gäller inte ännu",
                "the consent has not begun",
            ),
            Self::Expired => (
                "suostumuksen voimassaolo on päättynyt",
                "samtycket har gått ut",
                "the consent has ended",
            ),
            Self::StatusUnknown => (
                "suostumuksen tilaa ei voitu varmistaa",
                "samtyckets status kunde inte bekräftas",
                "the status of the consent could not be confirmed",
            ),
        };
        Trilingual { fi, sv, en }
    }
}

/// Whether a consent permits processing at one moment. It says nothing of the next: ask every time
/// (CN-37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "permitted, or barred for one reason"
)]
pub enum Standing {
    /// Processing is permitted now.
    Active,
    /// Processing is not permitted now.
    Barred(Bar),
}

impl Standing {
    /// The stable code: `consent_active`, or that of the bar.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "consent_active",
            Self::Barred(bar) => bar.code(),
        }
    }

    /// Nothing, or the bar.
    ///
    /// # Errors
    /// The [`Bar`].
    pub const fn permit(self) -> Result<(), Bar> {
        match self {
            Self::Active => Ok(()),
            Self::Barred(bar) => Err(bar),
        }
    }
}

/// The standing of a consent: total, and by the caller's clock only (CN-38, CN-39, SL-10, P14).
///
/// What ended for good is told before what may come back.
#[must_use]
//= SL-10, CN-13, CN-38, CN-39
pub fn standing(
    link: LinkState,
    state: ConsentState,
    validity: Validity,
    now: Timestamp,
) -> Standing {
    match (link, state) {
        (LinkState::Removed, _) => Standing::Barred(Bar::LinkRemoved),
        (LinkState::Active, ConsentState::Withdrawn) => Standing::Barred(Bar::Withdrawn),
        (LinkState::Active, ConsentState::Active | ConsentState::Disabled)
            if validity.exp.is_some_and(|exp| now >= exp) =>
        {
            Standing::Barred(Bar::Expired)
        }
        (LinkState::Active, ConsentState::Disabled) => Standing::Barred(Bar::Disabled),
        (LinkState::Active, ConsentState::Active) if validity.nbf.is_some_and(|nbf| now < nbf) => {
            Standing::Barred(Bar::NotYetValid)
        }
        (LinkState::Active, ConsentState::Active) => Standing::Active,
    }
}
