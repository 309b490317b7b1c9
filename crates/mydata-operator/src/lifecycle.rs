//! The life of an account: from its creation to the day when nothing of it is left (Account 2.0
//! §3.1).

use crate::rejection::Refusal;
use mydata_core::crypto::Sha256;
use mydata_core::lang::Trilingual;
use mydata_core::time::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

/// How far the life of an account has come.
///
/// ```text
/// Created ─▶ Active ─▶ Closing ─▶ Ended ─▶ Erased
///    │          ◀─undo─┘            ▲
///    └── never activated ───────────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new state must decide what it allows"
)]
pub enum Lifecycle {
    /// Made, and not yet shown to be the person's: nothing can be done with it (AC-13).
    Created,
    /// In use.
    Active,
    /// The person has asked for its deletion, and may still undo that. Links and consents stand;
    /// nothing new is made.
    Closing,
    /// Every link is removed and every service told; the data waits for its deletion.
    Ended,
    /// There is nothing left.
    Erased,
}

/// What may happen to an account as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new change must decide where it leads"
)]
pub enum LifecycleChange {
    /// The person has shown that the account is theirs.
    Activate,
    /// The person has asked for the deletion, and has confirmed it.
    Close,
    /// The person wants to keep it after all.
    Reopen,
    /// The grace is over, or the account was never activated in time.
    End,
    /// The data is deleted.
    Erase,
}

impl Lifecycle {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Created,
        Self::Active,
        Self::Closing,
        Self::Ended,
        Self::Erased,
    ];

    /// The state after `change`, or `None` when it is not allowed.
    #[must_use]
    pub const fn after(self, change: LifecycleChange) -> Option<Self> {
        use LifecycleChange::{Activate, Close, End, Erase, Reopen};
        match (self, change) {
            (Self::Created, Activate) | (Self::Closing, Reopen) => Some(Self::Active),
            // A second request while the account is closing can only shorten the grace.
            (Self::Active | Self::Closing, Close) => Some(Self::Closing),
            (Self::Created | Self::Closing, End) => Some(Self::Ended),
            (Self::Ended, Erase) => Some(Self::Erased),
            (Self::Created, Close | Reopen | Erase)
            | (Self::Active, Activate | Reopen | End | Erase)
            | (Self::Closing, Activate | Erase)
            | (Self::Ended, Activate | Close | Reopen | End)
            | (Self::Erased, Activate | Close | Reopen | End | Erase) => None,
        }
    }

    /// The state in a resident's words.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Created => (
                "odottaa vahvistusta",
                "väntar på bekräftelse",
                "waiting to be confirmed",
            ),
            Self::Active => ("käytössä", "i bruk", "in use"),
            Self::Closing => (
                "poistetaan, voit vielä perua",
                "raderas, du kan ännu ångra dig",
                "being deleted, you can still undo it",
            ),
            Self::Ended => ("päättynyt", "avslutat", "ended"),
            Self::Erased => ("poistettu", "raderat", "deleted"),
        };
        Trilingual { fi, sv, en }
    }

    /// Whether an account in this state has room for a command with this `need`.
    //= AC-13
    pub(crate) const fn admits(self, need: Need) -> Result<(), Refusal> {
        match (self, need) {
            (Self::Created, Need::New)
            | (Self::Active, Need::Use | Need::Open | Need::Timers)
            | (Self::Closing, Need::Use | Need::Undo | Need::Timers)
            | (Self::Created, Need::Timers)
            | (Self::Ended, Need::Ended) => Ok(()),
            (Self::Created, Need::Use | Need::Open | Need::Undo) => {
                Err(Refusal::AccountNotActivated)
            }
            (Self::Active | Self::Closing, Need::New) => Err(Refusal::AccountActivated),
            (Self::Closing, Need::Open) => Err(Refusal::AccountClosing),
            (Self::Active, Need::Undo) => Err(Refusal::AccountNotClosing),
            (Self::Created | Self::Active | Self::Closing, Need::Ended) => {
                Err(Refusal::AccountNotEnded)
            }
            (Self::Ended, Need::New | Need::Use | Need::Open | Need::Undo | Need::Timers)
            | (Self::Erased, _) => Err(Refusal::AccountEnded),
        }
    }
}

impl LifecycleChange {
    /// Every change.
    pub const ALL: [Self; 5] = [
        Self::Activate,
        Self::Close,
        Self::Reopen,
        Self::End,
        Self::Erase,
    ];
}

/// What a command needs the account to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Not yet activated.
    New,
    /// In use, or closing: what restricts, and what the person may always see.
    Use,
    /// In use, and to remain so: whatever makes or widens something.
    Open,
    /// Closing.
    Undo,
    /// Not ended: what the operator does in every account, its timers among it.
    Timers,
    /// Ended.
    Ended,
}

