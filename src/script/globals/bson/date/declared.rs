//! The declarations of a date's methods; what they do is in [`mod@super::methods`].

use std::any::TypeId;

use super::methods::*;
use crate::methods;
use crate::script::api::{Class, Receiver};
use crate::value::Date;

pub(super) static METHODS: Class = Class {
    name: "Date",
    docs: "A point in time, with JavaScript's methods.",
    receiver: Receiver::Value(TypeId::of::<Date>),
    methods: methods! {
        /// The year in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getFullYear()
        /// ```
        getFullYear("") => get_local;
        /// The month, from 0 for January in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getMonth()
        /// ```
        getMonth("") => get_local;
        /// The day of the month, from 1 in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getDate()
        /// ```
        getDate("") => get_local;
        /// The hour in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getHours()
        /// ```
        getHours("") => get_local;
        /// The minute in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getMinutes()
        /// ```
        getMinutes("") => get_local;
        /// The second in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getSeconds()
        /// ```
        getSeconds("") => get_local;
        /// The millisecond in local time.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getMilliseconds()
        /// ```
        getMilliseconds("") => get_local;
        /// The year in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCFullYear()
        /// ```
        getUTCFullYear("") => get_utc;
        /// The month, from 0 for January in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCMonth()
        /// ```
        getUTCMonth("") => get_utc;
        /// The day of the month, from 1 in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCDate()
        /// ```
        getUTCDate("") => get_utc;
        /// The hour in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCHours()
        /// ```
        getUTCHours("") => get_utc;
        /// The minute in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCMinutes()
        /// ```
        getUTCMinutes("") => get_utc;
        /// The second in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCSeconds()
        /// ```
        getUTCSeconds("") => get_utc;
        /// The millisecond in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCMilliseconds()
        /// ```
        getUTCMilliseconds("") => get_utc;
        /// The day of the week in local time, from 0 for Sunday.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getDay()
        /// ```
        getDay("") => get_day;
        /// The day of the week in UTC, from 0 for Sunday.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getUTCDay()
        /// ```
        getUTCDay("") => get_day;
        /// The years since 1900.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getYear()
        /// ```
        getYear("") => get_year;
        /// Sets the year, and month and day where they are given, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setFullYear(2025)
        /// ```
        setFullYear("year?, month?, day?") => set_local;
        /// Sets the month, from 0, and the day where it is given, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setMonth(5)
        /// ```
        setMonth("month?, day?") => set_local;
        /// Sets the day of the month, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setDate(31)
        /// ```
        setDate("day?") => set_local;
        /// Sets the hour, and what comes after it where it is given, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setHours(23)
        /// ```
        setHours("hours?, minutes?, seconds?, ms?") => set_local;
        /// Sets the minute, and what comes after it where it is given, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setMinutes(30)
        /// ```
        setMinutes("minutes?, seconds?, ms?") => set_local;
        /// Sets the second, and the millisecond where it is given, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setSeconds(15)
        /// ```
        setSeconds("seconds?, ms?") => set_local;
        /// Sets the millisecond, in local time. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setMilliseconds(500)
        /// ```
        setMilliseconds("ms?") => set_local;
        /// Sets the year, and month and day where they are given, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCFullYear(2025)
        /// ```
        setUTCFullYear("year?, month?, day?") => set_utc;
        /// Sets the month, from 0, and the day where it is given, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCMonth(5)
        /// ```
        setUTCMonth("month?, day?") => set_utc;
        /// Sets the day of the month, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCDate(31)
        /// ```
        setUTCDate("day?") => set_utc;
        /// Sets the hour, and what comes after it where it is given, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCHours(23)
        /// ```
        setUTCHours("hours?, minutes?, seconds?, ms?") => set_utc;
        /// Sets the minute, and what comes after it where it is given, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCMinutes(30)
        /// ```
        setUTCMinutes("minutes?, seconds?, ms?") => set_utc;
        /// Sets the second, and the millisecond where it is given, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCSeconds(15)
        /// ```
        setUTCSeconds("seconds?, ms?") => set_utc;
        /// Sets the millisecond, in UTC. Returns the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setUTCMilliseconds(500)
        /// ```
        setUTCMilliseconds("ms?") => set_utc;
        /// The milliseconds since 1970.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getTime()
        /// ```
        getTime("") => get_time;
        /// Sets the milliseconds since 1970.
        ///
        /// ```js
        /// let at = new Date("2024-01-15T10:20:30Z"); at.setTime(0)
        /// ```
        setTime("ms?") => set_time;
        /// The milliseconds since 1970.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").valueOf()
        /// ```
        valueOf("") => get_time;
        /// The minutes from local time to UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").getTimezoneOffset()
        /// ```
        getTimezoneOffset("") => get_timezone_offset;
        /// The date in ISO 8601, in UTC.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toISOString()
        /// ```
        toISOString("") => to_iso_string;
        /// The date in ISO 8601, in UTC; null where it is invalid.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toJSON()
        /// ```
        toJSON("") => to_json;
        /// The date in local time, as JavaScript writes it.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toString()
        /// ```
        toString("") => to_text;
        /// The day in local time, as JavaScript writes it.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toDateString()
        /// ```
        toDateString("") => to_text;
        /// The time of day in local time, as JavaScript writes it.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toTimeString()
        /// ```
        toTimeString("") => to_text;
        /// The date in UTC, as JavaScript writes it.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toUTCString()
        /// ```
        toUTCString("") => to_text;
        /// The date in UTC, as JavaScript writes it.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toGMTString()
        /// ```
        toGMTString("") => to_text;
        /// The date in local time, in the form of the United States.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toLocaleString()
        /// ```
        toLocaleString("locale?, options?") => to_locale;
        /// The day in local time, in the form of the United States.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toLocaleDateString()
        /// ```
        toLocaleDateString("locale?, options?") => to_locale;
        /// The time of day in local time, in the form of the United States.
        ///
        /// ```js
        /// new Date("2024-01-15T10:20:30Z").toLocaleTimeString()
        /// ```
        toLocaleTimeString("locale?, options?") => to_locale;
    },
};
