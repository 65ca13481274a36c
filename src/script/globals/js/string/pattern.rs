//! The methods of strings that take a regular expression.

use rhai::Array;

use super::super::array::position;
use super::super::regexp;
use super::case::this;
use super::units;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number;

pub(super) fn match_(call: &mut Call<'_>) -> Outcome {
    let (this, re) = (this(call), regexp::of_argument(call, 0)?);
    if !re.global {
        return match re.first(&this)? {
            Some(found) => regexp::as_value(call, &found, &this),
            None => Ok(number::null()),
        };
    }
    let found = re.all(&this)?.into_iter();
    let texts: Array = found.map(|m| m.values().swap_remove(0)).collect();
    Ok(match texts.is_empty() {
        true => number::null(),
        false => texts.into(),
    })
}

pub(super) fn match_all(call: &mut Call<'_>) -> Outcome {
    let (this, re) = (this(call), regexp::of_argument(call, 0)?);
    if !re.global {
        let message = "String.prototype.matchAll called with a non-global RegExp argument";
        return Err(ScriptError::new("TypeError", message).into());
    }
    let found = re.all(&this)?;
    let all: Result<Array, Fault> = found
        .iter()
        .map(|m| regexp::as_value(call, m, &this))
        .collect();
    Ok(all?.into())
}

pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let (this, re) = (this(call), regexp::of_argument(call, 0)?);
    let found = re.first(&this)?;
    Ok(position(found.map(|m| units::of_byte(&this, m.range().0))))
}
