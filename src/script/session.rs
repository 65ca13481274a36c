//! [`Session`]: one script instance, from source text to value.
//!
//! A session lives on one thread with one engine. Sources run in it one after the other and share
//! its variables; functions, closures and imports of earlier ones stay callable in later ones, as
//! a shell needs it.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rhai::{AST, ASTFlags, CallFnOptions, Dynamic, Engine, Expr, ImmutableString, Scope, Stmt};

use super::api::Registry;
use super::diagnose::{Context, diagnose};
use super::engine::{self, Limits, Parts};
use super::error::RhaiError;
use super::host::{Host, HostConfig};
use super::shell::cursor::Callbacks;
use super::snapshot::Snapshot;
use super::{modules, syntax};
use crate::diag::{Diagnostic, Kind};

/// One script instance.
pub struct Session {
    engine: Rc<Engine>,
    scope: Scope<'static>,
    host: Rc<Host>,
    parts: Parts,
    /// The functions of what ran before.
    library: AST,
    /// Its imports, one for each name.
    imports: Vec<(ImmutableString, Stmt)>,
    /// Its constants, one for each name, with the values that they got.
    constants: Vec<(ImmutableString, Stmt)>,
    /// All of these: what a call of a function runs first.
    callable: AST,
    /// The source that ran last, as it was compiled.
    last: Rc<AST>,
}

impl Session {
    /// A fresh instance.
    #[must_use]
    pub fn new(config: HostConfig, limits: Limits) -> Self {
        let host = Host::new(config);
        let (engine, parts) = engine::build(&host, limits);
        let engine = Rc::new(engine);
        host.slot(Callbacks::default).run_in(&engine);
        Self {
            engine,
            scope: Scope::new(),
            host,
            parts,
            library: AST::empty(),
            imports: Vec::new(),
            constants: Vec::new(),
            callable: AST::empty(),
            last: Rc::new(AST::empty()),
        }
    }

    /// The host of this instance.
    #[must_use]
    pub fn host(&self) -> &Rc<Host> {
        &self.host
    }

