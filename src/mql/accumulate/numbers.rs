//! `$sum`, `$avg`, `$stdDevPop`, `$stdDevSamp`, `$count`: what is no number does not count.

use bson::Bson;

use super::summation::Total;
use super::{Accumulator, Result};
use crate::value::Number;

/// `$sum`
#[derive(Debug, Default)]
pub(super) struct Sum(Total);

impl Accumulator for Sum {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        if let Some(number) = value.as_ref().and_then(Number::from_bson) {
            self.0.add(number);
        }
        Ok(())
    }

    fn add_number(&mut self, number: Number) -> Result<()> {
        self.0.add(number);
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(self.0.sum().into())
    }
}

/// `$avg`
#[derive(Debug, Default)]
pub(super) struct Average(Total);

impl Accumulator for Average {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        if let Some(number) = value.as_ref().and_then(Number::from_bson) {
            self.0.add(number);
        }
        Ok(())
    }

    fn add_number(&mut self, number: Number) -> Result<()> {
        self.0.add(number);
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(self.0.average().map_or(Bson::Null, Bson::from))
    }
}

/// `$count`: every document counts.
#[derive(Debug, Default)]
pub(super) struct Count(i64);

impl Accumulator for Count {
    fn add(&mut self, _: Option<Bson>) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        Some(Number::from_int(self.0).into())
    }
}

/// `$stdDevPop` and `$stdDevSamp`, by Welford's method, in doubles whatever the numbers are.
#[derive(Debug, Default)]
pub(super) struct Deviation {
    sample: bool,
    count: u64,
    mean: f64,
    squares: f64,
}

impl Deviation {
    pub(super) fn of_population() -> Self {
        Self::default()
    }

    pub(super) fn of_sample() -> Self {
        Self {
            sample: true,
            ..Self::default()
        }
    }
}

impl Accumulator for Deviation {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        let Some(number) = value.as_ref().and_then(Number::from_bson) else {
            return Ok(());
        };
        let x = number.to_f64();
        self.count += 1;
        let delta = x - self.mean;
        if delta != 0.0 {
            self.mean += delta / self.count as f64;
            self.squares += delta * (x - self.mean);
        }
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        let count = self.count.saturating_sub(u64::from(self.sample));
        Some(match count {
            0 => Bson::Null,
            n => Bson::Double((self.squares / n as f64).sqrt()),
        })
    }
}
