//! All that knows Rhai: the engine, conversion, shell objects, built-ins, modules, limits and
//! diagnostics from Rhai's errors.

pub mod doc;
pub mod syntax;
pub use doc::Doc;
