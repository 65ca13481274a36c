//! The methods that take a part of a string.

use rhai::Dynamic;

use super::super::index::{absolute, integer, item, relative};
use super::case::this;
use super::units;
use crate::script::api::Call;
use crate::script::error::Outcome;

pub(super) fn slice(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let length = units::length(&this);
    let start = relative(call, 0, length, 0);
    let end = relative(call, 1, length, length);
    Ok(units::slice(&this, start, end).into())
}

pub(super) fn substring(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let length = units::length(&this);
    let start = absolute(call, 0, length, 0);
    let end = absolute(call, 1, length, length);
    Ok(units::slice(&this, start.min(end), start.max(end)).into())
}

pub(super) fn substr(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let length = units::length(&this);
    let start = relative(call, 0, length, 0);
    let count = absolute(call, 1, length - start, length - start);
    Ok(units::slice(&this, start, start + count).into())
}

pub(super) fn char_at(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    Ok(place(call)
        .map_or_else(String::new, |at| units::slice(&this, at, at + 1))
        .into())
}

pub(super) fn at(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let at = item(call, 0, units::length(&this));
    Ok(at.map_or(Dynamic::UNIT, |at| units::slice(&this, at, at + 1).into()))
}

pub(super) fn char_code_at(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let unit = place(call).and_then(|at| units::unit(&this, at));
    Ok(unit.map_or(f64::NAN.into(), |unit| i64::from(unit).into()))
}

pub(super) fn code_point_at(call: &mut Call<'_>) -> Outcome {
    let this = this(call);
    let Some(at) = place(call).filter(|at| *at < units::length(&this)) else {
        return Ok(Dynamic::UNIT);
    };
    let point = this[units::to_byte(&this, at)..].chars().next();
    Ok(point.map_or(Dynamic::UNIT, |c| i64::from(u32::from(c)).into()))
}

/// The first argument as a place that may be beyond the end; `None` where it is negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative; saturates
fn place(call: &Call<'_>) -> Option<usize> {
    let at = integer(call, 0).unwrap_or(0.0);
    (at >= 0.0).then_some(at as usize)
}
