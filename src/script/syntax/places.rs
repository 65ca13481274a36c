//! Places of arrays, as JavaScript has them: reading one that is not there gives undefined, writing
//! one makes it.
//!
//! Rhai asks what to do about a place that is not there ([`Engine::on_invalid_array_index`]), but
//! does not say whether it is read or written. So the index in front of an `=` is marked: what is
//! asked for right after the mark was evaluated, before any other expression, is to be written.

use std::cell::Cell;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, EvalContext, Position, Target};

use super::feed;
use crate::script::error::{RhaiError, ScriptError};

/// Keyword of a marked index: `place expr`; how many steps lead to it, [`feed::next_shape`] says.
pub(super) const PLACE: &str = "$place";

/// The longest array an assignment may make: what is longer is a mistake.
const LONGEST: i64 = 1 << 26;

/// An index that is to be written.
#[derive(Clone, Copy)]
struct Marked {
    index: i64,
    /// Rhai's count of operations by which the place is asked for.
    until: u64,
}

pub(super) fn install(engine: &mut Engine) {
    let marked: Rc<Cell<Option<Marked>>> = Rc::default();
    let mark = marked.clone();
    engine.register_custom_syntax_without_look_ahead_raw(
        PLACE,
        |seen, steps| match seen.len() {
            1 => {
                *steps = feed::next_shape().unwrap_or(Dynamic::ZERO);
                Ok(Some("$expr$".into()))
            }
            _ => Ok(None),
        },
        false,
        move |context, inputs, steps| {
            let index = context.eval_expression_tree(&inputs[0])?.flatten();
            let steps = steps.as_int().unwrap_or(0);
            mark.set(index.as_int().ok().map(|index| Marked {
                index,
                until: until(context, steps),
            }));
            Ok(index)
        },
    );
    engine.on_invalid_array_index(move |items, index, context| {
        let now = context.global_runtime_state().num_operations;
        let write = marked
            .take()
            .is_some_and(|m| m.index == index && now <= m.until);
        match write {
            true => written(items, index),
            false => Ok(Dynamic::UNIT.into()),
        }
    });
}

/// A step to a field costs two operations at most (a getter that is not there, an indexer), the
/// variable one and the place itself one. Another statement would cost three more.
fn until(context: &EvalContext<'_, '_, '_, '_, '_, '_>, steps: i64) -> u64 {
    let steps = u64::try_from(steps).unwrap_or(0);
    context.global_runtime_state().num_operations + 2 * steps + 2
}

fn written(items: &mut Array, index: i64) -> Result<Target<'_>, RhaiError> {
    let Some(at) = (0..LONGEST).contains(&index).then_some(index as usize) else {
        let length = items.len();
        return Err(EvalAltResult::ErrorArrayBounds(length, index, Position::NONE).into());
    };
    items.resize(items.len().max(at + 1), Dynamic::UNIT);
    let missing =
        || ScriptError::new("RangeError", "Invalid array length").into_rhai(Position::NONE);
    items.get_mut(at).ok_or_else(missing)?.try_into()
}
