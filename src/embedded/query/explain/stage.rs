//! A plan as a tree of stages.

use bson::{Bson, Document};

/// A stage with those that feed it.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub name: &'static str,
    pub filter: Option<Document>,
    /// What describes it.
    pub fields: Document,
    /// What it did, if the plan has been run.
    pub work: Work,
    /// More of what it did.
    pub done: Document,
    pub inputs: Vec<Stage>,
    /// Whether it is shown with `inputStages`, however many they are.
    pub many: bool,
}

/// What a stage did.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Work {
    /// How many results it gave.
    pub advanced: u64,
    /// How often it was asked without giving one.
    pub idle: u64,
    /// Whether it came to its end.
    pub ended: bool,
}

impl Work {
    fn show(self, into: &mut Document) {
        let works = self.advanced + self.idle + u64::from(self.ended);
        let numbers = [
            ("nReturned", self.advanced),
            ("executionTimeMillisEstimate", 0),
            ("works", works),
            ("advanced", self.advanced),
            ("needTime", self.idle),
            ("needYield", 0),
            ("saveState", 0),
            ("restoreState", 0),
            ("isEOF", u64::from(self.ended)),
        ];
        into.extend(numbers.map(|(name, n)| (name.to_owned(), number(n))));
    }

    /// The same for a stage that leaves results out.
    pub fn giving(self, advanced: u64) -> Self {
        Self {
            advanced,
            idle: (self.advanced + self.idle).saturating_sub(advanced),
            ended: self.ended,
        }
    }
}

impl Stage {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub fn with(mut self, field: &str, value: impl Into<Bson>) -> Self {
        self.fields.insert(field, value);
        self
    }

    pub fn over(mut self, input: Stage) -> Self {
        self.inputs.push(input);
        self
    }

    pub fn working(mut self, work: Work) -> Self {
        self.work = work;
        self
    }

    pub fn did(mut self, field: &str, n: u64) -> Self {
        self.done.insert(field, number(n));
        self
    }

    /// It as `winningPlan` shows it, or as `executionStages`.
    pub fn show(self, measured: bool) -> Document {
        let mut shown = Document::new();
        shown.insert("stage", self.name);
        if let Some(filter) = self.filter {
            shown.insert("filter", filter);
        }
        if measured {
            self.work.show(&mut shown);
        }
        shown.extend(self.fields);
        if measured {
            shown.extend(self.done);
        }
        let mut inputs: Vec<Document> = self
            .inputs
            .into_iter()
            .map(|input| input.show(measured))
            .collect();
        if self.many {
            shown.insert("inputStages", inputs);
        } else if let Some(input) = inputs.pop() {
            shown.insert("inputStage", input);
        }
        shown
    }
}

/// A count in the smaller integer type that holds it.
pub(super) fn number(n: u64) -> Bson {
    i32::try_from(n).map_or_else(
        |_| Bson::Int64(i64::try_from(n).unwrap_or(i64::MAX)),
        Bson::Int32,
    )
}

/// Bounds of a field as text, none of them too long for a reply.
pub(super) fn texts(list: Vec<String>) -> Bson {
    Bson::Array(list.into_iter().map(Bson::String).collect())
}
