//! [`Modules`]: `import` of script files.
//!
//! A path is relative to the file that imports, may not leave the project's root (not by `..`,
//! not by an absolute path, not by a symbolic link), and an import cycle is an error that names
//! it. A module is evaluated once per script instance; an edit is taken up by a new instance.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use tracing::debug;

use super::closures::Functions;
use super::error::{RhaiError, ScriptError};
use super::snapshot::Snapshot;
use super::syntax;
use crate::diag::Sources;

/// How many lines a module moves down at most.
const MOVES: usize = 64;

/// The modules of one script instance.
pub struct Modules {
    root: PathBuf,
    functions: Rc<Functions>,
    sources: Rc<RefCell<Sources>>,
    loaded: RefCell<HashMap<PathBuf, Shared<Module>>>,
    /// Every file that was asked for, there or not.
    wanted: RefCell<BTreeSet<PathBuf>>,
    /// What an import meant, by the importing source and its words.
    resolved: RefCell<HashMap<(String, String), PathBuf>>,
    /// The files being evaluated, outermost first.
    stack: RefCell<Vec<PathBuf>>,
    /// What is read instead of the files.
    given: Arc<Snapshot>,
    /// What was read.
    read: RefCell<Snapshot>,
}

/// The resolver that an engine is given: a handle on the instance's [`Modules`].
#[derive(Clone)]
pub struct Resolver(pub Rc<Modules>);

impl Modules {
    /// No module loaded yet; `root` is the folder that imports may not leave.
    #[must_use]
    pub fn new(
        root: PathBuf,
        given: Arc<Snapshot>,
        functions: Rc<Functions>,
        sources: Rc<RefCell<Sources>>,
    ) -> Self {
        let root = root.canonicalize().unwrap_or(root);
        Self {
            root,
            functions,
            sources,
            loaded: RefCell::default(),
            wanted: RefCell::default(),
            resolved: RefCell::default(),
            stack: RefCell::default(),
            given,
            read: RefCell::default(),
        }
    }

    /// The text of a file: as the instance was given it, else as it is now.
    ///
    /// # Errors
    /// Where it is not there, not readable or not UTF-8.
    pub fn text(&self, file: &Path) -> std::io::Result<Arc<str>> {
        let text = match self.given.text(file) {
            Some(text) => text.clone(),
            None => std::fs::read_to_string(file)?.into(),
        };
        let mut read = self.read.borrow_mut();
        read.texts.insert(file.to_path_buf(), text.clone());
        Ok(text)
    }

