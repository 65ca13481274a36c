//! The keys that a document has under a list of paths: an index's keys, and what a sort orders by.
//!
//! Where a path meets an array there is a key for each of its elements; paths that share the array take their
//! values from the same element. Two arrays that are not one inside of the other are refused. This is the
//! server's `BtreeKeyGenerator`.

use bson::{Bson, Document};

use super::path::Path;

static NULL: Bson = Bson::Null;
static UNDEFINED: Bson = Bson::Undefined;

/// One part of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part<'a> {
    /// The document has no such field: null, but a sparse index leaves the document out.
    Missing,
    /// The path ends at an empty array: undefined.
    Empty,
    /// A value.
    Value(&'a Bson),
}

impl<'a> Part<'a> {
    /// The value as it is ordered.
    #[must_use]
    pub fn value(self) -> &'a Bson {
        match self {
            Part::Missing => &NULL,
            Part::Empty => &UNDEFINED,
            Part::Value(value) => value,
        }
    }
}

/// Why a document has no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// Two arrays beside each other, named by the last part of their paths.
    Parallel(String, String),
    /// A number in a path means a place in an array and a field of an element; the array as a document.
    Ambiguous(String, Document),
}

/// Whether the paths lead through no array, in which case `part` was given the one key's parts in order.
pub fn single_key<'a>(
    paths: &[Path],
    document: &'a Document,
    mut part: impl FnMut(Part<'a>),
) -> bool {
    for path in paths {
        match without_array(path, document) {
            Ok(found) => part(found),
            Err(HasArray) => return false,
        }
    }
    true
}

struct HasArray;

fn without_array<'a>(path: &Path, document: &'a Document) -> Result<Part<'a>, HasArray> {
    let mut document = document;
    let mut parts = path.parts().iter();
    while let Some(part) = parts.next() {
        match document.get(&*part.name) {
            Some(Bson::Array(_)) => return Err(HasArray),
            Some(Bson::Document(inner)) if parts.len() > 0 => document = inner,
            Some(value) if parts.len() == 0 => return Ok(Part::Value(value)),
            _ => return Ok(Part::Missing),
        }
    }
    Ok(Part::Missing)
}

/// Shows all keys of a document, some of them perhaps more than once, each with whether an array gave it.
///
/// # Errors
/// See [`Mistake`].
pub fn each_key<'a>(
    paths: &[Path],
    document: &'a Document,
    see: &mut impl FnMut(&[Part<'a>]),
) -> Result<(), Mistake> {
    let states = vec![State::Open(0); paths.len()];
    let places = vec![None; paths.len()];
    Keys { paths, see }.expand(states, Some(document), &places)
}

/// How far a path was followed.
#[derive(Debug, Clone, Copy)]
enum State<'a> {
    /// To its end.
    Fixed(Part<'a>),
    /// As many parts as this; if those are all, to an array.
    Open(usize),
}

/// Where a path leads whose next part is a place in the array.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// The array.
    items: &'a [Bson],
    /// What is there.
    element: &'a Bson,
    found: Found<'a>,
}

/// What following a path gave: a value, and how many parts of the path led to it.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    value: Option<&'a Bson>,
    followed: usize,
}

struct Keys<'p, 'f, F> {
    paths: &'p [Path],
    see: &'f mut F,
}

/// The array that is expanded, and which paths are at it.
struct Expansion<'a> {
    array: &'a Bson,
    items: &'a [Bson],
    /// Which path led to it first, and by how many parts.
    by: (usize, usize),
    at: Vec<usize>,
    /// Whether a place in an array led to it, which is then not expanded at a path's end.
    whole: bool,
}

