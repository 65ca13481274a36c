//! The engine of one script instance: Rhai with the limits, hooks and functions of this program.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::closures::{self, Functions};
use super::globals::Loader;
use super::host::Host;
use super::modules::{Modules, Resolver};
use super::{api, globals, shell, syntax};
use crate::diag::Sources;

/// How much a script may use. The defaults are generous: they stop what runs away, not what is
/// large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested function calls.
    pub call_depth: usize,
    /// Nested expressions in a source.
    pub expression_depth: usize,
    /// Bytes of one string; 0 leaves it to the operators that make strings longer, which stop at
    /// 256 MB.
    pub string: usize,
    /// Items of one array, nested ones included; 0 for no limit.
    ///
    /// With this limit or the one of strings, Rhai measures an array whole at every change of it:
    /// filling one takes time in proportion to the square of its length.
    pub array: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_depth: 200,
            expression_depth: 256,
            string: 0,
            array: 0,
        }
    }
}

/// The stack that a script's thread needs for [`Limits::default`]: reserved, not used, until calls
/// nest.
pub const STACK: usize = 256 << 20;

/// The parts of an instance that its engine's hooks share.
pub struct Parts {
    /// Every script function that was compiled.
    pub functions: Rc<Functions>,
    /// The modules that were imported.
    pub modules: Rc<Modules>,
    /// The texts of all sources.
    pub sources: Rc<RefCell<Sources>>,
}

/// An engine with everything a script can use.
#[must_use]
pub fn build(host: &Rc<Host>, limits: Limits) -> (Engine, Parts) {
    let mut engine = Engine::new();
    let functions = host.slot(Functions::default);
    let sources: Rc<RefCell<Sources>> = Rc::default();
    let modules = Rc::new(Modules::new(
        host.root().to_path_buf(),
        host.snapshot(),
        functions.clone(),
        sources.clone(),
    ));
    set_limits(&mut engine, limits);
    set_interrupt(&mut engine, host);
    engine.set_module_resolver(Resolver(modules.clone()));
    // Numbers follow JavaScript (5 / 2 is 2.5), so operators must be found before Rhai's own.
    engine.set_fast_operators(false);
    syntax::install(&mut engine);
    let loader = Loader::new(modules.clone(), functions.clone(), sources.clone());
    loader.install(&mut engine);
    closures::install(&mut engine, functions.clone());
    api::resolve(&mut engine, host);
    globals::register(&mut engine, host);
    shell::register(&mut engine, host);
    (
        engine,
        Parts {
            functions,
            modules,
            sources,
        },
    )
}

fn set_limits(engine: &mut Engine, limits: Limits) {
    engine.set_max_call_levels(limits.call_depth);
    engine.set_max_expr_depths(limits.expression_depth, limits.expression_depth);
    engine.set_max_string_size(limits.string);
    engine.set_max_array_size(limits.array);
    engine.set_max_modules(10_000);
    engine.set_max_variables(100_000);
    engine.set_max_functions(100_000);
}

fn set_interrupt(engine: &mut Engine, host: &Rc<Host>) {
    let interrupt = host.interrupt().clone();
    engine.on_progress(move |_| {
        interrupt
            .raised()
            .map(|stop| match *super::host::terminated(stop) {
                rhai::EvalAltResult::ErrorTerminated(token, _) => token,
                _ => Dynamic::UNIT,
            })
    });
}
