//! `==`, `<` and their like.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, Engine, Map};

use super::{Binary, binary, id, pairs_of_numbers};
use crate::script::Doc;
use crate::script::error::Outcome;
use crate::script::globals::js::equality::{equal, order};

pub(super) fn register(engine: &mut Engine) {
    let containers = [
        (id::<Array>(), id::<Array>()),
        (id::<Map>(), id::<Map>()),
        (id::<Doc>(), id::<Doc>()),
        (id::<Dynamic>(), id::<Dynamic>()),
    ];
    for (a, b) in pairs_of_numbers().chain(containers) {
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
