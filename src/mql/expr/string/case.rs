//! `$toLower`, `$toUpper`, `$strcasecmp`, `$strLenBytes`, `$strLenCP`.

use super::super::operator::{Args, Call, Operator};
use super::super::scope::Scope;
use super::super::value::{Value, owned, type_name};
use super::{as_text, coerce};
use crate::mql::{Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$strLenBytes", Args::Exactly(1), |c, s| {
        length(c, s, 34_473, str::len)
    }),
    Operator::new("$strLenCP", Args::Exactly(1), |c, s| {
        length(c, s, 34_471, |text| text.chars().count())
    }),
    Operator::new("$strcasecmp", Args::Exactly(2), |c, s| {
        let (a, b) = (c.arg(0, s)?, c.arg(1, s)?);
        let a = coerce(a.as_deref())?.to_ascii_uppercase();
        let b = coerce(b.as_deref())?.to_ascii_uppercase();
        Ok(owned(a.cmp(&b) as i32))
    }),
    Operator::new("$toLower", Args::Exactly(1), |c, s| {
        let value = c.arg(0, s)?;
        Ok(owned(coerce(value.as_deref())?.to_ascii_lowercase()))
    }),
    Operator::new("$toUpper", Args::Exactly(1), |c, s| {
        let value = c.arg(0, s)?;
        Ok(owned(coerce(value.as_deref())?.to_ascii_uppercase()))
    }),
];

fn length<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    code: i32,
    count: fn(&str) -> usize,
) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let Some(text) = as_text(value.as_deref()) else {
        let (name, found) = (call.op.name, type_name(value.as_deref()));
        return Err(Error::new(
            code,
            format!("{name} requires a string argument, found: {found}"),
        ));
    };
    Ok(owned(i32::try_from(count(text)).unwrap_or(i32::MAX)))
}
