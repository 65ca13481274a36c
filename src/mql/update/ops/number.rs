//! `$inc`, `$mul` and `$bit`.
//!
//! An int that overflows becomes a long; a long that overflows is refused.

use bson::Bson;

use super::{At, Change, Effect, Missing};
use crate::mql::error::{Error, Result};
use crate::mql::{Env, text};
use crate::value::{Decimal, Number};

#[derive(Debug)]
struct Arithmetic {
    name: &'static str,
    compute: fn(Number, Number) -> Option<Number>,
    argument: Number,
}

pub(super) fn inc(field: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Arithmetic {
        name: "$inc",
        compute: add,
        argument: number("increment", field, value)?,
    }))
}

pub(super) fn mul(field: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Arithmetic {
        name: "$mul",
        compute: multiply,
        argument: number("multiply", field, value)?,
    }))
}

fn number(verb: &str, field: &str, value: &Bson) -> Result<Number> {
    Number::from_bson(value).ok_or_else(|| {
        Error::type_mismatch(format!(
            "Cannot {verb} with non-numeric argument: {{{}}}",
            text::field(field, value)
        ))
    })
}

impl Change for Arithmetic {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        let Some(old) = Number::from_bson(value) else {
            return Err(Error::type_mismatch(format!(
                "Cannot apply {} to a value of non-numeric type. {} has the field '{}' of non-numeric type {}",
                self.name,
                at.document(),
                at.name(),
                text::type_name(value)
            )));
        };
        let Some(new) = (self.compute)(old, self.argument) else {
            return Err(Error::bad_value(format!(
                "Failed to apply {} operations to current value ({}) for document {}",
                self.name,
                constructor(old),
                at.document()
            )));
        };
        // NaN is never the same.
        if std::mem::discriminant(&old) == std::mem::discriminant(&new) && old == new {
            return Ok(Effect::Same);
        }
        *value = new.into();
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        let new = match self.name {
            "$mul" => multiply(Number::Int32(0), self.argument).unwrap_or(self.argument),
            _ => self.argument,
        };
        Ok(Missing::Create(new.into()))
    }
}

/// A number as the server's errors call it.
fn constructor(number: Number) -> String {
    let kind = match number {
        Number::Int32(_) => "NumberInt",
        Number::Int64(_) => "NumberLong",
        Number::Double(_) => "NumberDouble",
        Number::Decimal(_) => "NumberDecimal",
    };
    format!("({kind}){number}")
}

fn add(a: Number, b: Number) -> Option<Number> {
    compute(a, b, i64::checked_add, |a, b| a + b, |a, b| a + b)
}

fn multiply(a: Number, b: Number) -> Option<Number> {
    compute(a, b, i64::checked_mul, |a, b| a * b, |a, b| a * b)
}

/// The wider type wins; doubles become decimals with all of their 15 digits.
fn compute(
    a: Number,
    b: Number,
    ints: fn(i64, i64) -> Option<i64>,
    doubles: fn(f64, f64) -> f64,
    decimals: fn(Decimal, Decimal) -> Decimal,
) -> Option<Number> {
    use Number::{Double, Int32, Int64};
    match (a, b) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
            Some(Number::Decimal(decimals(decimal(a), decimal(b))))
        }
        (Double(_), _) | (_, Double(_)) => Some(Double(doubles(a.to_f64(), b.to_f64()))),
        (Int32(a), Int32(b)) => ints(a.into(), b.into()).map(Number::from_int),
        (Int32(a), Int64(b)) => ints(a.into(), b).map(Int64),
        (Int64(a), Int32(b)) => ints(a, b.into()).map(Int64),
        (Int64(a), Int64(b)) => ints(a, b).map(Int64),
    }
}

fn decimal(number: Number) -> Decimal {
    match number {
        Number::Double(x) => Decimal::from_f64(x),
        other => other.to_decimal(),
    }
}

#[derive(Debug, Clone, Copy)]
enum BitOp {
    And,
    Or,
    Xor,
}

#[derive(Debug)]
struct Bit {
    steps: Vec<(BitOp, Int)>,
}

/// An integer of one of the two types.
#[derive(Debug, Clone, Copy)]
struct Int {
    value: i64,
    long: bool,
}

impl Int {
    fn from_bson(value: &Bson) -> Option<Int> {
        match value {
            Bson::Int32(n) => Some(Int {
                value: (*n).into(),
                long: false,
            }),
            Bson::Int64(n) => Some(Int {
                value: *n,
                long: true,
            }),
            _ => None,
        }
    }

    fn to_bson(self) -> Bson {
        match i32::try_from(self.value) {
            Ok(n) if !self.long => Bson::Int32(n),
            _ => Bson::Int64(self.value),
        }
    }
}

pub(super) fn bit(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    let Bson::Document(steps) = value else {
        return Err(Error::bad_value(format!(
            "The $bit modifier is not compatible with a {}. You must pass in an embedded document: {{$bit: {{field: {{and/or/xor: #}}}}",
            text::type_name(value)
        )));
    };
    let steps = steps.iter().map(|(name, value)| step(name, value));
    let steps = steps.collect::<Result<Vec<_>>>()?;
    if steps.is_empty() {
        return Err(Error::bad_value(
            "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}",
        ));
    }
    Ok(Box::new(Bit { steps }))
}

fn step(name: &str, value: &Bson) -> Result<(BitOp, Int)> {
    let op = match name {
        "and" => BitOp::And,
        "or" => BitOp::Or,
        "xor" => BitOp::Xor,
        _ => {
            return Err(Error::bad_value(format!(
                "The $bit modifier only supports 'and', 'or', and 'xor', not '{name}' which is an unknown operator: {{{}}}",
                text::field(name, value)
            )));
        }
    };
    let int = Int::from_bson(value).ok_or_else(|| {
        Error::bad_value(format!(
            "The $bit modifier field must be an Integer(32/64 bit); a '{}' is not supported here: {{{}}}",
            text::type_name(value),
            text::field(name, value)
        ))
    })?;
    Ok((op, int))
}

impl Bit {
    fn apply(&self, start: Int) -> Int {
        self.steps.iter().fold(start, |a, (op, b)| Int {
            value: match op {
                BitOp::And => a.value & b.value,
                BitOp::Or => a.value | b.value,
                BitOp::Xor => a.value ^ b.value,
            },
            long: a.long || b.long,
        })
    }
}

impl Change for Bit {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        let Some(old) = Int::from_bson(value) else {
            return Err(Error::bad_value(format!(
                "Cannot apply $bit to a value of non-integral type.{} has the field {} of non-integer type {}",
                at.id_text(),
                at.name(),
                text::type_name(value)
            )));
        };
        let new = self.apply(old);
        if new.value == old.value && new.long == old.long {
            return Ok(Effect::Same);
        }
        *value = new.to_bson();
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        let zero = Int {
            value: 0,
            long: false,
        };
        Ok(Missing::Create(self.apply(zero).to_bson()))
    }
}
