//! [`Spread`]: arguments of a call that come out of an array.

use rhai::{Array, Dynamic};

/// The items of an array where a call is given them one by one: `Math.max(...prices)`. Only
/// declared functions open it; the syntax lets it into no other call.
#[derive(Clone)]
pub struct Spread(pub Array);

/// The arguments with every [`Spread`] among them opened.
pub fn opened(args: impl Iterator<Item = Dynamic>) -> Vec<Dynamic> {
    let mut all = Vec::with_capacity(args.size_hint().0);
    for arg in args {
        match arg.is::<Spread>() {
            true => all.extend(arg.cast::<Spread>().0),
            false => all.push(arg),
        }
    }
    all
}
