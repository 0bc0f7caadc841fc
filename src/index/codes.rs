//! Vectors as bytes: a quarter of the memory that a walk through a graph has to touch. What is found by them is compared again by the
//! vectors themselves.

use pulp::Arch;

use super::matrix::Matrix;
use super::memory::Array;
use crate::matmul::prefetch;
use crate::matmul::signed_dots;

/// `[rows, dimension]`: each number by a step of its row's own, of which 127 make the largest.
pub struct Codes {
    values: Array<i8>,
    /// The step of each row.
    steps: Array<f32>,
    dimension: usize,
    arch: Arch,
}

/// One vector as bytes.
pub struct Code {
    values: Vec<i8>,
    step: f32,
}

impl Code {
    pub fn of(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(0.0f32, |largest, number| largest.max(number.abs()));
        let step = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        Self { values: vector.iter().map(|number| (number / step).round() as i8).collect(), step }
    }
}

/// Rows of bytes that grow in number.
pub struct CodesBuilder {
    values: Vec<i8>,
    steps: Vec<f32>,
    dimension: usize,
}

impl CodesBuilder {
    pub fn with_capacity(dimension: usize, rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows * dimension), steps: Vec::with_capacity(rows), dimension }
    }

    /// Adds a vector of `dimension` numbers.
    pub fn push(&mut self, vector: &[f32]) {
        let Code { values, step } = Code::of(vector);
        self.values.extend(values);
        self.steps.push(step);
    }

    pub fn finish(self) -> Codes {
        let Self { values, steps, dimension } = self;
        Codes { values: values.into_iter().collect(), steps: steps.into_iter().collect(), dimension, arch: Arch::new() }
    }
}

impl Codes {
    pub fn of(vectors: &Matrix) -> Self {
        let mut codes = CodesBuilder::with_capacity(vectors.dimension(), vectors.rows());
        (0..vectors.rows()).for_each(|row| codes.push(vectors.row(row)));
        codes.finish()
    }

    /// `None` where the parts don't fit each other.
    pub fn from_parts(dimension: usize, values: Array<i8>, steps: Array<f32>) -> Option<Self> {
        let fits = values.len() == steps.len() * dimension && steps.iter().all(|step| step.is_finite());
        fits.then(|| Self { values, steps, dimension, arch: Arch::new() })
    }

    pub fn values(&self) -> &[i8] {
        &self.values
    }

    pub fn steps(&self) -> &[f32] {
        &self.steps
    }

    pub fn rows(&self) -> usize {
        self.steps.len()
    }

    fn row(&self, row: u32) -> &[i8] {
        &self.values[row as usize * self.dimension..][..self.dimension]
    }

    /// A row as one vector.
    pub fn code(&self, row: u32) -> Code {
        Code { values: self.row(row).to_vec(), step: self.steps[row as usize] }
    }

    /// The similarity of `query` to each of `rows`, in order. Cost: some 10 ns a row that the cache holds.
    pub fn similarities(&self, query: &Code, rows: &[u32], mut each: impl FnMut(u32, f32)) {
        // All of them at once, and not one after the other. (See `prefetch`.)
        rows.iter().for_each(|row| prefetch(self.row(*row)));
        let mut told = rows.iter();
        signed_dots(self.arch, &query.values, rows.iter().map(|row| self.row(*row)), |product| {
            if let Some(&row) = told.next() {
                each(row, product as f32 * query.step * self.steps[row as usize]);
            }
        });
    }

    pub fn between(&self, a: u32, b: u32) -> f32 {
        let mut similarity = 0.0;
        signed_dots(self.arch, self.row(a), std::iter::once(self.row(b)), |product| {
            similarity = product as f32 * self.steps[a as usize] * self.steps[b as usize];
        });
        similarity
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::embedding::Embedding;

    proptest! {
        #[test]
        fn bytes_tell_a_cosine_to_a_hundredth(numbers in prop::collection::vec(prop::collection::vec(-1.0f32..1.0, 96), 2..9)) {
            let unit: Vec<Embedding> = numbers.iter().filter_map(|numbers| Embedding::normalize(numbers).ok()).collect();
            let mut matrix = Matrix::with_capacity(96, unit.len());
            unit.iter().for_each(|embedding| matrix.push(embedding.as_slice()));
            let codes = Codes::of(&matrix);
            let rows: Vec<u32> = (0..unit.len() as u32).collect();
            let mut told = Vec::new();
            codes.similarities(&Code::of(unit[0].as_slice()), &rows, |row, similarity| told.push((row, similarity)));
            for (row, similarity) in told {
                let exact = unit[0].similarity(&unit[row as usize]).value();
                prop_assert!((similarity - exact).abs() < 0.01, "{similarity} {exact}");
                prop_assert!((codes.between(0, row) - exact).abs() < 0.01);
            }
        }
    }
}
