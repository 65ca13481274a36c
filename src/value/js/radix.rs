//! Numbers in other bases.

use super::js_number;

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
