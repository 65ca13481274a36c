//! Documents: `$mergeObjects $objectToArray $arrayToObject`.

use std::borrow::Cow;

use bson::{Bson, Document, doc};

use super::array::items;
use super::operator::{
    Args::{self, Exactly},
    Call, Operator,
};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Error, Result, text};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$arrayToObject", Exactly(1), array_to_object),
    Operator::new("$mergeObjects", Args::Any, merge),
    Operator::new("$objectToArray", Exactly(1), object_to_array),
];

fn merge<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut merged = Document::new();
    for arg in &call.args {
        match arg.eval_document(scope)? {
            Ok(document) => merged.extend(document.into_owned()),
            // One argument that is an array stands for its items.
            Err(array) if call.args.len() == 1 && is_array(&array) => {
                for item in items(array) {
                    merge_value(&mut merged, Some(item))?;
                }
            }
            Err(other) => merge_value(&mut merged, other.map(Cow::into_owned))?,
        }
    }
    Ok(owned(merged))
}

fn is_array(value: &Value<'_>) -> bool {
    matches!(value.as_deref(), Some(Bson::Array(_)))
}

fn merge_value(merged: &mut Document, value: Option<Bson>) -> Result<()> {
    match value {
        Some(Bson::Document(document)) => merged.extend(document),
        value if is_nullish(value.as_ref()) => {}
        other => {
            return Err(Error::new(
                40400,
                format!(
                    "$mergeObjects requires object inputs, but input {} is of type {}",
                    computed(other.as_ref()),
                    type_name(other.as_ref())
                ),
            ));
        }
    }
    Ok(())
}

fn object_to_array<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let Some(arg) = call.args.first() else {
        return Ok(None);
    };
    match arg.eval_document(scope)? {
        Ok(document) => {
            let pairs = document.into_owned().into_iter();
            let pairs = pairs.map(|(k, v)| Bson::Document(doc! { "k": k, "v": v }));
            Ok(owned(pairs.collect::<Vec<_>>()))
        }
        Err(value) if is_nullish(value.as_deref()) => Ok(null()),
        Err(other) => Err(Error::new(
            40390,
            format!(
                "$objectToArray requires a document input, found: {}",
                type_name(other.as_deref())
            ),
        )),
    }
}

fn array_to_object<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let array = call.arg(0, scope)?;
    match array.as_deref() {
        value if is_nullish(value) => Ok(null()),
        Some(Bson::Array(items)) => {
            let mut document = Document::new();
            for item in items {
                let (key, value) = pair(item, items)?;
                document.insert(key, value);
            }
            Ok(owned(document))
        }
        other => Err(Error::new(
            40386,
            format!(
                "$arrayToObject requires an array input, found: {}",
                type_name(other)
            ),
        )),
    }
}

/// The key and value of an element; all elements have the form of the first one.
fn pair<'a>(item: &'a Bson, items: &[Bson]) -> Result<(&'a str, Bson)> {
    let inconsistent = |code, first: &str| {
        // Without a space between two words, as the server has it.
        Error::new(
            code,
            format!(
                "$arrayToObject requires a consistent input format. Elements mustall be arrays or all be objects. {first} was detected, now found: {}",
                text::type_name(item)
            ),
        )
    };
    match (items.first(), item) {
        (Some(Bson::Array(_)), Bson::Array(parts)) => pair_of_array(parts),
        (Some(Bson::Array(_)), _) => Err(inconsistent(40396, "Array")),
        (Some(Bson::Document(_)), Bson::Document(parts)) => pair_of_document(parts),
        (Some(Bson::Document(_)), _) => Err(inconsistent(40391, "Object")),
        _ => Err(Error::new(
            40398,
            format!(
                "Unrecognised input type format for $arrayToObject: {}",
                text::type_name(item)
            ),
        )),
    }
}

fn pair_of_array(parts: &[Bson]) -> Result<(&str, Bson)> {
    let [key, value] = parts else {
        return Err(Error::new(
            40397,
            format!(
                "$arrayToObject requires an array of size 2 arrays,found array of size: {}",
                parts.len()
            ),
        ));
    };
    let Bson::String(key) = key else {
        return Err(Error::new(
            40395,
            format!(
                "$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: {}",
                text::type_name(key)
            ),
        ));
    };
    Ok((key_of(key, 4_940_400)?, value.clone()))
}

fn pair_of_document(parts: &Document) -> Result<(&str, Bson)> {
    if parts.len() != 2 {
        return Err(Error::new(
            40392,
            format!(
                "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:{}",
                parts.len()
            ),
        ));
    }
    let (Some(key), Some(value)) = (parts.get("k"), parts.get("v")) else {
        return Err(Error::new(
            40393,
            format!(
                "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: {}",
                computed(Some(&Bson::Document(parts.clone())))
            ),
        ));
    };
    let Bson::String(key) = key else {
        return Err(Error::new(
            40394,
            format!(
                "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: {}",
                text::type_name(key)
            ),
        ));
    };
    Ok((key_of(key, 4_940_401)?, value.clone()))
}

fn key_of(key: &str, code: i32) -> Result<&str> {
    if key.contains('\0') {
        return Err(Error::new(
            code,
            "Key field cannot contain an embedded null byte",
        ));
    }
    Ok(key)
}
