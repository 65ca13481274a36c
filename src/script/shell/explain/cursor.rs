//! [`ExplainableCursor`]: a query to explain; shown, and by `finish()`, it is its explanation. As in
//! mongosh it still is a cursor: reading it gives the documents.

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::script::shell::cursor::{Core, find, iteration, modify};
use crate::value::inspect::{Node, Style};

/// A handle of an explained query; copies are the same one.
#[derive(Clone)]
pub struct ExplainableCursor {
    /// The query.
    pub core: Rc<Core>,
    pub(super) verbosity: Rc<str>,
}

impl ExplainableCursor {
    fn finish(&self) -> Outcome {
        super::run(self.core.host(), &self.core.plan()?, &self.verbosity)
    }
}

impl Shown for ExplainableCursor {
    fn node(&self) -> Node {
        Node::Raw("[ExplainableCursor]".into())
    }

    fn text(&self, _: &Rc<Host>, style: &Style) -> Result<String, Fault> {
        let node = inspect::node(&self.finish()?);
        Ok(crate::value::inspect::inspect(
            &node,
            &style.clone().unlimited(),
        ))
    }
}

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "ExplainableCursor",
        docs: "A query whose plan is shown instead of its results.",
        receiver: Receiver::Value(TypeId::of::<ExplainableCursor>),
        methods,
    }
}

static OWN: Class = class(METHODS);
static FIND: Class = class(find::METHODS);
static READING: Class = class(iteration::READING);
static ALL: Class = class(iteration::ALL);
static FINITE: Class = class(iteration::FINITE);
static QUERY: Class = class(modify::QUERY);
static COMMON: Class = class(modify::COMMON);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<ExplainableCursor>("ExplainableCursor");
    inspect::register::<ExplainableCursor>();
    for class in [&OWN, &FIND, &READING, &ALL, &FINITE, &QUERY, &COMMON] {
        api::register(engine, host, class);
    }
}

const METHODS: &[Method] = methods! {
    /// The server's explanation of the query.
    ///
    /// ```js
    /// db.orders.explain("executionStats").find({ status: "new" }).sort({ _id: -1 }).finish()
    /// ```
    finish("") => finish;
};

fn finish(call: &mut Call<'_>) -> Outcome {
    call.this::<ExplainableCursor>()?.finish()
}
