//! Tables of numbers and their texts.

use super::*;

#[test]
fn numbers_as_text() {
    for (x, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (5.0, "5"),
        (-5.5, "-5.5"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1.5e-7, "1.5e-7"),
        (1e-6, "0.000001"),
        (0.0000012, "0.0000012"),
        (5e-324, "5e-324"),
        (14356918360272850.0 / 8.0, "1794614795034106.2"),
        (f64::MAX, "1.7976931348623157e+308"),
        (9007199254740993.0, "9007199254740992"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        assert_eq!(js_number(x), text);
    }
}

#[test]
fn bits() {
    for (x, n) in [
        (5.9, 5),
        (-5.9, -5),
        (2_147_483_648.0, i32::MIN),
        (4_294_967_297.0, 1),
        (-2_147_483_649.0, i32::MAX),
        (1e300, 0),
        (f64::NAN, 0),
    ] {
        assert_eq!(to_int32(x), n, "{x}");
    }
}

/// Expected values are those of node.
#[test]
fn digits() {
    for (x, decimals, text) in [
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (1.005, 2, "1.00"),
        (1.45, 1, "1.4"),
        (8.345, 2, "8.35"),
        (0.000001, 7, "0.0000010"),
        (99.995, 2, "100.00"),
        (999.5, 0, "1000"),
        (0.5, 0, "1"),
        (-0.0000001, 2, "-0.00"),
        (-0.0, 2, "0.00"),
        (1e21, 2, "1e+21"),
        (123.456, 0, "123"),
        (f64::NAN, 2, "NaN"),
    ] {
        assert_eq!(
            to_fixed(x, decimals).unwrap(),
            text,
            "{x}.toFixed({decimals})"
        );
    }
    for (x, precision, text) in [
        (123.456, 4, "123.5"),
        (0.000123, 2, "0.00012"),
        (1e21, 3, "1.00e+21"),
        (123456.0, 2, "1.2e+5"),
        (0.0000001, 2, "1.0e-7"),
        (99.99, 3, "100"),
        (0.0, 3, "0.00"),
        (-1.25, 2, "-1.3"),
        (5e-324, 3, "4.94e-324"),
    ] {
        assert_eq!(
            to_precision(x, precision).unwrap(),
            text,
            "{x}.toPrecision({precision})"
        );
    }
    assert_eq!(to_exponential(123456.0, Some(2)).unwrap(), "1.23e+5");
    assert_eq!(to_exponential(0.00015, None).unwrap(), "1.5e-4");
    assert_eq!(to_exponential(0.0, Some(2)).unwrap(), "0.00e+0");
    assert_eq!((to_fixed(1.0, 101), to_precision(1.0, 0)), (None, None));
}

#[test]
fn radixes() {
    for (x, radix, text) in [
        (255.0, 16, "ff"),
        (-255.0, 2, "-11111111"),
        (0.5, 2, "0.1"),
        (0.1, 3, "0.0022002200220022002200220022002201"),
        (1e21, 36, "5v1j4f4ds7c000"),
        (0.3, 7, "0.2046204620462046205"),
        (1152921504606848000.0, 7, "2031000661631341101500"),
        (3.7, 16, "3.b333333333334"),
        (1e300, 10, "1e+300"),
        (f64::NAN, 2, "NaN"),
    ] {
        assert_eq!(to_radix(x, radix).unwrap(), text, "{x}.toString({radix})");
    }
    assert_eq!(to_radix(1.0, 37), None);
}

#[test]
fn texts_as_numbers() {
    for (text, number) in [
        ("", 0.0),
        (" 12 ", 12.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("0x1F", 31.0),
        ("0b101", 5.0),
        ("-Infinity", f64::NEG_INFINITY),
    ] {
        assert_eq!(to_number(text), number, "{text:?}");
    }
    for text in [
        "abc", "1 2", "1e", "0x", "-0x1", ".", "inf", "nan", "1_0", "e5",
    ] {
        assert!(to_number(text).is_nan(), "{text:?}");
    }
    assert_eq!(parse_float("3.25abc"), 3.25);
    assert_eq!(parse_float("1e5e"), 1e5);
    assert_eq!(parse_float("-.5x"), -0.5);
    assert!(parse_float("x1").is_nan());
    assert_eq!(parse_int("12px", 0), 12.0);
    assert_eq!(parse_int("-0x1f", 0), -31.0);
    assert_eq!(parse_int("101", 2), 5.0);
    assert!(parse_int("9", 8).is_nan() && parse_int("1", 1).is_nan());
}
