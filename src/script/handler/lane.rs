//! [`ScriptLane`]: the handlers of one lane, in a script instance of their own.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bson::{Document, RawDocument, doc};
use rhai::Dynamic;

use super::clock::Clock;
use super::functions::Functions;
use super::version::ScriptVersion;
use crate::client::retry;
use crate::diag::{Diagnostic, Kind};
use crate::script::convert;
use crate::script::error::ScriptError;
use crate::script::shell::ambient::Ambient;
use crate::script::shell::mongo::Mongo;
use crate::script::{HostConfig, Interrupt, Output, Session, Stop, root_of};
use crate::stream::{Failure, LaneHandler, Left, Scope, Version as _};

/// The handlers of one lane.
pub struct ScriptLane {
    session: Session,
    functions: Arc<Functions>,
    /// The fields of events that are looked at; nothing for all.
    fields: Arc<Option<HashSet<String>>>,
    /// The file's name in messages.
    source: String,
    ambient: Rc<Ambient>,
    /// The connection that the scopes' sessions belong to.
    mongo: Mongo,
    /// Stops a handler that takes too long; nothing where it may.
    clock: Option<Clock>,
    /// Whether a call failed in the scope.
    failed: bool,
    /// How this is stopped from outside.
    stopping: Arc<AtomicBool>,
    interrupt: Interrupt,
    /// What `onStart` and `onStop` are given.
    stream: Document,
}

impl ScriptLane {
    /// Runs the top level of a version.
    pub(super) fn new(
        version: &ScriptVersion,
        lane: u32,
        interrupt: Interrupt,
    ) -> Result<Self, Box<Diagnostic>> {
        let config = &version.config;
        let spec = version.spec();
        // What the top level prints is shown once, whatever the number of lanes.
        let output = Rc::new(FirstLane {
            inner: (config.output)(&spec.id),
            muted: Cell::new(lane > 0),
        });
        let host = HostConfig {
            interrupt: interrupt.clone(),
            uri: Some(config.cluster.uri().to_string()),
            cluster: Some(config.cluster.clone()),
            database: Some(spec.database.clone()),
            root: root_of(&config.file),
            snapshot: version.snapshot.clone(),
            ..HostConfig::new(config.runtime.clone(), output.clone())
        };
        let mut session = Session::new(host, config.limits);
        let mongo = Mongo::of(session.host());
        let _ = session.run_file(&config.file)?;
        output.muted.set(false);
        let ambient = session.host().slot(Ambient::default);
        ambient.know(version.holdable.clone());
        let watch: Vec<String> = spec.watch.iter().map(ToString::to_string).collect();
        Ok(Self {
            ambient,
            mongo,
            session,
            functions: version.functions.clone(),
            fields: version.fields.clone(),
            clock: spec
                .timeout
                .map(|limit| Clock::new(&config.runtime, limit, interrupt.clone())),
            failed: false,
            stopping: version.stopping.clone(),
            interrupt,
            source: config.file.display().to_string(),
            stream: doc! {
                "id": &spec.id,
                "watch": watch,
                "database": &spec.database,
                "generation": version.generation(),
                "lane": i64::from(lane),
                "lanes": i64::from(spec.lanes),
                "timeout": spec.timeout.map(|limit| format!("{limit:?}")),
            },
        })
    }

    fn call(&mut self, function: &str, args: Vec<Dynamic>) -> Result<(), Failure> {
        let result = self.session.call(&self.source, function, args);
        let result = match self.ambient.failure() {
            Some(error) => Err(failure_of(&error)),
            None => result.map(drop).map_err(failure),
        };
        self.failed |= result.is_err();
        result
    }

    /// Stops the clock; says whether the event took too long.
    fn is_late(&self) -> bool {
        let late = self.clock.as_ref().is_some_and(Clock::stop);
        if late && self.stopping.load(Ordering::SeqCst) {
            // It was told to stop at the same moment, and stays so.
            self.interrupt.raise(Stop::Shutdown);
        }
        late
    }

    fn late(&self, mut failure: Failure) -> Failure {
        let limit = self.stream.get_str("timeout").unwrap_or_default();
        failure.diagnostic.message = format!("the handler took longer than {limit} over one event");
        failure.diagnostic.kind = Kind::Script;
        failure.transient = false;
        failure.diagnostic = failure
            .diagnostic
            .hint("`timeout` in STREAM says how long it may take");
        failure
    }

