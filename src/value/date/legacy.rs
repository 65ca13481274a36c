//! The looser notations that V8's `new Date(text)` reads besides ISO 8601: month names, slashes, AM and PM,
//! zone names, offsets, remarks in parentheses. Every number's meaning follows from what stands around it.

use jiff::tz::TimeZone;

use super::Date;
use super::parse::{at_offset, millis};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const ZONES: [(&str, i64); 12] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    /// Its digits and its value.
    Number(&'a str, f64),
    /// In lower case.
    Word(String),
    Symbol(char),
    Space,
}

/// What has been read of a date so far.
#[derive(Default)]
struct Reading {
    day: Vec<f64>,
    month: Option<f64>,
    time: Vec<f64>,
    /// No further part of the time may follow.
    time_done: bool,
    /// AM is 0, PM is 12.
    half: Option<f64>,
    zone: Option<Zone>,
    saw_number: bool,
}

/// An offset from UTC; the minutes are awaited after `+05:`.
#[derive(Clone, Copy)]
struct Zone {
    sign: f64,
    hours: f64,
    minutes: Option<f64>,
}

/// `None` for what V8 calls "Invalid Date".
pub(super) fn parse(text: &str, local: &TimeZone) -> Option<Date> {
    let tokens = tokens(text);
    let mut reading = Reading::default();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        rest = reading.take(token, after)?;
    }
    reading.finish(local)
}

impl Reading {
    /// Takes one token in; returns the tokens that are left.
    fn take<'t, 'a>(
        &mut self,
        token: &Token<'a>,
        rest: &'t [Token<'a>],
    ) -> Option<&'t [Token<'a>]> {
        match token {
            Token::Number(_, value) => {
                self.saw_number = true;
                self.number(*value, rest)
            }
            Token::Word(word) => self.word(word, rest),
            Token::Symbol(sign @ ('+' | '-')) if self.zone_is_utc() || !self.time.is_empty() => {
                self.offset(*sign, rest)
            }
            Token::Symbol('+' | '-' | ')') if self.saw_number => None,
            Token::Symbol(_) | Token::Space => Some(rest),
        }
    }

    fn number<'t, 'a>(&mut self, n: f64, rest: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
        if let [Token::Symbol(':'), rest @ ..] = rest {
            if self.awaits_minutes() {
                return None;
            }
            return self.push_time(n).map(|()| rest);
        }
        if let ([Token::Symbol('.'), after @ ..], true) = (rest, self.awaits_time(n)) {
            return self.fraction(n, after);
        }
        if self.awaits_minutes() {
            if let Some(zone) = &mut self.zone {
                zone.minutes = Some(n);
            }
            return Some(rest);
        }
        if self.awaits_time(n) {
            self.push_time(n)?;
            self.time_done = true;
            let ended = matches!(
                rest.first(),
                None | Some(Token::Space | Token::Symbol('+' | '-'))
            ) || matches!(rest.first(), Some(Token::Word(word)) if word == "z");
            return ended.then_some(rest);
        }
        if self.day.len() == 3 {
            return None;
        }
        self.day.push(n);
        Some(skip(rest, '-'))
    }

    /// Seconds with a fraction.
    fn fraction<'t, 'a>(&mut self, n: f64, rest: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
        let [Token::Number(digits, _), rest @ ..] = rest else {
            return None;
        };
        self.push_time(n)?;
        self.time.resize(3, 0.0);
        self.time.push(millis(digits)?);
        self.time_done = true;
        Some(rest)
    }

    fn word<'t, 'a>(&mut self, word: &str, rest: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
        let start = word.get(..3).unwrap_or(word);
        let month = MONTHS.iter().position(|month| *month == start);
        let zone = ZONES.iter().find(|(name, _)| *name == word);
        match (word, month, zone) {
            ("am" | "pm", ..) if !self.time.is_empty() => {
                self.half = Some(if word == "pm" { 12.0 } else { 0.0 });
                Some(rest)
            }
            (_, Some(month), _) => {
                self.month = Some(month as f64);
                Some(skip(rest, '-'))
            }
            (_, _, Some((_, hours))) if self.saw_number => {
                let sign = if *hours < 0 { -1.0 } else { 1.0 };
                self.zone = Some(Zone {
                    sign,
                    hours: hours.abs() as f64,
                    minutes: Some(0.0),
                });
                Some(rest)
            }
            // Other words may only stand before the first number, and apart from it.
            _ if self.saw_number || matches!(rest.first(), Some(Token::Number(..))) => None,
            _ => Some(rest),
        }
    }

    /// `+0100`, `+01:00`, `-8` after a time or after `GMT`.
    fn offset<'t, 'a>(&mut self, sign: char, rest: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
        self.saw_number = true;
        let sign = if sign == '-' { -1.0 } else { 1.0 };
        let (digits, n, rest) = match rest {
            [Token::Number(digits, n), rest @ ..] => (*digits, *n, rest),
            _ => ("", 0.0, rest),
        };
        let (hours, minutes, rest) = match (rest, digits.len()) {
            ([Token::Symbol(':'), rest @ ..], _) => (n, None, rest),
            (_, 1 | 2) => (n, Some(0.0), rest),
            (_, 3 | 4) => ((n / 100.0).floor(), Some(n % 100.0), rest),
            _ => return None,
        };
        self.zone = Some(Zone {
            sign,
            hours,
            minutes,
        });
        Some(rest)
    }

    fn push_time(&mut self, n: f64) -> Option<()> {
        let fits = self.time.len() < 4 && !self.time_done;
        fits.then(|| self.time.push(n))
    }

    /// Hours have been read, and this can be the part of the time that comes next.
    fn awaits_time(&self, n: f64) -> bool {
        let limit = match self.time.len() {
            1 | 2 => 60.0,
            3 => 1000.0,
            _ => return false,
        };
        n < limit && !self.time_done
    }

    fn awaits_minutes(&self) -> bool {
        self.zone.is_some_and(|zone| zone.minutes.is_none())
    }

    fn zone_is_utc(&self) -> bool {
        self.zone
            .is_some_and(|zone| zone.hours == 0.0 && zone.minutes == Some(0.0))
    }

    fn finish(self, local: &TimeZone) -> Option<Date> {
        let [year, month, day] = self.finish_day()?;
        let [hour, minute, second, milli] = self.finish_time()?;
        let offset = match self.zone {
            Some(zone) => Some(zone.sign * (zone.hours * 60.0 + zone.minutes?)),
            None => None,
        };
        let parts = [year, month, day, hour, minute, second, milli];
        Some(at_offset(parts, offset, local))
    }

    /// Year, month (from 0) and day. A first number beyond 31 is a year, else months stand before days; what
    /// is missing is 1, and two digits of a year mean 1950 to 2049.
    fn finish_day(&self) -> Option<[f64; 3]> {
        let is_day = |n: f64| (1.0..=31.0).contains(&n);
        let part = |i: usize| self.day.get(i).copied().unwrap_or(1.0);
        let first = *self.day.first()?;
        let (year, month, day) = match self.month {
            Some(month) if !is_day(first) => (first, month, part(1)),
            Some(month) => (part(1), month, first),
            None if !is_day(first) => (first, part(1) - 1.0, part(2)),
            None => (part(2), first - 1.0, part(1)),
        };
        let year = match year {
            0.0..50.0 => year + 2000.0,
            50.0..100.0 => year + 1900.0,
            _ => year,
        };
        let valid = is_day(day) && (0.0..=11.0).contains(&month);
        valid.then_some([year, month, day])
    }

    /// Hours, minutes, seconds, milliseconds.
    fn finish_time(&self) -> Option<[f64; 4]> {
        let part = |i: usize| self.time.get(i).copied().unwrap_or(0.0);
        let mut hour = part(0);
        if let Some(half) = self.half {
            if hour > 12.0 {
                return None;
            }
            hour = hour % 12.0 + half;
        }
        let midnight = hour == 24.0 && part(1) + part(2) + part(3) == 0.0;
        let valid = (hour < 24.0 || midnight) && part(1) < 60.0 && part(2) < 60.0;
        valid.then_some([hour, part(1), part(2), part(3)])
    }
}

