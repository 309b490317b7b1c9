//! The one clock, and times as people write them.

use mydata::core::time::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time of the machine, in whole seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "a leaf: the time that is an argument everywhere else begins here"
)]
pub(crate) fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = now.map_or(0, |since| since.as_secs());
    Timestamp::from_seconds(seconds).unwrap_or_else(epoch)
}

const fn epoch() -> Timestamp {
    match Timestamp::from_seconds(0) {
        Some(time) => time,
        None => epoch(),
    }
}

/// RFC 3339 at any offset, or seconds since 1970.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    let seconds = match text.parse() {
        Ok(seconds) => Some(seconds),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|moment| u64::try_from(moment.unix_timestamp()).ok()),
    };
    seconds
        .and_then(Timestamp::from_seconds)
        .ok_or("neither RFC 3339 (2025-01-07T08:00:00Z) nor whole seconds since 1970")
}
