//! Memory as the kernels want it: cache lines of 64 bytes, aligned.

/// Sixteen numbers in one cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Floats(pub [f32; 16]);

/// Sixteen 32-bit lanes in one cache line: each holds two bf16 numbers or four bytes, the first in the lowest bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Lanes(pub [u32; 16]);

impl Floats {
    pub const ZERO: Self = Self([0.0; 16]);
}

impl Lanes {
    pub const ZERO: Self = Self([0; 16]);
}

/// Numbers in a line of [`Floats`].
pub const LINE: usize = 16;
/// Columns that a kernel makes at a time: two lines of [`Floats`].
pub const PANEL: usize = 32;
/// The height of the tallest tile of any kernel.
pub const TILE: usize = 16;

/// `rows` filled up to whole tiles, whatever the kernel.
pub fn padded(rows: usize) -> usize {
    rows.next_multiple_of(TILE)
}
