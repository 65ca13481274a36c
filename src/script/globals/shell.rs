//! The shell's own commands: `use`, `sleep`, `quit`, `assert`, `connect` and their like.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Module, Position};

use super::js::convert::truthy;
use super::js::equality::equal;
use mongodb::options::Credential;

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, RhaiError, ScriptError};
use crate::script::host::Host;
use crate::script::inspect;
use crate::script::shell::database::{Db, check_database_name, current_name};
use crate::script::shell::mongo::Mongo;
use crate::script::shell::target::Target;

static CLASS: Class = Class {
    name: "ShellApi",
    docs: "The shell's own commands.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Makes another database the one that `db` means; `use shop` alone on a line does the same.
        ///
        /// ```js
        /// use("shop")
        /// ```
        use("name") => use_name;
        /// Waits for some milliseconds.
        ///
        /// ```js
        /// sleep(10)
        /// ```
        sleep("ms") => sleep;
        /// Ends the program with an exit code.
        ///
        /// ```js no_run
        /// quit(1)
        /// ```
        quit("code?") => quit;
        /// Ends the program with an exit code.
        ///
        /// ```js no_run
        /// exit(1)
        /// ```
        exit("code?") => quit;
        /// Throws an error unless a condition holds.
        ///
        /// ```js
        /// assert(1 + 1 == 2, "numbers are broken")
        /// ```
        assert("condition, message?") => assert;
        /// Throws an error that shows both values, unless they are equal.
        ///
        /// ```js
        /// assert_eq([1, 2].map(n => n * 2), [2, 4])
        /// ```
        assert_eq("actual, expected, message?") => assert_eq;
        /// The version of this program.
        ///
        /// ```js
        /// version()
        /// ```
        version("") => version;
        /// The name of this computer.
        ///
        /// ```js
        /// hostname()
        /// ```
        hostname("") => hostname;
        /// The value of an environment variable; undefined where it is not set.
        ///
        /// ```js
        /// env("HOME")
        /// ```
        env("name") => env;
        /// Whether a person sits at a prompt.
        ///
        /// ```js
        /// isInteractive()
        /// ```
        isInteractive("") => is_interactive;
        /// Clears the screen.
        ///
        /// ```js
        /// cls()
        /// ```
        cls("") => cls;
        /// Asks the person at the prompt for a password.
        ///
        /// ```js no_run
        /// db.createUser({ user: "ada", pwd: passwordPrompt(), roles: [] })
        /// ```
        passwordPrompt("") => password_prompt;
        /// Connects to another server and returns its database.
        ///
        /// ```js no_run
        /// const other = connect("mongodb://localhost:27018/shop")
        /// ```
        connect("uri, user?, password?") => connect;
        /// A connection to another server.
        ///
        /// ```js no_run
        /// const other = new Mongo("mongodb://localhost:27018").getDB("shop")
        /// ```
        Mongo("uri?") => mongo;
        /// The hash that a hashed index has for a value.
        ///
        /// ```js
        /// convertShardKeyToHashed("abc")
        /// ```
        convertShardKeyToHashed("value") => convert_shard_key_to_hashed;
    },
};

/// Registers the commands, the operator behind `db = …`, and `args`.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    // Rhai has a `sleep` of its own for exactly these types, which nothing could interrupt.
    let sleeping = host.clone();
    engine.register_fn("sleep", move |ms: i64| wait(&sleeping, ms as f64));
    let sleeping = host.clone();
    engine.register_fn("sleep", move |ms: f64| wait(&sleeping, ms));
    let switching = host.clone();
    engine.register_fn("use_database", move |_: Dynamic, value: Dynamic| {
        assign_db(&switching, &value)
    });
    let args: Array = host.args().iter().map(|a| a.clone().into()).collect();
    let mut module = Module::new();
    module.set_var("args", args);
    engine.register_global_module(module.into());
}

fn use_name(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_database_name(&name)?;
    let already = current_name(call.host) == name;
    call.host.use_database(&name);
    Ok(match already {
        true => format!("already on db {name}"),
        false => format!("switched to db {name}"),
    }
    .into())
}

