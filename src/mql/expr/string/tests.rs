//! The case tables of the family, and of trigonometry, timestamps and totals.

use super::super::tests::answer;
use super::pretty_timestamp;
use crate::mql::cases::check;

#[test]
fn timestamps() {
    let at = |time| pretty_timestamp(bson::Timestamp { time, increment: 7 });
    assert_eq!(at(1), "Jan  1 00:00:01:7");
    assert_eq!(at(1_700_000_000), "Nov 14 22:13:20:7");
}

macro_rules! tables {
    ($($test:ident: $table:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            check(concat!("expressions/", $table, ".jsonl"), answer);
        })*
    };
}

tables! {
    acos: "acos",
    acosh: "acosh",
    asin: "asin",
    asinh: "asinh",
    atan: "atan",
    atan2: "atan2",
    atanh: "atanh",
    avg: "avg",
    concat: "concat",
    cos: "cos",
    cosh: "cosh",
    degrees_to_radians: "degreesToRadians",
    index_of_bytes: "indexOfBytes",
    index_of_cp: "indexOfCP",
    ltrim: "ltrim",
    max: "max",
    min: "min",
    radians_to_degrees: "radiansToDegrees",
    regex_find: "regexFind",
    regex_find_all: "regexFindAll",
    regex_match: "regexMatch",
    replace_all: "replaceAll",
    replace_one: "replaceOne",
    rtrim: "rtrim",
    sin: "sin",
    sinh: "sinh",
    split: "split",
    std_dev_pop: "stdDevPop",
    std_dev_samp: "stdDevSamp",
    str_len_bytes: "strLenBytes",
    str_len_cp: "strLenCP",
    strcasecmp: "strcasecmp",
    substr: "substr",
    substr_bytes: "substrBytes",
    substr_cp: "substrCP",
    sum: "sum",
    tan: "tan",
    tanh: "tanh",
    to_lower: "toLower",
    to_upper: "toUpper",
    trim: "trim",
    ts_increment: "tsIncrement",
    ts_second: "tsSecond",
}
