//! The categories of Kantara's consent receipts: a number and a label, of which only the number is
//! stable in practice (the lists of the CISWG wiki, as implementations have coded them).

use mydata_core::lang::Trilingual;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! categories {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal $label:literal: $fi:literal, $sv:literal;)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the label is what there is to say")]
        #[non_exhaustive]
        pub enum $name { $($variant,)+ }

        impl $name {
            /// Every category, in the order of the numbers, which begin with 1.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The label of the list, in English.
            #[must_use]
            pub const fn list_label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// In a resident's words.
            #[must_use]
            pub const fn label(self) -> Trilingual {
                let (fi, sv, en) = match self { $(Self::$variant => ($fi, $sv, $label),)+ };
                Trilingual { fi, sv, en }
            }

            /// The category with this number.
            #[must_use]
            pub fn of_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.number() == number)
            }

            /// `N - Label`, as it stands in a receipt.
            #[must_use]
            pub fn written(self) -> String {
                format!("{} - {}", self.number(), self.list_label())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u8(self.number())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = u8::deserialize(deserializer)?;
                Self::of_number(number).ok_or_else(|| de::Error::custom("no category has this number"))
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "integer", "minimum": 1, "maximum": 16 })
            }
        }
    )+};
}

categories! {
    /// Why data is processed; in our own forms the number.
    PurposeCategory {
        CoreFunction = 1 "Core Function": "palvelun ydintoiminto", "tjänstens kärnfunktion";
        ContractedService = 2 "Contracted Service": "sopimukseen perustuva palvelu", "avtalad tjänst";
        Delivery = 3 "Delivery": "toimitus", "leverans";
        ContactRequested = 4 "Contact Requested": "pyydetty yhteydenotto", "begärd kontakt";
        PersonalizedExperience = 5 "Personalized Experience": "yksilöllinen palvelu", "personlig anpassning";
        Marketing = 6 "Marketing": "markkinointi", "marknadsföring";
        MarketingThirdParties = 7 "Marketing Third Parties": "kolmansien osapuolten markkinointi", "tredje parters marknadsföring";
        SharingForDelivery = 8 "Sharing for Delivery": "luovutus toimitusta varten", "utlämnande för leverans";
        SharingForMarketing = 9 "Sharing for Marketing": "luovutus markkinointiin", "utlämnande för marknadsföring";
        ThirdPartyCore = 10 "3rd Party Sharing for Core Function": "luovutus kolmannelle ydintoimintoa varten", "utlämnande till tredje part för kärnfunktionen";
        ThirdPartyOther = 11 "3rd Party Sharing for (others)": "luovutus kolmannelle muuhun tarkoitukseen", "utlämnande till tredje part för annat ändamål";
        LegallyRequiredRetention = 12 "Legally Required Data Retention": "lakisääteinen säilytys", "lagstadgad förvaring";
        LegallyRequiredByAuthority = 13 "Required by Law Enforcement or Government": "viranomaisen vaatimus", "myndighetskrav";
        ProtectingYourHealth = 14 "Protecting Your Health": "terveytesi suojaaminen", "skydd för din hälsa";
        ProtectingOurInterests = 15 "Protecting Our Interests": "palvelun etujen suojaaminen", "skydd för tjänstens intressen";
        ImprovePerformance = 16 "Improve Performance": "palvelun kehittäminen", "utveckling av tjänsten";
    }
    /// What kind of data it is; in our own forms the number.
    PiiCategory {
        Biographical = 1 "Biographical": "perustiedot", "grunduppgifter";
        Contact = 2 "Contact": "yhteystiedot", "kontaktuppgifter";
        Biometric = 3 "Biometric": "biometriset tiedot", "biometriska uppgifter";
        SocialContact = 4 "Social Contact": "sosiaaliset suhteet", "sociala kontakter";
        NetworkService = 5 "Network/Service": "verkko- ja palvelutiedot", "nät- och tjänsteuppgifter";
        Health = 6 "Health": "terveystiedot", "hälsouppgifter";
        Financial = 7 "Financial": "taloustiedot", "ekonomiska uppgifter";
        OfficialId = 8 "Official ID": "viralliset tunnisteet", "officiella identitetsbeteckningar";
        SocialBenefitData = 9 "Social Benefit Data": "etuustiedot", "uppgifter om förmåner";
        JudicialData = 10 "Judicial Data": "oikeusasioita koskevat tiedot", "uppgifter om rättsliga ärenden";
        AssetData = 11 "Asset Data": "varallisuustiedot", "uppgifter om egendom";
        HrData = 12 "HR Data": "työsuhdetiedot", "uppgifter om anställning";
        MentalHealth = 13 "Mental Health": "mielenterveystiedot", "uppgifter om psykisk hälsa";
        Membership = 14 "Membership": "jäsenyydet", "medlemskap";
        Behavioral = 15 "Behavioral": "käyttäytymistiedot", "beteendeuppgifter";
        Profiling = 16 "Profiling": "profilointitiedot", "profileringsuppgifter";
    }
}
