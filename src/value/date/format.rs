//! A date as text, as JavaScript's methods print it.

use jiff::tz::TimeZone;

use super::civil::{self, Civil};
use super::{Date, zone};

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const INVALID: &str = "Invalid Date";

impl Date {
    /// `toISOString()`: `2024-01-15T10:00:00.000Z`, with a sign and six digits for years beyond 0 to 9999.
    pub fn to_iso(self) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::of(ms.into());
        let year = match c.year {
            0..=9999 => format!("{:04}", c.year),
            year => format!("{year:+07}"),
        };
        let (month, day) = (c.month + 1, c.day);
        format!(
            "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            c.hour, c.minute, c.second, c.milli
        )
    }

    /// `toString()`: `Mon Nov 23 2026 14:25:22 GMT+0000 (Coordinated Universal Time)`.
    pub fn to_js_string(self, tz: &TimeZone) -> String {
        match self.millis() {
            Some(_) => format!("{} {}", self.to_date_string(tz), self.to_time_string(tz)),
            None => INVALID.into(),
        }
    }

    /// `toDateString()`: `Mon Nov 23 2026`.
    pub fn to_date_string(self, tz: &TimeZone) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::local(ms, tz);
        format!("{} {} {:02} {}", weekday(&c), month(&c), c.day, year(&c))
    }

    /// `toTimeString()`: `14:25:22 GMT+0000 (Coordinated Universal Time)`.
    pub fn to_time_string(self, tz: &TimeZone) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::local(ms, tz);
        let minutes = civil::offset_seconds(ms, tz) / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        format!(
            "{} GMT{sign}{hours:02}{rest:02} ({})",
            clock(&c),
            zone::long_name(ms, tz)
        )
    }

    /// `toUTCString()`: `Mon, 23 Nov 2026 14:25:22 GMT`.
    pub fn to_utc_string(self) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::of(ms.into());
        format!(
            "{}, {:02} {} {} {} GMT",
            weekday(&c),
            c.day,
            month(&c),
            year(&c),
            clock(&c)
        )
    }

    /// `toLocaleString()` of the locale en-US: `11/23/2026, 2:25:22 PM`.
    pub fn to_locale_string(self, tz: &TimeZone) -> String {
        match self.millis() {
            Some(_) => format!(
                "{}, {}",
                self.to_locale_date_string(tz),
                self.to_locale_time_string(tz)
            ),
            None => INVALID.into(),
        }
    }

    /// `toLocaleDateString()` of the locale en-US: `11/23/2026`; years before 1 are counted with their era.
    pub fn to_locale_date_string(self, tz: &TimeZone) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::local(ms, tz);
        match c.year {
            1.. => format!("{}/{}/{}", c.month + 1, c.day, c.year),
            _ => format!("{}/{}/{} B", c.month + 1, c.day, 1 - c.year),
        }
    }

    /// `toLocaleTimeString()` of the locale en-US: `2:25:22 PM`.
    pub fn to_locale_time_string(self, tz: &TimeZone) -> String {
        let Some(ms) = self.millis() else {
            return INVALID.into();
        };
        let c = Civil::local(ms, tz);
        let half = if c.hour < 12 { "AM" } else { "PM" };
        let hour = (c.hour + 11) % 12 + 1;
        format!("{hour}:{:02}:{:02} {half}", c.minute, c.second)
    }
}

fn weekday(civil: &Civil) -> &'static str {
    DAYS[civil.weekday as usize]
}

fn month(civil: &Civil) -> &'static str {
    MONTHS[civil.month as usize]
}

fn clock(civil: &Civil) -> String {
    format!("{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second)
}

/// Four digits, and six for negative years.
fn year(civil: &Civil) -> String {
    match civil.year {
        ..0 => format!("-{:06}", -civil.year),
        year => format!("{year:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso() {
        for (ms, iso) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_444_322_200, "2026-11-23T14:32:02.200Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (-62_198_755_200_000, "-000001-01-01T00:00:00.000Z"),
            (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
            (i64::MAX, "+292278994-08-17T07:12:55.807Z"),
            (i64::MIN + 1, "-292275055-05-16T16:47:04.193Z"),
            (i64::MIN, "Invalid Date"),
        ] {
            assert_eq!(Date(ms).to_iso(), iso);
        }
    }

    #[test]
    fn strings() {
        let date = Date(1_795_444_322_200);
        let utc = TimeZone::UTC;
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            date.to_js_string(&utc),
            "Mon Nov 23 2026 14:32:02 GMT+0000 (Coordinated Universal Time)"
        );
        assert_eq!(
            date.to_js_string(&berlin),
            "Mon Nov 23 2026 15:32:02 GMT+0100 (Central European Standard Time)"
        );
        assert_eq!(date.to_utc_string(), "Mon, 23 Nov 2026 14:32:02 GMT");
        assert_eq!(date.to_locale_string(&utc), "11/23/2026, 2:32:02 PM");
        assert_eq!(Date(0).to_locale_time_string(&utc), "12:00:00 AM");
        assert_eq!(
            Date(-62_198_755_200_000).to_utc_string(),
            "Fri, 01 Jan -000001 00:00:00 GMT"
        );
        assert_eq!(Date::INVALID.to_js_string(&utc), "Invalid Date");
        assert_eq!(Date::INVALID.to_locale_string(&utc), "Invalid Date");
    }
}
