//! [`Session`]: one script instance, from source text to value.
//!
//! A session lives on one thread with one engine. Sources run in it one after the other and share
//! its variables; functions, closures and imports of earlier ones stay callable in later ones, as
//! a shell needs it.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use rhai::{AST, ASTFlags, CallFnOptions, Dynamic, Engine, Expr, Scope, Stmt};

use super::api::Registry;
use super::diagnose::{Context, diagnose};
use super::engine::{self, Limits, Parts};
use super::error::RhaiError;
use super::host::{Host, HostConfig};
use super::shell::cursor::Callbacks;
use super::{modules, syntax};
use crate::diag::{Diagnostic, Kind};

/// One script instance.
pub struct Session {
    engine: Rc<Engine>,
    scope: Scope<'static>,
    host: Rc<Host>,
    parts: Parts,
    /// Functions and imports of what ran before.
    known: AST,
    /// The same with the constants, as their values: what a call of a function runs first.
    callable: AST,
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
            known: AST::empty(),
            callable: AST::empty(),
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
        let text = read_source(path)?;
        self.parts.modules.running(path);
        self.run(&path.display().to_string(), &text)
    }

    /// Runs a source text. Gives its last expression's value.
    ///
    /// # Errors
    /// What the script or its syntax failed with.
    pub fn run(&mut self, source: &str, text: &str) -> Result<Dynamic, Diagnostic> {
        let ast = self.compile(source, text)?;
        let whole = self.known.merge(&ast);
        let mut whole = whole;
        whole.set_source(source);
        let result = self
            .engine
            .eval_ast_with_scope::<Dynamic>(&mut self.scope, &whole);
        self.remember(&ast);
        result
            .map(Dynamic::flatten)
            .map_err(|e| self.diagnose(&e, source))
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
        let result = self.engine.call_fn_with_options::<Dynamic>(
            options,
            &mut self.scope,
            &self.callable,
            function,
            args,
        );
        result.map_err(|e| self.diagnose(&e, source))
    }

    /// How many parameters the functions of this name take; empty where there is none.
    #[must_use]
    pub fn function_arities(&self, function: &str) -> Vec<usize> {
        self.known
            .iter_functions()
            .filter(|f| f.name == function)
            .map(|f| f.params.len())
            .collect()
    }

    /// The names of the script's functions.
    #[must_use]
    pub fn function_names(&self) -> Vec<String> {
        let named = self
            .known
            .iter_functions()
            .filter(|f| !f.name.starts_with("anon$"));
        named.map(|f| f.name.to_string()).collect()
    }

    /// The files of the modules that were imported so far.
    #[must_use]
    pub fn imported_files(&self) -> Vec<PathBuf> {
        self.parts.modules.files()
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
        if let Some(line) = e.position.line() {
            let column = e.position.position().unwrap_or(1);
            d.excerpt = Some(self.parts.sources.borrow().excerpt(source, line, column));
        }
        d
    }

    /// Keeps a source's functions and imports for what runs later. Its other statements ran, and
    /// run no second time; of a constant its value is kept, so that calls see it as
    /// `global::NAME`.
    fn remember(&mut self, ast: &AST) {
        let imports = ast
            .statements()
            .iter()
            .filter(|s| matches!(s, Stmt::Import(..)));
        let kept = AST::new(imports.clone().cloned(), ast.shared_lib().clone());
        let constants = ast.statements().iter().filter_map(|s| self.constant(s));
        let callable = AST::new(imports.cloned().chain(constants), ast.shared_lib().clone());
        self.known = self.known.merge(&kept);
        self.callable = self.callable.merge(&callable);
        if let Some(source) = ast.source() {
            self.callable.set_source(source);
        }
    }

    /// The declaration of a constant, with the value that it got.
    fn constant(&self, statement: &Stmt) -> Option<Stmt> {
        let Stmt::Var(parts, flags, position) = statement else {
            return None;
        };
        if !flags.contains(ASTFlags::CONSTANT) {
            return None;
        }
        let mut parts = parts.clone();
        let value = self
            .scope
            .get_value::<Dynamic>(parts.0.name.as_str())?
            .flatten();
        parts.1 = Expr::DynamicConstant(Box::new(value), *position);
        Some(Stmt::Var(parts, *flags, *position))
    }
}

/// Reads a script's text.
///
/// # Errors
/// Where the file is not there, not readable or not UTF-8.
pub fn read_source(path: &Path) -> Result<String, Diagnostic> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|e| {
        Diagnostic::new(Kind::Usage, format!("cannot read the script {name}: {e}"))
            .hint("name a file that exists, or - for standard input")
    })?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Diagnostic::new(
            Kind::Script,
            format!("the script {name} is not UTF-8 (byte {at})"),
        )
        .hint("save it as UTF-8")
    })
}

/// The folder that a script's imports may not leave.
#[must_use]
pub fn root_of(script: &Path) -> PathBuf {
    modules::project_root(script)
}
