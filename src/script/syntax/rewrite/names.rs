//! Which names a source declares, and what it does with them.

use std::collections::{HashMap, HashSet};

use crate::script::syntax::token::{Kind, Tok};

/// Methods that change what they are called on, so that a `const` must not stand in their way.
const MUTATORS: &[&str] = &[
    "push",
    "pop",
    "shift",
    "unshift",
    "splice",
    "sort",
    "reverse",
    "fill",
    "insert",
    "append",
    "remove",
    "clear",
    "truncate",
    "extend",
    "retain",
    "drain",
    "dedup",
    "set",
    "pad",
    "chop",
    "crop",
    "mixin",
    "fill_with",
    "put",
    "order_by",
];

/// Functions of Rhai that plain scripts call beside a variable of the same name.
const BUILT_IN: &[&str] = &[
    "print",
    "debug",
    "len",
    "keys",
    "values",
    "contains",
    "index_of",
    "range",
    "timestamp",
    "parse_int",
    "parse_float",
    "to_string",
    "to_int",
    "to_float",
    "type_of",
    "Fn",
    "call",
    "curry",
    "eval",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "abs",
    "min",
    "max",
    "sqrt",
    "floor",
    "ceiling",
    "round",
    "int",
    "blob",
    "trim",
    "split",
    "filter",
    "map",
    "reduce",
    "find",
    "sort",
    "reverse",
    "exit",
    "tag",
    "sleep",
    "chars",
    "bits",
    "sign",
    "hash",
    "print_debug",
];

pub(super) fn is_mutator(method: &str) -> bool {
    MUTATORS.contains(&method)
}

/// What declared a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// `let`, `var`, a loop, a `catch`.
    Variable,
    /// `const`; its keyword is the n-th that was written.
    Constant(usize),
    /// `export const`.
    Exported,
    /// A parameter, or a function held in a variable: it can be called.
    Callable,
}

#[derive(Debug)]
struct Declaration {
    kind: Declared,
    /// Inside a block or a function.
    local: bool,
    assigned: bool,
    mutated: bool,
    /// Read as `global::NAME`, which only a real constant can be.
    pinned: bool,
}

#[derive(Debug, Default)]
pub(super) struct Names<'s> {
    declarations: Vec<Declaration>,
    visible: HashMap<&'s str, Vec<usize>>,
    /// Names declared per open block.
    blocks: Vec<Vec<&'s str>>,
    /// Declarations below this one are outside of the `fn` being read.
    floor: Option<usize>,
    /// `const` at the top level, wherever it stands.
    top_constants: HashSet<&'s str>,
    /// `fn` and `function` at the top level.
    functions: HashSet<&'s str>,
    outside: HashSet<String>,
    globals: HashSet<&'s str>,
    /// Where each `const` was written, in order.
    keywords: Vec<usize>,
}

