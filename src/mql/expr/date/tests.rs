//! The case tables of the family.

use super::super::tests::answer;
use crate::mql::cases::check;

macro_rules! tables {
    ($($test:ident: $table:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            check(concat!("expressions/", $table, ".jsonl"), answer);
        })*
    };
}

tables! {
    date_add: "dateAdd",
    date_diff: "dateDiff",
    date_from_parts: "dateFromParts",
    date_from_string: "dateFromString",
    date_subtract: "dateSubtract",
    date_to_parts: "dateToParts",
    date_to_string: "dateToString",
    date_trunc: "dateTrunc",
    day_of_month: "dayOfMonth",
    day_of_week: "dayOfWeek",
    day_of_year: "dayOfYear",
    hour: "hour",
    iso_day_of_week: "isoDayOfWeek",
    iso_week: "isoWeek",
    iso_week_year: "isoWeekYear",
    millisecond: "millisecond",
    minute: "minute",
    month: "month",
    second: "second",
    timezones: "timezones",
    week: "week",
    year: "year",
}
