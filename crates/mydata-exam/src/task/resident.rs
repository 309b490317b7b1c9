//! A resident's access token, and the provider that it is held against.

use serde::{Deserialize, Serialize};

/// One token and what it is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ResidentTask {
    /// The provider, as it is configured.
    pub provider: KnownProvider,
    /// The JWK Set that it publishes, as it travels.
    pub keys: String,
    /// The token, as it travels.
    pub token: String,
    /// The judge's clock.
    pub at: u64,
    /// At least this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<String>,
    /// Identified no longer ago than this, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freshest: Option<u32>,
}

/// A provider, as it is configured; what is not said is as the guide has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KnownProvider {
    /// Its identifier.
    pub issuer: String,
    /// Our name at it.
    pub audience: String,
    /// How far clocks may be apart, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leeway: Option<u32>,
    /// How long a token may live, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<u32>,
    /// The clients whose tokens are taken; all, when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// The claims that name scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope_claims: Vec<String>,
    /// The claim that says how well somebody was identified, and what its words mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<KnownLevels>,
}

/// A claim, its words, and the level that each means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct KnownLevels {
    /// The name of the claim.
    pub claim: String,
    /// Words, and what they mean.
    pub words: Vec<(String, String)>,
}
