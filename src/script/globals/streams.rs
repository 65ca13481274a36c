//! `attach`, `detach`, `streams` and `watch`: streams in a shell or a script.

use std::path::Path;
use std::rc::Rc;

use bson::Document;
use rhai::{Dynamic, Engine};

use crate::diag::{Diagnostic, Kind};
use crate::methods;
use crate::script::StreamHost;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static CLASS: Class = Class {
    name: "ShellApi",
    docs: "The shell's own commands.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Runs the handlers of a script file on a live stream, beside this script, until it ends or
        /// `detach` is called. A document names the file and fields of its STREAM that win over those
        /// in the file.
        ///
        /// ```js no_run
        /// attach({ file: "scripts/order_notifications.rhai", watch: "ecommerce.orders", lanes: 4 })
        /// ```
        attach("file") => attach;
        /// Ends a stream that this program runs, once it has finished what it is at. Says whether there
        /// was one.
        ///
        /// ```js
        /// detach("no such stream")
        /// ```
        detach("id") => detach;
        /// What each stream that this program runs is at.
        ///
        /// ```js
        /// streams().map(s => s.id)
        /// ```
        streams("") => streams;
        /// Calls a function with every change of a collection or a database, until it returns false
        /// or Ctrl-C is pressed. Options are those of db.collection.watch(). Returns how many changes
        /// there were.
        ///
        /// ```js
        /// let since = db.runCommand({ ping: 1 }).operationTime;
        /// db.orders.insertOne({ total: 5 });
        /// watch(db.orders, (change) => { print(change.ns); return change.operationType != "insert" }, { startAtOperationTime: since })
        /// ```
        watch("target, handler, options?") => watch;
    },
};

/// Registers them.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
}

fn attach(call: &mut Call<'_>) -> Outcome {
    let mut fields = match call.string(0) {
        Ok(file) => bson::doc! { "file": file },
        Err(_) => call.document(0)?,
    };
    let Ok(file) = fields.get_str("file").map(String::from) else {
        return Err(call.expected(0, "a file's name, or a document with the field `file`"));
    };
    fields.insert("file", beside(call, &file));
    let status = host_of(call)?.attach(&fields).map_err(|d| thrown(&d))?;
    Ok(Dynamic::from(document_from(status)))
}

/// A file relative to the script that names it, where it is there.
fn beside(call: &Call<'_>, file: &str) -> String {
    let folder = call.ctx.call_source().map(Path::new).and_then(Path::parent);
    match folder.map(|folder| folder.join(file)) {
        Some(path) if path.is_file() => path.display().to_string(),
        _ => file.to_string(),
    }
}

fn detach(call: &mut Call<'_>) -> Outcome {
    let id = call.string(0)?;
    match call.host.streams() {
        None => Ok(false.into()),
        Some(host) => Ok(host.detach(&id).map_err(|d| thrown(&d))?.into()),
    }
}

fn streams(call: &mut Call<'_>) -> Outcome {
    let all: Vec<Document> = match call.host.streams() {
        None => Vec::new(),
        Some(host) => host.streams().map_err(|d| thrown(&d))?,
    };
    let all = all.into_iter().map(|s| Dynamic::from(document_from(s)));
    Ok(all.collect::<rhai::Array>().into())
}

fn host_of<'a>(call: &'a Call<'_>) -> Result<&'a dyn StreamHost, Fault> {
    call.host.streams().ok_or_else(|| {
        ScriptError::unsupported("no stream can be attached here")
            .hint("a script that `rhaiver run` or the shell runs can, a handler cannot")
            .into()
    })
}

/// A failure as a script catches it.
fn thrown(diagnostic: &Diagnostic) -> ScriptError {
    let mut error = ScriptError::new("StreamError", diagnostic.message.clone());
    if let Some(at) = &diagnostic.excerpt {
        error.message = format!(
            "{} ({}:{}:{})",
            error.message, at.source, at.line, at.column
        );
    }
    error.code = diagnostic.code;
    error.code_name.clone_from(&diagnostic.code_name);
    error.hints.clone_from(&diagnostic.hints);
    error.unavailable = diagnostic.kind == Kind::Unavailable;
    error
}

/// Collections, databases and connections have their own `watch`, which takes a function too; this
/// is for other values.
fn watch(call: &mut Call<'_>) -> Outcome {
    Err(call.expected(0, "a collection or a database"))
}
