//! Reading a date as people write it, without a format: `2017-07-04T11:56:02Z`, `July 4th, 2017`.
//!
//! The rules are timelib's: at each place the rule that matches the longest piece of text wins (the first of them, where
//! several do), and its fields are read off that piece. Relative texts (`+1 day`) add to the date; those of weekdays
//! (`next monday`, `weekdays`) are not read.

use std::sync::LazyLock;

use fancy_regex::Regex;

use super::parsed::{Parsed, Weekday};
use super::scan::Cursor;
use super::zone::Zone;
use crate::mql::Result;

/// Reads a date.
///
/// # Errors
/// `ConversionFailure` (241), which says what was wrong where.
pub(crate) fn parse(text: &str, zone: Option<&Zone>) -> Result<i64> {
    let mut reader = Reader::default();
    let is_space = |c: char| matches!(c, ' ' | '\t'..='\r');
    let mut trimmed = text.trim_matches(is_space);
    if trimmed.is_empty() && !text.is_empty() {
        // One character is left over, which is read.
        trimmed = " ";
    }
    if trimmed.is_empty() {
        reader.parsed.error(0, "Empty string", 0);
        return reader.parsed.finish(text, zone);
    }
    // The end is a character, too: some rules look at it.
    let ended = format!("{trimmed}\0");
    reader.read(&ended);
    let end = trimmed.len() + 1;
    let mut parsed = reader.parsed;
    if reader.has_time && !parsed.has_valid_time() {
        parsed.warning(end, "The parsed time was invalid", 0);
    }
    if reader.has_date && !parsed.has_valid_date() {
        parsed.warning(end, "The parsed date was invalid", 0);
    }
    parsed.finish(text, zone)
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    parsed: Parsed,
    has_date: bool,
    has_time: bool,
    /// A time without colons was read, and what follows in four digits is a year.
    times: u8,
    zones: u8,
    at: usize,
    first: u8,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Yesterday,
    Now,
    Noon,
    Midnight,
    Tomorrow,
    Timestamp,
    TimestampFraction,
    Time12,
    MsSqlTime,
    Time24,
    HourMinute,
    HourMinuteSecond,
    American,
    YearMonthDay,
    YearMonthDayShort,
    YearMonth,
    DayMonthNameYear,
    DayMonthYear,
    DayMonthShortYear,
    MonthNameYear,
    YearMonthName,
    MonthNameDayYear,
    DayMonthName,
    EightDigits,
    DateTime,
    DayOfYear,
    IsoWeek,
    MonthNameDayYearDashes,
    YearMonthNameDay,
    LogFormat,
    Year,
    Ago,
    Weekday,
    RelativeText,
    MonthName,
    Zone,
    MonthNameDayTime12,
    MonthNameDayTime24,
    Relative,
    Separator,
}

