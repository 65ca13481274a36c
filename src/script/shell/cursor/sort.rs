//! Sort specifications in the forms that mongosh takes.

use bson::{Bson, Document};
use rhai::Dynamic;

use crate::script::api::Call;
use crate::script::convert::bson_value;
use crate::script::error::{Fault, ScriptError};

/// Argument `i` as a sort specification: a document, a field's name, names in an array, or pairs
/// of name and direction. Nothing where it is missing, null or empty.
///
/// # Errors
/// Where it is something else, a direction is none, or the order of its fields is unknown.
pub fn sort_spec(call: &Call<'_>, i: usize) -> Result<Option<Document>, Fault> {
    let Some(given) = call.given(i) else {
        return Ok(None);
    };
    let spec = match given.is_string() || given.is_array() {
        true => bson_value(&given)?,
        false => call.ordered(i)?.into(),
    };
    normal(spec)
}

/// The same for an option's value.
///
/// # Errors
/// As [`sort_spec`].
pub fn sort_option(given: &Dynamic) -> Result<Option<Document>, Fault> {
    normal(bson_value(given)?)
}

fn normal(spec: Bson) -> Result<Option<Document>, Fault> {
    let mut sort = Document::new();
    match spec {
        Bson::Null => {}
        Bson::String(field) => {
            sort.insert(field, 1);
        }
        Bson::Document(fields) => {
            for (field, order) in fields {
                sort.insert(field, direction(order)?);
            }
        }
        Bson::Array(items) => from_array(items, &mut sort)?,
        other => return Err(invalid(&format!("Invalid sort format: {other}"))),
    }
    Ok(Some(sort).filter(|s| !s.is_empty()))
}

fn from_array(items: Vec<Bson>, sort: &mut Document) -> Result<(), Fault> {
    if let [Bson::String(field), order] = items.as_slice()
        && let Ok(order) = direction(order.clone())
    {
        sort.insert(field, order);
        return Ok(());
    }
    for item in items {
        match item {
            Bson::String(field) => sort.insert(field, 1),
            Bson::Array(pair) => match pair.as_slice() {
                [Bson::String(field), order] => sort.insert(field, direction(order.clone())?),
                _ => return Err(invalid("a pair of a sort is [field, direction]")),
            },
            other => return Err(invalid(&format!("Invalid sort format: {other}"))),
        };
    }
    Ok(())
}

fn direction(order: Bson) -> Result<Bson, Fault> {
    let sign = match &order {
        Bson::Int32(n) => f64::from(*n),
        #[allow(clippy::cast_precision_loss)] // only 1 and -1 matter
        Bson::Int64(n) => *n as f64,
        Bson::Double(n) => *n,
        Bson::String(word) => match word.to_lowercase().as_str() {
            "asc" | "ascending" | "1" => 1.0,
            "desc" | "descending" | "-1" => -1.0,
            _ => 0.0,
        },
        Bson::Document(meta) if meta.contains_key("$meta") => return Ok(order),
        _ => 0.0,
    };
    match sign {
        1.0 => Ok(Bson::Int32(1)),
        -1.0 => Ok(Bson::Int32(-1)),
        _ => Err(invalid(&format!("Invalid sort direction: {order}"))),
    }
}

fn invalid(message: &str) -> Fault {
    ScriptError::new("MongoInvalidArgumentError", message)
        .hint("a sort is a document like { total: -1, _id: 1 }")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{bson, doc};

    #[test]
    fn all_forms_are_one() {
        let cases = [
            (bson!("a"), Some(doc! { "a": 1 })),
            (bson!({ "a": -1, "b": 1.0 }), Some(doc! { "a": -1, "b": 1 })),
            (bson!({ "a": "desc" }), Some(doc! { "a": -1 })),
            (bson!(["a", "b"]), Some(doc! { "a": 1, "b": 1 })),
            (bson!(["a", -1]), Some(doc! { "a": -1 })),
            (
                bson!([["a", 1], ["b", "desc"]]),
                Some(doc! { "a": 1, "b": -1 }),
            ),
            (
                bson!({ "score": { "$meta": "textScore" } }),
                Some(doc! { "score": { "$meta": "textScore" } }),
            ),
            (bson!({}), None),
            (bson!([]), None),
            (Bson::Null, None),
        ];
        for (spec, want) in cases {
            let got = normal(spec.clone()).expect("a sort");
            assert_eq!(got, want, "{spec}");
        }
    }

    #[test]
    fn other_directions_are_refused() {
        for spec in [
            bson!({ "a": 2 }),
            bson!({ "a": "up" }),
            bson!(5),
            bson!([7]),
        ] {
            assert!(normal(spec.clone()).is_err(), "{spec}");
        }
    }
}
