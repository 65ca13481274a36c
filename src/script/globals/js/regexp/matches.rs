//! What a match knows beyond its texts: `index`, `groups`, `input`.
//!
//! A match is an array, and Rhai's arrays have no properties of their own. So the array carries a
//! number in its tag, and what belongs to it is kept here under that number. The tag goes with
//! copies; an array that a method makes of it is a plain one, as in JavaScript.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::super::array::position;
use super::super::string::units;
use super::Found;
use crate::script::Doc;
use crate::script::api::Call;
use crate::script::error::Fault;
use crate::script::host::Host;
use crate::script::number::Tag;

/// How many matches are remembered, the latest ones.
const REMEMBERED: usize = 1 << 16;

struct Match {
    index: Dynamic,
    groups: Dynamic,
    input: Dynamic,
}

#[derive(Default)]
struct Matches {
    kept: VecDeque<Match>,
    /// The tag of the first one that is kept, less one.
    dropped: Tag,
}

type Kept = RefCell<Matches>;

/// A match as the script gets it.
///
/// # Errors
/// None but for groups that nest too deep, which texts do not.
pub fn as_value(call: &Call<'_>, found: &Found, input: &str) -> Result<Dynamic, Fault> {
    let mut value = Dynamic::from_array(found.values());
    let kept = call.host.slot(Kept::default);
    let mut kept = kept.borrow_mut();
    if kept.kept.len() >= REMEMBERED {
        kept.kept.pop_front();
        kept.dropped = kept.dropped.wrapping_add(1);
    }
    kept.kept.push_back(Match {
        index: position(Some(units::of_byte(input, found.range().0))),
        groups: groups(found)?,
        input: input.into(),
    });
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // REMEMBERED fits
    value.set_tag(kept.dropped.wrapping_add(kept.kept.len() as Tag));
    Ok(value)
}

fn groups(found: &Found) -> Result<Dynamic, Fault> {
    if !found.has_names() {
        return Ok(Dynamic::UNIT);
    }
    let mut groups = Doc::new();
    for name in found.names() {
        groups.set(name, found.named(name))?;
    }
    Ok(Dynamic::from(groups))
}

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    type Part = fn(&Match) -> &Dynamic;
    let parts: [(&str, Part); 3] = [
        ("index", |m| &m.index),
        ("groups", |m| &m.groups),
        ("input", |m| &m.input),
    ];
    for (name, part) in parts {
        let kept = host.slot(Kept::default);
        let getter = format!("get${name}");
        let of = std::any::TypeId::of::<Array>();
        engine.register_raw_fn(getter, [of], move |_, args| {
            let kept = kept.borrow();
            let place = args[0].tag().wrapping_sub(kept.dropped).wrapping_sub(1);
            let found = usize::try_from(place).ok().and_then(|i| kept.kept.get(i));
            Ok(found.map_or(Dynamic::UNIT, |m| part(m).clone()))
        });
    }
}
