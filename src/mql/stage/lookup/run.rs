//! Running a `$lookup`.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::matching::Match;
use super::super::pipeline::RunContext;
use super::super::union_with::open;
use super::super::{BoxStream, fields, from_documents, from_fn};
use super::Lookup;
use super::join::{Join, filter, local_values};
use crate::mql::size;
use crate::mql::{Env, Error, Result};

/// What one document may get (the server's `internalLookupStageIntermediateDocumentMaxSizeBytes`).
const MAX_RESULT: usize = 100 * 1024 * 1024;
/// What is kept between documents.
const MAX_KEPT: usize = 100 * 1024 * 1024;

/// What every document gets.
enum Kept {
    /// Not known yet.
    Unknown,
    /// These documents.
    All(Arc<[Document]>),
    /// They are found by their values.
    Joined(Join),
    /// It depends on the document, or is too much.
    Nothing,
}

struct Running {
    lookup: Arc<Lookup>,
    cx: RunContext,
    kept: Kept,
}

/// The documents with what belongs to them.
pub(super) fn stream(lookup: Arc<Lookup>, mut input: BoxStream, cx: RunContext) -> BoxStream {
    let mut running = Running {
        lookup: lookup.clone(),
        cx,
        kept: Kept::Unknown,
    };
    let Some(unwind) = lookup.unwind.clone() else {
        return from_fn(move || {
            let Some(mut document) = input.next()? else {
                return Ok(None);
            };
            let found = running.collect(&document)?;
            if lookup.appends {
                document.remove(lookup.as_path.first().map_or("", String::as_str));
            }
            fields::set(&mut document, &lookup.as_path, Bson::Array(found));
            Ok(Some(document))
        });
    };
    let mut open: Option<(Document, BoxStream, i64)> = None;
    from_fn(move || {
        loop {
            if let Some((document, stream, index)) = &mut open {
                if let Some(found) = stream.next()? {
                    let mut document = document.clone();
                    fields::set(&mut document, &lookup.as_path, Bson::Document(found));
                    unwind.set_index(&mut document, Bson::Int64(*index));
                    *index += 1;
                    return Ok(Some(document));
                }
                let none = *index == 0;
                let taken = open.take();
                if let Some((mut document, _, _)) = taken.filter(|_| none && unwind.preserves()) {
                    // What the field stands in is there.
                    fields::set(&mut document, &lookup.as_path, Bson::Null);
                    return Ok(Some(unwind.of_nothing(document)));
                }
            }
            let Some(document) = input.next()? else {
                return Ok(None);
            };
            let stream = running.open(&document)?;
            open = Some((document, stream, 0));
        }
    })
}

impl Running {
    /// All that belongs to a document.
    fn collect(&mut self, document: &Document) -> Result<Vec<Bson>> {
        let mut stream = self.open(document)?;
        let mut found = Vec::new();
        let mut used = 0;
        while let Some(document) = stream.next()? {
            let value = Bson::Document(document);
            used += size::of(&value);
            if used > MAX_RESULT {
                return Err(Error::new(
                    4568,
                    format!(
                        "Total size of documents in {} matching pipeline's $lookup stage exceeds {MAX_RESULT} bytes",
                        self.lookup.from.coll
                    ),
                ));
            }
            found.push(value);
        }
        Ok(found)
    }

    /// The stream of what belongs to a document.
    fn open(&mut self, document: &Document) -> Result<BoxStream> {
        self.cx.env.interrupt.check()?;
        if let Some(late) = &self.lookup.late {
            return Err(late.clone());
        }
        if matches!(self.kept, Kept::Unknown) {
            self.kept = self.keep()?;
        }
        let env = self.variables(document)?;
        match &self.kept {
            Kept::All(all) => Ok(shared(all.clone())),
            Kept::Joined(join) => self.joined(join, document, env),
            Kept::Unknown | Kept::Nothing => self.ask(document, env),
        }
    }

    /// The environment with the document's variables.
    fn variables(&self, document: &Document) -> Result<Env> {
        let mut env = self.cx.env.clone();
        for (name, expr) in &self.lookup.variables {
            let value = expr.eval(document, &self.cx.env)?;
            env.variables.push((name.clone(), value));
        }
        Ok(env)
    }

    /// What can be computed before the first document.
    fn keep(&self) -> Result<Kept> {
        let lookup = &self.lookup;
        let generated = lookup.from.is_collectionless();
        if lookup.is_uncorrelated() && lookup.is_repeatable() {
            let stream = open(&lookup.from, &lookup.pipeline, &self.cx)?;
            return Ok(read(stream, &self.cx.env)?.map_or(Kept::Nothing, Kept::All));
        }
        let Some(fields) = &lookup.fields else {
            return Ok(Kept::Nothing);
        };
        let foreign = fields.foreign.as_str();
        if generated || foreign == "_id" || self.cx.host.has_index_on(&lookup.from, foreign) {
            return Ok(Kept::Nothing);
        }
        if lookup.pipeline.generates() {
            return Ok(Kept::Nothing);
        }
        let all = self.cx.host.open(
            &lookup.from,
            &lookup.pipeline.without_stages(),
            &self.cx.env,
        )?;
        let all = read(all, &self.cx.env)?;
        Ok(all.map_or(Kept::Nothing, |all| {
            Kept::Joined(Join::new(&fields.foreign, all))
        }))
    }

    fn joined(&self, join: &Join, document: &Document, env: Env) -> Result<BoxStream> {
        let Some(fields) = &self.lookup.fields else {
            return Ok(super::super::empty());
        };
        let found = join.find(&local_values(&fields.local, document), &env)?;
        let stream = from_documents(found);
        let inner = RunContext {
            env,
            namespace: self.lookup.from.clone(),
            ..self.cx.clone()
        };
        self.lookup.pipeline.run(stream, &inner)
    }

    /// Asks the host.
    fn ask(&self, document: &Document, env: Env) -> Result<BoxStream> {
        let lookup = &self.lookup;
        let pipeline = match &lookup.fields {
            None => lookup.pipeline.clone(),
            Some(fields) => {
                let values = local_values(&fields.local, document);
                let filter = filter(fields.foreign.as_str(), &values);
                lookup
                    .pipeline
                    .with_match(Match::of(&filter, &env)?, filter)
            }
        };
        let inner = RunContext {
            env,
            ..self.cx.clone()
        };
        open(&lookup.from, &pipeline, &inner)
    }
}

/// All documents of a stream, if they are not too much.
fn read(mut stream: BoxStream, env: &Env) -> Result<Option<Arc<[Document]>>> {
    let mut all = Vec::new();
    let mut used = 0;
    while let Some(document) = stream.next()? {
        env.interrupt.check()?;
        used += size::of_document(&document);
        if used > MAX_KEPT {
            return Ok(None);
        }
        all.push(document);
    }
    Ok(Some(all.into()))
}

fn shared(all: Arc<[Document]>) -> BoxStream {
    let mut at = 0;
    from_fn(move || {
        let document = all.get(at).cloned();
        at += 1;
        Ok(document)
    })
}
