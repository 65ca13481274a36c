//! `NumberInt`, `NumberLong`, `Double`: numbers of a BSON type that a script chooses.

use std::rc::Rc;

use rhai::{Dynamic, Engine, ImmutableString};

use crate::methods;
use crate::script::api::{self, Call, Class};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::number;
use crate::value::{Decimal, js};

static GLOBALS: Class = super::globals(methods! {
    /// A number that is stored as int32.
    ///
    /// ```js
    /// db.stock.insertOne({ count: NumberInt(5) })
    /// ```
    NumberInt("value?") => int32;
    /// A number that is stored as int32.
    ///
    /// ```js
    /// db.stock.insertOne({ count: Int32(5) })
    /// ```
    Int32("value?") => int32;
    /// A number that is stored as int64.
    ///
    /// ```js
    /// db.stock.insertOne({ count: NumberLong("9007199254740993") })
    /// ```
    NumberLong("value?") => long;
    /// A number that is stored as int64.
    ///
    /// ```js
    /// db.stock.insertOne({ count: Long("9007199254740993") })
    /// ```
    Long("low?, high?, unsigned?") => long;
    /// A number that is stored as double, even where it is whole.
    ///
    /// ```js
    /// db.stock.insertOne({ price: Double(20) })
    /// ```
    Double("value?") => double;
});

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    for name in ["Int32", "NumberInt", "Double"] {
        super::namespace(host, name);
    }
    engine.register_get("value", |n: &mut i64| *n);
    engine.register_get("value", |n: &mut f64| *n);
    api::register(engine, host, &GLOBALS);
}

/// What JavaScript's `Number(value)` is.
#[allow(clippy::cast_precision_loss)] // as JavaScript has it
pub(super) fn to_f64(value: &Dynamic) -> f64 {
    if let Ok(n) = value.as_int() {
        return n as f64;
    }
    if let Some(n) = value.read_lock::<Decimal>() {
        return n.to_f64();
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return js::to_number(&text);
    }
    if let Ok(b) = value.as_bool() {
        return f64::from(u8::from(b));
    }
    value.as_float().unwrap_or(f64::NAN)
}

/// JavaScript's ToInt32: modulo 2^32, and 0 for what is no number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn int32(call: &mut Call<'_>) -> Outcome {
    let n = match call.arg(0).as_int() {
        Ok(n) => n as i32,
        Err(_) => match to_f64(&call.arg(0)) {
            n if n.is_finite() => n.trunc().rem_euclid(4_294_967_296.0) as u32 as i32,
            _ => 0,
        },
    };
    Ok(number::made_int32(n))
}

fn double(call: &mut Call<'_>) -> Outcome {
    Ok(number::made_double(to_f64(&call.arg(0))))
}

fn long(call: &mut Call<'_>) -> Outcome {
    super::warn_of_number(call);
    let low = call.given(0).map_or(Ok(0), |v| to_long(&v))?;
    if call.given(1).is_none() || call.method.name != "Long" {
        return Ok(number::int64(low));
    }
    let high = to_long(&call.arg(1))?;
    Ok(number::int64(high << 32 | (low & 0xffff_ffff)))
}

/// An int64 of a number or of digits; wraps around as js-bson's does.
#[allow(clippy::cast_possible_truncation)] // saturates, as js-bson's
pub(super) fn to_long(value: &Dynamic) -> Result<i64, Fault> {
    if let Ok(n) = value.as_int() {
        return Ok(n);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return of_digits(&text);
    }
    match to_f64(value) {
        n if n.is_nan() => Ok(0),
        n => Ok(n as i64),
    }
}

fn of_digits(text: &str) -> Result<i64, Fault> {
    let wrapped = || {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let n = digits.bytes().fold(0_i64, |n, b| {
            n.wrapping_mul(10).wrapping_add(i64::from(b - b'0'))
        });
        all.then_some(if negative { n.wrapping_neg() } else { n })
    };
    text.parse().ok().or_else(wrapped).ok_or_else(|| {
        ScriptError::new(
            "BSONError",
            format!("{text:?} is no whole number for a Long"),
        )
        .hint("pass digits, as in NumberLong(\"42\")")
        .into()
    })
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print([NumberInt(\"5\"), NumberInt(5.7), NumberInt(\"x\"), NumberInt(), Int32(4294967297)])",
                "[ Int32(5), Int32(5), Int32(0), Int32(0), Int32(1) ]",
            ),
            (
                "print([NumberLong(\"5\"), NumberLong(5), NumberLong(), NumberLong(5.5)])",
                "[ Long('5'), Long('5'), Long('0'), Long('5') ]",
            ),
            (
                "print(Long(\"9223372036854775807\"), NumberLong(\"9223372036854775808\"), new Long(5, 1))",
                "Long('9223372036854775807') Long('-9223372036854775808') Long('4294967301')",
            ),
            (
                "print([Double(5), Double(\"1.5\"), new Double(1.5), Double(\"x\"), Double(5).value])",
                "[ Double(5), Double(1.5), Double(1.5), Double(NaN), 5 ]",
            ),
            (
                "print({ a: NumberInt(5), b: [Double(2)] })",
                "{ a: Int32(5), b: [ Double(2) ] }",
            ),
            (
                "NumberLong(\"12x\")",
                "error: \"12x\" is no whole number for a Long",
            ),
        ]);
    }
}
