//! How a native function reaches scripts: declaration, help, arguments, registration.
//!
//! A room of the surface declares its functions with [`methods!`](crate::methods): name and
//! parameters as people write them, help text and an example as doc comments, and the Rust
//! function that does it. The declaration is what registers the function, what `help()` prints,
//! what completion offers, what the coverage table counts, and what the example tests run.
//!
//! A function gets a [`Call`]: the host, the receiver, and arguments that are checked by name, so
//! that a wrong one is reported in the caller's words.

mod call;
mod declare;
mod help;
mod options;
mod register;
mod spread;
mod variables;

pub use crate::diag::nearest;
pub use call::{Call, type_in_words};
pub use declare::{Class, Method, Receiver};
pub use help::{Example, class_help, example, method_help};
pub use options::Options;
pub use register::{Namespace, Registry, declare, register, register_also, register_overriding};
pub use spread::{Spread, opened};
pub use variables::{Variables, resolve, variable};
