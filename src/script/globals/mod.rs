//! What scripts can use without an object in front: printing, constructors, JavaScript's
//! everyday methods, the shell's commands.

mod bson;
mod document;
mod error;
pub mod js;
mod operators;
mod print;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rhai::Engine;

use super::host::Host;
pub use error::text as error_text;
#[cfg(test)]
pub(super) use tests::table;

/// Registers all of them.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    super::inspect::install();
    bson::register(engine, host);
    document::register(engine, host);
    error::register(engine, host);
    print::register(engine, host);
    js::register(engine, host);
    operators::register(engine);
}
