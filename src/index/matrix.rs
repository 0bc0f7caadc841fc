//! Vectors as rows of one array.

use crate::matmul::dot;
use pulp::Arch;

/// `[rows, dimension]`, row-major.
#[derive(Debug, Clone)]
pub struct Matrix {
    values: Vec<f32>,
    dimension: usize,
    arch: Arch,
}

impl Matrix {
    /// An empty matrix with room for `rows`.
    pub fn with_capacity(dimension: usize, rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows * dimension), dimension, arch: Arch::new() }
    }

    /// Adds a row of `dimension` numbers.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.dimension, "rows of one matrix have one length");
        self.values.extend_from_slice(row);
    }

    /// Keeps the first `rows`, and gives the others.
    pub fn split_off(&mut self, rows: usize) -> Self {
        let values = self.values.split_off(rows * self.dimension);
        // What was given away is no longer needed here.
        self.values.shrink_to_fit();
        Self { values, dimension: self.dimension, arch: self.arch }
    }

    pub fn rows(&self) -> usize {
        self.values.len() / self.dimension.max(1)
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dimension..(row + 1) * self.dimension]
    }

    /// The inner product of a row with `query`.
    pub fn dot(&self, row: usize, query: &[f32]) -> f32 {
        dot(self.arch, self.row(row), query)
    }

    /// The inner product of two rows.
    pub fn dot_rows(&self, a: usize, b: usize) -> f32 {
        dot(self.arch, self.row(a), self.row(b))
    }
}