impl<'s> Names<'s> {
    /// Looks ahead for what the whole source declares at its top level.
    pub fn new(toks: &[Tok<'s>]) -> Self {
        let mut names = Self::default();
        let mut depth = 0_usize;
        for pair in toks.windows(2) {
            match (&pair[0].kind, &pair[1].kind) {
                (Kind::Sym("{" | "#{" | "(" | "[" | "?[" | "${"), _) => depth += 1,
                (Kind::Sym("}" | ")" | "]" | "}$"), _) => depth = depth.saturating_sub(1),
                (Kind::Word("const"), Kind::Word(name)) if depth == 0 => {
                    names.top_constants.insert(name);
                }
                (Kind::Word("fn" | "function"), Kind::Word(name)) if depth == 0 => {
                    names.functions.insert(name);
                }
                _ => {}
            }
        }
        for path in toks.windows(3) {
            if let (Kind::Word("global"), Kind::Sym("::"), Kind::Word(name)) =
                (&path[0].kind, &path[1].kind, &path[2].kind)
            {
                names.globals.insert(name);
            }
        }
        names
    }

    /// A variable of the scope the source is compiled for.
    pub fn outside(&mut self, name: &str) {
        self.outside.insert(name.into());
    }

    pub fn open_block(&mut self) {
        self.blocks.push(Vec::new());
    }

    pub fn close_block(&mut self) {
        for name in self.blocks.pop().unwrap_or_default() {
            if let Some(stack) = self.visible.get_mut(name) {
                stack.pop();
            }
        }
    }

    /// Enters an `fn`, which sees nothing of what is around it; returns what leaves it again.
    pub fn open_function(&mut self) -> Option<usize> {
        self.floor.replace(self.declarations.len())
    }

    pub fn close_function(&mut self, floor: Option<usize>) {
        self.floor = floor;
    }

    pub fn declare(&mut self, name: &'s str, kind: Declared) {
        self.visible
            .entry(name)
            .or_default()
            .push(self.declarations.len());
        let local = !self.blocks.is_empty();
        self.declarations.push(Declaration {
            kind,
            local,
            assigned: false,
            mutated: false,
            pinned: self.globals.contains(name) && !local,
        });
        if let Some(block) = self.blocks.last_mut() {
            block.push(name);
        }
    }

    /// How many blocks and functions are open.
    pub fn depth(&self) -> usize {
        self.blocks.len()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.visible
            .get(name)?
            .last()
            .copied()
            .filter(|i| *i >= self.floor.unwrap_or(0))
    }

    /// Whether `name` is a variable here.
    pub fn is_variable(&self, name: &str) -> bool {
        self.find(name).is_some() || (self.floor.is_none() && self.outside.contains(name))
    }

    /// Whether `name(…)` calls what a variable holds: JavaScript's reading, unless Rhai has a function of that name.
    pub fn is_called_as_variable(&self, name: &str) -> bool {
        if self.functions.contains(name) {
            return false;
        }
        match self.find(name) {
            Some(i) if self.declarations[i].kind == Declared::Callable => true,
            Some(_) => !BUILT_IN.contains(&name),
            None => {
                self.floor.is_none() && self.outside.contains(name) && !BUILT_IN.contains(&name)
            }
        }
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    /// Whether `name`, used in an `fn`, can only be a constant of the script.
    pub fn is_script_constant(&mut self, name: &str) -> bool {
        let yes =
            self.floor.is_some() && self.find(name).is_none() && self.top_constants.contains(name);
        if !yes {
            return false;
        }
        if let Some(i) = self.visible.get(name).and_then(|stack| stack.first()) {
            self.declarations[*i].pinned = true;
        } else if let Some(name) = self.top_constants.get(name).copied() {
            self.globals.insert(name);
        }
        true
    }

    pub fn assigned(&mut self, name: &str) {
        if let Some(i) = self.find(name) {
            self.declarations[i].assigned = true;
        }
    }

    pub fn mutated(&mut self, name: &str) {
        if let Some(i) = self.find(name) {
            self.declarations[i].mutated = true;
        }
    }

    /// A `const` is written at `place`.
    pub fn constant(&mut self, place: usize) -> Declared {
        self.keywords.push(place);
        Declared::Constant(self.keywords.len() - 1)
    }

    /// Something was written in front of `place`.
    pub fn shift(&mut self, place: usize) {
        self.keywords
            .iter_mut()
            .rev()
            .take_while(|at| **at >= place)
            .for_each(|at| *at += 1);
    }

    /// Where a `const` was written that JavaScript lets change: there it fixes the name only.
    pub fn constants_to_relax(&self) -> impl Iterator<Item = usize> + '_ {
        self.declarations
            .iter()
            .filter(|d| !d.assigned && !d.pinned && (d.local || d.mutated))
            .filter_map(|d| match d.kind {
                Declared::Constant(i) => Some(self.keywords[i]),
                _ => None,
            })
    }
}
