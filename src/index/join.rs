//! Every question against every other: an exact similarity join at the speed of matrix products.
//!
//! All products of a block of columns with all rows are computed in the narrowest form that the processor is fast at (bytes,
//! where it has instructions for them), with a bound of the error of each. What can't be ruled out by the bound is computed
//! again in full, by the same inner product as every search. So the outcome is exact, and does not depend on the form, on the
//! order of blocks or on the number of threads. Bayardo, Ma and Srikant (2007) call the task all-pairs similarity search.
//!
//! In place of a graph: at 100,000 questions this takes less time than building one, and at a million about as long.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::{Arch, Simd, WithSimd};

use super::snapshot::Snapshot;
use crate::embedding::Similarity;
use crate::matmul::round::{Scale, extents, round_to_bytes};
use crate::matmul::{Bytes, Floats, Inputs, Kernel, LINE, Lanes, Linear, PANEL, dot, kernels, padded};

/// Columns of a block: their weights stay in the second-level cache while rows pass.
pub const BLOCK: usize = 2_048;
/// Rows that a thread takes at a time.
const ROWS: usize = 1_024;
/// Up to so many columns are compared one by one: packing the rows would take longer.
const FEW: usize = 4;
/// Numbers that one line of bytes holds.
const BYTES: usize = 4 * LINE;
/// More than the rounding of f32 sums over a few thousand numbers of unit vectors can make.
const SLACK: f32 = 1e-4;

/// What pairs are wanted, and where they go. Called by several threads.
pub trait Pairs: Sync {
    /// A pair is wanted where its similarity reaches the floor of either side. May rise while a join runs.
    fn floor(&self, position: usize) -> f32;

    /// A pair that reached a floor, `a` and `b` in no order. Each unordered pair is offered once a join.
    fn offer(&self, a: usize, b: usize, similarity: Similarity);
}

/// The rows of a snapshot in the form of the products.
pub struct Join<'a> {
    snapshot: &'a Snapshot,
    arch: Arch,
    threads: usize,
    rows: Option<Rows>,
}

/// `[blocks of inputs][rows]` lines, rows filled up to whole tiles.
struct Rows {
    kernel: Kernel,
    inputs: usize,
    lines: Lines,
    /// How far each row is from what its lines say, as the length of the difference.
    errors: Vec<f32>,
    largest_error: f32,
}

enum Lines {
    F32(Vec<Vec<Floats>>),
    Bytes(Vec<Vec<Lanes>>, Vec<Scale>),
}

impl<'a> Join<'a> {
    /// Prepares for joins of all `columns` that will come, together. Cost: for more than a few a pass over all vectors, and a
    /// byte for each of their numbers while it lives (4 where the processor has no products of bytes).
    pub fn new(snapshot: &'a Snapshot, columns: usize, threads: usize) -> Self {
        let kernel = Bytes::detect().map_or(Kernel::F32, Kernel::Bytes);
        Self::with_kernel(snapshot, columns, threads, kernel)
    }

    fn with_kernel(snapshot: &'a Snapshot, columns: usize, threads: usize, kernel: Kernel) -> Self {
        let arch = Arch::new();
        let rows = (columns > FEW).then(|| Rows::pack(arch, snapshot, kernel, threads));
        Self { snapshot, arch, threads: threads.max(1), rows }
    }

    /// By every kind of product that this processor has, and one by one.
    #[cfg(test)]
    pub fn in_every_form(snapshot: &'a Snapshot) -> Vec<Self> {
        let kernels = std::iter::once(Kernel::F32).chain(Bytes::all().into_iter().map(Kernel::Bytes));
        let mut joins: Vec<Self> = kernels.map(|kernel| Self::with_kernel(snapshot, FEW + 1, 3, kernel)).collect();
        joins.push(Self::with_kernel(snapshot, FEW, 3, Kernel::F32));
        joins
    }

