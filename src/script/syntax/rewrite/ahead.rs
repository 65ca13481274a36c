//! A look at a whole source before it is read: which functions its top level has.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::script::syntax::token::{Kind, NO_MATE, Tok};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Ahead<'s> {
    /// Names of `fn`s, and of what becomes one.
    pub functions: HashSet<&'s str>,
    /// Where the names of closures stand that have to become an `fn`: they use themselves or what
    /// is declared after them, which a closure of Rhai cannot capture.
    pub to_functions: HashSet<usize>,
    /// With how many arguments functions of a name are called.
    pub calls: HashMap<&'s str, BTreeSet<usize>>,
    /// Names that more than one function has.
    pub overloaded: HashSet<&'s str>,
    /// Names read as `global::NAME`.
    pub globals: HashSet<&'s str>,
}

/// Looks at the declarations of the top level.
pub(super) fn look_ahead<'s>(toks: &[Tok<'s>]) -> Ahead<'s> {
    let mut ahead = Ahead::default();
    let declared = declared_at_top(toks, &mut ahead);
    let last: HashMap<&str, usize> = declared.iter().map(|at| (word(toks, *at), *at)).collect();
    for at in declared {
        let exported = at >= 2 && kind(toks, at - 2).is_word("export");
        let constant = kind(toks, at - 1).is_word("const");
        let name = word(toks, at);
        let too_late = |used: &str| {
            used == name || (constant && last.get(used).is_some_and(|declared| *declared > at))
        };
        if !exported
            && function_body(toks, at).is_some_and(|(from, to)| uses(toks, from, to, too_late))
        {
            ahead.functions.insert(name);
            ahead.to_functions.insert(at);
        }
    }
    count_arguments(toks, &mut ahead);
    ahead
}

/// How the functions of the source are called.
fn count_arguments<'s>(toks: &[Tok<'s>], ahead: &mut Ahead<'s>) {
    for i in 1..toks.len() {
        let Kind::Word(name) = kind(toks, i - 1) else {
            continue;
        };
        let defined = i > 1
            && matches!(
                kind(toks, i - 2),
                Kind::Word("fn" | "function") | Kind::Sym(".") | Kind::Sym("?.")
            );
        if kind(toks, i).is("(") && !defined && ahead.functions.contains(name) {
            ahead
                .calls
                .entry(name)
                .or_default()
                .insert(arguments(toks, i));
        }
    }
}

/// How many arguments there are in the parentheses at `open`.
fn arguments(toks: &[Tok<'_>], open: usize) -> usize {
    let close = after(toks, open) - 1;
    let (mut i, mut commas, mut last_is_comma) = (open + 1, 0, true);
    while i < close {
        last_is_comma = kind(toks, i).is(",");
        commas += usize::from(last_is_comma);
        i = after(toks, i);
    }
    commas + usize::from(!last_is_comma)
}

/// Where the names that the top level declares stand.
fn declared_at_top<'s>(toks: &[Tok<'s>], ahead: &mut Ahead<'s>) -> Vec<usize> {
    let (mut depth, mut declared) = (0_usize, Vec::new());
    for (i, pair) in toks.windows(2).enumerate() {
        match (&pair[0].kind, &pair[1].kind) {
            (Kind::Sym("{" | "#{" | "(" | "[" | "?[" | "${"), _) => depth += 1,
            (Kind::Sym("}" | ")" | "]" | "}$"), _) => depth = depth.saturating_sub(1),
            (Kind::Word("fn" | "function"), Kind::Word(name)) if depth == 0 => {
                let again = !ahead.functions.insert(name);
                ahead.overloaded.extend(again.then_some(*name));
            }
            (Kind::Word("const" | "let" | "var"), Kind::Word(_)) if depth == 0 => {
                declared.push(i + 1)
            }
            (Kind::Sym("::"), Kind::Word(name)) if i > 0 && kind(toks, i - 1).is_word("global") => {
                ahead.globals.insert(name);
            }
            _ => {}
        }
    }
    declared
}

fn kind<'t, 's>(toks: &'t [Tok<'s>], i: usize) -> &'t Kind<'s> {
    toks.get(i).map_or(&Kind::End, |t| &t.kind)
}

fn word<'s>(toks: &[Tok<'s>], i: usize) -> &'s str {
    match kind(toks, i) {
        Kind::Word(word) => word,
        _ => "",
    }
}

/// The index after a bracket's partner, or after the token at `i`.
fn after(toks: &[Tok<'_>], i: usize) -> usize {
    toks.get(i)
        .filter(|t| t.mate != NO_MATE && t.mate as usize > i)
        .map_or(i + 1, |t| t.mate as usize + 1)
}

/// From where to where the body of the function goes that is given to the name at `at`.
fn function_body(toks: &[Tok<'_>], at: usize) -> Option<(usize, usize)> {
    let mut i = at + 2;
    if !kind(toks, at + 1).is("=") {
        return None;
    }
    if kind(toks, i).is_word("async") {
        i += 1;
    }
    let function = kind(toks, i).is_word("function");
    if function {
        i += if matches!(kind(toks, i + 1), Kind::Word(_)) {
            2
        } else {
            1
        };
    }
    i = after(toks, i);
    if !function && !kind(toks, i).is("=>") {
        return None;
    }
    i += usize::from(!function);
    let end = if kind(toks, i).is("{") {
        after(toks, i)
    } else {
        end_of_expression(toks, i)
    };
    Some((i, end))
}

/// Where the expression from `i` on ends, about: at a `;`, or where a line begins with a word.
fn end_of_expression(toks: &[Tok<'_>], from: usize) -> usize {
    let mut i = from;
    while let Some(tok) = toks.get(i) {
        let new_statement = i > from && tok.new_line && matches!(tok.kind, Kind::Word(_));
        if new_statement || matches!(tok.kind, Kind::Sym(";" | ",") | Kind::End) {
            break;
        }
        i = after(toks, i);
    }
    i
}

/// Whether a name of that kind is used between two tokens.
fn uses(toks: &[Tok<'_>], from: usize, to: usize, wanted: impl Fn(&str) -> bool) -> bool {
    (from..to).any(|i| match kind(toks, i) {
        Kind::Word(word) => {
            wanted(word) && !kind(toks, i - 1).is(".") && !kind(toks, i + 1).is(":")
        }
        _ => false,
    })
}
