//! Expressions: operands with operators between them.

use rhai::Token;

use super::logic::Logic;
use super::operand::Operand;
use super::{Done, Rewriter, custom, text};
use crate::script::syntax::forms;
use crate::script::syntax::token::Kind;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// As a statement: it may assign.
    pub statement: bool,
    /// In front of the `=>` of Rhai's `switch`: `|` and `=>` end it.
    pub arm: bool,
    /// As an argument.
    pub argument: bool,
}

impl Place {
    pub const VALUE: Self = Self {
        statement: false,
        arm: false,
        argument: false,
    };
    pub const STATEMENT: Self = Self {
        statement: true,
        arm: false,
        argument: false,
    };
    pub const ARM: Self = Self {
        statement: false,
        arm: true,
        argument: false,
    };
    pub const ARGUMENT: Self = Self {
        statement: false,
        arm: false,
        argument: true,
    };
}

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "==", "!=", "===", "!==", "<", ">", "<=", ">=", "&&", "||",
    "??", "&", "|", "^", "<<", ">>", "!in",
];
const ASSIGNMENTS: &[&str] = &[
    "=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=",
];

impl Rewriter<'_> {
    pub(super) fn expression(&mut self, place: Place) -> Done {
        self.value(place).map(|_| ())
    }

    /// An expression; says whether it is sure to be true or false.
    pub(super) fn value(&mut self, place: Place) -> Done<bool> {
        self.deeper()?;
        let mut logic = Logic::at(self.out.len());
        self.operators(place, &mut logic)?;
        if !place.arm {
            self.write_logic(&logic);
        }
        self.depth -= 1;
        Ok(logic.is_boolean())
    }

    /// The condition of a statement: what is not sure to be true or false is tested as in
    /// JavaScript.
    pub(super) fn condition(&mut self) -> Done {
        let start = self.out.len();
        if !self.value(Place::VALUE)? {
            self.insert_before(start, custom(forms::TRUTH));
        }
        Ok(())
    }

    fn operators(&mut self, mut place: Place, logic: &mut Logic) -> Done {
        let mut left = self.operand(place)?;
        logic.operand(left.boolean);
        loop {
            match self.kind() {
                Kind::Sym("?") => {
                    self.write_logic(logic);
                    let start = logic.start();
                    *logic = Logic::at(start);
                    return self.ternary(start);
                }
                Kind::Sym("++" | "--") => {
                    if self.tok().new_line {
                        return Ok(());
                    }
                    return self.step_after(place, &left);
                }
                Kind::Sym("|") if place.arm => return Ok(()),
                Kind::Sym(op) if ASSIGNMENTS.contains(op) => {
                    self.assignment(place, &left)?;
                    (place, *logic) = (Place::VALUE, Logic::at(self.out.len()));
                }
                Kind::Sym(op @ ("&&" | "||")) => {
                    let (or, place) = (*op == "||", self.out.len());
                    self.copy()?;
                    logic.joined(or, place);
                }
                Kind::Sym(".." | "..=") => {
                    self.copy()?;
                    if self.range_is_open() {
                        continue;
                    }
                }
                Kind::Sym(op) if BINARY.contains(op) => {
                    logic.operator(op);
                    self.copy()?;
                }
                Kind::Sym("&&=" | "||=" | "??=") => {
                    return Err(
                        self.instead("Rhai has no '&&=', '||=' and '??='", "write x = x ?? value")
                    );
                }
                Kind::Word("in") => {
                    logic.operator("in");
                    self.copy()?;
                }
                Kind::Word("instanceof") => {
                    logic.operator("instanceof");
                    self.instance_of()?;
                    left = Operand::default();
                    continue;
                }
                _ => return Ok(()),
            }
            left = self.operand(place)?;
            logic.operand(left.boolean);
        }
    }

    /// `a && b` → `FORM a => b` where an operand may be anything: JavaScript's are values.
    fn write_logic(&mut self, logic: &Logic) {
        for (place, keyword) in logic.forms(&mut self.out).into_iter().rev() {
            self.insert_before(place, custom(keyword));
        }
    }

    /// `0..` with nothing behind it.
    fn range_is_open(&self) -> bool {
        self.ends_statement(self.at) || self.is("=>")
    }

    /// `condition ? then : else`, the condition written from `start` on.
    fn ternary(&mut self, start: usize) -> Done {
        self.insert_before(start, custom(forms::TERNARY));
        self.replace(Token::DoubleArrow);
        self.expression(Place::VALUE)?;
        self.expect(":", Token::Colon, "':' and the value for the other case")?;
        self.expression(Place::VALUE)
    }

    fn assignment(&mut self, place: Place, left: &Operand<'_>) -> Done {
        if !place.statement {
            return Err(self.instead(
                "Rhai assigns in a statement of its own, not inside an expression",
                "write x = value; on a line before, then use x",
            ));
        }
        self.note_change(left);
        if self.is("=") {
            self.mark_place(left);
        }
        self.copy()
    }

    fn note_change(&mut self, target: &Operand<'_>) {
        match target.name {
            Some(name) if target.path => self.names.mutated(name),
            Some(name) => self.names.assigned(name),
            None => {}
        }
    }

    /// `x++` as a statement.
    fn step_after(&mut self, place: Place, left: &Operand<'_>) -> Done {
        let done =
            place.statement && (self.ends_statement(self.at + 1) || self.new_line_at(self.at + 1));
        if !done || left.name.is_none() {
            return Err(self.instead(
                "Rhai has no '++' and '--' inside an expression",
                "write x += 1 in a statement of its own",
            ));
        }
        self.note_change(left);
        let step = self.step_token();
        self.replace(step);
        self.insert(Token::IntegerConstant(1));
        Ok(())
    }

    /// `++x` as a statement.
    pub(super) fn step_before(&mut self) -> Done {
        let step = self.step_token();
        self.skip();
        let target = self.operand(Place::VALUE)?;
        self.note_change(&target);
        self.insert(step);
        self.insert(Token::IntegerConstant(1));
        Ok(())
    }

    fn step_token(&self) -> Token {
        if self.is("++") {
            Token::PlusAssign
        } else {
            Token::MinusAssign
        }
    }

    /// `x instanceof Name`: the name goes as text, as constructors are no values in Rhai.
    fn instance_of(&mut self) -> Done {
        self.replace(custom(forms::INSTANCEOF));
        let Some(class) = self.word() else {
            return Err(self.unexpected("the name of a type"));
        };
        self.replace(text(class));
        Ok(())
    }
}