    /// Offers the pairs of `columns` (ascending positions, at most [`BLOCK`]) with `rows`.
    pub fn block(&self, columns: &[u32], rows: Range<usize>, pairs: &impl Pairs) {
        let weights = self.rows.as_ref().map(|packed| packed.weights(self.snapshot, columns));
        let next = AtomicUsize::new(rows.start);
        let work = || {
            loop {
                let start = next.fetch_add(ROWS, Ordering::Relaxed);
                if start >= rows.end {
                    return;
                }
                let part = start..rows.end.min(start + ROWS);
                match (&self.rows, &weights) {
                    (Some(packed), Some(weights)) => self.multiply(packed, weights, columns, part, pairs),
                    _ => self.compare(columns, part, pairs),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads {
                scope.spawn(work);
            }
            work();
        });
    }

    /// One by one.
    fn compare(&self, columns: &[u32], rows: Range<usize>, pairs: &impl Pairs) {
        for row in rows {
            for &column in columns {
                self.settle(row, column as usize, columns, pairs);
            }
        }
    }

    /// Offers a pair if it is one: each of two columns stands among the rows too, and only one of the two counts.
    fn settle(&self, row: usize, column: usize, columns: &[u32], pairs: &impl Pairs) {
        if row == column || (row > column && columns.binary_search(&(row as u32)).is_ok()) {
            return;
        }
        let similarity = Similarity::new(dot(self.arch, self.snapshot.vector(row), self.snapshot.vector(column)));
        if similarity.value() >= pairs.floor(row).min(pairs.floor(column)) {
            pairs.offer(row, column, similarity);
        }
    }

    fn multiply(&self, packed: &Rows, weights: &Linear, columns: &[u32], rows: Range<usize>, pairs: &impl Pairs) {
        // Tiles begin at multiples of their height.
        let base = rows.start / ROWS * ROWS;
        let height = padded(rows.end) - base;
        // Floors as they are now: they only rise, so that an old one lets more through, which are looked at again below.
        let floor = |line: usize| if rows.contains(&(base + line)) { pairs.floor(base + line) - SLACK } else { f32::INFINITY };
        let floors: Vec<f32> = (0..height).map(floor).collect();
        let errors = &packed.errors[base..base + height];
        let mut bounds: Option<(usize, Bounds)> = None;
        let mut passed = [0u32; kernels::ROWS];
        packed.run(self.arch, weights, base, height, |panel, from, out| {
            let of_panel = &columns[panel * PANEL..columns.len().min((panel + 1) * PANEL)];
            let bounds = match &bounds {
                Some((of, bounds)) if *of == panel => bounds,
                _ => &bounds.insert((panel, packed.bounds(of_panel, pairs))).1,
            };
            let (floors, errors) = (&floors[from..from + out.len()], &errors[from..from + out.len()]);
            let passed = &mut passed[..out.len()];
            if !self.arch.dispatch(Scan { out, bounds, floors, errors, passed: &mut *passed }) {
                return;
            }
            for (line, &passed) in passed.iter().enumerate().filter(|(_, passed)| **passed != 0) {
                let row = base + from + line;
                // What fills up the tiles.
                if !rows.contains(&row) {
                    continue;
                }
                let of_row = pairs.floor(row);
                for (lane, &column) in of_panel.iter().enumerate().filter(|(lane, _)| passed >> lane & 1 == 1) {
                    let most = bounds.most(&out[line], errors[line], lane);
                    if most >= of_row.min(pairs.floor(column as usize)) - SLACK {
                        self.settle(row, column as usize, columns, pairs);
                    }
                }
            }
        });
    }
}

impl Rows {
    fn pack(arch: Arch, snapshot: &Snapshot, kernel: Kernel, threads: usize) -> Self {
        let dimension = if snapshot.is_empty() { 0 } else { snapshot.vector(0).len() };
        let inputs = dimension.next_multiple_of(BYTES);
        // Whole tiles for the last part too, wherever it begins.
        let height = snapshot.len().next_multiple_of(ROWS);
        let mut errors = vec![0.0; height];
        let lines = match kernel {
            Kernel::Bytes(_) => {
                let mut lines = vec![vec![Lanes::ZERO; height]; inputs / BYTES];
                let mut scales = vec![Scale::default(); height];
                let mut parts: Vec<BytesPart<'_>> = Vec::new();
                let mut of_lines: Vec<_> = lines.iter_mut().map(|line| line.chunks_mut(ROWS)).collect();
                let tops = scales.chunks_mut(ROWS).zip(errors.chunks_mut(ROWS)).enumerate();
                for (part, (scales, errors)) in tops {
                    let lines = of_lines.iter_mut().filter_map(Iterator::next).collect();
                    parts.push(BytesPart { first: part * ROWS, lines, scales, errors });
                }
                share(threads, parts, |part| part.fill(arch, snapshot));
                Lines::Bytes(lines, scales)
            }
            _ => {
                let mut lines = vec![vec![Floats::ZERO; height]; inputs / LINE];
                for position in 0..snapshot.len() {
                    for (line, values) in lines.iter_mut().zip(snapshot.vector(position).chunks(LINE)) {
                        line[position].0[..values.len()].copy_from_slice(values);
                    }
                }
                Lines::F32(lines)
            }
        };
        let largest_error = errors.iter().copied().fold(0.0, f32::max);
        let kernel = if matches!(kernel, Kernel::Bytes(_)) { kernel } else { Kernel::F32 };
        Self { kernel, inputs, lines, errors, largest_error }
    }

