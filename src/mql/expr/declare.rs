//! The variables of a command's `let`.

use bson::Document;

use super::{Expr, check_declared};
use crate::mql::{Deps, Env, Error, Result};

/// The environment with the variables of a command's `let`, each evaluated once; later ones see earlier
/// ones.
///
/// # Errors
/// When a name or an expression is wrong, or an expression reads a document.
pub fn declare_variables(mut env: Env, variables: &Document) -> Result<Env> {
    for (name, expression) in variables {
        if matches!(name.as_str(), "NOW" | "CLUSTER_TIME" | "JS_SCOPE" | "IS_MR") {
            return Err(Error::new(
                4_738_901,
                format!("Attempt to set internal constant: {name}"),
            ));
        }
        check_declared(name).map_err(|e| e.context("Invalid 'let' parameter"))?;
        let expression = Expr::parse(expression, &env)?;
        let mut deps = Deps::default();
        expression.deps(&mut deps);
        if deps.fields().is_none_or(|fields| !fields.is_empty()) {
            return Err(Error::new(
                4_890_500,
                "Command let Expression tried to access a field, but this is not allowed because Command let Expressions run before the query examines any documents.",
            ));
        }
        let value = expression.eval(&Document::new(), &env)?;
        env = env.with_variable(name, value);
    }
    Ok(env)
}
