//! What the operators ask of one value.

mod bits;
mod compare;
mod modulo;
mod regex;
mod types;

pub(super) use bits::byte_at;
pub use bits::{Bits, BitsOp};
pub use modulo::Modulo;
pub use regex::RegexTest;
pub use types::TypeSet;
