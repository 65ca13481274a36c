//! `rhaiver run`: script files and code from the command line.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context;

use super::args::{Global, RunArgs};
use super::host::{self, on_script_thread};
use crate::diag::Diagnostic;
use crate::script::{Session, Terminal, inspect, root_of};
use crate::value::inspect::Style;

/// Runs the command; gives the exit code that the script asked for.
pub fn run(global: &Global, args: &RunArgs) -> anyhow::Result<u8> {
    let runtime = host::runtime()?;
    let interrupt = host::interrupt(&runtime, args.timeout);
    let (global, args) = (global.clone(), Plan::new(args)?);
    let handle = runtime.handle().clone();
    let result = on_script_thread(move || {
        let output = Rc::new(Terminal {
            color: global.color.on_stdout(),
            quiet: global.quiet,
        });
        let config = crate::script::HostConfig {
            runtime: handle,
            interrupt,
            output,
            uri: global.uri.clone(),
            cluster: None,
            database: global.db.clone(),
            args: args.arguments.clone(),
            root: args.root.clone(),
            interactive: false,
        };
        args.execute(&mut Session::new(config, args.limits))
    })?;
    runtime.shutdown_background();
    Ok(result?)
}

/// What is to be run, in order.
struct Plan {
    steps: Vec<Step>,
    arguments: Vec<String>,
    root: PathBuf,
    limits: crate::script::Limits,
    json: Option<super::args::Json>,
}

enum Step {
    File(PathBuf),
    Stdin(String),
    Eval(String),
}

impl Plan {
    fn new(args: &RunArgs) -> anyhow::Result<Self> {
        let mut steps: Vec<Step> = args.eval.iter().cloned().map(Step::Eval).collect();
        let mut root = std::env::current_dir().context("the current folder cannot be read")?;
        match &args.file {
            Some(file) if file == Path::new("-") => {
                let mut bytes = Vec::new();
                std::io::stdin()
                    .read_to_end(&mut bytes)
                    .context("cannot read standard input")?;
                let text = String::from_utf8(bytes).context("standard input is not UTF-8")?;
                steps.push(Step::Stdin(text));
            }
            Some(file) => {
                root = root_of(file);
                steps.push(Step::File(file.clone()));
            }
            None => {}
        }
        Ok(Self {
            steps,
            arguments: args.args.clone(),
            root,
            limits: args.limits.limits(),
            json: args.json,
        })
    }

    fn execute(&self, session: &mut Session) -> Result<u8, Diagnostic> {
        for step in &self.steps {
            let result = match step {
                Step::File(path) => session.run_file(path).map(drop),
                Step::Stdin(text) => session.run("<stdin>", text).map(drop),
                Step::Eval(code) => session
                    .run("<eval>", code)
                    .and_then(|value| self.show(session, &value)),
            };
            if let Some(code) = session.host().exit_code() {
                return Ok(code);
            }
            result?;
        }
        Ok(0)
    }

    /// Prints a result; a cursor's is its first documents, which are read for it.
    fn show(&self, session: &Session, value: &rhai::Dynamic) -> Result<(), Diagnostic> {
        let _ = self.json;
        let text = inspect::result(session.host(), value, &Style::pretty())
            .map_err(|e| session.diagnose(&e.into_rhai(rhai::Position::NONE), "<eval>"))?;
        if !text.is_empty() {
            println!("{text}");
        }
        Ok(())
    }
}
