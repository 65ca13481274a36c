//! Which names databases and collections may have.

use crate::mql::{Error, Result, error::code};

/// How long a database's and a collection's name may be together.
const MAX_NAMESPACE: usize = 255;

/// The collections of the server's own that clients may write.
const WRITABLE: &[&str] = &[
    "system.js",
    "system.users",
    "system.roles",
    "system.version",
    "system.sessions",
];

/// Those that there may be and clients may not write.
const READ_ONLY: &[&str] = &["system.views", "system.profile"];

/// Whether a collection of that name can be read: every name but none at all.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_collection_name(db: &str, name: &str) -> Result<()> {
    if name.contains('\0') {
        return invalid("namespaces cannot have embedded null characters".to_owned());
    }
    if name.is_empty() {
        return invalid(format!("Invalid namespace specified '{db}.{name}'"));
    }
    Ok(())
}

/// Whether there can be a collection of that name.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_new_name(db: &str, name: &str) -> Result<()> {
    check_collection_name(db, name)?;
    if name.starts_with('.') {
        return invalid(format!("Collection names cannot start with '.': {name}"));
    }
    if name.contains('$') {
        return invalid(format!("Invalid collection name: {name}"));
    }
    if db.contains('$') {
        return invalid(format!("Invalid namespace: {db}.{name}"));
    }
    let length = db.len() + 1 + name.len();
    if length > MAX_NAMESPACE {
        return invalid(format!(
            "Fully qualified namespace is too long. Namespace: {db}.{name} Max: {MAX_NAMESPACE}"
        ));
    }
    let known = WRITABLE.contains(&name) || READ_ONLY.contains(&name);
    if is_system(name) && !known {
        return invalid(format!("Invalid system namespace: {db}.{name}"));
    }
    Ok(())
}

/// Whether clients may write a collection of that name.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_writable_name(db: &str, name: &str) -> Result<()> {
    check_new_name(db, name)?;
    if READ_ONLY.contains(&name) {
        return invalid(format!("cannot write to {db}.{name}"));
    }
    Ok(())
}

/// Whether a name is one of those that the server keeps for itself.
#[must_use]
pub fn is_system(name: &str) -> bool {
    name.starts_with("system.")
}

fn invalid(text: String) -> Result<()> {
    Err(Error::new(code::INVALID_NAMESPACE, text))
}
