//! Sorting.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, ImmutableString};

use super::super::convert::{text, to_f64};
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome};
use crate::script::number::NULL;

pub(super) fn sort(call: &mut Call<'_>) -> Outcome {
    let sorted = sorted(call)?;
    call.with_this::<Array, _>(|items| items.clone_from(&sorted))?;
    Ok(sorted.into())
}

pub(super) fn to_sorted(call: &mut Call<'_>) -> Outcome {
    Ok(sorted(call)?.into())
}

/// Undefined comes last and is shown to no comparison, as in JavaScript.
fn sorted(call: &Call<'_>) -> Result<Array, Fault> {
    let undefined = |v: &Dynamic| v.is_unit() && v.tag() != NULL;
    let items = call.this::<Array>()?;
    let (last, items): (Array, Array) = items.into_iter().partition(undefined);
    let mut sorted = match call.given(0) {
        None => by_text(items),
        Some(_) => by_callback(call, items)?,
    };
    sorted.extend(last);
    Ok(sorted)
}

/// By UTF-16 code units, as JavaScript compares texts.
fn by_text(items: Array) -> Array {
    let mut keyed: Vec<(ImmutableString, Dynamic)> =
        items.into_iter().map(|v| (text(&v), v)).collect();
    keyed.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    keyed.into_iter().map(|(_, v)| v).collect()
}

fn by_callback(call: &Call<'_>, items: Array) -> Result<Array, Fault> {
    let compare = call.callback(0)?;
    merge_sort(items, &mut |a, b| {
        let result = call.call_back(&compare, vec![a.clone(), b.clone()])?;
        let sign = to_f64(&result.flatten());
        Ok(sign.partial_cmp(&0.0).unwrap_or(Ordering::Equal))
    })
}

/// A script's comparison may fail or contradict itself, which the standard library's sort answers
/// with a panic.
fn merge_sort(
    mut items: Array,
    compare: &mut impl FnMut(&Dynamic, &Dynamic) -> Result<Ordering, Fault>,
) -> Result<Array, Fault> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let left = merge_sort(items, compare)?;
    let right = merge_sort(right, compare)?;
    let mut merged = Array::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let right_first = compare(a, b)?.is_gt();
        merged.extend(if right_first {
            right.next()
        } else {
            left.next()
        });
    }
    merged.extend(left.chain(right));
    Ok(merged)
}
