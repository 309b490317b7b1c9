//! Consent records of older systems (Consenting 1.3 §4.2): one for a source and one for a sink.
//!
//! `consent_receipt_part` and `extension_part`, which the SDK always wrote and 2.0 has dropped, are not
//! read; they stay in the octets (C12).

use crate::authentic::payload;
use crate::raw::{Key, Scalar, either};
use crate::{Fault, Gap, Kind, LegacyVersion, RecordRefusal};
use mydata_core::id::{
    ConsentId, DatasetId, DescriptionVersion, DistributionId, LinkId, OperatorId, ResourceSetId,
    ServiceId, SurrogateId,
};
use mydata_core::jwk::PublicKey;
use mydata_core::party::{Party, SignerRule};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::{UsageRule, Validity};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// A consent record of either role. A plain value: [`Authentic`](crate::Authentic) says that it was
/// signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consent {
    /// The version that wrote it.
    pub version: LegacyVersion,
    /// The consent.
    pub cr_id: ConsentId,
    /// The person, towards the service.
    pub surrogate_id: SurrogateId,
    /// The link under which it was given.
    pub slr_id: LinkId,
    /// The resource set.
    pub rs_id: ResourceSetId,
    /// Its datasets; at least one, none twice.
    pub datasets: Vec<Dataset>,
    /// The description in force; the SDK did not write it.
    pub service_description_version: Option<DescriptionVersion>,
    /// When it was made.
    pub iat: Timestamp,
    /// When it begins and ends; both may be open (C14).
    pub validity: Validity,
    /// The operator.
    pub operator: OperatorId,
    /// The service.
    pub subject_id: ServiceId,
    /// What the service was in it.
    pub part: Part,
}

/// A dataset of a resource set, with its address as it was written: mostly `http`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub struct Dataset {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// The distribution.
    #[serde(default)]
    pub distribution_id: Option<DistributionId>,
    /// Its address.
    #[serde(default)]
    pub distribution_url: Option<String>,
}

/// `role_specific_part`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these two roles")]
pub enum Part {
    /// The service gave data.
    Source {
        /// The sink's key, `pop_key` or `token_key` (C48).
        pop_key: PublicKey,
        /// The key of the operator's tokens.
        token_issuer_key: PublicKey,
    },
    /// The service used data.
    Sink {
        /// The other half.
        source_cr_id: ConsentId,
        /// What for.
        usage_rules: UsageRules,
    },
}

/// What the data was used for (C13).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the two forms that were written")]
pub enum UsageRules {
    /// Titles of purposes, as the SDK wrote them: text for people, and no ids.
    Titles(Vec<String>),
    /// Purposes with their datasets, as 2.0 writes them.
    Rules(Vec<UsageRule>),
}

impl Consent {
    /// What 2.0 demands and this record does not say.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let fetched = |dataset: &Dataset| {
            let url = dataset.distribution_url.as_deref();
            url.is_some_and(|url| ResourceUrl::parse(url).is_ok())
        };
        let by_title = match &self.part {
            Part::Source { .. } => false,
            Part::Sink { usage_rules, .. } => matches!(usage_rules, UsageRules::Titles(_)),
        };
        let no_version = self.service_description_version.is_none();
        [
            no_version.then_some(Gap::DescriptionVersion),
            Some(Gap::Proposal),
            by_title.then_some(Gap::PurposeIds),
            (!self.datasets.iter().all(fetched)).then_some(Gap::DistributionUrl),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Kind for Consent {
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);

    fn signed_at(&self) -> Timestamp {
        self.iat
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: Wire = payload(octets, Self::LIMITS)?;
        let common = wire.common_part;
        let set = common.rs_description.resource_set;
        if common.rs_id.is_some_and(|rs_id| rs_id != set.rs_id) {
            return Err(RecordRefusal::ResourceSetDiffers.into());
        }
        let mut ids: Vec<&DatasetId> = set.dataset.iter().map(|d| &d.dataset_id).collect();
        ids.sort_unstable();
        if ids.is_empty() || ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(RecordRefusal::NoDataset.into());
        }
        let time = |wire: Option<Scalar>| wire.map(|time| time.seconds()).transpose();
        let validity = Validity::new(time(common.nbf)?, time(common.exp)?);
        if !validity.is_possible() {
            return Err(RecordRefusal::Validity.into());
        }
        Ok(Self {
            version: LegacyVersion::parse(&either(common.version, common.capital)?)?,
            cr_id: common.cr_id,
            surrogate_id: common.surrogate_id,
            slr_id: common.slr_id,
            rs_id: set.rs_id,
            datasets: set.dataset,
            service_description_version: common.service_description_version,
            iat: common.iat.seconds()?,
            validity,
            operator: common.operator,
            subject_id: common.subject_id,
            part: wire.role_specific_part.of(&common.role)?,
        })
    }
}

