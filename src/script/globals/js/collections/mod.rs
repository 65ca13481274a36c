//! `Set` and `Map`: JavaScript's collections, in the order of insertion.
//!
//! They are references, as in JavaScript: a copy is the same collection. Two keys are the same
//! where they show the same: `1` and `1.0`, equal ObjectIds, documents with equal fields.

mod map;
mod set;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::convert::text;
use crate::script::api::type_in_words;
use crate::script::host::Host;
use crate::value::inspect::Node;

pub use map::JsMap;
pub use set::JsSet;

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    set::register(engine, host);
    map::register(engine, host);
}

/// The items of an array, a set or a map (pairs of key and value).
#[must_use]
pub fn items(value: &Dynamic) -> Option<Array> {
    if let Some(items) = value.read_lock::<Array>() {
        return Some(items.clone());
    }
    if let Some(set) = value.read_lock::<JsSet>() {
        return Some(set.0.keys());
    }
    value.read_lock::<JsMap>().map(|map| map.0.pairs())
}

/// Keys with values, in the order of insertion.
#[derive(Clone, Default)]
struct Entries(Rc<RefCell<Ordered>>);

#[derive(Default)]
struct Ordered {
    places: HashMap<String, u64>,
    entries: BTreeMap<u64, (Dynamic, Dynamic)>,
    next: u64,
}

impl Entries {
    fn len(&self) -> usize {
        self.0.borrow().entries.len()
    }

    fn get(&self, key: &Dynamic) -> Option<Dynamic> {
        let all = self.0.borrow();
        let place = all.places.get(&identity(key))?;
        all.entries.get(place).map(|(_, value)| value.clone())
    }

    fn set(&self, key: Dynamic, value: Dynamic) {
        let all = &mut *self.0.borrow_mut();
        let place = *all.places.entry(identity(&key)).or_insert(all.next);
        all.next = all.next.max(place + 1);
        let entry = all.entries.entry(place).or_insert((key, Dynamic::UNIT));
        entry.1 = value;
    }

    fn remove(&self, key: &Dynamic) -> bool {
        let all = &mut *self.0.borrow_mut();
        let place = all.places.remove(&identity(key));
        place.and_then(|place| all.entries.remove(&place)).is_some()
    }

    fn clear(&self) {
        *self.0.borrow_mut() = Ordered::default();
    }

    fn keys(&self) -> Array {
        let all = self.0.borrow();
        all.entries.values().map(|(key, _)| key.clone()).collect()
    }

    fn values(&self) -> Array {
        let all = self.0.borrow();
        all.entries
            .values()
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn pairs(&self) -> Array {
        let all = self.0.borrow();
        let pair = |(key, value): &(Dynamic, Dynamic)| vec![key.clone(), value.clone()].into();
        all.entries.values().map(pair).collect()
    }
}

/// `Set(2) { 'a', 'b' }`.
fn shown(name: &str, items: &[String]) -> Node {
    let inside = match items.is_empty() {
        true => "{}".to_string(),
        false => format!("{{ {} }}", items.join(", ")),
    };
    Node::Raw(format!("{name}({}) {inside}", items.len()))
}

/// What a key is known by.
fn identity(key: &Dynamic) -> String {
    let shown = match crate::script::convert::to_raw(key) {
        Ok(bson::RawBson::Document(doc)) => hex::encode(doc.as_bytes()),
        Ok(bson::RawBson::Array(items)) => hex::encode(items.as_bytes()),
        _ => text(key).to_string(),
    };
    format!("{}:{shown}", type_in_words(key))
}