/// The rules in timelib's order. `{name}` stands for one of the pieces below.
const RULES: &[(Kind, &str)] = &[
    (Kind::Yesterday, "(?i)yesterday"),
    (Kind::Now, "(?i)now"),
    (Kind::Noon, "(?i)noon"),
    (Kind::Midnight, "(?i)(?:midnight|today)"),
    (Kind::Tomorrow, "(?i)tomorrow"),
    (Kind::Timestamp, "@-?[0-9]+"),
    (Kind::TimestampFraction, r"@-?[0-9]+\.[0-9]{6}"),
    (
        Kind::Time12,
        "{hour12}(?:[:.]{minutelz}(?:[:.]{secondlz})?)?{space}?{meridian}",
    ),
    (
        Kind::MsSqlTime,
        "{hour12}:{minutelz}:{secondlz}[:.][0-9]+{meridian}",
    ),
    (
        Kind::Time24,
        r"(?:[tT]?{hour24}[:.]{minute}(?:[:.]{second}(?:\.[0-9]+)?)?|[tT]{hour24})",
    ),
    (Kind::HourMinute, "[tT]?{hour24lz}{minutelz}"),
    (
        Kind::HourMinuteSecond,
        "[tT]?{hour24lz}{minutelz}{secondlz}",
    ),
    (Kind::American, "{month}/{day}(?:/{year})?"),
    (
        Kind::YearMonthDay,
        "(?:[+-]?{year4}-{monthlz}-{daylz}|{year4}/{monthlz}/{daylz}/?|{year4}/{month}/{day})",
    ),
    (Kind::YearMonthDayShort, "[0-9]{2}-{monthlz}-{daylz}"),
    (Kind::YearMonth, "{year4}-{month}"),
    (Kind::YearMonthDayShort, "{year}-{month}-{day}"),
    (
        Kind::DayMonthNameYear,
        r"{day}[ \t.-]*{monthtext}[ \t.-]*{year}",
    ),
    (Kind::DayMonthYear, r"{day}[.\t-]{month}[.-]{year4}"),
    (Kind::DayMonthShortYear, r"{day}[.\t]{month}\.[0-9]{2}"),
    (Kind::MonthNameYear, r"{monthtext}[ .\t-]*{year4}"),
    (Kind::YearMonthName, r"{year4}[ .\t-]*{monthtext}"),
    (
        Kind::MonthNameDayYear,
        r"(?:{monthtext}[ .\t-]*{day}[,.stndrh\t ]+{year}|{monthtext}[ .\t-]*{day}(?:[,.stndrh\t ]+|\x00))",
    ),
    (Kind::DayMonthName, r"{day}[ .\t-]*{monthtext}"),
    (Kind::EightDigits, "{year4}{monthlz}{daylz}"),
    (
        Kind::DateTime,
        "{year4}{monthlz}{daylz}T{hour24}:{minutelz}:{secondlz}",
    ),
    (
        Kind::DateTime,
        "{year4}{monthlz}{daylz}[tT]{hour24}{minutelz}{secondlz}",
    ),
    (
        Kind::DateTime,
        r"{year4}-{monthlz}-{daylz}T{hour24lz}:{minutelz}:{secondlz}\.[0-9]+{correction}?",
    ),
    (
        Kind::DateTime,
        "{year4}-{month}-{day}T{hour24}:{minute}:{second}",
    ),
    (
        Kind::DateTime,
        "{year4}:{monthlz}:{daylz} {hour24lz}:{minutelz}:{secondlz}",
    ),
    (Kind::DayOfYear, "{year4}[.-]?{dayofyear}"),
    (Kind::IsoWeek, "{year4}-?W{week}(?:-?[0-7])?"),
    (Kind::MonthNameDayYearDashes, "{monthabbr}-{daylz}-{year}"),
    (Kind::YearMonthNameDay, "{year}-{monthabbr}-{daylz}"),
    (
        Kind::LogFormat,
        "{day}/{monthabbr}/{year4}:{hour24lz}:{minutelz}:{secondlz}{space}{correction}",
    ),
    (Kind::Year, "{year4}"),
    (Kind::Ago, "(?i)ago"),
    (Kind::Weekday, "{dayname}"),
    (
        Kind::RelativeText,
        "(?i:first|second|third|fourth|fifth|sixth|seventh|eighth?|ninth|tenth|eleventh|twelfth|next|last|previous|this){space}(?:{unit}|(?i:week))",
    ),
    (Kind::MonthName, "(?:{monthname}|{monthabbr})"),
    (Kind::Zone, "(?:{correction}|{tz})"),
    (
        Kind::MonthNameDayTime12,
        r"{monthtext}[ .\t-]*{day}[,.stndrh\t ]+{hour12}[:.]{minutelz}(?:[:.]{secondlz})?{space}?{meridian}",
    ),
    (
        Kind::MonthNameDayTime24,
        r"{monthtext}[ .\t-]*{day}[,.stndrh\t ]+[tT]?{hour24}[:.]{minute}(?:[:.]{second}(?:{space}?(?:{correction}|{tz}))?)?",
    ),
    (
        Kind::Relative,
        r"[+-]*[ \t]*[0-9]+{space}?(?:{unit}|(?i:week))",
    ),
    (Kind::Separator, r"(?:[ .,\t]|\x00|\n)"),
];

