//! The numbers between two layers, `[rows, features]`, kept in slabs of 32 or 64 features that threads write side by side.

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Each slab holds `stride` rows, line after line of features. A slab has one writer in a step and is read in the next; the
/// locks are never waited for, they let the compiler see it.
pub struct Sheet<L> {
    slabs: Vec<RwLock<Vec<L>>>,
    lines: usize,
}

impl<L: Copy> Sheet<L> {
    /// `lines` of features a slab.
    pub fn new(slabs: usize, lines: usize) -> Self {
        Self { slabs: (0..slabs).map(|_| RwLock::default()).collect(), lines }
    }

    /// Makes room for so many rows.
    pub fn resize(&mut self, stride: usize, zero: L) {
        for slab in &mut self.slabs {
            slab.get_mut().resize(stride * self.lines, zero);
        }
    }

    pub fn slabs(&self) -> usize {
        self.slabs.len()
    }

    pub fn write(&self, slab: usize) -> RwLockWriteGuard<'_, Vec<L>> {
        self.slabs[slab].write()
    }

    pub fn read(&self, slabs: std::ops::Range<usize>) -> Reading<'_, L> {
        Reading { slabs: self.slabs[slabs].iter().map(RwLock::read).collect(), lines: self.lines }
    }
}

/// Some slabs, for reading.
pub struct Reading<'a, L> {
    slabs: Vec<RwLockReadGuard<'a, Vec<L>>>,
    lines: usize,
}

impl<L> Reading<'_, L> {
    /// Line after line of features, each `[stride]`.
    pub fn lines(&self) -> Vec<&[L]> {
        self.slabs.iter().flat_map(|slab| slab.chunks_exact(slab.len() / self.lines)).collect()
    }
}
