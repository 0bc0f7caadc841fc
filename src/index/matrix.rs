//! Vectors as rows of one array.

use pulp::Arch;

use super::mapped::Mapped;
use crate::matmul::dot;

/// `[rows, dimension]`, row-major.
pub struct Matrix {
    numbers: Numbers,
    dimension: usize,
    arch: Arch,
}

enum Numbers {
    Own(Vec<f32>),
    Mapped(Mapped),
}

impl Matrix {
    /// An empty matrix with room for `rows`.
    pub fn with_capacity(dimension: usize, rows: usize) -> Self {
        Self::of(Numbers::Own(Vec::with_capacity(rows * dimension)), dimension)
    }

    /// The rows that a file holds.
    pub fn mapped(numbers: Mapped, dimension: usize) -> Self {
        Self::of(Numbers::Mapped(numbers), dimension)
    }

    fn of(numbers: Numbers, dimension: usize) -> Self {
        Self { numbers, dimension, arch: Arch::new() }
    }

    fn numbers(&self) -> &[f32] {
        match &self.numbers {
            Numbers::Own(numbers) => numbers,
            Numbers::Mapped(numbers) => numbers,
        }
    }

    /// Adds a row of `dimension` numbers; to a matrix in a file none can be added.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.dimension, "rows of one matrix have one length");
        match &mut self.numbers {
            Numbers::Own(numbers) => numbers.extend_from_slice(row),
            Numbers::Mapped(_) => unreachable!("rows are added before a matrix is in a file"),
        }
    }

    pub fn rows(&self) -> usize {
        self.numbers().len() / self.dimension.max(1)
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Bytes that it takes of the process's own memory.
    pub fn own_bytes(&self) -> usize {
        match &self.numbers {
            Numbers::Own(numbers) => size_of_val(numbers.as_slice()),
            Numbers::Mapped(_) => 0,
        }
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.numbers()[row * self.dimension..(row + 1) * self.dimension]
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
