//! Names that scripts can use anywhere without declaring them: `Math`, `rs`, `args`.
//!
//! They are resolved when they are read, and not registered as variables of a module: Rhai would
//! try to capture those in closures, and fail where the closure stands inside of custom syntax
//! (an object literal).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::script::host::Host;

/// The global names of one instance.
#[derive(Default)]
pub struct Variables(RefCell<HashMap<String, Dynamic>>);

impl Variables {
    /// The names there are.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.borrow().keys().cloned().collect()
    }
}

/// Makes `name` mean `value` wherever no variable of that name is.
pub fn variable(host: &Rc<Host>, name: &str, value: Dynamic) {
    host.slot(Variables::default)
        .0
        .borrow_mut()
        .insert(name.to_string(), value);
}

/// Lets an engine find the global names of its instance.
pub fn resolve(engine: &mut Engine, host: &Rc<Host>) {
    let variables = host.slot(Variables::default);
    #[allow(deprecated)] // Rhai's mark for "may change": the version is pinned
    engine.on_var(move |name, index, context| {
        // An index says that the parser found a variable of that name.
        if index > 0 || context.scope().contains(name) {
            return Ok(None);
        }
        Ok(variables.0.borrow().get(name).cloned())
    });
}
