//! Names of receipts.

use mydata_core::id::InvalidId;
use mydata_core::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The id of a receipt: a UUID of version 4 (RFC 9562 §5.4) in lower case. Not the id of a consent:
/// one decision may have many receipts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptId([u8; 16]);

/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl ReceiptId {
    /// From 128 fresh random bits; six of them give way to the version and the variant.
    #[must_use]
    pub const fn from_random(mut bits: [u8; 16]) -> Self {
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bits;
        *version = *version & 0x0f | 0x40;
        *variant = *variant & 0x3f | 0x80;
        Self(bits)
    }

    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// [`InvalidId`] for any other form, version or variant.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::default();
        if text.len() != 36
            || HYPHENS
                .iter()
                .any(|at| text.as_bytes().get(*at) != Some(&b'-'))
        {
            return Err(wrong());
        }
        let mut digits = text.bytes().filter(|b| *b != b'-');
        let mut octets = [0; 16];
        for octet in &mut octets {
            let mut digit = || digits.next().and_then(digit);
            let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
            *octet = high << 4 | low;
        }
        let id = Self(octets);
        if digits.next().is_none() && id == Self::from_random(octets) {
            Ok(id)
        } else {
            Err(wrong())
        }
    }
}

const fn digit(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, octet) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptId({self})")
    }
}

impl Serialize for ReceiptId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReceiptId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a UUID of version 4", |text| {
            Self::parse(text).ok()
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ReceiptId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReceiptId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
        })
    }
}