fn skip<'t, 'a>(tokens: &'t [Token<'a>], symbol: char) -> &'t [Token<'a>] {
    match tokens {
        [Token::Symbol(found), rest @ ..] if *found == symbol => rest,
        _ => tokens,
    }
}

/// Splits a text up; what stands in parentheses is left out.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |belongs: fn(char) -> bool| rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (token, length) = match first {
            '0'..='9' => {
                let digits = &rest[..length(|c| c.is_ascii_digit())];
                (
                    Some(Token::Number(
                        digits,
                        digits.parse().unwrap_or(f64::INFINITY),
                    )),
                    digits.len(),
                )
            }
            '(' => (None, parenthesised(rest)),
            c if c.is_alphabetic() => {
                let word = &rest[..length(char::is_alphabetic)];
                (Some(Token::Word(word.to_ascii_lowercase())), word.len())
            }
            c if c.is_whitespace() => (Some(Token::Space), length(char::is_whitespace)),
            c => (Some(Token::Symbol(c)), c.len_utf8()),
        };
        found.extend(token);
        rest = &rest[length..];
    }
    found
}

/// The length of what stands between parentheses, nested ones included.
fn parenthesised(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_as_v8_reads_them() {
        let tz = TimeZone::get("Europe/Berlin").unwrap();
        let mut wrong = Vec::new();
        for line in include_str!("legacy_corpus.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let (text, expected) = line.split_once('\t').unwrap();
            let found = Date::parse(text, &tz).map_or("Invalid Date".into(), Date::to_iso);
            if found != expected {
                wrong.push(format!("{text:?}: {found}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
