//! Collations: the simple one; others are refused by name.

use bson::Document;

use crate::mql::{Error, Result, error::code};

/// Whether a collation is the simple one, or none.
///
/// # Errors
/// `NotImplemented` for another locale.
pub(super) fn check(collation: Option<&Document>) -> Result<()> {
    let Some(collation) = collation.filter(|c| !c.is_empty()) else {
        return Ok(());
    };
    match collation.get_str("locale") {
        Ok("simple") => Ok(()),
        Ok(locale) => Err(Error::new(
            code::NOT_IMPLEMENTED,
            format!("collation with locale \"{locale}\" is not supported here"),
        )),
        Err(_) => Err(super::fields::missing("collation", "locale")),
    }
}