/// `db = value`: as `use`, on the value's own connection.
fn assign_db(host: &Rc<Host>, value: &Dynamic) -> Result<Dynamic, RhaiError> {
    let Some(db) = value.read_lock::<Db>() else {
        let got = api::type_in_words(value);
        let message = format!("Cannot reassign 'db' to non-Database type (got {got})");
        return Err(ScriptError::argument(message).into_rhai(Position::NONE));
    };
    db.target().mongo.make_current(host);
    host.use_database(&db.name());
    Ok(value.clone())
}

fn wait(host: &Host, ms: f64) -> Result<(), RhaiError> {
    let time = Duration::try_from_secs_f64(ms.max(0.0) / 1000.0).unwrap_or(Duration::MAX);
    let sleep = async { tokio::time::sleep(time).await };
    host.wait(sleep).map_err(|e| e.into_rhai(Position::NONE))
}

fn sleep(call: &mut Call<'_>) -> Outcome {
    wait(call.host, call.float(0)?)?;
    Ok(Dynamic::UNIT)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // what a process can return
fn quit(call: &mut Call<'_>) -> Outcome {
    let code = call.opt_int(0)?.unwrap_or(0);
    call.host.quit(code as u8);
    let token = Dynamic::from("quit");
    Err(Fault::Rhai(Box::new(EvalAltResult::ErrorTerminated(
        token,
        Position::NONE,
    ))))
}

fn assert(call: &mut Call<'_>) -> Outcome {
    match truthy(&call.arg(0)) {
        true => Ok(Dynamic::UNIT),
        false => Err(failed(call, 1, || "the condition does not hold".into())),
    }
}

fn assert_eq(call: &mut Call<'_>) -> Outcome {
    let (actual, expected) = (call.arg(0), call.arg(1));
    if equal(&actual, &expected) {
        return Ok(Dynamic::UNIT);
    }
    Err(failed(call, 2, || {
        let (actual, expected) = (inspect::one_line(&actual), inspect::one_line(&expected));
        format!("the values are not equal\n    actual: {actual}\n  expected: {expected}")
    }))
}

/// The error of an assertion: with the caller's message, which may be an error to throw itself.
fn failed(call: &Call<'_>, message: usize, default: impl FnOnce() -> String) -> Fault {
    let given = call.given(message);
    if let Some(error) = given.as_ref().and_then(|e| e.read_lock::<ScriptError>()) {
        return Fault::Script(Box::new(error.clone()));
    }
    let message = given.map_or_else(default, |text| inspect::for_print(&text));
    ScriptError::new("AssertionError", message).into()
}

fn version(_: &mut Call<'_>) -> Outcome {
    Ok(env!("CARGO_PKG_VERSION").into())
}

fn hostname(_: &mut Call<'_>) -> Outcome {
    let file = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = || std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME"));
    let program = || {
        let output = std::process::Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let name = file.or_else(|| variable().ok()).or_else(program);
    Ok(name.unwrap_or_else(|| "localhost".into()).trim().into())
}

fn env(call: &mut Call<'_>) -> Outcome {
    let value = std::env::var(call.string(0)?).ok();
    Ok(value.map_or(Dynamic::UNIT, Into::into))
}

fn is_interactive(call: &mut Call<'_>) -> Outcome {
    Ok(call.host.interactive().into())
}

fn cls(call: &mut Call<'_>) -> Outcome {
    if call.host.interactive() {
        call.host.output().line("\u{1b}[H\u{1b}[2J");
    }
    Ok(Dynamic::UNIT)
}

fn password_prompt(call: &mut Call<'_>) -> Outcome {
    if !call.host.interactive() {
        let error = ScriptError::unsupported("passwordPrompt() needs a person at a prompt");
        return Err(error.hint("pass the password by env(\"NAME\")").into());
    }
    let mut editor = rustyline::Editor::<Masked, rustyline::history::DefaultHistory>::new()
        .map_err(|e| ScriptError::new("Error", e.to_string()))?;
    editor.set_helper(Some(Masked));
    match editor.readline("Enter password: ") {
        Ok(password) => Ok(password.into()),
        Err(_) => Err(ScriptError::new("Error", "no password was entered").into()),
    }
}

/// Shows a star for each character.
#[derive(
    rustyline::Completer, rustyline::Helper, rustyline::Hinter, rustyline::Validator, Clone, Copy,
)]
struct Masked;

impl rustyline::highlight::Highlighter for Masked {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> std::borrow::Cow<'l, str> {
        "*".repeat(line.chars().count()).into()
    }

    fn highlight_char(&self, _: &str, _: usize, _: rustyline::highlight::CmdKind) -> bool {
        true
    }
}

