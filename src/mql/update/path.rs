//! The paths of an update: names, positional `$`, `$[]` and `$[name]`.

use super::super::error::{Error, Result, code};

/// One part of an update's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A field's name, or a place in an array.
    Name(String),
    /// `$`: the element that the filter matched.
    Position,
    /// `$[]` (an empty name) or `$[name]`: elements that an array filter means.
    Filter(String),
}

/// Splits and checks a path.
pub(super) fn parse(path: &str) -> Result<Vec<Part>> {
    check_names(path)?;
    let parts: Vec<Part> = path.split('.').map(part).collect();
    match parts.first() {
        Some(Part::Position) => {
            return Err(Error::bad_value(format!(
                "Cannot have positional (i.e. '$') element in the first position in path '{path}'"
            )));
        }
        Some(Part::Filter(_)) => {
            return Err(Error::bad_value(format!(
                "Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '{path}'"
            )));
        }
        _ => {}
    }
    if parts.iter().filter(|p| **p == Part::Position).count() > 1 {
        return Err(Error::bad_value(format!(
            "Too many positional (i.e. '$') elements found in path '{path}'"
        )));
    }
    Ok(parts)
}

/// Splits a path that must be made of names only (`$rename`).
pub(super) fn names(path: &str) -> Result<Vec<String>> {
    check_names(path)?;
    Ok(path.split('.').map(str::to_owned).collect())
}

/// Whether a path has parts that mean different places in different documents.
pub(super) fn is_dynamic(path: &str) -> bool {
    path.split('.')
        .any(|name| !matches!(part(name), Part::Name(_)))
}

fn check_names(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Error::new(
            code::EMPTY_FIELD_NAME,
            "An empty update path is not valid.",
        ));
    }
    if path.split('.').any(str::is_empty) {
        return Err(Error::new(
            code::EMPTY_FIELD_NAME,
            format!("The update path '{path}' contains an empty field name, which is not allowed."),
        ));
    }
    Ok(())
}

fn part(name: &str) -> Part {
    if name == "$" {
        return Part::Position;
    }
    match name.strip_prefix("$[").and_then(|n| n.strip_suffix(']')) {
        Some(filter) => Part::Filter(filter.to_owned()),
        None => Part::Name(name.to_owned()),
    }
}

/// The place in an array that a name means: digits only.
pub(super) fn index(name: &str) -> Option<usize> {
    let digits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| name.parse().ok()).flatten()
}
