//! The methods that look at an array and leave it as it is.

use rhai::{Array, Dynamic, ImmutableString};

use super::super::convert::{check_length, joined, text};
use super::super::equality::equal;
use super::super::index::{integer, item, relative};
use crate::script::api::Call;
use crate::script::error::Outcome;

/// An index as a script gets it: -1 for none.
#[allow(clippy::cast_possible_wrap)] // nothing has 2^63 items
pub(in super::super) fn position(at: Option<usize>) -> Dynamic {
    at.map_or(-1, |i| i as i64).into()
}

pub(super) fn includes(call: &mut Call<'_>) -> Outcome {
    let nan = call.arg(0).as_float().is_ok_and(f64::is_nan);
    let items = call.this::<Array>()?;
    let from = relative(call, 1, items.len(), 0);
    let mut rest = items[from..].iter();
    let is_nan = |v: &Dynamic| v.as_float().is_ok_and(f64::is_nan);
    Ok(rest
        .any(|v| equal(v, &call.arg(0)) || (nan && is_nan(v)))
        .into())
}

pub(super) fn index_of(call: &mut Call<'_>) -> Outcome {
    let (items, value) = (call.this::<Array>()?, call.arg(0));
    let from = relative(call, 1, items.len(), 0);
    let at = items[from..].iter().position(|v| equal(v, &value));
    Ok(position(at.map(|i| i + from)))
}

pub(super) fn last_index_of(call: &mut Call<'_>) -> Outcome {
    let (items, value) = (call.this::<Array>()?, call.arg(0));
    let end = match integer(call, 1) {
        None => items.len(),
        Some(_) => match item(call, 1, items.len()) {
            Some(at) => at + 1,
            None => relative(call, 1, items.len(), 0),
        },
    };
    let at = items[..end].iter().rposition(|v| equal(v, &value));
    Ok(position(at))
}

pub(super) fn join(call: &mut Call<'_>) -> Outcome {
    let separator = call
        .given(0)
        .map_or(ImmutableString::from(","), |s| text(&s));
    let joined = joined(&call.this::<Array>()?, &separator);
    check_length(joined.len())?;
    Ok(joined.into())
}

pub(super) fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(joined(&call.this::<Array>()?, ",").into())
}

pub(super) fn slice(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let start = relative(call, 0, items.len(), 0);
    let end = relative(call, 1, items.len(), items.len());
    let part: Array = items.get(start..end).unwrap_or_default().to_vec();
    Ok(part.into())
}

pub(super) fn concat(call: &mut Call<'_>) -> Outcome {
    let mut all = call.this::<Array>()?;
    for value in call.args() {
        match value.read_lock::<Array>() {
            Some(items) => all.extend(items.iter().cloned()),
            None => all.push(value.clone().flatten()),
        }
    }
    Ok(all.into())
}

pub(super) fn at(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let at = item(call, 0, items.len());
    Ok(at.map_or(Dynamic::UNIT, |i| items[i].clone()))
}

pub(super) fn flat(call: &mut Call<'_>) -> Outcome {
    let depth = integer(call, 0).unwrap_or(1.0);
    let mut out = Array::new();
    flatten(&call.this::<Array>()?, depth, &mut out);
    Ok(out.into())
}

fn flatten(items: &Array, depth: f64, out: &mut Array) {
    for item in items {
        match item.read_lock::<Array>() {
            Some(inner) if depth >= 1.0 => flatten(&inner, depth - 1.0, out),
            _ => out.push(item.clone()),
        }
    }
}

pub(super) fn keys(call: &mut Call<'_>) -> Outcome {
    let count = call.this::<Array>()?.len();
    let keys: Array = (0..count).map(|i| position(Some(i))).collect();
    Ok(keys.into())
}

pub(super) fn values(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Array>()?.into())
}

pub(super) fn entries(call: &mut Call<'_>) -> Outcome {
    let items = call.this::<Array>()?;
    let pairs = items.into_iter().enumerate();
    let pairs: Array = pairs
        .map(|(i, item)| Dynamic::from_array(vec![position(Some(i)), item]))
        .collect();
    Ok(pairs.into())
}
