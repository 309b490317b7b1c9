//! Why a consent was changed: recorded at the operator, told to the person, and never sent to a
//! service (CN-18).

use mydata_core::lang::Trilingual;
use serde::{Deserialize, Serialize};

/// The recorded reason of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new reason must decide who may reactivate"
)]
pub enum Reason {
    /// The person wished it.
    OwnerWish,
    /// The power of the one who gave the consent for the person has ended.
    MandateEnded,
    /// The service is suspended.
    ServiceSuspended,
    /// The service changed what it does.
    DescriptionChanged,
    /// Misuse is suspected.
    SuspectedMisuse,
    /// A court or an authority ordered it.
    LegalOrder,
    /// The consent reached its end.
    Expired,
    /// The link was removed.
    LinkRemoved,
    /// The service left the registry.
    ServiceLeft,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::OwnerWish,
        Self::MandateEnded,
        Self::ServiceSuspended,
        Self::DescriptionChanged,
        Self::SuspectedMisuse,
        Self::LegalOrder,
        Self::Expired,
        Self::LinkRemoved,
        Self::ServiceLeft,
    ];

    /// The stable name: snake case, as it stands in a log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnerWish => "owner_wish",
            Self::MandateEnded => "mandate_ended",
            Self::ServiceSuspended => "service_suspended",
            Self::DescriptionChanged => "description_changed",
            Self::SuspectedMisuse => "suspected_misuse",
            Self::LegalOrder => "legal_order",
            Self::Expired => "expired",
            Self::LinkRemoved => "link_removed",
            Self::ServiceLeft => "service_left",
        }
    }

    /// Whether the owner may end a pause that the operator made for this reason (CN-19).
    #[must_use]
    pub const fn owner_may_reactivate(self) -> bool {
        match self {
            Self::OwnerWish | Self::DescriptionChanged => true,
            Self::MandateEnded
            | Self::ServiceSuspended
            | Self::SuspectedMisuse
            | Self::LegalOrder
            | Self::Expired
            | Self::LinkRemoved
            | Self::ServiceLeft => false,
        }
    }

    /// The reason in a resident's words.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::OwnerWish => ("oma pyyntö", "på egen begäran", "your own request"),
            Self::MandateEnded => (
                "oikeus toimia henkilön puolesta on päättynyt",
                "rätten att företräda personen har upphört",
                "the right to act for the person has ended",
            ),
            Self::ServiceSuspended => (
                "palvelun toiminta on keskeytetty",
                "tjänsten är tillfälligt stoppad",
                "the service is suspended",
            ),
            Self::DescriptionChanged => (
                "palvelun kuvaus on muuttunut",
                "tjänstens beskrivning har ändrats",
                "the service has changed its description",
            ),
            Self::SuspectedMisuse => (
                "epäilty väärinkäyttö",
                "misstänkt missbruk",
                "suspected misuse",
            ),
            Self::LegalOrder => (
                "viranomaisen tai tuomioistuimen määräys",
                "beslut av en myndighet eller domstol",
                "an order of an authority or a court",
            ),
            Self::Expired => (
                "määräaika on päättynyt",
                "tiden har gått ut",
                "the time has run out",
            ),
            Self::LinkRemoved => (
                "yhteys palveluun on purettu",
                "kopplingen till tjänsten har tagits bort",
                "the link to the service has been removed",
            ),
            Self::ServiceLeft => (
                "palvelu on poistunut rekisteristä",
                "tjänsten har lämnat registret",
                "the service has left the registry",
            ),
        };
        Trilingual { fi, sv, en }
    }
}
