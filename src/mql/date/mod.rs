//! Dates in time zones: their parts, texts, sums, differences and bins, as the server computes them.
//!
//! A BSON date is any int64 of milliseconds, far beyond the years that libraries know, so the calendar is computed here
//! ([`civil`]); jiff knows the zones' offsets ([`zone`]). Texts are read with a format ([`parse_format`]) or freely
//! ([`parse_free`]), by the rules of timelib, which the server uses.
//!
//! Invariants:
//! - Every int64 is a date, and no sum of them panics.
//! - A local time that a zone skips or has twice becomes the instant that the server chooses ([`Zone::to_utc`]).

mod arithmetic;
pub(crate) mod civil;
mod format;
mod parse_format;
mod parse_free;
mod parsed;
mod scan;
mod units;
mod zone;

pub(crate) use arithmetic::{add, difference, truncate};
pub(crate) use civil::Local;
pub(crate) use format::{check_format, format};
pub(crate) use parse_format::{check_format as check_parse_format, parse_with};
pub(crate) use parse_free::parse;
pub(crate) use units::{Unit, parse_weekday};
pub(crate) use zone::Zone;
