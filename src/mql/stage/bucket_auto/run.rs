//! Running a `$bucketAuto`.

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::super::{BoxStream, from_fn};
use super::BucketAuto;
use crate::mql::accumulate::Accumulator;
use crate::mql::path::Path;
use crate::mql::sort::{SortField, SortKey, SortSource, SortSpec, Sorted, Sorter};
use crate::mql::{Env, Result};
use crate::value::{Number, compare};

/// A group as it grows.
struct Bucket {
    min: Bson,
    max: Bson,
    accumulators: Vec<Box<dyn Accumulator>>,
}

struct Running {
    stage: Arc<BucketAuto>,
    env: Env,
    sorted: Sorted<Document>,
    /// How many documents a bucket should have.
    size: u64,
    /// How many buckets there were.
    done: u64,
    /// The first document of the next bucket, and where the last one ended.
    next: Option<(Bson, Document)>,
    previous_max: Option<Bson>,
}

/// The buckets of a stream.
pub(super) fn buckets(stage: Arc<BucketAuto>, mut input: BoxStream, env: Env) -> Result<BoxStream> {
    let field = SortField {
        source: SortSource::Path(Path::new("key")),
        descending: false,
    };
    let mut sorter = Sorter::new(SortSpec::of(vec![field]), None, &env);
    let mut count = 0_u64;
    while let Some(document) = input.next()? {
        env.interrupt.check()?;
        let key = stage.key(&document, &env)?;
        sorter.add(SortKey([key].into()), document)?;
        count += 1;
    }
    let mut running = Running {
        size: (count as f64 / stage.buckets as f64).round().max(1.0) as u64,
        stage,
        env,
        sorted: sorter.finish()?,
        done: 0,
        next: None,
        previous_max: None,
    };
    running.next = running.read()?;
    Ok(from_fn(move || running.bucket()))
}

impl Running {
    fn read(&mut self) -> Result<Option<(Bson, Document)>> {
        let Some(document) = self.sorted.next().transpose()? else {
            return Ok(None);
        };
        Ok(Some((self.stage.key(&document, &self.env)?, document)))
    }

    fn bucket(&mut self) -> Result<Option<Document>> {
        if self.done == self.stage.buckets {
            return Ok(None);
        }
        let Some(first) = self.next.take() else {
            return Ok(None);
        };
        self.done += 1;
        let mut bucket = self.start(&first.0)?;
        self.add(&mut bucket, first)?;
        let mut size = 1;
        let last = self.done == self.stage.buckets;
        while last || size < self.size {
            let Some(document) = self.read()? else {
                break;
            };
            self.add(&mut bucket, document)?;
            size += 1;
        }
        self.next = self.end(&mut bucket)?;
        self.previous_max = Some(bucket.max.clone());
        Ok(Some(self.document(bucket)))
    }

    fn start(&self, key: &Bson) -> Result<Bucket> {
        let min = match (&self.stage.granularity, &self.previous_max) {
            (None, _) => key.clone(),
            (Some(_), Some(previous)) => previous.clone(),
            (Some(granularity), None) => granularity.below(key),
        };
        let nothing = Bson::Document(Document::new());
        let fields = self.stage.fields.iter();
        let started = fields.map(|(_, spec)| spec.start(Some(&nothing), &self.env));
        Ok(Bucket {
            min,
            max: key.clone(),
            accumulators: started.collect::<Result<_>>()?,
        })
    }

    fn add(&self, bucket: &mut Bucket, (key, document): (Bson, Document)) -> Result<()> {
        bucket.max = key;
        let specs = self.stage.fields.iter();
        for ((_, spec), accumulator) in specs.zip(&mut bucket.accumulators) {
            accumulator.add(spec.evaluate(&document, &self.env)?)?;
        }
        Ok(())
    }

    /// Takes in what belongs to the bucket too; the document after it.
    fn end(&mut self, bucket: &mut Bucket) -> Result<Option<(Bson, Document)>> {
        let mut next = self.read()?;
        let stage = self.stage.clone();
        let Some(granularity) = &stage.granularity else {
            while let Some(equal) = next.take_if(|(key, _)| compare(key, &bucket.max).is_eq()) {
                self.add(bucket, equal)?;
                next = self.read()?;
            }
            if let Some((key, _)) = &next {
                bucket.max = key.clone();
            }
            return Ok(next);
        };
        let boundary = granularity.above(&bucket.max);
        while let Some(below) = next.take_if(|(key, _)| compare(key, &boundary).is_lt()) {
            self.add(bucket, below)?;
            next = self.read()?;
        }
        // Zero is no number of any series: the boundary is that of the next value.
        let zero = Number::from_bson(&boundary).is_some_and(Number::is_zero);
        bucket.max = match &next {
            Some((key, _)) if zero => granularity.below(key),
            _ => boundary,
        };
        Ok(next)
    }

    fn document(&self, bucket: Bucket) -> Document {
        let mut document = doc! { "_id": { "min": bucket.min, "max": bucket.max } };
        let names = self.stage.fields.iter().map(|(name, _)| name.as_str());
        for (name, accumulator) in names.zip(bucket.accumulators) {
            document.insert(name, accumulator.finish().unwrap_or(Bson::Null));
        }
        document
    }
}