/// The pieces of the rules. Alternatives stand with the longer ones first.
const PIECES: &[(&str, &str)] = &[
    ("{space}", r"[ \t]+"),
    ("{hour24}", "(?:2[0-4]|[01]?[0-9])"),
    ("{hour24lz}", "(?:[01][0-9]|2[0-4])"),
    ("{hour12}", "(?:1[0-2]|0?[1-9])"),
    ("{minute}", "[0-5]?[0-9]"),
    ("{minutelz}", "[0-5][0-9]"),
    ("{second}", "(?:60|[0-5]?[0-9])"),
    ("{secondlz}", "(?:60|[0-5][0-9])"),
    ("{meridian}", r"(?:[AaPp]\.?[Mm]\.?)[\x00\t ]"),
    (
        "{tz}",
        r"(?:[A-Z][a-z]+(?:[_/-][A-Za-z]+)+|\(?[A-Za-z]{1,6}\)?)",
    ),
    (
        "{correction}",
        "(?:GMT)?[+-](?:2[0-4]|[01]?[0-9]):?(?:[0-5]?[0-9])?",
    ),
    ("{month}", "(?:1[0-2]|0?[0-9])"),
    ("{monthlz}", "(?:0[0-9]|1[0-2])"),
    ("{day}", "(?:3[01]|[0-2]?[0-9])(?:st|nd|rd|th)?"),
    ("{daylz}", "(?:0[0-9]|[1-2][0-9]|3[01])"),
    ("{year}", "[0-9]{1,4}"),
    ("{year4}", "[0-9]{4}"),
    (
        "{dayofyear}",
        "(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])",
    ),
    ("{week}", "(?:0[1-9]|[1-4][0-9]|5[0-3])"),
    (
        "{monthtext}",
        "(?:{monthname}|{monthabbr}|VIII|VII|VI|III|II|IV|IX|XII|XI|I|V|X)",
    ),
    (
        "{monthname}",
        "(?i:january|february|march|april|may|june|july|august|september|october|november|december)",
    ),
    (
        "{monthabbr}",
        "(?i:jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec)",
    ),
    (
        "{dayname}",
        "(?i:sunday|monday|tuesday|wednesday|thursday|friday|saturday|sun|mon|tue|wed|thu|fri|sat)",
    ),
    (
        "{unit}",
        "(?i:(?:millisecond|msec|microsecond|usec|second|sec|minute|min|hour|day|fortnight|forthnight|month|year)s?|weeks|ms)",
    ),
];

static COMPILED: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    let compile = |(kind, rule): &(Kind, &str)| {
        let mut pattern = format!("\\A(?:{rule})");
        // Pieces hold other pieces.
        for _ in 0..2 {
            for (name, piece) in PIECES {
                pattern = pattern.replace(name, &format!("(?:{piece})"));
            }
        }
        Regex::new(&pattern).ok().map(|regex| (*kind, regex))
    };
    RULES.iter().filter_map(compile).collect()
});

impl Reader {
    fn read(&mut self, text: &str) {
        while let Some(rest) = text.get(self.at..).filter(|rest| !rest.is_empty()) {
            self.first = rest.bytes().next().unwrap_or(0);
            let mut best: Option<(Kind, usize)> = None;
            for (kind, regex) in COMPILED.iter() {
                let length = regex.find(rest).ok().flatten().map_or(0, |m| m.end());
                if length > best.map_or(0, |(_, longest)| longest) {
                    best = Some((*kind, length));
                }
            }
            match best {
                Some((kind, length)) => {
                    let token = rest.get(..length).unwrap_or_default();
                    self.take(kind, token);
                    self.at += length;
                }
                None => self.unexpected(rest),
            }
        }
    }

