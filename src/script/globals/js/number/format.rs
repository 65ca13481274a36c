//! Numbers as people in the United States write them: JavaScript's `toLocaleString`.

use super::super::convert::{text, to_f64};
use crate::script::Doc;
use crate::value::js;

/// The options of `toLocaleString` that are known here.
pub struct Style {
    least: usize,
    most: usize,
    before: String,
    percent: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            least: 0,
            most: 3,
            before: String::new(),
            percent: false,
        }
    }
}

impl Style {
    /// From an options document; what is unknown is ignored, as JavaScript ignores it.
    #[must_use]
    pub fn of(options: &Doc) -> Self {
        let mut style = Self::default();
        let named = |name: &str| options.get(name).map(|v| text(v).to_string());
        match named("style").as_deref() {
            Some("currency") => {
                style.before = symbol(&named("currency").unwrap_or_default());
                let whole = style.before == "¥";
                (style.least, style.most) = if whole { (0, 0) } else { (2, 2) };
            }
            Some("percent") => (style.percent, style.most) = (true, 0),
            _ => {}
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 0 and 100
        let digits = |name: &str| Some(to_f64(options.get(name)?).clamp(0.0, 100.0) as usize);
        if let Some(least) = digits("minimumFractionDigits") {
            style.least = least;
            style.most = style.most.max(least);
        }
        if let Some(most) = digits("maximumFractionDigits") {
            style.most = most;
            style.least = style.least.min(most);
        }
        style
    }
}

fn symbol(currency: &str) -> String {
    match currency.to_ascii_uppercase().as_str() {
        "USD" => "$".into(),
        "EUR" => "€".into(),
        "GBP" => "£".into(),
        "JPY" => "¥".into(),
        "INR" => "₹".into(),
        other => format!("{other}\u{a0}"),
    }
}

/// The number with commas between groups of three digits.
#[must_use]
pub fn grouped(x: f64, style: &Style) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    let sign = if x < 0.0 { "-" } else { "" };
    let x = x.abs() * if style.percent { 100.0 } else { 1.0 };
    let after = if style.percent { "%" } else { "" };
    if x.is_infinite() {
        return format!("{sign}{}∞{after}", style.before);
    }
    let fixed = match x < 1e21 {
        true => js::to_fixed(x, style.most).unwrap_or_default(),
        false => format!("{x:.0}"),
    };
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let needed = fraction.trim_end_matches('0').len().max(style.least);
    let fraction = &fraction[..needed.min(fraction.len())];
    let point = if fraction.is_empty() { "" } else { "." };
    format!(
        "{sign}{}{}{point}{fraction}{after}",
        style.before,
        groups(whole)
    )
}

fn groups(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
