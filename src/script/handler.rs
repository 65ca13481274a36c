//! [`ScriptHandler`]: a stream's handler that is a function of a script file.
//!
//! The file's top level runs once for each version of it; the function is called for every event
//! and sees the top level's variables, which keep their values until the next version starts
//! afresh. A version is all files that it is made of, imports included; an edit of any of them is
//! a new version, which is loaded whole before it replaces the old one.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use bson::RawDocument;
use rhai::Dynamic;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::api::nearest;
use super::convert;
use super::{HostConfig, Interrupt, Limits, Output, Session, root_of};
use crate::client::{Cluster, retry};
use crate::diag::{Diagnostic, Kind};
use crate::stream::{Failure, Handler, Refresh};

/// What a handler is made of.
#[derive(Clone)]
pub struct ScriptHandlerConfig {
    /// The script file.
    pub file: PathBuf,
    /// The function that is called with each event.
    pub function: String,
    /// The runtime that drives the driver.
    pub runtime: Handle,
    /// How a running handler is stopped.
    pub interrupt: Interrupt,
    /// The connection.
    pub cluster: Cluster,
    /// What `db` means in the script.
    pub database: String,
    /// How much it may use.
    pub limits: Limits,
}

/// A stream's handler that is a function of a script file.
pub struct ScriptHandler {
    config: ScriptHandlerConfig,
    output: Rc<dyn Output>,
    session: Session,
    generation: String,
    /// The files as they were when the last version was tried, whether it was taken or refused.
    tried: Vec<Stamp>,
    /// What those files held.
    tried_contents: String,
}

/// A file as a directory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    file: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

impl ScriptHandler {
    /// Loads the script.
    ///
    /// # Errors
    /// Where it does not compile, its top level fails, or it has no such function.
    pub fn load(
        config: ScriptHandlerConfig,
        output: Rc<dyn Output>,
    ) -> Result<Self, Box<Diagnostic>> {
        let (session, result) = start(&config, &output);
        result?;
        let files = files(&config, &session);
        let contents = hash(&files);
        Ok(Self {
            generation: contents.chars().take(8).collect(),
            tried: stamps(&files),
            tried_contents: contents,
            config,
            output,
            session,
        })
    }

    /// Watches these files from now on. Files that were watched before keep their stamps; where
    /// nothing was added, `contents` is the hash of what was loaded.
    fn watch(&mut self, files: &[PathBuf], contents: String) {
        let before = std::mem::take(&mut self.tried);
        let same = before.iter().map(|s| &s.file).eq(files);
        self.tried = files
            .iter()
            .map(|file| {
                before
                    .iter()
                    .find(|s| s.file == *file)
                    .cloned()
                    .unwrap_or_else(|| stamp(file))
            })
            .collect();
        self.tried_contents = if same { contents } else { hash(files) };
    }

    fn failure(&self, diagnostic: Diagnostic) -> Failure {
        let transient = diagnostic.kind == Kind::Unavailable
            || diagnostic.code.is_some_and(retry::is_transient_code);
        Failure {
            diagnostic,
            transient,
        }
    }
}

impl Handler for ScriptHandler {
    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure> {
        let change = convert::document(event).map_err(|e| {
            self.failure(Diagnostic::new(
                Kind::Script,
                format!("the event cannot be read: {e}"),
            ))
        })?;
        let source = self.config.file.display().to_string();
        self.session
            .call(&source, &self.config.function, vec![Dynamic::from(change)])
            .map(drop)
            .map_err(|d| self.failure(d))
    }

    fn refresh(&mut self) -> Refresh {
        let known: Vec<PathBuf> = self.tried.iter().map(|stamp| stamp.file.clone()).collect();
        // Stamps are taken before contents, and contents before loading: an edit in between is
        // seen at the next look.
        let now = stamps(&known);
        // An editor that replaces a file removes it for a moment.
        if now == self.tried || now.iter().any(|stamp| stamp.modified.is_none()) {
            return Refresh::Unchanged;
        }
        self.tried = now;
        let contents = hash(&known);
        if contents == self.tried_contents {
            return Refresh::Unchanged;
        }
        let (session, result) = start(&self.config, &self.output);
        // The new version may import other files; what the old one imported is watched no longer
        // only once the new one is taken.
        let mut watched = files(&self.config, &session);
        if result.is_err() {
            watched.extend(known);
            watched.sort();
            watched.dedup();
        }
        self.watch(&watched, contents);
        match result {
            Ok(()) => {
                self.session = session;
                self.generation = self.tried_contents.chars().take(8).collect();
                Refresh::Took
            }
            Err(diagnostic) => Refresh::Refused(diagnostic),
        }
    }

    fn generation(&self) -> String {
        self.generation.clone()
    }
}

/// A new instance of the script, with what running its top level came to.
fn start(
    config: &ScriptHandlerConfig,
    output: &Rc<dyn Output>,
) -> (Session, Result<(), Box<Diagnostic>>) {
    let host = HostConfig {
        runtime: config.runtime.clone(),
        interrupt: config.interrupt.clone(),
        output: output.clone(),
        uri: Some(config.cluster.uri().to_string()),
        cluster: Some(config.cluster.clone()),
        database: Some(config.database.clone()),
        args: Vec::new(),
        root: root_of(&config.file),
        interactive: false,
    };
    let mut session = Session::new(host, config.limits);
    let result = session
        .run_file(&config.file)
        .map(drop)
        .and_then(|()| check_function(&session, config));
    (session, result.map_err(Box::new))
}

fn check_function(session: &Session, config: &ScriptHandlerConfig) -> Result<(), Diagnostic> {
    let name = &config.function;
    if session.function_arities(name).contains(&1) {
        return Ok(());
    }
    let file = config.file.display();
    let missing = Diagnostic::new(
        Kind::Script,
        format!("{file} has no function `{name}(change)`"),
    );
    let names = session.function_names();
    Err(match nearest(name, names.iter().map(String::as_str)) {
        Some(near) if near != name => missing.hint(format!("did you mean --handler {near}?")),
        _ => missing.hint("name the function with --handler, or write `fn onChange(change) { … }`"),
    })
}

fn files(config: &ScriptHandlerConfig, session: &Session) -> Vec<PathBuf> {
    let mut files = session.imported_files();
    files.push(config.file.clone());
    files.sort();
    files
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| stamp(file)).collect()
}

fn stamp(file: &Path) -> Stamp {
    let seen = std::fs::metadata(file).ok();
    Stamp {
        file: file.to_path_buf(),
        modified: seen.as_ref().and_then(|m| m.modified().ok()),
        length: seen.map_or(0, |m| m.len()),
    }
}

/// A hash of the names and contents of files.
fn hash(files: &[PathBuf]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(std::fs::read(file).unwrap_or_default());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}