    /// The scanner reads bytes, so a character of several is complained about as often.
    fn unexpected(&mut self, rest: &str) {
        let length = rest.chars().next().map_or(1, char::len_utf8);
        for byte in rest.bytes().take(length) {
            self.parsed.error(self.at, "Unexpected character", byte);
            self.at += 1;
        }
    }

    fn complain(&mut self, what: &'static str) {
        self.parsed.error(self.at, what, self.first);
    }

    /// Whether a date may be read here.
    fn date(&mut self) -> bool {
        if self.has_date {
            self.complain("Double date specification");
            return false;
        }
        self.has_date = true;
        true
    }

    fn time(&mut self) -> bool {
        if self.has_time {
            self.complain("Double time specification");
            return false;
        }
        self.has_time = true;
        self.times = 1;
        self.parsed.set_time(0, 0, 0, 0);
        true
    }

    fn no_time(&mut self) {
        self.has_time = false;
        self.times = 0;
        self.parsed.set_time(0, 0, 0, 0);
    }

    fn set_date(&mut self, year: Option<i64>, month: Option<i64>, day: Option<i64>) {
        // A part that was looked for and not found takes away what was there.
        (self.parsed.year, self.parsed.month, self.parsed.day) = (year, month, day);
    }

    fn take(&mut self, kind: Kind, token: &str) {
        let mut cursor = Cursor::new(token.as_bytes());
        let c = &mut cursor;
        match kind {
            Kind::Separator | Kind::Now => {}
            Kind::Yesterday | Kind::Tomorrow => {
                self.no_time();
                self.parsed.relative.days = if kind == Kind::Tomorrow { 1 } else { -1 };
            }
            Kind::Midnight => self.no_time(),
            Kind::Noon => {
                self.no_time();
                if self.time() {
                    self.parsed.hour = Some(12);
                }
            }
            Kind::Timestamp | Kind::TimestampFraction => self.timestamp(kind, c),
            Kind::Time12 | Kind::MsSqlTime => {
                if self.time() {
                    self.clock(c);
                    self.meridian(c);
                }
            }
            Kind::Time24 | Kind::HourMinuteSecond => {
                if self.time() {
                    self.clock(c);
                    self.zone_after_time(c);
                }
            }
            Kind::HourMinute => self.hour_minute(c),
            Kind::Year => self.parsed.year = c.number(4),
            Kind::Ago => self.ago(),
            Kind::Weekday => {
                self.no_time();
                self.parsed.relative.weekday = weekday(token).map(Weekday::From);
            }
            Kind::Relative | Kind::RelativeText => self.relative(token),
            Kind::Zone => self.zone(c),
            Kind::MonthNameDayTime12 | Kind::MonthNameDayTime24 => self.month_day_time(kind, c),
            _ => {
                if self.date() {
                    self.take_date(kind, c);
                }
            }
        }
    }

