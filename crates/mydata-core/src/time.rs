//! Time as the protocol knows it: whole seconds of UTC (NumericDate, RFC 7519 §2), always an
//! argument, never read from a clock.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::num::NonZeroU32;

/// The last second of the year 9999: what RFC 3339 can still write.
const LAST: u64 = 253_402_300_799;

/// A moment: whole seconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// In JSON an integer; fractions, strings and negative numbers are refused (contradiction C06).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From seconds since the epoch; `None` after the year 9999.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Option<Self> {
        if seconds <= LAST {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Reads what `Display` writes: RFC 3339 in UTC with whole seconds, `2025-01-07T08:00:00Z`. For
    /// configuration and people; on the wire a time is an integer.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let format = &::time::format_description::well_known::Rfc3339;
        let moment = ::time::OffsetDateTime::parse(text, format).ok()?;
        let time = Self::from_seconds(u64::try_from(moment.unix_timestamp()).ok()?)?;
        (time.to_string() == text).then_some(time)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// This moment and `span` later; the end of the year 9999 at the latest.
    #[must_use]
    pub const fn plus(self, span: Seconds) -> Self {
        let sum = self.0.saturating_add(span.get());
        Self(if sum > LAST { LAST } else { sum })
    }

    /// This moment and `span` earlier; the epoch at the earliest.
    #[must_use]
    pub const fn minus(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.get()))
    }

    /// How long after `earlier` this moment is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Seconds {
        let span = self.0.saturating_sub(earlier.0);
        // Spans are kept in 32 bits (136 years); longer ones count as that.
        Seconds(if span > u32::MAX as u64 {
            u32::MAX
        } else {
            span as u32
        })
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, UTC: `2025-01-07T08:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = i64::try_from(self.0)
            .ok()
            .and_then(|s| ::time::OffsetDateTime::from_unix_timestamp(s).ok());
        let text = moment.and_then(|m| {
            m.format(&::time::format_description::well_known::Rfc3339)
                .ok()
        });
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

//= FW-04, SL-47, CN-73, DT-52, HR-03
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        Self::from_seconds(seconds).ok_or_else(|| de::Error::custom("a time after the year 9999"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "integer", "minimum": 0, "maximum": LAST,
            "description": "NumericDate (RFC 7519 section 2), whole seconds"
        })
    }
}

/// A span of whole seconds, up to 136 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seconds(u32);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// That many seconds.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// That many minutes; 136 years at the most.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// That many days of 86 400 seconds; 136 years at the most.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self(days.saturating_mul(86_400))
    }

    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0 as u64
    }

    /// This span divided by `parts`, rounded down.
    #[must_use]
    pub const fn part(self, parts: NonZeroU32) -> Self {
        Self(self.0 / parts.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_seconds_are_a_time() {
        for text in [
            "1.0",
            "1e3",
            "-1",
            "\"1\"",
            "null",
            "253402300800",
            "18446744073709551616",
        ] {
            assert!(serde_json::from_str::<Timestamp>(text).is_err(), "{text}");
        }
        let time: Timestamp = serde_json::from_str("253402300799").unwrap();
        assert_eq!(time.to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(time.plus(Seconds::new(1)), time);
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59Z"), Some(time));
        for text in [
            "2025-01-07T08:00:00+02:00",
            "2025-01-07T08:00:00.5Z",
            "2025-01-07",
            "",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
