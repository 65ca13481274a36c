//! `$jsonSchema`
use bson::Document;
use crate::mql::path::Fields;
use crate::mql::{Env, Result, Deps};
/// A schema.
#[derive(Debug, Clone)]
pub struct Schema {}
impl Schema {
    /// Parses.
    pub fn parse(_: &Document, _: &Env) -> Result<Self> { Ok(Self{}) }
    /// Matches.
    pub fn matches(&self, _: Fields<'_>) -> bool { true }
    /// Deps.
    pub fn deps(&self, deps: &mut Deps) { deps.whole_document() }
}
