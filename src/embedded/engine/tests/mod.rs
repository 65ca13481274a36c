//! The engine under its commands: operations called directly, on a store in memory.

pub(in crate::embedded) mod bench;
mod builds;
mod concurrency;
mod consistency;
mod housekeeping;
mod inserts;
mod retries;
mod transactions;
