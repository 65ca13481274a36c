//! Tables of decimals.

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn text_round_trips() {
    for (text, shown) in [
        ("1.50", "1.50"),
        ("1E3", "1E+3"),
        ("nan", "NaN"),
        ("-NaN", "NaN"),
        ("inf", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("-0", "-0"),
        ("0E-7", "0E-7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+12.340", "12.340"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1E-7"),
        (
            "9999999999999999999999999999999999",
            "9999999999999999999999999999999999",
        ),
        ("1E6144", "1.000000000000000000000000000000000E+6144"),
        ("0E+99999", "0E+6111"),
    ] {
        assert_eq!(dec(text).to_string(), shown, "{text}");
        assert_eq!(bits_through_quad(dec(text)), dec(text).0, "{text}");
    }
}

fn bits_through_quad(d: Decimal) -> Decimal128 {
    Decimal::from_quad(&d.quad()).0
}

#[test]
fn garbage_is_refused() {
    for text in [
        "", ".", "1e", "e5", "1.2.3", "abc", " 1", "1 ", "0x10", "sNaN", "NaN12", "1_000", "1e1.5",
    ] {
        assert_eq!(
            text.parse::<Decimal>().unwrap_err(),
            DecimalError::Syntax,
            "{text:?}"
        );
    }
    assert_eq!(
        "1E6145".parse::<Decimal>().unwrap_err(),
        DecimalError::Overflow
    );
    let long = "12345678901234567890123456789012345";
    assert_eq!(long.parse::<Decimal>().unwrap_err(), DecimalError::Inexact);
    assert_eq!(
        Decimal::rounded(long).unwrap().to_string(),
        "1.234567890123456789012345678901234E+34"
    );
}

#[test]
fn arithmetic() {
    for (left, op, right, result) in [
        ("1.50", '+', "1", "2.50"),
        ("0.1", '+', "0.2", "0.3"),
        ("1", '-', "1.00", "0.00"),
        ("2.5", '*', "4", "10.0"),
        ("1", '/', "3", "0.3333333333333333333333333333333333"),
        ("10", '/', "4", "2.5"),
        ("1", '/', "0", "Infinity"),
        ("-1", '/', "0", "-Infinity"),
        ("0", '/', "0", "NaN"),
        ("7.5", '%', "2", "1.5"),
        ("-7", '%', "3", "-1"),
        ("1E30", '%', "7", "1"),
        ("1E40", '%', "7", "4"),
        ("-1E6000", '%', "0.3", "-0.1"),
        ("5", '%', "0", "NaN"),
        ("5", '%', "Infinity", "5"),
        ("Infinity", '-', "Infinity", "NaN"),
        ("9E6144", '*', "10", "Infinity"),
    ] {
        let (a, b) = (dec(left), dec(right));
        let found = match op {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            '/' => a / b,
            _ => a % b,
        };
        assert_eq!(found.to_string(), result, "{left} {op} {right}");
    }
    assert_eq!((-dec("0")).to_string(), "-0");
    assert_eq!(dec("-1.20").abs().to_string(), "1.20");
}

#[test]
fn comparison_is_numeric() {
    assert_eq!(dec("1.50"), dec("1.5"));
    assert_eq!(dec("-0"), dec("0E+3"));
    assert!(dec("-Infinity") < dec("-9E6144"));
    assert!(dec("1.0000000000000000000000000000000001".get(..34).unwrap()) == dec("1"));
    assert_eq!(dec("NaN").partial_cmp(&dec("NaN")), None);
}

#[test]
fn conversions() {
    for (x, shown) in [
        (0.1, "0.100000000000000"),
        (5.0, "5.00000000000000"),
        (-0.0, "-0"),
        (1.0 / 3.0, "0.333333333333333"),
        (1e300, "1.00000000000000E+300"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        assert_eq!(Decimal::from_f64(x).to_string(), shown);
    }
    for (text, int, trunc) in [
        ("5.00", Some(5), Some(5)),
        ("1E+3", Some(1000), Some(1000)),
        ("-2.5", None, Some(-2)),
        ("0E+6000", Some(0), Some(0)),
        ("1E+19", None, None),
        ("-9223372036854775808", Some(i64::MIN), Some(i64::MIN)),
        ("1E-6000", None, Some(0)),
        ("NaN", None, None),
    ] {
        assert_eq!(dec(text).to_i64(), int, "{text}");
        assert_eq!(dec(text).trunc_to_i64(), trunc, "{text}");
        assert_eq!(
            dec(text).is_integer(),
            int.is_some() || text == "1E+19",
            "{text}"
        );
    }
    assert_eq!(
        Decimal::from_i64(i64::MIN).to_string(),
        i64::MIN.to_string()
    );
    assert_eq!(dec("1.5E-3").to_f64(), 0.0015);
    assert_eq!(dec("-Infinity").to_f64(), f64::NEG_INFINITY);
}