    fn take_date(&mut self, kind: Kind, c: &mut Cursor<'_>) {
        match kind {
            Kind::American => {
                let (month, day) = (c.number(2), c.number(2));
                let year = if c.peek() == b'/' {
                    year(c, 4)
                } else {
                    self.parsed.year
                };
                self.set_date(year, month, day);
            }
            Kind::YearMonthDay => {
                let year = c.signed(4);
                self.set_date(year, c.number(2), c.number(2));
            }
            Kind::YearMonthDayShort => {
                let year = year(c, 4);
                self.set_date(year, c.number(2), c.number(2));
            }
            Kind::YearMonth => {
                let year = year(c, 4);
                self.set_date(year, c.number(2), Some(1));
            }
            Kind::DayMonthNameYear => {
                let day = c.number(2);
                c.skip_day_suffix();
                let month = c.month();
                self.set_date(year(c, 4), month, day);
            }
            Kind::DayMonthYear => {
                let (day, month) = (c.number(2), c.number(2));
                self.set_date(c.number(4), month, day);
            }
            Kind::DayMonthShortYear => {
                let (day, month) = (c.number(2), c.number(2));
                self.set_date(year(c, 2), month, day);
            }
            Kind::MonthNameYear => {
                let month = c.month();
                self.set_date(year(c, 4), month, Some(1));
            }
            Kind::YearMonthName => {
                let year = year(c, 4);
                self.set_date(year, c.month(), Some(1));
            }
            Kind::MonthNameDayYear | Kind::MonthNameDayYearDashes => {
                let (month, day) = (c.month(), c.number(2));
                self.set_date(year(c, 4), month, day);
            }
            Kind::DayMonthName => {
                self.parsed.day = c.number(2);
                c.skip_day_suffix();
                self.parsed.month = c.month();
            }
            Kind::EightDigits => {
                let year = c.number(4);
                self.set_date(year, c.number(2), c.number(2));
            }
            Kind::YearMonthNameDay => {
                let (year, month) = (year(c, 4), c.month());
                self.set_date(year, month, c.number(2));
            }
            Kind::DayOfYear => {
                let year = year(c, 4);
                self.set_date(year, Some(1), c.number(3));
            }
            Kind::MonthName => self.parsed.month = c.month(),
            Kind::IsoWeek => self.iso_week(c),
            Kind::DateTime => self.date_time(c),
            Kind::LogFormat => {
                let (day, month) = (c.number(2), c.month());
                self.set_date(c.number(4), month, day);
                if self.time() {
                    self.clock(c);
                    self.zone_after_time(c);
                }
            }
            _ => {}
        }
    }

    /// Hour, minute, second and fraction, as many as there are.
    fn clock(&mut self, c: &mut Cursor<'_>) {
        let next = |c: &mut Cursor<'_>| c.number(2);
        self.parsed.hour = next(c);
        let is_more = |c: &Cursor<'_>| matches!(c.peek(), b':' | b'.') || c.peek().is_ascii_digit();
        if is_more(c) {
            self.parsed.minute = next(c);
        }
        if is_more(c) {
            self.parsed.second = next(c);
            if matches!(c.peek(), b'.' | b':') {
                self.parsed.microsecond = Some(c.fraction());
            }
        }
    }

    fn meridian(&mut self, c: &mut Cursor<'_>) {
        let hour = self.parsed.hour.unwrap_or(0);
        self.parsed.hour = Some(hour + c.meridian(hour));
    }

    fn zone_after_time(&mut self, c: &mut Cursor<'_>) {
        if !c.is_end() && !c.zone(&mut self.parsed) {
            self.complain(UNKNOWN_ZONE);
        }
    }

    fn zone(&mut self, c: &mut Cursor<'_>) {
        let second = self.zones;
        self.zones += 1;
        match second {
            0 => self.zone_after_time(c),
            1 => {
                let (at, first) = (self.at, self.first);
                self.parsed
                    .warning(at, "Double timezone specification", first);
            }
            _ => self.complain("Double timezone specification"),
        }
    }

    fn hour_minute(&mut self, c: &mut Cursor<'_>) {
        match self.times {
            0 => {
                self.parsed.hour = c.number(2);
                self.parsed.minute = c.number(2);
                self.parsed.second = Some(0);
                self.has_time = true;
            }
            1 => self.parsed.year = c.number(4),
            _ => return self.complain("Double time specification"),
        }
        self.times += 1;
    }

    fn timestamp(&mut self, kind: Kind, c: &mut Cursor<'_>) {
        self.no_time();
        self.has_date = false;
        self.zones += 1;
        self.set_date(Some(1970), Some(1), Some(1));
        self.parsed.relative.seconds += c.signed(24).unwrap_or(0);
        if kind == Kind::TimestampFraction {
            self.parsed.relative.microseconds = c.signed(24).unwrap_or(0);
        }
        self.parsed.zone = Some((0, None));
    }

