//! JavaScript's numbers as text, and text as JavaScript's numbers.

/// `String(x)`: the shortest digits that read back as the same double, in JavaScript's notation
/// (`0.1`, `5`, `1e+21`, `1.5e-7`, `NaN`). As `String(-0)` is `0`, so is this.
pub fn js_number(x: f64) -> String {
    if let Some(special) = special(x) {
        return special.into();
    }
    if x == 0.0 {
        return "0".into();
    }
    let (digits, exponent) = shortest(x.abs());
    let sign = if x < 0.0 { "-" } else { "" };
    let text = match exponent {
        -6..=20 => plain(&digits, exponent),
        _ => scientific(&digits, exponent),
    };
    format!("{sign}{text}")
}

/// `x.toFixed(decimals)`; `None` where JavaScript throws a RangeError (more than 100 decimals).
pub fn to_fixed(x: f64, decimals: usize) -> Option<String> {
    if decimals > 100 {
        return None;
    }
    if !x.is_finite() || x.abs() >= 1e21 {
        return Some(js_number(x));
    }
    let exact = exact(x.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let digits = round(&format!("{whole}{fraction}"), whole.len() + decimals);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if x < 0.0 { "-" } else { "" };
    let point = if decimals == 0 { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// `x.toPrecision(digits)`; `None` where JavaScript throws a RangeError (not 1 to 100 digits).
pub fn to_precision(x: f64, precision: usize) -> Option<String> {
    if !x.is_finite() {
        return Some(js_number(x));
    }
    let (sign, digits, exponent) = significant(x, precision)?;
    let small = exponent < -6 || exponent >= precision as i32;
    let text = if small {
        scientific(&digits, exponent)
    } else {
        plain(&digits, exponent)
    };
    Some(format!("{sign}{text}"))
}

/// `x.toExponential(decimals)`, with as many digits as needed for `None`; the result is `None` where
/// JavaScript throws a RangeError (more than 100 decimals).
pub fn to_exponential(x: f64, decimals: Option<usize>) -> Option<String> {
    if !x.is_finite() {
        return Some(js_number(x));
    }
    let (sign, digits, exponent) = match decimals {
        Some(decimals) if decimals > 100 => return None,
        Some(decimals) => significant(x, decimals + 1)?,
        None if x == 0.0 => ("", "0".into(), 0),
        None => {
            let (digits, exponent) = shortest(x.abs());
            (if x < 0.0 { "-" } else { "" }, digits, exponent)
        }
    };
    Some(format!("{sign}{}", scientific(&digits, exponent)))
}

/// `x.toString(radix)`; `None` where JavaScript throws a RangeError (not 2 to 36).
pub fn to_radix(x: f64, radix: u32) -> Option<String> {
    if !(2..=36).contains(&radix) {
        return None;
    }
    if radix == 10 || !x.is_finite() || x == 0.0 {
        return Some(js_number(x));
    }
    let sign = if x < 0.0 { "-" } else { "" };
    let (whole, fraction) = radix_digits(x.abs(), f64::from(radix));
    let digit = |&d: &u32| char::from_digit(d, radix).unwrap_or('0');
    let whole: String = whole.iter().map(digit).collect();
    let fraction: String = fraction.iter().map(digit).collect();
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// `Number(text)`: white space around it is nothing, nothing is 0, `0x`, `0o` and `0b` are read; NaN for all else.
pub fn to_number(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let prefixed = [
        ("0x", 16),
        ("0X", 16),
        ("0o", 8),
        ("0O", 8),
        ("0b", 2),
        ("0B", 2),
    ]
    .iter()
    .find_map(|(prefix, radix)| Some((text.strip_prefix(prefix)?, *radix)));
    if let Some((digits, radix)) = prefixed {
        return whole_number(digits, radix).unwrap_or(f64::NAN);
    }
    match text {
        "" => 0.0,
        _ if float_length(text) == text.len() => float(text),
        _ => f64::NAN,
    }
}

/// `parseFloat(text)`: the number a text begins with, else NaN.
pub fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_space);
    match float_length(text) {
        0 => f64::NAN,
        length => float(&text[..length]),
    }
}

/// `parseInt(text, radix)`: the whole number a text begins with, else NaN. Radix 0 is 10, or 16 after `0x`.
pub fn parse_int(text: &str, radix: u32) -> f64 {
    let text = text.trim_start_matches(is_space);
    let negative = text.starts_with('-');
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hex, radix) {
        (Some(digits), 0 | 16) => (digits, 16),
        (_, 0) => (text, 10),
        _ => (text, radix),
    };
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let end = digits
        .find(|c: char| !c.is_digit(radix))
        .unwrap_or(digits.len());
    let n = whole_number(&digits[..end], radix).unwrap_or(f64::NAN);
    if negative { -n } else { n }
}

/// What JavaScript's bit operators make of a number: its integer part modulo 2^32, signed; 0 for NaN.
pub fn to_int32(x: f64) -> i32 {
    if !x.is_finite() {
        return 0;
    }
    let modulo = x.trunc().rem_euclid(4_294_967_296.0);
    modulo as u32 as i32
}

fn special(x: f64) -> Option<&'static str> {
    match x {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ if x.is_nan() => Some("NaN"),
        _ => None,
    }
}

/// The shortest digits and the exponent of the first one, of a positive number.
fn shortest(x: f64) -> (String, i32) {
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "");
    let even = (digits.len() > 15)
        .then(|| even_digits(x, digits.len()))
        .flatten();
    (even.unwrap_or(digits), exponent.parse().unwrap_or(0))
}

