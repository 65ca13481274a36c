//! How the server runs a query: `explain()` of cursors and of collections.
//!
//! `db.orders.explain()` gives an [`Explainable`], whose methods are those of a collection and
//! reply with the plan instead of running; its `find` gives an [`ExplainableCursor`], which can be
//! sorted and limited first. Both become the `explain` command around the command that would run.

mod collection;
mod cursor;
mod modify;
mod verbosity;

use std::rc::Rc;

use bson::Document;
use rhai::{Dynamic, Engine};

pub use collection::Explainable;
pub use cursor::ExplainableCursor;
pub use verbosity::{verbosity, wanted};

use crate::script::api::Call;
use crate::script::convert;
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::number::Tag;
use crate::script::shell::cursor::{Plan, core};

/// Registers the classes.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    collection::register(engine, host);
    cursor::register(engine, host);
}

/// Tag of a document that is an explanation: printed alone it is shown whole, however deep.
pub const EXPLANATION: Tag = 1;

/// The script's value of an `explain` command's reply.
pub fn explanation(reply: Document) -> Dynamic {
    let mut value = Dynamic::from(convert::document_from(reply));
    value.set_tag(EXPLANATION);
    value
}

/// Runs a plan's `explain` command.
///
/// # Errors
/// The server's.
pub fn run(host: &Host, plan: &Plan, verbosity: &str) -> Outcome {
    let reply = plan.target.read(host, plan.explain_command(verbosity))?;
    Ok(explanation(reply))
}

/// `explain(verbosity?)` of a cursor.
pub(super) fn of_cursor(call: &mut Call<'_>) -> Outcome {
    let verbosity = verbosity(&call.arg(0))?;
    run(call.host, &core(call)?.plan()?, &verbosity)
}
