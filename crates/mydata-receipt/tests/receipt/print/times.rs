//! Dates and times as a reader writes them.

use super::DIGEST;
use super::samples::changed;
use mydata_core::time::Timestamp;
use mydata_receipt::print::{Page, Reader, Zone};

/// What the page says of a moment.
fn said(utc: &str, reader: Reader, zone: Zone) -> String {
    let seconds = Timestamp::parse(utc).unwrap().seconds();
    let decided = "/grounds/consent/ceremony/decided_at";
    let receipt = changed("pair", &[(decided, seconds.into())]);
    let page = Page::unproven(&receipt, DIGEST, reader, zone).to_string();
    let (_, row) = page.split_once("id=\"fw-26\"").unwrap();
    let (_, time) = row
        .split_once(&format!("<time datetime=\"{utc}\">"))
        .unwrap();
    time.split('<').next().unwrap().to_owned()
}

#[test]
fn a_moment_is_written_as_its_reader_writes_it() {
    for (utc, zone, fi, sv, en) in [
        (
            "2025-01-09T08:00:00Z",
            Zone::Helsinki,
            "9. tammikuuta 2025 klo 10.00",
            "9 januari 2025 kl. 10.00",
            "9 January 2025 at 10:00",
        ),
        (
            "2025-07-31T21:05:59Z",
            Zone::Helsinki,
            "1. elokuuta 2025 klo 0.05",
            "1 augusti 2025 kl. 0.05",
            "1 August 2025 at 0:05",
        ),
        // The year ends two hours earlier than that of UTC, and a day is skipped in the date only.
        (
            "2024-12-31T22:00:00Z",
            Zone::Helsinki,
            "1. tammikuuta 2025 klo 0.00",
            "1 januari 2025 kl. 0.00",
            "1 January 2025 at 0:00",
        ),
        (
            "2024-12-31T21:59:59Z",
            Zone::Helsinki,
            "31. joulukuuta 2024 klo 23.59",
            "31 december 2024 kl. 23.59",
            "31 December 2024 at 23:59",
        ),
        (
            "2024-12-31T22:30:00Z",
            Zone::Stockholm,
            "31. joulukuuta 2024 klo 23.30",
            "31 december 2024 kl. 23.30",
            "31 December 2024 at 23:30",
        ),
        (
            "2024-02-29T12:00:00Z",
            Zone::Utc,
            "29. helmikuuta 2024 klo 12.00",
            "29 februari 2024 kl. 12.00",
            "29 February 2024 at 12:00",
        ),
        // Summer time begins: 3.00 does not exist.
        (
            "2025-03-30T00:59:59Z",
            Zone::Helsinki,
            "30. maaliskuuta 2025 klo 2.59",
            "30 mars 2025 kl. 2.59",
            "30 March 2025 at 2:59",
        ),
        (
            "2025-03-30T01:00:00Z",
            Zone::Helsinki,
            "30. maaliskuuta 2025 klo 4.00",
            "30 mars 2025 kl. 4.00",
            "30 March 2025 at 4:00",
        ),
        // It ends: the clock shows 3.30 twice.
        (
            "2025-10-26T00:30:00Z",
            Zone::Helsinki,
            "26. lokakuuta 2025 klo 3.30 (kesäaikaa)",
            "26 oktober 2025 kl. 3.30 (sommartid)",
            "26 October 2025 at 3:30 (summer time)",
        ),
        (
            "2025-10-26T01:30:00Z",
            Zone::Helsinki,
            "26. lokakuuta 2025 klo 3.30 (normaaliaikaa)",
            "26 oktober 2025 kl. 3.30 (normaltid)",
            "26 October 2025 at 3:30 (standard time)",
        ),
        (
            "2025-10-26T02:00:00Z",
            Zone::Helsinki,
            "26. lokakuuta 2025 klo 4.00",
            "26 oktober 2025 kl. 4.00",
            "26 October 2025 at 4:00",
        ),
        // Rules go on for ever; local time does not.
        (
            "9998-07-01T00:00:00Z",
            Zone::Helsinki,
            "1. heinäkuuta 9998 klo 3.00",
            "1 juli 9998 kl. 3.00",
            "1 July 9998 at 3:00",
        ),
        (
            "9999-12-31T23:59:59Z",
            Zone::Helsinki,
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
        ),
        (
            "1970-01-01T00:00:00Z",
            Zone::Helsinki,
            "1. tammikuuta 1970 klo 2.00",
            "1 januari 1970 kl. 2.00",
            "1 January 1970 at 2:00",
        ),
    ] {
        for (reader, expected) in [(Reader::Fi, fi), (Reader::Sv, sv), (Reader::En, en)] {
            assert_eq!(said(utc, reader, zone), expected, "{utc}");
        }
    }
}

#[test]
fn the_zone_is_named_once() {
    let receipt = changed("pair", &[]);
    for zone in Zone::ALL {
        for reader in Reader::ALL {
            let page = Page::unproven(&receipt, DIGEST, reader, *zone).to_string();
            let label = reader.choose(zone.label());
            assert_eq!(page.matches(&format!(" ({})<", zone.name())).count(), 1);
            assert!(page.to_lowercase().contains(&label.to_lowercase()));
        }
    }
}
