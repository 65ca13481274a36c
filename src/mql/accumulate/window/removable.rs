//! States that values can be taken out of again, oldest first.
//!
//! Their arithmetic is the server's, rounding and all: a sum narrows its type by what is still in the window, a standard
//! deviation is kept as a sum of squares, a covariance as a sum of products.

use std::collections::{BTreeMap, VecDeque};

use bson::Bson;

use super::arithmetic::{divide, multiply, subtract};
use crate::mql::Result;
use crate::mql::accumulate::lists::Ordered;
use crate::mql::accumulate::summation::Total;
use crate::value::{Decimal, Number};

/// The state of a window function whose window moves.
pub(super) trait Removable {
    /// A value comes in at the end.
    fn add(&mut self, value: Option<&Bson>) -> Result<()>;
    /// The first value goes.
    fn remove(&mut self, value: Option<&Bson>) -> Result<()>;
    /// The result for what is in the window.
    fn value(&mut self) -> Result<Bson>;
}

/// `$sum`, and what others count with.
#[derive(Default)]
pub(super) struct Sum {
    total: Total,
    infinite: i64,
    minus_infinite: i64,
    nan: i64,
    doubles: i64,
    decimals: i64,
}

impl Sum {
    fn update(&mut self, value: Option<&Bson>, quantity: i64) {
        let Some(number) = value.and_then(Number::from_bson) else {
            return;
        };
        match number {
            Number::Double(_) => self.doubles += quantity,
            Number::Decimal(_) => self.decimals += quantity,
            _ => {}
        }
        if number.is_nan() {
            self.nan += quantity;
        } else if let Some(is_negative) = infinity(number) {
            if is_negative {
                self.minus_infinite += quantity;
            } else {
                self.infinite += quantity;
            }
        } else if quantity > 0 {
            self.total.add(number);
        } else {
            self.subtract(number);
        }
    }

    fn subtract(&mut self, number: Number) {
        match number {
            Number::Int32(i32::MIN) => {
                self.total.add(Number::Int32(i32::MAX));
                self.total.add(Number::Int32(1));
            }
            Number::Int64(i64::MIN) => {
                self.total.add(Number::Int64(i64::MAX));
                self.total.add(Number::Int32(1));
            }
            other => self.total.add(-other),
        }
    }

    fn number(&self) -> Number {
        // Products that overflow make these counts negative, which is as good as zero.
        let special = match (self.nan > 0, self.infinite > 0, self.minus_infinite > 0) {
            (false, false, false) => None,
            (false, true, false) => Some(f64::INFINITY),
            (false, false, true) => Some(f64::NEG_INFINITY),
            _ => Some(f64::NAN),
        };
        if let Some(special) = special {
            return match self.decimals {
                0 => Number::Double(special),
                _ => Number::Decimal(Decimal::from_f64(special)),
            };
        }
        let mut sum = self.total.sum();
        if let (Number::Decimal(d), 0) = (sum, self.decimals) {
            sum = Number::Double(d.to_f64());
        }
        if let (Number::Double(x), 0) = (sum, self.doubles)
            && self.decimals == 0
            && x >= -(2_f64.powi(63))
            && x < 2_f64.powi(63)
        {
            sum = Number::Int64(x.round() as i64);
        }
        match sum {
            Number::Int64(n) => Number::from_int(n),
            other => other,
        }
    }
}

/// Whether an infinity is the negative one; `None` for a finite number.
fn infinity(number: Number) -> Option<bool> {
    match number {
        Number::Double(x) if x.is_infinite() => Some(x < 0.0),
        Number::Decimal(d) if d.is_infinite() => Some(d.is_negative()),
        _ => None,
    }
}

fn is_finite(value: &Bson) -> bool {
    Number::from_bson(value).is_some_and(|n| !n.is_nan() && infinity(n).is_none())
}

impl Removable for Sum {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, 1);
        Ok(())
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, -1);
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        Ok(self.number().into())
    }
}

