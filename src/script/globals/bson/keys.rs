//! `MinKey` and `MaxKey`.

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::methods;
use crate::script::api::{self, Call, Class};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::types::{MaxKey, MinKey};

static GLOBALS: Class = super::globals(methods! {
    /// The value that sorts before all others; `MinKey` alone is the same.
    ///
    /// ```js
    /// db.limits.insertOne({ low: MinKey() })
    /// ```
    MinKey("") => min_key;
    /// The value that sorts after all others; `MaxKey` alone is the same.
    ///
    /// ```js
    /// db.limits.insertOne({ high: MaxKey() })
    /// ```
    MaxKey("") => max_key;
});

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<MinKey>("MinKey");
    engine.register_type_with_name::<MaxKey>("MaxKey");
    super::constant(host, "MinKey", Dynamic::from(MinKey));
    super::constant(host, "MaxKey", Dynamic::from(MaxKey));
    api::register(engine, host, &GLOBALS);
}

fn min_key(_: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(MinKey))
}

fn max_key(_: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(MaxKey))
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn bare_and_called() {
        table(&[(
            "print([MinKey(), MaxKey(), new MinKey(), MinKey, MaxKey])",
            "[ MinKey(), MaxKey(), MinKey(), MinKey(), MaxKey() ]",
        )]);
    }
}
