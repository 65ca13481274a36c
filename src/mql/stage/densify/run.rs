//! Running a `$densify`.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::sync::Arc;

use bson::{Bson, Document};

use super::super::group::hash::{hash_value, same};
use super::super::group::table::Places;
use super::super::stream::deferred;
use super::super::{BoxStream, fields, from_fn};
use super::Densify;
use super::bounds::Bounds;
use crate::mql::{Env, Error, Result};
use crate::value::compare;

/// How many documents are made at most.
const LIMIT: u64 = 500_000;

/// A partition with its next step.
struct Partition {
    key: Vec<Option<Bson>>,
    next: Bson,
    /// With explicit bounds: the value of its only documents so far, which are before the bounds.
    before: Option<Bson>,
}

struct Running {
    densify: Arc<Densify>,
    env: Env,
    places: Places,
    partitions: Vec<Partition>,
    /// The least and the greatest value so far.
    least: Option<Bson>,
    greatest: Option<Bson>,
    /// With explicit bounds: the last document was before them. As on the server, partitions that begin then are
    /// not remembered until a document is within the bounds.
    below: bool,
    made: u64,
}

/// What is to be given out: documents that are made up to a bound, then the one that was read.
struct Ahead {
    partition: usize,
    to: Bson,
    inclusive: bool,
    then: Option<Document>,
}

/// The documents with those that were missing.
pub(super) fn stream(densify: Arc<Densify>, input: BoxStream, env: Env) -> BoxStream {
    deferred(move || {
        let mut sorted = densify.sort.sorted(input, &env)?;
        let mut running = Running {
            densify,
            env,
            places: Places::new(),
            partitions: Vec::new(),
            least: None,
            greatest: None,
            below: true,
            made: 0,
        };
        let mut ahead = VecDeque::new();
        let mut ended = false;
        Ok(from_fn(move || {
            loop {
                while let Some(first) = ahead.front_mut() {
                    if let Some(document) = running.make(first)? {
                        return Ok(Some(document));
                    }
                    if let Some(Ahead {
                        then: Some(document),
                        ..
                    }) = ahead.pop_front()
                    {
                        return Ok(Some(document));
                    }
                }
                if ended {
                    return Ok(None);
                }
                match sorted.next().transpose()? {
                    Some(document) => match running.take(document)? {
                        Taken::Given(document) => return Ok(Some(document)),
                        Taken::Ahead(work) => ahead.push_back(work),
                    },
                    None => {
                        ended = true;
                        ahead = running.rest()?.into();
                    }
                }
            }
        }))
    })
}

enum Taken {
    /// The document stays alone.
    Given(Document),
    /// Others come before it.
    Ahead(Ahead),
}

impl Running {
    fn take(&mut self, document: Document) -> Result<Taken> {
        let value = match fields::get(&document, &self.densify.field) {
            None | Some(Bson::Null | Bson::Undefined) => return Ok(Taken::Given(document)),
            Some(value) => value.clone(),
        };
        self.densify.step.check(&value)?;
        self.least.get_or_insert_with(|| value.clone());
        self.greatest = Some(value.clone());
        let key = self.densify.partition.iter();
        let key: Vec<_> = key
            .map(|path| fields::get(&document, path).cloned())
            .collect();
        let densify = self.densify.clone();
        let place = match &densify.bounds {
            Bounds::Full => {
                let least = self.least.clone().unwrap_or(Bson::Null);
                self.place(key, &least)
            }
            Bounds::Partition => self.place(key, &value),
            Bounds::Explicit(range) => match self.explicit(key, &value, &range[0])? {
                Some(place) => place,
                None => return Ok(Taken::Given(document)),
            },
        };
        Ok(Taken::Ahead(Ahead {
            partition: place,
            to: value,
            inclusive: false,
            then: Some(document),
        }))
    }

    /// With explicit bounds: the partition whose steps come before the document, if any do.
    ///
    /// The server's way, with its corners: a partition that begins before the bounds is remembered with that
    /// value, if the last document was within them; on the lower bound its steps go on from there.
    fn explicit(
        &mut self,
        key: Vec<Option<Bson>>,
        value: &Bson,
        low: &Bson,
    ) -> Result<Option<usize>> {
        let order = compare(value, low);
        let known = self.find(&key).1.is_some();
        if self.below && !known && !self.partitions.is_empty() && order.is_le() {
            self.below = order.is_lt();
            return Ok(None);
        }
        let densify = self.densify.clone();
        let first = densify.step.settled(low, &self.env)?;
        let place = self.place(key, &first);
        let Some(partition) = self.partitions.get_mut(place) else {
            return Ok(None);
        };
        if order.is_lt() {
            if !known {
                self.below = true;
                partition.before = Some(value.clone());
            }
            return Ok(None);
        }
        self.below = false;
        let before = partition.before.take();
        if order.is_gt() {
            return Ok(Some(place));
        }
        let from = before.filter(|_| !densify.partition.is_empty());
        partition.next = densify
            .step
            .after(from.as_ref().unwrap_or(value), &self.env)?;
        Ok(None)
    }

