//! Grouping a stream.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::{BoxStream, RawStream, from_fn};
use super::key::{Kept, Key};
use super::spill::Spill;
use super::table::Places;
use super::{Group, engine, raw};
use crate::mql::accumulate::Accumulator;
use crate::mql::computed::computed;
use crate::mql::error::code;
use crate::mql::size;
use crate::mql::{Env, Error, Result, text};
use crate::value::Number;

/// What all groups may take in memory (the server's `internalDocumentSourceGroupMaxMemoryBytes`).
const LIMIT: usize = 100 * 1024 * 1024;
/// About what a group takes beside its key and its accumulators' values.
const PER_GROUP: usize = 64;
const PER_ACCUMULATOR: usize = 64;

/// An evaluated argument of an accumulator.
pub(super) enum Argument {
    /// Most are numbers, and need not become values.
    Number(Number),
    Value(Option<Bson>),
}

/// The groups of what was read so far.
pub(super) struct Groups {
    group: Arc<Group>,
    env: Env,
    places: Places,
    groups: Vec<(Kept, Vec<Box<dyn Accumulator>>)>,
    /// Whether an accumulator's values can grow.
    grows: Vec<bool>,
    /// Whether it takes documents only, which the two engines say in different words.
    documents_only: Vec<bool>,
    used: usize,
    limit: usize,
    spill: Option<Spill>,
    /// How many files deep this is.
    depth: u32,
}

impl Argument {
    fn into_value(self) -> Option<Bson> {
        match self {
            Self::Number(number) => Some(number.into()),
            Self::Value(value) => value,
        }
    }
}

/// All groups of a stream.
pub(super) fn groups(group: Arc<Group>, mut input: BoxStream, env: &Env) -> Result<BoxStream> {
    let mut groups = Groups::new(group.clone(), env.clone(), 0);
    while let Some(document) = input.next()? {
        env.interrupt.check()?;
        let taken = groups.take(&group, env, &document);
        taken.map_err(|e| group.in_its_words(e))?;
    }
    Ok(groups.finish())
}

/// The same of stored documents, for a group that needs not decode them.
pub(super) fn raw_groups(
    group: Arc<Group>,
    mut input: Box<dyn RawStream>,
    env: &Env,
) -> Result<BoxStream> {
    let mut groups = Groups::new(group.clone(), env.clone(), 0);
    let Some(reader) = &group.raw else {
        return Ok(groups.finish());
    };
    while let Some(document) = input.next()? {
        env.interrupt.check()?;
        let mut values = [None; raw::MOST];
        reader.read(document, &mut values)?;
        let taken = groups.add(reader.key(&values)?, reader.arguments(&values));
        taken.map_err(|e| group.in_its_words(e))?;
    }
    Ok(groups.finish())
}

impl Groups {
    fn new(group: Arc<Group>, env: Env, depth: u32) -> Self {
        let fixed = ["$sum", "$avg", "$count", "$stdDevPop", "$stdDevSamp"];
        let grows = group
            .fields
            .iter()
            .map(|(_, spec)| !fixed.contains(&spec.name()));
        let documents_only = group
            .fields
            .iter()
            .map(|(_, spec)| !group.other_engine && spec.name() == "$mergeObjects");
        Self {
            documents_only: documents_only.collect(),
            grows: grows.collect(),
            group,
            env,
            places: Places::new(),
            groups: Vec::new(),
            used: 0,
            limit: LIMIT,
            spill: None,
            depth,
        }
    }

    /// Adds a document. The group and the environment are its own, which cannot be lent meanwhile.
    fn take(&mut self, group: &Group, env: &Env, document: &Document) -> Result<()> {
        let key = group.id.of(document, env)?;
        let arguments = group
            .fields
            .iter()
            .map(|(_, spec)| spec.evaluate(document, env).map(Argument::Value));
        self.add(key, arguments)
    }

    /// Adds the arguments to the key's group.
    fn add(
        &mut self,
        key: Key<'_>,
        arguments: impl Iterator<Item = Result<Argument>>,
    ) -> Result<()> {
        let hash = key.hash(self.places.hasher());
        let groups = &self.groups;
        let found = self.places.find(hash, |place| {
            groups.get(place).is_some_and(|(kept, _)| key.is(kept))
        });
        let place = match found {
            Some(place) => place,
            None if self.used > self.limit => return self.put_aside(hash, key, arguments),
            None => self.insert(hash, key.keep())?,
        };
        let Some((_, accumulators)) = self.groups.get_mut(place) else {
            return Ok(());
        };
        let kinds = self.grows.iter().zip(&self.documents_only);
        let targets = accumulators.iter_mut().zip(kinds);
        for ((accumulator, (grows, documents_only)), argument) in targets.zip(arguments) {
            let before = if *grows { accumulator.size() } else { 0 };
            match argument? {
                Argument::Number(number) if !*documents_only => accumulator.add_number(number)?,
                argument => {
                    let value = argument.into_value();
                    if *documents_only {
                        check_document(value.as_ref())?;
                    }
                    accumulator.add(value)?;
                }
            }
            if *grows {
                self.used = (self.used + accumulator.size()).saturating_sub(before);
            }
        }
        Ok(())
    }

    fn insert(&mut self, hash: u64, kept: Kept) -> Result<usize> {
        let id = self.group.id.shown(&kept);
        let fields = self.group.fields.iter();
        let started = fields.map(|(_, spec)| spec.start(Some(&id), &self.env));
        let started = started.collect::<Result<Vec<_>>>()?;
        self.used += PER_GROUP + size::of(&id) + PER_ACCUMULATOR * started.len();
        self.groups.push((kept, started));
        Ok(self.places.insert(hash))
    }

