//! `load(file)`: runs another script as if its text stood in the place of the call.
//!
//! A native function cannot reach the caller's variables, so `load` is none: the syntax makes a
//! form of it that can. Afterwards the file's variables are there, and its functions, for later
//! sources of the session too.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, EvalContext, Module, Position, Scope};

use crate::diag::Sources;
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::closures::Functions;
use crate::script::error::{Outcome, RhaiError, ScriptError};
use crate::script::host::Host;
use crate::script::modules::{Modules, display_name};
use crate::script::syntax;

static CLASS: Class = Class {
    name: "ShellApi",
    docs: "The shell's own commands.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Runs a script file in the place of the call, relative to the file that calls: its variables
        /// and functions are there afterwards.
        ///
        /// ```js no_run
        /// load("setup.rhai")
        /// ```
        load("file") => unreachable_here;
    },
};

/// Registers the help.
pub(super) fn register(host: &Rc<Host>) {
    api::declare(host, &CLASS);
}

/// The declaration's place holder: calls go through [`Loader::load`].
fn unreachable_here(call: &mut Call<'_>) -> Outcome {
    Err(call.expected(0, "the name of a file"))
}

/// What `load` needs of an instance.
pub struct Loader {
    modules: Rc<Modules>,
    functions: Rc<Functions>,
    sources: Rc<RefCell<Sources>>,
    /// The files being loaded, outermost first.
    running: RefCell<Vec<PathBuf>>,
}

impl Loader {
    /// A loader for the instance that these belong to.
    #[must_use]
    pub fn new(
        modules: Rc<Modules>,
        functions: Rc<Functions>,
        sources: Rc<RefCell<Sources>>,
    ) -> Self {
        Self {
            modules,
            functions,
            sources,
            running: RefCell::default(),
        }
    }

    /// Makes `load(…)` of scripts call this loader.
    pub fn install(self, engine: &mut Engine) {
        syntax::install_load(engine, move |ctx, path| self.load(path, ctx));
    }

    /// Runs the file that `path` means where it is called.
    ///
    /// # Errors
    /// Where there is no such file in bounds, it loads itself, does not compile, or fails.
    fn load(
        &self,
        path: &Dynamic,
        ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    ) -> Result<Dynamic, RhaiError> {
        let refuse = |text: String| ScriptError::new("Error", text).into_rhai(Position::NONE);
        let path = path
            .clone()
            .into_string()
            .map_err(|got| refuse(format!("load takes the name of a file, got {got}")))?;
        let source = ctx.global_runtime_state().source().map(str::to_string);
        let file = self
            .modules
            .locate(source.as_deref(), &path)
            .map_err(|why| refuse(format!("cannot load \"{path}\": {why}")))?;
        if self.running.borrow().contains(&file) {
            return Err(refuse(format!("cannot load \"{path}\": it loads itself")));
        }
        let name = display_name(&file);
        let text = self
            .modules
            .text(&file)
            .map_err(|e| refuse(format!("cannot load \"{path}\": {e}")))?;
        self.running.borrow_mut().push(file);
        let result = self.run(&name, &text, ctx);
        self.running.borrow_mut().pop();
        match result {
            Ok(()) => Ok(Dynamic::TRUE),
            Err(e) => Err(Box::new(EvalAltResult::ErrorInModule(
                name,
                e,
                Position::NONE,
            ))),
        }
    }

    fn run(
        &self,
        name: &str,
        text: &str,
        ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    ) -> Result<(), RhaiError> {
        self.sources.borrow_mut().insert(name, text);
        let ast = syntax::compile(ctx.engine(), ctx.scope(), name, text).map_err(|e| {
            let position = e.position;
            ScriptError::from(e).into_rhai(position)
        })?;
        self.functions.remember(&ast);
        self.functions.remember_loaded(&ast);
        let whole = with_callers_functions(&ast, name, ctx);
        let engine = ctx.engine();
        let before = ctx.scope().len();
        let result = run_in(engine, ctx.scope_mut(), &whole);
        keep_constants(before, ctx);
        // Rhai finds variables by their place, which is another one now.
        ctx.global_runtime_state_mut().always_search_scope = true;
        result
    }
}

