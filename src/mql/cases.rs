//! The case tables of `tests/cases`, for the unit tests of this room.
//!
//! A table is a file of lines, each a JSON object in EJSON. `{"docs": […]}` sets the collection for the
//! lines after it; every other line is a case whose `is` holds what mongod 6.0.5 answered
//! (`tests/cases/record.py` writes it). See `tests/cases/README.md` for the kinds of lines.

use bson::{Bson, Document, doc};

use super::{Env, Error, Result};
use crate::value::ejson;

/// One line of a table.
pub struct Case {
    /// Where it stands, for a failure's message.
    pub place: String,
    /// The documents of the collection.
    pub docs: Vec<Document>,
    /// The line without `is`.
    pub line: Document,
    /// What the server answered.
    pub is: Bson,
}

/// Checks all cases of a table (`expressions/add.jsonl`) that `answer` has an answer for; it says `None`
/// to kinds of lines that are not its own.
pub fn check(table: &str, answer: impl Fn(&Case) -> Option<Result<Bson>>) {
    let mut failures = Vec::new();
    let mut checked = 0;
    for case in read(table) {
        let Some(got) = answer(&case) else { continue };
        checked += 1;
        let mut got = bare(got.unwrap_or_else(|e| error(&e)));
        if !has_code_name(&case.is) {
            remove_code_name(&mut got);
        }
        if text(&got) != text(&bare(case.is.clone())) {
            failures.push(format!(
                "{}\n   case {}\n     is {}\n    got {}",
                case.place,
                text(&Bson::Document(case.line.clone())),
                text(&case.is),
                text(&got)
            ));
        }
    }
    assert!(checked > 0, "{table} holds no case");
    assert!(
        failures.is_empty(),
        "{} of {checked} cases differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The cases of a table.
pub fn read(table: &str) -> Vec<Case> {
    let path = format!("{}/tests/cases/{table}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut docs = vec![doc! { "_id": 1 }];
    let mut cases = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with("//") {
            continue;
        }
        let place = format!("{table}:{}", n + 1);
        let Ok(Bson::Document(mut line)) = read_line(line) else {
            panic!("{place} is no EJSON document");
        };
        if let Some(Bson::Array(new)) = line.get("docs") {
            docs = new.iter().filter_map(Bson::as_document).cloned().collect();
            continue;
        }
        let is = line.remove("is");
        let is = is.unwrap_or_else(|| panic!("{place} has no `is`: run tests/cases/record.py"));
        let docs = docs.clone();
        cases.push(Case {
            place,
            docs,
            line,
            is,
        });
    }
    cases
}

/// Reads extended JSON in which `{"$regex": …}` is the operator and not the old form of a value.
fn read_line(line: &str) -> Result<Bson, ejson::EjsonError> {
    const OPERATOR: &str = "$regex";
    const HIDDEN: &str = "\u{1}$regex";
    let line = renamed(ejson::parse_json(line)?, OPERATOR, HIDDEN);
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

/// The environment in which cases are evaluated.
pub fn env(case: &Case) -> Env {
    let env = Env::at(bson::DateTime::from_millis(1_700_000_000_000));
    match case.line.get_document("let") {
        Ok(variables) => super::expr::declare_variables(env.clone(), variables).unwrap_or(env),
        Err(_) => env,
    }
}

/// What was refused in `writeErrors` has no `codeName`.
fn has_code_name(is: &Bson) -> bool {
    let error = is
        .as_document()
        .and_then(|is| is.get_document("error").ok());
    error.is_none_or(|error| error.contains_key("codeName"))
}

fn remove_code_name(got: &mut Bson) {
    if let Bson::Document(reply) = got
        && let Ok(error) = reply.get_document_mut("error")
    {
        error.remove("codeName");
    }
}

fn error(e: &Error) -> Bson {
    let mut reply =
        doc! { "code": e.code, "codeName": e.code_name().as_ref(), "errmsg": &e.message };
    reply.extend(Document::clone(&e.extra));
    doc! { "error": reply }.into()
}

/// An error's text without what the command or the stage around it puts before it: that is theirs to test.
fn bare(mut answer: Bson) -> Bson {
    const CONTEXTS: [&str; 6] = [
        "PlanExecutor error during aggregation",
        "Plan executor error during update",
        "Executor error during find command",
        "Executor error during getMore",
        "Failed to optimize pipeline",
        "Invalid $project",
    ];
    if let Bson::Document(reply) = &mut answer
        && let Ok(error) = reply.get_document_mut("error")
        && let Ok(message) = error.get_str("errmsg")
    {
        let mut rest = message;
        while let Some(inner) = CONTEXTS
            .iter()
            .find_map(|c| rest.strip_prefix(c)?.strip_prefix(" :: caused by :: "))
        {
            rest = inner;
        }
        let rest = rest.to_owned();
        error.insert("errmsg", rest);
    }
    answer
}

pub(crate) fn text(value: &Bson) -> String {
    ejson::stringify(value, ejson::Mode::Canonical, "").unwrap_or_default()
}