    /// Everything that was read so far.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.read.borrow().clone()
    }

    /// The files that were asked for, those too that are not there or that failed.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.wanted.borrow().iter().cloned().collect()
    }

    /// The file that an import meant which was done.
    #[must_use]
    pub fn resolved(&self, source: Option<&str>, path: &str) -> Option<PathBuf> {
        let key = (source.unwrap_or_default().to_string(), path.to_string());
        self.resolved.borrow().get(&key).cloned()
    }

    /// A module that was loaded before: by its file's own path, or by words that meant it then.
    fn known(&self, source: Option<&str>, path: &str) -> Option<Shared<Module>> {
        let loaded = self.loaded.borrow();
        if let Some(module) = loaded.get(Path::new(path)) {
            return Some(module.clone());
        }
        loaded.get(&self.resolved(source, path)?).cloned()
    }

    /// Says which file is being run, so that an import of it is a cycle.
    pub fn running(&self, file: &Path) {
        if let Ok(file) = file.canonicalize() {
            self.stack.borrow_mut().push(file);
        }
    }

    /// The file that `path` means in `source`.
    ///
    /// # Errors
    /// Where there is none, or it is out of bounds; the text says why.
    pub fn locate(&self, source: Option<&str>, path: &str) -> Result<PathBuf, String> {
        let file = match self.given.meaning(source, path) {
            Some(file) => file.clone(),
            None => self.find(source, path)?,
        };
        let key = (source.unwrap_or_default().to_string(), path.to_string());
        let mut read = self.read.borrow_mut();
        read.meanings.insert(key, file.clone());
        Ok(file)
    }

    fn find(&self, source: Option<&str>, path: &str) -> Result<PathBuf, String> {
        if Path::new(path).is_absolute() {
            return Err("absolute paths are not allowed: write it relative to this file".into());
        }
        let importing = source
            .map(Path::new)
            .and_then(Path::parent)
            .filter(|p| p.is_dir());
        let base = match importing {
            Some(folder) => folder.to_path_buf(),
            // Code from the command line or the shell imports relative to where it was started.
            None => std::env::current_dir().unwrap_or_else(|_| self.root.clone()),
        };
        let mut file = base.join(path);
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        let Ok(real) = file.canonicalize() else {
            let shown = file.display().to_string();
            self.wanted.borrow_mut().insert(file);
            return Err(format!("there is no file {shown}"));
        };
        let file = real;
        self.wanted.borrow_mut().insert(file.clone());
        match file.starts_with(&self.root) {
            true => Ok(file),
            false => Err(format!(
                "it lies outside the project's root {}",
                self.root.display()
            )),
        }
    }

    fn load(&self, engine: &Engine, file: &Path) -> Result<Shared<Module>, RhaiError> {
        let name = display_name(file);
        debug!(file = name, "module");
        let text = self.text(file).map_err(|e| {
            ScriptError::new("ImportError", e.to_string()).into_rhai(Position::NONE)
        })?;
        let ast = self.compile(engine, &name, text.to_string())?;
        self.functions.remember(&ast);
        self.stack.borrow_mut().push(file.to_path_buf());
        let module = Module::eval_ast_as_new(Scope::new(), &ast, engine);
        self.stack.borrow_mut().pop();
        let module: Shared<Module> = module?.into();
        self.functions.remember_module(&ast, &module);
        self.loaded
            .borrow_mut()
            .insert(file.to_path_buf(), module.clone());
        Ok(module)
    }

    /// Compiles a module. Where one of its closures would be taken for another source's, its
    /// lines move down until none is: a line number that is off does less harm than the wrong
    /// function.
    fn compile(&self, engine: &Engine, name: &str, mut text: String) -> Result<AST, RhaiError> {
        loop {
            self.sources.borrow_mut().insert(name, &text);
            let ast = syntax::compile(engine, &Scope::new(), name, &text).map_err(|e| {
                let position = e.position;
                ScriptError::from(e).into_rhai(position)
            })?;
            if !self.functions.collide(&ast) || text.starts_with(&"\n".repeat(MOVES)) {
                return Ok(ast);
            }
            text.insert(0, '\n');
        }
    }

    fn cycle(&self, file: &Path) -> Option<String> {
        let stack = self.stack.borrow();
        let start = stack.iter().position(|f| f == file)?;
        let mut names: Vec<String> = stack[start..].iter().map(|f| display_name(f)).collect();
        names.push(display_name(file));
        Some(names.join(" → "))
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        pos: Position,
    ) -> Result<Shared<Module>, RhaiError> {
        let modules = &self.0;
        let refuse = |why: String| {
            ScriptError::new("ImportError", format!("cannot import \"{path}\": {why}"))
                .into_rhai(pos)
        };
        if let Some(module) = modules.known(source, path) {
            return Ok(module);
        }
        let file = modules.locate(source, path).map_err(refuse)?;
        let note = || {
            let key = (source.unwrap_or_default().to_string(), path.to_string());
            modules.resolved.borrow_mut().insert(key, file.clone());
        };
        if let Some(module) = modules.loaded.borrow().get(&file) {
            note();
            return Ok(module.clone());
        }
        if let Some(cycle) = modules.cycle(&file) {
            return Err(refuse(format!("the imports form a cycle: {cycle}")));
        }
        let module = modules
            .load(engine, &file)
            .map_err(|e| Box::new(EvalAltResult::ErrorInModule(display_name(&file), e, pos)))?;
        note();
        Ok(module)
    }
}

/// A file's name in messages: relative to where the program was started, where that is shorter.
#[must_use]
pub fn display_name(file: &Path) -> String {
    let here = std::env::current_dir()
        .ok()
        .and_then(|d| d.canonicalize().ok());
    let relative = here
        .as_deref()
        .and_then(|here| file.strip_prefix(here).ok());
    relative.unwrap_or(file).display().to_string()
}

/// The folder that imports of `script` may not leave: the nearest one above it that marks a
/// project, else where the program was started if that is above it, else its own.
#[must_use]
pub fn project_root(script: &Path) -> PathBuf {
    const MARKS: [&str; 3] = [".git", "rhaiver.toml", "Cargo.toml"];
    let script = script
        .canonicalize()
        .unwrap_or_else(|_| script.to_path_buf());
    let folder = if script.is_dir() {
        script.as_path()
    } else {
        script.parent().unwrap_or(&script)
    };
    let marked = folder
        .ancestors()
        .find(|dir| MARKS.iter().any(|mark| dir.join(mark).exists()));
    let here = std::env::current_dir()
        .ok()
        .and_then(|d| d.canonicalize().ok());
    match (marked, here) {
        (Some(root), _) => root.to_path_buf(),
        (None, Some(here)) if folder.starts_with(&here) => here,
        _ => folder.to_path_buf(),
    }
}