fn run_in(engine: &Engine, scope: &mut Scope<'_>, ast: &AST) -> Result<(), RhaiError> {
    engine.run_ast_with_scope(scope, ast)
}

/// The file's statements with its own functions and those of the caller.
fn with_callers_functions(ast: &AST, name: &str, ctx: &EvalContext<'_, '_, '_, '_, '_, '_>) -> AST {
    let mut functions = Module::new();
    for library in ctx.global_runtime_state().lib.iter().rev() {
        functions.merge(library);
    }
    functions.merge(ast.shared_lib());
    let mut whole = AST::new(ast.statements().iter().cloned(), functions);
    whole.set_source(name);
    whole
}

/// Functions read a script's constants by `global::NAME`: the file's are added to the caller's.
fn keep_constants(before: usize, ctx: &mut EvalContext<'_, '_, '_, '_, '_, '_>) {
    let added: Vec<(String, Dynamic)> = ctx
        .scope()
        .iter_raw()
        .skip(before)
        .map(|(name, _, value)| (name.to_string(), value.clone()))
        .collect();
    let constants = ctx
        .global_runtime_state_mut()
        .constants
        .get_or_insert_with(Default::default);
    for (name, value) in added {
        constants.borrow_mut().insert(name.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::session;
    use crate::script::Captured;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    fn run(files: &[(&str, &str)]) -> (String, Vec<String>) {
        let folder = folder(files);
        let (mut session, output): (_, Captured) = session();
        let errors = match session.run_file(&folder.path().join("main.rhai")) {
            Ok(_) => Vec::new(),
            Err(d) => vec![
                d.message,
                d.excerpt.map(|e| format!("{e:?}")).unwrap_or_default(),
            ],
        };
        (output.text(), errors)
    }

    #[test]
    fn variables_and_functions_are_there_afterwards() {
        let (text, errors) = run(&[
            (
                "main.rhai",
                "let a = 1; let b = 2; print(load(\"lib.rhai\")); print(a, b, c, twice(c)); { let d = 9; print(a, d) } fn mine(x) { x + 100 }",
            ),
            (
                "lib.rhai",
                "const RATE = 10; let c = a + 5; b = 20; fn twice(x) { helper(x) * 2 } fn helper(x) { x } print(mine(1)); let f = |x| x + 1; print(f.call(1))",
            ),
        ]);
        assert_eq!(
            (text.as_str(), errors.len()),
            ("101\n2\ntrue\n1 20 6 12\n1 9\n", 0),
            "{errors:?}"
        );
    }

    #[test]
    fn functions_stay_for_later_sources() {
        let folder = folder(&[("lib.rhai", "fn twice(x) { x * 2 } let n = 4;")]);
        let (mut session, output) = session();
        let path = folder.path().join("main.rhai");
        std::fs::write(&path, "load(\"lib\")").expect("written");
        let _ = session.run_file(&path).expect("runs");
        let _ = session.run("<later>", "print(twice(n))").expect("runs");
        assert_eq!(output.text(), "8\n");
    }

    #[test]
    fn what_goes_wrong_is_said() {
        let cases = [
            ("load(\"none\")", "there is no file"),
            ("load(5)", "load takes the name of a file, got i64"),
            ("load(\"main\")", "it loads itself"),
            ("load(\"/etc/hosts\")", "absolute paths are not allowed"),
            ("load(\"broken\")", "broken.rhai"),
            ("load(\"throws\")", "throws.rhai"),
        ];
        for (code, want) in cases {
            let code = match code {
                "load(\"main\")" => "load(\"again\")",
                other => other,
            };
            let (_, errors) = run(&[
                ("main.rhai", code),
                ("again.rhai", "load(\"again\")"),
                ("broken.rhai", "let = 5"),
                ("throws.rhai", "\nthrow \"x\""),
            ]);
            assert!(errors.join("\n").contains(want), "{code}: {errors:?}");
        }
    }
}