    /// The engine, for completion and checks.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The variables.
    #[must_use]
    pub fn scope(&self) -> &Scope<'static> {
        &self.scope
    }

    /// Runs a file.
    ///
    /// # Errors
    /// What the script, its syntax or reading it failed with.
    pub fn run_file(&mut self, path: &Path) -> Result<Dynamic, Diagnostic> {
        let text = source_text(path, self.parts.modules.text(path))?;
        self.parts.modules.running(path);
        self.run(&path.display().to_string(), &text)
    }

    /// Runs a source text. Gives its last expression's value.
    ///
    /// # Errors
    /// What the script or its syntax failed with.
    pub fn run(&mut self, source: &str, text: &str) -> Result<Dynamic, Diagnostic> {
        let ast = self.compile(source, text)?;
        let mut whole = self.before(&ast).merge(&ast);
        whole.set_source(source);
        let result = caught(|| {
            self.engine
                .eval_ast_with_scope::<Dynamic>(&mut self.scope, &whole)
        });
        self.remember(&ast);
        self.last = Rc::new(ast);
        self.forget_shadowed();
        match result {
            Ok(result) => result
                .map(Dynamic::flatten)
                .map_err(|e| self.diagnose(&e, source)),
            Err(bug) => Err(bug),
        }
    }

    /// What runs in front of a source: the imports, and the constants where functions may ask for
    /// `global::NAME`.
    fn before(&self, ast: &AST) -> AST {
        let functions = self.library.has_functions() || ast.has_functions();
        let constants = self
            .constants
            .iter()
            .filter(|(name, _)| functions && self.scope.is_constant(name) == Some(true));
        let statements = self.imports.iter().chain(constants).map(|(_, s)| s.clone());
        AST::new(statements, self.library.shared_lib().clone())
    }

    /// Drops variables that nothing can read any more, since later ones have their names.
    fn forget_shadowed(&mut self) {
        let mut names = HashSet::new();
        if !self.scope.iter_raw().all(|(name, ..)| names.insert(name)) {
            self.scope = self.scope.clone_visible();
        }
    }

    /// Compiles a source in this instance without running it.
    ///
    /// # Errors
    /// Where its syntax is wrong.
    pub fn compile(&self, source: &str, text: &str) -> Result<AST, Diagnostic> {
        self.parts.sources.borrow_mut().insert(source, text);
        let ast = syntax::compile(&self.engine, &self.scope, source, text)
            .map_err(|e| self.syntax_diagnostic(&e, source))?;
        self.parts.functions.remember(&ast);
        Ok(ast)
    }

    /// Compiles a source beside the instance, which learns nothing of it.
    ///
    /// # Errors
    /// Where its syntax is wrong.
    pub fn compile_apart(&self, source: &str, text: &str) -> Result<AST, Diagnostic> {
        syntax::compile(&self.engine, &Scope::new(), source, text)
            .map_err(|e| self.syntax_diagnostic(&e, source))
    }

    /// The sources that were compiled, by name, as they were compiled.
    #[must_use]
    pub fn sources(&self) -> Vec<(String, Rc<str>)> {
        self.parts.sources.borrow().all()
    }

    /// Calls a function of a source that ran before. Its body sees the top level's variables and
    /// may change them; they keep their values for the next call.
    ///
    /// # Errors
    /// What the function failed with.
    pub fn call(
        &mut self,
        source: &str,
        function: &str,
        args: Vec<Dynamic>,
    ) -> Result<Dynamic, Diagnostic> {
        let options = CallFnOptions::new().eval_ast(true).rewind_scope(true);
        let before = self.scope.len();
        let result = caught(|| {
            self.engine.call_fn_with_options::<Dynamic>(
                options,
                &mut self.scope,
                &self.callable,
                function,
                args,
            )
        });
        // After a panic, nobody else did.
        self.scope.rewind(before);
        result?.map_err(|e| self.diagnose(&e, source))
    }

    /// How many parameters the functions of this name take; empty where there is none.
    #[must_use]
    pub fn function_arities(&self, function: &str) -> Vec<usize> {
        self.library
            .iter_functions()
            .filter(|f| f.name == function)
            .map(|f| f.params.len())
            .collect()
    }

    /// The names of the script's functions.
    #[must_use]
    pub fn function_names(&self) -> Vec<String> {
        let named = self
            .library
            .iter_functions()
            .filter(|f| !f.name.starts_with("anon$"));
        named.map(|f| f.name.to_string()).collect()
    }

    /// The files that were asked for by `import` and `load` so far, those too that are not there or
    /// that failed.
    #[must_use]
    pub fn imported_files(&self) -> Vec<PathBuf> {
        self.parts.modules.files()
    }

    /// The files that were read so far, as they were then.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.parts.modules.snapshot()
    }

    /// What a file held when it was read.
    #[must_use]
    pub fn text_of(&self, file: &Path) -> Option<Rc<str>> {
        let sources = self.parts.sources.borrow();
        let names = [file.display().to_string(), modules::display_name(file)];
        names.iter().find_map(|name| sources.get(name).cloned())
    }

    /// The text of a source, by its name in messages.
    #[must_use]
    pub fn source_text(&self, source: &str) -> Option<Rc<str>> {
        self.parts.sources.borrow().get(source).cloned()
    }

    /// The source that ran last.
    #[must_use]
    pub fn last_source(&self) -> Rc<AST> {
        self.last.clone()
    }

    /// The diagnostic with a place in a source.
    #[must_use]
    pub fn located(&self, mut d: Diagnostic, source: &str, place: rhai::Position) -> Diagnostic {
        if let Some(line) = place.line() {
            let column = place.position().unwrap_or(1);
            d.excerpt = Some(self.parts.sources.borrow().excerpt(source, line, column));
        }
        d
    }

    /// Whether a shell line is complete.
    #[must_use]
    pub fn completeness(&self, text: &str) -> syntax::Completeness {
        syntax::completeness(&self.engine, &self.scope, text)
    }

    /// The failure as a person is shown it.
    #[must_use]
    pub fn diagnose(&self, error: &RhaiError, source: &str) -> Diagnostic {
        let sources = self.parts.sources.borrow();
        let registry = self.host.slot(Registry::default);
        diagnose(
            error,
            &Context {
                sources: &sources,
                registry: &registry,
                source,
            },
        )
    }

    fn syntax_diagnostic(&self, e: &syntax::SyntaxError, source: &str) -> Diagnostic {
        let mut d = Diagnostic::new(Kind::Script, e.message.clone());
        d.hints.clone_from(&e.hints);
        self.located(d, source, e.position)
    }

    /// Keeps a source's functions and imports for what runs later. Its other statements ran, and
    /// run no second time; of a constant its value is kept, so that calls see it as
    /// `global::NAME`.
    fn remember(&mut self, ast: &AST) {
        for statement in ast.statements() {
            if let Some((name, kept)) = self.import(ast.source(), statement) {
                keep(&mut self.imports, name, kept);
            }
            if let Some((name, kept)) = self.constant(statement) {
                keep(&mut self.constants, name, kept);
            }
        }
        self.library = self.library.merge(&AST::new([], ast.shared_lib().clone()));
        let statements = self.imports.iter().chain(&self.constants);
        self.callable = AST::new(
            statements.map(|(_, s)| s.clone()),
            self.library.shared_lib().clone(),
        );
        if let Some(source) = ast.source() {
            self.callable.set_source(source);
        }
    }

    /// An import that was done, of the file that it meant then: wherever it runs again, and
    /// whatever became of the file, it gives the same module.
    fn import(&self, source: Option<&str>, statement: &Stmt) -> Option<(ImmutableString, Stmt)> {
        let Stmt::Import(parts, position) = statement else {
            return None;
        };
        let (Expr::StringConstant(path, at), name) = parts.as_ref() else {
            return None;
        };
        let file = self.parts.modules.resolved(source, path)?;
        let file = Expr::StringConstant(file.to_str()?.into(), *at);
        let kept = Stmt::Import(Box::new((file, name.clone())), *position);
        Some((name.name.clone(), kept)).filter(|(name, _)| !name.is_empty())
    }

    /// The declaration of a constant, with the value that it got.
    fn constant(&self, statement: &Stmt) -> Option<(ImmutableString, Stmt)> {
        let Stmt::Var(parts, flags, position) = statement else {
            return None;
        };
        if !flags.contains(ASTFlags::CONSTANT) {
            return None;
        }
        let mut parts = parts.clone();
        let name = parts.0.name.clone();
        let value = self.scope.get_value::<Dynamic>(&name)?.flatten();
        parts.1 = Expr::DynamicConstant(Box::new(value), *position);
        Some((name, Stmt::Var(parts, *flags, *position)))
    }
}

