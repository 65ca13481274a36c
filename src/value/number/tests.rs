//! Tables of arithmetic and comparison.

use super::Number::{Double, Int32, Int64};
use super::*;

fn dec(text: &str) -> Number {
    Number::Decimal(text.parse().unwrap())
}

/// Type and digits.
fn shown(n: Number) -> String {
    let name = match n {
        Int32(_) => "int",
        Int64(_) => "long",
        Double(_) => "double",
        Number::Decimal(_) => "decimal",
    };
    format!("{name} {n}")
}

#[test]
fn arithmetic() {
    let max = Int64(i64::MAX);
    for (found, expected) in [
        (Int32(2) + Int32(3), "int 5"),
        (Int32(i32::MAX) + Int32(1), "long 2147483648"),
        (Int32(1) + Int64(1), "long 2"),
        (max + Int32(1), "double 9223372036854776000"),
        (Int32(1) + Double(0.5), "double 1.5"),
        (Int32(1) + dec("0.50"), "decimal 1.50"),
        (Double(0.1) + dec("1"), "decimal 1.1"),
        (Int32(i32::MIN) * Int32(-1), "long 2147483648"),
        (max * max, "double 8.507059173023462e+37"),
        (Int32(4) / Int32(2), "int 2"),
        (Int32(5) / Int32(2), "double 2.5"),
        (Int64(9) / Int32(3), "long 3"),
        (Int32(1) / Int32(0), "double Infinity"),
        (Int32(0) / Int32(0), "double NaN"),
        (Int64(i64::MIN) / Int32(-1), "double 9223372036854776000"),
        (
            dec("1") / Int32(3),
            "decimal 0.3333333333333333333333333333333333",
        ),
        (Int32(-7) % Int32(3), "int -1"),
        (Int32(7) % Int32(0), "double NaN"),
        (Int64(i64::MIN) % Int32(-1), "long 0"),
        (Double(5.5) % Int32(2), "double 1.5"),
        (Int32(2).pow(Int32(10)), "int 1024"),
        (Int32(2).pow(Int32(40)), "long 1099511627776"),
        (Int32(2).pow(Int32(64)), "double 18446744073709552000"),
        (Int32(2).pow(Int32(-1)), "double 0.5"),
        (Int32(1).pow(Double(f64::INFINITY)), "double NaN"),
        (dec("1.5").pow(Int32(2)), "decimal 2.25"),
        (Int32(0) - Int64(i64::MIN), "double 9223372036854776000"),
        (-Int32(i32::MIN), "long 2147483648"),
        (-Int32(5), "int -5"),
        (Int32(i32::MIN).abs(), "long 2147483648"),
        (dec("-1.50").abs(), "decimal 1.50"),
    ] {
        assert_eq!(shown(found), expected);
    }
}

#[test]
fn comparison() {
    use Ordering::{Equal, Greater, Less};
    let beyond = 9_007_199_254_740_993; // 2^53 + 1, which no double holds
    for (a, b, order) in [
        (Int32(1), Double(1.0), Some(Equal)),
        (Int32(1), dec("1.00"), Some(Equal)),
        (
            Int64(beyond),
            Double(9_007_199_254_740_992.0),
            Some(Greater),
        ),
        (Int64(beyond), dec("9007199254740993"), Some(Equal)),
        (
            Int64(i64::MAX),
            Double(9_223_372_036_854_775_808.0),
            Some(Less),
        ),
        (
            Int64(i64::MIN),
            Double(-9_223_372_036_854_775_808.0),
            Some(Equal),
        ),
        (Int32(-1), Double(-1.5), Some(Greater)),
        (Int32(0), Double(-0.0), Some(Equal)),
        (Int32(0), Double(0.5), Some(Less)),
        (Double(0.1), dec("0.1"), Some(Greater)),
        (Double(0.5), dec("0.5"), Some(Equal)),
        (Double(1e300), dec("1E+300"), Some(Greater)),
        (
            Double(5e-324),
            dec("4.940656458412465441765687928682214E-324"),
            Some(Less),
        ),
        (Double(f64::INFINITY), dec("Infinity"), Some(Equal)),
        (Double(f64::MAX), dec("9E+6000"), Some(Less)),
        (Double(f64::NAN), Int32(1), None),
        (dec("NaN"), Double(f64::NAN), None),
    ] {
        assert_eq!(a.partial_cmp(&b), order, "{a:?} {b:?}");
        assert_eq!(
            b.partial_cmp(&a),
            order.map(Ordering::reverse),
            "{b:?} {a:?}"
        );
    }
}

#[test]
fn integers() {
    assert_eq!(Double(5.0).to_i64(), Some(5));
    assert_eq!(Double(5.5).to_i64(), None);
    assert_eq!(Double(f64::INFINITY).to_i64(), None);
    assert_eq!(
        Double(-9_223_372_036_854_775_808.0).to_i64(),
        Some(i64::MIN)
    );
    assert_eq!(shown(Number::from_int(1 << 40)), "long 1099511627776");
    assert_eq!(Number::from_bson(&Bson::Null).map(shown), None);
}
