//! The methods of JavaScript's arrays.
//!
//! Where Rhai has a function of the same name, JavaScript's meaning wins; Rhai's other functions
//! (`len`, `insert`, `drain`, …) stay as they are.

mod change;
mod iterate;
mod order;
mod read;
mod statics;

pub(super) use read::position;

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, FnPtr};

use crate::methods;
use crate::script::api::{self, Class, Receiver};
use crate::script::error::{RhaiError, ScriptError};
use crate::script::host::Host;

static CLASS: Class = Class {
    name: "Array",
    docs: "An array. `length` is how many items it has; items[0] is the first.",
    receiver: Receiver::Value(TypeId::of::<Array>),
    methods: methods! {
        /// Calls a function for each item. It gets the item, its index and the array.
        ///
        /// ```js
        /// ["a", "b"].forEach((item, i) => print(i, item))
        /// ```
        forEach("callback") => iterate::for_each;
        /// An array of what a function returns for each item.
        ///
        /// ```js
        /// [1, 2].map(n => n * 2)
        /// ```
        map("callback") => iterate::map;
        /// The items for which a function says true.
        ///
        /// ```js
        /// [1, 2, 3].filter(n => n > 1)
        /// ```
        filter("callback") => iterate::filter;
        /// The first item for which a function says true; undefined where there is none.
        ///
        /// ```js
        /// [1, 2, 3].find(n => n > 1)
        /// ```
        find("callback") => iterate::find;
        /// The index of the first item for which a function says true, or -1.
        ///
        /// ```js
        /// [1, 2, 3].findIndex(n => n > 1)
        /// ```
        findIndex("callback") => iterate::find_index;
        /// The last item for which a function says true; undefined where there is none.
        ///
        /// ```js
        /// [1, 2, 3].findLast(n => n < 3)
        /// ```
        findLast("callback") => iterate::find_last;
        /// The index of the last item for which a function says true, or -1.
        ///
        /// ```js
        /// [1, 2, 3].findLastIndex(n => n < 3)
        /// ```
        findLastIndex("callback") => iterate::find_last_index;
        /// Whether a function says true for any item.
        ///
        /// ```js
        /// [1, 2, 3].some(n => n > 2)
        /// ```
        some("callback") => iterate::some;
        /// Whether a function says true for every item.
        ///
        /// ```js
        /// [1, 2, 3].every(n => n > 0)
        /// ```
        every("callback") => iterate::every;
        /// One value out of all items: the callback gets what it returned before, the item, its
        /// index and the array. Without a first value, the first item is it.
        ///
        /// ```js
        /// [1, 2, 3].reduce((sum, n) => sum + n, 0)
        /// ```
        reduce("callback, initial?") => iterate::reduce;
        /// The same from the last item to the first.
        ///
        /// ```js
        /// ["a", "b"].reduceRight((text, item) => text + item, "")
        /// ```
        reduceRight("callback, initial?") => iterate::reduce_right;
        /// What a function returns for each item, with arrays among it opened.
        ///
        /// ```js
        /// ["a b", "c"].flatMap(text => text.split(" "))
        /// ```
        flatMap("callback") => iterate::flat_map;
        /// Whether an item equals a value.
        ///
        /// ```js
        /// ["a", "b"].includes("b")
        /// ```
        includes("value, from?") => read::includes;
        /// The index of the first item that equals a value, or -1.
        ///
        /// ```js
        /// ["a", "b"].indexOf("b")
        /// ```
        indexOf("value, from?") => read::index_of;
        /// The index of the last item that equals a value, or -1.
        ///
        /// ```js
        /// ["a", "b", "a"].lastIndexOf("a")
        /// ```
        lastIndexOf("value, from?") => read::last_index_of;
        /// The items as one text with a separator between them: a comma, if none is given.
        ///
        /// ```js
        /// ["a", "b"].join(", ")
        /// ```
        join("separator?") => read::join;
        /// The items as one text with commas between them.
        ///
        /// ```js
        /// [1, 2].toString()
        /// ```
        toString("") => read::to_string;
        /// The items from one index up to, not including, another; negative ones count from the end.
        ///
        /// ```js
        /// [1, 2, 3].slice(1)
        /// ```
        slice("start?, end?") => read::slice;
        /// An array with these items, values and the items of arrays after its own.
        ///
        /// ```js
        /// [1].concat([2, 3], 4)
        /// ```
        concat("...values") => read::concat;
        /// The item at an index; a negative one counts from the end.
        ///
        /// ```js
        /// [1, 2, 3].at(-1)
        /// ```
        at("index") => read::at;
        /// An array with the arrays in it opened, so many levels deep (1).
        ///
        /// ```js
        /// [[1], [2, [3]]].flat()
        /// ```
        flat("depth?") => read::flat;
        /// The indexes of the items.
        ///
        /// ```js
        /// ["a", "b"].keys()
        /// ```
        keys("") => read::keys;
        /// The items.
        ///
        /// ```js
        /// ["a", "b"].values()
        /// ```
        values("") => read::values;
        /// Pairs of index and item.
        ///
        /// ```js
        /// ["a", "b"].entries()
        /// ```
        entries("") => read::entries;
        /// Adds values at the end and returns the new length.
        ///
        /// ```js
        /// let items = [1]; items.push(2, 3)
        /// ```
        push("...values") => change::push;
        /// Removes the last item and returns it.
        ///
        /// ```js
        /// let items = [1, 2]; items.pop()
        /// ```
        pop("") => change::pop;
        /// Removes the first item and returns it.
        ///
        /// ```js
        /// let items = [1, 2]; items.shift()
        /// ```
        shift("") => change::shift;
        /// Adds values at the beginning and returns the new length.
        ///
        /// ```js
        /// let items = [3]; items.unshift(1, 2)
        /// ```
        unshift("...values") => change::unshift;
        /// Removes so many items from an index on, puts values in their place and returns the
        /// removed ones.
        ///
        /// ```js
        /// let items = [1, 2, 3]; items.splice(1, 1, "two")
        /// ```
        splice("start, count?, ...values") => change::splice;
        /// Sets the items from one index up to, not including, another to a value.
        ///
        /// ```js
        /// new Array(3).fill(0)
        /// ```
        fill("value, start?, end?") => change::fill;
        /// Turns the order of the items round, in place.
        ///
        /// ```js
        /// [1, 2, 3].reverse()
        /// ```
        reverse("") => change::reverse;
        /// A copy in the opposite order.
        ///
        /// ```js
        /// [1, 2, 3].toReversed()
        /// ```
        toReversed("") => change::to_reversed;
        /// A copy with another value at an index.
        ///
        /// ```js
        /// [1, 2, 3].with(1, "two")
        /// ```
        with("index, value") => change::with;
        /// Sorts the items in place: as texts, or by a function that returns a negative number where
        /// its first argument comes first. Equal items keep their order.
        ///
        /// ```js
        /// [10, 9, 1].sort((a, b) => a - b)
        /// ```
        sort("compare?") => order::sort;
        /// A sorted copy.
        ///
        /// ```js
        /// ["b", "a"].toSorted()
        /// ```
        toSorted("compare?") => order::to_sorted;
    },
};

