//! Views for tests of what reads them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::{Document, RawDocumentBuf, Timestamp};

use super::keys;
use super::overlay::Overlay;
use super::view::{RecordId, View};
use crate::embedded::catalog::{Catalog, Collection};
use crate::embedded::index::document_keys;
use crate::embedded::storage::{Batch, Space, Store};

/// A view of a collection with these documents, and with the keys of its indexes.
pub fn view_of(collection: &Arc<Collection>, documents: &[Document]) -> View {
    let store = Store::memory();
    let mut batch = Batch::new();
    for (n, document) in documents.iter().enumerate() {
        let id = RecordId(n as u64 + 1);
        let raw = RawDocumentBuf::try_from(document).unwrap();
        batch.put(
            Space::Records,
            keys::record(collection.id, id),
            raw.as_bytes().to_vec(),
        );
        for index in &collection.indexes {
            let made = document_keys(index, &raw).unwrap();
            index
                .live
                .multikey
                .fetch_or(made.multikey, Ordering::Relaxed);
            for key in made.keys {
                match index.unique {
                    true => batch.put(
                        Space::Indexes,
                        keys::unique_key(index.id, &key),
                        keys::record_value(id),
                    ),
                    false => batch.put(
                        Space::Indexes,
                        keys::plain_key(index.id, &key, id),
                        Vec::new(),
                    ),
                }
            }
        }
    }
    let count = (documents.len() as i64, 0);
    batch.put(
        Space::Meta,
        keys::meta(b'c', collection.id.0),
        keys::counters(count.0, count.1),
    );
    store.write(batch).unwrap();
    View {
        snapshot: store.snapshot(),
        catalog: Arc::new(Catalog::default().with(collection.clone())),
        overlay: Overlay::default(),
        time: Timestamp {
            time: 1,
            increment: 1,
        },
    }
}
