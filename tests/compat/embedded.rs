//! The page's part about the embedded database: the names that it knows, and how many cases of the tables in
//! `tests/cases` each is in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rhaiver::embedded::commands;
use rhaiver::mql::{accumulate, expr, matching, stage, update};
use serde_json::Value;

const HEAD: &str = "
# What of MongoDB 6.0 the embedded database has

Generated with the rest of this page, from the names that are registered and from the tables in `tests/cases`, whose
answers are those of mongod 6.0.5. The test `differential` runs all of them on a real mongod and on the embedded
database, and compares reply for reply.

`cases`: in how many cases of the tables a name is used. A name that MongoDB has and that is not here is refused with code
238 (NotImplemented); one that MongoDB does not know gets MongoDB's own error.
";

/// A kind of names.
struct Kind {
    title: &'static str,
    /// Folders of tables whose cases count.
    folders: &'static [&'static str],
    names: Vec<&'static str>,
    /// Names that are refused, with the reason if one is told.
    refused: Vec<(&'static str, &'static str)>,
}

fn kinds() -> Vec<Kind> {
    let untold = |names: Vec<&'static str>| names.into_iter().map(|name| (name, "")).collect();
    vec![
        Kind {
            title: "Query operators",
            folders: &["match", "json_schema"],
            names: matching::operator_names().collect(),
            refused: untold(matching::refused_names().collect()),
        },
        Kind {
            title: "Update operators",
            folders: &["update"],
            names: update::operator_names().collect(),
            refused: Vec::new(),
        },
        Kind {
            title: "Stages",
            folders: &["stages", "windows", "accumulators"],
            names: stage::stage_names().collect(),
            refused: untold(stage::refused_names().collect()),
        },
        Kind {
            title: "Expression operators",
            folders: &["expressions"],
            names: expr::operator_names().collect(),
            refused: expr::refused_names().collect(),
        },
        Kind {
            title: "Accumulators",
            folders: &["accumulators", "stages"],
            names: accumulate::accumulator_names().collect(),
            refused: vec![("$accumulator", "there is no JavaScript engine here")],
        },
        Kind {
            title: "Window functions",
            folders: &["windows"],
            names: accumulate::window_names().collect(),
            refused: Vec::new(),
        },
    ]
}

/// The part of the page.
pub fn section() -> String {
    let tables = tables();
    let mut text = HEAD.to_string();
    text.push_str("\n| tables of | tables | cases |\n| --- | --- | --- |\n");
    for (folder, lines) in &tables {
        let cases = lines.iter().filter(|line| line.get("is").is_some()).count();
        let _ = writeln!(text, "| {folder} | {} | {cases} |", count(folder));
    }
    for kind in kinds() {
        names(&mut text, &kind, &tables);
    }
    command_names(&mut text);
    text
}

fn names(text: &mut String, kind: &Kind, tables: &BTreeMap<String, Vec<Value>>) {
    let mut used = BTreeMap::new();
    for folder in kind.folders {
        for line in tables.get(*folder).into_iter().flatten() {
            let mut seen = Vec::new();
            for (key, value) in line.as_object().into_iter().flatten() {
                if key != "is" {
                    keys(value, &mut seen);
                }
            }
            seen.sort_unstable();
            seen.dedup();
            seen.into_iter()
                .for_each(|key| *used.entry(key).or_insert(0) += 1);
        }
    }
    let _ = writeln!(
        text,
        "\n## {}\n\n| name | cases |\n| --- | --- |",
        kind.title
    );
    let mut sorted = kind.names.clone();
    sorted.sort_unstable();
    for name in sorted {
        let _ = writeln!(text, "| `{name}` | {} |", used.get(name).unwrap_or(&0));
    }
    if !kind.refused.is_empty() {
        let told = |(name, why): &(&str, &str)| match why.is_empty() {
            true => format!("`{name}`"),
            false => format!("`{name}` ({why})"),
        };
        let refused: Vec<_> = kind.refused.iter().map(told).collect();
        let _ = writeln!(text, "\nNot here: {}.", refused.join(", "));
    }
}

fn command_names(text: &mut String) {
    let quoted = |name: &str| format!("`{name}`");
    let here: Vec<_> = commands::table::COMMANDS
        .iter()
        .map(|c| quoted(c.name))
        .collect();
    let refused: Vec<_> = commands::refused_names().map(quoted).collect();
    let _ = writeln!(
        text,
        "\n## Commands\n\n{}\n\nNot here: {}.",
        here.join(", "),
        refused.join(", ")
    );
}

/// All keys in a value that begin with `$`.
fn keys<'a>(value: &'a Value, seen: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key.starts_with('$') {
                    seen.push(key);
                }
                keys(inner, seen);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, seen)),
        _ => {}
    }
}

fn folder(name: &str) -> Vec<std::path::PathBuf> {
    let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn count(name: &str) -> usize {
    let tables = folder(name).into_iter();
    tables
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .count()
}

/// The lines of all tables by folder.
fn tables() -> BTreeMap<String, Vec<Value>> {
    let mut tables = BTreeMap::new();
    for path in folder("").iter().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut lines = Vec::new();
        for table in folder(name) {
            let text = std::fs::read_to_string(table).unwrap();
            lines.extend(
                text.lines()
                    .filter_map(|line| serde_json::from_str(line).ok()),
            );
        }
        tables.insert(name.to_owned(), lines);
    }
    tables
}
