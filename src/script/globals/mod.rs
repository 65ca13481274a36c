//! What scripts can use without an object in front: printing, constructors, JavaScript's
//! everyday methods, the shell's commands.

mod document;
mod print;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rhai::Engine;

use super::host::Host;

/// Registers all of them.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    document::register(engine, host);
    print::register(engine, host);
}
