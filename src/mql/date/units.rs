//! Units of time, and days of the week.

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

const NAMES: [(&str, Unit); 9] = [
    ("year", Unit::Year),
    ("quarter", Unit::Quarter),
    ("month", Unit::Month),
    ("week", Unit::Week),
    ("day", Unit::Day),
    ("hour", Unit::Hour),
    ("minute", Unit::Minute),
    ("second", Unit::Second),
    ("millisecond", Unit::Millisecond),
];

impl Unit {
    /// The unit of a name.
    pub fn parse(name: &str) -> Option<Unit> {
        let found = NAMES.iter().find(|(n, _)| *n == name);
        found.map(|(_, unit)| *unit)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(_, unit)| *unit == self);
        found.map_or("", |(name, _)| name)
    }

    /// How many milliseconds it has, if that is always the same number but for the change of clocks.
    pub fn milliseconds(self) -> Option<i64> {
        Some(match self {
            Unit::Week => 604_800_000,
            Unit::Day => 86_400_000,
            Unit::Hour => 3_600_000,
            Unit::Minute => 60_000,
            Unit::Second => 1000,
            Unit::Millisecond => 1,
            Unit::Year | Unit::Quarter | Unit::Month => return None,
        })
    }
}

/// A day of the week by its name or its first three letters, in any case; 1 is Monday.
pub(crate) fn parse_weekday(name: &str) -> Option<i64> {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let name = name.to_ascii_lowercase();
    let found = DAYS.iter().zip(1..);
    let mut found = found.filter(|(day, _)| **day == name || day.get(..3) == Some(&name));
    found.next().map(|(_, number)| number)
}
