//! The document that an upsert begins with: the fields that its filter wants to be equal to something.

use bson::{Bson, Document};

use super::super::error::{Error, Result, code};
use super::place::{self, Found};

/// All of the filter's equalities, in the order of their paths.
pub(super) fn from_filter(equalities: &[(String, Bson)]) -> Result<Document> {
    let sorted = checked(equalities)?;
    let mut doc = Document::new();
    for (path, value) in sorted {
        let parts: Vec<_> = path.split('.').map(str::to_owned).collect();
        match place::find(&doc, &parts) {
            Found::Missing(depth) => place::create(&mut doc, &parts, depth, value.clone())?,
            Found::Value(_) => {}
            Found::NotViable(depth, element) => {
                return Err(place::cannot_create(&parts, depth, element));
            }
        }
    }
    Ok(doc)
}

/// The `_id` alone, for a replacement.
pub(super) fn id_from_filter(equalities: &[(String, Bson)]) -> Result<Document> {
    checked(equalities)?;
    if let Some((path, _)) = equalities.iter().find(|(path, _)| path.starts_with("_id.")) {
        return Err(Error::new(
            code::NOT_EXACT_VALUE_FIELD,
            format!("field at '_id' must be exactly specified, field at sub-path '{path}'found"),
        ));
    }
    let id = equalities.iter().find(|(path, _)| path == "_id");
    Ok(id.map_or_else(Document::new, |(_, id)| bson::doc! { "_id": id }))
}

/// The equalities in the order of their paths. No path is given twice, or with a part of it.
fn checked(equalities: &[(String, Bson)]) -> Result<Vec<&(String, Bson)>> {
    let mut sorted: Vec<_> = equalities.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (n, (path, _)) in sorted.iter().enumerate() {
        for (before, _) in sorted.iter().take(n) {
            if path == before {
                return Err(twice(format!("path '{path}' is matched twice")));
            }
            if within(path, before) || within(before, path) {
                return Err(twice(format!(
                    "both paths '{path}' and '{before}' are matched"
                )));
            }
        }
    }
    Ok(sorted)
}

fn within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn twice(what: String) -> Error {
    Error::new(
        code::NOT_SINGLE_VALUE_FIELD,
        format!("cannot infer query fields to set, {what}"),
    )
}
