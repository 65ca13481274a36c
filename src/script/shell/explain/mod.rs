//! How the server runs a query: `explain()` of cursors and of collections.

use std::rc::Rc;

use rhai::Dynamic;

use crate::script::api::{Call, Options};
use crate::script::convert;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::cursor::{self, Plan};

/// Runs a plan's `explain` command.
///
/// # Errors
/// The server's.
pub fn run(host: &Rc<Host>, plan: &Plan, verbosity: &str) -> Outcome {
    let reply = plan.target.read(host, plan.explain_command(verbosity))?;
    Ok(Dynamic::from(convert::document_from(reply)))
}

/// `explain(verbosity?)` of a cursor.
pub(super) fn of_cursor(call: &mut Call<'_>) -> Outcome {
    let verbosity = verbosity(&call.arg(0))?;
    run(call.host, &cursor::core(call)?.plan()?, &verbosity)
}

/// The verbosity that the option `explain` asks for.
///
/// # Errors
/// Where it is neither a string nor a boolean.
pub fn wanted(options: &Options) -> Result<Option<String>, Fault> {
    options.get("explain").map(verbosity).transpose()
}

/// A verbosity as mongosh takes it: its name, or true for the most and false for the least.
///
/// # Errors
/// Where it is something else.
pub fn verbosity(given: &Dynamic) -> Result<String, Fault> {
    if given.is_unit() {
        return Ok("queryPlanner".into());
    }
    match given.as_bool() {
        Ok(true) => Ok("allPlansExecution".into()),
        Ok(false) => Ok("queryPlanner".into()),
        Err(_) => given.clone().into_string().map_err(|_| {
            ScriptError::argument("verbosity must be a string")
                .hint("it is queryPlanner, executionStats or allPlansExecution")
                .into()
        }),
    }
}
