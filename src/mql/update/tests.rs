use bson::{Bson, Document, doc};

use super::{Change, Update, describe};
use crate::mql::cases::{self, Case};
use crate::mql::error::Result;
use crate::mql::matching::Matcher;
use crate::value::ejson;

/// Answers an update of a table as the command would.
fn answer(case: &Case) -> Option<Result<Bson>> {
    let statement = case.line.get_document("update").ok()?;
    Some(run(case, statement).map(Bson::Document))
}

fn run(case: &Case, statement: &Document) -> Result<Document> {
    let mut env = cases::env(case);
    if let Ok(constants) = statement.get_document("c") {
        if !matches!(statement.get("u"), Some(Bson::Array(_))) {
            let message = "Constant values may only be specified for pipeline updates";
            return Err(crate::mql::Error::new(51198, message));
        }
        for (name, value) in constants {
            env = env.with_variable(name, Some(value.clone()));
        }
    }
    let empty = Document::new();
    let filter = Matcher::parse(statement.get_document("q").unwrap_or(&empty), &env)?.sorted();
    let filters = statement.get_array("arrayFilters").cloned();
    let filters: Vec<_> = filters
        .unwrap_or_default()
        .iter()
        .filter_map(|f| f.as_document().cloned())
        .collect();
    let update = Update::parse(statement.get("u").unwrap_or(&Bson::Null), &filters, &env)?;
    let multi = statement.get_bool("multi").unwrap_or(false);
    if multi {
        update.allow_multi()?;
    }
    let (mut docs, mut n, mut modified) = (case.docs.clone(), 0, 0);
    for doc in &mut docs {
        let Some(at) = filter.matches_at(doc)? else {
            continue;
        };
        let applied = update.apply(doc, at.index, &env)?;
        n += 1;
        modified += i32::from(applied.modified);
        check_change(doc, &applied);
        *doc = applied.doc;
        if !multi {
            break;
        }
    }
    let mut reply = doc! { "n": n, "nModified": modified };
    if n == 0 && statement.get_bool("upsert").unwrap_or(false) {
        let equal = filter.equalities();
        let equal: Vec<_> = equal
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).clone()))
            .collect();
        let new = update.upsert(&equal, || generated_id(case), &env)?;
        reply =
            doc! { "n": 1, "upserted": [{ "index": 0, "_id": new.get("_id") }], "nModified": 0 };
        docs.push(new);
    }
    reply.insert("docs", docs);
    Ok(reply)
}

/// The `_id` that the server made.
fn generated_id(case: &Case) -> Bson {
    let reply = case.is.as_document();
    let upserted = reply.and_then(|reply| reply.get_array("upserted").ok());
    let first = upserted.and_then(|all| all.first()?.as_document()?.get("_id"));
    first.cloned().unwrap_or(Bson::Null)
}

/// An unmodified document has no change, a modified one has.
fn check_change(old: &Document, applied: &super::Applied) {
    assert_eq!(applied.modified, applied.change != Change::None);
    assert_eq!(
        applied.modified,
        !crate::value::identical_documents(old, &applied.doc)
            || matches!(applied.change, Change::Delta(_) | Change::Replace(_))
    );
    if let Change::Delta(delta) = &applied.change {
        let _ = describe(delta.get_document("diff").unwrap());
    }
}

/// What mongod wrote into its oplog and into change events for generated updates (`deltas.jsonl`; another
/// file of this kind can be named by `RHAIVER_DELTAS`).
#[test]
fn deltas() {
    let here = format!("{}/src/mql/update/deltas.jsonl", env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("RHAIVER_DELTAS").unwrap_or(here);
    let lines = std::fs::read_to_string(path).unwrap();
    let mut failures = Vec::new();
    for (n, line) in lines.lines().enumerate() {
        let value = ejson::parse_json(line).and_then(|value| ejson::deserialize(&value));
        let Ok(Bson::Document(line)) = value else {
            panic!("{n}: no EJSON document")
        };
        if let Some(difference) = delta_differs(&line) {
            failures.push(format!("line {}: {difference}", n + 1));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn delta_differs(line: &Document) -> Option<String> {
    let asked = ["doc", "q", "u", "arrayFilters"].map(|key| line.get(key).cloned());
    let is = ["error", "modified", "after", "o", "description"];
    let is: Document = is
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), line.get(*key)?.clone())))
        .collect();
    let got =
        delta(line).unwrap_or_else(|e| doc! { "error": { "code": e.code, "errmsg": e.message } });
    let text = |doc: &Document| {
        let text = ejson::stringify(&doc.clone().into(), ejson::Mode::Canonical, "");
        text.unwrap_or_default()
            .replace("Plan executor error during update :: caused by :: ", "")
    };
    let asked = Bson::Array(asked.into_iter().flatten().collect());
    let asked = ejson::stringify(&asked, ejson::Mode::Relaxed, "").unwrap_or_default();
    (text(&got) != text(&is)).then(|| format!("{asked}\n   is {}\n  got {}", text(&is), text(&got)))
}

fn delta(line: &Document) -> Result<Document> {
    let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
    let filters = line.get_array("arrayFilters").cloned().unwrap_or_default();
    let filters: Vec<_> = filters
        .iter()
        .filter_map(|f| f.as_document().cloned())
        .collect();
    let update = Update::parse(line.get("u").unwrap(), &filters, &env)?;
    let old = line.get_document("doc").unwrap();
    let filter = Matcher::parse(line.get_document("q").unwrap(), &env)?;
    let Some(position) = filter.matches_at(old)? else {
        return Ok(doc! { "modified": 0, "after": old });
    };
    let applied = update.apply(old, position.index, &env)?;
    let mut got = doc! { "modified": i32::from(applied.modified), "after": applied.doc };
    match applied.change {
        Change::None => {}
        Change::Replace(o) => {
            got.insert("o", o);
        }
        Change::Delta(o) => {
            let description = describe(o.get_document("diff").unwrap());
            got.insert("o", o);
            got.insert("description", description.to_document());
        }
    }
    Ok(got)
}

macro_rules! tables {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                cases::check(concat!("update/", stringify!($name), ".jsonl"), answer);
            }
        )*

        #[test]
        fn every_table_is_here() {
            let folder = format!("{}/tests/cases/update", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!([$(concat!(stringify!($name), ".jsonl")),*].contains(&name.as_str()), "{name}");
            }
        }
    };
}

#[allow(non_snake_case)]
mod table {
    use super::*;

    tables! {
        addToSet arrayFilters bit conflicts currentDate inc max min mul pipeline pop positional pull
        pullAll push rename replacement set setOnInsert unset upsert
    }
}