    /// The vectors of `columns` as weights, zeros up to a whole panel.
    fn weights(&self, snapshot: &Snapshot, columns: &[u32]) -> Linear {
        let mut weight = vec![0.0; columns.len().next_multiple_of(PANEL) * self.inputs];
        for (out, column) in weight.chunks_exact_mut(self.inputs.max(1)).zip(columns) {
            let vector = snapshot.vector(*column as usize);
            out[..vector.len()].copy_from_slice(vector);
        }
        Linear::pack(self.kernel, &weight, &[], self.inputs)
    }

    fn run(
        &self,
        arch: Arch,
        weights: &Linear,
        base: usize,
        height: usize,
        take: impl FnMut(usize, usize, &mut [[Floats; 2]]),
    ) {
        let inputs = match &self.lines {
            Lines::F32(lines) => Inputs::F32(lines.iter().map(|line| &line[base..base + height]).collect()),
            Lines::Bytes(lines, scales) => {
                Inputs::Bytes(lines.iter().map(|line| &line[base..base + height]).collect(), &scales[base..base + height])
            }
        };
        weights.run(arch, self.kernel, &inputs, height, 0..weights.panels(), take);
    }

    /// What the scan of a panel needs of its columns.
    fn bounds(&self, columns: &[u32], pairs: &impl Pairs) -> Bounds {
        let mut bounds = Bounds { floors: [Floats([f32::INFINITY; LINE]); 2], errors: [Floats::ZERO; 2] };
        for (lane, &column) in columns.iter().enumerate() {
            bounds.floors[lane / LINE].0[lane % LINE] = pairs.floor(column as usize) - SLACK;
            bounds.errors[lane / LINE].0[lane % LINE] = self.errors[column as usize] * (1.0 + self.largest_error);
        }
        bounds
    }
}

/// Some rows that one thread packs.
struct BytesPart<'a> {
    first: usize,
    lines: Vec<&'a mut [Lanes]>,
    scales: &'a mut [Scale],
    errors: &'a mut [f32],
}

