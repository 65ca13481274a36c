//! What a collection's validator says of a document.

use bson::Document;

use crate::embedded::catalog::{Collection, ValidationAction, ValidationLevel};
use crate::mql::matching::failed_validation;
use crate::mql::{Env, Error, Result, error::code};

/// Whether a collection takes a document, `old` being the one that it replaces.
///
/// # Errors
/// `DocumentValidationFailure` with `errInfo`.
pub fn validate(collection: &Collection, new: &Document, old: Option<&Document>) -> Result<()> {
    let Some(validator) = &collection.validator else {
        return Ok(());
    };
    // An expression that fails is one that does not match.
    if validator.level == ValidationLevel::Off || validator.matcher.matches(new).unwrap_or(false) {
        return Ok(());
    }
    if let (ValidationLevel::Moderate, Some(old)) = (validator.level, old)
        && !validator.matcher.matches(old).unwrap_or(false)
    {
        return Ok(());
    }
    if validator.action == ValidationAction::Warn {
        tracing::warn!(ns = %collection.ns, "document would fail validation");
        return Ok(());
    }
    let env = Env::at(bson::DateTime::now());
    let info = failed_validation(&validator.source, new, &env);
    Err(Error::new(
        code::DOCUMENT_VALIDATION_FAILURE,
        "Document failed validation",
    )
    .with("errInfo", info))
}
