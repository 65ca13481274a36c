//! Projections that keep or drop whole fields, on stored documents: the bytes of what stays are copied.

use bson::RawDocument;

use super::tree::{Child, Mode};
use super::{Inner, Projection};
use crate::mql::error::code;
use crate::mql::{Error, Result};
use crate::value::raw::RawFields;

impl Inner {
    pub(super) fn is_selection(&self) -> bool {
        let whole = |child: &Child| matches!(child, Child::Named);
        self.position.is_none() && self.slices.is_empty() && self.root.fields.values().all(whole)
    }
}

impl Projection {
    /// Whether it keeps or drops whole fields of documents, and does nothing else: then [`Projection::select`]
    /// can stand for [`Projection::apply`].
    #[must_use]
    pub fn is_selection(&self) -> bool {
        self.selection
    }

    /// A stored document as projected, in bytes.
    ///
    /// # Errors
    /// When the bytes are no document: the disk is damaged.
    pub fn select(&self, document: &RawDocument) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(document.as_bytes().len());
        out.extend([0; 4]);
        for field in RawFields::of(document) {
            let (name, value) = field.map_err(damaged)?;
            let mut named = self.inner.root.fields.keys();
            let named = named.any(|known| known.as_bytes() == name);
            if named == (self.inner.mode == Mode::Inclusion) {
                value.write(name, &mut out);
            }
        }
        out.push(0);
        let length = i32::try_from(out.len()).map_err(damaged)?;
        if let Some(place) = out.first_chunk_mut() {
            *place = length.to_le_bytes();
        }
        Ok(out)
    }
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(
        code::INVALID_BSON,
        format!("a stored document is damaged: {e}"),
    )
}
