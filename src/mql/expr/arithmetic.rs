//! Numbers: `$add` and its like.

use bson::Bson;

use super::operator::{Args, Operator};
use super::value::{is_nullish, null, owned, type_name};
use crate::mql::Error;
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[Operator::new("$abs", Args::Exactly(1), |c, s| {
    let value = c.arg(0, s)?;
    let value = value.as_deref();
    if is_nullish(value) {
        return Ok(null());
    }
    match value.and_then(Number::from_bson) {
        Some(n) => Ok(owned(Bson::from(n.abs()))),
        None => Err(Error::new(
            28765,
            format!("$abs only supports numeric types, not {}", type_name(value)),
        )),
    }
})];
