//! [`ScriptLane`]: the handlers of one lane, in a script instance of their own.

use std::rc::Rc;
use std::sync::Arc;

use bson::{Document, RawDocument, doc};
use rhai::Dynamic;

use super::functions::Functions;
use super::version::ScriptVersion;
use crate::client::retry;
use crate::diag::{Diagnostic, Kind};
use crate::script::convert;
use crate::script::error::ScriptError;
use crate::script::shell::ambient::Ambient;
use crate::script::shell::mongo::Mongo;
use crate::script::{HostConfig, Interrupt, Session, root_of};
use crate::stream::{Failure, LaneHandler, Left, Scope, Version as _};

/// The handlers of one lane.
pub struct ScriptLane {
    session: Session,
    functions: Arc<Functions>,
    /// The file's name in messages.
    source: String,
    ambient: Rc<Ambient>,
    /// The connection that the scopes' sessions belong to.
    mongo: Mongo,
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
        let host = HostConfig {
            interrupt,
            uri: Some(config.cluster.uri().to_string()),
            cluster: Some(config.cluster.clone()),
            database: Some(spec.database.clone()),
            root: root_of(&config.file),
            snapshot: version.snapshot.clone(),
            ..HostConfig::new(config.runtime.clone(), (config.output)(&spec.id))
        };
        let mut session = Session::new(host, config.limits);
        let mongo = Mongo::of(session.host());
        let _ = session.run_file(&config.file)?;
        let ambient = session.host().slot(Ambient::default);
        ambient.know(version.holdable.clone());
        let watch: Vec<String> = spec.watch.iter().map(ToString::to_string).collect();
        Ok(Self {
            ambient,
            mongo,
            session,
            functions: version.functions.clone(),
            source: config.file.display().to_string(),
            stream: doc! {
                "id": &spec.id,
                "watch": watch,
                "database": &spec.database,
                "generation": version.generation(),
                "lane": i64::from(lane),
                "lanes": i64::from(spec.lanes),
            },
        })
    }

    fn call(&mut self, function: &str, args: Vec<Dynamic>) -> Result<(), Failure> {
        let result = self.session.call(&self.source, function, args);
        if let Some(error) = self.ambient.failure() {
            return Err(failure_of(&error));
        }
        result.map(drop).map_err(failure)
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
        let change = change(event)?;
        self.call(function, vec![change])
    }

    fn leave(&mut self) -> Left {
        let gone = self.ambient.leave(self.session.host());
        Left {
            transaction: gone.session,
            used: gone.used,
            result: gone.failure.map_or(Ok(()), |error| Err(failure_of(&error))),
        }
    }

    fn failed(&mut self, event: &RawDocument, failure: &Failure) -> Result<(), Failure> {
        let Some(function) = self.functions.error else {
            return Ok(());
        };
        let error = Dynamic::from(thrown(&failure.diagnostic));
        self.call(function, vec![change(event)?, error])
    }

    fn stop(&mut self) -> Result<(), Failure> {
        self.tell_stream(self.functions.stop)
    }
}

/// The event as a handler sees it.
fn change(event: &RawDocument) -> Result<Dynamic, Failure> {
    let change = convert::document(event).map_err(|e| {
        failure(Diagnostic::new(
            Kind::Script,
            format!("the event cannot be read: {e}"),
        ))
    })?;
    Ok(Dynamic::from(change))
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
