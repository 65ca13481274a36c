//! The history file: where it is, and what does not go into it.

use std::path::PathBuf;

/// Methods whose arguments are secrets.
const SECRET: [&str; 6] = [
    "createUser",
    "updateUser",
    "changeUserPassword",
    "auth(",
    "passwordPrompt",
    "setSecret",
];

/// The file that keeps the history: in `$XDG_STATE_HOME/rhaiver`, or `~/.local/state/rhaiver`.
/// Nothing where there is no home.
#[must_use]
pub fn history_file() -> Option<PathBuf> {
    let state = match std::env::var_os("XDG_STATE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => std::env::home_dir()?.join(".local/state"),
    };
    Some(state.join("rhaiver/history"))
}

/// Whether an input may be kept: not where it holds a password.
pub(super) fn may_keep(input: &str) -> bool {
    let credentials = input.contains("://") && crate::client::redact(input) != input;
    !credentials && !SECRET.iter().any(|word| input.contains(word))
}

#[cfg(test)]
mod tests {
    use super::may_keep;

    #[test]
    fn passwords_are_not_kept() {
        for input in [
            "db.createUser({user: 'a', pwd: 'b', roles: []})",
            "connect(\"mongodb://ada:secret@localhost/shop\")",
            "db.auth(\"a\", \"b\")",
        ] {
            assert!(!may_keep(input), "{input}");
        }
        for input in ["db.orders.find()", "connect(\"mongodb://localhost/shop\")"] {
            assert!(may_keep(input), "{input}");
        }
    }
}
