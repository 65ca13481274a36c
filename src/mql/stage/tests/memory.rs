//! A database in memory, as small as it can be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};

use super::super::*;
use crate::mql::matching::Matcher;
use crate::mql::project::Projection;
use crate::mql::sort::SortSpec;
use crate::mql::update::Update;
use crate::mql::{Env, Error, Result, text};

/// A collection.
#[derive(Clone, Default)]
pub(super) struct Collection {
    pub(super) documents: Vec<Document>,
    /// The fields of its unique indexes.
    pub(super) unique: Vec<Vec<String>>,
    pub(super) view: bool,
    pub(super) capped: bool,
}

/// A database.
#[derive(Default)]
pub(super) struct Memory {
    collections: Mutex<HashMap<String, Collection>>,
}

impl Memory {
    /// Does something to a collection, which is made if it is not there.
    pub(super) fn with<R>(&self, name: &str, then: impl FnOnce(&mut Collection) -> R) -> R {
        then(
            self.collections
                .lock()
                .unwrap()
                .entry(name.to_owned())
                .or_default(),
        )
    }

    /// A collection, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<Collection> {
        self.collections.lock().unwrap().get(name).cloned()
    }

    /// Removes a collection.
    pub(super) fn remove(&self, name: &str) {
        self.collections.lock().unwrap().remove(name);
    }

    /// What `find` gives.
    pub(super) fn find(&self, command: &Document, env: &Env) -> Result<Vec<Document>> {
        let mut documents = self
            .get(command.get_str("find").unwrap())
            .unwrap_or_default()
            .documents;
        if let Ok(sort) = command.get_document("sort") {
            documents = sorted(documents, sort, env)?;
        }
        if let Ok(spec) = command.get_document("projection") {
            let projection = Projection::parse_find(spec, env)?;
            let projected = documents.iter().map(|d| projection.apply(d, None, env));
            documents = projected.collect::<Result<_>>()?;
        }
        Ok(documents)
    }

    /// Reads as a source does.
    fn source(&self, namespace: &Namespace, plan: &Plan, env: &Env) -> Result<BoxStream> {
        if plan.source == Source::Generated {
            return Ok(empty());
        }
        let mut documents = self.get(&namespace.coll).unwrap_or_default().documents;
        let prefix = &plan.prefix;
        if let Some(filter) = &prefix.filter {
            let matcher = Matcher::parse(filter, env)?;
            let mut kept = Vec::new();
            for document in documents {
                if matcher.matches(&document)? {
                    kept.push(document);
                }
            }
            documents = kept;
        }
        if let Some(sort) = &prefix.sort {
            documents = sorted(documents, sort, env)?;
        }
        let limit = usize::try_from(prefix.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let skip = usize::try_from(prefix.skip).unwrap_or(usize::MAX);
        let fields = plan.deps.fields().cloned();
        let documents = documents.into_iter().skip(skip).take(limit);
        Ok(from_documents(documents.map(move |document| {
            match &fields {
                None => document,
                Some(fields) => document
                    .into_iter()
                    .filter(|(name, _)| fields.contains(name))
                    .collect(),
            }
        })))
    }

    fn insert(&self, namespace: &Namespace, document: Document) -> Result<()> {
        let id = document.get("_id").cloned().unwrap_or(Bson::Null);
        self.with(&namespace.coll, |collection| {
            let taken = collection.documents.iter().any(|d| d.get("_id") == Some(&id));
            if taken {
                return Err(Error::new(
                    11000,
                    format!(
                        "E11000 duplicate key error collection: {namespace} index: _id_ dup key: {{ _id: {} }}",
                        text::value(&id)
                    ),
                )
                .with("keyPattern", doc! { "_id": 1 })
                .with("keyValue", doc! { "_id": id }));
            }
            collection.documents.push(document);
            Ok(())
        })
    }
}

fn sorted(documents: Vec<Document>, sort: &Document, env: &Env) -> Result<Vec<Document>> {
    let spec = SortSpec::parse(sort)?;
    let keyed = documents.into_iter().map(|d| Ok((spec.key(&d, env)?, d)));
    let mut keyed = keyed.collect::<Result<Vec<_>>>()?;
    keyed.sort_by(|(a, _), (b, _)| spec.compare(a, b));
    Ok(keyed.into_iter().map(|(_, d)| d).collect())
}

/// The host of tests.
struct TestHost {
    memory: Arc<Memory>,
    env: Env,
}

