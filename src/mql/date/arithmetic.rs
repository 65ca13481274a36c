//! Sums, differences and bins of dates, in calendar units.

use super::civil::{DAY, Local, days_in_month, days_of};
use super::units::Unit;
use super::zone::Zone;
use crate::mql::{Error, Result};

/// A date and so many units more. Days and longer units keep the time on the clock, shorter ones count what
/// passes; a month that has no such day gives its last one.
pub(crate) fn add(ms: i64, unit: Unit, amount: i64, zone: &Zone) -> Result<i64> {
    if unit == Unit::Millisecond {
        return ms.checked_add(amount).ok_or_else(|| {
            let wrapped = ms.wrapping_add(amount);
            Error::new(
                159,
                format!("Overflow while adding {amount}ms to {wrapped}ms"),
            )
        });
    }
    if !is_plausible(amount, unit) {
        let name = unit.name();
        let message = format!("invalid dateAdd 'amount' parameter value: {amount} {name}");
        return Err(Error::new(5_976_500, message));
    }
    let ms = shifted(ms);
    let sum = match unit {
        Unit::Hour | Unit::Minute | Unit::Second => {
            let each = unit.milliseconds().unwrap_or(1);
            return i64::try_from(i128::from(ms) + i128::from(amount) * i128::from(each))
                .map_err(|_| overflow());
        }
        Unit::Year => months(zone.local(ms), amount * 12),
        Unit::Quarter => months(zone.local(ms), amount * 3),
        Unit::Month => months(zone.local(ms), amount),
        Unit::Week => days(zone.local(ms), amount * 7),
        _ => days(zone.local(ms), amount),
    };
    let (days, local) = sum;
    let of_day = local.hour * 3600 + local.minute * 60 + local.second;
    let second = days.checked_mul(86_400).and_then(|s| s.checked_add(of_day));
    let second = zone.to_utc(second.ok_or_else(overflow)?, local.dst);
    // The server multiplies first and adds the milliseconds, which have the date's sign there, then.
    let whole = second.checked_mul(1000).ok_or_else(overflow)?;
    whole.checked_add(local.millisecond).ok_or_else(overflow)
}

/// Before 1970 the server counts the milliseconds of a date down to its second and then once more, and so is a second
/// off. So is this.
fn shifted(ms: i64) -> i64 {
    if ms < 0 && ms % 1000 != 0 {
        ms.saturating_sub(1000)
    } else {
        ms
    }
}

fn overflow() -> Error {
    Error::new(5_166_406, "dateAdd overflowed")
}

/// Whether an amount is not absurd: those beyond never give a date.
fn is_plausible(amount: i64, unit: Unit) -> bool {
    const DAYS: i64 = (u64::MAX / DAY as u64) as i64 + 1;
    const YEARS: i64 = DAYS / 365 + 1;
    let limit = match unit {
        Unit::Year => YEARS,
        Unit::Quarter => YEARS * 4,
        Unit::Month => YEARS * 12,
        Unit::Week => DAYS / 7,
        Unit::Day => DAYS,
        Unit::Hour => DAYS * 24,
        Unit::Minute => DAYS * 24 * 60,
        Unit::Second | Unit::Millisecond => DAYS * 24 * 60 * 60,
    };
    (1 - limit..limit).contains(&amount)
}

fn days(local: Local, amount: i64) -> (i64, Local) {
    (local.days() + amount, local)
}

fn months(local: Local, amount: i64) -> (i64, Local) {
    let month = local.month - 1 + amount;
    let (year, month) = (local.year + month.div_euclid(12), month.rem_euclid(12) + 1);
    let day = local.day.min(days_in_month(year, month));
    (days_of(year, month, day), local)
}

/// How many boundaries of a unit lie between two dates; weeks begin on a day (1 is Monday).
pub(crate) fn difference(
    start: i64,
    end: i64,
    unit: Unit,
    zone: &Zone,
    start_of_week: i64,
) -> Result<i64> {
    if unit == Unit::Millisecond {
        let difference = end.checked_sub(start);
        return difference.ok_or_else(|| Error::new(5_166_308, "dateDiff overflowed"));
    }
    let (a, b) = (zone.local(start), zone.local(end));
    let hours = || b.hour - a.hour + (b.days() - a.days()) * 24;
    let minutes = || b.minute - a.minute + hours() * 60;
    // What the clocks were changed by in between has not passed.
    let changed = a.offset - b.offset;
    Ok(match unit {
        Unit::Hour => hours() + changed / 3600,
        Unit::Minute => minutes() + changed / 60,
        Unit::Second => b.second - a.second + minutes() * 60 + changed,
        _ => calendar_difference(&a, &b, unit, start_of_week),
    })
}

/// The same in units of days and longer.
fn calendar_difference(a: &Local, b: &Local, unit: Unit, start_of_week: i64) -> i64 {
    let in_week = |local: &Local| (local.iso_weekday() - start_of_week).rem_euclid(7);
    match unit {
        Unit::Year => b.year - a.year,
        Unit::Quarter => (b.month - 1) / 3 - (a.month - 1) / 3 + (b.year - a.year) * 4,
        Unit::Month => b.month - a.month + (b.year - a.year) * 12,
        Unit::Week => (b.days() - a.days() + in_week(a) - in_week(b)) / 7,
        _ => b.days() - a.days(),
    }
}

/// The beginning of the bin that a date lies in; bins are counted from 2000-01-01 (weeks from the first day of a
/// week after it).
pub(crate) fn truncate(
    ms: i64,
    unit: Unit,
    bin: i64,
    zone: &Zone,
    start_of_week: i64,
) -> Result<i64> {
    const REFERENCE: i64 = 946_684_800_000;
    let mut reference = REFERENCE - zone.offset(REFERENCE) * 1000;
    if let (Some(each), true) = (unit.milliseconds(), is_short(unit)) {
        return truncate_milliseconds(ms, reference, bin, each);
    }
    if bin > 100_000_000_000 {
        return Err(Error::new(5_439_006, "dateTrunc unsupported binSize value"));
    }
    let mut first = Local::at(REFERENCE, 0, false);
    if unit == Unit::Week {
        // 2000-01-01 was a Saturday.
        let ahead = (start_of_week - 6).rem_euclid(7);
        first.day += ahead;
        reference += ahead * DAY;
    }
    let distance = calendar_difference(&first, &zone.local(ms), unit, start_of_week);
    add(reference, unit, distance - distance.rem_euclid(bin), zone)
}

fn is_short(unit: Unit) -> bool {
    matches!(
        unit,
        Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond
    )
}

fn truncate_milliseconds(ms: i64, reference: i64, bin: i64, each: i64) -> Result<i64> {
    let fail = |code| move || Error::new(code, "dateTrunc overflowed");
    let bin = bin.checked_mul(each).ok_or_else(fail(5_439_002))?;
    let shifted = ms.checked_sub(reference).ok_or_else(fail(5_439_000))?;
    let rest = shifted.rem_euclid(bin);
    ms.checked_sub(rest).ok_or_else(fail(5_439_001))
}
