//! Time zones: UTC, fixed offsets, and those of the Olson database.

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone};

use super::civil::Local;
use crate::mql::{Error, Result};

/// A time zone.
#[derive(Debug, Clone)]
pub(crate) enum Zone {
    /// UTC by default, not by name.
    Utc,
    /// Seconds ahead of UTC.
    Fixed(i64),
    /// One with a name.
    Named(TimeZone),
}

/// The 400 years after which the calendar repeats itself, in seconds.
const CYCLE: i64 = 146_097 * 86_400;
/// The years 1 to 8000, in seconds: within it jiff can be asked.
const KNOWN: std::ops::Range<i64> = -62_135_596_800..190_288_396_800;

/// A zone's offset at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Info {
    offset: i64,
    dst: bool,
    /// When this offset began.
    since: i64,
}

impl Zone {
    /// The zone of a name (`Europe/Berlin`) or an offset (`+05:30`, `-0330`, `+03`).
    pub fn parse(name: &str) -> Result<Zone> {
        if let Some(offset) = parse_offset(name) {
            return Ok(Zone::Fixed(offset));
        }
        match TimeZone::get(name) {
            // jiff does not mind the case of letters, the server does.
            Ok(tz) if tz.iana_name() == Some(name) => Ok(Zone::Named(tz)),
            _ => {
                let message = format!("unrecognized time zone identifier: \"{name}\"");
                Err(Error::new(40_485, message))
            }
        }
    }

    /// The offset from UTC at an instant, in seconds.
    pub fn offset(&self, ms: i64) -> i64 {
        self.info(ms.div_euclid(1000), false).offset
    }

    /// The local time at an instant.
    pub fn local(&self, ms: i64) -> Local {
        let info = self.info(ms.div_euclid(1000), false);
        Local::at(ms, info.offset, info.dst)
    }

    fn info(&self, second: i64, with_since: bool) -> Info {
        let (offset, dst, since) = match self {
            Zone::Utc => (0, false, i64::MIN),
            Zone::Fixed(offset) => (*offset, false, i64::MIN),
            Zone::Named(tz) => return named_info(tz, second, with_since),
        };
        Info { offset, dst, since }
    }

    /// The instant (in seconds) of a local time (in seconds as if it were UTC). `dst` says whether the time it was
    /// computed from was summer time: it decides where the clocks show a time twice.
    ///
    /// The rules are timelib's: a time that is skipped moves forwards, one that comes twice is the second one unless
    /// `dst` says otherwise.
    pub fn to_utc(&self, local: i64, dst: bool) -> i64 {
        let current = self.info(local, true);
        let after = self.info(local.saturating_sub(current.offset), true);
        let mut offset = after.offset;
        if current.offset == after.offset {
            if current.offset >= 0 && dst && !current.dst {
                let earlier = self.info(local.saturating_sub(current.offset + 7200), true);
                if earlier.offset != after.offset && local - earlier.offset < after.since {
                    offset = earlier.offset;
                }
            } else if current.offset <= 0 && current.dst && !dst {
                let later = self.info(local.saturating_sub(current.offset - 7200), true);
                if later.offset != after.offset && local - later.offset >= later.since {
                    offset = later.offset;
                }
            }
        } else if local - after.offset < after.since {
            offset = current.offset;
        }
        local.saturating_sub(offset)
    }
}

fn named_info(tz: &TimeZone, second: i64, with_since: bool) -> Info {
    // Beyond what jiff knows, the rules of a year go on for ever, and the first offset has been since ever.
    let cycles = if second >= KNOWN.end {
        (second - KNOWN.end) / CYCLE + 1
    } else {
        0
    };
    let known = (second - cycles * CYCLE).max(KNOWN.start);
    let time = Timestamp::from_second(known).unwrap_or_default();
    let info = tz.to_offset_info(time);
    let since = if with_since {
        // The transition may be this very second.
        let next = Timestamp::from_second(known + 1).unwrap_or(time);
        let last = tz.preceding(next).next();
        last.map_or(i64::MIN, |t| t.timestamp().as_second() + cycles * CYCLE)
    } else {
        i64::MIN
    };
    Info {
        offset: info.offset().seconds().into(),
        dst: info.dst() == Dst::Yes,
        since,
    }
}

/// `±HH`, `±HHMM`, `±HH:MM`
fn parse_offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let rest = text.get(1..)?;
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => (rest.get(..2)?, rest.get(2..)?),
        5 => rest.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let number = |digits: &str| {
        let all = digits.bytes().all(|b| b.is_ascii_digit());
        all.then(|| digits.parse::<i64>().ok()).flatten()
    };
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets() {
        for (text, seconds) in [
            ("+05:30", Some(19_800)),
            ("-0330", Some(-12_600)),
            ("+03", Some(10_800)),
            ("+99:59", Some(359_940)),
            ("+5", None),
            ("+5:30", None),
            ("05:30", None),
            ("+0é", None),
        ] {
            assert_eq!(parse_offset(text), seconds, "{text}");
        }
    }

    #[test]
    fn the_second_of_two_and_forwards_over_a_gap() {
        let new_york = Zone::parse("America/New_York").unwrap();
        let local = |h: i64, m: i64, day, month| {
            super::super::civil::days_of(2024, month, day) * 86_400 + h * 3600 + m * 60
        };
        assert_eq!(new_york.to_utc(local(2, 30, 10, 3), false), 1_710_055_800);
        assert_eq!(new_york.to_utc(local(1, 30, 3, 11), false), 1_730_615_400);
        assert_eq!(new_york.to_utc(local(1, 30, 3, 11), true), 1_730_611_800);
    }
}
