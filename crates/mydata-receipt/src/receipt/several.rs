//! Lists that are never empty.

use serde::{Deserialize, Deserializer, de};

/// Reads a list of at least one.
pub(super) fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Vec::deserialize(deserializer)?;
    if all.is_empty() {
        return Err(de::Error::custom("an empty list"));
    }
    Ok(all)
}
