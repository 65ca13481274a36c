//! The methods that look for a text.

use rhai::{Array, ImmutableString};

use super::super::array::position;
use super::super::convert::{text, to_f64};
use super::super::index::absolute;
use super::super::regexp::{self, RegExp};
use super::case::this;
use super::units;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};

/// The text to look for, and the part of the receiver to look in from argument 1 on.
fn wanted(call: &Call<'_>) -> Result<(ImmutableString, ImmutableString, usize), Fault> {
    if call.arg(0).is::<bson::Regex>() {
        let message = format!(
            "First argument to String.prototype.{} must not be a regular expression",
            call.method.name
        );
        return Err(ScriptError::new("TypeError", message).into());
    }
    let this = this(call);
    let from = absolute(call, 1, units::length(&this), 0);
    let byte = units::to_byte(&this, from);
    Ok((text(&call.arg(0)), this, byte))
}

pub(super) fn starts_with(call: &mut Call<'_>) -> Outcome {
    let (wanted, this, from) = wanted(call)?;
    Ok(this[from..].starts_with(wanted.as_str()).into())
}

pub(super) fn ends_with(call: &mut Call<'_>) -> Outcome {
    let (wanted, this, end) = wanted(call)?;
    let end = if call.given(1).is_some() {
        end
    } else {
        this.len()
    };
    Ok(this[..end].ends_with(wanted.as_str()).into())
}

pub(super) fn includes(call: &mut Call<'_>) -> Outcome {
    let (wanted, this, from) = wanted(call)?;
    Ok(this[from..].contains(wanted.as_str()).into())
}

pub(super) fn index_of(call: &mut Call<'_>) -> Outcome {
    let (wanted, this, from) = wanted(call)?;
    let at = this[from..].find(wanted.as_str());
    Ok(position(at.map(|at| units::of_byte(&this, from + at))))
}

pub(super) fn last_index_of(call: &mut Call<'_>) -> Outcome {
    let (wanted, this, from) = wanted(call)?;
    let last = match call.given(1) {
        Some(_) => from,
        None => this.len(),
    };
    let end = (last + wanted.len()).min(this.len());
    let found = this.get(..end).and_then(|part| part.rfind(wanted.as_str()));
    Ok(position(found.map(|at| units::of_byte(&this, at))))
}

pub(super) fn split(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let mut parts: Array = match call.given(0) {
        None => vec![this.into()],
        Some(separator) => match regexp::of_value(call, &separator)? {
            Some(re) => split_by_pattern(&this, &re)?,
            None => split_by_text(&this, &text(&separator)),
        },
    };
    if let Some(limit) = call.given(1) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        parts.truncate(to_f64(&limit) as usize);
    }
    Ok(parts.into())
}

fn split_by_text(this: &str, separator: &str) -> Array {
    match separator {
        "" => this.chars().map(|c| c.to_string().into()).collect(),
        _ => this.split(separator).map(Into::into).collect(),
    }
}

/// The groups of the separator are parts too.
fn split_by_pattern(this: &str, re: &RegExp) -> Result<Array, Fault> {
    let mut parts = Array::new();
    if this.is_empty() {
        let whole = re.first(this)?.is_none();
        return Ok(if whole { vec!["".into()] } else { parts });
    }
    let mut start = 0;
    for found in re.all(this)? {
        let (from, to) = found.range();
        // An empty match at either end, or right after the last one, separates nothing.
        if to == from && (from == start && from == 0 || from == this.len()) {
            continue;
        }
        parts.push(this[start..from].into());
        parts.extend(found.groups().iter().cloned());
        start = to;
    }
    parts.push(this[start..].into());
    Ok(parts)
}
