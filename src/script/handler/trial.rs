//! Trying a version: everything that is found out about it before it may take over.

use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::declaration;
use super::functions::{Functions, unused};
use super::program::ScriptProgramConfig;
use super::reading::{self, Source};
use super::stamps::hash;
use super::testing;
use super::version::{Found, ScriptVersion};
use crate::diag::{Diagnostic, Kind};
use crate::script::{Captured, HostConfig, Interrupt, STACK, Session, Snapshot, Stop, root_of};
use crate::stream::StreamSpec;
use crate::stream::spec::{Needs, Origin};

/// What trying a version came to.
pub(super) struct Tried {
    /// The version, or why it cannot be used.
    pub result: Result<Arc<ScriptVersion>, Box<Diagnostic>>,
    /// Its files, those too that are not there.
    pub files: Vec<PathBuf>,
    /// A hash of them as they were when they were read.
    pub contents: String,
}

/// Reads and tries the files as they are now, on a thread with the stack that scripts need.
pub(super) fn run(config: &Arc<ScriptProgramConfig>) -> Tried {
    let work = || {
        let mut trial = Trial::new(config);
        let result = trial.try_it();
        trial.tried(result)
    };
    let tried = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("trial".into())
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        thread.map(|thread| thread.join())
    });
    match tried {
        Ok(Ok(tried)) => tried,
        Ok(Err(panic)) => Tried::broken(config, Diagnostic::panicked(&*panic)),
        Err(e) => Tried::broken(config, Diagnostic::new(Kind::Bug, e.to_string())),
    }
}

impl Tried {
    fn broken(config: &ScriptProgramConfig, diagnostic: Diagnostic) -> Self {
        Self {
            result: Err(Box::new(diagnostic)),
            files: vec![config.file.clone()],
            contents: String::new(),
        }
    }
}

/// How long the top level may take: nobody waits for it, but no other edit is seen meanwhile.
const LONGEST: Duration = Duration::from_secs(30);

/// Raises an interrupt when the program's is raised, or after a while.
pub(super) async fn watch_over(program: Interrupt, own: Interrupt, limit: Duration) {
    let stop = tokio::select! {
        stop = program.wait() => stop,
        () = tokio::time::sleep(limit) => Stop::Timeout,
    };
    own.raise(stop);
}

