//! What a version's sources tell without being run.
//!
//! Everything here errs on the safe side: what is not understood is taken for the worst.
//! [`mod@holdable`] finds the writes that may be held back, [`mod@needs`] the parts of events that
//! handlers look at, [`mod@self_writes`] the writes to what is watched; [`walk`] reads the trees.

mod holdable;
mod needs;
mod self_writes;
mod walk;

use rhai::{AST, ASTNode, ImmutableString, Stmt};

pub(super) use holdable::find as holdable;
pub(super) use needs::find as needs;
pub(super) use self_writes::find as self_writes;

/// A source as it was compiled.
pub(super) struct Source {
    /// Its name in messages.
    name: String,
    bodies: Vec<Body>,
}

/// The body of a function or a closure, or the top level.
struct Body {
    /// The function's name; nothing for the top level.
    name: Option<ImmutableString>,
    /// Its parameters.
    parameters: Vec<ImmutableString>,
    /// What it does.
    statements: Vec<Stmt>,
}

impl Source {
    /// The bodies of a tree.
    pub fn new(name: &str, ast: &AST) -> Self {
        let mut bodies = vec![Body {
            name: None,
            parameters: Vec::new(),
            statements: ast.statements().to_vec(),
        }];
        for function in ast.iter_fn_def() {
            let (own_name, count) = (&function.name, function.params.len());
            // Rhai shows the bodies of functions only while all of them are walked; its own way of
            // cloning some of them clones all.
            let mut alone = ast.clone_functions_only();
            alone
                .retain_functions(|_, _, name, parameters| name == own_name && parameters == count);
            bodies.push(Body {
                name: Some(own_name.clone()),
                parameters: function.params.to_vec(),
                statements: outermost(&alone),
            });
        }
        Self {
            name: name.to_string(),
            bodies,
        }
    }
}

fn outermost(ast: &AST) -> Vec<Stmt> {
    let mut statements = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    statements
}
