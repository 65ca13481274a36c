//! Reading ISO 8601 as JavaScript and as mongosh's `ISODate()` do.

use jiff::tz::TimeZone;

use super::{Date, legacy};

/// What the ISO reader made of a text.
pub(super) enum Iso {
    Date(Date),
    /// Looks like ISO up to its `T` and then is not: no other notation is tried.
    Broken,
    /// Some other notation.
    Other,
}

impl Date {
    /// `new Date(text)`: ISO 8601 or the looser forms that V8 reads (`Jan 15, 2024`, `1/15/2024 3:00 PM`,
    /// what `toString()` prints). A date alone is UTC, a date with a time but no zone is local, as in
    /// ECMAScript. `None` is "Invalid Date".
    pub fn parse(text: &str, local: &TimeZone) -> Option<Date> {
        let date = match iso(text, local) {
            Iso::Date(date) => date,
            Iso::Broken => return None,
            Iso::Other => legacy::parse(text, local)?,
        };
        date.is_valid().then_some(date)
    }

    /// `ISODate(text)`: mongosh reads ISO 8601 only, but the separators `-` and `:` may be missing, a space may
    /// stand for the `T`, and a time without a zone is UTC. `None` where mongosh throws, which includes years
    /// beyond 9999.
    pub fn parse_isodate(text: &str) -> Option<Date> {
        let date = Date::parse(&shell_form(text)?, &TimeZone::UTC)?;
        SHELL_RANGE.contains(&date.0).then_some(date)
    }
}

/// The years 0 to 9999.
const SHELL_RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// A cursor over ASCII text.
pub(super) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Scan<'a> {
        Scan {
            rest: text.as_bytes(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.eat_any(&[byte]).is_some()
    }

    fn eat_any(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        bytes.contains(&first).then(|| {
            self.rest = rest;
            first
        })
    }

    /// Exactly `n` digits.
    fn digits(&mut self, n: usize) -> Option<&'a str> {
        let (digits, rest) = self.rest.split_at_checked(n)?;
        let text = std::str::from_utf8(digits).ok()?;
        text.bytes().all(|b| b.is_ascii_digit()).then(|| {
            self.rest = rest;
            text
        })
    }

    fn number(&mut self, n: usize) -> Option<f64> {
        self.digits(n)?.parse().ok()
    }

    fn all_digits(&mut self) -> &'a str {
        let n = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.digits(n).unwrap_or("")
    }
}

/// ECMAScript's date time string format.
fn iso(text: &str, local: &TimeZone) -> Iso {
    let mut scan = Scan::new(text);
    let Some([year, month, day]) = iso_day(&mut scan) else {
        return Iso::Other;
    };
    if scan.is_empty() {
        return Iso::Date(Date::from_wall(
            [year, month - 1.0, day, 0.0, 0.0, 0.0, 0.0],
            &TimeZone::UTC,
        ));
    }
    if scan.eat_any(b"Tt").is_none() {
        return if scan.eat(b'-') {
            Iso::Broken
        } else {
            Iso::Other
        };
    }
    match iso_time(&mut scan) {
        Some(([hour, minute, second, milli], offset)) => {
            let parts = [year, month - 1.0, day, hour, minute, second, milli];
            Iso::Date(at_offset(parts, offset, local))
        }
        None => Iso::Broken,
    }
}

/// The instant of wall-clock parts at an offset in minutes, or in the local zone.
pub(super) fn at_offset(mut parts: [f64; 7], offset: Option<f64>, local: &TimeZone) -> Date {
    match offset {
        Some(minutes) => {
            parts[4] -= minutes;
            Date::from_wall(parts, &TimeZone::UTC)
        }
        None => Date::from_wall(parts, local),
    }
}

/// `YYYY[-MM[-DD]]` or `±YYYYYY[-MM[-DD]]`.
fn iso_day(scan: &mut Scan<'_>) -> Option<[f64; 3]> {
    let year = match scan.eat_any(b"+-") {
        Some(b'-') => Some(-scan.number(6)?).filter(|year| *year != 0.0)?,
        Some(_) => scan.number(6)?,
        None => scan.number(4)?,
    };
    let (mut month, mut day) = (1.0, 1.0);
    if scan.eat(b'-') {
        month = scan
            .number(2)
            .filter(|month| (1.0..=12.0).contains(month))?;
        if scan.eat(b'-') {
            day = scan.number(2).filter(|day| (1.0..=31.0).contains(day))?;
        }
    }
    Some([year, month, day])
}

/// `HH:mm[:ss[.s…]]` and the offset in minutes, if there is one.
fn iso_time(scan: &mut Scan<'_>) -> Option<([f64; 4], Option<f64>)> {
    let hour = scan.number(2)?;
    if !scan.eat(b':') {
        return None;
    }
    let minute = scan.number(2)?;
    let (mut second, mut milli) = (0.0, 0.0);
    if scan.eat(b':') {
        second = scan.number(2)?;
        if scan.eat(b'.') {
            milli = millis(scan.all_digits())?;
        }
    }
    let offset = iso_offset(scan)?;
    let midnight = hour == 24.0 && minute + second + milli == 0.0;
    let valid = (hour < 24.0 || midnight) && minute < 60.0 && second < 60.0 && scan.is_empty();
    valid.then_some(([hour, minute, second, milli], offset))
}

