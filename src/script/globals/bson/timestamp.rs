//! `Timestamp`: the server's own, of seconds and a count within the second.

use std::any::TypeId;
use std::cmp::Ordering;
use std::rc::Rc;

use bson::Timestamp;
use rhai::{Dynamic, Engine};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static GLOBALS: Class = super::globals(methods! {
    /// A timestamp of seconds and a count: `Timestamp(t, i)` or `Timestamp({ t, i })`.
    ///
    /// ```js
    /// Timestamp({ t: 1700000000, i: 1 })
    /// ```
    Timestamp("seconds?, increment?") => construct;
});

static METHODS: Class = Class {
    name: "Timestamp",
    docs: "A timestamp of the server's; its properties are t (seconds) and i (count).",
    receiver: Receiver::Value(TypeId::of::<Timestamp>),
    methods: methods! {
        /// The timestamp as one number, in digits.
        ///
        /// ```js
        /// Timestamp(1, 2).toString()
        /// ```
        toString("") => to_string;
        /// The timestamp as one number.
        ///
        /// ```js
        /// Timestamp(1, 2).toNumber()
        /// ```
        toNumber("") => to_number;
        /// What JSON makes of it.
        ///
        /// ```js
        /// Timestamp(1, 2).toJSON()
        /// ```
        toJSON("") => to_json;
        /// The seconds.
        ///
        /// ```js
        /// Timestamp(1, 2).getHighBits()
        /// ```
        getHighBits("") => high_bits;
        /// The count within the second.
        ///
        /// ```js
        /// Timestamp(1, 2).getLowBits()
        /// ```
        getLowBits("") => low_bits;
        /// -1, 0 or 1: whether it is before, the same as or after another one.
        ///
        /// ```js
        /// Timestamp(1, 2).compare(Timestamp(1, 3))
        /// ```
        compare("other") => compare;
        /// Whether it is the same as another one.
        ///
        /// ```js
        /// Timestamp(1, 2).equals(Timestamp(1, 2))
        /// ```
        equals("other") => compares;
        /// Whether it is before another one.
        ///
        /// ```js
        /// Timestamp(1, 2).lessThan(Timestamp(1, 3))
        /// ```
        lessThan("other") => compares;
        /// Whether it is after another one.
        ///
        /// ```js
        /// Timestamp(1, 2).greaterThan(Timestamp(1, 3))
        /// ```
        greaterThan("other") => compares;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Timestamp>("Timestamp");
    for name in ["t", "high"] {
        engine.register_get(name, |at: &mut Timestamp| i64::from(at.time));
    }
    for name in ["i", "low"] {
        engine.register_get(name, |at: &mut Timestamp| i64::from(at.increment));
    }
    api::register(engine, host, &GLOBALS);
    api::register(engine, host, &METHODS);
}

fn construct(call: &mut Call<'_>) -> Outcome {
    let first = call.arg(0);
    let (time, increment) = if first.is::<Doc>() {
        let doc = call.doc(0)?;
        (part(doc.get("t"), "t")?, part(doc.get("i"), "i")?)
    } else if let Some(at) = first.read_lock::<Timestamp>() {
        (at.time, at.increment)
    } else if let (Ok(whole), crate::script::number::INT64) = (first.as_int(), first.tag()) {
        // A Long is the whole timestamp, as in js-bson.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        ((whole >> 32) as u32, whole as u32)
    } else {
        let or_zero = |i| match call.given(i) {
            Some(_) => call.int(i),
            None => Ok(0),
        };
        (unsigned(or_zero(0)?, "t")?, unsigned(or_zero(1)?, "i")?)
    };
    Ok(Dynamic::from(Timestamp { time, increment }))
}

fn part(value: Option<&Dynamic>, name: &str) -> Result<u32, Fault> {
    match value.map(Dynamic::as_int) {
        Some(Ok(n)) => unsigned(n, name),
        _ => Err(bad(
            "A Timestamp can only be constructed with: bigint, Long, or { t: number; i: number }"
                .into(),
        )),
    }
}

fn unsigned(n: i64, name: &str) -> Result<u32, Fault> {
    u32::try_from(n).map_err(|_| {
        bad(match n < 0 {
            true => format!("Timestamp constructed from {{ t, i }} must provide a positive {name}"),
            false => format!("Timestamp constructed from {{ t, i }} must provide {name} equal or less than uint32 max"),
        })
    })
}

fn bad(message: String) -> Fault {
    ScriptError::new("BSONError", message).into()
}

fn whole(at: Timestamp) -> u64 {
    u64::from(at.time) << 32 | u64::from(at.increment)
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(whole(call.this()?).to_string().into())
}

fn to_number(call: &mut Call<'_>) -> Outcome {
    let whole = whole(call.this()?);
    #[allow(clippy::cast_precision_loss)] // as JavaScript has it
    Ok(i64::try_from(whole).map_or_else(|_| (whole as f64).into(), Into::into))
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let mut doc = Doc::new();
    doc.set("$timestamp", whole(call.this()?).to_string().into())?;
    Ok(Dynamic::from(doc))
}

fn high_bits(call: &mut Call<'_>) -> Outcome {
    Ok(i64::from(call.this::<Timestamp>()?.time).into())
}

fn low_bits(call: &mut Call<'_>) -> Outcome {
    Ok(i64::from(call.this::<Timestamp>()?.increment).into())
}

fn ordering(call: &Call<'_>) -> Result<Ordering, Fault> {
    let other = call.arg(0).try_cast::<Timestamp>();
    let other = other.ok_or_else(|| call.expected(0, "a Timestamp"))?;
    Ok(call.this::<Timestamp>()?.cmp(&other))
}

fn compare(call: &mut Call<'_>) -> Outcome {
    Ok((ordering(call)? as i64).into())
}

fn compares(call: &mut Call<'_>) -> Outcome {
    let ordering = ordering(call)?;
    Ok(match call.method.name {
        "lessThan" => ordering.is_lt(),
        "greaterThan" => ordering.is_gt(),
        _ => ordering.is_eq(),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print([Timestamp(1, 2), Timestamp({t: 1, i: 2}), Timestamp(), Timestamp(1)])",
                "[\n  Timestamp({ t: 1, i: 2 }),\n  Timestamp({ t: 1, i: 2 }),\n  Timestamp({ t: 0, i: 0 }),\n  Timestamp({ t: 1, i: 0 })\n]",
            ),
            (
                "let t = new Timestamp(1, 2); print(t.t, t.i, t.toString(), t.getHighBits(), t.high, t.low, t.toNumber())",
                "1 2 4294967298 1 1 2 4294967298",
            ),
            (
                "print(Timestamp(1, 2).toJSON())",
                "{ '$timestamp': '4294967298' }",
            ),
            (
                "let t = Timestamp(1, 2); print(t.compare(Timestamp(1, 3)), t.equals(Timestamp(1, 2)), t.lessThan(Timestamp(2, 0)))",
                "-1 true true",
            ),
            (
                "Timestamp({t: 1})",
                "error: A Timestamp can only be constructed with: bigint, Long, or { t: number; i: number }",
            ),
            (
                "Timestamp(-1, 2)",
                "error: Timestamp constructed from { t, i } must provide a positive t",
            ),
            (
                "Timestamp(\"a\")",
                "error: expected a whole number for the seconds, got string",
            ),
        ]);
    }
}