#[derive(Deserialize)]
struct Wire {
    common_part: Common,
    role_specific_part: RolePart,
}

#[derive(Deserialize)]
struct Common {
    #[serde(default)]
    version: Option<Box<str>>,
    #[serde(default, rename = "Version")]
    capital: Option<Box<str>>,
    cr_id: ConsentId,
    surrogate_id: SurrogateId,
    slr_id: LinkId,
    rs_description: Described,
    /// Beside the set, where the SDK's reader looks for it (C12).
    #[serde(default)]
    rs_id: Option<ResourceSetId>,
    #[serde(default)]
    service_description_version: Option<DescriptionVersion>,
    iat: Scalar,
    #[serde(default)]
    nbf: Option<Scalar>,
    #[serde(default)]
    exp: Option<Scalar>,
    operator: OperatorId,
    subject_id: ServiceId,
    role: Box<str>,
}

#[derive(Deserialize)]
struct Described {
    resource_set: ResourceSet,
}

#[derive(Deserialize)]
struct ResourceSet {
    rs_id: ResourceSetId,
    dataset: Vec<Dataset>,
}

#[derive(Deserialize)]
struct RolePart {
    #[serde(default)]
    pop_key: Option<Key>,
    #[serde(default)]
    token_key: Option<Key>,
    #[serde(default)]
    token_issuer_key: Option<Key>,
    #[serde(default)]
    source_cr_id: Option<ConsentId>,
    #[serde(default)]
    usage_rules: Rules,
}

impl RolePart {
    /// The part of the role named; members of the other role make it neither. Usage rules in a
    /// source's record are ignored (C13).
    fn of(self, role: &str) -> Result<Part, RecordRefusal> {
        let has_key = self.pop_key.is_some() || self.token_key.is_some();
        match (role, self.source_cr_id, self.token_issuer_key) {
            ("Source", None, Some(token_issuer_key)) => Ok(Part::Source {
                pop_key: either(self.pop_key, self.token_key)?.0,
                token_issuer_key: token_issuer_key.0,
            }),
            ("Sink", Some(source_cr_id), None) if !has_key => Ok(Part::Sink {
                source_cr_id,
                usage_rules: self.usage_rules.check()?,
            }),
            ("Source" | "Sink", _, _) => Err(RecordRefusal::RolePart),
            _ => Err(RecordRefusal::Role),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Rules(Vec<Rule>);

impl Rules {
    /// All of them titles or all of them objects, and at least one.
    fn check(self) -> Result<UsageRules, RecordRefusal> {
        let (mut titles, mut rules) = (Vec::new(), Vec::new());
        for rule in self.0 {
            match rule {
                Rule::Title(title) => titles.push(title),
                Rule::Object(rule) => rules.push(rule),
            }
        }
        match (titles.is_empty(), rules.is_empty()) {
            (false, true) => Ok(UsageRules::Titles(titles)),
            (true, false) => Ok(UsageRules::Rules(rules)),
            (true, true) | (false, false) => Err(RecordRefusal::UsageRules),
        }
    }
}

enum Rule {
    Title(String),
    Object(UsageRule),
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> de::Visitor<'de> for Reader {
            type Value = Rule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the title of a purpose, or an object")
            }

            fn visit_str<E: de::Error>(self, title: &str) -> Result<Rule, E> {
                Ok(Rule::Title(title.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Rule, A::Error> {
                UsageRule::deserialize(MapAccessDeserializer::new(map)).map(Rule::Object)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