/// `$avg`
#[derive(Default)]
pub(super) struct Average {
    sum: Sum,
    count: i64,
}

impl Average {
    fn update(&mut self, value: Option<&Bson>, quantity: i64) {
        if value.and_then(Number::from_bson).is_some() {
            self.sum.update(value, quantity);
            self.count += quantity;
        }
    }
}

impl Removable for Average {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, 1);
        Ok(())
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, -1);
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        Ok(match (self.count, self.sum.number()) {
            (0, _) => Bson::Null,
            (n, Number::Decimal(sum)) => (sum / Decimal::from_i64(n)).into(),
            (n, sum) => Bson::Double(sum.to_f64() / n as f64),
        })
    }
}

/// `$count`
#[derive(Default)]
pub(super) struct Count(i64);

impl Removable for Count {
    fn add(&mut self, _: Option<&Bson>) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn remove(&mut self, _: Option<&Bson>) -> Result<()> {
        self.0 -= 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        Ok(Number::from_int(self.0).into())
    }
}

/// `$stdDevPop` and `$stdDevSamp`
pub(super) struct Deviation {
    sample: bool,
    sum: Total,
    squares: Total,
    count: i64,
    not_finite: i64,
}

impl Deviation {
    pub(super) fn new(sample: bool) -> Self {
        Self {
            sample,
            sum: Total::default(),
            squares: Total::default(),
            count: 0,
            not_finite: 0,
        }
    }

    fn update(&mut self, value: Option<&Bson>, quantity: i64) {
        let Some(number) = value.and_then(Number::from_bson) else {
            return;
        };
        if number.is_nan() || infinity(number).is_some() {
            self.not_finite += quantity;
            self.count += quantity;
            return;
        }
        if self.count == 0 {
            self.count += 1;
            self.sum.add(number);
            return;
        }
        if self.count + quantity == 0 {
            *self = Self::new(self.sample);
            return;
        }
        let x = number.to_f64();
        let distance = self.count as f64 * x - self.sum.sum().to_f64();
        self.count += quantity;
        let quantity = quantity as f64;
        self.sum.add(Number::Double(x * quantity));
        let divisor = self.count as f64 * (self.count as f64 - quantity);
        self.squares
            .add(Number::Double(distance * distance * quantity / divisor));
    }
}

impl Removable for Deviation {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, 1);
        Ok(())
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        self.update(value, -1);
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        let count = self.count - i64::from(self.sample);
        if self.not_finite > 0 || count == 0 {
            return Ok(Bson::Null);
        }
        let squares = self.squares.sum().to_f64();
        if squares < 0.0 || (!self.sample && self.count == 1) {
            self.squares = Total::default();
            return Ok(Bson::Int32(0));
        }
        // Of an empty sample it is the root of -0.0, on the server, too.
        Ok(Bson::Double((squares / count as f64).sqrt()))
    }
}

/// `$covariancePop` and `$covarianceSamp`: of arrays of two numbers.
pub(super) struct Covariance {
    sample: bool,
    count: i64,
    mean_x: Average,
    mean_y: Average,
    products: Sum,
}

impl Covariance {
    pub(super) fn new(sample: bool) -> Self {
        Self {
            sample,
            count: 0,
            mean_x: Average::default(),
            mean_y: Average::default(),
            products: Sum::default(),
        }
    }
}

fn pair(value: Option<&Bson>) -> Option<(&Bson, &Bson)> {
    let Some(Bson::Array(items)) = value else {
        return None;
    };
    match items.as_slice() {
        [x, y] if Number::from_bson(x).is_some() && Number::from_bson(y).is_some() => Some((x, y)),
        _ => None,
    }
}

