//! Reading a date with a format: `%Y-%m-%d`.

use super::civil::{date_of, days_of_iso_week};
use super::parsed::Parsed;
use super::scan::Cursor;
use super::zone::Zone;
use crate::mql::Result;

/// The letters that may follow a percent sign.
const LETTERS: &str = "dGHLmMSuVYzZ";
const MISMATCH: &str = "Format literal not found";
const NO_NUMBER: &str = "Unexpected data found.";
const ZONE_IDENTIFIER: &str = "passing a time zone identifier as part of the string is not allowed";

/// Whether a format can be used.
///
/// # Errors
/// 18535 and 18536, in the server's words.
pub(crate) fn check_format(format: &str) -> Result<()> {
    super::format::check(format, LETTERS)
}

/// Parts of an ISO week date.
#[derive(Default)]
struct IsoDate {
    year: Option<i64>,
    week: Option<i64>,
    weekday: Option<i64>,
}

/// Reads a date.
///
/// # Errors
/// `ConversionFailure` (241), which says what was wrong where.
pub(crate) fn parse_with(text: &str, format: &str, zone: Option<&Zone>) -> Result<i64> {
    let mut parsed = Parsed::default();
    let mut iso = IsoDate::default();
    let mut cursor = Cursor::new(text.as_bytes());
    let mut rest = format.bytes().peekable();
    while !cursor.is_end() {
        let Some(expected) = rest.next() else { break };
        let specifier = match (expected, rest.peek()) {
            (b'%', Some(b'%')) => {
                rest.next();
                None
            }
            (b'%', Some(_)) => rest.next(),
            _ => None,
        };
        match specifier {
            Some(letter) => part(letter, &mut cursor, &mut parsed, &mut iso),
            None => {
                if cursor.peek() != expected {
                    parsed.error(cursor.at, MISMATCH, cursor.peek());
                }
                cursor.at += 1;
            }
        }
    }
    if !cursor.is_end() {
        parsed.error(cursor.at, "Trailing data", cursor.peek());
    }
    if rest.next().is_some() {
        let what = "Not enough data available to satisfy format";
        parsed.error(cursor.at, what, cursor.peek());
    }
    complete_time(&mut parsed);
    use_iso_date(&mut parsed, &iso, &cursor);
    if parsed.hour.is_some() && !parsed.has_valid_time() {
        parsed.warning(cursor.at, "The parsed time was invalid", cursor.peek());
    }
    let has_date = parsed.year.is_some() && parsed.month.is_some() && parsed.day.is_some();
    if has_date && !parsed.has_valid_date() {
        parsed.warning(cursor.at, "The parsed date was invalid", cursor.peek());
    }
    parsed.finish(text, zone)
}

fn part(letter: u8, cursor: &mut Cursor<'_>, parsed: &mut Parsed, iso: &mut IsoDate) {
    let (begin, first) = (cursor.at, cursor.peek());
    let needs_digit = b"dHLmMSY".contains(&letter);
    if needs_digit && !first.is_ascii_digit() {
        parsed.error(begin, NO_NUMBER, first);
    }
    match letter {
        b'Y' => {
            parsed.year = number(
                cursor,
                4,
                parsed,
                begin,
                "A four digit year could not be found",
            )
        }
        b'm' => {
            parsed.month = number(
                cursor,
                2,
                parsed,
                begin,
                "A two digit month could not be found",
            )
        }
        b'd' => {
            parsed.day = number(
                cursor,
                2,
                parsed,
                begin,
                "A two digit day could not be found",
            )
        }
        b'H' => {
            parsed.hour = number(
                cursor,
                2,
                parsed,
                begin,
                "A two digit hour could not be found",
            )
        }
        b'M' => {
            parsed.minute = two_digits(
                cursor,
                parsed,
                begin,
                "A two digit minute could not be found",
            );
        }
        b'S' => {
            parsed.second = two_digits(
                cursor,
                parsed,
                begin,
                "A two digit second could not be found",
            );
        }
        b'L' => match cursor.number_with_length(3) {
            Some((n, length)) => {
                let scale = 10_i64.pow(3 - u32::try_from(length).unwrap_or(3).min(3));
                parsed.microsecond = Some(n * scale * 1000);
            }
            None => parsed.error(begin, "A three digit millisecond could not be found", first),
        },
        b'G' => {
            iso.year = number(
                cursor,
                4,
                parsed,
                begin,
                "A four digit ISO year could not be found",
            )
        }
        b'V' => {
            iso.week = number(
                cursor,
                2,
                parsed,
                begin,
                "A two digit ISO week could not be found",
            );
            if !iso.week.is_some_and(|week| (1..=53).contains(&week)) {
                parsed.error(begin, "ISO Week must be between 1 and 53", first);
            }
        }
        b'u' => {
            let what = "A single digit day of week could not be found";
            iso.weekday = number(cursor, 1, parsed, begin, what);
            if !iso.weekday.is_some_and(|day| (1..=7).contains(&day)) {
                parsed.error(begin, "Day of week must be between 1 and 7", first);
            }
        }
        b'z' => {
            if !cursor.zone(parsed) {
                parsed.error(begin, ZONE_IDENTIFIER, first);
            }
        }
        _ => minutes_of_offset(cursor, parsed),
    }
}

