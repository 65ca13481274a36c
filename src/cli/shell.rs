//! `rhaiver` alone: the shell.

use std::rc::Rc;
use std::sync::Arc;

use super::args::{DEFAULT_MEMORY, Global};
use super::embedded::Embedded;
use super::host::{self, on_script_thread};
use super::memory;
use super::script_streams::ScriptStreams;
use crate::client::LocalServer;
use crate::repl::{Shell, ShellConfig, history_file};
use crate::script::{HostConfig, Limits, Session, Terminal, root_of};

/// Opens the shell; gives the exit code that `exit` asked for.
pub fn shell(global: &Global) -> anyhow::Result<u8> {
    let runtime = host::runtime()?;
    let interrupt = host::repeated_interrupt(&runtime);
    memory::watch(&runtime, &interrupt, DEFAULT_MEMORY << 20);
    let local = Embedded::unless_named(global)?;
    let (global, opener) = (global.clone(), local.clone());
    let handle = runtime.handle().clone();
    let streams = ScriptStreams::new(
        &global,
        Limits::default(),
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
        let here = std::env::current_dir().unwrap_or_default();
        let config = HostConfig {
            interrupt,
            uri: global.uri.clone(),
            local: opener.map(|local| local as Arc<dyn LocalServer>),
            database: global.db.clone(),
            root: root_of(&here),
            interactive: true,
            streams: Some(host),
            ..HostConfig::new(handle, output)
        };
        let session = Session::new(config, Limits::default());
        let look = ShellConfig {
            color: global.color.on_stderr(),
            quiet: global.quiet,
            history: history_file(),
        };
        Shell::new(session, look)?.run()
    });
    streams.close();
    let result = result?;
    runtime.shutdown_background();
    Embedded::close(local);
    Ok(result?)
}
