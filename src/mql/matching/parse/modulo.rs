//! `$mod`

use bson::Bson;

use super::{Call, bad};
use crate::mql::matching::predicate::{Predicate, Test};
use crate::mql::matching::tests_of_values::Modulo;
use crate::mql::{Error, Result};
use crate::value::{Decimal, Number};

pub fn parse(call: &Call<'_>) -> Result<Option<Predicate>> {
    let Bson::Array(items) = call.argument else {
        return bad("malformed mod, needs to be an array");
    };
    let Some(first) = items.first() else {
        return bad("malformed mod, not enough elements");
    };
    let divisor = number("divisor", first)?;
    let Some(second) = items.get(1) else {
        return bad("malformed mod, not enough elements");
    };
    let remainder = number("remainder", second)?;
    if items.len() > 2 {
        return bad("malformed mod, too many elements");
    }
    if divisor == 0 {
        return bad("divisor cannot be 0");
    }
    let test = Test::Mod(Modulo { divisor, remainder });
    Ok(Some(Predicate::field(call.path, test)))
}

/// A number without its fraction.
fn number(what: &str, value: &Bson) -> Result<i64> {
    let Some(number) = Number::from_bson(value) else {
        return bad(format!("malformed mod, {what} not a number"));
    };
    whole(number).map_err(|complaint| {
        Error::bad_value(format!(
            "malformed mod, {what} value is invalid :: caused by :: {complaint}"
        ))
    })
}

fn whole(number: Number) -> Result<i64, &'static str> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    const NOT_FINITE: &str = "Unable to coerce NaN/Inf to integral type";
    const OUT_OF_BOUNDS: &str = "Out of bounds coercing to integral value";
    match number {
        Number::Int32(n) => Ok(n.into()),
        Number::Int64(n) => Ok(n),
        Number::Double(x) if !x.is_finite() => Err(NOT_FINITE),
        Number::Double(x) if !(-LIMIT..LIMIT).contains(&x) => Err(OUT_OF_BOUNDS),
        Number::Double(x) => Ok(x as i64),
        Number::Decimal(d) if !Decimal::is_finite(d) => Err(NOT_FINITE),
        Number::Decimal(d) => d.trunc_to_i64().ok_or(OUT_OF_BOUNDS),
    }
}