    fn date_time(&mut self, c: &mut Cursor<'_>) {
        if !self.time() {
            return;
        }
        let year = c.number(4);
        self.set_date(year, c.number(2), c.number(2));
        self.parsed.hour = c.number(2);
        self.parsed.minute = c.number(2);
        self.parsed.second = c.number(2);
        if c.peek() == b'.' {
            self.parsed.microsecond = Some(c.fraction());
            self.zone_after_time(c);
        }
    }

    fn month_day_time(&mut self, kind: Kind, c: &mut Cursor<'_>) {
        if !self.date() {
            return;
        }
        self.parsed.month = c.month();
        self.parsed.day = c.number(2);
        if self.time() {
            self.clock(c);
            if kind == Kind::MonthNameDayTime12 {
                self.meridian(c);
            } else {
                self.zone_after_time(c);
            }
        }
    }

    fn iso_week(&mut self, c: &mut Cursor<'_>) {
        let (year, week) = (c.number(4).unwrap_or(0), c.number(2).unwrap_or(1));
        let weekday = c.number(1).unwrap_or(1);
        self.set_date(Some(year), Some(1), Some(1));
        let first = super::civil::days_of(year, 1, 1);
        self.parsed.relative.days = super::civil::days_of_iso_week(year, week, weekday) - first;
    }

    fn ago(&mut self) {
        let relative = &mut self.parsed.relative;
        relative.years = -relative.years;
        relative.months = -relative.months;
        relative.days = -relative.days;
        relative.seconds = -relative.seconds;
        // Sunday is day 7 of the week before.
        relative.weekday = relative.weekday.map(|day| match day {
            Weekday::From(0) => Weekday::Before(7),
            Weekday::From(day) => Weekday::Before(day),
            before => before,
        });
    }

    fn relative(&mut self, token: &str) {
        let word = token.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let mut c = Cursor::new(token.as_bytes());
        let (amount, unit) = match c.signed(24) {
            Some(amount) => (amount, word),
            None => {
                let (text, unit) = word.split_once([' ', '\t']).unwrap_or((word, ""));
                (amount_of(text), unit.trim())
            }
        };
        let unit = unit.to_ascii_lowercase();
        let relative = &mut self.parsed.relative;
        let times = |each: i64| amount.saturating_mul(each);
        match unit.trim_end_matches('s') {
            "millisecond" | "msec" | "m" => relative.microseconds += times(1000),
            "microsecond" | "usec" => relative.microseconds += amount,
            "second" | "sec" => relative.seconds += amount,
            "minute" | "min" => relative.seconds += times(60),
            "hour" => relative.seconds += times(3600),
            "day" => relative.days += amount,
            "week" => relative.days += times(7),
            "fortnight" | "forthnight" => relative.days += times(14),
            "month" => relative.months += amount,
            "year" => relative.years += amount,
            _ => {}
        }
    }
}

const UNKNOWN_ZONE: &str = "passing a time zone identifier as part of the string is not allowed";

/// A year; one of less than four digits is of this or the last century.
fn year(c: &mut Cursor<'_>, most: usize) -> Option<i64> {
    let (year, length) = c.number_with_length(most)?;
    Some(match year {
        0..70 if length < 4 => year + 2000,
        70..100 if length < 4 => year + 1900,
        _ => year,
    })
}

fn weekday(name: &str) -> Option<i64> {
    super::units::parse_weekday(name).map(|day| day % 7)
}

/// The number that a word is: `next`, `third`.
fn amount_of(word: &str) -> i64 {
    const NUMBERS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eight", "ninth",
        "tenth", "eleventh", "twelfth",
    ];
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "next" => 1,
        "last" | "previous" => -1,
        "this" => 0,
        "eighth" => 8,
        _ => NUMBERS
            .iter()
            .zip(1..)
            .find(|(n, _)| **n == word)
            .map_or(0, |(_, n)| n),
    }
}
