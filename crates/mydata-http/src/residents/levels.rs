//! How well a resident must have been identified: one table of what can be done.

use mydata::core::time::Seconds;
use mydata_identity::Assurance;
use std::collections::BTreeMap;

macro_rules! deeds {
    ($($name:ident = $least:ident: $doc:literal;)+) => {
        /// What a resident may ask of the operator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(
            clippy::exhaustive_enums,
            reason = "a new deed must decide who may do it"
        )]
        pub enum Deed { $(#[doc = $doc] $name,)+ }

        impl Deed {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is demanded where nothing else was chosen: a strong identification for whatever makes
            /// or widens something, less for reading and restricting. A withdrawal is never harder than the
            /// consent was (GDPR, article 7(3)).
            #[must_use]
            pub const fn usual(self) -> Demand {
                match self { $(Self::$name => Demand::at_least(Assurance::$least),)+ }
            }
        }
    };
}

deeds! {
    Look = Low: "Reading links, consents, messages and the log.";
    SignUp = Substantial: "Opening an account.";
    Inform = Substantial: "Changing names and contact details: codes are sent there.";
    Link = Substantial: "Linking a service.";
    Unlink = Low: "Ending a link.";
    Ask = Low: "Being shown what one would agree to.";
    Consent = Substantial: "Giving or changing a consent.";
    Resume = Substantial: "Ending a pause.";
    Pause = Low: "Pausing a consent.";
    Withdraw = Low: "Withdrawing a consent.";
    Subscribe = Substantial: "Choosing to be told of something.";
    Unsubscribe = Low: "Choosing to be told of something no longer.";
    Object = Low: "Objecting.";
    Export = Substantial: "Taking everything out.";
    Delete = Substantial: "Having the account deleted.";
    Keep = Substantial: "Keeping the account after all.";
}

/// How well, and how lately, a resident must have been identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Demand {
    /// How well.
    pub least: Assurance,
    /// How long ago at the most; `None` for as long as the token lives.
    pub freshest: Option<Seconds>,
}

impl Demand {
    /// This level, at any time.
    #[must_use]
    pub const fn at_least(least: Assurance) -> Self {
        Self {
            least,
            freshest: None,
        }
    }
}

/// What is demanded for each deed: as usual, but for what was chosen.
#[derive(Debug, Clone, Default)]
pub struct Demands(BTreeMap<Deed, Demand>);

impl Demands {
    /// With another demand for a deed.
    #[must_use]
    pub fn with(mut self, deed: Deed, demand: Demand) -> Self {
        self.0.insert(deed, demand);
        self
    }

    /// What is demanded for a deed.
    #[must_use]
    pub fn of(&self, deed: Deed) -> Demand {
        self.0.get(&deed).copied().unwrap_or(deed.usual())
    }
}
