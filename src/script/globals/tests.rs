//! What scripts see, through a whole session.

use std::rc::Rc;

use crate::script::{Captured, HostConfig, Limits, Session};

/// A session without a server, and what it prints.
pub(in crate::script) fn session() -> (Session, Captured) {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =
        std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));
    let output = Captured::default();
    let config = HostConfig {
        args: vec!["first".into(), "second".into()],
        root: std::env::temp_dir(),
        ..HostConfig::new(RUNTIME.handle().clone(), Rc::new(output.clone()))
    };
    (Session::new(config, Limits::default()), output)
}

/// What a script prints.
pub(super) fn printed(code: &str) -> String {
    let (mut session, output) = session();
    let result = session.run("<test>", code);
    let mut text = output.text();
    if let Err(diagnostic) = result {
        text.push_str(&format!("error: {}\n", diagnostic.message));
    }
    text.trim_end().to_string()
}

/// Runs each script and compares what it prints.
pub(in crate::script) fn table(cases: &[(&str, &str)]) {
    for (code, want) in cases {
        assert_eq!(printed(code), *want, "{code}");
    }
}
