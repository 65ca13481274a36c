//! `+` and `+=` with a string.

use rhai::{Blob, Dynamic, Engine, ImmutableString, Position};

use super::{binary, id};
use crate::script::error::Outcome;
use crate::script::globals::js::convert::{check_length, text};

/// The pairs with a string that Rhai has functions of its own for.
pub(super) fn register(engine: &mut Engine) {
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

/// Both as text, one after the other.
pub(super) fn concatenate(a: &Dynamic, b: &Dynamic) -> Outcome {
    let (a, b) = (text(a), text(b));
    check_length(a.len() + b.len())?;
    let mut joined = String::with_capacity(a.len() + b.len());
    joined.push_str(&a);
    joined.push_str(&b);
    Ok(joined.into())
}