/// Runs a pipeline as the `aggregate` command does.
pub(super) fn run(
    memory: &Arc<Memory>,
    namespace: &Namespace,
    pipeline: &Pipeline,
    env: &Env,
) -> Result<BoxStream> {
    let plan = pipeline.plan();
    let source = memory.source(namespace, &plan, env)?;
    let host = TestHost {
        memory: memory.clone(),
        env: env.clone(),
    };
    let cx = RunContext {
        host: Arc::new(host),
        env: env.clone(),
        namespace: namespace.clone(),
    };
    match plan.rest.reads_raw() && plan.source == Source::Collection {
        true => plan.rest.run_raw(Box::new(Encoded(source, None)), &cx),
        false => plan.rest.run(source, &cx),
    }
}

/// Documents in their bytes, as a database has them.
struct Encoded(BoxStream, Option<RawDocumentBuf>);

impl RawStream for Encoded {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        let next = self.0.next()?;
        self.1 = next.map(|document| RawDocumentBuf::try_from(&document).unwrap());
        Ok(self.1.as_deref())
    }
}

/// All documents of a pipeline.
pub(super) fn all(
    memory: &Arc<Memory>,
    namespace: &Namespace,
    stages: &[Bson],
    env: &Env,
) -> Result<Vec<Document>> {
    let pipeline = Pipeline::parse(stages, namespace, env)?;
    let mut stream = run(memory, namespace, &pipeline, env)?;
    let mut found = Vec::new();
    while let Some(document) = stream.next()? {
        found.push(document);
    }
    Ok(found)
}

impl Host for TestHost {
    fn open(&self, namespace: &Namespace, pipeline: &Pipeline, env: &Env) -> Result<BoxStream> {
        run(&self.memory, namespace, pipeline, env)
    }

    fn kind(&self, namespace: &Namespace) -> Result<Kind> {
        Ok(match self.memory.get(&namespace.coll) {
            None => Kind::Missing,
            Some(found) if found.view => Kind::View,
            Some(found) if found.capped => Kind::Capped,
            Some(_) => Kind::Collection,
        })
    }

    fn has_unique_index(&self, namespace: &Namespace, fields: &[String]) -> Result<bool> {
        let unique = self.memory.get(&namespace.coll).unwrap_or_default().unique;
        Ok(unique.iter().any(|index| {
            index.len() == fields.len() && index.iter().all(|field| fields.contains(field))
        }))
    }

    fn insert(&self, namespace: &Namespace, documents: Vec<Document>) -> Result<()> {
        documents
            .into_iter()
            .try_for_each(|d| self.memory.insert(namespace, d))
    }

    fn update(&self, namespace: &Namespace, update: MergeUpdate) -> Result<u64> {
        let mut env = Env::at(self.env.now);
        for (name, value) in update.variables {
            env = env.with_variable(&name, value);
        }
        let matcher = Matcher::parse(&update.filter, &env)?;
        let parsed = Update::parse(&update.update, &[], &env)?;
        let documents = self
            .memory
            .get(&namespace.coll)
            .unwrap_or_default()
            .documents;
        let mut found = None;
        for (at, document) in documents.iter().enumerate() {
            if matcher.matches(document)? {
                found = Some((at, document));
                break;
            }
        }
        if let Some((at, document)) = found {
            let applied = parsed.apply(document, None, &env)?;
            self.memory
                .with(&namespace.coll, |c| c.documents[at] = applied.doc);
            return Ok(1);
        }
        if !update.upsert {
            return Ok(0);
        }
        let document = match update.supplied {
            Some(supplied) => supplied,
            None => {
                let equalities = matcher.equalities().into_iter();
                let equalities: Vec<_> =
                    equalities.map(|(p, v)| (p.to_owned(), v.clone())).collect();
                parsed.upsert(&equalities, || bson::oid::ObjectId::new().into(), &env)?
            }
        };
        self.memory.insert(namespace, document)?;
        Ok(1)
    }

    fn replace_collection(&self, target: &Namespace) -> Result<Box<dyn OutWriter>> {
        Ok(Box::new(Replacing {
            memory: self.memory.clone(),
            target: target.clone(),
            documents: Vec::new(),
        }))
    }
}

struct Replacing {
    memory: Arc<Memory>,
    target: Namespace,
    documents: Vec<Document>,
}

impl OutWriter for Replacing {
    fn write(&mut self, documents: Vec<Document>) -> Result<()> {
        self.documents.extend(documents);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let documents = self.documents;
        self.memory
            .with(&self.target.coll, |c| c.documents = documents);
        Ok(())
    }
}