fn number(
    cursor: &mut Cursor<'_>,
    most: usize,
    parsed: &mut Parsed,
    begin: usize,
    complaint: &'static str,
) -> Option<i64> {
    let first = cursor.peek();
    let number = cursor.number(most);
    if number.is_none() {
        parsed.error(begin, complaint, first);
    }
    number
}

fn two_digits(
    cursor: &mut Cursor<'_>,
    parsed: &mut Parsed,
    begin: usize,
    complaint: &'static str,
) -> Option<i64> {
    let first = cursor.peek();
    match cursor.number_with_length(2) {
        Some((number, 2)) => Some(number),
        _ => {
            parsed.error(begin, complaint, first);
            None
        }
    }
}

/// `%Z`: minutes with their sign.
fn minutes_of_offset(cursor: &mut Cursor<'_>, parsed: &mut Parsed) {
    let (begin, sign) = (cursor.at, cursor.peek());
    if sign != b'+' && sign != b'-' {
        return parsed.error(begin, "Invalid timezone offset in minutes", sign);
    }
    cursor.at += 1;
    let from = cursor.at;
    cursor.skip_while(|b| b.is_ascii_digit());
    let digits = cursor.text.get(from..cursor.at).unwrap_or_default();
    let minutes: i64 = std::str::from_utf8(digits).map_or(0, |d| d.parse().unwrap_or(0));
    let minutes = if sign == b'-' { -minutes } else { minutes };
    parsed.zone = Some((minutes.saturating_mul(60), None));
}

/// What of a time was not written is zero, if anything of it was.
fn complete_time(parsed: &mut Parsed) {
    let times = [
        parsed.hour,
        parsed.minute,
        parsed.second,
        parsed.microsecond,
    ];
    if times.iter().any(Option::is_some) {
        let [hour, minute, second, microsecond] = times.map(|part| part.unwrap_or(0));
        parsed.set_time(hour, minute, second, microsecond);
    }
}

fn use_iso_date(parsed: &mut Parsed, iso: &IsoDate, cursor: &Cursor<'_>) {
    if iso.year.is_none() && iso.week.is_none() && iso.weekday.is_none() {
        return;
    }
    const MIXED: &str = "Mixing of ISO dates with natural dates is not allowed";
    let natural = [parsed.year, parsed.month, parsed.day];
    // The server looks twice.
    if parsed.year.is_some() {
        parsed.error(cursor.at, MIXED, cursor.peek());
    }
    if iso.year.is_some() && natural.iter().any(Option::is_some) {
        return parsed.error(cursor.at, MIXED, cursor.peek());
    }
    let Some(year) = iso.year else {
        return parsed.warning(cursor.at, "The parsed date was invalid", cursor.peek());
    };
    let days = days_of_iso_week(year, iso.week.unwrap_or(1), iso.weekday.unwrap_or(1));
    let (year, month, day) = date_of(days);
    (parsed.year, parsed.month, parsed.day) = (Some(year), Some(month), Some(day));
}
