//! `$type $isNumber $binarySize $bsonSize`.

use bson::{Bson, RawDocumentBuf};

use super::operator::{Args::Exactly, Call, Operator};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::{Error, Result};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$binarySize", Exactly(1), binary_size),
    Operator::new("$bsonSize", Exactly(1), bson_size),
    Operator::new("$isNumber", Exactly(1), |call, scope| {
        let value = call.arg(0, scope)?;
        Ok(owned(
            value.as_deref().and_then(Number::from_bson).is_some(),
        ))
    }),
    Operator::new("$type", Exactly(1), |call, scope| {
        Ok(owned(type_name(call.arg(0, scope)?.as_deref())))
    }),
];

fn size<'a>(bytes: usize) -> Value<'a> {
    owned(i32::try_from(bytes).unwrap_or(i32::MAX))
}

fn binary_size<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    match call.arg(0, scope)?.as_deref() {
        value if is_nullish(value) => Ok(null()),
        Some(Bson::String(text)) => Ok(size(text.len())),
        Some(Bson::Binary(binary)) => Ok(size(binary.bytes.len())),
        other => Err(Error::new(
            51276,
            format!(
                "$binarySize requires a string or BinData argument, found: {}",
                type_name(other)
            ),
        )),
    }
}

fn bson_size<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let Some(arg) = call.args.first() else {
        return Ok(None);
    };
    match arg.eval_document(scope)? {
        Ok(document) => {
            let raw = RawDocumentBuf::try_from(&*document)
                .map_err(|e| Error::new(crate::mql::error::code::INVALID_BSON, e.to_string()))?;
            Ok(size(raw.as_bytes().len()))
        }
        Err(value) if is_nullish(value.as_deref()) => Ok(null()),
        Err(other) => Err(Error::new(
            31393,
            format!(
                "$bsonSize requires a document input, found: {}",
                type_name(other.as_deref())
            ),
        )),
    }
}
