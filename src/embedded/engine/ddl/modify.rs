//! `collMod`

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::create::{command, raw};
use super::store_collection;
use crate::embedded::catalog::{Collection, Index, Namespace};
use crate::embedded::engine::Operation;
use crate::mql::{Error, Result, error::code};

/// What a `collMod` changes; its parts have been checked.
#[derive(Debug, Clone, Default)]
pub struct Modification {
    /// Options that are set; null takes one away.
    pub options: Document,
    /// Which index is changed, by name or key.
    pub index: Option<Bson>,
    /// Its option that are set.
    pub index_options: Document,
    /// The command, for the oplog.
    pub command: Document,
}

impl Operation {
    /// Changes a collection's options or one of its indexes; the fields of the reply.
    ///
    /// # Errors
    /// What is not there, or cannot be changed.
    pub fn modify_collection(&mut self, ns: &Namespace, change: &Modification) -> Result<Document> {
        let view = self
            .engine
            .catalog()
            .get(ns)
            .filter(|c| c.is_view())
            .cloned();
        if let Some(view) = view {
            let options = merged(&view.options, &change.options);
            self.modify_view(ns, &options)?;
            return Ok(Document::new());
        }
        self.alter(&[ns], |unit, catalog| {
            let Some(found) = catalog.get(ns) else {
                return Err(Error::new(code::NAMESPACE_NOT_FOUND, "ns does not exist"));
            };
            let (mut reply, mut command_entry) = (Document::new(), change.command.clone());
            let options = merged(&found.options, &change.options);
            let mut changed = found
                .with_options(options)
                .map_err(|e| e.context("Parsing of collection validator failed"))?;
            if let Some(which) = &change.index {
                let (index, fields) = modify_index(found, which, &change.index_options)?;
                reply = fields;
                command_entry.insert("index", index_entry(&index, &change.index_options));
                let others = |i: &Arc<Index>| {
                    if i.id == index.id {
                        index.clone()
                    } else {
                        i.clone()
                    }
                };
                changed = changed.with_indexes(changed.indexes.iter().map(others).collect());
            }
            store_collection(&changed, &mut unit.batch)?;
            let mut old = doc! { "uuid": found.uuid };
            old.extend(found.options.clone());
            let mut o2 = doc! { "collectionOptions_old": old };
            let index_options = old_index_options(&reply);
            if !index_options.is_empty() {
                o2.insert("indexOptions_old", index_options);
            }
            let o2 = raw(&o2)?;
            unit.log(
                &command(&ns.db, Some(found.uuid), &command_entry)?.o2(o2),
                None,
            );
            Ok((Some(catalog.with(Arc::new(changed))), reply))
        })
    }
}

/// How the history has a change of an index.
fn index_entry(index: &Index, set: &Document) -> Document {
    let mut entry = doc! { "name": &index.name };
    for (name, value) in set {
        let value = match name.as_str() {
            "expireAfterSeconds" => long(value),
            _ => value.clone(),
        };
        entry.insert(name, value);
    }
    entry
}

/// The index options before a change, from its reply.
fn old_index_options(reply: &Document) -> Document {
    let old = reply.iter().filter_map(|(name, value)| {
        let name = name.strip_suffix("_old")?;
        Some((name.to_owned(), value.clone()))
    });
    old.collect()
}

/// Options with others set; null and an empty validator take theirs away.
fn merged(options: &Document, set: &Document) -> Document {
    let mut merged = options.clone();
    for (name, value) in set {
        let none = *value == Bson::Null
            || name == "validator" && value.as_document().is_some_and(Document::is_empty);
        if none {
            merged.remove(name);
        } else {
            merged.insert(name, value.clone());
        }
    }
    merged
}

fn modify_index(
    collection: &Collection,
    which: &Bson,
    set: &Document,
) -> Result<(Arc<Index>, Document)> {
    let index = find(collection, which)?;
    let (mut spec, mut reply) = (index.spec.clone(), Document::new());
    if index.is_id() && set.contains_key("hidden") {
        return Err(Error::bad_value("can't hide _id index"));
    }
    let is = |document: &Document, option: &str| document.get_bool(option).unwrap_or(false);
    if is(set, "unique") && !is(&spec, "prepareUnique") && !index.unique {
        return Err(Error::new(
            code::INVALID_OPTIONS,
            "Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.",
        ));
    }
    if is(set, "unique") && !index.unique {
        let text = "making an index unique is not supported here: drop it and create it again";
        return Err(Error::new(code::NOT_IMPLEMENTED, text));
    }
    for (name, value) in set {
        let old = spec.get(name).cloned();
        if name == "expireAfterSeconds" {
            if let Some(old) = old {
                reply.insert("expireAfterSeconds_old", long(&old));
            }
            reply.insert("expireAfterSeconds_new", long(value));
            spec.insert(name, value.clone());
            continue;
        }
        let was = old.is_some_and(|v| v == Bson::Boolean(true));
        if Bson::Boolean(was) == *value {
            continue;
        }
        if name != "unique" {
            reply.insert(format!("{name}_old"), was);
        } else {
            spec.remove("prepareUnique");
        }
        reply.insert(format!("{name}_new"), value.clone());
        match value {
            Bson::Boolean(true) => spec.insert(name, true),
            _ => spec.remove(name),
        };
    }
    let spec = super::index_spec::in_order(&spec);
    let changed = Index::new(index.id, spec, index.state, index.live.clone());
    Ok((Arc::new(changed), reply))
}

fn long(value: &Bson) -> Bson {
    crate::embedded::commands::fields::long(value).map_or(Bson::Null, Bson::Int64)
}

fn find(collection: &Collection, which: &Bson) -> Result<Arc<Index>> {
    let ns = &collection.ns;
    let (found, text) = match which {
        Bson::Document(pattern) => (
            collection
                .indexes
                .iter()
                .find(|i| super::index_spec::same_key(&i.spec, pattern)),
            crate::mql::text::document(pattern),
        ),
        other => {
            let name = other.as_str().unwrap_or_default();
            (collection.index(name), name.to_owned())
        }
    };
    found.cloned().ok_or_else(|| {
        let text = format!("cannot find index {text} for ns {ns}");
        Error::new(code::INDEX_NOT_FOUND, text)
    })
}
