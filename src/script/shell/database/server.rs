//! The server behind the database: what it is and how it is doing.

use bson::doc;
use rhai::Dynamic;

use super::Db;
use super::commands::{admin, no_answer, read, read_admin, reply, with_fields};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// The server's version.
    ///
    /// ```js
    /// db.version()
    /// ```
    version("") => version;
    /// Whether the server runs on 32 or 64 bits.
    ///
    /// ```js
    /// db.serverBits()
    /// ```
    serverBits("") => server_bits;
    /// How the server was built.
    ///
    /// ```js
    /// db.serverBuildInfo().versionArray
    /// ```
    serverBuildInfo("") => server_build_info;
    /// The server's counters and state; fields say what to leave out or add.
    ///
    /// ```js
    /// db.serverStatus({ metrics: 0 }).connections
    /// ```
    serverStatus("options?") => server_status;
    /// The database's sizes and counts; a number, or `scale`, divides the sizes.
    ///
    /// ```js
    /// db.stats(1024)
    /// ```
    stats("scaleOrOptions?") => stats;
    /// The machine that the server runs on.
    ///
    /// ```js
    /// db.hostInfo().os
    /// ```
    hostInfo("") => host_info;
    /// The options that the server was started with.
    ///
    /// ```js
    /// db.serverCmdLineOpts().argv
    /// ```
    serverCmdLineOpts("") => server_cmd_line_opts;
    /// Makes the server read its certificates again.
    ///
    /// ```js no_run
    /// db.rotateCertificates("new certificates")
    /// ```
    rotateCertificates("message?") => rotate_certificates;
    /// Ends the server's process.
    ///
    /// ```js no_run
    /// db.shutdownServer({ force: true })
    /// ```
    shutdownServer("options?") => shutdown_server;
};

fn version(call: &mut Call<'_>) -> Outcome {
    build_info(call, "version")
}

fn server_bits(call: &mut Call<'_>) -> Outcome {
    build_info(call, "bits")
}

fn build_info(call: &Call<'_>, field: &str) -> Outcome {
    let mut info = read_admin(call, doc! { "buildInfo": 1 })?;
    match info.remove(field) {
        Some(value) => Ok(convert::value_from(value)),
        None => Err(no_answer("serverBuildInfo")),
    }
}

fn server_build_info(call: &mut Call<'_>) -> Outcome {
    reply(read_admin(call, doc! { "buildInfo": 1 })?)
}

fn server_status(call: &mut Call<'_>) -> Outcome {
    let command = with_fields(doc! { "serverStatus": 1 }, &call.doc_or_empty(0)?)?;
    reply(read_admin(call, command)?)
}

fn stats(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "dbStats": 1, "scale": 1 };
    let given = call.arg(0);
    if given.is_int() || given.is_float() {
        command.insert("scale", call.bson(0)?);
    } else {
        let known = ["scale", "freeStorage"];
        call.options(0, &known)?.copy_into(&mut command, &known)?;
    }
    reply(read(call, command)?)
}

fn host_info(call: &mut Call<'_>) -> Outcome {
    reply(read_admin(call, doc! { "hostInfo": 1 })?)
}

fn server_cmd_line_opts(call: &mut Call<'_>) -> Outcome {
    reply(read_admin(call, doc! { "getCmdLineOpts": 1 })?)
}

fn rotate_certificates(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "rotateCertificates": 1 };
    if let Some(message) = call.opt_string(0)? {
        command.insert("message", message);
    }
    admin(call, command)
}

fn shutdown_server(call: &mut Call<'_>) -> Outcome {
    const KNOWN: &[&str] = &["force", "timeoutSecs", "comment", "quiesceTimeMillis"];
    let mut command = doc! { "shutdown": 1 };
    call.options(0, KNOWN)?.copy_into(&mut command, KNOWN)?;
    let target = call.this::<Db>()?.target().sibling("admin");
    let reply = target.command(call.host, command)?;
    Ok(Dynamic::from(convert::document_from(reply)))
}
