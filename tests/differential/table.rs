//! The tables: `tests/cases/README.md` says what their lines are.

use mongodb::bson::{Bson, Document};
use rhaiver::value::ejson;

/// A table.
pub struct Table {
    /// `expressions/add.jsonl`
    pub name: String,
    pub lines: Vec<Line>,
}

/// A line of it.
pub struct Line {
    pub number: usize,
    pub body: Document,
    /// What mongod answered when it was recorded; `None` for documents.
    pub is: Option<Bson>,
}

impl Table {
    pub fn folder(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    pub fn cases(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is.is_some())
    }
}

/// All tables, or those whose path begins with one of a list.
pub fn all(wanted: Option<&str>) -> Vec<Table> {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut names = Vec::new();
    for folder in std::fs::read_dir(cases).unwrap().flatten() {
        let folder_name = folder.file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            names.push(format!(
                "{folder_name}/{}",
                file.file_name().into_string().unwrap()
            ));
        }
    }
    names.sort();
    let is_wanted = |name: &String| {
        name.ends_with(".jsonl")
            && wanted.is_none_or(|list| list.split(',').any(|part| name.starts_with(part)))
    };
    names
        .into_iter()
        .filter(is_wanted)
        .map(|name| read(cases, name))
        .collect()
}

fn read(cases: &str, name: String) -> Table {
    let text = std::fs::read_to_string(format!("{cases}/{name}")).unwrap();
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, text)| !text.trim().is_empty() && !text.starts_with("//"));
    let lines = lines.map(|(i, text)| {
        let value = ejson_line(text).unwrap_or_else(|e| panic!("{name}:{}: {e}", i + 1));
        let Bson::Document(mut body) = value else {
            panic!("{name}:{} is no document", i + 1);
        };
        let is = body.remove("is");
        Line {
            number: i + 1,
            body,
            is,
        }
    });
    let lines = lines.collect();
    Table { name, lines }
}

/// Extended JSON in which `{"$regex": …}` is the operator and not the old form of a value.
fn ejson_line(text: &str) -> Result<Bson, ejson::EjsonError> {
    const OPERATOR: &str = "$regex";
    const HIDDEN: &str = "\u{1}$regex";
    let line = renamed(ejson::parse_json(text)?, OPERATOR, HIDDEN);
    Ok(renamed(ejson::deserialize(&line)?, HIDDEN, OPERATOR))
}

fn renamed(value: Bson, from: &str, to: &str) -> Bson {
    let field = |(name, value): (String, Bson)| {
        let name = if name == from { to.to_owned() } else { name };
        (name, renamed(value, from, to))
    };
    match value {
        Bson::Document(document) => Bson::Document(document.into_iter().map(field).collect()),
        Bson::Array(items) => {
            Bson::Array(items.into_iter().map(|v| renamed(v, from, to)).collect())
        }
        other => other,
    }
}
