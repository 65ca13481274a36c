//! `rhaiver run`: script files and code from the command line.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context;

use super::args::{Global, Json, RunArgs};
use super::embedded::Embedded;
use super::host::{self, on_script_thread};
use super::memory;
use super::script_streams::ScriptStreams;
use crate::client::LocalServer;
use crate::diag::Diagnostic;
use crate::script::number::NULL;
use crate::script::{Session, Terminal, inspect, root_of};
use crate::value::ejson::{self, Mode};
use crate::value::inspect::Style;

/// Runs the command; gives the exit code that the script asked for.
pub fn run(global: &Global, args: &RunArgs) -> anyhow::Result<u8> {
    let runtime = host::runtime()?;
    let interrupt = host::interrupt(&runtime, args.timeout);
    memory::watch(&runtime, &interrupt, args.limits.max_memory << 20);
    let local = Embedded::unless_named(global)?;
    let (global, args, opener) = (global.clone(), Plan::new(args)?, local.clone());
    let handle = runtime.handle().clone();
    let limits = args.limits;
    let streams = ScriptStreams::new(
        &global,
        limits,
        handle.clone(),
        local.clone(),
        interrupt.clone(),
    );
    let host = streams.clone();
    let result = on_script_thread(move || {
        let output = Rc::new(Terminal {
            color: global.color.on_stdout(),
            quiet: global.quiet,
        });
        let config = crate::script::HostConfig {
            interrupt,
            uri: global.uri.clone(),
            local: opener.map(|local| local as Arc<dyn LocalServer>),
            cluster: None,
            database: global.db.clone(),
            args: args.arguments.clone(),
            root: args.root.clone(),
            streams: Some(host),
            ..crate::script::HostConfig::new(handle, output)
        };
        args.execute(&mut Session::new(config, args.limits))
    });
    streams.close();
    let result = result?;
    runtime.shutdown_background();
    Embedded::close(local);
    Ok(result?)
}

impl Json {
    fn mode(self) -> Mode {
        match self {
            Self::Canonical => Mode::Canonical,
            Self::Relaxed => Mode::Relaxed,
        }
    }
}

/// What is to be run, in order.
struct Plan {
    steps: Vec<Step>,
    arguments: Vec<String>,
    root: PathBuf,
    limits: crate::script::Limits,
    json: Option<Json>,
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

    /// As mongosh: of several `--eval` the last one's result is shown, before a file runs.
    fn execute(&self, session: &mut Session) -> Result<u8, Diagnostic> {
        let mut last = None;
        for (i, step) in self.steps.iter().enumerate() {
            let result = match step {
                Step::File(path) => session.run_file(path).map(drop),
                Step::Stdin(text) => session.run("<stdin>", text).map(drop),
                Step::Eval(code) => session.run("<eval>", code).map(|value| last = Some(value)),
            };
            if let Some(code) = session.host().exit_code() {
                return Ok(code);
            }
            let more = matches!(self.steps.get(i + 1), Some(Step::Eval(_)));
            let shown = result.and_then(|()| match last.take_if(|_| !more) {
                Some(value) => self.show(session, &value),
                None => Ok(()),
            });
            if let Err(failure) = shown {
                return self.fail(failure);
            }
        }
        Ok(0)
    }

    fn show(&self, session: &Session, value: &rhai::Dynamic) -> Result<(), Diagnostic> {
        if value.is_unit() && value.tag() != NULL {
            return Ok(());
        }
        let host = session.host();
        let text = match self.json {
            Some(json) => inspect::result_json(value, json.mode()),
            None => inspect::result(host, value, &Style::full()),
        };
        let text = text
            .map_err(|fault| session.diagnose(&fault.into_rhai(rhai::Position::NONE), "<eval>"))?;
        host.output().line(&text);
        Ok(())
    }

    /// With `--json` a failure is JSON too.
    fn fail(&self, failure: Diagnostic) -> Result<u8, Diagnostic> {
        let Some(json) = self.json else {
            return Err(failure);
        };
        let mut error = bson::doc! { "message": failure.message.as_str() };
        if let Some(code) = failure.code {
            error.insert("code", code);
        }
        if let Some(name) = &failure.code_name {
            error.insert("codeName", name);
        }
        let text = ejson::stringify(&error.into(), json.mode(), "  ").unwrap_or_default();
        let _ = writeln!(std::io::stdout(), "{text}");
        Ok(failure.kind.exit_code())
    }
}
