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
        Object: "Voit vastustaa käsittelyä. Palvelu ratkaisee vastustamisen ja perustelee ratkaisunsa.", "Du kan invända mot behandlingen. Tjänsten avgör invändningen och motiverar sitt beslut.", "You can object to the processing. The service decides on the objection and says why.";
        /// End the contract.
        EndContract: "Käsittely päättyy, kun päätät sopimuksen.", "Behandlingen upphör när du avslutar avtalet.", "The processing ends when you end the contract.";
        /// Nothing: the law leaves no choice to anybody.
        Nothing: "Laki edellyttää tätä käsittelyä: siihen ei tarvita suostumustasi, etkä voi kieltää sitä. Voit tarkastaa tietosi ja pyytää virheiden oikaisua.", "Lagen kräver denna behandling: ditt samtycke behövs inte, och du kan inte förbjuda den. Du kan ta del av uppgifterna och begära att fel rättas.", "The law demands this processing: your consent is not needed, and you cannot forbid it. You can see your data and have errors corrected.";
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
