//! [`Doc`]: the document a script holds, in field order.
//!
//! Rhai's own `Map` sorts its keys, and in MongoDB order is meaning (sort specifications, compound
//! indexes, embedded-document equality, commands). So every object literal and every document
//! read from a server is a `Doc`: field order is exact under any mutation, never guessed.
//!
//! Invariants:
//! - a field's place is where it was first written; assigning to it keeps the place;
//! - copies are cheap (shared until written), as scripts copy on every read of a nested document;
//! - nesting is bounded by [`MAX_DEPTH`], so that no document can exhaust the stack when it is
//!   copied, printed or dropped.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use rhai::{Array, Dynamic, ImmutableString};

/// The deepest nesting a script may build. MongoDB itself refuses more than 180 levels over the
/// wire, so whatever a server can hold fits.
pub const MAX_DEPTH: usize = 200;

/// From this many fields on, a lookup goes through a hash index; below it, a scan is faster.
const INDEX_FROM: usize = 16;

/// A document nested deeper than [`MAX_DEPTH`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("documents and arrays can be nested at most {MAX_DEPTH} levels deep")]
pub struct TooDeep;

/// An ordered document of script values; cloning shares until one side writes.
#[derive(Clone, Default)]
pub struct Doc(Rc<Fields>);

#[derive(Clone, Default)]
struct Fields {
    entries: Vec<(ImmutableString, Dynamic)>,
    /// Place of each key, kept once there are [`INDEX_FROM`] fields.
    index: Option<HashMap<ImmutableString, usize>>,
    depth: usize,
}

impl Doc {
    /// An empty document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A document with room for `n` fields.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self(Rc::new(Fields {
            entries: Vec::with_capacity(n),
            ..Fields::default()
        }))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// How many levels of documents and arrays lie below this one.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.depth
    }

    /// The value of `key`, the first one where a server's document holds the key twice.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Dynamic> {
        self.place(key).map(|at| &self.0.entries[at].1)
    }

    /// A mutable borrow of the value of `key`. Do not use it to nest documents deeper: [`Doc::set`]
    /// is the checked way.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Dynamic> {
        let at = self.place(key)?;
        Some(&mut Rc::make_mut(&mut self.0).entries[at].1)
    }

    /// Whether there is a field `key`.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    /// Writes `key`: in its place where it exists, else as the last field.
    ///
    /// # Errors
    /// [`TooDeep`] where the value would nest beyond [`MAX_DEPTH`]; the document is unchanged.
    pub fn set(&mut self, key: impl Into<ImmutableString>, value: Dynamic) -> Result<(), TooDeep> {
        let key = key.into();
        match self.place(&key) {
            Some(at) => {
                let (value, depth) = checked(value)?;
                let fields = Rc::make_mut(&mut self.0);
                fields.entries[at].1 = value;
                fields.depth = fields.depth.max(depth);
                Ok(())
            }
            None => self.push(key, value),
        }
    }

    /// Adds a last field without looking whether the key is there already: for readers of BSON,
    /// where a document with a repeated key must come back as it was.
    ///
    /// # Errors
    /// [`TooDeep`] where the value would nest beyond [`MAX_DEPTH`].
    pub fn push(&mut self, key: impl Into<ImmutableString>, value: Dynamic) -> Result<(), TooDeep> {
        let (value, depth) = checked(value)?;
        let fields = Rc::make_mut(&mut self.0);
        fields.depth = fields.depth.max(depth);
        fields.entries.push((key.into(), value));
        fields.index_last();
        Ok(())
    }

    /// Removes `key`; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Dynamic> {
        let at = self.place(key)?;
        let fields = Rc::make_mut(&mut self.0);
        let (_, value) = fields.entries.remove(at);
        fields.reindex();
        Some(value)
    }

    /// Removes every field.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Keeps the fields for which `keep` says yes.
    pub fn retain(&mut self, mut keep: impl FnMut(&ImmutableString, &Dynamic) -> bool) {
        let fields = Rc::make_mut(&mut self.0);
        fields.entries.retain(|(key, value)| keep(key, value));
        fields.reindex();
    }

    /// The fields in order.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&ImmutableString, &Dynamic)> + ExactSizeIterator {
        self.0.entries.iter().map(|(key, value)| (key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &ImmutableString> + ExactSizeIterator {
        self.0.entries.iter().map(|(key, _)| key)
    }

    /// The values in field order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Dynamic> + ExactSizeIterator {
        self.0.entries.iter().map(|(_, value)| value)
    }

    fn place(&self, key: &str) -> Option<usize> {
        match &self.0.index {
            Some(index) => index.get(key).copied(),
            None => self.0.entries.iter().position(|(k, _)| k.as_str() == key),
        }
    }
}

