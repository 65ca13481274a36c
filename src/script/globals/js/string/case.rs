//! The methods that give the whole string in another form.

use std::cmp::Ordering;

use rhai::ImmutableString;

use super::super::convert::{LONGEST_TEXT, check_length, text};
use super::super::index::integer;
use super::units;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};

/// The receiver, a string or one of its characters.
pub(super) fn this(call: &Call<'_>) -> ImmutableString {
    text(&call.receiver())
}

pub(super) fn itself(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).into())
}

pub(super) fn trim(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).trim_matches(is_space).into())
}

pub(super) fn trim_start(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).trim_start_matches(is_space).into())
}

pub(super) fn trim_end(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).trim_end_matches(is_space).into())
}

/// JavaScript counts the byte order mark as white space.
fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{85}' || c == '\u{feff}'
}

pub(super) fn upper(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).to_uppercase().into())
}

pub(super) fn lower(call: &mut Call<'_>) -> Outcome {
    Ok(this(call).to_lowercase().into())
}

pub(super) fn concat(call: &mut Call<'_>) -> Outcome {
    let mut all = this(call).to_string();
    for value in call.args() {
        all.push_str(&text(value));
        check_length(all.len())?;
    }
    Ok(all.into())
}

pub(super) fn repeat(call: &mut Call<'_>) -> Outcome {
    let count = integer(call, 0).unwrap_or(0.0);
    let this = this(call);
    #[allow(clippy::cast_precision_loss)] // a limit
    if count < 0.0 || count * this.len() as f64 > LONGEST_TEXT as f64 {
        return Err(ScriptError::new("RangeError", format!("Invalid count value: {count}")).into());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
    Ok(this.repeat(count as usize).into())
}

pub(super) fn pad_start(call: &mut Call<'_>) -> Outcome {
    let padding = padding(call)?;
    Ok((padding + this(call).as_str()).into())
}

pub(super) fn pad_end(call: &mut Call<'_>) -> Outcome {
    let padding = padding(call)?;
    Ok((this(call).to_string() + padding.as_str()).into())
}

fn padding(call: &Call<'_>) -> Result<String, Fault> {
    let wanted = integer(call, 0).unwrap_or(0.0);
    #[allow(clippy::cast_precision_loss)] // a limit
    if wanted > LONGEST_TEXT as f64 {
        return Err(ScriptError::new("RangeError", "Invalid string length").into());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
    let missing = (wanted.max(0.0) as usize).saturating_sub(units::length(&this(call)));
    let fill = call.given(1).map_or(" ".into(), |fill| text(&fill));
    if fill.is_empty() || missing == 0 {
        return Ok(String::new());
    }
    let times = missing.div_ceil(units::length(&fill));
    Ok(units::slice(&fill.repeat(times), 0, missing))
}

pub(super) fn locale_compare(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (this(call), text(&call.arg(0)));
    Ok(match collate(&a, &b) {
        Ordering::Less => -1_i64,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
    .into())
}

/// The order of a dictionary, near enough to what JavaScript's default collation has for Latin
/// script: punctuation, digits, letters; accents and case only between equals.
fn collate(a: &str, b: &str) -> Ordering {
    let key = |text: &str| -> Vec<(u8, char)> { text.chars().flat_map(primary).collect() };
    let case = |text: &str| -> Vec<bool> { text.chars().map(char::is_uppercase).collect() };
    key(a)
        .cmp(&key(b))
        .then_with(|| a.to_lowercase().cmp(&b.to_lowercase()))
        .then_with(|| case(a).cmp(&case(b)))
}

fn primary(c: char) -> impl Iterator<Item = (u8, char)> {
    let class = match c {
        _ if c.is_whitespace() => 0,
        _ if c.is_numeric() => 2,
        _ if c.is_alphabetic() => 3,
        _ => 1,
    };
    c.to_lowercase().map(move |c| (class, without_accent(c)))
}

fn without_accent(c: char) -> char {
    const ACCENTED: [(&str, char); 8] = [
        ("àáâãäå", 'a'),
        ("èéêë", 'e'),
        ("ìíîï", 'i'),
        ("òóôõöø", 'o'),
        ("ùúûü", 'u'),
        ("ýÿ", 'y'),
        ("ñ", 'n'),
        ("ç", 'c'),
    ];
    let found = ACCENTED.iter().find(|(accented, _)| accented.contains(c));
    found.map_or(c, |(_, plain)| *plain)
}
