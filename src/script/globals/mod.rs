//! What scripts can use without an object in front: printing, constructors, JavaScript's
//! everyday methods, the shell's commands.

mod bson;
mod document;
mod error;
mod help;
mod instance_of;
pub mod js;
mod load;
mod operators;
mod print;
mod shell;
mod show;
mod streams;
#[cfg(test)]
pub(super) mod tests;

use std::rc::Rc;

use rhai::Engine;

use super::host::Host;
pub use error::text as error_text;
pub use load::Loader;
#[cfg(test)]
pub(super) use tests::table;

/// Registers all of them.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    super::inspect::install();
    bson::register(engine, host);
    document::register(engine, host);
    error::register(engine, host);
    print::register(engine, host);
    shell::register(engine, host);
    show::register(engine, host);
    streams::register(engine, host);
    load::register(host);
    js::register(engine, host);
    help::register(engine, host);
    instance_of::register(engine);
    operators::register(engine);
}
