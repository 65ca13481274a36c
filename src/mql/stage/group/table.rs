//! A hash table from keys to places in a list, which never owns a key it is only asked about.

use std::hash::{BuildHasher, RandomState};

/// Places by the hashes of their keys. Keys are compared by the caller.
pub(crate) struct Places {
    hasher: RandomState,
    /// Place + 1 and the upper half of the hash; 0 is free. Its length is a power of two.
    slots: Vec<(u32, u32)>,
    hashes: Vec<u64>,
}

impl Places {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            slots: vec![(0, 0); 64],
            hashes: Vec::new(),
        }
    }

    /// A hasher for keys.
    pub(crate) fn hasher(&self) -> std::hash::DefaultHasher {
        self.hasher.build_hasher()
    }

    /// The place of a key with this hash.
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let tag = tag(hash);
        let mut at = self.start(hash);
        loop {
            match self.slots.get(at).copied() {
                Some((0, _)) | None => return None,
                Some((place, t)) => {
                    let place = place as usize - 1;
                    if t == tag && is_it(place) {
                        return Some(place);
                    }
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// A new place for a key with this hash: the next one.
    pub(crate) fn insert(&mut self, hash: u64) -> usize {
        if (self.hashes.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let place = self.hashes.len();
        self.hashes.push(hash);
        self.put(hash, place);
        place
    }

    fn grow(&mut self) {
        self.slots = vec![(0, 0); self.slots.len() * 2];
        let hashes = std::mem::take(&mut self.hashes);
        for (place, hash) in hashes.iter().enumerate() {
            self.put(*hash, place);
        }
        self.hashes = hashes;
    }

    fn put(&mut self, hash: u64, place: usize) {
        let mask = self.slots.len() - 1;
        let mut at = self.start(hash);
        while self.slots.get(at).is_some_and(|slot| slot.0 != 0) {
            at = (at + 1) & mask;
        }
        if let (Some(slot), Ok(place)) = (self.slots.get_mut(at), u32::try_from(place + 1)) {
            *slot = (place, tag(hash));
        }
    }

    fn start(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}
