//! Arrays of a hundred megabytes that are read at random places.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;

use bytemuck::Pod;
use memmap2::MmapMut;

/// Smaller arrays gain nothing: the processor finds all their pages at once.
const LARGE: usize = 4 << 20;

/// Numbers that never change. Large arrays lie in huge pages where the system has them, so that the processor need not look up
/// where a page is at every other access. (Measured: walks through a graph of 100,000 rows take a tenth less time.)
pub struct Array<T> {
    memory: Memory<T>,
}

enum Memory<T> {
    Own(Vec<T>),
    Pages { pages: MmapMut, bytes: usize, numbers: PhantomData<T> },
}

impl<T: Pod> Array<T> {
    /// So many numbers, which `fill` is to write; they are zero before.
    pub fn new<E>(count: usize, fill: impl FnOnce(&mut [T]) -> Result<(), E>) -> Result<Self, E> {
        let mut memory = huge_pages(count).unwrap_or_else(|| Memory::Own(vec![T::zeroed(); count]));
        fill(match &mut memory {
            Memory::Own(numbers) => numbers,
            Memory::Pages { pages, bytes, .. } => bytemuck::cast_slice_mut(&mut pages[..*bytes]),
        })?;
        Ok(Self { memory })
    }
}

/// `None` where there is no need for huge pages or no way to them.
fn huge_pages<T>(count: usize) -> Option<Memory<T>> {
    let bytes = count * size_of::<T>();
    if bytes < LARGE {
        return None;
    }
    let pages = MmapMut::map_anon(bytes).ok()?;
    #[cfg(target_os = "linux")]
    pages.advise(memmap2::Advice::HugePage).ok()?;
    Some(Memory::Pages { pages, bytes, numbers: PhantomData })
}

impl<T: Pod> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        let numbers: Vec<T> = numbers.into_iter().collect();
        let copied = Self::new(numbers.len(), |memory| {
            memory.copy_from_slice(&numbers);
            Ok::<(), Infallible>(())
        });
        match copied {
            Ok(array) => array,
        }
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.memory {
            Memory::Own(numbers) => numbers,
            Memory::Pages { pages, bytes, .. } => bytemuck::cast_slice(&pages[..*bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_any_size_hold_what_they_were_made_of() {
        for count in [0, 1, 1_000, LARGE / 4 - 1, LARGE / 4, LARGE / 2 + 3] {
            let numbers: Vec<u32> = (0..count as u32).collect();
            assert!(numbers.iter().copied().collect::<Array<u32>>()[..] == numbers[..], "{count}");
        }
    }
}
