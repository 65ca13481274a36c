//! Indexes: their keys, and which of them serves a query.
pub mod encode;
mod number;
