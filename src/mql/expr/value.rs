//! What expressions compute with, and what all of them ask of a value.

use std::borrow::Cow;

use bson::Bson;

/// A value, borrowed from the document, a variable or the expression where it can be; `None` is missing.
pub(crate) type Value<'a> = Option<Cow<'a, Bson>>;

/// A computed value.
pub(crate) fn owned<'a>(value: impl Into<Bson>) -> Value<'a> {
    Some(Cow::Owned(value.into()))
}

/// What an operator returns for a null argument.
pub(crate) fn null<'a>() -> Value<'a> {
    Some(Cow::Owned(Bson::Null))
}

/// Whether a value counts as true: not false, zero, null, undefined or missing.
pub(crate) fn is_true(value: Option<&Bson>) -> bool {
    match value {
        None | Some(Bson::Null | Bson::Undefined) => false,
        Some(Bson::Boolean(b)) => *b,
        Some(Bson::Int32(n)) => *n != 0,
        Some(Bson::Int64(n)) => *n != 0,
        Some(Bson::Double(x)) => *x != 0.0,
        Some(Bson::Decimal128(d)) => !crate::value::Decimal::from(*d).is_zero(),
        Some(_) => true,
    }
}

/// Whether a value is missing, null or undefined, which most operators answer with null.
pub(crate) fn is_nullish(value: Option<&Bson>) -> bool {
    matches!(value, None | Some(Bson::Null | Bson::Undefined))
}

/// The name of a value's type as errors and `$type` have it; `missing` for none.
pub(crate) fn type_name(value: Option<&Bson>) -> &'static str {
    value.map_or("missing", crate::mql::text::type_name)
}

/// The value an argument has inside an array or where missing counts as null.
pub(crate) fn or_null(value: Value<'_>) -> Bson {
    value.map_or(Bson::Null, Cow::into_owned)
}
