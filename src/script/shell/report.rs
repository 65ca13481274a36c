//! [`Report`]: a result that is shown as a text of its own, as mongosh's `CommandResult`.
//!
//! A script reads it as `{ type, value }`.

use std::rc::Rc;

use bson::Document;
use rhai::{Array, Dynamic, Engine};

use crate::script::Doc;
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::{Node, Style, inspect as lay_out};

/// What kind of text it is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heading and a value each.
    Stats,
    /// Commands with their marks and help texts.
    Commands,
}

/// A result with a text of its own.
#[derive(Clone)]
pub struct Report {
    kind: Kind,
    value: Doc,
}

impl Report {
    /// The report as a method returns it.
    ///
    /// # Errors
    /// Never.
    pub fn outcome(kind: Kind, value: Document) -> Outcome {
        let value = document_from(value);
        Ok(Dynamic::from(Self { kind, value }))
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Stats => "StatsResult",
            Kind::Commands => "ListCommandsResult",
        }
    }
}

/// Makes reports readable and printable.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Report>("CommandResult");
    engine.register_get("type", |report: &mut Report| report.name());
    engine.register_get("value", |report: &mut Report| report.value.clone());
    inspect::register::<Report>();
}

impl Shown for Report {
    fn node(&self) -> Node {
        inspect::node(&Dynamic::from(self.value.clone()))
    }

    fn text(&self, _: &Rc<Host>, style: &Style) -> Result<String, Fault> {
        Ok(match self.kind {
            Kind::Stats => stats(&self.value, style),
            Kind::Commands => commands(&self.value),
        })
    }
}

fn stats(value: &Doc, style: &Style) -> String {
    let parts = value.iter().map(|(heading, value)| {
        let text = lay_out(&inspect::node(value), style);
        format!("{heading}\n{text}")
    });
    parts.collect::<Vec<_>>().join("\n---\n")
}

fn commands(value: &Doc) -> String {
    let parts = value.iter().filter_map(|(name, command)| {
        let command = command.read_lock::<Doc>()?;
        Some(described(name, &command))
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

fn described(name: &str, command: &Doc) -> String {
    let mut text = format!("{name}: ");
    for (mark, on) in command.iter() {
        if on.as_bool() == Ok(true) {
            text += &format!(" {mark}");
        }
    }
    let help = command.get("help").map(Dynamic::to_string);
    if let Some(help) = help.filter(|h| !h.is_empty()) {
        text += &format!("\n{help}");
    }
    let versions = [
        ("apiVersions", "API Versions"),
        ("deprecatedApiVersions", "Deprecated API Versions"),
    ];
    for (field, heading) in versions {
        let found = command.get(field).and_then(|v| v.read_lock::<Array>());
        let found = found.map(|v| v.iter().map(Dynamic::to_string).collect::<Vec<_>>());
        if let Some(found) = found.filter(|f| !f.is_empty()) {
            text += &format!("\n{heading} {}", found.join(", "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn stats_have_headings() {
        let value = document_from(doc! { "actual oplog size": "10 MB", "b": { "n": 1 } });
        let want = "actual oplog size\n'10 MB'\n---\nb\n{ n: 1 }";
        assert_eq!(stats(&value, &Style::pretty()), want);
    }

    #[test]
    fn commands_show_marks_and_help() {
        let ping = doc! { "help": "a way to ping", "requiresAuth": false, "secondaryOk": true,
        "apiVersions": ["1"], "deprecatedApiVersions": [] };
        let value = document_from(doc! { "ping": ping });
        let want = "ping:  secondaryOk\na way to ping\nAPI Versions 1";
        assert_eq!(commands(&value), want);
    }
}
