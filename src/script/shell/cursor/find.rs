//! [`Cursor`]: the cursor of `find`, in scripts `Cursor`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::{Core, core, iteration, modify};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::explain;

/// A handle of a query's cursor; copies are the same cursor.
#[derive(Clone)]
pub struct Cursor(pub Rc<Core>);

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Cursor",
        docs: "The results of a query, read as they are needed.",
        receiver: Receiver::Value(TypeId::of::<Cursor>),
        methods,
    }
}

static OWN: Class = class(METHODS);
static READING: Class = class(iteration::READING);
static ALL: Class = class(iteration::ALL);
static FINITE: Class = class(iteration::FINITE);
static QUERY: Class = class(modify::QUERY);
static COMMON: Class = class(modify::COMMON);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Cursor>("Cursor");
    for class in [&OWN, &READING, &ALL, &FINITE, &QUERY, &COMMON] {
        api::register(engine, host, class);
    }
}

/// What only a `find`'s cursor has.
pub const METHODS: &[Method] = methods! {
    /// Was removed from MongoDB in 4.2: use maxTimeMS.
    ///
    /// ```js no_run
    /// db.orders.find().maxScan(10)
    /// ```
    maxScan("count?") => max_scan;
    /// How many documents the query finds, with its limit and skip.
    ///
    /// ```js
    /// db.orders.find({ status: "new" }).count()
    /// ```
    count("") => count;
    /// The same as count().
    ///
    /// ```js
    /// db.orders.find().limit(5).size()
    /// ```
    size("") => count;
    /// How the server runs the query: queryPlanner, executionStats or allPlansExecution.
    ///
    /// ```js
    /// db.orders.find({ status: "new" }).explain("executionStats")
    /// ```
    explain("verbosity?") => explain::of_cursor;
};

fn max_scan(_: &mut Call<'_>) -> Outcome {
    Err(ScriptError::new(
        "MongoshDeprecatedError",
        "`maxScan()` was removed because it was deprecated in MongoDB 4.0",
    )
    .hint("use maxTimeMS() to bound a query's work")
    .into())
}

fn count(call: &mut Call<'_>) -> Outcome {
    let plan = core(call)?.plan()?;
    let mut command = plan.count_command()?;
    if let Some(concern) = plan.settings.get("readConcern") {
        command.insert("readConcern", concern.clone());
    }
    let reply = plan.target.read(call.host, command)?;
    let n = match reply.get("n") {
        Some(bson::Bson::Int32(n)) => i64::from(*n),
        Some(bson::Bson::Int64(n)) => *n,
        #[allow(clippy::cast_possible_truncation)] // a number of documents
        Some(bson::Bson::Double(n)) => *n as i64,
        _ => 0,
    };
    Ok(Dynamic::from(n))
}
