//! `to_string`, which template strings use, for every type.

use std::any::TypeId;

use rhai::{Array, Dynamic, Engine, ImmutableString};

use super::convert::text;

/// Registers it for the types that Rhai has a function of its own for, and for all others.
pub(super) fn register(engine: &mut Engine) {
    for of in [
        TypeId::of::<Dynamic>(),
        TypeId::of::<()>(),
        TypeId::of::<f64>(),
        TypeId::of::<Array>(),
        TypeId::of::<rhai::Map>(),
        TypeId::of::<ImmutableString>(),
    ] {
        engine.register_raw_fn("to_string", [of], |_, args| Ok(text(&*args[0])));
    }
}
