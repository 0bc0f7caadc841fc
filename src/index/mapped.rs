//! A part of a file as an array that takes no memory of the process: the system brings in the pages that are looked at, and lets go
//! of them where memory is short. (At 100,000 questions of 384 dimensions: 154 MB less.) Unsafe, since nobody can promise that another
//! program leaves the file alone.
#![expect(unsafe_code, reason = "no safe way to map a file; 1.5 kB of memory a question")]

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Mmap, MmapOptions};

use crate::checked::damaged;

/// `f32` numbers of a file.
pub struct Mapped {
    map: Mmap,
}

impl Mapped {
    /// `count` numbers from `offset` on, which is a multiple of 4. The file must never be changed: where another program shortens
    /// it, the system ends the process that reads what is gone. Ours are written under another name and renamed, and a data folder
    /// is locked for other processes of this program.
    pub fn open(file: &File, offset: u64, count: usize) -> io::Result<Self> {
        let bytes = count.checked_mul(size_of::<f32>()).ok_or_else(|| damaged("its sizes are wrong"))?;
        if !offset.is_multiple_of(size_of::<f32>() as u64) || offset.saturating_add(bytes as u64) > file.metadata()?.len() {
            return Err(damaged("it is too short"));
        }
        // SAFETY: the file is read only and stays as it is, by the contract above; any bytes are numbers.
        let map = unsafe { MmapOptions::new().offset(offset).len(bytes).map(file)? };
        Ok(Self { map })
    }
}

impl Deref for Mapped {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_mapped_part_reads_as_the_file_does() {
        let mut file = tempfile::tempfile().expect("a file");
        let numbers: Vec<f32> = (0..5_000).map(|number| number as f32).collect();
        file.write_all(bytemuck::cast_slice(&numbers)).expect("writes");
        let read = |offset, count| Mapped::open(&file, offset, count).map(|mapped| mapped.to_vec());
        assert_eq!(read(0, 5_000).expect("maps"), numbers);
        assert_eq!(read(4 * 1_025, 7).expect("maps"), numbers[1_025..1_032]);
        for (offset, count) in [(0, 5_001), (4 * 4_999, 2), (2, 1), (u64::MAX - 3, 1), (0, usize::MAX)] {
            assert!(read(offset, count).is_err(), "{offset} {count}");
        }
    }
}
