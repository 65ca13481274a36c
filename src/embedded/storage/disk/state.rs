//! What readers see.

use std::sync::Arc;

use bytes::Bytes;

use super::super::snapshot::View;
use super::super::{Batch, Direction, KeyRange, Result, Scan, Space};
use super::merge::{Layers, Merge, SlotScan};
use super::overlay::Overlay;
use super::tree::TreeView;

/// The store at one moment. Writers change it in place while no snapshot holds it, and a copy otherwise.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) seq: u64,
    /// The newest writes.
    pub(super) active: Overlay,
    /// Those that are on their way into the tree.
    pub(super) sealed: Option<Overlay>,
    pub(super) tree: Arc<TreeView>,
}

impl State {
    pub(super) fn apply(&mut self, seq: u64, batch: Batch) {
        self.active.apply(batch);
        self.seq = seq;
    }

    /// How much memory the overlays take.
    pub(super) fn bytes(&self) -> usize {
        self.active.bytes() + self.sealed.as_ref().map_or(0, Overlay::bytes)
    }
}

impl View for State {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>> {
        let overlays = [Some(&self.active), self.sealed.as_ref()];
        for overlay in overlays.into_iter().flatten() {
            if let Some(slot) = overlay.map(space).get(key) {
                return Ok(slot.clone());
            }
        }
        self.tree.get(space, key)
    }

    fn scan(&self, space: Space, range: KeyRange, direction: Direction) -> Scan {
        let tree = self.tree.scan(space, &range, direction);
        let tree = tree.unwrap_or_else(|| Box::new(std::iter::empty()));
        let over =
            |overlay: &Overlay| SlotScan::new(overlay.map(space).clone(), range.clone(), direction);
        let has = |overlay: &&Overlay| !overlay.map(space).is_empty();
        match (
            Some(&self.active).filter(has),
            self.sealed.as_ref().filter(has),
        ) {
            (None, None) => tree,
            (Some(only), None) | (None, Some(only)) => {
                Box::new(Merge::new(over(only), tree, direction))
            }
            (Some(newer), Some(older)) => {
                let layers = Layers::new(over(newer), over(older), direction);
                Box::new(Merge::new(layers, tree, direction))
            }
        }
    }
}
