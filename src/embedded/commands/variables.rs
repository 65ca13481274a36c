//! The variables of a command's `let`.

use bson::Document;

use crate::mql::expr::declare_variables;
use crate::mql::{Env, Result};

/// The environment with the command's variables.
///
/// # Errors
/// See [`declare_variables`].
pub fn declare(env: Env, variables: Option<&Document>) -> Result<Env> {
    match variables {
        Some(variables) => declare_variables(env, variables),
        None => Ok(env),
    }
}