/// mongosh takes a connection string without its scheme too.
fn full_uri(given: Option<String>) -> String {
    match given {
        None => "mongodb://localhost:27017".into(),
        Some(uri) if uri.contains("://") => uri,
        Some(address) if address.contains([':', '.', '/']) => format!("mongodb://{address}"),
        Some(database) => format!("mongodb://localhost:27017/{database}"),
    }
}

fn connect(call: &mut Call<'_>) -> Outcome {
    let uri = full_uri(Some(call.string(0)?));
    let path = uri.split_once("://").map_or("", |(_, rest)| rest);
    let path = path.split('?').next().unwrap_or_default();
    let database = path.split_once('/').map(|(_, name)| name);
    let database = database.filter(|name| !name.is_empty()).unwrap_or("test");
    let mongo = Mongo::new(Some(uri.clone()));
    match call.opt_string(1)? {
        None => drop(mongo.cluster(call.host)?),
        Some(user) => {
            let password = call.string(2)?;
            let credential = Credential::builder().username(user).password(password);
            mongo.log_in(call.host, credential.build())?;
        }
    }
    Ok(Dynamic::from(Db::new(Target {
        mongo,
        database: database.into(),
        session: None,
    })))
}

fn mongo(call: &mut Call<'_>) -> Outcome {
    let mongo = Mongo::new(Some(full_uri(call.opt_string(0)?)));
    mongo.cluster(call.host)?;
    Ok(Dynamic::from(mongo))
}

/// The server computes it, on a document of no collection.
fn convert_shard_key_to_hashed(call: &mut Call<'_>) -> Outcome {
    let literal = bson::doc! { "$toHashedIndexKey": { "$literal": call.bson(0)? } };
    let command = bson::doc! {
        "aggregate": 1,
        "pipeline": [
            { "$documents": [{}] },
            { "$project": { "_id": literal } },
        ],
        "cursor": {},
    };
    let target = Db::target_named(call.host, "admin");
    let reply = target.read(call.host, command)?;
    let first = reply
        .get_document("cursor")
        .and_then(|cursor| cursor.get_array("firstBatch"))?
        .first()
        .and_then(|document| document.as_document()?.get("_id").cloned());
    Ok(first.map_or(Dynamic::UNIT, crate::script::convert::value_from))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{session, table};

    #[test]
    fn commands() {
        table(&[
            (
                "print(use(\"shop\"), db.getName(), use(\"shop\"))",
                "switched to db shop shop already on db shop",
            ),
            ("use shop\nprint(db.getName())", "shop"),
            (
                "db = db.getSiblingDB(\"other\"); print(db.getName())",
                "other",
            ),
            (
                "db = 5",
                "error: Cannot reassign 'db' to non-Database type (got number)",
            ),
            ("print(args)", "[ 'first', 'second' ]"),
            ("fn f() { args.len() } print(f())", "2"),
            (
                "assert(true); assert(1); assert(\"x\"); print(\"ok\")",
                "ok",
            ),
            (
                "try { assert(false, \"m\") } catch (e) { print(e.name, e.message) }",
                "AssertionError m",
            ),
            ("assert(0)", "error: the condition does not hold"),
            (
                "assert_eq(1, 1.0); assert_eq({a: [1]}, {a: [1]}); print(\"ok\")",
                "ok",
            ),
            (
                "assert_eq({a: 1}, {a: 2})",
                "error: the values are not equal\n    actual: { a: 1 }\n  expected: { a: 2 }",
            ),
            ("sleep(1); sleep(0.5); print(sleep(1) == undefined)", "true"),
            (
                "sleep(\"x\")",
                "error: expected a number for the ms, got string",
            ),
            (
                "print(isInteractive(), version().len() > 0, hostname().len() > 0, env(\"no such variable\") == undefined)",
                "false true true true",
            ),
        ]);
    }

    #[test]
    fn quitting_ends_the_script_with_a_code() {
        let (mut session, output) = session();
        let result = session.run(
            "<test>",
            "print(1); try { quit(3) } catch { print(2) } print(3)",
        );
        assert!(result.is_err());
        assert_eq!(session.host().exit_code(), Some(3));
        assert_eq!(output.text(), "1\n");
    }
}
