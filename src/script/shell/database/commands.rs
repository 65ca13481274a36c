//! Commands as they are: in, the server's reply out.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Db;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::cursor::read_preference;
use crate::script::shell::report::{Kind, Report};

pub(super) const METHODS: &[Method] = methods! {
    /// Runs a command, by its name or as a document, and returns the server's reply.
    ///
    /// ```js
    /// db.runCommand({ ping: 1 })
    /// ```
    runCommand("command, options?") => run_command;
    /// Runs a command on the database admin and returns the server's reply.
    ///
    /// ```js
    /// db.adminCommand({ listDatabases: 1, nameOnly: true })
    /// ```
    adminCommand("command") => admin_command;
    /// The commands that the server knows.
    ///
    /// ```js
    /// db.listCommands()
    /// ```
    listCommands("") => list_commands;
    /// What the server says a command does.
    ///
    /// ```js
    /// db.commandHelp("find")
    /// ```
    commandHelp("name") => command_help;
    /// The server's role in its replica set, its limits and its time.
    ///
    /// ```js
    /// db.hello().isWritablePrimary
    /// ```
    hello("") => hello;
    /// The same as hello, under its old name and with the old fields.
    ///
    /// ```js
    /// db.isMaster().ismaster
    /// ```
    isMaster("") => is_master;
};

fn run_command(call: &mut Call<'_>) -> Outcome {
    let command = command_document(call)?;
    let options = call.options(1, &["readPreference"])?;
    let selection = options.bson("readPreference")?;
    let selection = selection.map(read_preference::from_option).transpose()?;
    let target = call.this::<Db>()?.target();
    reply(target.command_on(call.host, command, selection)?)
}

fn admin_command(call: &mut Call<'_>) -> Outcome {
    let command = command_document(call)?;
    admin(call, command)
}

/// A command as a document, or as the name of one that takes none.
fn command_document(call: &Call<'_>) -> Result<Document, Fault> {
    let mut command = match call.arg(0).into_string() {
        Ok(name) => return Ok(doc! { name: 1 }),
        Err(_) => call.ordered(0)?,
    };
    if command.contains_key("replSetResizeOplog") {
        // The server insists on doubles here; mongosh makes them.
        for field in ["size", "minRetentionHours"] {
            if let Some(Bson::Int32(n)) = command.get(field) {
                command.insert(field, f64::from(*n));
            }
        }
    }
    Ok(command)
}

fn list_commands(call: &mut Call<'_>) -> Outcome {
    let mut reply = read(call, doc! { "listCommands": 1 })?;
    let commands = taken(&mut reply, "commands", "listCommands")?;
    let commands = commands
        .into_iter()
        .map(|(name, c)| (name, in_new_words(c)));
    Report::outcome(Kind::Commands, commands.collect())
}

/// A command's description with `secondary` where old servers say `slave`.
fn in_new_words(mut command: Bson) -> Bson {
    let old = [
        ("slaveOk", "secondaryOk"),
        ("slaveOverrideOk", "secondaryOverrideOk"),
    ];
    if let Some(fields) = command.as_document_mut() {
        for (from, to) in old {
            if let Some(value) = fields.remove(from) {
                fields.insert(to, value);
            }
        }
    }
    command
}

fn taken(reply: &mut Document, field: &str, command: &str) -> Result<Document, Fault> {
    match reply.remove(field) {
        Some(Bson::Document(found)) => Ok(found),
        _ => Err(no_answer(command)),
    }
}

/// The error for a reply that lacks what it is read for.
pub(super) fn no_answer(command: &str) -> Fault {
    let message = format!("Error running command {command}");
    ScriptError::new("MongoshRuntimeError", message).into()
}

fn command_help(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    let target = call.this::<Db>()?.target();
    let reply = target.command(call.host, doc! { name: 1, "help": true })?;
    match reply.get_str("help") {
        Ok(text) => Ok(text.to_string().into()),
        Err(_) => Err(no_answer("commandHelp")),
    }
}

fn hello(call: &mut Call<'_>) -> Outcome {
    reply(read(call, doc! { "hello": 1 })?)
}

fn is_master(call: &mut Call<'_>) -> Outcome {
    let mut found = read(call, doc! { "isMaster": 1 })?;
    let primary = found.get("ismaster").cloned();
    found.insert("isWritablePrimary", primary);
    reply(found)
}

/// A reply as a script gets it.
pub(super) fn reply(reply: Document) -> Outcome {
    Ok(Dynamic::from(document_from(reply)))
}

/// Sends a command to this database, where the read preference says.
pub(super) fn read(call: &Call<'_>, command: Document) -> Result<Document, Fault> {
    let target = call.this::<Db>()?.target();
    target.read_as_is(call.host, command)
}

/// Sends a command to the database admin, where the read preference says.
pub(super) fn read_admin(call: &Call<'_>, command: Document) -> Result<Document, Fault> {
    let target = call.this::<Db>()?.target().sibling("admin");
    target.read_as_is(call.host, command)
}

/// Sends a command to the database admin of the primary and returns its reply.
pub(super) fn admin(call: &Call<'_>, command: Document) -> Outcome {
    let target = call.this::<Db>()?.target().sibling("admin");
    reply(target.command(call.host, command)?)
}

/// `command` with the fields of an options document behind it.
pub(super) fn with_fields(mut command: Document, fields: &Doc) -> Result<Document, Fault> {
    command.extend(crate::script::convert::owned_document(fields)?);
    Ok(command)
}