/// Where a double lies exactly between two shortest texts JavaScript takes the even one.
fn even_digits(x: f64, length: usize) -> Option<String> {
    let all = format!("{x:.60e}").replacen('.', "", 1);
    let (digits, rest) = all.split_at_checked(length)?;
    let rest = rest.split('e').next()?.strip_prefix('5')?;
    let tie =
        rest.bytes().all(|digit| digit == b'0') && digits.ends_with(['0', '2', '4', '6', '8']);
    let exponent = all.split_once('e')?.1;
    let (first, others) = digits.split_at(1);
    let same = format!("{first}.{others}e{exponent}").parse() == Ok(x);
    (tie && same).then(|| digits.to_owned())
}

fn plain(digits: &str, exponent: i32) -> String {
    let point = exponent + 1;
    let length = digits.len() as i32;
    if point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else if point >= length {
        format!("{digits}{}", "0".repeat((point - length) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    }
}

fn scientific(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}e{exponent:+}")
}

/// Every decimal digit of a double; none has more than 1074 after the point.
fn exact(x: f64) -> String {
    format!("{x:.1074}")
}

/// The first `keep` digits, rounded half up as JavaScript does; one digit longer when all of them were 9.
fn round(digits: &str, keep: usize) -> String {
    let (kept, rest) = digits.split_at(keep.min(digits.len()));
    let mut kept = kept.as_bytes().to_vec();
    if rest.as_bytes().first().is_some_and(|digit| *digit >= b'5') {
        let nines = kept
            .iter()
            .rev()
            .take_while(|digit| **digit == b'9')
            .count();
        let carry = kept.len() - nines;
        kept[carry..].fill(b'0');
        match carry.checked_sub(1) {
            Some(at) => kept[at] += 1,
            None => kept.insert(0, b'1'),
        }
    }
    kept.into_iter().map(char::from).collect()
}

/// Sign, digits and exponent of a finite number rounded to a count of digits.
fn significant(x: f64, precision: usize) -> Option<(&'static str, String, i32)> {
    if !(1..=101).contains(&precision) {
        return None;
    }
    if x == 0.0 {
        return Some(("", "0".repeat(precision), 0));
    }
    let exact = exact(x.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let mut exponent = whole.len() as i32 - 1 - (all.len() - digits.len()) as i32;
    let mut digits = round(&format!("{digits:0<precision$}"), precision);
    if digits.len() > precision {
        digits.pop();
        exponent += 1;
    }
    Some((if x < 0.0 { "-" } else { "" }, digits, exponent))
}

/// Whole and fractional digits of a positive number, as few of the latter as tell it from its neighbours.
fn radix_digits(x: f64, radix: f64) -> (Vec<u32>, Vec<u32>) {
    let mut whole = x.floor();
    let mut rest = x - whole;
    let mut delta = (0.5 * (x.next_up() - x)).max(f64::MIN_POSITIVE * f64::EPSILON);
    let mut fraction: Vec<u32> = Vec::new();
    while rest >= delta && rest > 0.0 {
        rest *= radix;
        delta *= radix;
        let digit = rest.floor();
        fraction.push(digit as u32);
        rest -= digit;
        let round_up = rest > 0.5 || (rest == 0.5 && digit as u32 % 2 == 1);
        if round_up && rest + delta > 1.0 {
            whole += carry(&mut fraction, radix as u32);
            break;
        }
    }
    (whole_digits(whole, radix), fraction)
}

/// Adds one to the last digit; 1 if that reaches the whole number.
fn carry(fraction: &mut Vec<u32>, radix: u32) -> f64 {
    while let Some(digit) = fraction.pop() {
        if digit + 1 < radix {
            fraction.push(digit + 1);
            return 0.0;
        }
    }
    1.0
}

fn whole_digits(mut whole: f64, radix: f64) -> Vec<u32> {
    let mut digits = Vec::new();
    // Beyond 2^53 the lowest digits are not known; V8 prints zeros for them.
    while whole >= 2_f64.powi(53) * radix {
        whole /= radix;
        digits.push(0);
    }
    loop {
        let digit = whole % radix;
        digits.push(digit as u32);
        whole = (whole - digit) / radix;
        if whole <= 0.0 {
            break;
        }
    }
    digits.reverse();
    digits
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// `None` without digits or with others.
fn whole_number(digits: &str, radix: u32) -> Option<f64> {
    if radix == 10 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.parse().ok();
    }
    let start = (!digits.is_empty()).then_some(0.0)?;
    digits.chars().try_fold(start, |n, c| {
        Some(n * f64::from(radix) + f64::from(c.to_digit(radix)?))
    })
}

/// How much of a text is a decimal number.
fn float_length(text: &str) -> usize {
    let sign = usize::from(text.starts_with(['+', '-']));
    let rest = &text[sign..];
    if rest.starts_with("Infinity") {
        return sign + "Infinity".len();
    }
    let digits = |text: &str| text.bytes().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(rest);
    let after = &rest[whole..];
    let fraction = after.strip_prefix('.').map_or(0, digits);
    if whole + fraction == 0 {
        return 0;
    }
    let mantissa = sign
        + whole
        + if after.starts_with('.') {
            fraction + 1
        } else {
            0
        };
    mantissa + exponent_length(&text[mantissa..])
}

fn exponent_length(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else {
        return 0;
    };
    let sign = usize::from(rest.starts_with(['+', '-']));
    match rest[sign..]
        .bytes()
        .take_while(|b| b.is_ascii_digit())
        .count()
    {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

fn float(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
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
}
