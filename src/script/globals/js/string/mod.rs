//! The methods of JavaScript's strings.
//!
//! They return new strings and leave their own as it is, also where Rhai's function of that name
//! changes it (`trim`, `replace`). Places count UTF-16 code units ([`units`]).

mod case;
mod pattern;
mod read;
mod replace;
mod search;
mod statics;
pub(super) mod units;

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Engine, ImmutableString};

use crate::methods;
use crate::script::api::{self, Class, Receiver};
use crate::script::host::Host;

static CLASS: Class = Class {
    name: "String",
    docs: "A text. `length` is how many UTF-16 code units it has; text[0] is the first character.",
    receiver: Receiver::Value(TypeId::of::<ImmutableString>),
    methods: methods! {
        /// The parts between a separator (a string or a regular expression), at most so many.
        ///
        /// ```js
        /// "a,b,c".split(",")
        /// ```
        split("separator?, limit?") => search::split;
        /// Without the white space at both ends.
        ///
        /// ```js
        /// "  a ".trim()
        /// ```
        trim("") => case::trim;
        /// Without the white space at the beginning.
        ///
        /// ```js
        /// "  a".trimStart()
        /// ```
        trimStart("") => case::trim_start;
        /// Without the white space at the end.
        ///
        /// ```js
        /// "a  ".trimEnd()
        /// ```
        trimEnd("") => case::trim_end;
        /// In capital letters.
        ///
        /// ```js
        /// "paid".toUpperCase()
        /// ```
        toUpperCase("") => case::upper;
        /// In small letters.
        ///
        /// ```js
        /// "PAID".toLowerCase()
        /// ```
        toLowerCase("") => case::lower;
        /// In capital letters; the locale makes no difference here.
        ///
        /// ```js
        /// "paid".toLocaleUpperCase()
        /// ```
        toLocaleUpperCase("locale?") => case::upper;
        /// In small letters; the locale makes no difference here.
        ///
        /// ```js
        /// "PAID".toLocaleLowerCase()
        /// ```
        toLocaleLowerCase("locale?") => case::lower;
        /// Fills up at the beginning to a length, with spaces or another text.
        ///
        /// ```js
        /// "7".padStart(3, "0")
        /// ```
        padStart("length, fill?") => case::pad_start;
        /// Fills up at the end to a length, with spaces or another text.
        ///
        /// ```js
        /// "total".padEnd(10, ".")
        /// ```
        padEnd("length, fill?") => case::pad_end;
        /// The text so many times.
        ///
        /// ```js
        /// "=".repeat(20)
        /// ```
        repeat("count") => case::repeat;
        /// With other values after it.
        ///
        /// ```js
        /// "order ".concat(7)
        /// ```
        concat("...values") => case::concat;
        /// Whether it begins with a text, from a place on.
        ///
        /// ```js
        /// "order_1".startsWith("order")
        /// ```
        startsWith("text, from?") => search::starts_with;
        /// Whether it ends with a text, up to a place.
        ///
        /// ```js
        /// "order_1".endsWith("_1")
        /// ```
        endsWith("text, end?") => search::ends_with;
        /// Whether a text occurs in it.
        ///
        /// ```js
        /// "order_1".includes("der")
        /// ```
        includes("text, from?") => search::includes;
        /// Where a text occurs first, or -1.
        ///
        /// ```js
        /// "order_1".indexOf("_")
        /// ```
        indexOf("text, from?") => search::index_of;
        /// Where a text occurs last, or -1.
        ///
        /// ```js
        /// "a_b_c".lastIndexOf("_")
        /// ```
        lastIndexOf("text, from?") => search::last_index_of;
        /// Replaces the first occurrence of a text, or what a regular expression matches (all of it
        /// with the flag `g`), by a text ($1 is the first group, $& the match) or by what a function
        /// of the match and its groups returns.
        ///
        /// ```js
        /// "2026-11-23".replace(RegExp("(\\d+)-(\\d+)-(\\d+)"), "$3.$2.$1")
        /// ```
        replace("pattern, replacement") => replace::replace;
        /// Replaces every occurrence.
        ///
        /// ```js
        /// "a-b-c".replaceAll("-", "+")
        /// ```
        replaceAll("pattern, replacement") => replace::replace_all;
        /// What a regular expression matches first, with its groups; all matches with the flag `g`;
        /// null where there is none.
        ///
        /// ```js
        /// "order_17".match(RegExp("(\\d+)"))
        /// ```
        match("pattern") => pattern::match_;
        /// All matches of a regular expression, each with its groups.
        ///
        /// ```js
        /// "a1 b2".matchAll(RegExp("([a-z])(\\d)", "g"))
        /// ```
        matchAll("pattern") => pattern::match_all;
        /// Where a regular expression matches first, or -1.
        ///
        /// ```js
        /// "order_17".search(RegExp("\\d"))
        /// ```
        search("pattern") => pattern::search;
        /// The part from one place up to, not including, another; negative ones count from the end.
        ///
        /// ```js
        /// "order_17".slice(-2)
        /// ```
        slice("start?, end?") => read::slice;
        /// The part between two places.
        ///
        /// ```js
        /// "order_17".substring(0, 5)
        /// ```
        substring("start, end?") => read::substring;
        /// The part from a place on, so many code units long.
        ///
        /// ```js
        /// "order_17".substr(0, 5)
        /// ```
        substr("start, length?") => read::substr;
        /// The character at a place; an empty string where there is none.
        ///
        /// ```js
        /// "abc".charAt(1)
        /// ```
        charAt("place?") => read::char_at;
        /// The character at a place; a negative one counts from the end.
        ///
        /// ```js
        /// "abc".at(-1)
        /// ```
        at("place") => read::at;
        /// The UTF-16 code unit at a place, or NaN.
        ///
        /// ```js
        /// "abc".charCodeAt(0)
        /// ```
        charCodeAt("place?") => read::char_code_at;
        /// The Unicode code point at a place, or undefined.
        ///
        /// ```js
        /// "abc".codePointAt(0)
        /// ```
        codePointAt("place?") => read::code_point_at;
        /// A negative number where it comes before another text, a positive one where after it, else
        /// 0. Letters sort without regard to case first, small before capital ones.
        ///
        /// ```js
        /// ["b", "A"].sort((a, b) => a.localeCompare(b))
        /// ```
        localeCompare("other, locale?, options?") => case::locale_compare;
        /// The string itself.
        ///
        /// ```js
        /// "abc".toString()
        /// ```
        toString("") => case::itself;
        /// The string itself.
        ///
        /// ```js
        /// "abc".valueOf()
        /// ```
        valueOf("") => case::itself;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    api::register_also(engine, host, &CLASS, TypeId::of::<char>());
    let (string, character) = (TypeId::of::<ImmutableString>(), TypeId::of::<char>());
    for (name, types) in [
        ("split", vec![string, string]),
        ("split", vec![string, character]),
        ("split", vec![string, string, TypeId::of::<i64>()]),
        ("split", vec![string, character, TypeId::of::<i64>()]),
        ("replace", vec![string, string, string]),
        ("replace", vec![string, string, character]),
        ("replace", vec![string, character, string]),
        ("replace", vec![string, character, character]),
    ] {
        api::register_overriding(engine, host, &CLASS, name, &types);
    }
    engine.register_get("length", |text: &mut ImmutableString| length(text));
    engine.register_get("length", |c: &mut char| length(&c.to_string()));
    statics::register(engine, host);
}

#[allow(clippy::cast_possible_wrap)] // no string has 2^63 places
fn length(text: &str) -> i64 {
    units::length(text) as i64
}
