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
    let mut seen = Vec::new();
    for (name, value) in spec {
        path::check(name)?;
        if let Bson::Document(inner) = value {
            check_object(name, inner, &text::document(spec))?;
        }
        let mut paths = Vec::new();
        leaves(name.clone(), value, &mut paths);
        for path in paths {
            no_conflict(&path, &seen, spec)?;
            seen.push(path);
        }
    }
    Ok(())
}

/// The paths that are computed.
fn leaves(path: String, value: &Bson, paths: &mut Vec<String>) {
    match value {
        Bson::Document(inner) if !is_call(inner) => {
            for (name, value) in inner {
                leaves(format!("{path}.{name}"), value, paths);
            }
        }
        _ => paths.push(path),
    }
}

fn is_call(object: &Document) -> bool {
    object.keys().any(|key| key.starts_with('$'))
}

fn no_conflict(path: &str, seen: &[String], spec: &Document) -> Result<()> {
    let conflict = seen
        .iter()
        .filter(|other| path == *other || within(path, other) || within(other, path))
        .min();
    let Some(other) = conflict else {
        return Ok(());
    };
    Err(Error::new(
        40176,
        format!(
            "specification contains two conflicting paths. Cannot specify both '{path}' and '{other}': {}",
            text::document(spec)
        ),
    ))
}

fn within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// Checks a sub-object at a path; `whole` is the text of the specification.
fn check_object(path: &str, object: &Document, whole: &str) -> Result<()> {
    if object.is_empty() {
        return Err(Error::new(
            40180,
            format!("an empty object is not a valid value. Found empty object at path {path}"),
        ));
    }
    if is_call(object) {
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
        let path = format!("{path}.{name}");
        path::check(&path)?;
        if let Bson::Document(inner) = value {
            check_object(&path, inner, whole)?;
        }
    }
    Ok(())
}

fn add(root: &mut Node, path: &str, value: &Bson, env: &Env) -> Result<()> {
    match value {
        Bson::Document(inner) if !is_call(inner) => inner
            .iter()
            .try_for_each(|(name, value)| add(root, &format!("{path}.{name}"), value, env)),
        value => {
            let expr = Expr::parse_only(value, env)?;
            let names: Vec<_> = path.split('.').map(str::to_owned).collect();
            root.add(&names, path, Child::Computed(expr))
        }
    }
}