impl<'a, F: FnMut(&[Part<'a>])> Keys<'_, '_, F> {
    fn expand(
        &mut self,
        mut states: Vec<State<'a>>,
        document: Option<&'a Document>,
        places: &[Option<Place<'a>>],
    ) -> Result<(), Mistake> {
        let Some(expansion) = self.follow(&mut states, document, places)? else {
            self.emit(&states);
            return Ok(());
        };
        if states.iter().zip(self.paths).any(|(s, p)| s.is_open(p)) {
            return self.inner(&states, &expansion);
        }
        for item in expansion.items {
            self.emit(&expansion.with(&states, self.paths, Part::Value(item)));
        }
        if expansion.items.is_empty() {
            self.emit(&expansion.with(&states, self.paths, Part::Empty));
        }
        Ok(())
    }

    /// Follows all open paths from a document on, to their ends or to an array.
    fn follow(
        &self,
        states: &mut [State<'a>],
        document: Option<&'a Document>,
        places: &[Option<Place<'a>>],
    ) -> Result<Option<Expansion<'a>>, Mistake> {
        let mut expansion: Option<Expansion<'a>> = None;
        for (i, path) in self.paths.iter().enumerate() {
            let Some(State::Open(from)) = states.get(i).copied() else {
                continue;
            };
            let place = places.get(i).copied().flatten();
            let (found, whole) = next(path, from, document, place)?;
            let state = match found.value {
                None => State::Fixed(Part::Missing),
                Some(array @ Bson::Array(items)) => {
                    let by = (i, found.followed);
                    let known = expansion.get_or_insert_with(|| Expansion {
                        array,
                        items,
                        by,
                        at: Vec::new(),
                        whole: false,
                    });
                    if !std::ptr::eq(known.array, array) {
                        return Err(Mistake::Parallel(self.name(by), self.name(known.by)));
                    }
                    known.at.push(i);
                    known.whole |= whole;
                    State::Open(found.followed)
                }
                Some(value) => State::Fixed(Part::Value(value)),
            };
            if let Some(slot) = states.get_mut(i) {
                *slot = state;
            }
        }
        Ok(expansion)
    }

    /// Goes on in each element of the array, since a path leads into them.
    fn inner(&mut self, states: &[State<'a>], expansion: &Expansion<'a>) -> Result<(), Mistake> {
        let mut places = vec![None; states.len()];
        for at in &expansion.at {
            if let (Some(place), Some(path), Some(State::Open(from))) =
                (places.get_mut(*at), self.paths.get(*at), states.get(*at))
            {
                *place = place_in(path, *from, expansion.items);
            }
        }
        for item in expansion.items {
            let states = expansion.with(states, self.paths, Part::Value(item));
            self.expand(states, item.as_document(), &places)?;
        }
        if expansion.items.is_empty() {
            let states = expansion.with(states, self.paths, Part::Empty);
            self.expand(states, None, &places)?;
        }
        Ok(())
    }

    /// The name of the field that a path leads to by so many parts.
    fn name(&self, (path, followed): (usize, usize)) -> String {
        let path = self.paths.get(path);
        let part = path.and_then(|p| p.parts().get(followed.checked_sub(1)?));
        part.map_or_else(String::new, |part| part.name.to_string())
    }

    fn emit(&mut self, states: &[State<'a>]) {
        let part = |state: &State<'a>| match state {
            State::Fixed(part) => *part,
            State::Open(_) => Part::Missing,
        };
        let parts: Vec<Part<'a>> = states.iter().map(part).collect();
        (self.see)(&parts);
    }
}

impl<'a> Expansion<'a> {
    /// The states with the paths that end at the array fixed to one of its elements.
    fn with(&self, states: &[State<'a>], paths: &[Path], element: Part<'a>) -> Vec<State<'a>> {
        let mut states = states.to_vec();
        for at in &self.at {
            if let (Some(state), Some(path)) = (states.get_mut(*at), paths.get(*at))
                && !state.is_open(path)
            {
                *state = State::Fixed(match element {
                    Part::Value(_) if self.whole => Part::Value(self.array),
                    element => element,
                });
            }
        }
        states
    }
}

impl State<'_> {
    /// Whether some of the path's parts are left.
    fn is_open(&self, path: &Path) -> bool {
        matches!(self, State::Open(followed) if *followed < path.parts().len())
    }
}

/// What a path leads to from a document, or by its place in the array that the document is in; says whether
/// that place holds an array.
fn next<'a>(
    path: &Path,
    from: usize,
    document: Option<&'a Document>,
    place: Option<Place<'a>>,
) -> Result<(Found<'a>, bool), Mistake> {
    let part = path.parts().get(from);
    let own = part.and_then(|part| document?.get(&*part.name));
    match (own, place) {
        (Some(_), Some(place)) => {
            let items = place.items.iter().cloned().enumerate();
            Err(Mistake::Ambiguous(
                part.map_or_else(String::new, |part| part.name.to_string()),
                items.map(|(i, item)| (i.to_string(), item)).collect(),
            ))
        }
        (_, Some(place)) => Ok((place.found, place.element.as_array().is_some())),
        (own, None) => Ok((follow_from(path, from, own), false)),
    }
}

/// Follows a path whose next part led to `value`.
fn follow_from<'a>(path: &Path, from: usize, value: Option<&'a Bson>) -> Found<'a> {
    let (mut value, mut followed) = (value, from + 1);
    while let Some(part) = path.parts().get(followed) {
        value = match value {
            Some(Bson::Document(inner)) => inner.get(&*part.name),
            Some(Bson::Array(_)) => break,
            _ => None,
        };
        if value.is_none() {
            break;
        }
        followed += 1;
    }
    Found { value, followed }
}

fn place_in<'a>(path: &Path, from: usize, items: &'a [Bson]) -> Option<Place<'a>> {
    let element = items.get(path.parts().get(from)?.index?)?;
    let found = follow_from(path, from, Some(element));
    Some(Place {
        items,
        element,
        found,
    })
}
