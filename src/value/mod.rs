//! BSON as a value: numbers, dates, EJSON, comparison and mongosh's printing.
//!
//! Pure functions over values: no I/O, no rhai, no driver. A value comes in from the server as
//! [`bson::Bson`], from a person as text ([`Decimal`], [`Date`]), and goes out as text.

mod date;
mod decimal;
pub mod ejson;
pub mod inspect;
pub mod js;
mod number;

pub mod pointer;

pub use date::{Date, Part};
pub use decimal::{Decimal, DecimalError};
pub use number::Number;
