//! `$regex`

use bson::Bson;

use crate::mql::regex::Regex;

/// A regular expression to match with.
#[derive(Debug, Clone)]
pub struct RegexTest {
    /// The pattern.
    pub pattern: String,
    /// Its options.
    pub options: String,
    /// It compiled.
    pub regex: Regex,
}

impl RegexTest {
    /// Whether a text matches, or a value is this very expression.
    #[must_use]
    pub fn matches(&self, value: Option<&Bson>) -> bool {
        match value {
            Some(Bson::String(text) | Bson::Symbol(text)) => self.regex.is_match(text),
            Some(Bson::RegularExpression(own)) => {
                own.pattern.as_str() == self.pattern && own.options.as_str() == self.options
            }
            _ => false,
        }
    }
}
