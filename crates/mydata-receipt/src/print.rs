//! The receipt for people: one page of HTML in Finnish, Swedish or English.
//!
//! The page stands by itself: no script, no font, no picture and no style from elsewhere, so that it can
//! be mailed, printed, archived and read without styles. It has everything in the order in which
//! somebody needs it: what this is, who gets what and why, what can be done now, and only then the
//! evidence. It never names a person: the person is "you", or "the person whose data this is" when
//! somebody else acted.
//!
//! The elements that show what the framework wants a consent to demonstrate have the ids `fw-25` (who),
//! `fw-26` (when), `fw-27` (what was told), `fw-28` (how), `fw-29` (whether and when withdrawn) and, of
//! the under-aged, `fw-30` (age and role).
//!
//! Sources: MyData Architecture Framework 2.0 §8.1; GDPR Art. 7, 12 and 13; WCAG 2.2 AA.

mod covers;
mod evidence;
mod html;
mod law;
mod page;
mod parties;
mod places;
mod qr;
mod remedies;
mod state;
mod texts;
mod when;

pub use texts::TEXTS;
pub use when::Zone;

use crate::receipt::Receipt;
use crate::signed::Proven;
use mydata_core::crypto::Sha256;
use mydata_core::lang::{Language, Trilingual};
use std::fmt;

/// Who reads the page: the language of its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new language must break every place that has a text"
)]
pub enum Reader {
    /// suomeksi
    Fi,
    /// på svenska
    Sv,
    /// in English
    En,
}

impl Reader {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Fi, Self::Sv, Self::En];

    /// The language.
    #[must_use]
    pub const fn language(self) -> Language {
        match self {
            Self::Fi => Language::FI,
            Self::Sv => Language::SV,
            Self::En => Language::EN,
        }
    }

    /// The text for this reader.
    #[must_use]
    pub const fn choose(self, text: Trilingual) -> &'static str {
        match self {
            Self::Fi => text.fi,
            Self::Sv => text.sv,
            Self::En => text.en,
        }
    }
}

/// A receipt as one page: `to_string()` gives an HTML document in UTF-8, the same octets every time.
///
/// A text that the receipt does not have in the reader's language stands in the one in which the person
/// was told, else in any that there is, and says so in its `lang`.
pub struct Page(page::View);

impl Page {
    /// The page of a receipt that has been verified, for `reader`, with the times of `zone`.
    ///
    /// It says that it was, and what the verification has not established. The digest of the signed
    /// receipt stands on the page and, with the receipt's id, in its QR code:
    /// `mydata-receipt:1?id=ID&sha256=DIGEST` (the id as the receipt writes it, the digest base64url
    /// without padding). Whoever has the signed receipt can tell by it that the page is of that one;
    /// whoever has the page alone has no proof of anything, and the page says so.
    ///
    /// ```
    /// use mydata_receipt::print::{Page, Reader, Zone};
    /// use mydata_receipt::signed::Proven;
    ///
    /// fn pages(proven: &Proven) -> [String; 3] {
    ///     Reader::ALL.map(|reader| Page::of(proven, reader, Zone::Helsinki).to_string())
    /// }
    /// ```
    #[must_use]
    pub fn of(proven: &Proven, reader: Reader, zone: Zone) -> Self {
        let source = page::Source {
            receipt: proven,
            sha256: proven.digest(),
            unchecked: Some(proven.unchecked()),
        };
        Self(page::View::new(source, reader, zone))
    }

    /// The page of a receipt that nobody has verified: a preview, or a test. `sha256` is said to be the
    /// digest of the signed octets. The page says at its head that it is not verified.
    #[must_use]
    pub fn unproven(receipt: &Receipt, sha256: Sha256, reader: Reader, zone: Zone) -> Self {
        let source = page::Source {
            receipt,
            sha256,
            unchecked: None,
        };
        Self(page::View::new(source, reader, zone))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Page {
    /// That it is one: it shows a person's matters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page")
    }
}
