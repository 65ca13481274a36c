//! `$documents`: documents that an expression makes.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::table::Stages;
use super::{BoxStream, from_results};
use crate::mql::computed::computed;
use crate::mql::expr::Expr;
use crate::mql::{Deps, Error, Result, text};

/// `{$documents: [{…}, …]}`, or an expression of an array.
#[derive(Debug)]
struct Documents(Expr);

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    if matches!(value, Bson::Document(spec) if spec.is_empty()) {
        // The server projects the expression into a field of an empty document first.
        return Err(Error::new(
            51270,
            "Invalid $documents :: caused by :: An empty sub-projection is not a valid value. Found empty object at path",
        ));
    }
    let expr = Expr::parse(value, cx.env).map_err(|e| match e.code {
        // An unknown operator, which is found before the projection.
        _ if e.optimizing => e,
        _ => e.context("Invalid $documents"),
    })?;
    Ok(vec![Arc::new(Documents(expr))])
}

fn as_document(value: Bson) -> Result<Document> {
    match value {
        Bson::Document(document) => Ok(document),
        other => Err(Error::new(
            40228,
            format!(
                "elements within the array passed to $documents must evaluate to an object, but resulting value was: {}. Type of resulting value: '{}'. Input document: {{{}: {}}}",
                computed(Some(&other)),
                text::type_name(&other),
                // The server puts the values into a field of such a name first.
                uuid::Uuid::new_v4(),
                computed(Some(&other)),
            ),
        )),
    }
}

impl Stage for Documents {
    fn name(&self) -> &'static str {
        "$documents"
    }

    fn run(self: Arc<Self>, _: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(super::stream::deferred(move || {
            match self.0.eval(&Document::new(), &env)? {
                Some(Bson::Array(items)) => Ok(from_results(items.into_iter().map(as_document))),
                _ => Err(Error::new(5_858_203, "an array is expected")),
            }
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::Only
    }
}
