//! How values are laid out.

/// Where lines break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The innermost three levels share a line where it holds them; long arrays stand in columns.
    Compact,
    /// One entry a line.
    Expanded,
    /// Everything on one line.
    OneLine,
}

/// What the printer may use. The named styles are mongosh's; the limits can be changed one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Where lines break.
    pub layout: Layout,
    /// Documents and arrays nested deeper become `[Object]` and `[Array]`.
    pub depth: Option<usize>,
    /// Elements of an array that are shown.
    pub max_array: Option<usize>,
    /// UTF-16 units of a string that are shown.
    pub max_string: Option<usize>,
    /// Terminal colours.
    pub colors: bool,
}

impl Style {
    /// What `print(value)` and the result of an interactive line use: six levels, 100 elements, 10,000
    /// characters of a string.
    pub fn pretty() -> Style {
        Style {
            layout: Layout::Compact,
            depth: Some(6),
            max_array: Some(100),
            max_string: Some(10_000),
            colors: false,
        }
    }

    /// What the documents of a cursor and the result of `--eval` use: the same layout without limits.
    pub fn full() -> Style {
        Style::pretty().unlimited()
    }

    /// The same without limits.
    pub fn unlimited(self) -> Style {
        Style {
            depth: None,
            max_array: None,
            max_string: None,
            ..self
        }
    }

    /// What `printjson(value)` uses: one entry a line, no limits.
    pub fn expanded() -> Style {
        Style {
            layout: Layout::Expanded,
            ..Style::full()
        }
    }

    /// One line without limits, for messages.
    pub fn one_line() -> Style {
        Style {
            layout: Layout::OneLine,
            ..Style::full()
        }
    }

    /// The same with or without colours.
    pub fn with_colors(self, colors: bool) -> Style {
        Style { colors, ..self }
    }
}

/// What a piece of text is; each has a colour of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Special,
    Number,
    Boolean,
    Undefined,
    Null,
    String,
    Date,
    Regex,
}

impl Kind {
    /// The codes that switch the colour on and off.
    fn codes(self) -> (u8, u8) {
        match self {
            Kind::Special => (36, 39),
            Kind::Number | Kind::Boolean => (33, 39),
            Kind::Undefined => (90, 39),
            Kind::Null => (1, 22),
            Kind::String => (32, 39),
            Kind::Date => (35, 39),
            Kind::Regex => (31, 39),
        }
    }
}

impl Style {
    pub(super) fn paint(&self, text: &str, kind: Kind) -> String {
        if !self.colors {
            return text.to_owned();
        }
        let (on, off) = kind.codes();
        format!("\x1b[{on}m{text}\x1b[{off}m")
    }
}
