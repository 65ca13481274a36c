//! `Long`: the methods of int64 values, and what hangs on their name. An integer of a script has them
//! all, whichever type it is stored as.

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

use super::numbers::to_long;
use crate::methods;
use crate::script::api::{self, Call, Class, Namespace, Receiver};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::number::int64;

static STATICS: Class = Class {
    name: "Long",
    docs: "Making int64 values; Long.MAX_VALUE and Long.MIN_VALUE are the bounds.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The int64 that digits spell.
        ///
        /// ```js
        /// Long.fromString("9007199254740993")
        /// ```
        fromString("text, unsigned?, radix?") => from_string;
        /// The int64 of a number, without its fraction.
        ///
        /// ```js
        /// Long.fromNumber(3.7)
        /// ```
        fromNumber("number") => from_number;
        /// The int64 of an int32.
        ///
        /// ```js
        /// Long.fromInt(3)
        /// ```
        fromInt("number") => from_number;
        /// The int64 of its lower and upper 32 bits.
        ///
        /// ```js
        /// Long.fromBits(5, 1)
        /// ```
        fromBits("low, high") => from_bits;
    },
};

static METHODS: Class = Class {
    name: "Long",
    docs: "An int64, with js-bson's methods. Operators work on it too.",
    receiver: Receiver::Value(TypeId::of::<i64>),
    methods: methods! {
        /// The sum with another number, as int64.
        ///
        /// ```js
        /// NumberLong("7").add(2)
        /// ```
        add("other") => arithmetic;
        /// The difference from another number, as int64.
        ///
        /// ```js
        /// NumberLong("7").subtract(2)
        /// ```
        subtract("other") => arithmetic;
        /// The product with another number, as int64.
        ///
        /// ```js
        /// NumberLong("7").multiply(2)
        /// ```
        multiply("other") => arithmetic;
        /// The quotient by another number, without its fraction, as int64.
        ///
        /// ```js
        /// NumberLong("7").divide(2)
        /// ```
        divide("other") => arithmetic;
        /// What is left of a division, as int64.
        ///
        /// ```js
        /// NumberLong("7").modulo(2)
        /// ```
        modulo("other") => arithmetic;
        /// What is left of a division, as int64.
        ///
        /// ```js
        /// NumberLong("7").mod(2)
        /// ```
        mod("other") => arithmetic;
        /// The bits that both have.
        ///
        /// ```js
        /// NumberLong("7").and(2)
        /// ```
        and("other") => arithmetic;
        /// The bits that one of both has.
        ///
        /// ```js
        /// NumberLong("7").or(2)
        /// ```
        or("other") => arithmetic;
        /// The bits that only one of both has.
        ///
        /// ```js
        /// NumberLong("7").xor(2)
        /// ```
        xor("other") => arithmetic;
        /// The bits moved up.
        ///
        /// ```js
        /// NumberLong("7").shiftLeft(1)
        /// ```
        shiftLeft("bits") => arithmetic;
        /// The bits moved down, with the sign kept.
        ///
        /// ```js
        /// NumberLong("7").shiftRight(1)
        /// ```
        shiftRight("bits") => arithmetic;
        /// The bits moved down, with zeros in front.
        ///
        /// ```js
        /// NumberLong("7").shiftRightUnsigned(1)
        /// ```
        shiftRightUnsigned("bits") => arithmetic;
        /// The number with the other sign.
        ///
        /// ```js
        /// NumberLong("7").negate()
        /// ```
        negate("") => unary;
        /// The number with all bits turned over.
        ///
        /// ```js
        /// NumberLong("7").not()
        /// ```
        not("") => unary;
        /// -1, 0 or 1: whether it is less than, equal to or greater than another number.
        ///
        /// ```js
        /// NumberLong("7").compare(8)
        /// ```
        compare("other") => compare;
        /// -1, 0 or 1: whether it is less than, equal to or greater than another number.
        ///
        /// ```js
        /// NumberLong("7").comp(8)
        /// ```
        comp("other") => compare;
        /// Whether it is equal to another number.
        ///
        /// ```js
        /// NumberLong("7").equals(8)
        /// ```
        equals("other") => compares;
        /// Whether it is equal to another number.
        ///
        /// ```js
        /// NumberLong("7").eq(8)
        /// ```
        eq("other") => compares;
        /// Whether it is not equal to another number.
        ///
        /// ```js
        /// NumberLong("7").notEquals(8)
        /// ```
        notEquals("other") => compares;
        /// Whether it is not equal to another number.
        ///
        /// ```js
        /// NumberLong("7").neq(8)
        /// ```
        neq("other") => compares;
        /// Whether it is less than another number.
        ///
        /// ```js
        /// NumberLong("7").lessThan(8)
        /// ```
        lessThan("other") => compares;
        /// Whether it is less than another number.
        ///
        /// ```js
        /// NumberLong("7").lt(8)
        /// ```
        lt("other") => compares;
        /// Whether it is less than or equal to another number.
        ///
        /// ```js
        /// NumberLong("7").lessThanOrEqual(8)
        /// ```
        lessThanOrEqual("other") => compares;
        /// Whether it is less than or equal to another number.
        ///
        /// ```js
        /// NumberLong("7").lte(8)
        /// ```
        lte("other") => compares;
        /// Whether it is greater than another number.
        ///
        /// ```js
        /// NumberLong("7").greaterThan(8)
        /// ```
        greaterThan("other") => compares;
        /// Whether it is greater than another number.
        ///
        /// ```js
        /// NumberLong("7").gt(8)
        /// ```
        gt("other") => compares;
        /// Whether it is greater than or equal to another number.
        ///
        /// ```js
        /// NumberLong("7").greaterThanOrEqual(8)
        /// ```
        greaterThanOrEqual("other") => compares;
        /// Whether it is greater than or equal to another number.
        ///
        /// ```js
        /// NumberLong("7").gte(8)
        /// ```
        gte("other") => compares;
        /// Whether it is 0.
        ///
        /// ```js
        /// NumberLong("7").isZero()
        /// ```
        isZero("") => is;
        /// Whether it is less than 0.
        ///
        /// ```js
        /// NumberLong("7").isNegative()
        /// ```
        isNegative("") => is;
        /// Whether it is 0 or more.
        ///
        /// ```js
        /// NumberLong("7").isPositive()
        /// ```
        isPositive("") => is;
        /// Whether it is odd.
        ///
        /// ```js
        /// NumberLong("7").isOdd()
        /// ```
        isOdd("") => is;
        /// Whether it is even.
        ///
        /// ```js
        /// NumberLong("7").isEven()
        /// ```
        isEven("") => is;
        /// The same number without the type int64.
        ///
        /// ```js
        /// NumberLong("7").toNumber()
        /// ```
        toNumber("") => to_number;
        /// The lower 32 bits as a number.
        ///
        /// ```js
        /// NumberLong("7").toInt()
        /// ```
        toInt("") => to_int;
        /// The upper 32 bits as a number.
        ///
        /// ```js
        /// NumberLong("7").getHighBits()
        /// ```
        getHighBits("") => high_bits;
        /// The lower 32 bits as a number.
        ///
        /// ```js
        /// NumberLong("7").getLowBits()
        /// ```
        getLowBits("") => to_int;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    super::namespace(host, "Long");
    super::namespace(host, "NumberLong");
    // The names are those of `Number` too.
    engine.register_get("MAX_VALUE", |of: &mut Namespace| match of.0 {
        "Number" => f64::MAX.into(),
        _ => int64(i64::MAX),
    });
    engine.register_get("MIN_VALUE", |of: &mut Namespace| match of.0 {
        "Number" => 5e-324_f64.into(),
        _ => int64(i64::MIN),
    });
    for (name, n) in [("ZERO", 0), ("ONE", 1), ("NEG_ONE", -1)] {
        engine.register_get(name, move |_: &mut Namespace| int64(n));
    }
    api::register(engine, host, &STATICS);
    api::register(engine, host, &METHODS);
}

fn from_string(call: &mut Call<'_>) -> Outcome {
    let radix = call.opt_int(2)?.unwrap_or(10);
    if radix == 10 {
        return Ok(int64(to_long(&call.arg(0))?));
    }
    let radix = u32::try_from(radix).ok().filter(|r| (2..=36).contains(r));
    let n = radix.and_then(|radix| i64::from_str_radix(&call.string(0).ok()?, radix).ok());
    match n {
        Some(n) => Ok(int64(n)),
        None => Err(ScriptError::new("BSONError", "no digits of this radix").into()),
    }
}

fn from_number(call: &mut Call<'_>) -> Outcome {
    Ok(int64(to_long(&call.arg(0))?))
}

fn from_bits(call: &mut Call<'_>) -> Outcome {
    Ok(int64(call.int(1)? << 32 | (call.int(0)? & 0xffff_ffff)))
}

fn arithmetic(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (call.this::<i64>()?, to_long(&call.arg(0))?);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // modulo 64
    let bits = b as u32;
    let zero = || ScriptError::new("RangeError", "division by zero");
    Ok(int64(match call.method.name {
        "add" => a.wrapping_add(b),
        "subtract" => a.wrapping_sub(b),
        "multiply" => a.wrapping_mul(b),
        "divide" if b == 0 => return Err(zero().into()),
        "divide" => a.wrapping_div(b),
        "modulo" | "mod" if b == 0 => return Err(zero().into()),
        "modulo" | "mod" => a.wrapping_rem(b),
        "and" => a & b,
        "or" => a | b,
        "xor" => a ^ b,
        "shiftLeft" => a.wrapping_shl(bits),
        "shiftRight" => a.wrapping_shr(bits),
        #[allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)] // the same bits
        _ => (a as u64).wrapping_shr(bits) as i64,
    }))
}

fn unary(call: &mut Call<'_>) -> Outcome {
    let n = call.this::<i64>()?;
    Ok(int64(match call.method.name {
        "negate" => n.wrapping_neg(),
        _ => !n,
    }))
}

fn compare(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (call.this::<i64>()?, to_long(&call.arg(0))?);
    Ok((a.cmp(&b) as i64).into())
}

fn compares(call: &mut Call<'_>) -> Outcome {
    let ordering = call.this::<i64>()?.cmp(&to_long(&call.arg(0))?);
    Ok(match call.method.name {
        "equals" | "eq" => ordering.is_eq(),
        "notEquals" | "neq" => ordering.is_ne(),
        "lessThan" | "lt" => ordering.is_lt(),
        "lessThanOrEqual" | "lte" => ordering.is_le(),
        "greaterThan" | "gt" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
    .into())
}

fn is(call: &mut Call<'_>) -> Outcome {
    let n = call.this::<i64>()?;
    Ok(match call.method.name {
        "isZero" => n == 0,
        "isNegative" => n < 0,
        "isPositive" => n >= 0,
        "isOdd" => n % 2 != 0,
        _ => n % 2 == 0,
    }
    .into())
}

fn to_number(call: &mut Call<'_>) -> Outcome {
    let n = call.this::<i64>()?;
    #[allow(clippy::cast_precision_loss)] // as JavaScript has it
    Ok(match n.unsigned_abs() < 1 << 53 {
        true => n.into(),
        false => (n as f64).into(),
    })
}

#[allow(clippy::cast_possible_truncation)] // what the name says
fn to_int(call: &mut Call<'_>) -> Outcome {
    Ok(i64::from(call.this::<i64>()? as i32).into())
}

fn high_bits(call: &mut Call<'_>) -> Outcome {
    Ok((call.this::<i64>()? >> 32).into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print(NumberLong(5).add(3), NumberLong(5).multiply(3).subtract(1).divide(2))",
                "Long('8') Long('7')",
            ),
            (
                "print(NumberLong(5).compare(6), NumberLong(5).equals(5), NumberLong(5).isZero())",
                "-1 true false",
            ),
            (
                "print([NumberLong(5).negate(), NumberLong(5).isNegative(), NumberLong(-5).isPositive(), NumberLong(5).isOdd(), NumberLong(4).isEven()])",
                "[ Long('-5'), false, false, true, true ]",
            ),
            (
                "print(NumberLong(5).mod(3), NumberLong(5).toNumber(), NumberLong(5).toInt())",
                "Long('2') 5 5",
            ),
            (
                "print([Long.MAX_VALUE, Long.MIN_VALUE, Long.ZERO, Long.ONE, Long.NEG_ONE])",
                "[\n  Long('9223372036854775807'),\n  Long('-9223372036854775808'),\n  Long('0'),\n  Long('1'),\n  Long('-1')\n]",
            ),
            (
                "print(NumberLong(5).lessThan(6), NumberLong(5).gt(6), NumberLong(5).lte(5), NumberLong(5).greaterThanOrEqual(5), NumberLong(5).neq(4), NumberLong(1).comp(2))",
                "true false true true true -1",
            ),
            (
                "print(NumberLong(6).and(3), NumberLong(6).or(1), NumberLong(6).xor(3), NumberLong(6).not(), NumberLong(6).shiftLeft(1), NumberLong(6).shiftRight(1))",
                "Long('2') Long('7') Long('5') Long('-7') Long('12') Long('3')",
            ),
            (
                "print(Long.fromString(\"12\"), Long.fromNumber(3.7), Long.fromString(\"ff\", false, 16), Long.fromBits(5, 1))",
                "Long('12') Long('3') Long('255') Long('4294967301')",
            ),
            (
                "print(NumberLong(\"9223372036854775807\").toNumber())",
                "9223372036854776000",
            ),
            ("NumberLong(5).divide(0)", "error: division by zero"),
            ("print(NumberLong(5) > 3, NumberLong(5) == 5)", "true true"),
        ]);
    }
}
