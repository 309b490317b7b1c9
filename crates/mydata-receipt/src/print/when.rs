//! Dates and times in the reader's language, at the reader's place.

use super::Reader;
use super::html::Html;
use super::texts::Words;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use mydata_core::lang::Trilingual;
use mydata_core::time::Timestamp;

/// Where the reader's clock hangs. The rules of each zone, past and future, are compiled in; no
/// machine is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Zone {
    /// Finland, with Åland.
    Helsinki,
    /// Sweden.
    Stockholm,
    /// Universal time.
    Utc,
}

static HELSINKI: TimeZone = jiff::tz::get!("Europe/Helsinki");
static UTC: TimeZone = TimeZone::UTC;
static STOCKHOLM: TimeZone = jiff::tz::get!("Europe/Stockholm");

impl Zone {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::Helsinki, Self::Stockholm, Self::Utc];

    /// What its time is called.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Helsinki => ("Suomen aika", "finsk tid", "Finnish time"),
            Self::Stockholm => ("Ruotsin aika", "svensk tid", "Swedish time"),
            Self::Utc => ("UTC-aika", "tid enligt UTC", "UTC"),
        };
        Trilingual { fi, sv, en }
    }

    /// Its name in the tables of the zones (IANA).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helsinki => "Europe/Helsinki",
            Self::Stockholm => "Europe/Stockholm",
            Self::Utc => "UTC",
        }
    }

    fn zone(self) -> &'static TimeZone {
        match self {
            Self::Helsinki => &HELSINKI,
            Self::Stockholm => &STOCKHOLM,
            Self::Utc => &UTC,
        }
    }
}

/// Writes moments for one reader at one place.
#[derive(Debug)]
pub(super) struct Clock {
    reader: Reader,
    zone: &'static TimeZone,
    own: Words,
}

/// The months, as they stand within a date.
const MONTHS: [Trilingual; 12] = {
    const fn month(fi: &'static str, sv: &'static str, en: &'static str) -> Trilingual {
        Trilingual { fi, sv, en }
    }
    [
        month("tammikuuta", "januari", "January"),
        month("helmikuuta", "februari", "February"),
        month("maaliskuuta", "mars", "March"),
        month("huhtikuuta", "april", "April"),
        month("toukokuuta", "maj", "May"),
        month("kesäkuuta", "juni", "June"),
        month("heinäkuuta", "juli", "July"),
        month("elokuuta", "augusti", "August"),
        month("syyskuuta", "september", "September"),
        month("lokakuuta", "oktober", "October"),
        month("marraskuuta", "november", "November"),
        month("joulukuuta", "december", "December"),
    ]
};

impl Clock {
    pub(super) fn new(reader: Reader, zone: Zone) -> Self {
        let (zone, own) = (zone.zone(), Words::of(reader));
        Self { reader, zone, own }
    }

    /// The day and the time of day: `9. tammikuuta 2025 klo 10.00`. Of an hour that the clock shows
    /// twice it is said which one it is.
    pub(super) fn moment(&self, time: Timestamp) -> Html {
        let text = self.words(time, |moment, local| {
            let (hour, minute) = (local.hour(), local.minute());
            let mut text = self.date(local.date());
            text += &match self.reader {
                Reader::Fi => format!(" klo {hour}.{minute:02}"),
                Reader::Sv => format!(" kl. {hour}.{minute:02}"),
                Reader::En => format!(" at {hour}:{minute:02}"),
            };
            let possible = self.zone.to_ambiguous_timestamp(local).offset();
            if let AmbiguousOffset::Fold { before, .. } = possible {
                let season = if self.zone.to_offset(moment) == before {
                    self.own.summer_time
                } else {
                    self.own.standard_time
                };
                text += &format!(" ({season})");
            }
            text
        });
        Html::time(&time.to_string(), &text)
    }

    /// The day alone.
    pub(super) fn day(&self, time: Timestamp) -> Html {
        Html::time(&time.to_string(), &self.day_in_words(time))
    }

    /// The day alone, where no tag can stand.
    pub(super) fn day_in_words(&self, time: Timestamp) -> String {
        self.words(time, |_, local| self.date(local.date()))
    }

    fn words(
        &self,
        time: Timestamp,
        write: impl Fn(jiff::Timestamp, DateTime) -> String,
    ) -> String {
        let seconds = i64::try_from(time.seconds()).ok();
        let moment = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        // The last hours of the year 9999 have no local time.
        moment.map_or_else(
            || time.to_string(),
            |moment| write(moment, self.zone.to_datetime(moment)),
        )
    }

    fn date(&self, date: Date) -> String {
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let month = MONTHS
            .get(month)
            .map_or("", |month| self.reader.choose(*month));
        let (day, year) = (date.day(), date.year());
        match self.reader {
            Reader::Fi => format!("{day}. {month} {year}"),
            Reader::Sv | Reader::En => format!("{day} {month} {year}"),
        }
    }
}