/// What stands in the sum of products for a pair that is not finite.
fn not_finite(x: &Bson, y: &Bson) -> Bson {
    let numbers = [x, y].map(Number::from_bson);
    let numbers: Vec<Number> = numbers.into_iter().flatten().collect();
    let is_nan = numbers.iter().any(|n| n.is_nan());
    let signs: Vec<bool> = numbers.iter().filter_map(|n| infinity(*n)).collect();
    let is_mixed = signs.contains(&true) && signs.contains(&false);
    let result = match signs.first() {
        _ if is_nan || is_mixed => f64::NAN,
        Some(true) => f64::NEG_INFINITY,
        _ => f64::INFINITY,
    };
    let is_decimal = |n: &Number| matches!(n, Number::Decimal(d) if !d.is_nan());
    match numbers.iter().any(is_decimal) {
        true => Decimal::from_f64(result).into(),
        false => Bson::Double(result),
    }
}

impl Removable for Covariance {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        let Some((x, y)) = pair(value) else {
            return Ok(());
        };
        if !is_finite(x) || !is_finite(y) {
            return self.products.add(Some(&not_finite(x, y)));
        }
        self.count += 1;
        let from_x = subtract(x, &self.mean_x.value()?)?;
        self.mean_x.add(Some(x))?;
        self.mean_y.add(Some(y))?;
        let from_y = subtract(y, &self.mean_y.value()?)?;
        self.products.add(Some(&multiply(&from_x, &from_y)?))
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        let Some((x, y)) = pair(value) else {
            return Ok(());
        };
        if !is_finite(x) || !is_finite(y) {
            return self.products.remove(Some(&not_finite(x, y)));
        }
        self.count -= 1;
        if self.count == 0 {
            *self = Self::new(self.sample);
            return Ok(());
        }
        self.mean_x.remove(Some(x))?;
        let from_x = subtract(x, &self.mean_x.value()?)?;
        let from_y = subtract(y, &self.mean_y.value()?)?;
        self.products.remove(Some(&multiply(&from_x, &from_y)?))?;
        self.mean_y.remove(Some(y))
    }

    fn value(&mut self) -> Result<Bson> {
        if self.count == 1 && !self.sample {
            return Ok(Bson::Double(0.0));
        }
        let count = self.count - i64::from(self.sample);
        if count <= 0 {
            return Ok(Bson::Null);
        }
        let quotient = divide(&self.products.value()?, &Bson::Double(count as f64))?;
        Ok(quotient.unwrap_or(Bson::Null))
    }
}

/// The values of the window in their order: `$min`, `$max`, `$minN`, `$maxN`.
pub(super) struct Extremes {
    values: BTreeMap<Ordered, VecDeque<Bson>>,
    greatest: bool,
    /// How many are wanted; `None` for one alone.
    limit: Option<usize>,
}

impl Extremes {
    pub(super) fn new(greatest: bool, limit: Option<usize>) -> Self {
        Self {
            values: BTreeMap::new(),
            greatest,
            limit,
        }
    }
}

fn counted(value: Option<&Bson>) -> Option<&Bson> {
    value.filter(|v| !matches!(v, Bson::Null | Bson::Undefined))
}

impl Removable for Extremes {
    fn add(&mut self, value: Option<&Bson>) -> Result<()> {
        if let Some(value) = counted(value) {
            let same = self.values.entry(Ordered(value.clone())).or_default();
            same.push_back(value.clone());
        }
        Ok(())
    }

    fn remove(&mut self, value: Option<&Bson>) -> Result<()> {
        let Some(value) = counted(value) else {
            return Ok(());
        };
        let key = Ordered(value.clone());
        if let Some(same) = self.values.get_mut(&key) {
            same.pop_front();
            if same.is_empty() {
                self.values.remove(&key);
            }
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Bson> {
        let wanted = self.limit.unwrap_or(1);
        let best: Vec<Bson> = if self.greatest {
            let all = self
                .values
                .values()
                .rev()
                .flat_map(|same| same.iter().rev());
            all.take(wanted).cloned().collect()
        } else {
            let all = self.values.values().flatten();
            all.take(wanted).cloned().collect()
        };
        Ok(match self.limit {
            Some(_) => Bson::Array(best),
            None => best.into_iter().next().unwrap_or(Bson::Null),
        })
    }
}
