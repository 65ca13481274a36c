//! Reading the specification of an `$addFields` or `$set`.

use bson::{Bson, Document};

use super::super::Env;
use super::super::error::{Error, Result};
use super::super::expr::{Expr, path};
use super::super::text;
use super::Inner;
use super::tree::{Child, Mode, Node};

pub(super) fn parse(spec: &Document, stage: &str, env: &Env) -> Result<Inner> {
    let invalid = |e: Error| e.context(&format!("Invalid {stage}"));
    check_paths(spec).map_err(invalid)?;
    let mut root = Node::default();
    for (name, value) in spec {
        add(&mut root, name, value, env).map_err(invalid)?;
    }
    let inner = Inner {
        mode: Mode::Exclusion,
        root,
        slices: Vec::new(),
        position: None,
    };
    inner.optimized(env)
}

fn check_paths(spec: &Document) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in spec {
        path::check(name)?;
        let conflict = seen
            .iter()
            .find(|other| within(name, other) || within(other, name));
        if let Some(other) = conflict {
            return Err(Error::new(
                40176,
                format!(
                    "specification contains two conflicting paths. Cannot specify both '{name}' and '{other}': {}",
                    text::document(spec)
                ),
            ));
        }
        seen.push(name);
        if let Bson::Document(inner) = value {
            check_object(name, inner, &text::document(&bson::doc! { name: value }))?;
        }
    }
    Ok(())
}

fn within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// Checks a sub-object at a path; `whole` is the text of the field it is in.
fn check_object(path: &str, object: &Document, whole: &str) -> Result<()> {
    if object.is_empty() {
        return Err(Error::new(
            40180,
            format!("an empty object is not a valid value. Found empty object at path {path}"),
        ));
    }
    if object.keys().any(|key| key.starts_with('$')) {
        if object.len() > 1 {
            return Err(Error::new(
                40181,
                format!(
                    "an expression specification must contain exactly one field, the name of the expression. Found {} fields in {}, while parsing object {whole}",
                    object.len(),
                    text::document(object)
                ),
            ));
        }
        return Ok(());
    }
    for (name, value) in object {
        if name.contains('.') {
            return Err(Error::new(
                40183,
                format!("cannot use dotted field name '{name}' in a sub object: {whole}"),
            ));
        }
        path::check(name)?;
        if let Bson::Document(inner) = value {
            check_object(&format!("{path}.{name}"), inner, whole)?;
        }
    }
    Ok(())
}

fn add(root: &mut Node, path: &str, value: &Bson, env: &Env) -> Result<()> {
    match value {
        Bson::Document(inner) if !inner.keys().any(|key| key.starts_with('$')) => inner
            .iter()
            .try_for_each(|(name, value)| add(root, &format!("{path}.{name}"), value, env)),
        value => {
            let expr = Expr::parse_only(value, env)?;
            let names: Vec<_> = path.split('.').collect();
            root.add(&names, path, Child::Computed(expr))
        }
    }
}
