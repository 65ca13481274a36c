//! The methods of numbers and booleans, and `toString` for what has none of its own.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::super::convert::{text, to_f64};
use super::super::index::integer;
use super::format::{Style, grouped};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::value::js;

static CLASS: Class = Class {
    name: "Number",
    docs: "A number.",
    receiver: Receiver::Value(TypeId::of::<f64>),
    methods: methods! {
        /// The number with so many decimals.
        ///
        /// ```js
        /// (29.989).toFixed(2)
        /// ```
        toFixed("decimals?") => to_fixed;
        /// The number with so many significant digits.
        ///
        /// ```js
        /// (123.456).toPrecision(4)
        /// ```
        toPrecision("digits?") => to_precision;
        /// The number in scientific notation.
        ///
        /// ```js
        /// (123456).toExponential(2)
        /// ```
        toExponential("decimals?") => to_exponential;
        /// The number as text, to a base of 2 to 36 (10).
        ///
        /// ```js
        /// (255).toString(16)
        /// ```
        toString("radix?") => to_string;
        /// The number as people in the United States write it; the locale makes no difference here.
        /// Options: minimumFractionDigits, maximumFractionDigits, style ("currency", "percent"),
        /// currency.
        ///
        /// ```js
        /// (1234567.891).toLocaleString()
        /// ```
        toLocaleString("locale?, options?") => to_locale_string;
        /// The number itself.
        ///
        /// ```js
        /// (5).valueOf()
        /// ```
        valueOf("") => itself;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    api::register_also(engine, host, &CLASS, TypeId::of::<i64>());
    for (name, run) in [
        ("toString", text_of as fn(&Dynamic) -> Dynamic),
        ("toLocaleString", text_of),
        ("valueOf", |value| value.clone()),
    ] {
        engine.register_raw_fn(name, [TypeId::of::<Dynamic>()], move |_, args| {
            Ok(run(&*args[0]))
        });
    }
}

fn text_of(value: &Dynamic) -> Dynamic {
    text(value).into()
}

fn this(call: &Call<'_>) -> f64 {
    to_f64(&call.receiver())
}

/// Argument 0 as a count of digits; V8's error beyond 100 or below `least`.
fn digits(call: &Call<'_>, least: f64) -> Result<usize, Fault> {
    let digits = integer(call, 0).unwrap_or(0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
    match (least..=100.0).contains(&digits) {
        true => Ok(digits as usize),
        false => Err(out_of_range(call)),
    }
}

fn out_of_range(call: &Call<'_>) -> Fault {
    let message = match call.method.name {
        "toPrecision" => "toPrecision() argument must be between 1 and 100",
        "toString" => "toString() radix argument must be between 2 and 36",
        "toExponential" => "toExponential() argument must be between 0 and 100",
        _ => "toFixed() digits argument must be between 0 and 100",
    };
    ScriptError::new("RangeError", message).into()
}

fn done(call: &Call<'_>, text: Option<String>) -> Outcome {
    text.map(Into::into).ok_or_else(|| out_of_range(call))
}

fn to_fixed(call: &mut Call<'_>) -> Outcome {
    done(call, js::to_fixed(this(call), digits(call, 0.0)?))
}

fn to_precision(call: &mut Call<'_>) -> Outcome {
    match call.given(0) {
        None => Ok(text_of(&call.receiver())),
        Some(_) => done(call, js::to_precision(this(call), digits(call, 1.0)?)),
    }
}

fn to_exponential(call: &mut Call<'_>) -> Outcome {
    let decimals = call.given(0).map(|_| digits(call, 0.0)).transpose()?;
    done(call, js::to_exponential(this(call), decimals))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    let radix = integer(call, 0).unwrap_or(10.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    match radix as u32 {
        10 => Ok(text_of(&call.receiver())),
        radix => done(call, js::to_radix(this(call), radix)),
    }
}

fn to_locale_string(call: &mut Call<'_>) -> Outcome {
    let style = match call.given(1) {
        None => Style::default(),
        Some(_) => Style::of(&call.doc(1)?),
    };
    Ok(grouped(this(call), &style).into())
}

fn itself(call: &mut Call<'_>) -> Outcome {
    Ok(call.receiver())
}
