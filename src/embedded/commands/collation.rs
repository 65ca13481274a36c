//! `collation`: only the simple one, which compares bytes; others are refused by name.

use bson::Document;

use super::fields::{Field, Fields, Kind, missing, unknown};
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::required("locale", Kind::String),
    Field::new("caseLevel", Kind::Boolean),
    Field::new("caseFirst", Kind::String),
    Field::new("strength", Kind::SafeLong),
    Field::new("numericOrdering", Kind::Boolean),
    Field::new("alternate", Kind::String),
    Field::new("maxVariable", Kind::String),
    Field::new("normalization", Kind::Boolean),
    Field::new("backwards", Kind::Boolean),
    Field::new("version", Kind::String),
];

/// The locales that the server knows (its manual, "Collation Locales").
const LOCALES: &str = "af am ar as az be bg bn bo bs bs_Cyrl ca ceb chr cs cy da de de_AT de_DE dsb dz ee el en en_US \
    en_US_POSIX eo es et fa fa_AF fi fil fo fr fr_CA ga gl gu ha haw he hi hr hsb hu hy id ig is it ja ka kk kl km kn ko \
    kok ku ky lb lkt ln lo lt lv mk ml mn mr ms mt my nb ne nl nn om or pa pl ps pt ro root ru se si sk sl smn sq sr \
    sr_Latn sv sw ta te th tk to tr ug uk ur uz vi wae wo xh yi yo zh zh_Hant zu";

/// Whether a collation can be used here.
///
/// # Errors
/// What is wrong with it; 238 where it is another one than the simple one.
pub fn check(collation: Option<&Document>) -> Result<()> {
    let Some(collation) = collation.filter(|c| !c.is_empty()) else {
        return Ok(());
    };
    if let Some(first) = collation
        .keys()
        .next()
        .filter(|k| !FIELDS.iter().any(|f| f.name == *k))
    {
        return Err(unknown("collation", first));
    }
    let fields = Fields::parse("collation", collation, FIELDS)?;
    let locale = fields
        .str("locale")
        .ok_or_else(|| missing("collation", "locale"))?;
    if let Some(strength) = fields.long("strength").filter(|n| !(1..=5).contains(n)) {
        let bound = if strength > 5 { "<= 5" } else { ">= 1" };
        let what =
            format!("BSON field 'strength' value must be {bound}, actual value '{strength}'");
        return Err(Error::new(51024, what));
    }
    if locale == "simple" {
        return Ok(());
    }
    let known = locale.split('@').next().unwrap_or(locale);
    if !LOCALES.split_whitespace().any(|name| name == known) {
        let shown = crate::mql::text::document(collation);
        return Err(Error::bad_value(format!(
            "Field 'locale' is invalid in: {shown}"
        )));
    }
    Err(Error::new(
        code::NOT_IMPLEMENTED,
        format!(
            "the embedded database supports only the collation {{ locale: \"simple\" }}, not the locale \"{locale}\""
        ),
    ))
}