impl BytesPart<'_> {
    fn fill(mut self, arch: Arch, snapshot: &Snapshot) {
        let rows = ROWS.min(snapshot.len().saturating_sub(self.first));
        let blank = vec![Floats::ZERO; rows];
        let mut values = vec![blank; self.lines.len() * BYTES / LINE];
        for row in 0..rows {
            for (line, numbers) in values.iter_mut().zip(snapshot.vector(self.first + row).chunks(LINE)) {
                line[row].0[..numbers.len()].copy_from_slice(numbers);
            }
        }
        let values: Vec<&[Floats]> = values.iter().map(Vec::as_slice).collect();
        for (scale, extent) in self.scales.iter_mut().zip(extents(arch, &values, rows)) {
            *scale = extent.even_scale();
        }
        for (line, four) in self.lines.iter_mut().zip(values.chunks(4)) {
            round_to_bytes(arch, four, &self.scales[..rows], &mut line[..rows]);
        }
        for row in 0..rows {
            self.errors[row] = self.distance(&values, row);
        }
    }

    /// The length of the difference between a row and its bytes.
    fn distance(&self, values: &[&[Floats]], row: usize) -> f32 {
        let mut sum = 0.0;
        for (line, four) in self.lines.iter().zip(values.chunks(4)) {
            for (place, values) in four.iter().enumerate() {
                for (lanes, value) in line[row].0.iter().zip(values[row].0) {
                    let byte = (lanes >> (8 * place) & 0xff) as i32 - self.scales[row].zero;
                    sum += (value - byte as f32 * self.scales[row].step).powi(2);
                }
            }
        }
        // A little more for the rounding of this sum.
        sum.sqrt() * 1.001
    }
}

/// Does `work` on all parts, on some threads.
fn share<T: Send>(threads: usize, parts: Vec<T>, work: impl Fn(T) + Sync) {
    let queue = parking_lot::Mutex::new(parts);
    let run = || {
        loop {
            let part = queue.lock().pop();
            match part {
                Some(part) => work(part),
                None => return,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            scope.spawn(run);
        }
        run();
    });
}

/// The floors of a panel's columns, and how far their products may be off for their own part.
struct Bounds {
    floors: [Floats; 2],
    errors: [Floats; 2],
}

impl Bounds {
    /// The most that a product can be.
    fn most(&self, products: &[Floats; 2], error: f32, lane: usize) -> f32 {
        let (line, place) = (lane / LINE, lane % LINE);
        products[line].0[place] + (error + self.errors[line].0[place])
    }
}

/// Which products of some rows can't be ruled out, a bit each; answers whether there are any. With `|a - a'| = e` and
/// `|b - b'| = f` the product of two unit vectors differs from that of `a'` and `b'` by at most `e + f + e f` (Cauchy and
/// Schwarz).
struct Scan<'a> {
    out: &'a [[Floats; 2]],
    bounds: &'a Bounds,
    floors: &'a [f32],
    errors: &'a [f32],
    passed: &'a mut [u32],
}

impl WithSimd for Scan<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { out, bounds, floors, errors, passed } = self;
        let mut any = false;
        let (of_columns, _) = S::as_simd_f32s(bounds.floors[0].0.as_slice());
        let (of_columns_too, _) = S::as_simd_f32s(bounds.floors[1].0.as_slice());
        let (column_errors, _) = S::as_simd_f32s(bounds.errors[0].0.as_slice());
        let (column_errors_too, _) = S::as_simd_f32s(bounds.errors[1].0.as_slice());
        for (((out, &floor), &error), passed) in out.iter().zip(floors).zip(errors).zip(passed) {
            let of_row = simd.splat_f32s(floor);
            let row_error = simd.splat_f32s(error);
            let mut row_passes = false;
            let lines = [(&out[0], of_columns, column_errors), (&out[1], of_columns_too, column_errors_too)];
            for (products, floors, errors) in lines {
                let (products, _) = S::as_simd_f32s(products.0.as_slice());
                for ((&product, &floor), &column_error) in products.iter().zip(floors).zip(errors) {
                    let most = simd.add_f32s(product, simd.add_f32s(row_error, column_error));
                    let passes = simd.greater_than_or_equal_f32s(most, simd.min_f32s(of_row, floor));
                    row_passes |= simd.first_true_m32s(passes) < S::F32_LANES;
                }
            }
            *passed = 0;
            if row_passes {
                any = true;
                for lane in 0..PANEL {
                    let floor = floor.min(bounds.floors[lane / LINE].0[lane % LINE]);
                    *passed |= u32::from(bounds.most(out, error, lane) >= floor) << lane;
                }
            }
        }
        any
    }
}
