//! The engine under its commands: operations called directly, on a store in memory.

mod bench;
mod concurrency;
mod consistency;
mod housekeeping;
mod retries;
mod transactions;
