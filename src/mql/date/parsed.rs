//! What reading a text has found, and the date it becomes.

use super::civil::{days_in_month, days_of};
use super::zone::Zone;
use crate::mql::error::code;
use crate::mql::{Error, Result};

/// The parts of a date that were found in a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Parsed {
    pub year: Option<i64>,
    pub month: Option<i64>,
    pub day: Option<i64>,
    pub hour: Option<i64>,
    pub minute: Option<i64>,
    pub second: Option<i64>,
    pub microsecond: Option<i64>,
    /// Seconds ahead of UTC, and how the zone was written: `None` for an offset.
    pub zone: Option<(i64, Option<String>)>,
    /// What is to be added.
    pub relative: Relative,
    pub errors: Vec<Complaint>,
    pub warnings: Vec<Complaint>,
}

/// What is to be added to a date.
#[derive(Debug, Clone, Default)]
pub(super) struct Relative {
    pub years: i64,
    pub months: i64,
    pub days: i64,
    pub seconds: i64,
    pub microseconds: i64,
    /// The day of the week that is meant.
    pub weekday: Option<Weekday>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weekday {
    /// The next such day, this one included; 0 is Sunday.
    From(i64),
    /// A day before (`ago`), counted as timelib does.
    Before(i64),
}

impl Weekday {
    /// How many days it is ahead of a day.
    fn ahead(self, days: i64) -> i64 {
        let today = (days + 4).rem_euclid(7);
        match self {
            Weekday::From(day) => (day - today).rem_euclid(7),
            Weekday::Before(day) => (day - today) - 7,
        }
    }
}

/// Something wrong at a place of a text.
#[derive(Debug, Clone)]
pub(super) struct Complaint {
    pub position: usize,
    pub message: &'static str,
    pub character: u8,
}

/// A microsecond that was not written, where the rest of a time was; timelib has a number for it.
const UNSET: i64 = -99_999;

impl Parsed {
    pub fn error(&mut self, position: usize, message: &'static str, character: u8) {
        self.errors.push(Complaint {
            position,
            message,
            character,
        });
    }

    pub fn warning(&mut self, position: usize, message: &'static str, character: u8) {
        self.warnings.push(Complaint {
            position,
            message,
            character,
        });
    }

    /// Midnight, where there was a time.
    pub fn set_time(&mut self, hour: i64, minute: i64, second: i64, microsecond: i64) {
        self.hour = Some(hour);
        self.minute = Some(minute);
        self.second = Some(second);
        self.microsecond = Some(microsecond);
    }

    /// Whether there is such a time.
    pub fn has_valid_time(&self) -> bool {
        let within = |part: Option<i64>, limit| (0..limit).contains(&part.unwrap_or(UNSET));
        within(self.hour, 24) && within(self.minute, 60) && within(self.second, 60)
    }

    /// Whether there is such a day.
    pub fn has_valid_date(&self) -> bool {
        let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) else {
            // A part that is missing counts as a number that no date has, except for the year.
            return self.year.is_none()
                && matches!((self.month, self.day), (Some(m), Some(d)) if (1..=12).contains(&m) && (1..=31).contains(&d));
        };
        (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day)
    }

    /// The date in milliseconds, read in a zone unless the text has its own.
    pub fn finish(mut self, text: &str, zone: Option<&Zone>) -> Result<i64> {
        self.refuse_complaints(text)?;
        if (self.hour, self.minute, self.second) == (None, None, None) {
            self.set_time(0, 0, 0, 0);
        }
        let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) else {
            return Err(incomplete(text));
        };
        let (Some(hour), Some(minute), Some(second)) = (self.hour, self.minute, self.second) else {
            return Err(incomplete(text));
        };
        if zone.is_some() {
            self.refuse_two_zones()?;
        }
        let add = &self.relative;
        // The day of the week is looked for first.
        let first = days_of(year, month, day);
        let ahead = add.weekday.map_or(0, |day| day.ahead(first));
        let (year, month) = (
            year.saturating_add(add.years),
            month.saturating_add(add.months),
        );
        let days = days_of(year, month, day + ahead).saturating_add(add.days);
        let local = days
            .saturating_mul(86_400)
            .saturating_add(hour * 3600 + minute * 60 + second)
            .saturating_add(add.seconds);
        let utc = match (&self.zone, zone) {
            (Some((offset, _)), _) => local.saturating_sub(*offset),
            (None, Some(zone)) => zone.to_utc(local, false),
            (None, None) => local,
        };
        let micros = self.microsecond.unwrap_or(UNSET) + add.microseconds;
        let micros = i128::from(utc) * 1_000_000 + i128::from(micros);
        i64::try_from(micros / 1000).map_err(|_| {
            let what =
                "Overflow casting from a lower-precision duration to a higher-precision duration";
            Error::new(159, what)
        })
    }

    fn refuse_complaints(&self, text: &str) -> Result<()> {
        if self.errors.is_empty() && self.warnings.is_empty() {
            return Ok(());
        }
        let mut message = format!("Error parsing date string '{text}'");
        for complaint in self.errors.iter().chain(&self.warnings) {
            let character = char::from(complaint.character);
            message.push_str(&format!(
                "; {}: {} '{character}'",
                complaint.position, complaint.message
            ));
        }
        Err(failure(message))
    }

    fn refuse_two_zones(&self) -> Result<()> {
        match &self.zone {
            None => Ok(()),
            Some((_, None)) => Err(failure(
                "you cannot pass in a date/time string with GMT offset together with a timezone argument",
            )),
            Some((_, Some(name))) => Err(failure(format!(
                "you cannot pass in a date/time string with time zone information ('{name}') together with a timezone argument"
            ))),
        }
    }
}

fn incomplete(text: &str) -> Error {
    failure(format!(
        "an incomplete date/time string has been found, with elements missing: \"{text}\""
    ))
}

fn failure(message: impl Into<String>) -> Error {
    Error::new(code::CANNOT_CONVERT_VALUE, message)
}
