//! What the person can do.

use super::ceremony::words;
use super::text::Localized;
use crate::dpv::RightTerm;
use mydata_core::lang::Trilingual;
use mydata_core::web::WebLink;
use mydata_record::description::Basis;
use serde::{Deserialize, Serialize};

/// What the person can do about the processing, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remedy {
    /// What.
    pub kind: RemedyKind,
    /// Where, on the web.
    pub url: WebLink,
    /// A simple way without the web.
    pub otherwise: Localized,
}

words! {
    /// What a person can do about processing.
    RemedyKind {
        /// Withdraw the consent.
        Withdraw: "Voit peruuttaa suostumuksen milloin tahansa.", "Du kan återkalla samtycket när som helst.", "You can withdraw the consent at any time.";
        /// Object.
        Object: "Voit vastustaa käsittelyä henkilökohtaiseen tilanteeseesi liittyvällä perusteella. Palvelu tekee asiasta päätöksen ja perustelee sen.", "Du kan invända mot behandlingen av skäl som hänför sig till din situation. Tjänsten fattar beslut och motiverar det.", "You can object to the processing on grounds relating to your situation. The service decides and gives its reasons.";
        /// End the contract.
        EndContract: "Voit irtisanoa sopimuksen. Tietoja säilytetään sen jälkeen enintään säilytysajan.", "Du kan säga upp avtalet. Uppgifterna förvaras därefter högst under förvaringstiden.", "You can end the contract. The data is kept after that for the time of storage at most.";
        /// Nothing: the law leaves no choice to anybody.
        Nothing: "Laki edellyttää tätä käsittelyä: siihen ei tarvita suostumusta, eikä sitä voi kieltää. Voit pyytää pääsyn tietoihin ja virheiden oikaisua.", "Lagen kräver denna behandling: samtycke behövs inte, och den kan inte förbjudas. Du kan begära tillgång till uppgifterna och att fel rättas.", "The law demands this processing: consent is not needed, and it cannot be forbidden. You can ask for access to the data and for errors to be corrected.";
    }
}

impl RemedyKind {
    /// What can be done about processing on this basis (GDPR Art. 7(3) and 21(1), decision D33).
    #[must_use]
    pub const fn of(basis: Basis) -> Self {
        match basis {
            Basis::Consent => Self::Withdraw,
            Basis::Contract => Self::EndContract,
            Basis::LegalObligation => Self::Nothing,
            Basis::VitalInterest | Basis::PublicInterest | Basis::LegitimateInterest => {
                Self::Object
            }
        }
    }
}

/// A right under the GDPR, and where it is exercised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Right {
    /// The article, as DPV names it.
    pub right: RightTerm,
    /// Where.
    pub url: WebLink,
}
