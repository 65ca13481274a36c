//! What the functions of documents do.

use rhai::{Array, Dynamic, FnPtr, ImmutableString};

use super::access::{field, key_text, merged};
use crate::script::api::Call;
use crate::script::closures::Functions;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::{Doc, convert};

pub(super) fn keys(call: &mut Call<'_>) -> Outcome {
    let doc = call.this::<Doc>()?;
    let keys: Array = doc.keys().cloned().map(Dynamic::from).collect();
    Ok(keys.into())
}

pub(super) fn values(call: &mut Call<'_>) -> Outcome {
    let values: Array = call.this::<Doc>()?.values().cloned().collect();
    Ok(values.into())
}

#[allow(clippy::cast_possible_wrap)] // no document has 2^63 fields
pub(super) fn len(call: &mut Call<'_>) -> Outcome {
    Ok((call.this::<Doc>()?.len() as i64).into())
}

pub(super) fn is_empty(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Doc>()?.is_empty().into())
}

pub(super) fn contains(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    Ok(call.this::<Doc>()?.contains(&key).into())
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    Ok(field(&mut call.this::<Doc>()?, key))
}

pub(super) fn set(call: &mut Call<'_>) -> Outcome {
    let (key, value) = (key_text(&call.arg(0)), call.arg(1));
    call.with_this::<Doc, _>(|doc| doc.set(key, value))??;
    Ok(Dynamic::UNIT)
}

pub(super) fn remove(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    let removed = call.with_this::<Doc, _>(|doc| doc.remove(&key))?;
    Ok(removed.unwrap_or(Dynamic::UNIT))
}

pub(super) fn clear(call: &mut Call<'_>) -> Outcome {
    call.with_this::<Doc, _>(Doc::clear)?;
    Ok(Dynamic::UNIT)
}

pub(super) fn mixin(call: &mut Call<'_>) -> Outcome {
    merge_into(call, true)
}

pub(super) fn fill_with(call: &mut Call<'_>) -> Outcome {
    merge_into(call, false)
}

fn merge_into(call: &mut Call<'_>, replace: bool) -> Outcome {
    let other = call.doc(0)?;
    let result = merged(call.this::<Doc>()?, &other, replace)?;
    call.with_this::<Doc, _>(|doc| *doc = result)?;
    Ok(Dynamic::UNIT)
}

pub(super) fn map(call: &mut Call<'_>) -> Outcome {
    let (doc, f) = (call.this::<Doc>()?, call.callback(0)?);
    let mut mapped = Doc::with_capacity(doc.len());
    for (key, value) in doc.iter() {
        mapped.push(key.clone(), on_field(call, &f, key, value)?)?;
    }
    Ok(Dynamic::from(mapped))
}

/// What the callback says to a field. One that takes one parameter gets the name, with the value
/// as `this`, as Rhai's own functions of maps do it.
fn on_field(call: &Call<'_>, f: &FnPtr, key: &ImmutableString, value: &Dynamic) -> Outcome {
    let functions = call.host.slot(Functions::default);
    if functions.arity(f.fn_name(), f.curry().len(), 2) == 2 {
        return call.call_back(f, vec![key.clone().into(), value.clone()]);
    }
    let mut this = value.clone();
    Ok(f.call_raw(call.ctx, Some(&mut this), [key.clone().into()])?)
}

/// The fields for which the callback says true, and the others.
fn split(call: &Call<'_>) -> Result<(Doc, Doc), Fault> {
    let (doc, f) = (call.this::<Doc>()?, call.callback(0)?);
    let (mut yes, mut no) = (Doc::new(), Doc::new());
    for (key, value) in doc.iter() {
        let says = on_field(call, &f, key, value)?;
        let side = match says.as_bool().unwrap_or(false) {
            true => &mut yes,
            false => &mut no,
        };
        side.push(key.clone(), value.clone())?;
    }
    Ok((yes, no))
}

pub(super) fn filter(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(split(call)?.0))
}

pub(super) fn retain(call: &mut Call<'_>) -> Outcome {
    let (yes, no) = split(call)?;
    call.with_this::<Doc, _>(|doc| *doc = yes)?;
    Ok(Dynamic::from(no))
}

pub(super) fn drain(call: &mut Call<'_>) -> Outcome {
    let (yes, no) = split(call)?;
    call.with_this::<Doc, _>(|doc| *doc = no)?;
    Ok(Dynamic::from(yes))
}

pub(super) fn to_js_string(_: &mut Call<'_>) -> Outcome {
    Ok("[object Object]".into())
}

pub(super) fn to_json(call: &mut Call<'_>) -> Outcome {
    let value = convert::bson_value(&call.receiver())?;
    let json =
        serde_json::to_string(&value).map_err(|e| ScriptError::new("TypeError", e.to_string()))?;
    Ok(json.into())
}
