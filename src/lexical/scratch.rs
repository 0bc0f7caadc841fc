//! Sums by point that are used again, so that a search does not begin with clearing memory for every question.

use parking_lot::Mutex;

use crate::question::PointId;

#[derive(Default)]
pub struct Scratch(Mutex<Vec<Tables>>);

#[derive(Default)]
struct Tables {
    /// By point number; zero but for those touched.
    sums: Vec<u32>,
    touched: Vec<PointId>,
}

/// Sums that are cleared and given back when dropped.
pub struct Sums<'a> {
    pool: &'a Scratch,
    tables: Tables,
}

impl Scratch {
    /// Sums for point numbers below `points`.
    pub fn borrow(&self, points: usize) -> Sums<'_> {
        let mut tables = self.0.lock().pop().unwrap_or_default();
        if tables.sums.len() < points {
            tables.sums.resize(points, 0);
        }
        Sums { pool: self, tables }
    }
}

impl Sums<'_> {
    /// `amount` is above zero.
    pub fn add(&mut self, point: PointId, amount: u32) {
        let sum = &mut self.tables.sums[point.0 as usize];
        if *sum == 0 {
            self.tables.touched.push(point);
        }
        *sum += amount;
    }

    /// The `k` accepted points with the largest sums, in no order; of equal sums the older ones.
    pub fn largest(&mut self, k: usize, accept: impl Fn(PointId) -> bool) -> Vec<PointId> {
        let Tables { sums, touched } = &mut self.tables;
        let sum = |point: PointId| sums[point.0 as usize];
        // What is taken comes in portions of k, so that most points are refused by one comparison.
        let mut best: Vec<PointId> = Vec::with_capacity(2 * k);
        let mut floor = 0;
        let order = |a: &PointId, b: &PointId| sum(*b).cmp(&sum(*a)).then(a.cmp(b));
        for &point in touched.iter() {
            if sum(point) < floor || !accept(point) {
                continue;
            }
            best.push(point);
            if best.len() == 2 * k {
                best.select_nth_unstable_by(k - 1, order);
                best.truncate(k);
                floor = best.iter().map(|point| sum(*point)).min().unwrap_or(0);
            }
        }
        if best.len() > k {
            best.select_nth_unstable_by(k - 1, order);
            best.truncate(k);
        }
        best
    }
}

impl Drop for Sums<'_> {
    fn drop(&mut self) {
        let mut tables = std::mem::take(&mut self.tables);
        for point in tables.touched.drain(..) {
            tables.sums[point.0 as usize] = 0;
        }
        self.pool.0.lock().push(tables);
    }
}
