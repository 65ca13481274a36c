//! What a collection's validator says of a document.

use bson::{Document, doc};

use crate::embedded::catalog::{Collection, ValidationAction, ValidationLevel};
use crate::mql::{Error, Result, error::code};

/// Whether a collection takes a document, `old` being the one that it replaces.
///
/// # Errors
/// `DocumentValidationFailure` with `errInfo`.
pub fn validate(collection: &Collection, new: &Document, old: Option<&Document>) -> Result<()> {
    let Some(validator) = &collection.validator else {
        return Ok(());
    };
    if validator.level == ValidationLevel::Off || validator.matcher.matches(new)? {
        return Ok(());
    }
    if let (ValidationLevel::Moderate, Some(old)) = (validator.level, old)
        && !validator.matcher.matches(old)?
    {
        return Ok(());
    }
    if validator.action == ValidationAction::Warn {
        tracing::warn!(ns = %collection.ns, "document would fail validation");
        return Ok(());
    }
    let mut info = Document::new();
    info.insert(
        "failingDocumentId",
        new.get("_id").cloned().unwrap_or(bson::Bson::Null),
    );
    info.insert("details", doc! {});
    Err(Error::new(
        code::DOCUMENT_VALIDATION_FAILURE,
        "Document failed validation",
    )
    .with("errInfo", info))
}
