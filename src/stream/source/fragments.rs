//! Joining an event that the server cut because it is over 16 MB.
//!
//! A fragment has some of the event's fields, and `splitEvent: { fragment: n, of: m }`; its `_id`
//! is the place behind it. Fragments of one event come one after the other (manual,
//! "$changeStreamSplitLargeEvent").

use bson::raw::cstr;
use bson::{RawDocument, RawDocumentBuf};
use mongodb::error::Error;

/// The beginning of an event whose end has not come yet.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// Whether the server was asked to cut events.
    expected: bool,
    kept: Vec<RawDocumentBuf>,
}

impl Fragments {
    /// None yet; none ever unless they are expected.
    pub fn new(expected: bool) -> Self {
        let kept = Vec::new();
        Self { expected, kept }
    }

    /// Whether no event has begun.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Forgets the beginning: the stream is opened again in front of it.
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    /// Whether a document is a fragment.
    pub fn takes(&self, event: &RawDocument) -> bool {
        self.expected && event.get_document("splitEvent").is_ok()
    }

    /// Takes a fragment; the event, if that was its last.
    pub fn take(&mut self, fragment: &RawDocument) -> Result<Option<RawDocumentBuf>, Error> {
        let split = fragment.get_document("splitEvent")?;
        if split.get_i32("fragment")? == 1 {
            self.kept.clear();
        }
        self.kept.push(fragment.to_owned());
        if split.get_i32("fragment")? < split.get_i32("of")? {
            return Ok(None);
        }
        let whole = join(&self.kept)?;
        self.kept.clear();
        Ok(Some(whole))
    }
}

/// The event of its fragments: all their fields, and the last one's `_id`.
fn join(fragments: &[RawDocumentBuf]) -> Result<RawDocumentBuf, Error> {
    let mut whole = RawDocumentBuf::new();
    if let Some(last) = fragments.last()
        && let Some(id) = last.get("_id")?
    {
        whole.append(cstr!("_id"), id);
    }
    for fragment in fragments {
        for field in fragment.iter() {
            let (name, value) = field?;
            if !matches!(name.as_str(), "_id" | "splitEvent") {
                whole.append(name, value);
            }
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::Fragments;
    use bson::{Document, RawDocumentBuf, doc};

    fn raw(document: &Document) -> RawDocumentBuf {
        RawDocumentBuf::try_from(document).unwrap()
    }

    #[test]
    fn fragments_become_one_event_with_the_last_place() {
        let mut fragments = Fragments::new(true);
        let first = raw(&doc! {
            "_id": { "_data": "01" }, "splitEvent": { "fragment": 1, "of": 2 },
            "operationType": "update", "documentKey": { "_id": 7 },
        });
        let second = raw(&doc! {
            "_id": { "_data": "02" }, "splitEvent": { "fragment": 2, "of": 2 },
            "fullDocument": { "_id": 7, "x": 1 },
        });
        assert!(fragments.takes(&first));
        assert!(fragments.take(&first).unwrap().is_none());
        assert!(!fragments.is_empty());
        let whole = fragments.take(&second).unwrap().unwrap();
        assert!(fragments.is_empty());
        let expected = doc! {
            "_id": { "_data": "02" }, "operationType": "update", "documentKey": { "_id": 7 },
            "fullDocument": { "_id": 7, "x": 1 },
        };
        assert_eq!(Document::try_from(whole.as_ref()).unwrap(), expected);
    }

    #[test]
    fn a_first_fragment_begins_anew() {
        let mut fragments = Fragments::new(true);
        let part = |n: i32| {
            raw(
                &doc! { "_id": { "_data": format!("0{n}") }, "splitEvent": { "fragment": n, "of": 2 }, format!("f{n}"): n },
            )
        };
        fragments.take(&part(1)).unwrap();
        fragments.take(&part(1)).unwrap();
        let whole = fragments.take(&part(2)).unwrap().unwrap();
        let expected = doc! { "_id": { "_data": "02" }, "f1": 1, "f2": 2 };
        assert_eq!(Document::try_from(whole.as_ref()).unwrap(), expected);
    }

    #[test]
    fn none_is_taken_where_none_was_asked_for() {
        let event = raw(&doc! { "splitEvent": { "fragment": 1, "of": 2 } });
        assert!(!Fragments::new(false).takes(&event));
        assert!(!Fragments::new(true).takes(&raw(&doc! { "splitEvent": 1 })));
    }
}
