//! `for document in cursor`.

use std::rc::Rc;

use rhai::{Dynamic, Engine, Position};

use super::{AggregationCursor, ChangeStreamCursor, Core, Cursor, RunCommandCursor};
use crate::script::error::RhaiError;
use crate::script::shell::explain::ExplainableCursor;

/// Reads a cursor for a loop; an error ends the loop and is thrown where the loop is.
pub struct Loop(Option<Rc<Core>>);

impl Iterator for Loop {
    type Item = Result<Dynamic, RhaiError>;

    fn next(&mut self) -> Option<Self::Item> {
        let core = self.0.clone()?;
        match core.step() {
            Ok(Some(document)) => Some(Ok(document)),
            Ok(None) => {
                self.0 = None;
                None
            }
            Err(fault) => {
                self.0 = None;
                Some(Err(fault.into_rhai(Position::NONE)))
            }
        }
    }
}

macro_rules! iterable {
    ($engine:ident, $($t:ty: $core:tt),*) => {$(
        impl IntoIterator for $t {
            type Item = Result<Dynamic, RhaiError>;
            type IntoIter = Loop;

            fn into_iter(self) -> Loop {
                Loop(Some(self.$core))
            }
        }
    )*
    pub(super) fn register($engine: &mut Engine) {
        $($engine.register_iterator_result::<$t, Dynamic>();)*
    }};
}

iterable!(engine, Cursor: 0, AggregationCursor: 0, RunCommandCursor: 0, ChangeStreamCursor: core, ExplainableCursor: core);
