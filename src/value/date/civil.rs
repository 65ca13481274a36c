//! The proleptic Gregorian calendar over every int64 of milliseconds.
//!
//! jiff knows the zones but ends at the years ±9999; BSON's dates do not, so the calendar is computed here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::LIMIT;

pub(super) const DAY: i64 = 86_400_000;

/// A moment on the clock on the wall. Months count from 0, as in JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub milli: i64,
    /// 0 is Sunday.
    pub weekday: i64,
}

impl Civil {
    /// The fields of a count of milliseconds; i128 so that adding an offset cannot overflow.
    pub fn of(ms: i128) -> Civil {
        let days = ms.div_euclid(DAY.into()) as i64;
        let rest = ms.rem_euclid(DAY.into()) as i64;
        let (year, month, day) = date_of(days);
        Civil {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            milli: rest % 1000,
            weekday: (days + 4).rem_euclid(7),
        }
    }

    /// The fields in a zone.
    pub fn local(ms: i64, tz: &TimeZone) -> Civil {
        Civil::of(i128::from(ms) + i128::from(offset_seconds(ms, tz)) * 1000)
    }
}

/// Year, month (from 0) and day of a count of days. Years start in March here, so that leap days come last.
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (year, month, day)
}

/// Days from 1970-01-01 to the first of a month (from 0).
pub(super) fn days_to_month(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month < 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 10) % 12) + 2) / 5;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

/// ECMAScript's MakeDate over MakeDay and MakeTime: any part may overflow into the next, NaN spreads.
/// `parts` are year, month (from 0), day, hours, minutes, seconds, milliseconds.
pub(super) fn make(parts: [f64; 7]) -> f64 {
    if parts.iter().any(|part| !part.is_finite()) {
        return f64::NAN;
    }
    let [year, month, day, hours, minutes, seconds, millis] = parts.map(f64::trunc);
    // Where V8 gives up too.
    if year.abs() > 1e6 || month.abs() > 1e7 {
        return f64::NAN;
    }
    let month = month as i64;
    let year = year as i64 + month.div_euclid(12);
    let days = days_to_month(year, month.rem_euclid(12)) as f64 + day - 1.0;
    let time = hours * 3_600_000.0 + minutes * 60_000.0 + seconds * 1000.0 + millis;
    days * DAY as f64 + time
}

/// Seconds east of UTC at an instant. Beyond jiff's years the offset is that of the nearest known one.
pub(super) fn offset_seconds(ms: i64, tz: &TimeZone) -> i64 {
    tz.to_offset(instant(ms)).seconds().into()
}

/// The nearest instant jiff can hold.
pub(super) fn instant(ms: i64) -> Timestamp {
    let nearest = if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(ms).unwrap_or(nearest)
}

/// The instant of a wall clock's milliseconds. A time skipped or repeated by a change of the clocks is
/// read with the offset from before the change, as ECMAScript prescribes. `None` is "Invalid Date".
pub(super) fn to_utc(local: f64, tz: &TimeZone) -> Option<i64> {
    if local.is_nan() || local.abs() > LIMIT + DAY as f64 {
        return None;
    }
    let local = local.trunc() as i64;
    let ms = local - wall_offset(local, tz) * 1000;
    (ms.unsigned_abs() <= LIMIT as u64).then_some(ms)
}

fn wall_offset(local: i64, tz: &TimeZone) -> i64 {
    let wall = datetime(&Civil::of(local.into()));
    match wall.and_then(|wall| tz.to_ambiguous_timestamp(wall).compatible().ok()) {
        Some(instant) => (local.div_euclid(1000)) - instant.as_second(),
        None => offset_seconds(local, tz),
    }
}

/// jiff's form of whole seconds on a wall clock.
fn datetime(civil: &Civil) -> Option<DateTime> {
    let year = i16::try_from(civil.year).ok()?;
    let [month, day] = [civil.month + 1, civil.day].map(|part| part as i8);
    let [hour, minute, second] = [civil.hour, civil.minute, civil.second].map(|part| part as i8);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_round_trips() {
        for days in (-300_000_000_000_i64..=300_000_000_000)
            .step_by(99_999_989)
            .chain(-800_000..800_000)
        {
            let (year, month, day) = date_of(days);
            assert_eq!(days_to_month(year, month) + day - 1, days);
        }
        assert_eq!(date_of(0), (1970, 0, 1));
        assert_eq!(date_of(-1), (1969, 11, 31));
        assert_eq!(date_of(19_782), (2024, 1, 29));
    }

    #[test]
    fn extremes_do_not_panic() {
        let tz = TimeZone::get("Europe/Berlin").unwrap();
        for ms in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
            let civil = Civil::local(ms, &tz);
            assert!(civil.year.abs() < 292_300_000);
        }
    }

    #[test]
    fn gaps_and_folds_use_the_earlier_offset() {
        let tz = TimeZone::get("Europe/Berlin").unwrap();
        let at = |h: f64, m: f64, month: f64, day: f64| {
            to_utc(make([2024.0, month, day, h, m, 0.0, 0.0]), &tz).unwrap()
        };
        assert_eq!(at(2.0, 30.0, 2.0, 31.0), 1_711_848_600_000); // 01:30Z, printed as 03:30 summer time
        assert_eq!(at(2.0, 30.0, 9.0, 27.0), 1_729_989_000_000); // 00:30Z, the first of the two
    }
}
