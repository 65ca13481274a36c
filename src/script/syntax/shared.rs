//! Variables of a script that its functions see, as in JavaScript.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::forms::fixed;

/// `share "id:name"`: lets functions see a variable of the top level.
pub(super) const SHARE: &str = "$share";
/// `outer "id:name,name"`: brings shared variables into the body of a function.
pub(super) const OUTER: &str = "$outer";

thread_local! {
    static SOURCES: Cell<u64> = const { Cell::new(0) };
}

/// A number that no other source of this thread has.
pub(super) fn next_source_id() -> u64 {
    SOURCES.set(SOURCES.get() + 1);
    SOURCES.get()
}

/// Rhai's functions see no variable of the script, JavaScript's do. A variable that a function
/// uses is made a shared one where it is declared, kept here under the name of its source, and
/// put into the scope of every call of the function. So it is one variable, as in JavaScript.
pub(super) fn install(engine: &mut Engine) {
    let variables: Rc<RefCell<HashMap<String, Dynamic>>> = Rc::default();
    let kept = variables.clone();
    engine.register_custom_syntax_without_look_ahead_raw(
        SHARE,
        fixed(&["$string$"]),
        false,
        move |context, inputs, _| {
            let Some((id, name)) = inputs[0]
                .get_string_value()
                .and_then(|key| key.split_once(':'))
            else {
                return Ok(Dynamic::UNIT);
            };
            let scope = context.scope_mut();
            let value = match scope.get_mut(name) {
                Some(value) => {
                    *value = std::mem::take(value).into_shared();
                    Some(value.clone())
                }
                None => scope.get(name).cloned(),
            };
            kept.borrow_mut()
                .extend(value.map(|value| (format!("{id}:{name}"), value)));
            Ok(Dynamic::UNIT)
        },
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        OUTER,
        fixed(&["$string$"]),
        true,
        move |context, inputs, _| {
            let Some((id, names)) = inputs[0]
                .get_string_value()
                .and_then(|key| key.split_once(':'))
            else {
                return Ok(Dynamic::UNIT);
            };
            for name in names.split(',') {
                if let Some(value) = variables.borrow().get(&format!("{id}:{name}")) {
                    context.scope_mut().push_dynamic(name, value.clone());
                }
            }
            Ok(Dynamic::UNIT)
        },
    );
}