    /// The event as the handlers see it: with the fields that one of them may look at.
    fn change(&self, event: &RawDocument) -> Result<Dynamic, Failure> {
        let change = match &*self.fields {
            None => convert::document(event),
            Some(fields) => convert::document_of(event, |name| fields.contains(name)),
        };
        let change = change.map_err(|e| {
            let message = format!("the event cannot be read: {e}");
            failure(Diagnostic::new(Kind::Script, message))
        })?;
        Ok(Dynamic::from(change))
    }

    fn tell_stream(&mut self, function: Option<&'static str>) -> Result<(), Failure> {
        match function {
            None => Ok(()),
            Some(function) => {
                let stream = convert::document_from(self.stream.clone());
                self.call(function, vec![Dynamic::from(stream)])
            }
        }
    }
}

impl LaneHandler for ScriptLane {
    fn start(&mut self) -> Result<(), Failure> {
        self.tell_stream(self.functions.start)
    }

    fn enter(&mut self, scope: Scope) {
        self.failed = false;
        let mongo = self.mongo.clone();
        self.ambient
            .enter(self.session.host(), mongo, scope.transaction, scope.hold);
    }

    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure> {
        let operation = event.get_str("operationType").unwrap_or_default();
        let functions = self.functions.clone();
        let Some(function) = functions.of(operation) else {
            return Ok(());
        };
        let change = self.change(event)?;
        if let Some(clock) = &self.clock {
            clock.start();
        }
        let result = self.call(function, vec![change]);
        if self.is_late() {
            return result.map_err(|failure| self.late(failure));
        }
        result
    }

    fn leave(&mut self) -> Left {
        // What a failed batch did is undone, where it is in a transaction.
        let failed = std::mem::take(&mut self.failed);
        let gone = self.ambient.leave(self.session.host(), failed);
        Left {
            transaction: gone.session,
            used: gone.used,
            replaced: gone.replaced,
            result: gone.failure.map_or(Ok(()), |error| Err(failure_of(&error))),
        }
    }

    fn failed(&mut self, event: &RawDocument, failure: &Failure) -> Result<(), Failure> {
        let Some(function) = self.functions.error else {
            return Ok(());
        };
        let error = Dynamic::from(thrown(&failure.diagnostic));
        let change = self.change(event)?;
        self.call(function, vec![change, error])
    }

    fn stop(&mut self) -> Result<(), Failure> {
        self.tell_stream(self.functions.stop)
    }
}

/// Output that is held down for a while.
struct FirstLane {
    inner: Rc<dyn Output>,
    muted: Cell<bool>,
}

impl Output for FirstLane {
    fn line(&self, text: &str) {
        if !self.muted.get() {
            self.inner.line(text);
        }
    }

    fn warn(&self, text: &str) {
        if !self.muted.get() {
            self.inner.warn(text);
        }
    }

    fn color(&self) -> bool {
        self.inner.color()
    }
}

fn failure(diagnostic: Diagnostic) -> Failure {
    let transient = diagnostic.kind == Kind::Unavailable
        || diagnostic.code.is_some_and(retry::is_transient_code);
    Failure {
        diagnostic,
        transient,
    }
}

/// The failure of a scope as a whole.
fn failure_of(error: &ScriptError) -> Failure {
    let kind = if error.unavailable {
        Kind::Unavailable
    } else {
        Kind::Script
    };
    let mut diagnostic = Diagnostic::new(kind, error.message.clone())
        .server_code(error.code, error.code_name.clone());
    diagnostic.hints.clone_from(&error.hints);
    let labelled = error
        .labels
        .iter()
        .any(|label| label == "TransientTransactionError");
    let mut failure = failure(diagnostic);
    failure.transient |= labelled;
    failure
}

/// The error that `onError` is given.
fn thrown(diagnostic: &Diagnostic) -> ScriptError {
    let mut error = ScriptError::new("Error", diagnostic.message.clone());
    error.code = diagnostic.code;
    error.code_name.clone_from(&diagnostic.code_name);
    if let Some(at) = &diagnostic.excerpt {
        let place = format!("{}:{}:{}", at.source, at.line, at.column);
        error.details = Some(doc! { "at": place });
    }
    error
}
