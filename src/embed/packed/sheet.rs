//! The numbers between two layers, `[rows, features]`, kept in slabs of 32 or 64 features that threads write side by side.

use std::ops::Range;

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

    pub fn write_some(&self, slabs: Range<usize>) -> Writing<'_, L> {
        Writing { slabs: self.slabs[slabs].iter().map(RwLock::write).collect(), lines: self.lines }
    }

    pub fn read(&self, slabs: Range<usize>) -> Reading<'_, L> {
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
        let lines = self.slabs.iter().flat_map(|slab| slab.chunks_exact(slab.len() / self.lines));
        collect(self.slabs.len() * self.lines, lines)
    }
}

/// Some slabs, for writing.
pub struct Writing<'a, L> {
    slabs: Vec<RwLockWriteGuard<'a, Vec<L>>>,
    lines: usize,
}

impl<L> Writing<'_, L> {
    /// Line after line of features, each `[stride]`.
    pub fn lines(&mut self) -> Vec<&mut [L]> {
        let (count, lines) = (self.slabs.len() * self.lines, self.lines);
        let of_slab = self.slabs.iter_mut().flat_map(|slab| {
            let stride = slab.len() / lines;
            slab.chunks_exact_mut(stride)
        });
        collect(count, of_slab)
    }
}

/// Collects items that are counted already. A vector that grows is moved, and glibc takes the lock of the memory that it came
/// from: two threads of a team found themselves waiting for each other there, and a short text took twice as long.
pub fn collect<T>(count: usize, items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::with_capacity(count);
    all.extend(items);
    all
}
