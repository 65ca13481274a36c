//! `$redact`: keeps, leaves out or looks into each part of a document.

use std::sync::Arc;

use bson::{Bson, Document};

use super::BoxStream;
use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::stream::filter_map;
use super::table::Stages;
use crate::mql::computed::computed;
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, Error, Result};

/// `{$redact: expression}`
#[derive(Debug)]
struct Redact(Expr);

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    Ok(vec![Arc::new(Redact(Expr::parse_redact(value, cx.env)?))])
}

/// One document's redaction.
struct Redacting<'a> {
    expr: &'a Expr,
    root: &'a Document,
    env: &'a Env,
}

impl Redacting<'_> {
    fn document(&self, current: &Document) -> Result<Option<Document>> {
        let decision = self.expr.eval_at(self.root, current, self.env)?;
        let decision = decision.as_deref();
        match decision {
            Some(Bson::String(s)) if s == "keep" => Ok(Some(current.clone())),
            Some(Bson::String(s)) if s == "prune" => Ok(None),
            Some(Bson::String(s)) if s == "descend" => self.inside(current).map(Some),
            other => Err(Error::new(
                17053,
                format!(
                    "$redact's expression should not return anything aside from the variables $$KEEP, $$DESCEND, and $$PRUNE, but returned {}",
                    computed(other)
                ),
            )),
        }
    }

    fn inside(&self, current: &Document) -> Result<Document> {
        let mut kept = Document::new();
        for (name, value) in current {
            if let Some(value) = self.value(value)? {
                kept.insert(name.as_str(), value);
            }
        }
        Ok(kept)
    }

    fn value(&self, value: &Bson) -> Result<Option<Bson>> {
        match value {
            Bson::Document(inner) => Ok(self.document(inner)?.map(Bson::Document)),
            Bson::Array(items) => {
                let kept = items.iter().map(|item| self.value(item));
                let kept = kept.filter_map(Result::transpose).collect::<Result<_>>()?;
                Ok(Some(Bson::Array(kept)))
            }
            other => Ok(Some(other.clone())),
        }
    }
}

impl Stage for Redact {
    fn name(&self) -> &'static str {
        "$redact"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(filter_map(input, move |root| {
            let redacting = Redacting {
                expr: &self.0,
                root: &root,
                env: &env,
            };
            redacting.document(&root)
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.whole_document();
        Needs::AndLater
    }
}