impl Fields {
    /// Keeps the index true after one field was added at the end.
    fn index_last(&mut self) {
        let last = self.entries.len() - 1;
        match &mut self.index {
            Some(index) => {
                index.entry(self.entries[last].0.clone()).or_insert(last);
            }
            None if self.entries.len() >= INDEX_FROM => self.reindex(),
            None => {}
        }
    }

    fn reindex(&mut self) {
        self.index = (self.entries.len() >= INDEX_FROM).then(|| {
            let mut index = HashMap::with_capacity(self.entries.len());
            for (at, (key, _)) in self.entries.iter().enumerate() {
                index.entry(key.clone()).or_insert(at);
            }
            index
        });
    }
}

/// The value as it is stored (unshared) with the depth it adds below its parent.
fn checked(value: Dynamic) -> Result<(Dynamic, usize), TooDeep> {
    let value = value.flatten();
    let depth = depth_of(&value, MAX_DEPTH)?;
    Ok((value, depth))
}

/// Levels that `value` adds below the document that holds it: 0 for a scalar.
fn depth_of(value: &Dynamic, room: usize) -> Result<usize, TooDeep> {
    let depth = if let Some(doc) = value.read_lock::<Doc>() {
        1 + doc.depth()
    } else if let Some(array) = value.read_lock::<Array>() {
        let room = room.checked_sub(1).ok_or(TooDeep)?;
        let mut deepest = 0;
        for item in array.iter() {
            deepest = deepest.max(depth_of(item, room)?);
        }
        1 + deepest
    } else {
        0
    };
    if depth > room {
        Err(TooDeep)
    } else {
        Ok(depth)
    }
}

impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(keys: &[&str]) -> Doc {
        let mut doc = Doc::new();
        for key in keys {
            doc.set(*key, Dynamic::from(key.len() as i64))
                .expect("flat");
        }
        doc
    }

    #[test]
    fn order_is_first_written_first() {
        let mut d = doc(&["z", "a", "m"]);
        d.set("a", Dynamic::TRUE).expect("flat");
        d.set("b", Dynamic::TRUE).expect("flat");
        d.remove("z");
        d.set("z", Dynamic::TRUE).expect("flat");
        let keys: Vec<_> = d.keys().map(|k| k.as_str()).collect();
        assert_eq!(keys, ["a", "m", "b", "z"]);
    }

    #[test]
    fn a_copy_is_its_own() {
        let a = doc(&["x"]);
        let mut b = a.clone();
        b.set("y", Dynamic::TRUE).expect("flat");
        assert_eq!((a.len(), b.len()), (1, 2));
    }

    #[test]
    fn many_fields_are_found_by_index_after_every_change() {
        let mut d = Doc::new();
        for i in 0..100_i64 {
            d.set(format!("k{i}"), Dynamic::from(i)).expect("flat");
        }
        for i in (0..100).step_by(2) {
            d.remove(&format!("k{i}"));
        }
        for i in 0..100_i64 {
            let found = d.get(&format!("k{i}")).map(|v| v.as_int().expect("int"));
            assert_eq!(found, (i % 2 == 1).then_some(i));
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut d = Doc::new();
        for _ in 0..MAX_DEPTH {
            let mut outer = Doc::new();
            outer.set("d", Dynamic::from(d)).expect("within the bound");
            d = outer;
        }
        assert_eq!(Doc::new().set("d", Dynamic::from(d)), Err(TooDeep));
    }
}
