//! Commands as a client sees them: the tables of `tests/cases` sent to a server in this process.

mod client;
mod tables;
