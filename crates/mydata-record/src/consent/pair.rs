//! The pair of consent records for data that goes from a source to a sink.

use super::Consent;
use super::terms::{ConsentRefusal, Role, Terms, UsageRule};
use crate::possession::{PossessionExtension, ProofScheme};
use mydata_core::id::{ConsentId, LinkId};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The source's half (Consenting 2.0 §4.3): what may be given, to the holder of which key, on whose
/// tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "SourceWire")]
//= CN-05, CN-06
pub struct SourceConsent {
    common_part: Terms,
    role_specific_part: SourcePart,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= CN-84, CN-85
struct SourcePart {
    pop_key: PublicKey,
    token_issuer_key: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x_mydata: Option<PossessionExtension>,
}

impl SourceConsent {
    /// From its parts.
    ///
    /// # Errors
    /// [`ConsentRefusal`].
    pub fn new(
        terms: Terms,
        pop_key: PublicKey,
        token_issuer_key: PublicKey,
    ) -> Result<Self, ConsentRefusal> {
        Self::try_from(SourceWire {
            common_part: terms,
            role_specific_part: SourcePart {
                pop_key,
                token_issuer_key,
                x_mydata: None,
            },
        })
    }

    /// The same for a sink that proves possession of its key in this way.
    #[must_use]
    pub fn proven_by(mut self, scheme: ProofScheme) -> Self {
        self.role_specific_part.x_mydata = scheme.to_extension();
        self
    }

    /// The sink's key: data requests are signed with it (CN-84).
    #[must_use]
    pub const fn pop_key(&self) -> &PublicKey {
        &self.role_specific_part.pop_key
    }

    /// How data requests show that their sender holds that key.
    #[must_use]
    pub fn proof_scheme(&self) -> ProofScheme {
        ProofScheme::said(self.role_specific_part.x_mydata.as_ref())
    }

    /// The operator's key: tokens are signed with it (CN-85).
    #[must_use]
    pub const fn token_issuer_key(&self) -> &PublicKey {
        &self.role_specific_part.token_issuer_key
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SourceWire {
    common_part: Terms,
    role_specific_part: SourcePart,
}

impl TryFrom<SourceWire> for SourceConsent {
    type Error = ConsentRefusal;

    fn try_from(wire: SourceWire) -> Result<Self, Self::Error> {
        wire.common_part.check(Role::Source)?;
        let datasets = wire.common_part.resource_set().datasets();
        if datasets
            .iter()
            .any(|dataset| dataset.distribution_url.is_none())
        {
            return Err(ConsentRefusal::NoDistribution);
        }
        // A key never serves two roles.
        let part = &wire.role_specific_part;
        if part.pop_key.material() == part.token_issuer_key.material() {
            return Err(ConsentRefusal::KeysAreOne);
        }
        Ok(Self {
            common_part: wire.common_part,
            role_specific_part: wire.role_specific_part,
        })
    }
}

impl Consent for SourceConsent {
    fn terms(&self) -> &Terms {
        &self.common_part
    }

    fn usage_rules(&self) -> &[UsageRule] {
        &[]
    }
}

impl Payload for SourceConsent {
    const TYP: &'static str = "mydata-source-cr+json";
    //= CN-88
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    type Hint = LinkId;

    fn hint(&self) -> &LinkId {
        &self.common_part.slr_id
    }

    fn signed_at(&self) -> Option<Timestamp> {
        Some(self.common_part.iat)
    }
}

/// The sink's half (Consenting 2.0 §4.3): what may be fetched, and what it may be used for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "SinkWire")]
pub struct SinkConsent {
    common_part: Terms,
    role_specific_part: SinkPart,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= CN-86, CN-87
struct SinkPart {
    source_cr_id: ConsentId,
    usage_rules: Vec<UsageRule>,
}

impl SinkConsent {
    /// From its parts.
    ///
    /// # Errors
    /// [`ConsentRefusal`].
    pub fn new(
        terms: Terms,
        source_cr_id: ConsentId,
        usage_rules: Vec<UsageRule>,
    ) -> Result<Self, ConsentRefusal> {
        Self::try_from(SinkWire {
            common_part: terms,
            role_specific_part: SinkPart {
                source_cr_id,
                usage_rules,
            },
        })
    }

    /// The other half (CN-86).
    #[must_use]
    pub const fn source_cr_id(&self) -> &ConsentId {
        &self.role_specific_part.source_cr_id
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SinkWire {
    common_part: Terms,
    role_specific_part: SinkPart,
}

impl TryFrom<SinkWire> for SinkConsent {
    type Error = ConsentRefusal;

    fn try_from(wire: SinkWire) -> Result<Self, Self::Error> {
        wire.common_part.check(Role::Sink)?;
        let part = wire.role_specific_part;
        wire.common_part.check_rules(&part.usage_rules)?;
        Ok(Self {
            common_part: wire.common_part,
            role_specific_part: SinkPart {
                source_cr_id: part.source_cr_id,
                usage_rules: UsageRule::fitted(part.usage_rules),
            },
        })
    }
}

impl Consent for SinkConsent {
    fn terms(&self) -> &Terms {
        &self.common_part
    }

    fn usage_rules(&self) -> &[UsageRule] {
        &self.role_specific_part.usage_rules
    }
}

impl Payload for SinkConsent {
    const TYP: &'static str = "mydata-sink-cr+json";
    //= CN-88
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    type Hint = LinkId;

    fn hint(&self) -> &LinkId {
        &self.common_part.slr_id
    }

    fn signed_at(&self) -> Option<Timestamp> {
        Some(self.common_part.iat)
    }
}
