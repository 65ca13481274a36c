//! BSON as a value: numbers, dates, comparison, extended JSON and mongosh's printing.
//!
//! Pure functions over values: no I/O, no rhai, no driver. A value comes in from the server as
//! [`bson::Bson`], from a person as text ([`Decimal`], [`Date`], [`ejson::parse`]); scripts compute with it
//! ([`Number`], [`Date`], [`js`]) and order it ([`compare()`]); it goes out as text for people
//! ([`inspect()`](inspect::inspect)) or machines ([`ejson::stringify`]).
//!
//! Invariants:
//! - No function panics, whatever the value or text; printing and reading stop at a depth far beyond the
//!   server's own limit.
//! - Two BSON types never become one by passing through here: what is read keeps its type, exponent and bits.
//! - Behaviour is mongosh's and the server's. The `*.jsonl` files beside the code hold their output over
//!   generated values, and the tests compare with it; where this room differs on purpose, a test says so.

pub mod compare;
mod date;
mod decimal;
pub mod ejson;
mod identical;
pub mod inspect;
pub mod js;
mod number;
pub mod pointer;
pub mod raw;

pub use compare::compare;
pub use date::{Date, Part};
pub use decimal::{Decimal, DecimalError, Rounding};
pub use identical::{identical, identical_documents};
pub use number::Number;

#[cfg(test)]
mod tests;
