//! How much an explanation tells.

use rhai::Dynamic;

use crate::script::api::Options;
use crate::script::error::{Fault, ScriptError};

/// The verbosity that the option `explain` asks for.
///
/// # Errors
/// Where it is neither a string nor a boolean.
pub fn wanted(options: &Options) -> Result<Option<String>, Fault> {
    options.get("explain").map(verbosity).transpose()
}

/// A verbosity as mongosh takes it: its name, or true for the most and false for the least.
///
/// # Errors
/// Where it is something else.
pub fn verbosity(given: &Dynamic) -> Result<String, Fault> {
    if given.is_unit() {
        return Ok("queryPlanner".into());
    }
    match given.as_bool() {
        Ok(true) => Ok("allPlansExecution".into()),
        Ok(false) => Ok("queryPlanner".into()),
        Err(_) => given.clone().into_string().map_err(|_| {
            ScriptError::argument("verbosity must be a string")
                .hint("it is queryPlanner, executionStats or allPlansExecution")
                .into()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_and_names_are_verbosities() {
        let cases = [
            (Dynamic::UNIT, Some("queryPlanner")),
            (Dynamic::FALSE, Some("queryPlanner")),
            (Dynamic::TRUE, Some("allPlansExecution")),
            ("executionStats".into(), Some("executionStats")),
            (Dynamic::from(1_i64), None),
        ];
        for (given, want) in cases {
            assert_eq!(verbosity(&given).ok().as_deref(), want, "{given:?}");
        }
    }
}