/// Keeps a declaration in the place of earlier ones of the same name.
fn keep(kept: &mut Vec<(ImmutableString, Stmt)>, name: ImmutableString, statement: Stmt) {
    kept.retain(|(known, _)| *known != name);
    kept.push((name, statement));
}

/// A panic is a defect of ours, and no reason to take the session down.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Diagnostic> {
    // What the engine was at is dropped with its stack; variables keep the values they had.
    std::panic::catch_unwind(AssertUnwindSafe(run)).map_err(|panic| Diagnostic::panicked(&*panic))
}

/// Reads a script's text.
///
/// # Errors
/// Where the file is not there, not readable or not UTF-8.
pub fn read_source(path: &Path) -> Result<String, Diagnostic> {
    source_text(path, std::fs::read_to_string(path))
}

fn source_text<T>(path: &Path, read: std::io::Result<T>) -> Result<T, Diagnostic> {
    let name = path.display();
    read.map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => {
            let valid = std::fs::read(path).unwrap_or_default();
            let at = std::str::from_utf8(&valid).map_or_else(|e| e.valid_up_to(), str::len);
            let message = format!("the script {name} is not UTF-8 (byte {at})");
            Diagnostic::new(Kind::Script, message).hint("save it as UTF-8")
        }
        _ => Diagnostic::new(Kind::Usage, format!("cannot read the script {name}: {e}"))
            .hint("name a file that exists, or - for standard input"),
    })
}

/// The folder that a script's imports may not leave.
#[must_use]
pub fn root_of(script: &Path) -> PathBuf {
    modules::project_root(script)
}

#[cfg(test)]
mod tests {
    use crate::diag::Kind;
    use crate::script::globals::tests::session;

    /// Runs lines as a shell does; gives what they print, and the messages of those that fail.
    fn lines(lines: &[&str]) -> String {
        let (mut session, output) = session();
        let mut failed = Vec::new();
        for line in lines {
            if let Err(diagnostic) = session.run("<shell>", line) {
                failed.push(diagnostic.message);
            }
        }
        format!("{}{}", output.text(), failed.join("\n"))
    }

    #[test]
    fn an_import_that_failed_is_not_done_again() {
        let printed = lines(&["import \"no_such_file\" as x;", "print(1)"]);
        assert!(printed.starts_with("1\ncannot import"), "{printed}");
        assert_eq!(printed.lines().count(), 2, "{printed}");
    }

    #[test]
    fn functions_see_the_constants_of_earlier_lines() {
        let shell = [
            "const RATE = 3;",
            "fn rate() { global::RATE }",
            "print(rate())",
            "const RATE = 4;",
            "print(rate(), RATE)",
            "let RATE = 5;",
            "RATE += 1; print(RATE)",
        ];
        assert_eq!(lines(&shell), "3\n4 4\n6\n");
    }

    #[test]
    fn top_level_statements_run_once_and_functions_are_redefined() {
        let shell = [
            "let n = 0; print('once')",
            "fn f() { 1 }",
            "n += f()",
            "fn f() { 10 }",
            "n += f(); print(n)",
        ];
        assert_eq!(lines(&shell), "once\n11\n");
    }

    #[test]
    fn variables_that_are_declared_again_take_no_room() {
        let (mut session, _) = session();
        for _ in 0..100 {
            let _ = session
                .run("<shell>", "let a = [1]; const B = 2; fn f() { global::B }")
                .unwrap();
        }
        assert_eq!(session.scope().len(), 2);
        assert_eq!(session.constants.len(), 1);
    }

    #[test]
    fn a_panic_is_a_bug_and_not_the_end() {
        let caught = super::caught(|| -> u8 { panic!("a defect") }).unwrap_err();
        assert_eq!(
            (caught.kind, caught.message.as_str()),
            (Kind::Bug, "a defect")
        );
    }

    #[test]
    fn equal_closures_of_two_modules_call_their_own_functions() {
        let folder = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
        for name in ["one", "two"] {
            let code =
                format!("fn name() {{ \"{name}\" }} \nfn make() {{ let f = |x| name() + x; f }}");
            std::fs::write(folder.path().join(format!("{name}.rhai")), code).unwrap();
        }
        let main = folder.path().join("main.rhai");
        let code = "import \"one\" as one; import \"two\" as two;\nprint(one::make().call(1), two::make().call(2));";
        std::fs::write(&main, code).unwrap();
        let (mut session, output) = session();
        let _ = session.run_file(&main).unwrap();
        assert_eq!(output.text(), "one1 two2\n");
    }
}
