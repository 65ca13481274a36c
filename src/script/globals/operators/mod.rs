//! The operators, as JavaScript has them: numbers that do not overflow, one equality over all
//! types, strings that take anything.
//!
//! Rhai's own operators for a pair of exact types come before any that take every type, so the
//! pairs that Rhai knows are registered one by one.

mod arithmetic;
mod comparison;
mod concatenation;
#[cfg(test)]
mod tests;

use std::any::TypeId;

use rhai::{Dynamic, Engine, NativeCallContext};

use crate::script::error::{Fault, Outcome};
use crate::value::Decimal;

type Binary = fn(&Dynamic, &Dynamic) -> Outcome;

/// Registers all of them.
pub(super) fn register(engine: &mut Engine) {
    arithmetic::register(engine);
    concatenation::register(engine);
    comparison::register(engine);
}

fn id<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

/// The types of numbers, each with each.
fn pairs_of_numbers() -> impl Iterator<Item = (TypeId, TypeId)> {
    let numbers = [id::<i64>(), id::<f64>(), id::<Decimal>()];
    numbers
        .into_iter()
        .flat_map(move |a| numbers.map(|b| (a, b)))
}

fn binary(engine: &mut Engine, name: &str, a: TypeId, b: TypeId, run: Binary) {
    engine.register_raw_fn(name, [a, b], move |ctx, args| {
        run(&*args[0], &*args[1]).map_err(|e| fault(&ctx, e))
    });
}

fn fault(ctx: &NativeCallContext<'_>, e: Fault) -> Box<rhai::EvalAltResult> {
    e.into_rhai(ctx.call_position())
}
