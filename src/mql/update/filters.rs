//! The `arrayFilters` of an update.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};

use super::super::Env;
use super::super::error::{Error, Result, code};
use super::super::matching::Matcher;

/// The array filters by the names that `$[name]` uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters {
    matchers: BTreeMap<String, Matcher>,
}

impl Filters {
    pub(super) fn parse(filters: &[Document], env: &Env) -> Result<Filters> {
        let mut matchers = BTreeMap::new();
        for filter in filters {
            let (name, matcher) = parse(filter, env).map_err(|e| match e {
                Refused::Inside(e) => e.context("Error parsing array filter"),
                Refused::Whole(e) => e,
            })?;
            if matchers.contains_key(&name) {
                return Err(Error::failed_to_parse(format!(
                    "Found multiple array filters with the same top-level field name {name}"
                )));
            }
            matchers.insert(name, matcher);
        }
        Ok(Filters { matchers })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.matchers.keys()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.matchers.contains_key(name)
    }

    /// Whether a filter means an element; the empty name means all.
    pub(super) fn matches(&self, name: &str, element: &Bson) -> Result<bool> {
        match self.matchers.get(name) {
            Some(matcher) => matcher.matches(&doc! { name: element }),
            None => Ok(name.is_empty()),
        }
    }
}

enum Refused {
    /// While parsing the filter.
    Inside(Error),
    /// Otherwise.
    Whole(Error),
}

fn parse(filter: &Document, env: &Env) -> Result<(String, Matcher), Refused> {
    refuse_features(filter).map_err(Refused::Inside)?;
    let matcher = Matcher::parse(filter, env).map_err(Refused::Inside)?;
    let mut names = Vec::new();
    top_names(filter, &mut names);
    let Some(name) = names.first() else {
        return Err(Refused::Whole(Error::failed_to_parse(
            "Cannot use an expression without a top-level field name in arrayFilters",
        )));
    };
    if let Some(other) = names.iter().find(|other| *other != name) {
        return Err(Refused::Inside(Error::failed_to_parse(format!(
            "Expected a single top-level field name, found '{name}' and '{other}'"
        ))));
    }
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins_well || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Refused::Inside(Error::bad_value(format!(
            "The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '{name}'"
        ))));
    }
    Ok(((*name).to_owned(), matcher))
}

/// The first parts of all paths of a filter.
fn top_names<'a>(filter: &'a Document, names: &mut Vec<&'a str>) {
    for (key, value) in filter {
        match (key.as_str(), value) {
            ("$and" | "$or" | "$nor", Bson::Array(filters)) => {
                let filters = filters.iter().filter_map(Bson::as_document);
                filters.for_each(|filter| top_names(filter, names));
            }
            (key, _) if key.starts_with('$') => {}
            (key, _) => names.extend(key.split('.').next()),
        }
    }
}

/// Refuses what may not be in an array's filter or in a `$pull`.
pub(super) fn refuse_features(filter: &Document) -> Result<()> {
    for (key, value) in filter {
        match (key.as_str(), value) {
            ("$and" | "$or" | "$nor", Bson::Array(filters)) => {
                let mut filters = filters.iter().filter_map(Bson::as_document);
                filters.try_for_each(refuse_features)?;
            }
            ("$expr" | "$jsonSchema", _) => {
                return Err(Error::new(
                    code::QUERY_FEATURE_NOT_ALLOWED,
                    format!("{key} is not allowed in this context"),
                ));
            }
            ("$where" | "$text", _) => {
                return Err(Error::bad_value(format!(
                    "{key} is not allowed in this context"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}
