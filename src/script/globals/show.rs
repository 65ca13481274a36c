//! `show dbs`, `show collections` and their like, in mongosh's layouts.
//!
//! They print themselves, so that a pasted `show dbs` works in files too.

use std::any::TypeId;
use std::fmt::Write as _;
use std::rc::Rc;

use bson::{Bson, Document, doc};
use rhai::{Array, Dynamic, Engine};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::{document_from, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect;
use crate::script::shell::database::Db;
use crate::script::shell::mongo::Mongo;
use crate::script::shell::target::{CursorOptions, Target};
use crate::value::js::to_fixed;

static CLASS: Class = Class {
    name: "ShellApi",
    docs: "The shell's own commands.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Prints what there is: dbs, collections, users, roles, profile, logs, or log and a log's name;
        /// `show dbs` alone on a line does the same.
        ///
        /// ```js
        /// show("collections")
        /// ```
        show("what, name?") => show;
    },
};

static MONGO: Class = Class {
    name: "Mongo",
    docs: "A connection.",
    receiver: Receiver::Value(TypeId::of::<Mongo>),
    methods: methods! {
        /// Prints what there is on this connection, as the global `show` does.
        ///
        /// ```js
        /// db.getMongo().show("dbs")
        /// ```
        show("what, name?") => show_of_connection;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    api::register(engine, host, &MONGO);
}

fn show(call: &mut Call<'_>) -> Outcome {
    show_in(call, &Db::current(call.host).target())
}

fn show_of_connection(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    let database = Db::current(call.host).name();
    show_in(
        call,
        &Target {
            mongo,
            database,
            session: None,
        },
    )
}

fn show_in(call: &Call<'_>, db: &Target) -> Outcome {
    let what = call.string(0)?;
    let host = call.host;
    let text = match what.as_str() {
        "dbs" | "databases" => databases(host, db)?,
        "collections" | "tables" => collections(host, db)?,
        "profile" => profile(host, db)?,
        "users" => list(host, db, doc! { "usersInfo": 1 }, "users")?,
        "roles" => list(
            host,
            db,
            doc! { "rolesInfo": 1, "showBuiltinRoles": true },
            "roles",
        )?,
        "log" => {
            let name = call.opt_string(1)?.unwrap_or_else(|| "global".into());
            list(host, &db.sibling("admin"), doc! { "getLog": name }, "log")?
        }
        "logs" => list(host, &db.sibling("admin"), doc! { "getLog": "*" }, "names")?,
        "startupWarnings" => {
            let command = doc! { "getLog": "startupWarnings" };
            list(host, &db.sibling("admin"), command, "log")?
        }
        other => {
            return Err(ScriptError::argument(format!(
                "[COMMON-10001] '{other}' is not a valid argument for \"show\"."
            ))
            .hint("show dbs, collections, users, roles, profile, logs, log")
            .into());
        }
    };
    if !text.is_empty() {
        host.output().line(&text);
    }
    Ok(Dynamic::UNIT)
}

fn databases(host: &Host, db: &Target) -> Result<String, Fault> {
    let reply = db
        .sibling("admin")
        .read(host, doc! { "listDatabases": 1 })?;
    let rows = reply.get_array("databases")?.iter().filter_map(|entry| {
        let entry = entry.as_document()?;
        let size = entry.get("sizeOnDisk").map_or(0.0, number);
        Some([entry.get_str("name").ok()?.to_string(), bytes(size)])
    });
    Ok(table(rows.collect(), true))
}

#[allow(clippy::cast_precision_loss)] // for people
fn number(value: &Bson) -> f64 {
    match value {
        Bson::Int32(n) => f64::from(*n),
        Bson::Int64(n) => *n as f64,
        Bson::Double(n) => *n,
        _ => 0.0,
    }
}

/// A size in the largest unit that keeps it above 1.
fn bytes(size: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut shown, mut unit) = (size, 0);
    while shown >= 1024.0 && unit + 1 < UNITS.len() {
        (shown, unit) = (shown / 1024.0, unit + 1);
    }
    let decimals = if size <= 1000.0 { 0 } else { 2 };
    let digits = to_fixed(shown, decimals).unwrap_or_default();
    format!("{digits} {}", UNITS[unit])
}

