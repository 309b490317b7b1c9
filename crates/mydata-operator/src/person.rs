//! What an account says to its own person.

use crate::lifecycle::Verification;
use mydata_core::id::VerificationCode;
use mydata_core::lang::Trilingual;
use mydata_core::time::Timestamp;

/// A message to the person, for the program around the account to send: by e-mail, or by whatever
/// else is the person's alone. The contact details are not the account's to know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToPerson {
    /// Confirm this with the code (AC-12, AC-18, AC-25).
    Verify {
        /// What is to be confirmed.
        what: Verification,
        /// The code: it goes to the person and nowhere else, and does not stand in any event.
        code: VerificationCode,
        /// Until when it is good.
        expires: Timestamp,
    },
    /// The copy of everything can be fetched until then. The program adds the address of the
    /// download, which asks for the owner's session again: the address alone is no secret (AC-22).
    ExportReady {
        /// Until when.
        until: Timestamp,
    },
    /// The account will be deleted then; until then it can be undone (AC-28).
    Closing {
        /// When it ends.
        until: Timestamp,
    },
    /// The deletion is undone.
    Reopened,
    /// Every link is removed, every service told, and the data is being deleted (AC-26).
    Ended,
}

impl ToPerson {
    /// The message in a resident's words; the program adds the code, the time and the address.
    #[must_use]
    pub const fn text(&self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Verify { what, .. } => return what.label(),
            Self::ExportReady { .. } => (
                "Kopio tilisi tiedoista on valmis. Kirjaudu sisään ja lataa se.",
                "Kopian av uppgifterna i ditt konto är klar. Logga in och ladda ner den.",
                "The copy of what is in your account is ready. Sign in and download it.",
            ),
            Self::Closing { .. } => (
                "Tilisi poistetaan määräajan jälkeen. Siihen asti voit perua poiston.",
                "Ditt konto raderas efter tidsfristen. Fram till dess kan du ångra dig.",
                "Your account will be deleted when the time is up. Until then you can undo it.",
            ),
            Self::Reopened => (
                "Poisto on peruttu. Yhteytesi ja suostumuksesi ovat ennallaan.",
                "Raderingen är ångrad. Dina kopplingar och samtycken är som förut.",
                "The deletion is undone. Your links and consents are as they were.",
            ),
            Self::Ended => (
                "Tilisi on päättynyt. Palveluille on kerrottu, ja tiedot poistetaan.",
                "Ditt konto är avslutat. Tjänsterna har fått veta det och uppgifterna raderas.",
                "Your account has ended. The services have been told, and the data is being deleted.",
            ),
        };
        Trilingual { fi, sv, en }
    }
}
