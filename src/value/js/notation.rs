//! Numbers in decimal notation.

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