fn collections(host: &Host, db: &Target) -> Result<String, Fault> {
    let command = doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true };
    let mut cursor = db.cursor(host, command, &CursorOptions::default())?;
    let mut rows = Vec::new();
    while let Some(entry) = cursor.next(host)? {
        let entry = Document::try_from(entry.as_ref())?;
        let badge = match entry.get_str("type") {
            Ok("timeseries") => "[time-series]",
            Ok("view") => "[view]",
            _ => "",
        };
        rows.push([entry.get_str("name")?.to_string(), badge.to_string()]);
    }
    let is_system =
        |row: &[String; 2]| row[0].starts_with("system.") || row[0].starts_with("enxcol_.");
    rows.sort_by_cached_key(|row| (is_system(row), row[0].to_lowercase(), row[0].clone()));
    Ok(table(rows, false))
}

/// Two columns, the second one at the right edge where it holds numbers.
fn table(rows: Vec<[String; 2]>, right: bool) -> String {
    let width = |i: usize| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let line = |[a, b]: &[String; 2]| {
        let line = match right {
            true => format!("{a:first$}  {b:>second$}"),
            false => format!("{a:first$}  {b:second$}"),
        };
        line.trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The array of a reply, as a result is shown.
fn list(host: &Rc<Host>, db: &Target, command: Document, field: &str) -> Result<String, Fault> {
    let mut reply = db.read(host, command)?;
    let found = match reply.remove(field) {
        Some(Bson::Array(items)) => items,
        _ => Vec::new(),
    };
    let items: Array = found.into_iter().map(value_from).collect();
    inspect::printed(host, &items.into())
}

fn profile(host: &Host, db: &Target) -> Result<String, Fault> {
    let find = doc! {
        "find": "system.profile",
        "filter": { "millis": { "$gt": 0 } },
        "sort": { "$natural": -1 },
        "limit": 5,
    };
    let count = db.read(host, doc! { "count": "system.profile" })?;
    if count.get("n").map_or(0.0, number) == 0.0 {
        return Ok("db.system.profile is empty.\n\
             Use db.setProfilingLevel(2) will enable profiling.\n\
             Use db.getCollection('system.profile').find() to show raw profile entries."
            .into());
    }
    let mut cursor = db.cursor(host, find, &CursorOptions::default())?;
    let mut entries = Vec::new();
    while let Some(entry) = cursor.next(host)? {
        entries.push(profiled(Document::try_from(entry.as_ref())?));
    }
    Ok(entries.join("\n"))
}

/// An operation: what, where, how long and when; then the other fields in one line.
fn profiled(entry: Document) -> String {
    let text = |key: &str| match entry.get(key) {
        Some(Bson::String(text)) => text.clone(),
        Some(Bson::DateTime(at)) => {
            let at = crate::value::Date::from(*at);
            at.to_js_string(&jiff::tz::TimeZone::system())[..24].to_string()
        }
        Some(other) => other.to_string(),
        None => "undefined".into(),
    };
    let mut out = format!(
        "{}\t{} {}ms {}\n",
        text("op"),
        text("ns"),
        text("millis"),
        text("ts")
    );
    for (key, value) in &document_from(entry.clone()).iter().collect::<Vec<_>>() {
        if ["op", "ns", "millis", "ts"].contains(&key.as_str()) {
            continue;
        }
        let _ = match value.as_bool() {
            Ok(_) => write!(out, "{key} "),
            Err(_) => write!(out, "{key}:{} ", inspect::for_print(value)),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bytes, table};

    #[test]
    fn sizes() {
        for (size, want) in [
            (0.0, "0 B"),
            (1000.0, "1000 B"),
            (1001.0, "1001.00 B"),
            (94208.0, "92.00 KiB"),
            (57_344.0, "56.00 KiB"),
            (3e9, "2.79 GiB"),
        ] {
            assert_eq!(bytes(size), want);
        }
    }

    #[test]
    fn columns() {
        let rows = || {
            vec![
                ["admin".into(), "92.00 KiB".into()],
                ["c".into(), "100.00 KiB".into()],
            ]
        };
        assert_eq!(table(rows(), true), "admin   92.00 KiB\nc      100.00 KiB");
        let rows = vec![
            ["ts".into(), "[time-series]".into()],
            ["c".into(), String::new()],
        ];
        assert_eq!(table(rows, false), "ts  [time-series]\nc");
    }

    #[test]
    fn what_cannot_be_shown() {
        let text = super::super::tests::printed("show nothing");
        assert_eq!(
            text,
            "error: [COMMON-10001] 'nothing' is not a valid argument for \"show\"."
        );
    }
}
