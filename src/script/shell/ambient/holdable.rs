//! [`Holdable`]: where a script's writes stand that may be held back.

use std::collections::HashSet;

use rhai::Position;

/// A line or column that a position cannot count any further.
const SATURATED: usize = u16::MAX as usize;

/// The places of calls that may be held back, in whatever source; whoever reads the sources finds
/// them. A place is one where it is one in every source that has a write there: a closure does not
/// always know its source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdable {
    places: HashSet<(usize, usize)>,
    refused: HashSet<(usize, usize)>,
    /// Whether the sources catch errors at all.
    pub catches: bool,
}

impl Holdable {
    /// Notes a write that may be held back, or must not.
    pub fn note(&mut self, position: Position, may: bool) {
        let Some(place) = position.line().zip(position.position()) else {
            return;
        };
        let exact = place.0 < SATURATED && place.1 < SATURATED;
        if !may || !exact {
            self.refused.insert(place);
            self.places.remove(&place);
        } else if !self.refused.contains(&place) {
            self.places.insert(place);
        }
    }

    /// Whether the write at this place may be held back.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        let place = position.line().zip(position.position());
        place.is_some_and(|place| self.places.contains(&place))
    }

    /// The lines that have such writes, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<usize> {
        let mut lines: Vec<usize> = self.places.iter().map(|(line, _)| *line).collect();
        lines.sort_unstable();
        lines
    }
}
