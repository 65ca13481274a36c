//! [`ScriptHandler`]: a stream's handler that is a function of a script file.
//!
//! The file's top level runs once for each version of it; the function is called for every event
//! and sees the top level's variables, which keep their values until the next version starts
//! afresh. A version is all files that it is made of, imports included; an edit of any of them is
//! a new version, which is loaded whole before it replaces the old one.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use bson::RawDocument;
use rhai::Dynamic;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tracing::info;

use crate::client::{Cluster, retry};
use crate::diag::{Diagnostic, Kind};
use crate::script::api::nearest;
use crate::script::convert;
use crate::script::{HostConfig, Interrupt, Limits, Output, Session, root_of};
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
    /// A hash of what was tried.
    contents: String,
    /// A refusal that is not told yet: a file may be half written.
    held: Option<(Instant, Box<Diagnostic>)>,
    /// Since when a file is missing.
    missing: Option<Instant>,
}

/// How old a file's last change must be before its time tells all further changes apart: file
/// systems count in steps of up to two seconds.
const STEP: Duration = Duration::from_secs(2);

/// How long a version that cannot be used may still be half written.
const SETTLE: Duration = Duration::from_millis(100);

/// How long an editor that replaces a file may leave none in its place.
const REPLACED: Duration = Duration::from_millis(500);

/// A file as a directory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    file: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

impl Stamp {
    fn is_missing(&self) -> bool {
        self.modified.is_none()
    }

    /// Whether the file may have changed again without showing it.
    fn is_fresh(&self) -> bool {
        let age = self.modified.map(|at| match at.elapsed() {
            Ok(age) => age,
            Err(ahead) => ahead.duration(),
        });
        age.is_some_and(|age| age < STEP)
    }
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
        let contents = hash_loaded(&files, &session);
        Ok(Self {
            generation: contents.chars().take(8).collect(),
            tried: stamps(&files),
            contents,
            held: None,
            missing: None,
            config,
            output,
            session,
        })
    }

    /// Whether files differ from what was tried; notes how they are now.
    fn edited(&mut self) -> bool {
        let files: Vec<PathBuf> = self.tried.iter().map(|stamp| stamp.file.clone()).collect();
        // Stamps are taken before contents, and contents before loading: an edit in between is
        // seen at the next look.
        let now = stamps(&files);
        let changed = || {
            now.iter()
                .zip(&self.tried)
                .filter(|(now, then)| now != then)
        };
        if changed().count() > 0 && changed().all(|(now, _)| now.is_missing()) {
            let since = *self.missing.get_or_insert_with(Instant::now);
            if since.elapsed() < REPLACED {
                return false;
            }
        }
        self.missing = None;
        if now == self.tried && !now.iter().any(Stamp::is_fresh) {
            return false;
        }
        self.tried = now;
        hash(&files) != self.contents
    }

    /// Loads the edited version, and lets it take over where it can.
    fn reload(&mut self) -> Refresh {
        info!(file = %self.config.file.display(), "an edited handler is loaded");
        let (session, result) = start(&self.config, &self.output);
        let mut watched = files(&self.config, &session);
        if result.is_err() {
            // What the old version imported may be what mends the new one.
            watched.extend(self.tried.iter().map(|stamp| stamp.file.clone()));
            watched.sort();
            watched.dedup();
        }
        self.contents = hash_loaded(&watched, &session);
        self.tried = self.stamps_of(&watched);
        match result {
            Ok(()) => {
                self.session = session;
                self.generation = self.contents.chars().take(8).collect();
                Refresh::Took
            }
            Err(diagnostic) => {
                self.held = Some((Instant::now(), diagnostic));
                Refresh::Unchanged
            }
        }
    }

    /// Stamps of these files; those that were looked at before keep theirs.
    fn stamps_of(&self, files: &[PathBuf]) -> Vec<Stamp> {
        let known = |file: &PathBuf| self.tried.iter().find(|s| s.file == *file).cloned();
        let stamps = files
            .iter()
            .map(|file| known(file).unwrap_or_else(|| stamp(file)));
        stamps.collect()
    }

    /// A refusal that has to be told now.
    fn told(&mut self) -> Refresh {
        match self.held.take_if(|(since, _)| since.elapsed() >= SETTLE) {
            Some((_, diagnostic)) => Refresh::Refused(diagnostic),
            None => Refresh::Unchanged,
        }
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
        if !self.edited() {
            return self.told();
        }
        self.held = None;
        self.reload()
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
        interrupt: config.interrupt.clone(),
        uri: Some(config.cluster.uri().to_string()),
        local: None,
        cluster: Some(config.cluster.clone()),
        database: Some(config.database.clone()),
        args: Vec::new(),
        root: root_of(&config.file),
        ..HostConfig::new(config.runtime.clone(), output.clone())
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
    if let Some(arity) = session.function_arities(name).first() {
        let s = if *arity == 1 { "" } else { "s" };
        return Err(missing.hint(format!(
            "its `{name}` has {arity} parameter{s}; a handler has one, the change"
        )));
    }
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
    files.dedup();
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

/// A hash of the names of files and of what they hold now.
fn hash(files: &[PathBuf]) -> String {
    hash_of(files, |file| std::fs::read(file).unwrap_or_default())
}

/// The same of what they held when they were loaded.
fn hash_loaded(files: &[PathBuf], session: &Session) -> String {
    hash_of(files, |file| match session.text_of(file) {
        Some(text) => text.as_bytes().to_vec(),
        None => std::fs::read(file).unwrap_or_default(),
    })
}

fn hash_of(files: &[PathBuf], contents: impl Fn(&Path) -> Vec<u8>) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update([0]);
        // Lines in front may have been added when it was loaded.
        hash.update(contents(file).trim_ascii_start());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}
