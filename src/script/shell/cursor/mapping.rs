//! [`Mapping`]: a function of `map`, callable wherever the cursor is read.
//!
//! A loop and the shell's display read a cursor outside of any call of a native function, and Rhai
//! gives them nothing to call back with. So a mapping keeps what its function could see when
//! `map` was called, and the instance's engine is looked up in its host.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rhai::{Dynamic, Engine, FnPtr, GlobalRuntimeState, NativeCallContext, Position};

use crate::script::api::Call;
use crate::script::closures::Functions;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

/// The engine of an instance, for callbacks outside of a call.
#[derive(Default)]
pub struct Callbacks(RefCell<Weak<Engine>>);

impl Callbacks {
    /// Notes the engine that callbacks of this instance run in.
    pub fn run_in(&self, engine: &Rc<Engine>) {
        *self.0.borrow_mut() = Rc::downgrade(engine);
    }

    fn engine(&self) -> Result<Rc<Engine>, Fault> {
        let engine = self.0.borrow().upgrade();
        engine.ok_or_else(|| ScriptError::new("Error", "the script has ended").into())
    }
}

/// A function that a cursor's documents go through.
pub struct Mapping {
    function: FnPtr,
    visible: GlobalRuntimeState,
}

impl Mapping {
    /// A function as the call of `map` sees it.
    #[must_use]
    pub fn new(call: &Call<'_>, function: FnPtr) -> Self {
        Self {
            function,
            visible: call.ctx.global_runtime_state().clone(),
        }
    }

    /// What it makes of a document.
    ///
    /// # Errors
    /// What it throws.
    pub fn apply(&self, host: &Rc<Host>, document: Dynamic) -> Outcome {
        let engine = host.slot(Callbacks::default).engine()?;
        let ctx = NativeCallContext::new_with_all_fields(
            &engine,
            "map",
            None,
            &self.visible,
            Position::NONE,
        );
        let functions = host.slot(Functions::default);
        let name = self.function.fn_name();
        let taken = functions.arity(name, self.function.curry().len(), 1);
        let mut values = vec![document];
        values.resize(taken, Dynamic::UNIT);
        Ok(self.function.call_raw(&ctx, None, values)?)
    }
}
