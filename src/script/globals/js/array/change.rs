//! The methods that change an array in place.

use rhai::{Array, Dynamic};

use super::super::index::{absolute, integer, item, relative};
use super::read::position;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};

fn values(call: &Call<'_>, from: usize) -> Array {
    let given = call.args().iter().skip(from);
    given.map(|v| v.clone().flatten()).collect()
}

pub(super) fn push(call: &mut Call<'_>) -> Outcome {
    let added = values(call, 0);
    insert(call, usize::MAX, added)
}

pub(super) fn unshift(call: &mut Call<'_>) -> Outcome {
    let added = values(call, 0);
    insert(call, 0, added)
}

/// Puts values at a place, or at the end, and gives the new length.
fn insert(call: &mut Call<'_>, at: usize, added: Array) -> Outcome {
    let length = call.with_this::<Array, _>(|items| {
        let at = at.min(items.len());
        items.splice(at..at, added);
        items.len()
    })?;
    Ok(position(Some(length)))
}

pub(super) fn pop(call: &mut Call<'_>) -> Outcome {
    let last = call.with_this::<Array, _>(Array::pop)?;
    Ok(last.unwrap_or(Dynamic::UNIT))
}

pub(super) fn shift(call: &mut Call<'_>) -> Outcome {
    call.with_this::<Array, _>(|items| match items.is_empty() {
        true => Dynamic::UNIT,
        false => items.remove(0),
    })
}

pub(super) fn splice(call: &mut Call<'_>) -> Outcome {
    let length = length(call)?;
    let start = relative(call, 0, length, 0);
    let room = length - start;
    let count = match call.count() {
        0 => 0,
        1 => room,
        _ => absolute(call, 1, room, 0),
    };
    let added = values(call, 2);
    let removed: Array =
        call.with_this::<Array, _>(|items| items.splice(start..start + count, added).collect())?;
    Ok(removed.into())
}

fn length(call: &mut Call<'_>) -> Result<usize, Fault> {
    call.with_this::<Array, _>(|items| items.len())
}

pub(super) fn fill(call: &mut Call<'_>) -> Outcome {
    let length = length(call)?;
    let start = relative(call, 1, length, 0);
    let end = relative(call, 2, length, length);
    let value = call.arg(0);
    call.with_this::<Array, _>(|items| {
        if let Some(part) = items.get_mut(start..end) {
            part.fill(value);
        }
    })?;
    Ok(call.receiver())
}

pub(super) fn reverse(call: &mut Call<'_>) -> Outcome {
    call.with_this::<Array, _>(|items| items.reverse())?;
    Ok(call.receiver())
}

pub(super) fn to_reversed(call: &mut Call<'_>) -> Outcome {
    let items: Array = call.this::<Array>()?.into_iter().rev().collect();
    Ok(items.into())
}

pub(super) fn with(call: &mut Call<'_>) -> Outcome {
    let mut items = call.this::<Array>()?;
    let Some(at) = item(call, 0, items.len()) else {
        let at = integer(call, 0).unwrap_or(0.0);
        return Err(ScriptError::new("RangeError", format!("Invalid index : {at}")).into());
    };
    items[at] = call.arg(1);
    Ok(items.into())
}
