//! Operands: a value with what hangs on it (`.name`, `[index]`, `(arguments)`).

use rhai::{Dynamic, Token};

use super::expression::Place;
use super::{Done, Rewriter, custom, ident, names, text};
use crate::script::syntax::token::Kind;
use crate::script::syntax::{forms, places};

/// What is known of an operand that was read.
#[derive(Debug, Default)]
pub(super) struct Operand<'s> {
    /// The variable it begins with.
    pub name: Option<&'s str>,
    /// Whether it goes on from there.
    pub path: bool,
    /// Where its last `.` or `[` was written.
    pub last_step: Option<usize>,
    /// How many `.` and `[` there are.
    pub steps: i64,
    /// Whether `(` would call it by its name.
    pub callable: bool,
    /// Where it was written from.
    pub start: usize,
    /// Whether it is sure to be true or false.
    pub boolean: bool,
    /// How many shapes there were before its last index.
    pub shapes: usize,
}

/// Functions that people hand over by name.
pub(super) const HANDED_OVER: &[&str] = &[
    "print",
    "printjson",
    "tojson",
    "String",
    "Number",
    "Boolean",
    "parseInt",
    "parseFloat",
    "ObjectId",
    "NumberLong",
    "NumberInt",
    "NumberDecimal",
    "isNaN",
];

/// Methods that change nothing of what they are called on, and call functions that may use it.
const CALLING_BACK: &[&str] = &[
    "forEach",
    "map",
    "flatMap",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "some",
    "every",
    "reduce",
    "reduceRight",
    "withTransaction",
];

