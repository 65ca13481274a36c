//! The proleptic Gregorian calendar, over all int64 of milliseconds.

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// A moment on the clock on the wall of some zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Local {
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub millisecond: i64,
    /// What the zone's clocks are ahead of UTC, in seconds.
    pub offset: i64,
    /// Whether it is summer time.
    pub dst: bool,
}

impl Local {
    /// The local time at an instant with an offset.
    pub fn at(ms: i64, offset: i64, dst: bool) -> Local {
        let local = i128::from(ms) + i128::from(offset) * 1000;
        let days = local.div_euclid(DAY.into()) as i64;
        let rest = local.rem_euclid(DAY.into()) as i64;
        let (year, month, day) = date_of(days);
        Local {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
            offset,
            dst,
        }
    }

    /// Days since 1970-01-01.
    pub fn days(&self) -> i64 {
        days_of(self.year, self.month, self.day)
    }

    /// From 0.
    pub fn day_of_year(&self) -> i64 {
        self.days() - days_of(self.year, 1, 1)
    }

    /// 0 is Sunday.
    pub fn weekday(&self) -> i64 {
        (self.days() + 4).rem_euclid(7)
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn iso_weekday(&self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// The week of the year, from 0; weeks begin on Sunday, and the first one with the first Sunday.
    pub fn week(&self) -> i64 {
        (self.day_of_year() + 7 - self.weekday()) / 7
    }

    /// The ISO 8601 year and week.
    pub fn iso_week(&self) -> (i64, i64) {
        // A week belongs to the year of its Thursday.
        let thursday = self.days() - self.iso_weekday() + 4;
        let (year, _, _) = date_of(thursday);
        (year, (thursday - days_of(year, 1, 1)) / 7 + 1)
    }
}

/// The days since 1970-01-01 of a day of an ISO week; weeks and weekdays may lie outside their usual range.
pub(crate) fn days_of_iso_week(year: i64, week: i64, weekday: i64) -> i64 {
    let fourth = days_of(year, 1, 4);
    let first_monday = fourth - (fourth + 3).rem_euclid(7);
    first_monday + (week - 1) * 7 + weekday - 1
}

/// Year, month and day of a count of days. Years start in March here, so that leap days come last.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The days since 1970-01-01; months and days may lie outside their usual range.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468 + day - 1
}

/// The length of a month.
pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year.rem_euclid(4) == 0
            && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) =>
        {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for days in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
            assert!((1..=days_in_month(year, month)).contains(&day));
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(days_of(2017, 14, 0), days_of(2018, 1, 31));
    }
}