struct Trial<'a> {
    config: &'a Arc<ScriptProgramConfig>,
    session: Session,
    /// The file's name in messages.
    source: String,
    watcher: AbortHandle,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl<'a> Trial<'a> {
    fn new(config: &'a Arc<ScriptProgramConfig>) -> Self {
        let interrupt = Interrupt::default();
        let watched = watch_over(config.interrupt.clone(), interrupt.clone(), LONGEST);
        let watcher = config.runtime.spawn(watched);
        // What the top level prints is shown when a lane runs it.
        let host = HostConfig {
            interrupt: interrupt.clone(),
            uri: Some(config.cluster.uri().to_string()),
            cluster: Some(config.cluster.clone()),
            database: config.database_before(),
            root: root_of(&config.file),
            ..HostConfig::new(config.runtime.clone(), Rc::new(Captured::default()))
        };
        Self {
            config,
            session: Session::new(host, config.limits),
            source: config.file.display().to_string(),
            watcher: watcher.abort_handle(),
        }
    }

    fn try_it(&mut self) -> Result<ScriptVersion, Box<Diagnostic>> {
        let _ = self.session.run_file(&self.config.file)?;
        let ast = self.session.last_source();
        let declared = declaration::fields(&self.session, &self.source, &ast)?;
        let mut fields = declared.clone();
        fields.extend(self.config.overrides.clone());
        let only = fields.get_str("handler").ok();
        let functions = Functions::find(&self.session, &self.source, only)?;
        let mut spec = declaration::spec(
            &self.session,
            &self.source,
            &ast,
            &declared,
            &self.config.overrides,
            &self.config.origin(),
        )?;
        testing::run(self.config, &self.session, &spec.database)?;
        let sources = self.sources()?;
        let fields = looked_at(&sources, &functions);
        spec.needs = needs(fields.as_ref(), &functions);
        let entries = functions.handlers().map(String::from).collect();
        let mut warnings = unused(&self.session, &functions);
        warnings.extend(self.self_writes(&sources, &spec));
        let snapshot = self.session.snapshot();
        Ok(ScriptVersion::new(
            self.config.clone(),
            spec,
            Found {
                functions,
                fields,
                holdable: reading::holdable(&sources, &entries),
                warnings,
            },
            self.generation(&snapshot),
            snapshot,
        ))
    }

    /// The trees of all sources, as they were compiled.
    fn sources(&self) -> Result<Vec<Source>, Box<Diagnostic>> {
        let mut sources = Vec::new();
        for (name, text) in self.session.sources() {
            let ast = self.session.compile_apart(&name, &text)?;
            sources.push(Source::new(&name, &ast));
        }
        Ok(sources)
    }

    fn self_writes(&self, sources: &[Source], spec: &StreamSpec) -> Vec<Diagnostic> {
        if spec.allow.iter().any(|allowed| allowed == "self-writes") {
            return Vec::new();
        }
        let found = reading::self_writes(sources, spec);
        let shown = found.into_iter().map(|write| {
            let message = format!(
                "this {} writes to {}, which the stream watches: each effect is an event again",
                write.method, write.namespace
            );
            let warning = Diagnostic::new(Kind::Script, message).hint(
                "if that comes to an end by itself, write allow: [\"self-writes\"] in STREAM",
            );
            self.session.located(warning, &write.source, write.position)
        });
        shown.collect()
    }

    fn generation(&self, snapshot: &Snapshot) -> String {
        let root = root_of(&self.config.file);
        let text = |file: &std::path::Path| {
            let text = snapshot.text(file).map(|text| text.as_bytes().to_vec());
            text.unwrap_or_default()
        };
        hash(&root, snapshot.files(), text)
            .chars()
            .take(8)
            .collect()
    }

    fn tried(&self, result: Result<ScriptVersion, Box<Diagnostic>>) -> Tried {
        let mut files = self.session.imported_files();
        files.push(self.config.file.clone());
        files.sort();
        files.dedup();
        let snapshot = self.session.snapshot();
        let root = root_of(&self.config.file);
        let contents = hash(&root, &files, |file| match snapshot.text(file) {
            Some(text) => text.as_bytes().to_vec(),
            None => std::fs::read(file).unwrap_or_default(),
        });
        Tried {
            result: result.map(Arc::new),
            files,
            contents,
        }
    }
}

/// The fields of events that handlers may look at; nothing for all.
fn looked_at(sources: &[Source], functions: &Functions) -> Option<HashSet<String>> {
    let handlers = functions.handlers().map(|name| (name, 1));
    let on_error = functions.error.map(|name| (name, 2));
    reading::needs(sources, handlers.chain(on_error))
}

fn needs(fields: Option<&HashSet<String>>, functions: &Functions) -> Needs {
    let looks_at = |field: &str| fields.is_none_or(|fields| fields.contains(field));
    Needs {
        operations: functions.operations(),
        full_document: looks_at("fullDocument"),
        update_description: looks_at("updateDescription"),
    }
}

impl ScriptProgramConfig {
    /// What `db` means while the file is not read yet.
    fn database_before(&self) -> Option<String> {
        let named = self.overrides.get_str("database").ok();
        let watched = || {
            let watch = self.overrides.get_str("watch").ok()?;
            let database = watch.split('.').next().filter(|d| *d != "*");
            database.map(String::from)
        };
        named.map(String::from).or_else(watched)
    }

    fn origin(&self) -> Origin {
        let stem = self.file.file_stem().unwrap_or_default();
        Origin {
            stem: stem.to_string_lossy().into_owned(),
            database: self.cluster.default_database().map(String::from),
        }
    }
}