    /// The hash of a partition's key and its place, if it is known.
    fn find(&self, key: &[Option<Bson>]) -> (u64, Option<usize>) {
        let mut state = self.places.hasher();
        key.iter()
            .for_each(|value| hash_value(value.as_ref(), &mut state));
        let hash = state.finish();
        let found = self.places.find(hash, |place| {
            self.partitions.get(place).is_some_and(|partition| {
                let mut pairs = partition.key.iter().zip(key);
                pairs.all(|(a, b)| same(a.as_ref(), b.as_ref()))
            })
        });
        (hash, found)
    }

    /// The partition's place; a new one begins at a value.
    fn place(&mut self, key: Vec<Option<Bson>>, next: &Bson) -> usize {
        let (hash, found) = self.find(&key);
        if let Some(place) = found {
            return place;
        }
        let next = next.clone();
        self.partitions.push(Partition {
            key,
            next,
            before: None,
        });
        self.places.insert(hash)
    }

    /// The next document before a bound.
    fn make(&mut self, ahead: &Ahead) -> Result<Option<Document>> {
        let Some(partition) = self.partitions.get_mut(ahead.partition) else {
            return Ok(None);
        };
        let densify = &self.densify;
        if let Bounds::Explicit(range) = &densify.bounds
            && compare(&partition.next, &range[1]).is_ge()
        {
            return Ok(None);
        }
        let order = compare(&partition.next, &ahead.to);
        if order.is_gt() || (order.is_eq() && ahead.then.is_none() && !ahead.inclusive) {
            return Ok(None);
        }
        let next = densify.step.after(&partition.next, &self.env)?;
        let value = std::mem::replace(&mut partition.next, next);
        if order.is_eq() && ahead.then.is_some() {
            // The document that was read is on this step.
            return Ok(None);
        }
        self.made += 1;
        if self.made > LIMIT {
            return Err(Error::new(
                5_897_900,
                format!(
                    "Generated {} documents in $densify, which is over the limit of {LIMIT}. Increase the 'internalQueryMaxAllowedDensifyDocs' parameter to allow more generated documents",
                    self.made
                ),
            ));
        }
        let mut document = Document::new();
        for (path, value) in densify.partition.iter().zip(&partition.key) {
            if densify.field.starts_with(path) || path.starts_with(&densify.field) {
                return Err(Error::new(
                    5_733_306,
                    "DocGenerator cannot include field that is being densified",
                ));
            }
            if let Some(value) = value {
                fields::set(&mut document, path, value.clone());
            }
        }
        fields::set(&mut document, &densify.field, value);
        Ok(Some(document))
    }

    /// What is missing behind the last document.
    fn rest(&mut self) -> Result<Vec<Ahead>> {
        let (to, inclusive) = match (&self.densify.bounds, &self.greatest) {
            (Bounds::Partition, _) | (Bounds::Full, None) => return Ok(Vec::new()),
            (Bounds::Full, Some(greatest)) => (greatest.clone(), true),
            (Bounds::Explicit(range), _) => (range[1].clone(), false),
        };
        if let (Bounds::Explicit(range), true) =
            (self.densify.bounds.clone(), self.partitions.is_empty())
        {
            let nothing = self.densify.partition.iter().map(|_| None).collect();
            self.place(nothing, &range[0]);
        }
        self.settle()?;
        let places = 0..self.partitions.len();
        let rest = places.map(|partition| Ahead {
            partition,
            to: to.clone(),
            inclusive,
            then: None,
        });
        Ok(rest.collect())
    }

    /// Partitions with documents only before the bounds go on from there, as the server's do.
    fn settle(&mut self) -> Result<()> {
        let densify = self.densify.clone();
        let Bounds::Explicit(range) = &densify.bounds else {
            return Ok(());
        };
        let [low, _] = &**range;
        for partition in &mut self.partitions {
            let Some(before) = partition.before.take() else {
                continue;
            };
            let next = densify.step.after(&before, &self.env)?;
            if !densify.partition.is_empty() && compare(&next, low).is_ge() {
                partition.next = next;
            }
        }
        Ok(())
    }
}
