//! Text as numbers.

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