type Types = &'static [fn() -> TypeId];

/// The types of Rhai's own functions that stand in the way.
const OVERRIDDEN: &[(&str, Types)] = &[
    ("map", &[TypeId::of::<FnPtr>]),
    ("filter", &[TypeId::of::<FnPtr>]),
    ("find", &[TypeId::of::<FnPtr>]),
    ("some", &[TypeId::of::<FnPtr>]),
    ("reduce", &[TypeId::of::<FnPtr>]),
    ("reduce", &[TypeId::of::<FnPtr>, TypeId::of::<Dynamic>]),
    ("sort", &[TypeId::of::<FnPtr>]),
    (
        "splice",
        &[TypeId::of::<i64>, TypeId::of::<i64>, TypeId::of::<Array>],
    ),
];

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    for (name, types) in OVERRIDDEN {
        let mut all = vec![TypeId::of::<Array>()];
        all.extend(types.iter().map(|of| of()));
        api::register_overriding(engine, host, &CLASS, name, &all);
    }
    engine.register_get("length", length);
    engine.register_set("length", set_length);
    engine.register_fn("contains", |items: &mut Array, value: Dynamic| {
        items
            .iter()
            .any(|item| super::equality::equal(item, &value))
    });
    statics::register(engine, host);
}

#[allow(clippy::cast_possible_wrap)] // no array has 2^63 items
fn length(items: &mut Array) -> i64 {
    items.len() as i64
}

/// JavaScript's longest array has 2^32 - 1 items; memory ends before that.
const LONGEST: i64 = 1 << 28;

/// `items.length = 0`.
fn set_length(items: &mut Array, length: i64) -> Result<(), RhaiError> {
    match usize::try_from(length) {
        Ok(length) if length as i64 <= LONGEST => {
            items.resize(length, Dynamic::UNIT);
            Ok(())
        }
        _ => {
            Err(ScriptError::new("RangeError", "Invalid array length")
                .into_rhai(rhai::Position::NONE))
        }
    }
}
