//! Durations and sizes as people write them.

use std::time::Duration;

/// `500ms`, `5s`, `2m`, `1h`, `30d`; a whole number with a unit, and more than nothing.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let of = |seconds: u64| number.checked_mul(seconds).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => of(1),
        "m" => of(60),
        "h" => of(3600),
        "d" => of(86_400),
        _ => None,
    }
}

/// `512B`, `64KiB`, `8MiB`, `1GiB`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    (number <= 1_000_000_000_000).then_some((number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("30d"), Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(size("8MiB"), Some(8 * 1024 * 1024));
        for none in [
            "",
            "5",
            "s",
            "0s",
            "1.5s",
            "-1s",
            "5 s",
            "5S",
            "99999999999999s",
        ] {
            assert_eq!(duration(none), None, "{none}");
        }
        for none in ["8", "8MB", "8mib", "0KiB", "99999999999999999999B"] {
            assert_eq!(size(none), None, "{none}");
        }
    }
}
