//! The methods that call a function for each item.

use rhai::{Array, Dynamic};

use super::super::callback::Callback;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};

pub(super) fn for_each(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let callback = Callback::new(call, 0, 0)?;
    for i in 0..items.len() {
        let _ = callback.on(&items, i)?;
    }
    Ok(Dynamic::UNIT)
}

pub(super) fn map(call: &mut Call<'_>) -> Outcome {
    Ok(mapped(call)?.into())
}

fn mapped(call: &Call<'_>) -> Result<Array, Fault> {
    let items = call.this::<Array>()?;
    let callback = Callback::new(call, 0, 0)?;
    (0..items.len()).map(|i| callback.on(&items, i)).collect()
}

pub(super) fn flat_map(call: &mut Call<'_>) -> Outcome {
    let mut flat = Array::new();
    for value in mapped(call)? {
        match value.is_array() {
            true => flat.extend(value.into_array().unwrap_or_default()),
            false => flat.push(value),
        }
    }
    Ok(flat.into())
}

pub(super) fn filter(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let callback = Callback::new(call, 0, 0)?;
    let mut kept = Array::new();
    for i in 0..items.len() {
        if callback.holds(&items, i)? {
            kept.push(items[i].clone());
        }
    }
    Ok(kept.into())
}

/// The first place, in the order given, where the callback says true.
fn place(call: &Call<'_>, backwards: bool) -> Result<(Array, Option<usize>), Fault> {
    let items = call.this::<Array>()?;
    let callback = Callback::new(call, 0, 0)?;
    for n in 0..items.len() {
        let i = if backwards { items.len() - 1 - n } else { n };
        if callback.holds(&items, i)? {
            return Ok((items, Some(i)));
        }
    }
    Ok((items, None))
}

fn found(call: &Call<'_>, backwards: bool) -> Outcome {
    let (items, at) = place(call, backwards)?;
    Ok(at.map_or(Dynamic::UNIT, |i| items[i].clone()))
}

fn found_at(call: &Call<'_>, backwards: bool) -> Outcome {
    Ok(super::read::position(place(call, backwards)?.1))
}

pub(super) fn find(call: &mut Call<'_>) -> Outcome {
    found(call, false)
}

pub(super) fn find_last(call: &mut Call<'_>) -> Outcome {
    found(call, true)
}

pub(super) fn find_index(call: &mut Call<'_>) -> Outcome {
    found_at(call, false)
}

pub(super) fn find_last_index(call: &mut Call<'_>) -> Outcome {
    found_at(call, true)
}

pub(super) fn some(call: &mut Call<'_>) -> Outcome {
    Ok(place(call, false)?.1.is_some().into())
}

pub(super) fn every(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let callback = Callback::new(call, 0, 0)?;
    for i in 0..items.len() {
        if !callback.holds(&items, i)? {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

pub(super) fn reduce(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let order: Vec<usize> = (0..items.len()).collect();
    fold(call, &items, &order)
}

pub(super) fn reduce_right(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let order: Vec<usize> = (0..items.len()).rev().collect();
    fold(call, &items, &order)
}

fn fold(call: &Call<'_>, items: &Array, order: &[usize]) -> Outcome {
    let callback = Callback::new(call, 0, 1)?;
    let (mut value, order) = match (call.count() > 1, order.split_first()) {
        (true, _) => (call.arg(1), order),
        (false, Some((first, rest))) => (items[*first].clone(), rest),
        (false, None) => {
            let message = "Reduce of empty array with no initial value";
            return Err(ScriptError::new("TypeError", message).into());
        }
    };
    for i in order {
        value = callback.after(vec![value], items, *i)?;
    }
    Ok(value)
}
