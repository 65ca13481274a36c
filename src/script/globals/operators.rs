//! The operators, as JavaScript has them: numbers that do not overflow, one equality over all
//! types, strings that take anything.
//!
//! Rhai's own operators for a pair of exact types come before any that take every type, so the
//! pairs that Rhai knows are registered one by one.

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{Array, Blob, Dynamic, Engine, ImmutableString, Map, NativeCallContext, Position};

use super::js::convert::{double, number, number_of, text, to_number, truthy};
use super::js::equality::{equal, order};
use crate::script::api::type_in_words;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::value::{Date, Decimal, Number};

/// Bytes of the longest string that the operators make.
const LONGEST: usize = 1 << 28;

type Binary = fn(&Dynamic, &Dynamic) -> Outcome;

/// Registers all of them.
pub(super) fn register(engine: &mut Engine) {
    let numbers = [id::<i64>(), id::<f64>(), id::<Decimal>()];
    let any = id::<Dynamic>();
    for (name, run) in ARITHMETIC {
        for a in numbers {
            for b in numbers {
                binary(engine, name, a, b, *run);
            }
        }
        binary(engine, name, any, any, *run);
        assignment(engine, &format!("{name}="), *run);
    }
    unary(engine, "!", any, |value| Ok((!truthy(value)).into()));
    register_concatenation(engine);
    register_comparison(engine, &numbers);
    register_bits(engine);
    for t in numbers.into_iter().chain([any]) {
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

fn id<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

fn binary(engine: &mut Engine, name: &str, a: TypeId, b: TypeId, run: Binary) {
    engine.register_raw_fn(name, [a, b], move |ctx, args| {
        run(&*args[0], &*args[1]).map_err(|e| fault(&ctx, e))
    });
}

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

fn unary(engine: &mut Engine, name: &str, of: TypeId, run: fn(&Dynamic) -> Outcome) {
    engine.register_raw_fn(name, [of], move |ctx, args| {
        run(&*args[0]).map_err(|e| fault(&ctx, e))
    });
}

fn fault(ctx: &NativeCallContext<'_>, e: Fault) -> Box<rhai::EvalAltResult> {
    e.into_rhai(ctx.call_position())
}

/// A string takes anything on either side; so does an array, and a date that meets a number or a
/// date is text, as in JavaScript.
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

fn concatenate(a: &Dynamic, b: &Dynamic) -> Outcome {
    let (a, b) = (text(a), text(b));
    check_length(a.len() + b.len())?;
    let mut joined = String::with_capacity(a.len() + b.len());
    joined.push_str(&a);
    joined.push_str(&b);
    Ok(joined.into())
}

/// Stops a string that grows without end: Rhai's own limit would measure arrays at every change.
fn check_length(bytes: usize) -> Result<(), Fault> {
    if bytes <= LONGEST {
        return Ok(());
    }
    Err(ScriptError::new("RangeError", "Invalid string length").into())
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
        match value.is_array() || super::js::convert::is_document(value) {
            true => error.hint("take a field or an item of it"),
            false => error,
        }
        .into()
    })
}

/// The pairs with a string that Rhai has functions of its own for.
fn register_concatenation(engine: &mut Engine) {
    let string = id::<ImmutableString>();
    let others = [
        id::<Dynamic>(),
        string,
        id::<char>(),
        id::<()>(),
        id::<Blob>(),
    ];
    for other in others {
        for (a, b) in [(string, other), (other, string)] {
            binary(engine, "+", a, b, concatenate);
        }
        if other != id::<Blob>() {
            engine.register_raw_fn("+=", [string, other], |_, args| append(args));
        }
    }
    binary(engine, "+", id::<char>(), id::<char>(), concatenate);
}

/// Grows the string in place where nobody else holds it.
fn append(args: &mut [&mut Dynamic]) -> Result<(), Box<rhai::EvalAltResult>> {
    let added = text(&*args[1]);
    if let Some(mut string) = args[0].write_lock::<ImmutableString>() {
        check_length(string.len() + added.len()).map_err(|f| f.into_rhai(Position::NONE))?;
        *string += added.as_str();
    }
    Ok(())
}

fn register_comparison(engine: &mut Engine, numbers: &[TypeId]) {
    let any = id::<Dynamic>();
    let mut pairs = vec![
        (any, any),
        (id::<Array>(), id::<Array>()),
        (id::<Map>(), id::<Map>()),
    ];
    pairs.push((id::<crate::script::Doc>(), id::<crate::script::Doc>()));
    pairs.extend(
        numbers
            .iter()
            .flat_map(|a| numbers.iter().map(move |b| (*a, *b))),
    );
    for (a, b) in pairs {
        binary(engine, "==", a, b, |a, b| Ok(equal(a, b).into()));
        binary(engine, "!=", a, b, |a, b| Ok((!equal(a, b)).into()));
        for (name, run) in ORDER {
            binary(engine, name, a, b, *run);
        }
    }
}

