//! The command line: one file a command, and the only room that joins the others.

mod args;
mod attach;
mod connection;
mod dead_letters;
mod embedded;
mod host;
mod log;
mod memory;
mod metrics;
mod notices;
mod run;
mod screen;
mod script_streams;
mod serve;
mod shell;
mod stderr;
mod streams;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

use crate::diag::{Diagnostic, Kind, render};
use args::{Cli, Command};

/// Runs the program: reads the command line, does what it says, prints a failure once, and maps it
/// to the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let color = cli.global.color.on_stderr();
    log::start(&cli);
    match dispatch(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let d = match error.downcast::<Diagnostic>() {
                Ok(d) => d,
                Err(other) => Diagnostic::new(Kind::Usage, format!("{other:#}")),
            };
            // Nobody may be there to read it any more.
            let _ = writeln!(std::io::stderr(), "{}", render(&d, color));
            ExitCode::from(d.kind.exit_code())
        }
    }
}

fn dispatch(cli: &Cli) -> anyhow::Result<u8> {
    match &cli.command {
        Some(Command::Run(args)) => run::run(&cli.global, args),
        Some(Command::Attach(args)) => attach::attach(&cli.global, args),
        Some(Command::Streams(args)) => streams::streams(&cli.global, args),
        Some(Command::DeadLetters(args)) => dead_letters::dead_letters(&cli.global, args),
        Some(Command::Serve(args)) => serve::serve(&cli.global, args),
        None => shell::shell(&cli.global),
    }
}