    fn put_aside(
        &mut self,
        hash: u64,
        key: Key<'_>,
        arguments: impl Iterator<Item = Result<Argument>>,
    ) -> Result<()> {
        if !self.env.allow_disk_use {
            return Err(Error::new(
                code::QUERY_EXCEEDED_MEMORY_LIMIT,
                "Exceeded memory limit for $group, but didn't allow external sort. Pass allowDiskUse:true to opt in.",
            ));
        }
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new(&self.env)?),
        };
        let mut values = Document::new();
        for (at, argument) in arguments.enumerate() {
            if let Some(argument) = argument?.into_value() {
                values.insert(at.to_string(), argument);
            }
        }
        spill.write(hash, key.keep().to_document(), values)
    }

    /// The groups in memory, then those on disk.
    fn finish(self) -> BoxStream {
        let Self {
            group,
            env,
            groups,
            spill,
            depth,
            limit,
            ..
        } = self;
        let mut groups = groups.into_iter();
        let mut files = spill.into_iter().flat_map(Spill::into_files);
        let mut inner: Option<BoxStream> = None;
        from_fn(move || {
            loop {
                if let Some((kept, accumulators)) = groups.next() {
                    return Ok(Some(group.document(&kept, accumulators)));
                }
                if let Some(document) = inner.as_mut().map_or(Ok(None), |inner| inner.next())? {
                    return Ok(Some(document));
                }
                let Some(file) = files.next() else {
                    return Ok(None);
                };
                let mut next = Self::new(group.clone(), env.clone(), depth + 1);
                // Files that do not get smaller would be split for ever.
                next.limit = if depth > 6 { usize::MAX } else { limit };
                inner = Some(next.read(file)?);
            }
        })
    }

    fn read(mut self, file: super::spill::File) -> Result<BoxStream> {
        let fields = self.group.fields.len();
        for record in file.records()? {
            self.env.interrupt.check()?;
            let (key, mut values) = record?;
            let kept = Kept::from_document(key, &self.group.id);
            let arguments = (0..fields).map(|at| values.remove(at.to_string()));
            let arguments = arguments.map(|value| Ok(Argument::Value(value)));
            let key = kept.as_key();
            self.add(key, arguments)?;
        }
        Ok(self.finish())
    }
}

/// What `$mergeObjects` says in the older engine.
fn check_document(value: Option<&Bson>) -> Result<()> {
    match value {
        None | Some(Bson::Null | Bson::Undefined | Bson::Document(_)) => Ok(()),
        Some(other) => Err(Error::new(
            40400,
            format!(
                "$mergeObjects requires object inputs, but input {} is of type {}",
                computed(value),
                text::type_name(other)
            ),
        )),
    }
}

impl Group {
    /// An error of evaluating in the words of the engine that a server would run it in.
    fn in_its_words(&self, error: Error) -> Error {
        match self.other_engine {
            true => engine::in_its_words(error),
            false => error,
        }
    }

    fn document(&self, kept: &Kept, accumulators: Vec<Box<dyn Accumulator>>) -> Document {
        let mut document = Document::new();
        document.insert("_id", self.id.shown(kept));
        for ((name, _), accumulator) in self.fields.iter().zip(accumulators) {
            document.insert(name.as_str(), accumulator.finish().unwrap_or(Bson::Null));
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};

    use super::super::super::pipeline::ParseContext;
    use super::super::super::place::Inside;
    use super::super::super::{Namespace, from_documents};
    use super::*;

    /// The groups by their key, with a limit of memory.
    fn grouped(limit: usize, allow_disk_use: bool) -> Result<Vec<Document>> {
        let mut env = Env::at(bson::DateTime::from_millis(0));
        env.allow_disk_use = allow_disk_use;
        let cx = ParseContext {
            env: &env,
            namespace: Namespace::new("d", "c"),
            inside: Inside::Command,
            depth: 0,
        };
        let spec = doc! { "_id": { "a": "$a", "b": "$b" }, "n": { "$sum": "$v" }, "all": { "$push": "$v" } };
        let stages = super::super::parse(&Bson::Document(spec), &cx)?;
        let group = stages
            .first()
            .and_then(|stage| stage.as_group())
            .cloned()
            .unwrap();
        let documents = (0..5000).map(|n| match n % 3 {
            0 => doc! { "a": n % 700, "v": n },
            _ => doc! { "a": n % 700, "b": (n % 7).to_string(), "v": n },
        });
        let mut input = from_documents(documents.collect::<Vec<_>>());
        let mut groups = Groups::new(Arc::new(group.clone()), env.clone(), 0);
        groups.limit = limit;
        while let Some(document) = input.next()? {
            groups.take(&group, &env, &document)?;
        }
        let mut stream = groups.finish();
        let mut found = Vec::new();
        while let Some(document) = stream.next()? {
            found.push(document);
        }
        found.sort_by_key(|document| document.get("_id").map(ToString::to_string));
        Ok(found)
    }

    #[test]
    fn groups_on_disk_are_the_same() {
        let in_memory = grouped(usize::MAX, false).unwrap();
        assert!(in_memory.len() > 1000);
        assert_eq!(grouped(10_000, true).unwrap(), in_memory);
        assert_eq!(grouped(10_000, false).unwrap_err().code, 292);
    }
}