const ORDER: &[(&str, Binary)] = &[
    ("<", |a, b| compared(a, b, Ordering::is_lt)),
    ("<=", |a, b| compared(a, b, Ordering::is_le)),
    (">", |a, b| compared(a, b, Ordering::is_gt)),
    (">=", |a, b| compared(a, b, Ordering::is_ge)),
];

fn compared(a: &Dynamic, b: &Dynamic, holds: fn(Ordering) -> bool) -> Outcome {
    Ok(order(a, b).is_some_and(holds).into())
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
    let word = |v: &Dynamic| to_int32(super::js::convert::to_f64(v));
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

#[cfg(test)]
mod tests {
    use crate::script::globals::table;

    #[test]
    fn decimals() {
        table(&[
            (
                "const d = NumberDecimal('1.50'); print(d + 1, 1 + d, d - 0.5, d * 2, 3 / d, d % 1, -d, d ** 2)",
                "Decimal128('2.50') Decimal128('2.50') Decimal128('1.00') Decimal128('3.00') Decimal128('2') \
                 Decimal128('0.50') Decimal128('-1.50') Decimal128('2.2500')",
            ),
            (
                "const d = NumberDecimal('1.50'); print(d == 1.5, d == NumberDecimal('1.5'), d < 2, d >= 1.5, d != 1, 1.5 == d)",
                "true true true true true true",
            ),
            (
                "let d = NumberDecimal('0.1'); d += NumberDecimal('0.2'); print(d == NumberDecimal('0.3'), `${d}`, 'd ' + d)",
                "true 0.3 d 0.3",
            ),
        ]);
    }

    #[test]
    fn longs_stay_exact_while_they_fit() {
        table(&[
            (
                "const n = NumberLong('9007199254740993'); print(n + 1, n == n + 0, n > 9007199254740992, `${n}`)",
                "9007199254740994 true true 9007199254740993",
            ),
            (
                "const n = NumberLong('9223372036854775807'); print(n + 1, n * 2, n - 1)",
                "9223372036854776000 18446744073709552000 9223372036854775806",
            ),
            (
                "print(NumberLong(6) / 4, NumberLong(8) / 4, NumberInt(7) / 2, NumberLong(5) == 5, Double(5) == 5)",
                "1.5 2 3.5 true true",
            ),
        ]);
    }

    #[test]
    fn dates() {
        table(&[
            (
                "const a = new Date(5000), b = new Date(1000); print(a - b, a > b, a == b, a == new Date(5000), a - 1000, a < 6000)",
                "4000 true false true 4000 true",
            ),
            (
                "const a = ISODate('2026-01-01T00:00:00Z'); print(a >= ISODate('2026-01-01'), a != ISODate('2025-01-01'), [a].includes(ISODate('2026-01-01')))",
                "true true true",
            ),
        ]);
    }

    #[test]
    fn bson_values() {
        table(&[
            (
                "const a = ObjectId('64f000000000000000000001'), b = ObjectId('64f000000000000000000002'); \
                 print(a == b, a < b, a == ObjectId(a.toString()), [b, a].indexOf(a), 'id ' + a)",
                "false true true 1 id 64f000000000000000000001",
            ),
            (
                "print(Timestamp(1, 2) == Timestamp(1, 2), Timestamp(1, 2) < Timestamp(2, 1), BinData(0, 'AAA=') == BinData(0, 'AAA='), UUID('00112233-4455-6677-8899-aabbccddeeff') == UUID('00112233-4455-6677-8899-aabbccddeeff'))",
                "true true true true",
            ),
            (
                "print({ a: 1, b: 2 } == { a: 1, b: 2 }, { a: 1, b: 2 } == { b: 2, a: 1 }, { a: [1, { b: 1.0 }] } == { a: [1, { b: 1 }] }, [1] == [1, 2], {} == [])",
                "true false true false false",
            ),
            (
                "print('5' == 5, true == 1, null == undefined, null == 0, 'a' == {}, '5' < 6)",
                "false false true false false false",
            ),
            (
                "print(2 in [1, 2], 'k' in { k: 1 }, 'x' in { k: 1 }, 'b' in 'abc', 1 in new Set([1]))",
                "true true false true true",
            ),
            (
                "print('doc ' + { a: 1, b: [1] }, `${{ a: 1 }}`, 'x' + ObjectId('64f000000000000000000001'))",
                "doc { a: 1, b: [ 1 ] } { a: 1 } x64f000000000000000000001",
            ),
            (
                "try { print({ a: 1 } * 2) } catch (e) { print(e.name, e.message) }",
                "TypeError `*` does not take a document",
            ),
        ]);
    }

    #[test]
    fn switch_by_value() {
        table(&[
            (
                "switch (NumberLong(2)) { case 1: print('one'); break; case 2: print('two'); break; default: print('other') }",
                "two",
            ),
            (
                "switch (Double(2)) { case 2: print('two'); break; default: print('other') }",
                "two",
            ),
            (
                "let x = switch NumberInt(2) { 1 => 'one', 2 => 'two', _ => 'other' }; print(x)",
                "two",
            ),
            (
                "let x = switch 1.5 + 0.5 { 2 => 'two', _ => 'other' }; print(x)",
                "two",
            ),
        ]);
    }
}
