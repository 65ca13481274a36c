//! `$concat`, `$split`.

use bson::Bson;

use super::super::operator::{Args, Fold, Operator};
use super::super::value::{is_nullish, null, owned, type_name};
use super::as_text;
use crate::mql::Error;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$concat", Args::Any, |c, s| {
        let mut joined = String::new();
        for i in 0..c.args.len() {
            let value = c.arg(i, s)?;
            let value = value.as_deref();
            if is_nullish(value) {
                return Ok(null());
            }
            match as_text(value) {
                Some(text) => joined.push_str(text),
                None => {
                    let found = type_name(value);
                    let message = format!("$concat only supports strings, not {found}");
                    return Err(Error::new(16_702, message));
                }
            }
        }
        Ok(owned(joined))
    })
    .folding(Fold::Associative),
    Operator::new("$split", Args::Exactly(2), |c, s| {
        let (input, separator) = (c.arg(0, s)?, c.arg(1, s)?);
        let (input, separator) = (input.as_deref(), separator.as_deref());
        if is_nullish(input) || is_nullish(separator) {
            return Ok(null());
        }
        let refuse = |code, which, found| {
            Error::new(
                code,
                format!(
                    "$split requires an expression that evaluates to a string as a {which} argument, found: {}",
                    type_name(found)
                ),
            )
        };
        let text = as_text(input).ok_or_else(|| refuse(40_085, "first", input))?;
        let separator = as_text(separator).ok_or_else(|| refuse(40_086, "second", separator))?;
        if separator.is_empty() {
            return Err(Error::new(40_087, "$split requires a non-empty separator"));
        }
        let parts = text.split(separator).map(Bson::from);
        Ok(owned(parts.collect::<Vec<Bson>>()))
    }),
];