impl<'s> Rewriter<'s> {
    pub(super) fn operand(&mut self, place: Place) -> Done<Operand<'s>> {
        self.deeper()?;
        let operand = self.signed(place);
        self.depth -= 1;
        operand
    }

    pub(super) fn signed(&mut self, place: Place) -> Done<Operand<'s>> {
        let (mut signed, negated) = (false, self.is("!"));
        loop {
            match self.kind() {
                Kind::Sym("-" | "+" | "!") => self.copy()?,
                Kind::Word("await")
                    if !self.ends_statement(self.at + 1) && !self.kind_at(self.at + 1).is("=") =>
                {
                    self.skip()
                }
                Kind::Word("typeof") if !self.kind_at(self.at + 1).is("=") => {
                    self.type_of()?;
                    return Ok(Operand::default());
                }
                Kind::Word("void") if matches!(self.kind_at(self.at + 1), Kind::Int(_)) => {
                    self.skip();
                    self.replace(Token::Unit);
                    return Ok(Operand::default());
                }
                Kind::Word("void" | "yield") if !self.ends_statement(self.at + 1) => {
                    return Err(
                        self.error(format!("Rhai has no '{}'", self.word().unwrap_or_default()))
                    );
                }
                Kind::Sym("++" | "--") if place.statement && !signed => {
                    self.step_before()?;
                    return Ok(Operand::default());
                }
                Kind::Sym("++" | "--") => {
                    return Err(self.instead(
                        "Rhai has no '++' and '--' inside an expression",
                        "write x += 1 in a statement of its own",
                    ));
                }
                Kind::Sym("...") => {
                    return Err(self.instead(
                        "'...' works in literals and in calls of methods and built-in functions only",
                        "pass the elements one by one, or an array",
                    ));
                }
                _ => break,
            }
            signed = true;
        }
        let start = self.out.len();
        let mut operand = self.primary(place)?;
        operand.start = start;
        let primary = self.out.len();
        self.steps(&mut operand)?;
        let alone = !signed && self.out.len() == primary;
        operand.boolean = negated || (operand.boolean && alone);
        Ok(operand)
    }

    /// `typeof x` → the form with parentheses.
    pub(super) fn type_of(&mut self) -> Done {
        self.replace(custom(forms::TYPEOF));
        self.insert(Token::LeftParen);
        self.operand(Place::VALUE)?;
        self.insert(Token::RightParen);
        Ok(())
    }

    pub(super) fn primary(&mut self, place: Place) -> Done<Operand<'s>> {
        match self.kind() {
            Kind::Int(_) | Kind::Float(_) | Kind::Text(_) => self.copy()?,
            Kind::Piece { .. } => self.template()?,
            Kind::Regex(_) => self.regex(),
            Kind::Word(word) => return self.word_operand(word, place),
            Kind::Sym("(") => {
                return Ok(Operand {
                    boolean: self.parenthesis(place)?,
                    ..Operand::default()
                });
            }
            Kind::Sym("[") => self.array()?,
            Kind::Sym("{") if self.looks_like_object(self.at, false) => self.object()?,
            Kind::Sym("{") => self.block()?,
            Kind::Sym("#{") => self.object()?,
            Kind::Sym("|" | "||") => self.rhai_closure()?,
            Kind::Sym(".." | "..=") => {}
            _ => return Err(self.unexpected("a value")),
        }
        Ok(Operand::default())
    }

    pub(super) fn regex(&mut self) {
        let Kind::Regex(regex) = self.kind() else {
            return;
        };
        let (pattern, flags) = (text(&regex.0), text(&regex.1));
        self.replace(ident("RegExp"));
        self.insert(Token::LeftParen);
        self.insert(pattern);
        self.insert(Token::Comma);
        self.insert(flags);
        self.insert(Token::RightParen);
    }

    /// Says whether what it holds is sure to be true or false.
    pub(super) fn parenthesis(&mut self, place: Place) -> Done<bool> {
        if !place.arm
            && self
                .after_mate(self.at)
                .is_some_and(|i| self.kind_at(i).is("=>"))
        {
            return self.arrow().map(|()| false);
        }
        if self.kind_at(self.at + 1).is(")") {
            self.replace(Token::Unit);
            self.skip();
            return Ok(false);
        }
        self.replace(Token::LeftParen);
        let boolean = self.value(Place::VALUE)?;
        if self.is(",") {
            return Err(self.instead("Rhai has no comma operator", "write two statements"));
        }
        self.expect(")", Token::RightParen, "')'")?;
        Ok(boolean)
    }

    pub(super) fn steps(&mut self, operand: &mut Operand<'s>) -> Done {
        loop {
            match self.kind() {
                Kind::Sym("." | "?.") => self.property(operand)?,
                Kind::Sym("::") => {
                    self.copy()?;
                    let Some(name) = self.word() else {
                        return Err(self.unexpected("a name"));
                    };
                    self.replace(ident(name));
                    (operand.callable, operand.name) = (true, None);
                }
                Kind::Sym("!") if operand.callable && self.kind_at(self.at + 1).is("(") => {
                    self.copy()?
                }
                Kind::Sym("(") => {
                    let opens_spreads = self.opens_spreads(operand);
                    if !std::mem::take(&mut operand.callable) {
                        self.insert(Token::Period);
                        self.insert(ident("call"));
                    }
                    self.arguments(opens_spreads)?;
                    operand.path = true;
                    operand.last_step = None;
                }
                Kind::Sym("[" | "?[") => self.index(operand)?,
                _ => return Ok(()),
            }
        }
    }

    /// `x.map(… x …)` → `value of(x).map(… x …)`: Rhai holds a variable locked while a method runs
    /// on it, so that a callback could not read it.
    pub(super) fn unlock(&mut self, operand: &Operand<'s>) {
        let Some(root) = operand.name.filter(|n| !matches!(*n, "db" | "this")) else {
            return;
        };
        let method = self.word_at(self.at + 1);
        let Some(end) = self.after_mate(self.at + 2) else {
            return;
        };
        let calls_back = method.is_some_and(|m| CALLING_BACK.contains(&m));
        if calls_back && (self.at + 3..end).any(|i| self.kind_at(i).is_word(root)) {
            self.insert_before(operand.start, Token::LeftParen);
            self.insert_before(operand.start, ident(forms::VALUE_OF));
            self.insert(Token::RightParen);
        }
    }

    pub(super) fn property(&mut self, operand: &mut Operand<'s>) -> Done {
        self.unlock(operand);
        operand.steps += 1;
        operand.path = true;
        operand.last_step = Some(self.out.len());
        if self.is("?.") && self.kind_at(self.at + 1).is("[") {
            self.skip();
            self.write(Token::QuestionBracket);
            return self.index_after_bracket(operand);
        }
        if self.is("?.") && self.kind_at(self.at + 1).is("(") {
            return Err(self.instead(
                "Rhai has no '?.('",
                "check the value with != () and then call it",
            ));
        }
        self.copy()?;
        let Some(name) = self.word() else {
            return Err(self.unexpected("the name of a property or method"));
        };
        let called = self.kind_at(self.at + 1).is("(");
        // Methods that Rhai's parser itself knows; its other reserved words are names here.
        let known = ["call", "curry", "is_shared", "type_of"].contains(&name);
        if called && known {
            self.copy()?;
        } else {
            self.replace(ident(name));
        }
        operand.callable = called;
        if called
            && names::is_mutator(name)
            && let Some(root) = operand.name
        {
            self.names.mutated(root);
        }
        Ok(())
    }

    /// Marks the index of an operand that ends in `[index]` and is assigned to.
    pub(super) fn mark_place(&mut self, operand: &Operand<'_>) {
        let (Some(bracket), Some(last)) = (operand.last_step, self.out.len().checked_sub(1)) else {
            return;
        };
        let index = matches!(self.out[bracket].token, Token::LeftBracket)
            && matches!(self.out[last].token, Token::RightBracket);
        let named = matches!(self.out.get(bracket + 1), Some(out) if matches!(out.token, Token::StringConstant(_)));
        if index && !named {
            self.insert_before(bracket + 1, custom(places::PLACE));
            // What the parser meets after the bracket has its shape after this one.
            self.shapes
                .insert(operand.shapes, Dynamic::from(operand.steps - 1));
        }
    }

    pub(super) fn index(&mut self, operand: &mut Operand<'s>) -> Done {
        operand.steps += 1;
        (operand.path, operand.last_step) = (true, Some(self.out.len()));
        operand.shapes = self.shapes.len();
        let token = self.token()?;
        self.write(token);
        self.index_after_bracket(operand)
    }

    /// The current token is the bracket, which has been written.
    pub(super) fn index_after_bracket(&mut self, operand: &mut Operand<'s>) -> Done {
        operand.callable = false;
        self.skip();
        self.expression(Place::VALUE)?;
        self.expect("]", Token::RightBracket, "']'")
    }

    /// Whether what is called may be given `...array`: a method, or a function that is known not to
    /// be the script's own, whose parameters are counted.
    pub(super) fn opens_spreads(&self, operand: &Operand<'_>) -> bool {
        let built_in = |name: &str| {
            let own = self.names.is_variable(name) || self.names.is_function(name);
            HANDED_OVER.contains(&name) && !own
        };
        let by_pointer = matches!(&self.out[self.out.len() - 1].token, Token::Identifier(n) if n.as_str() == "call");
        operand.callable && !by_pointer && (operand.path || operand.name.is_some_and(built_in))
    }

    /// `(a, b)` of a call.
    pub(super) fn arguments(&mut self, opens_spreads: bool) -> Done {
        self.replace(Token::LeftParen);
        while !self.is(")") {
            if opens_spreads && self.is("...") {
                self.replace(ident(forms::SPREAD_OF));
                self.insert(Token::LeftParen);
                self.expression(Place::VALUE)?;
                self.insert(Token::RightParen);
            } else {
                self.expression(Place::ARGUMENT)?;
            }
            if self.is(",") {
                self.copy()?;
            } else if !self.is(")") {
                return Err(self.unexpected("',' or ')' after an argument"));
            }
        }
        self.replace(Token::RightParen);
        Ok(())
    }
}
