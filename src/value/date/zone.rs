//! The English names of time zones, as JavaScript prints them.
//!
//! `zones.txt` holds what node's `Intl` says of the zones of today: standard name, summer name (empty where
//! the clocks stay), zones.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::{Dst, TimeZone};

use super::civil;

/// The standard and the summer name by IANA name.
static NAMES: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for line in include_str!("zones.txt").lines() {
        let mut fields = line.split('|');
        if let (Some(standard), Some(summer), Some(zones)) =
            (fields.next(), fields.next(), fields.next())
        {
            names.extend(zones.split(',').map(|zone| (zone, (standard, summer))));
        }
    }
    names
});

/// The zone's long name at an instant (`Central European Summer Time`), or its offset (`GMT-05:00`).
pub(super) fn long_name(ms: i64, tz: &TimeZone) -> String {
    let summer_time = tz.to_offset_info(civil::instant(ms)).dst() == Dst::Yes;
    match names(tz) {
        Some((standard, _)) if !summer_time => standard.to_owned(),
        Some((_, summer)) if !summer.is_empty() => summer.to_owned(),
        _ => offset_name(civil::offset_seconds(ms, tz) / 60),
    }
}

fn names(tz: &TimeZone) -> Option<(&'static str, &'static str)> {
    let by_name = tz.iana_name().and_then(|name| NAMES.get(name));
    by_name
        .or_else(|| NAMES.get(tz.primary_iana_name()?))
        .copied()
}

fn offset_name(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "GMT".into(),
        (hours, rest) => format!("GMT{sign}{hours:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zones() {
        const SUMMER: i64 = 1_782_864_000_000;
        for (zone, winter, summer) in [
            (
                "UTC",
                "Coordinated Universal Time",
                "Coordinated Universal Time",
            ),
            (
                "Europe/Berlin",
                "Central European Standard Time",
                "Central European Summer Time",
            ),
            (
                "Europe/London",
                "Greenwich Mean Time",
                "British Summer Time",
            ),
            (
                "America/New_York",
                "Eastern Standard Time",
                "Eastern Daylight Time",
            ),
            ("Asia/Kolkata", "India Standard Time", "India Standard Time"),
            (
                "US/Pacific",
                "Pacific Standard Time",
                "Pacific Daylight Time",
            ),
            ("Etc/GMT+5", "GMT-05:00", "GMT-05:00"),
        ] {
            let tz = TimeZone::get(zone).unwrap();
            assert_eq!(long_name(SUMMER - 180 * civil::DAY, &tz), winter, "{zone}");
            assert_eq!(long_name(SUMMER, &tz), summer, "{zone}");
        }
    }
}