/// Nothing, `Z`, `±HH:mm` or `±HHmm`; `None` is an error.
fn iso_offset(scan: &mut Scan<'_>) -> Option<Option<f64>> {
    if scan.eat_any(b"Zz").is_some() {
        return Some(Some(0.0));
    }
    let Some(sign) = scan.eat_any(b"+-") else {
        return Some(None);
    };
    let hours = scan.number(2)?;
    scan.eat(b':');
    let minutes = scan.number(2)?;
    let total = hours * 60.0 + minutes;
    let valid = hours < 24.0 && minutes < 60.0;
    valid.then_some(Some(if sign == b'-' { -total } else { total }))
}

/// The first three digits of a fraction of a second; `None` without digits.
pub(super) fn millis(digits: &str) -> Option<f64> {
    let first = digits
        .get(..digits.len().min(3))
        .filter(|first| !first.is_empty())?;
    format!("{first:0<3}").parse().ok()
}

/// mongosh's own ISO reader: what it accepts, written in full with UTC as the default zone.
fn shell_form(text: &str) -> Option<String> {
    let mut scan = Scan::new(text);
    let year = scan.digits(4)?;
    scan.eat(b'-');
    let month = scan.digits(2)?;
    scan.eat(b'-');
    let day = scan.digits(2)?;
    let (mut clock, mut zone) = (["00"; 3], "Z".to_owned());
    let mut fraction = "000";
    if scan.eat_any(b"T ").is_some() {
        clock[0] = scan.digits(2)?;
        fraction = shell_minutes(&mut scan, &mut clock)?;
        zone = shell_zone(&mut scan)?;
    }
    let [hour, minute, second] = clock;
    scan.is_empty()
        .then(|| format!("{year}-{month}-{day}T{hour}:{minute}:{second}.{fraction}{zone}"))
}

/// `[:]mm[[:]ss[.s…]]`, each optional; the fraction's digits.
fn shell_minutes<'a>(scan: &mut Scan<'a>, clock: &mut [&'a str; 3]) -> Option<&'a str> {
    for slot in &mut clock[1..] {
        let colon = scan.eat(b':');
        match scan.digits(2) {
            Some(digits) => *slot = digits,
            None if colon => return None,
            None => return Some("000"),
        }
    }
    if !scan.eat(b'.') {
        return Some("000");
    }
    Some(scan.all_digits()).filter(|digits| !digits.is_empty())
}

/// Nothing (UTC), `Z`, `±HHmm` or `±HH:mm`.
fn shell_zone(scan: &mut Scan<'_>) -> Option<String> {
    if scan.eat(b'Z') {
        return Some("Z".into());
    }
    let Some(sign) = scan.eat_any(b"+-") else {
        return Some("Z".into());
    };
    let hours = scan.digits(2)?;
    scan.eat(b':');
    let minutes = scan.digits(2)?;
    Some(format!("{}{hours}:{minutes}", sign as char))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn shown(date: Option<Date>) -> String {
        date.map_or("-".into(), Date::to_iso)
    }

    #[test]
    fn new_date() {
        for (text, iso) in [
            ("2024", "2024-01-01T00:00:00.000Z"),
            ("2024-02", "2024-02-01T00:00:00.000Z"),
            ("2024-01-15", "2024-01-15T00:00:00.000Z"),
            ("2024-02-31", "2024-03-02T00:00:00.000Z"),
            ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00.000Z"),
            ("2024-01-15T10:00", "2024-01-15T09:00:00.000Z"),
            ("2024-07-15T10:00:00", "2024-07-15T08:00:00.000Z"),
            ("2024-01-15T10:00:00+02:00", "2024-01-15T08:00:00.000Z"),
            ("2024-01-15T10:00:00-0530", "2024-01-15T15:30:00.000Z"),
            ("2024-01-15T10:00:00.5Z", "2024-01-15T10:00:00.500Z"),
            ("2024-01-15T10:00:00.123456Z", "2024-01-15T10:00:00.123Z"),
            ("2024-01-15T24:00:00Z", "2024-01-16T00:00:00.000Z"),
            ("+275760-09-13T00:00:00.000Z", "+275760-09-13T00:00:00.000Z"),
            ("-000001-01-01T00:00:00.000Z", "-000001-01-01T00:00:00.000Z"),
            ("2024-01-15T25:00:00Z", "-"),
            ("2024-01-15T10:00:00.Z", "-"),
            ("2024-01-15T10:00:00Zx", "-"),
            ("2024-01-15T10", "-"),
            ("2024-13-01", "-"),
            ("", "-"),
            ("garbage", "-"),
        ] {
            assert_eq!(shown(Date::parse(text, &berlin())), iso, "{text:?}");
        }
    }

    #[test]
    fn isodate() {
        for (text, iso) in [
            ("2024-01-15", "2024-01-15T00:00:00.000Z"),
            ("20240115", "2024-01-15T00:00:00.000Z"),
            ("2024-01-15T10:00:00", "2024-01-15T10:00:00.000Z"),
            ("2024-01-15 10:00:00", "2024-01-15T10:00:00.000Z"),
            ("20240115T101112.5", "2024-01-15T10:11:12.500Z"),
            ("2024-01-15T10", "2024-01-15T10:00:00.000Z"),
            ("2024-01-15T10:00:00+02", "-"),
            ("20240115 10", "2024-01-15T10:00:00.000Z"),
            ("2024-02-31", "2024-03-02T00:00:00.000Z"),
            ("0000-01-01", "0000-01-01T00:00:00.000Z"),
            ("0000-01-01T00:00:00+01:00", "-"),
            ("2024-13-01", "-"),
            ("2024-01-15T10:00:00-0230", "2024-01-15T12:30:00.000Z"),
            ("Jan 15, 2024", "-"),
            ("2024-01-15T99:00", "-"),
            ("foo", "-"),
        ] {
            assert_eq!(shown(Date::parse_isodate(text)), iso, "{text:?}");
        }
    }
}
