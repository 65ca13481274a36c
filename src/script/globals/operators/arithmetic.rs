//! `+ - * / % **` and their assignments, signs, `!`, and the operators on bits.

use rhai::{Array, Blob, Dynamic, Engine};

use super::concatenation::concatenate;
use super::{Binary, binary, fault, id, pairs_of_numbers};
use crate::script::api::type_in_words;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::globals::js::convert::{
    double, is_document, number, number_of, to_f64, to_number, truthy,
};
use crate::value::{Date, Decimal, Number};

pub(super) fn register(engine: &mut Engine) {
    let any = id::<Dynamic>();
    for (name, run) in ARITHMETIC {
        for (a, b) in pairs_of_numbers().chain([(any, any)]) {
            binary(engine, name, a, b, *run);
        }
        assignment(engine, &format!("{name}="), *run);
    }
    unary(engine, "!", any, |value| Ok((!truthy(value)).into()));
    register_bits(engine);
    for t in [id::<i64>(), id::<f64>(), id::<Decimal>(), any] {
        unary(engine, "-", t, |value| Ok(number(-operand(value, "-")?)));
        unary(engine, "+", t, |value| Ok(number(operand(value, "+")?)));
    }
}

const ARITHMETIC: &[(&str, Binary)] = &[
    ("+", add),
    ("-", |a, b| arithmetic("-", a, b, |a, b| a - b)),
    ("*", |a, b| arithmetic("*", a, b, |a, b| a * b)),
    ("/", |a, b| arithmetic("/", a, b, |a, b| a / b)),
    ("%", |a, b| arithmetic("%", a, b, |a, b| a % b)),
    ("**", |a, b| arithmetic("**", a, b, Number::pow)),
];

/// `a += b`: Rhai has its own for numbers, which divides integers and overflows.
fn assignment(engine: &mut Engine, name: &str, run: Binary) {
    let types = [id::<Dynamic>(), id::<Dynamic>()];
    engine.register_raw_fn(name, types, move |ctx, args| {
        if !extend(args) {
            let result = run(&*args[0], &*args[1]).map_err(|e| fault(&ctx, e))?;
            *args[0] = result;
        }
        Ok(())
    });
}

/// An array `+=` an array grows in place, as in Rhai.
fn extend(args: &mut [&mut Dynamic]) -> bool {
    let Some(added) = args[1].read_lock::<Array>().map(|items| items.clone()) else {
        return false;
    };
    match args[0].write_lock::<Array>() {
        Some(mut items) => {
            items.extend(added);
            true
        }
        None => false,
    }
}

fn unary(engine: &mut Engine, name: &str, of: std::any::TypeId, run: fn(&Dynamic) -> Outcome) {
    engine.register_raw_fn(name, [of], move |ctx, args| {
        run(&*args[0]).map_err(|e| fault(&ctx, e))
    });
}

/// A string takes anything on either side; a date that meets a number or a date is text, as in
/// JavaScript.
fn add(a: &Dynamic, b: &Dynamic) -> Outcome {
    let textual = |v: &Dynamic| v.is_string() || v.is_char() || v.is::<Date>();
    if textual(a) || textual(b) {
        return concatenate(a, b);
    }
    if let (Some(x), Some(y)) = (a.read_lock::<Blob>(), b.read_lock::<Blob>()) {
        return Ok(Dynamic::from_blob([x.as_slice(), y.as_slice()].concat()));
    }
    arithmetic("+", a, b, |a, b| a + b)
}

fn arithmetic(
    name: &'static str,
    a: &Dynamic,
    b: &Dynamic,
    run: fn(Number, Number) -> Number,
) -> Outcome {
    if let (Some(a), Some(b)) = (number_of(a), number_of(b)) {
        return Ok(number(run(a, b)));
    }
    Ok(number(run(operand(a, name)?, operand(b, name)?)))
}

fn operand(value: &Dynamic, operator: &'static str) -> Result<Number, Fault> {
    to_number(value).ok_or_else(|| {
        let error = ScriptError::new(
            "TypeError",
            format!("`{operator}` does not take a {}", type_in_words(value)),
        );
        match value.is_array() || is_document(value) {
            true => error.hint("take a field or an item of it"),
            false => error,
        }
        .into()
    })
}

/// Integers keep Rhai's 64 bits; as soon as a fraction takes part it is JavaScript's 32 (`x | 0`).
fn register_bits(engine: &mut Engine) {
    let (int, float) = (id::<i64>(), id::<f64>());
    for (a, b) in [(float, int), (int, float), (float, float)] {
        binary(engine, "|", a, b, |a, b| bits(a, b, |a, b| a | b));
        binary(engine, "&", a, b, |a, b| bits(a, b, |a, b| a & b));
        binary(engine, "^", a, b, |a, b| bits(a, b, |a, b| a ^ b));
    }
}

fn bits(a: &Dynamic, b: &Dynamic, run: fn(i32, i32) -> i32) -> Outcome {
    let word = |v: &Dynamic| to_int32(to_f64(v));
    Ok(double(f64::from(run(word(a), word(b)))))
}

/// JavaScript's ToInt32: modulo 2^32.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // after the modulo it fits
fn to_int32(x: f64) -> i32 {
    if !x.is_finite() {
        return 0;
    }
    x.trunc().rem_euclid(4_294_967_296.0) as u32 as i32
}
