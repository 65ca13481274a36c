//! `$replaceRoot` and `$replaceWith`: an expression's document instead of the whole one.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::stream::filter_map;
use super::table::Stages;
use super::{BoxStream, fields};
use crate::mql::computed::computed;
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, Error, Result, text};

/// `{$replaceRoot: {newRoot: …}}` or `{$replaceWith: …}`
#[derive(Debug, Clone)]
pub(super) struct ReplaceRoot {
    new_root: Expr,
    /// Whether its documents are as they were read: the server's have only what it needs of them.
    first: bool,
    /// What the server calls the expression.
    called: &'static str,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40229,
            format!("expected an object as specification for $replaceRoot stage, got {found}"),
        ));
    };
    if let Some(unknown) = spec.keys().find(|key| *key != "newRoot") {
        return Err(Error::new(
            40415,
            format!("BSON field '$replaceRoot.{unknown}' is an unknown field."),
        ));
    }
    let Some(new_root) = spec.get("newRoot") else {
        return Err(Error::new(
            40414,
            "BSON field '$replaceRoot.newRoot' is missing but a required field",
        ));
    };
    stage(new_root, "'newRoot' expression ", cx.env)
}

pub(super) fn parse_with(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    stage(value, "'replacement document' ", cx.env)
}

fn stage(new_root: &Bson, called: &'static str, env: &Env) -> Result<Stages> {
    let new_root = Expr::parse(new_root, env)?;
    Ok(vec![Arc::new(ReplaceRoot {
        new_root,
        first: false,
        called,
    })])
}

impl ReplaceRoot {
    /// The same as the first stage of a pipeline.
    pub(super) fn as_first(&self) -> Self {
        Self {
            first: true,
            ..self.clone()
        }
    }

    fn replace(&self, document: &Document, env: &Env) -> Result<Document> {
        match self.new_root.eval(document, env)? {
            Some(Bson::Document(new)) => Ok(new),
            other => Err(self.not_an_object(other.as_ref(), document)),
        }
    }

    fn not_an_object(&self, value: Option<&Bson>, document: &Document) -> Error {
        let mut deps = Deps::default();
        self.new_root.deps(&mut deps);
        let seen = match (self.first, deps.fields()) {
            (true, Some(_)) => fields::only(document, deps.paths()),
            _ => document.clone(),
        };
        Error::new(
            40228,
            format!(
                "{} must evaluate to an object, but resulting value was: {}. Type of resulting value: '{}'. Input document: {}",
                self.called,
                computed(value),
                value.map_or("missing", text::type_name),
                computed(Some(&Bson::Document(seen))),
            ),
        )
    }
}

impl Stage for ReplaceRoot {
    fn as_replace_root(&self) -> Option<&ReplaceRoot> {
        Some(self)
    }

    fn name(&self) -> &'static str {
        "$replaceRoot"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(filter_map(input, move |document| {
            self.replace(&document, &env).map(Some)
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.new_root.deps(deps);
        Needs::Only
    }
}
