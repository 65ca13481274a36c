//! Cursors: `Cursor` of `find`, `AggregationCursor`, `RunCommandCursor` and `ChangeStreamCursor`.
//!
//! The life of a query: [`open`] turns arguments into a [`Plan`]; a cursor's methods change the
//! plan; the first read makes it a command, and [`Core`] hands out the documents of the server's
//! batches one by one, through the functions that `map` added. Handles of one cursor share one
//! `Core`, so that `let c = db.x.find(); c.limit(5); c.toArray()` is limited.
//!
//! One file a class; what all have in common is in [`iteration`], modifiers of a query in
//! [`modify`], the shell's pages of twenty (`it`) in [`page`].

mod aggregation;
mod change_stream;
mod core;
mod database;
pub mod find;
mod flags;
pub mod iteration;
mod loops;
mod mapping;
pub mod modify;
pub mod open;
mod page;
mod plan;
pub mod read_preference;
mod run_command;
mod sort;
pub mod watch;

use std::rc::Rc;

use rhai::{Dynamic, Engine};

pub use self::core::{Core, Source};
pub use aggregation::AggregationCursor;
pub use change_stream::ChangeStreamCursor;
pub use find::Cursor;
pub use mapping::Callbacks;
pub use page::{Page, Paging};
pub use plan::{Kind, Plan};
pub use read_preference::selection;
pub use run_command::RunCommandCursor;
pub use sort::{sort_option, sort_spec};

use crate::script::api::Call;
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;
use crate::script::shell::explain::ExplainableCursor;

/// Registers the classes and `it`.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    find::register(engine, host);
    aggregation::register(engine, host);
    run_command::register(engine, host);
    change_stream::register(engine, host);
    database::register(engine, host);
    loops::register(engine);
    page::register(engine, host);
}

/// The core of a cursor of any class.
#[must_use]
pub fn core_of(value: &Dynamic) -> Option<Rc<Core>> {
    macro_rules! class {
        ($t:ty, $core:tt) => {
            if let Some(cursor) = value.read_lock::<$t>() {
                return Some(cursor.$core.clone());
            }
        };
    }
    class!(Cursor, 0);
    class!(AggregationCursor, 0);
    class!(RunCommandCursor, 0);
    class!(ChangeStreamCursor, core);
    class!(ExplainableCursor, core);
    None
}

/// The core of the cursor that a method was called on.
///
/// # Errors
/// Where it is no cursor.
pub fn core(call: &Call<'_>) -> Result<Rc<Core>, Fault> {
    core_of(&call.receiver())
        .ok_or_else(|| ScriptError::new("TypeError", "this is no cursor").into())
}
