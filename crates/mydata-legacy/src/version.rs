use crate::RecordRefusal;
use std::fmt;

/// The versions that are read (C02). Samples of 1.1 are refused: no system that ran wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the past is closed: no older version will be added"
)]
pub enum LegacyVersion {
    /// `1.2`
    V1_2,
    /// `1.2.1`
    V1_2_1,
    /// `1.3`, which the reference SDK writes.
    V1_3,
}

impl LegacyVersion {
    /// Every version, the oldest first.
    pub const ALL: [Self; 3] = [Self::V1_2, Self::V1_2_1, Self::V1_3];

    /// As it stands in a record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_2_1 => "1.2.1",
            Self::V1_3 => "1.3",
        }
    }

    /// The version that a record names, exactly.
    ///
    /// # Errors
    /// [`RecordRefusal::Version`]: `2.0` among others, which is for the reader of 2.0.
    pub fn parse(name: &str) -> Result<Self, RecordRefusal> {
        let named = |version: &Self| version.name() == name;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or(RecordRefusal::Version)
    }
}

impl fmt::Display for LegacyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
