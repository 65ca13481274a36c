//! Documents one after the other.

use bson::{Document, RawDocument};

use crate::mql::{Env, Result};

/// Documents that are computed as they are asked for.
///
/// It is not fused: `None` says that there is nothing *now*. Of a change stream more may come later, and
/// stages that look at one document at a time pass both on; of anything else `None` is the end.
pub trait DocStream: Send {
    /// The next document.
    ///
    /// # Errors
    /// What evaluating a stage or reading the collection says. The stream must not be asked again.
    fn next(&mut self) -> Result<Option<Document>>;
}

/// A stream of any kind.
pub type BoxStream = Box<dyn DocStream>;

impl DocStream for Box<dyn DocStream> {
    fn next(&mut self) -> Result<Option<Document>> {
        (**self).next()
    }
}

/// Stored documents in their bytes, for a stage that reads a few fields of them and decodes no document.
pub trait RawStream: Send {
    /// The next document; `None` at the end.
    ///
    /// # Errors
    /// As [`DocStream::next`].
    fn next(&mut self) -> Result<Option<&RawDocument>>;
}

struct Iter<I>(I);

impl<I: Iterator<Item = Result<Document>> + Send> DocStream for Iter<I> {
    fn next(&mut self) -> Result<Option<Document>> {
        self.0.next().transpose()
    }
}

/// The stream of an iterator's documents.
pub fn from_results(iter: impl Iterator<Item = Result<Document>> + Send + 'static) -> BoxStream {
    Box::new(Iter(iter))
}

/// The stream of these documents.
pub fn from_documents<I>(documents: I) -> BoxStream
where
    I: IntoIterator<Item = Document>,
    I::IntoIter: Send + 'static,
{
    from_results(documents.into_iter().map(Ok))
}

/// The stream without documents.
#[must_use]
pub fn empty() -> BoxStream {
    from_documents(Vec::new())
}

struct FromFn<F>(F);

impl<F: FnMut() -> Result<Option<Document>> + Send> DocStream for FromFn<F> {
    fn next(&mut self) -> Result<Option<Document>> {
        (self.0)()
    }
}

/// The stream that a function computes.
pub fn from_fn(next: impl FnMut() -> Result<Option<Document>> + Send + 'static) -> BoxStream {
    Box::new(FromFn(next))
}

/// The stream that a function makes of each document; `None` leaves it out.
pub(super) fn filter_map(
    mut input: BoxStream,
    mut f: impl FnMut(Document) -> Result<Option<Document>> + Send + 'static,
) -> BoxStream {
    from_fn(move || {
        while let Some(document) = input.next()? {
            if let Some(made) = f(document)? {
                return Ok(Some(made));
            }
        }
        Ok(None)
    })
}

/// The stream of a blocking stage: all of it is computed when the first document is asked for.
pub(super) fn deferred(make: impl FnOnce() -> Result<BoxStream> + Send + 'static) -> BoxStream {
    let mut make = Some(make);
    let mut made: Option<BoxStream> = None;
    from_fn(move || {
        if let Some(make) = make.take() {
            made = Some(make()?);
        }
        made.as_mut().map_or(Ok(None), |stream| stream.next())
    })
}

/// The same stream, which stops when the command is killed or its time is up.
#[must_use]
pub fn interruptible(mut input: BoxStream, env: &Env) -> BoxStream {
    let interrupt = env.interrupt.clone();
    from_fn(move || {
        interrupt.check()?;
        input.next()
    })
}
