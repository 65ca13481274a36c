//! A stream's handlers that are functions of a script file.
//!
//! The life of a version: [`program`] sees that a file, or one that it imports, was saved, and has
//! it tried ([`trial`]): all files are read once, the top level runs, the functions are found
//! ([`functions`]), `const STREAM` becomes a [`StreamSpec`] ([`declaration`]), and its
//! tests run ([`testing`]). What passes is a
//! [`version`]; each lane makes its own [`lane`] of it, on its own thread, from the texts that were
//! read and not from the disk. What does not pass changes nothing.
//!
//! Variables: the top level runs once for a version in each lane (and once more in the trial,
//! whose prints are not shown). Its variables keep their values from event to event, until the
//! next version begins afresh; each lane has its own. A batch that is undone and done again does
//! not restore them: they are memory, and no effect. What must be counted exactly belongs into the
//! database.
//!
//! [`StreamSpec`]: crate::stream::StreamSpec

mod clock;
mod declaration;
mod functions;
mod lane;
mod program;
mod reading;
mod stamps;
mod testing;
mod trial;
mod version;

pub use program::{MakeOutput, ScriptProgram, ScriptProgramConfig};
pub use version::ScriptVersion;
