//! What scripts can use without an object in front: printing, constructors, JavaScript's
//! everyday methods, the shell's commands.

mod print;

use std::rc::Rc;

use rhai::Engine;

use super::host::Host;

/// Registers all of them.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    print::register(engine, host);
}
