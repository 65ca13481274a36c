//! [`Functions`]: every script function that was compiled, so that closures work everywhere.
//!
//! In Rhai a closure is the name of an anonymous function that is looked up in the source that
//! runs. One that comes out of a module, or was made at an earlier line of the shell, is not
//! there. So each compiled source is remembered here, and a name that is not found where it is
//! called is looked up again with the source it came from in front.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rhai::{AST, Dynamic, Engine, EvalContext, FnPtr, Module, Shared};

use super::Doc;
use super::api::opened;
use super::error::RhaiError;

#[derive(Default)]
struct Known {
    /// The source of each anonymous function, and of each one that was loaded.
    libraries: HashMap<String, Shared<Module>>,
    /// How many parameters functions of this name take.
    arities: HashMap<String, Vec<usize>>,
}

/// The script functions of one instance, by name.
#[derive(Default)]
pub struct Functions(RefCell<Known>);

impl Functions {
    /// Remembers the functions of a compiled source.
    pub fn remember(&self, ast: &AST) {
        let mut known = self.0.borrow_mut();
        for f in ast.iter_functions() {
            let arities = known.arities.entry(f.name.to_string()).or_default();
            if !arities.contains(&f.params.len()) {
                arities.push(f.params.len());
            }
            if f.name.starts_with("anon$") {
                known
                    .libraries
                    .insert(f.name.to_string(), ast.shared_lib().clone());
            }
        }
    }

    /// Whether a closure of this source has the name of one of another source: Rhai names a closure
    /// by its text and its place.
    #[must_use]
    pub fn collide(&self, ast: &AST) -> bool {
        let known = self.0.borrow();
        ast.iter_functions()
            .any(|f| f.name.starts_with("anon$") && known.libraries.contains_key(f.name))
    }

    /// Remembers all functions of a source that was loaded into another one.
    pub fn remember_loaded(&self, ast: &AST) {
        let mut known = self.0.borrow_mut();
        for f in ast.iter_functions() {
            let library = ast.shared_lib().clone();
            known.libraries.insert(f.name.to_string(), library);
        }
    }

    /// Remembers the evaluated module of a compiled source: its functions see the module's imports.
    pub fn remember_module(&self, ast: &AST, module: &Shared<Module>) {
        let mut known = self.0.borrow_mut();
        for f in ast.iter_functions().filter(|f| f.name.starts_with("anon$")) {
            known.libraries.insert(f.name.to_string(), module.clone());
        }
    }

    /// How many of `offered` values a callback is passed: what it takes beyond its `curried` ones.
    /// A native function takes one.
    #[must_use]
    pub fn arity(&self, name: &str, curried: usize, offered: usize) -> usize {
        let known = self.0.borrow();
        let Some(arities) = known.arities.get(name) else {
            return offered.min(1);
        };
        let free = || arities.iter().map(|n| n.saturating_sub(curried));
        free()
            .filter(|n| *n <= offered)
            .max()
            .or_else(|| free().min())
            .unwrap_or(0)
    }

    /// How many values a closure takes, where that is not what it is given: `given` arguments, the
    /// receiver of a method among them.
    fn other_count(&self, name: &str, given: usize, is_method: bool) -> Option<usize> {
        let known = self.0.borrow();
        let count = *known.arities.get(name)?.first()?;
        (count != given - usize::from(is_method)).then_some(count)
    }

    fn library(&self, name: &str) -> Option<Shared<Module>> {
        self.0.borrow().libraries.get(name).cloned()
    }
}

/// What to do about a function that is not found: an anonymous one is called in its own source, a
/// method that a document holds is called with `this` bound to it, a variable that holds a closure
/// is called (as JavaScript does).
pub(super) fn install(engine: &mut Engine, functions: Rc<Functions>) {
    #[allow(deprecated)] // Rhai's mark for "may change": the version is pinned
    engine.on_missing_function(move |name, args, is_method, mut ctx| {
        if name.starts_with("anon$") {
            if let Some(count) = functions.other_count(name, args.len(), is_method) {
                return with_count(&functions, count, name, args, is_method, &mut ctx);
            }
            return in_own_source(&functions, name, args, is_method, &mut ctx);
        }
        let (f, bound) = match held_function(name, args, is_method) {
            Some(f) => (f, true),
            None => match variable_function(name, &ctx) {
                Some(f) if !is_method => (f, false),
                _ => return in_own_source(&functions, name, args, is_method, &mut ctx),
            },
        };
        call_value(&f, bound, args, &mut ctx).map(Some)
    });
}

/// Calls a closure as JavaScript does: what is missing is undefined, what is too much is dropped.
fn with_count(
    functions: &Functions,
    count: usize,
    name: &str,
    args: &mut [&mut Dynamic],
    is_method: bool,
    ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Result<Option<Dynamic>, RhaiError> {
    let (this, values) = args.split_at_mut(usize::from(is_method));
    let mut values: Vec<Dynamic> = values.iter().map(|value| (**value).clone()).collect();
    values.resize(count, Dynamic::UNIT);
    let mut all: Vec<&mut Dynamic> = this.iter_mut().map(|this| &mut **this).collect();
    all.extend(values.iter_mut());
    if let Some(result) = in_own_source(functions, name, &mut all, is_method, ctx)? {
        return Ok(Some(result));
    }
    let mut frame = ctx.new_frame().with_new_caching_layer();
    frame
        .call_fn_raw(name, is_method, is_method, &mut all)
        .map(Some)
}

fn in_own_source(
    functions: &Functions,
    name: &str,
    args: &mut [&mut Dynamic],
    is_method: bool,
    ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Result<Option<Dynamic>, RhaiError> {
    let Some(library) = functions.library(name) else {
        return Ok(None);
    };
    let state = ctx.global_runtime_state_mut();
    if state
        .lib
        .first()
        .is_some_and(|first| Shared::ptr_eq(first, &library))
    {
        // It was looked up there already: the failure is one inside the function.
        return Ok(None);
    }
    state.lib.insert(0, library);
    let result = {
        let mut frame = ctx.new_frame().with_new_caching_layer();
        frame.call_fn_raw(name, is_method, is_method, args)
    };
    ctx.global_runtime_state_mut().lib.remove(0);
    result.map(Some)
}

/// The function that the receiver, a document, holds under this name.
fn held_function(name: &str, args: &[&mut Dynamic], is_method: bool) -> Option<FnPtr> {
    if !is_method {
        return None;
    }
    let doc = args.first()?.read_lock::<Doc>()?;
    let f = doc.get(name)?.read_lock::<FnPtr>()?.clone();
    Some(f)
}

fn variable_function(name: &str, ctx: &EvalContext<'_, '_, '_, '_, '_, '_>) -> Option<FnPtr> {
    let value = ctx.scope().get_value::<Dynamic>(name)?.flatten();
    value.try_cast::<FnPtr>()
}

fn call_value(
    f: &FnPtr,
    bound: bool,
    args: &mut [&mut Dynamic],
    ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Result<Dynamic, RhaiError> {
    let mut curried: Vec<Dynamic> = f.curry().to_vec();
    let (this, rest) = match args.split_first_mut() {
        Some((this, rest)) if bound => (Some(this), rest),
        _ => (None, args),
    };
    let mut rest = opened(rest.iter().map(|a| (**a).clone()));
    let mut all: Vec<&mut Dynamic> = Vec::with_capacity(curried.len() + rest.len() + 1);
    all.extend(this.map(|this| &mut **this));
    all.extend(curried.iter_mut());
    all.extend(rest.iter_mut());
    ctx.call_fn_raw(f.fn_name(), bound, bound, &mut all)
}
