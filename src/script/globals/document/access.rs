//! Fields by name: reading, writing, the error for fields of nothing, and documents put together.

use std::any::TypeId;

use rhai::{Dynamic, Engine, FuncRegistration, ImmutableString, NativeCallContext, Position};

use crate::script::error::{RhaiError, ScriptError};
use crate::script::{Doc, api, inspect};
use crate::value::{Decimal, js};

pub(super) fn register_access(engine: &mut Engine) {
    engine.register_indexer_get(field);
    engine.register_indexer_get(|doc: &mut Doc, key: Dynamic| field(doc, key_text(&key)));
    // "Pure" is Rhai's word for "may be called on a constant". It calls the setter after every
    // method of a field (`order.items.len()`), and as in JavaScript a constant's fields may change.
    let setter = || FuncRegistration::new_index_setter().with_purity(true);
    setter().register_into_engine(engine, set_field);
    setter().register_into_engine(engine, |doc: &mut Doc, key: Dynamic, value: Dynamic| {
        set_field(doc, key_text(&key), value)
    });
}

/// Fields of nothing: JavaScript's error, with the field's name.
pub(super) fn register_undefined(engine: &mut Engine) {
    let refuse = |ctx: &NativeCallContext<'_>, args: &[&mut Dynamic], verb: &str, doing: &str| {
        let what = api::type_in_words(args[0]);
        let key = key_text(args[1]);
        let text = format!("Cannot {verb} properties of {what} ({doing} '{key}')");
        let error = ScriptError::new("TypeError", text)
            .hint("check it first: if x != null { … }, or x?.field");
        Err::<Dynamic, _>(error.into_rhai(ctx.call_position()))
    };
    let key = TypeId::of::<ImmutableString>();
    let (nothing, any) = (TypeId::of::<()>(), TypeId::of::<Dynamic>());
    engine.register_raw_fn("index$get$", [nothing, key], move |ctx, args| {
        refuse(&ctx, args, "read", "reading")
    });
    engine.register_raw_fn("index$set$", [nothing, key, any], move |ctx, args| {
        refuse(&ctx, args, "set", "setting")
    });
}

pub(super) fn field(doc: &mut Doc, key: ImmutableString) -> Dynamic {
    match doc.get(&key) {
        Some(value) => value.clone(),
        None => reference_field(doc, &key),
    }
}

/// The fields of a DBRef under the names of js-bson.
fn reference_field(doc: &Doc, key: &str) -> Dynamic {
    let name = match key {
        "collection" => "$ref",
        "oid" => "$id",
        "db" => "$db",
        _ => return Dynamic::UNIT,
    };
    let found = doc.get("$ref").and_then(|_| doc.get(name));
    found.cloned().unwrap_or(Dynamic::UNIT)
}

pub(super) fn set_field(
    doc: &mut Doc,
    key: ImmutableString,
    value: Dynamic,
) -> Result<(), RhaiError> {
    doc.set(key, value)
        .map_err(|e| ScriptError::from(e).into_rhai(Position::NONE))
}

/// A key that is no string, as JavaScript makes one of it.
pub(super) fn key_text(key: &Dynamic) -> ImmutableString {
    if let Ok(text) = key.as_immutable_string_ref() {
        return text.clone();
    }
    if let Ok(n) = key.as_float() {
        return js::js_number(n).into();
    }
    if let Some(id) = key.read_lock::<bson::oid::ObjectId>() {
        return id.to_hex().into();
    }
    if let Some(n) = key.read_lock::<Decimal>() {
        return n.to_string().into();
    }
    inspect::for_print(key).into()
}

pub(super) fn text_of(doc: &Doc) -> String {
    inspect::for_print(&Dynamic::from(doc.clone()))
}

/// `==` is among the operators of all types; these two are Rhai's own for maps.
pub(super) fn register_operators(engine: &mut Engine) {
    engine.register_fn("+", |a: Doc, b: Doc| merged(a, &b, true));
    engine.register_fn("+=", |a: &mut Doc, b: Doc| {
        *a = merged(std::mem::take(a), &b, true)?;
        Ok::<(), RhaiError>(())
    });
}

pub(super) fn merged(mut a: Doc, b: &Doc, replace: bool) -> Result<Doc, RhaiError> {
    for (key, value) in b.iter() {
        if replace || !a.contains(key) {
            set_field(&mut a, key.clone(), value.clone())?;
        }
    }
    Ok(a)
}
