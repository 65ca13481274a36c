//! Reading and replacing the parts of a date, in UTC or in a zone.

use jiff::tz::TimeZone;

use super::Date;
use super::civil::{self, Civil};

/// A part of a date that can be read and set; the names are those of JavaScript's methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `getFullYear`, `setFullYear(year, month?, date?)`
    FullYear,
    /// `getMonth`, `setMonth(month, date?)`; January is 0
    Month,
    /// `getDate`, `setDate(date)`: the day of the month, from 1
    Date,
    /// `getHours`, `setHours(hours, minutes?, seconds?, ms?)`
    Hours,
    /// `getMinutes`, `setMinutes(minutes, seconds?, ms?)`
    Minutes,
    /// `getSeconds`, `setSeconds(seconds, ms?)`
    Seconds,
    /// `getMilliseconds`, `setMilliseconds(ms)`
    Milliseconds,
}

const DAY_PARTS: usize = 3;

impl Date {
    /// `new Date(year, month, …)` (with the local zone) and `Date.UTC(year, month, …)` (with UTC). Missing
    /// parts are the least ones; the years 0 to 99 mean 1900 to 1999.
    pub fn from_parts(parts: &[f64], tz: &TimeZone) -> Date {
        let mut all = [f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        for (slot, part) in all.iter_mut().zip(parts) {
            *slot = *part;
        }
        if (0.0..100.0).contains(&all[0].trunc()) {
            all[0] = 1900.0 + all[0].trunc();
        }
        Date::from_wall(all, tz)
    }

    /// `getHours()` and its kin; `None` (JavaScript's NaN) for an invalid date.
    pub fn get(self, part: Part, tz: &TimeZone) -> Option<i64> {
        let civil = Civil::local(self.millis()?, tz);
        Some(fields(&civil)[part as usize])
    }

    /// `getDay()`: the day of the week, Sunday is 0.
    pub fn weekday(self, tz: &TimeZone) -> Option<i64> {
        Some(Civil::local(self.millis()?, tz).weekday)
    }

    /// `getTimezoneOffset()`: minutes from local time to UTC, negative east of Greenwich.
    pub fn timezone_offset(self, tz: &TimeZone) -> Option<f64> {
        let seconds = civil::offset_seconds(self.millis()?, tz);
        Some(if seconds == 0 {
            0.0
        } else {
            -(seconds as f64) / 60.0
        })
    }

    /// `setHours(values…)` and its kin: the part and those after it replaced, overflow carried on. NaN makes
    /// the date invalid; an invalid date stays so, except that setting the year starts from 1970.
    pub fn with(self, part: Part, values: &[f64], tz: &TimeZone) -> Date {
        let start = part as usize;
        let end = if start < DAY_PARTS { DAY_PARTS } else { 7 };
        let civil = match self.millis() {
            Some(ms) => Civil::local(ms, tz),
            None if part == Part::FullYear => Civil::of(0),
            None => return Date::INVALID,
        };
        let mut all = fields(&civil).map(|field| field as f64);
        all[start] = f64::NAN;
        for (slot, value) in all[start..end].iter_mut().zip(values) {
            *slot = *value;
        }
        Date::from_wall(all, tz)
    }

    /// The instant of wall-clock parts.
    pub(super) fn from_wall(parts: [f64; 7], tz: &TimeZone) -> Date {
        civil::to_utc(civil::make(parts), tz).map_or(Date::INVALID, Date)
    }
}

fn fields(civil: &Civil) -> [i64; 7] {
    [
        civil.year,
        civil.month,
        civil.day,
        civil.hour,
        civil.minute,
        civil.second,
        civil.milli,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(parts: &[f64]) -> Date {
        Date::from_parts(parts, &TimeZone::UTC)
    }

    #[test]
    fn parts_overflow_and_nan() {
        for (parts, iso) in [
            (&[2024.0, 0.0][..], "2024-01-01T00:00:00.000Z"),
            (&[2024.0, 12.0], "2025-01-01T00:00:00.000Z"),
            (&[2024.0, -1.0, 31.0], "2023-12-31T00:00:00.000Z"),
            (&[2023.0, 1.0, 29.0], "2023-03-01T00:00:00.000Z"),
            (&[99.0, 0.0], "1999-01-01T00:00:00.000Z"),
            (
                &[2024.0, 0.0, 1.0, 25.0, 61.0, 61.0, 1001.0],
                "2024-01-02T02:02:02.001Z",
            ),
            (&[2024.9, 0.9, 1.9], "2024-01-01T00:00:00.000Z"),
            (&[275760.0, 8.0, 13.0], "+275760-09-13T00:00:00.000Z"),
            (&[275760.0, 8.0, 14.0], "Invalid Date"),
            (&[f64::NAN, 0.0], "Invalid Date"),
            (&[2024.0, f64::INFINITY], "Invalid Date"),
            (&[], "Invalid Date"),
        ] {
            assert_eq!(utc(parts).to_iso(), iso, "{parts:?}");
        }
    }

    #[test]
    fn setters() {
        let start = utc(&[2024.0, 0.0, 31.0, 10.0, 20.0, 30.0, 456.0]);
        for (part, values, iso) in [
            (Part::Month, &[1.0][..], "2024-03-02T10:20:30.456Z"),
            (
                Part::FullYear,
                &[2023.0, 5.0, 1.0],
                "2023-06-01T10:20:30.456Z",
            ),
            (Part::Date, &[0.0, 99.0], "2023-12-31T10:20:30.456Z"),
            (
                Part::Hours,
                &[25.0, 0.0, 0.0, 0.0],
                "2024-02-01T01:00:00.000Z",
            ),
            (Part::Milliseconds, &[-1.0], "2024-01-31T10:20:29.999Z"),
            (Part::Seconds, &[f64::NAN], "Invalid Date"),
            (Part::Minutes, &[], "Invalid Date"),
        ] {
            assert_eq!(
                start.with(part, values, &TimeZone::UTC).to_iso(),
                iso,
                "{part:?} {values:?}"
            );
        }
        let revived = Date::INVALID.with(Part::FullYear, &[2024.0], &TimeZone::UTC);
        assert_eq!(revived.to_iso(), "2024-01-01T00:00:00.000Z");
        assert_eq!(
            Date::INVALID.with(Part::Hours, &[1.0], &TimeZone::UTC),
            Date::INVALID
        );
    }

    #[test]
    fn getters_in_a_zone() {
        let tz = TimeZone::get("America/New_York").unwrap();
        let date = utc(&[2024.0, 6.0, 1.0, 3.0, 5.0]);
        assert_eq!(date.get(Part::Date, &tz), Some(30));
        assert_eq!(date.get(Part::Month, &tz), Some(5));
        assert_eq!(date.get(Part::Hours, &tz), Some(23));
        assert_eq!(date.weekday(&tz), Some(0));
        assert_eq!(date.timezone_offset(&tz), Some(240.0));
        assert_eq!(date.timezone_offset(&TimeZone::UTC), Some(0.0));
        assert_eq!(Date::INVALID.get(Part::Hours, &tz), None);
    }
}
