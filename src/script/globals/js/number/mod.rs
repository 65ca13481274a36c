//! `Number`, `Boolean`, `parseInt` and their like, and the methods of numbers.

mod format;
mod methods;

use std::rc::Rc;

use rhai::Engine;

use super::convert::{double, number, number_of, text, to_f64, to_number, truthy};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::value::{Number, js};

static NAMESPACE: Class = Class {
    name: "Number",
    docs: "Numbers. Constants: Number.MAX_SAFE_INTEGER, MIN_SAFE_INTEGER, MAX_VALUE, MIN_VALUE, EPSILON, POSITIVE_INFINITY, NEGATIVE_INFINITY, NaN.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// Whether a value is a whole number.
        ///
        /// ```js
        /// Number.isInteger(5)
        /// ```
        isInteger("value?") => is_integer;
        /// Whether a value is a whole number that a double holds exactly.
        ///
        /// ```js
        /// Number.isSafeInteger(5)
        /// ```
        isSafeInteger("value?") => is_safe_integer;
        /// Whether a value is a number, and neither infinite nor NaN.
        ///
        /// ```js
        /// Number.isFinite(5)
        /// ```
        isFinite("value?") => is_finite_number;
        /// Whether a value is NaN.
        ///
        /// ```js
        /// Number.isNaN(0 / 0)
        /// ```
        isNaN("value?") => is_nan_number;
        /// The number that a text begins with, or NaN.
        ///
        /// ```js
        /// Number.parseFloat("29.99 EUR")
        /// ```
        parseFloat("text?") => parse_float;
        /// The whole number that a text begins with, or NaN.
        ///
        /// ```js
        /// Number.parseInt("42 pieces")
        /// ```
        parseInt("text?, radix?") => parse_int;
    },
};

static GLOBAL: Class = Class {
    name: "Number functions",
    docs: "Values as numbers and booleans.",
    receiver: Receiver::Global,
    methods: methods! {
        /// What a value is as a number; NaN where it is none.
        ///
        /// ```js
        /// Number("29.99")
        /// ```
        Number("value?") => to_number_value;
        /// Whether a value counts as true: not false, 0, NaN, "", null or undefined.
        ///
        /// ```js
        /// ["a", "", null].filter(Boolean)
        /// ```
        Boolean("value?") => boolean;
        /// The whole number that a text begins with, or NaN.
        ///
        /// ```js
        /// parseInt("42 pieces", 10)
        /// ```
        parseInt("text?, radix?") => parse_int;
        /// The number that a text begins with, or NaN.
        ///
        /// ```js
        /// parseFloat("29.99 EUR")
        /// ```
        parseFloat("text?") => parse_float;
        /// Whether a value is no number.
        ///
        /// ```js
        /// isNaN("many")
        /// ```
        isNaN("value?") => is_nan;
        /// Whether a value is a number that is not infinite.
        ///
        /// ```js
        /// isFinite(5)
        /// ```
        isFinite("value?") => is_finite;
    },
};

const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// The properties of `Number` that no other name has (`MAX_VALUE` is `Long`'s too).
pub(super) const CONSTANTS: &[(&str, f64)] = &[
    ("MAX_SAFE_INTEGER", MAX_SAFE),
    ("MIN_SAFE_INTEGER", -MAX_SAFE),
    ("EPSILON", f64::EPSILON),
    ("POSITIVE_INFINITY", f64::INFINITY),
    ("NEGATIVE_INFINITY", f64::NEG_INFINITY),
    ("NaN", f64::NAN),
];

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &NAMESPACE);
    api::register(engine, host, &GLOBAL);
    methods::register(engine, host);
}

fn to_number_value(call: &mut Call<'_>) -> Outcome {
    if call.count() == 0 {
        return Ok(0_i64.into());
    }
    let value = call.arg(0);
    Ok(match to_number(&value) {
        // JavaScript has no decimal: what is asked for is a plain number.
        Some(Number::Decimal(n)) => double(n.to_f64()),
        Some(n) => number(n),
        None if value.is_array() => double(js::to_number(&text(&value))),
        None => f64::NAN.into(),
    })
}

fn boolean(call: &mut Call<'_>) -> Outcome {
    Ok(truthy(&call.arg(0)).into())
}

fn parse_float(call: &mut Call<'_>) -> Outcome {
    Ok(double(js::parse_float(&text(&call.arg(0)))))
}

fn parse_int(call: &mut Call<'_>) -> Outcome {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; NaN is 0
    let radix = call.given(1).map_or(0, |r| to_f64(&r) as u32);
    let text = text(&call.arg(0));
    // A plain integer stays exact beyond 2^53.
    match text.trim().parse::<i64>() {
        Ok(n) if radix == 0 || radix == 10 => Ok(n.into()),
        _ => Ok(double(js::parse_int(&text, radix))),
    }
}

fn is_nan(call: &mut Call<'_>) -> Outcome {
    Ok(to_f64(&call.arg(0)).is_nan().into())
}

fn is_finite(call: &mut Call<'_>) -> Outcome {
    Ok(to_f64(&call.arg(0)).is_finite().into())
}

/// The number that the first argument is, without conversion.
fn plain(call: &Call<'_>) -> Option<f64> {
    let value = call.arg(0);
    (value.is_int() || value.is_float()).then(|| to_f64(&value))
}

fn is_nan_number(call: &mut Call<'_>) -> Outcome {
    Ok(plain(call).is_some_and(f64::is_nan).into())
}

fn is_finite_number(call: &mut Call<'_>) -> Outcome {
    Ok(plain(call).is_some_and(f64::is_finite).into())
}

fn is_integer(call: &mut Call<'_>) -> Outcome {
    Ok(plain(call)
        .is_some_and(|x| x.is_finite() && x.fract() == 0.0)
        .into())
}

fn is_safe_integer(call: &mut Call<'_>) -> Outcome {
    let exact = number_of(&call.arg(0)).and_then(Number::to_i64);
    let safe = exact.is_some_and(|n| n.unsigned_abs() < 1 << 53);
    Ok((plain(call).is_some() && safe).into())
}
