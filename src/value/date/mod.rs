//! BSON's date with the behaviour of JavaScript's `Date`.
//!
//! A [`Date`] is a count of milliseconds; a zone is only an argument of the functions that need one.
//! Scripts see JavaScript's limits (±8.64e15 ms), while any int64 read from a server keeps its bits.

mod civil;
mod format;
mod legacy;
mod parse;
mod parts;
mod zone;

pub use parts::Part;

/// Milliseconds since 1970-01-01T00:00:00Z. Every int64 is a value; [`Date::INVALID`] is JavaScript's
/// "Invalid Date".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i64);

/// The furthest instant JavaScript's dates reach, in both directions.
const LIMIT: f64 = 8.64e15;

impl Date {
    /// What `new Date(NaN)` is. The smallest int64 has no other use: JavaScript cannot make it.
    pub const INVALID: Date = Date(i64::MIN);

    /// The current time.
    pub fn now() -> Date {
        Date(jiff::Timestamp::now().as_millisecond())
    }

    /// `new Date(ms)`: fractions are cut off, NaN and what is beyond JavaScript's limits is invalid.
    pub fn from_millis(ms: f64) -> Date {
        if ms.abs() <= LIMIT {
            Date(ms.trunc() as i64)
        } else {
            Date::INVALID
        }
    }

    /// Whether this is not "Invalid Date".
    pub fn is_valid(self) -> bool {
        self != Date::INVALID
    }

    /// `valueOf()`/`getTime()`: the milliseconds, or `None` for an invalid date.
    pub fn millis(self) -> Option<i64> {
        self.is_valid().then_some(self.0)
    }
}

impl From<bson::DateTime> for Date {
    fn from(date: bson::DateTime) -> Date {
        Date(date.timestamp_millis())
    }
}

impl From<Date> for bson::DateTime {
    fn from(date: Date) -> bson::DateTime {
        bson::DateTime::from_millis(date.0)
    }
}

impl From<Date> for bson::Bson {
    fn from(date: Date) -> bson::Bson {
        bson::Bson::DateTime(date.into())
    }
}
