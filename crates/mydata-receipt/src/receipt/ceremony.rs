//! How it was agreed: the operator's own account of it (Framework 2.0 §8.1).

use mydata_core::lang::Trilingual;
use mydata_core::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// How a person came to decide: where, by what act, in what capacity, how surely known.
//= FW-28, FW-30
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ceremony {
    /// When the person decided; the records were signed then or shortly after.
    pub decided_at: Timestamp,
    /// Where.
    pub channel: Channel,
    /// By what act.
    pub method: Method,
    /// Whether the act was about this consent and nothing else: then consent is explicit (GDPR
    /// Art. 9(2)(a)).
    pub is_explicit: bool,
    /// Who acted.
    pub acting: Acting,
    /// How surely the one who acted is known.
    pub assurance: Assurance,
    /// Where the key was that signed.
    pub custody: Custody,
}

/// Who acted, and for whom.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acting {
    /// In what capacity.
    pub capacity: ActingAs,
    /// The proof of the authority to act for another, by reference: a register and its number. Never
    /// the name of a person.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "reference"
    )]
    pub authority: Option<String>,
    /// The person whose data it is, when under age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor: Option<Minor>,
}

/// A reference that is there is not blank.
fn reference<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let found: Option<String> = Option::deserialize(deserializer)?;
    match found {
        Some(text) if text.trim().is_empty() => Err(de::Error::custom("a blank reference")),
        found => Ok(found),
    }
}

impl fmt::Debug for Acting {
    /// The capacity; the rest may point at a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Acting").field(&self.capacity).finish()
    }
}

impl fmt::Debug for Minor {
    /// An age is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Minor(redacted)")
    }
}

/// Somebody under age.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Minor {
    /// The age in whole years at the time of the decision: the year of birth would say more than is
    /// needed.
    pub age: u8,
}

/// Closed sets of words that a person reads.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $variant:ident: $fi:literal, $sv:literal, $en:literal;)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum $name { $($(#[$of])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// In a resident's words.
            #[must_use]
            pub const fn label(self) -> Trilingual {
                let (fi, sv, en) = match self { $(Self::$variant => ($fi, $sv, $en),)+ };
                Trilingual { fi, sv, en }
            }
        }
    )+};
}

words! {
    /// Where somebody decided.
    Channel {
        /// In a browser.
        Web: "verkkopalvelussa", "i en e-tjänst", "on the web";
        /// In an application of the person's own device.
        App: "sovelluksessa", "i en app", "in an app";
        /// At a desk.
        Desk: "palvelupisteessä", "på ett serviceställe", "at a service desk";
        /// On the telephone.
        Phone: "puhelimitse", "per telefon", "on the telephone";
        /// On paper.
        Paper: "paperilomakkeella", "på pappersblankett", "on a paper form";
    }
    /// By what act somebody decided.
    Method {
        /// Ticked each choice and confirmed.
        TickAndConfirm: "merkitsemällä valinnat ja vahvistamalla", "genom att kryssa för valen och bekräfta", "by ticking the choices and confirming";
        /// Pressed one button that said what it does.
        Confirm: "vahvistamalla", "genom att bekräfta", "by confirming";
        /// Signed by hand.
        Signature: "allekirjoittamalla", "genom underskrift", "by signing by hand";
        /// Said so, and it was written down.
        Spoken: "suullisesti", "muntligen", "orally";
    }
    /// In what capacity somebody acted.
    ActingAs {
        /// The person whose data it is.
        Oneself: "sinä itse", "du själv", "yourself";
        /// A parent with custody.
        Parent: "huoltaja (vanhempi)", "vårdnadshavare (förälder)", "guardian (parent)";
        /// A guardian appointed by a court or an authority.
        Guardian: "määrätty edunvalvoja", "förordnad intressebevakare", "appointed guardian";
        /// Somebody with a mandate.
        Mandate: "valtuutettu", "fullmaktshavare", "holder of a mandate";
        /// An official who wrote down what the person said.
        Official: "sinä itse; virkailija kirjasi", "du själv, antecknat av en tjänsteman", "yourself; written down by an official";
    }
    /// How surely the one who acted is known: the levels of Regulation (EU) No 910/2014, Art. 8.
    Assurance {
        /// Some confidence.
        Low: "matala", "låg", "low";
        /// Good confidence.
        Substantial: "korotettu", "väsentlig", "substantial";
        /// The highest.
        High: "korkea", "hög", "high";
    }
    /// Where the key was that signed.
    Custody {
        /// On a device of the person's own.
        OwnDevice: "allekirjoittajan omalla laitteella", "på undertecknarens egen enhet", "on the signer's own device";
        /// With the operator, which signs for the person.
        Operator: "operaattorin hallussa", "hos operatören", "with the operator";
    }
}

impl ActingAs {
    /// Whether somebody decided for another.
    #[must_use]
    pub const fn is_for_another(self) -> bool {
        match self {
            Self::Oneself | Self::Official => false,
            Self::Parent | Self::Guardian | Self::Mandate => true,
        }
    }
}

pub(crate) use words;
