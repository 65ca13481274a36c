//! Which names databases and collections may have.

use crate::mql::{Error, Result, error::code};

/// Whether a database can have that name.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_database_name(db: &str) -> Result<()> {
    let bad = db.is_empty() || db.len() > 63 || db.contains(['/', '\\', '.', ' ', '"', '$', '\0']);
    if bad && db != "$external" {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("Invalid database name: '{db}'"),
        ));
    }
    Ok(())
}

/// Whether a database can have a collection of that name.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_collection_name(db: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.starts_with('.') || name.contains('\0') {
        let text = format!("Invalid namespace specified '{db}.{name}'");
        return Err(Error::new(code::INVALID_NAMESPACE, text));
    }
    Ok(())
}

/// Whether a name is one of those that the server keeps for itself.
#[must_use]
pub fn is_system(name: &str) -> bool {
    name.starts_with("system.")
}
