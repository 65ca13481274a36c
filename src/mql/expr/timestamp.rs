//! `$tsSecond`, `$tsIncrement`.

use bson::{Bson, Timestamp};

use super::operator::{Args, Call, Operator};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::{Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$tsIncrement", Args::Exactly(1), |c, s| {
        part(c, s, 5_687_302, |t| t.increment)
    }),
    Operator::new("$tsSecond", Args::Exactly(1), |c, s| {
        part(c, s, 5_687_301, |t| t.time)
    }),
];

fn part<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    code: i32,
    part: fn(&Timestamp) -> u32,
) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    match value.as_deref() {
        value if is_nullish(value) => Ok(null()),
        Some(Bson::Timestamp(t)) => Ok(owned(i64::from(part(t)))),
        value => {
            let (name, found) = (call.op.name, type_name(value));
            let message = format!(" Argument to {name} must be a timestamp, but is {found}");
            Err(Error::new(code, message))
        }
    }
}
