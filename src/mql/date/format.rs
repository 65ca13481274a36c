//! Dates as texts: `%Y-%m-%d`.

use std::fmt::Write as _;

use super::civil::Local;
use super::zone::Zone;
use crate::mql::{Error, Result};

/// The format where none is given. The `Z` stands there whatever the zone is.
const ISO_FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%LZ";

/// The letters that may follow a percent sign.
const LETTERS: &str = "dGHjLmMSUuVwYzZ";

/// Whether a format can be used.
///
/// # Errors
/// 18535 and 18536, in the server's words.
pub(crate) fn check_format(format: &str) -> Result<()> {
    check(format, LETTERS)
}

/// Whether a format has only these letters.
pub(super) fn check(format: &str, letters: &str) -> Result<()> {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        match chars.next() {
            None => {
                let message = "Unmatched '%' at end of format string";
                return Err(Error::new(18_535, message));
            }
            Some(letter) if letter == '%' || letters.contains(letter) => {}
            Some(letter) => {
                let message = format!("Invalid format character '%{letter}' in format string");
                return Err(Error::new(18_536, message));
            }
        }
    }
    Ok(())
}

/// The text of a date. Without a format it is ISO 8601.
///
/// # Errors
/// 18537: a year that has no four digits.
pub(crate) fn format(ms: i64, format: Option<&str>, zone: &Zone) -> Result<String> {
    let format = format.unwrap_or(ISO_FORMAT);
    let local = zone.local(ms);
    let mut out = String::with_capacity(format.len() + 8);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, c == '%') {
            (_, true) => part(&mut out, chars.next().unwrap_or('%'), &local)?,
            _ => out.push(c),
        }
    }
    Ok(out)
}

fn part(out: &mut String, letter: char, local: &Local) -> Result<()> {
    let written = match letter {
        'd' => write!(out, "{:02}", local.day),
        'G' => write!(out, "{:04}", four_digits(local.iso_week().0)?),
        'H' => write!(out, "{:02}", local.hour),
        'j' => write!(out, "{:03}", local.day_of_year() + 1),
        'L' => write!(out, "{:03}", local.millisecond),
        'm' => write!(out, "{:02}", local.month),
        'M' => write!(out, "{:02}", local.minute),
        'S' => write!(out, "{:02}", local.second),
        'U' => write!(out, "{:02}", local.week()),
        'u' => write!(out, "{}", local.iso_weekday()),
        'V' => write!(out, "{:02}", local.iso_week().1),
        'w' => write!(out, "{}", local.weekday() + 1),
        'Y' => write!(out, "{:04}", four_digits(local.year)?),
        'z' => {
            let (sign, minutes) = (local.offset < 0, local.offset.abs() / 60);
            let sign = if sign { '-' } else { '+' };
            write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        'Z' => write!(out, "{}", local.offset / 60),
        other => {
            out.push(other);
            Ok(())
        }
    };
    // Writing to a string does not fail.
    let _ = written;
    Ok(())
}

fn four_digits(year: i64) -> Result<i64> {
    if (0..=9999).contains(&year) {
        return Ok(year);
    }
    Err(Error::new(
        18_537,
        format!(
            "Could not convert date to string: date component was outside the supported range of 0-9999: {year}"
        ),
    ))
}
