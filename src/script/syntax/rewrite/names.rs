//! Which names a source declares, and what it does with them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::ahead::look_ahead;
use crate::script::syntax::token::Tok;

/// Methods that change what they are called on, so that a `const` must not stand in their way.
const MUTATORS: &str = "push pop shift unshift splice sort reverse fill insert append remove clear truncate \
    extend retain drain dedup set pad chop crop mixin fill_with put order_by";

/// Functions of Rhai that plain scripts call beside a variable of the same name.
const BUILT_IN: &str = "print debug len keys values contains index_of range timestamp parse_int parse_float \
    to_string to_int to_float type_of Fn call curry eval is_def_var is_def_fn is_shared abs \
    min max sqrt floor ceiling round int blob trim split filter map reduce find sort reverse \
    exit tag sleep chars bits sign hash print_debug";

fn is_built_in(function: &str) -> bool {
    BUILT_IN.split(' ').any(|f| f == function)
}

pub(super) fn is_mutator(method: &str) -> bool {
    MUTATORS.split(' ').any(|m| m == method)
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

/// What a first reading finds of the variables of the script that its `fn`s use.
#[derive(Debug, Default, Clone)]
pub(super) struct Plan {
    /// Names the top level declares, or the scope holds.
    pub shared: HashSet<String>,
    /// For each `fn`, by the index of its body's `{`: the names it uses, in order.
    pub uses: HashMap<usize, Vec<String>>,
    /// Names whose values are changed in an `fn`.
    changed: HashSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct Names<'s> {
    declarations: Vec<Declaration>,
    visible: HashMap<&'s str, Vec<usize>>,
    /// Names declared per open block.
    blocks: Vec<Vec<&'s str>>,
    /// Declarations below this one are outside of the `fn` being read.
    floor: Option<usize>,
    /// `fn` and `function` at the top level.
    functions: HashSet<&'s str>,
    /// Where functions that have to become an `fn` are named by `const name = …`.
    recursive: HashSet<usize>,
    outside: HashSet<String>,
    globals: HashSet<&'s str>,
    /// With how many arguments functions of a name are called.
    calls: HashMap<&'s str, BTreeSet<usize>>,
    overloaded: HashSet<&'s str>,
    /// Where each `const` was written, in order.
    keywords: Vec<usize>,
    /// Names declared at the top level.
    top: HashSet<&'s str>,
    /// What the `fn` being read uses of them, perhaps.
    used: Vec<String>,
    /// What is found for the second reading.
    found: Plan,
    /// What the first reading found.
    plan: Plan,
}

impl<'s> Names<'s> {
    /// Looks ahead for what the whole source declares at its top level.
    pub fn new(toks: &[Tok<'s>], plan: Plan) -> Self {
        let ahead = look_ahead(toks);
        Self {
            plan,
            functions: ahead.functions,
            recursive: ahead.to_functions,
            globals: ahead.globals,
            calls: ahead.calls,
            overloaded: ahead.overloaded,
            ..Self::default()
        }
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

    /// Enters an `fn`, of which Rhai lets the body see nothing of what is around it.
    pub fn open_function(&mut self) {
        self.floor = Some(self.declarations.len());
        self.used.clear();
    }

    /// Leaves the `fn` whose body began at `brace`.
    pub fn close_function(&mut self, brace: usize) {
        self.floor = None;
        let used = std::mem::take(&mut self.used);
        self.found.uses.insert(brace, used);
    }

    /// The variables of the script that the `fn` with its body at `brace` uses.
    pub fn used_in(&self, brace: usize) -> &[String] {
        self.plan.uses.get(&brace).map_or(&[], Vec::as_slice)
    }

    /// Whether `name`, declared at the top level, is used in an `fn`.
    pub fn is_shared(&self, name: &str) -> bool {
        self.blocks.is_empty() && self.plan.shared.contains(name)
    }

    /// The variables of the scope that are used in an `fn`.
    pub fn shared_from_outside(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .plan
            .shared
            .iter()
            .filter(|n| self.outside.contains(*n))
            .cloned()
            .collect();
        names.sort();
        names
    }

    /// Whether `name` is a variable of the script, seen from an `fn`.
    fn is_of_script(&self, name: &str) -> bool {
        self.floor.is_some() && self.find(name).is_none()
    }

    /// Whether `name` is a variable that an `fn` and the script share.
    pub fn is_shared_here(&self, name: &str) -> bool {
        self.plan.shared.contains(name)
            && self.find(name).is_none_or(|i| !self.declarations[i].local)
    }

    /// A name is used that may be a variable of the script.
    pub fn uses(&mut self, name: &str) {
        if self.is_of_script(name) && !self.used.iter().any(|n| n == name) {
            self.used.push(name.into());
        }
    }

    /// What a second reading has to do, where there is anything.
    pub fn plan(&mut self) -> Option<Plan> {
        let mut plan = std::mem::take(&mut self.found);
        let known = |name: &String| self.top.contains(name.as_str()) || self.outside.contains(name);
        plan.uses.values_mut().for_each(|names| names.retain(known));
        plan.uses.retain(|_, names| !names.is_empty());
        plan.shared = plan.uses.values().flatten().cloned().collect();
        (!plan.shared.is_empty()).then_some(plan)
    }

    pub fn declare(&mut self, name: &'s str, kind: Declared) {
        self.visible
            .entry(name)
            .or_default()
            .push(self.declarations.len());
        let local = !self.blocks.is_empty();
        if !local {
            self.top.insert(name);
        }
        self.declarations.push(Declaration {
            kind,
            local,
            assigned: false,
            mutated: !local && self.plan.changed.contains(name),
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
            Some(_) => !is_built_in(name),
            None if is_built_in(name) => false,
            None => {
                self.plan.shared.contains(name)
                    || (self.floor.is_none() && self.outside.contains(name))
            }
        }
    }

    /// Whether the name at this token is given to a function that has to become an `fn`.
    pub fn is_recursive(&self, name_at: usize) -> bool {
        self.recursive.contains(&name_at)
    }

    /// With how many arguments the function of this name is called, where there is one only.
    pub fn calls_of(&self, name: &str) -> BTreeSet<usize> {
        match self.overloaded.contains(name) {
            true => BTreeSet::new(),
            false => self.calls.get(name).cloned().unwrap_or_default(),
        }
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub fn assigned(&mut self, name: &str) {
        if let Some(i) = self.find(name) {
            self.declarations[i].assigned = true;
        }
    }

    pub fn mutated(&mut self, name: &str) {
        match self.find(name) {
            Some(i) => self.declarations[i].mutated = true,
            None if self.floor.is_some() => {
                self.found.changed.insert(name.into());
            }
            None => {}
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