/// What a person is asked to confirm, by a way that is theirs alone (AC-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new matter must decide who may confirm it"
)]
pub enum Verification {
    /// That the account is theirs (AC-12).
    Activation,
    /// That everything in the account is to be handed out (AC-18).
    Export,
    /// That the account is to be deleted after the grace (AC-25).
    Deletion,
    /// That the account is to be deleted at once: there is no undo.
    DeletionAtOnce,
}

impl Verification {
    /// Every matter.
    pub const ALL: [Self; 4] = [
        Self::Activation,
        Self::Export,
        Self::Deletion,
        Self::DeletionAtOnce,
    ];

    pub(crate) const fn need(self) -> Need {
        match self {
            Self::Activation => Need::New,
            Self::Export | Self::DeletionAtOnce => Need::Use,
            Self::Deletion => Need::Open,
        }
    }

    /// What is to be confirmed, in a resident's words.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Activation => (
                "Ota tilisi käyttöön tällä koodilla.",
                "Ta ditt konto i bruk med den här koden.",
                "Use this code to activate your account.",
            ),
            Self::Export => (
                "Vahvista tällä koodilla, että haluat kopion tilisi tiedoista.",
                "Bekräfta med den här koden att du vill ha en kopia av uppgifterna i ditt konto.",
                "Use this code to confirm that you want a copy of what is in your account.",
            ),
            Self::Deletion => (
                "Vahvista tällä koodilla, että tilisi poistetaan. Ennen määräajan loppua voit perua.",
                "Bekräfta med den här koden att ditt konto raderas. Du kan ångra dig före tidsfristens slut.",
                "Use this code to confirm that your account is deleted. You can undo it until the time is up.",
            ),
            Self::DeletionAtOnce => (
                "Vahvista tällä koodilla, että tilisi poistetaan heti. Tätä ei voi perua.",
                "Bekräfta med den här koden att ditt konto raderas genast. Det går inte att ångra.",
                "Use this code to confirm that your account is deleted at once. This cannot be undone.",
            ),
        };
        Trilingual { fi, sv, en }
    }
}

/// A verification in place of a code: by whom it was made the act says, how is said here (AC-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Vouching {
    /// A means of electronic identification with a level of assurance, such as a bank's or a card.
    ElectronicIdentity,
    /// An identity at another provider, linked to the account (AC-15).
    ExternalIdentity,
    /// A person at a desk, who has seen a document.
    InPerson,
}

/// How a verification was made: kept with the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a code, or something stricter")]
pub enum VerifiedBy {
    /// By the code that the person was sent.
    Code,
    /// By the operator, in a stricter way.
    Vouched(Vouching),
}

/// At most so many codes are sent in an hour: more are somebody filling a mailbox.
pub(crate) const MAX_CODES: u8 = 5;
const WINDOW: Seconds = Seconds::minutes(60);

/// A verification under way. There is one at a time: a new one takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) what: Verification,
    pub(crate) digest: Sha256,
    pub(crate) expires: Timestamp,
    /// When the first code of this hour was sent, and how many since.
    pub(crate) first: Timestamp,
    pub(crate) count: u8,
}

impl Asked {
    /// How many codes have been sent in the hour before `now`, and since when.
    pub(crate) fn sent(&self, now: Timestamp) -> (Timestamp, u8) {
        if now < self.first.plus(WINDOW) {
            (self.first, self.count)
        } else {
            (now, 0)
        }
    }
}

/// The life of one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Life {
    pub(crate) state: Lifecycle,
    /// While it is created: by when it must be activated. While it is closing: when it ends.
    pub(crate) until: Option<Timestamp>,
    /// Until when the owner may take everything out.
    pub(crate) export: Option<Timestamp>,
    pub(crate) asked: Option<Box<Asked>>,
}

impl Life {
    pub(crate) const fn at(state: Lifecycle, until: Option<Timestamp>) -> Self {
        Self {
            state,
            until,
            export: None,
            asked: None,
        }
    }

    /// Goes on, where the table allows it.
    pub(crate) fn change(&mut self, change: LifecycleChange, until: Option<Timestamp>) {
        if let Some(state) = self.state.after(change) {
            self.state = state;
            self.until = until;
        }
    }

    pub(crate) fn ask(&mut self, what: Verification, digest: Sha256, span: (Timestamp, Timestamp)) {
        let (at, expires) = span;
        let (first, sent) = self.asked.as_ref().map_or((at, 0), |asked| asked.sent(at));
        self.asked = Some(Box::new(Asked {
            what,
            digest,
            expires,
            first,
            count: sent.saturating_add(1),
        }));
    }
}
