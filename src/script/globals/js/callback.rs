//! [`Callback`]: a script's function that is called for the items of an array.

use rhai::{Array, Dynamic, FnPtr};

use super::convert::truthy;
use crate::script::api::Call;
use crate::script::closures::Functions;
use crate::script::error::{Fault, Outcome};

/// A function that takes an item, its index and the whole array, or fewer of them.
pub(super) struct Callback<'c, 'a> {
    call: &'c Call<'a>,
    function: FnPtr,
    /// Whether it takes the whole array: passing it costs a copy a call.
    whole: bool,
}

impl<'c, 'a> Callback<'c, 'a> {
    /// Argument `i`, for a callback that comes after `before` other values (an accumulator).
    pub fn new(call: &'c Call<'a>, i: usize, before: usize) -> Result<Self, Fault> {
        let function = call.callback(i)?;
        let functions = call.host.slot(Functions::default);
        let most = before + 3;
        let takes = functions.arity(function.fn_name(), function.curry().len(), most);
        Ok(Self {
            call,
            function,
            whole: takes == most,
        })
    }

    /// Calls it for item `i`.
    pub fn on(&self, items: &Array, i: usize) -> Outcome {
        self.after(Vec::with_capacity(3), items, i)
    }

    /// Calls it for item `i`, and says what its result is as a condition.
    pub fn holds(&self, items: &Array, i: usize) -> Result<bool, Fault> {
        Ok(truthy(&self.on(items, i)?.flatten()))
    }

    /// Calls it for item `i` with other values in front.
    #[allow(clippy::cast_possible_wrap)] // no array has 2^63 items
    pub fn after(&self, mut values: Vec<Dynamic>, items: &Array, i: usize) -> Outcome {
        values.push(items[i].clone());
        values.push((i as i64).into());
        if self.whole {
            values.push(items.clone().into());
        }
        Ok(self.call.call_back(&self.function, values)?.flatten())
    }
}
