//! Files that are caches: a line of JSON that says what they are, a body, and a BLAKE3 of all that. Any doubt throws them away. (With
//! SHA-256 a start with a million questions took 2.1 to 2.6 s in place of 1.5 to 1.9.)
//!
//! Numbers lie in the byte order of the machine, which the line says: on another one the file is made anew. The body begins at
//! [`BODY`], so that a part of it can be mapped into memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use bytemuck::Pod;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where the body begins: after a page of memory.
pub const BODY: u64 = 4_096;
/// Bytes at the end: the checksum.
const CHECKSUM: u64 = 32;
/// Bytes that are read at once where nobody wants them.
const PASSED: usize = 1 << 20;
const BYTE_ORDER: &str = if cfg!(target_endian = "little") { "little-endian" } else { "big-endian" };

#[derive(Serialize, Deserialize)]
struct FirstLine<H> {
    byte_order: String,
    #[serde(flatten)]
    header: H,
}

/// Writes a file whole, durably: who reads it sees the former one or this.
pub fn write<T>(path: &Path, header: &impl Serialize, body: impl FnOnce(&mut Out) -> io::Result<T>) -> io::Result<T> {
    let temporary = path.with_extension("part");
    let written = write_part(&temporary, header, body).and_then(|written| {
        std::fs::rename(&temporary, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(written)
    });
    if written.is_err() {
        // What is half written takes up a disk that may be full. There may be nothing to remove.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn write_part<T>(path: &Path, header: &impl Serialize, body: impl FnOnce(&mut Out) -> io::Result<T>) -> io::Result<T> {
    let file = File::create(path)?;
    let mut out = Out(Hashing { inner: BufWriter::with_capacity(1 << 20, file), digest: blake3::Hasher::new() });
    let mut line = serde_json::to_vec(&FirstLine { byte_order: BYTE_ORDER.into(), header })?;
    if line.len() >= BODY as usize {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "what the file is can't be said in one line"));
    }
    line.resize(BODY as usize - 1, b' ');
    line.push(b'\n');
    out.bytes(&line)?;
    let written = body(&mut out)?;
    let Hashing { mut inner, digest } = out.0;
    inner.write_all(digest.finalize().as_bytes())?;
    inner.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(written)
}

/// The body of a file that is being written.
pub struct Out(Hashing<BufWriter<File>>);

impl Out {
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub fn numbers<T: Pod>(&mut self, numbers: &[T]) -> io::Result<()> {
        self.bytes(bytemuck::cast_slice(numbers))
    }
}

/// Opens a file and reads what it is; `None` where there is none, or one of another machine.
pub fn open<H: DeserializeOwned>(path: &Path) -> io::Result<Option<(H, In)>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let Some(left) = file.metadata()?.len().checked_sub(BODY + CHECKSUM) else { return Err(damaged("it is too short")) };
    let file = Hashing { inner: BufReader::with_capacity(1 << 20, file), digest: blake3::Hasher::new() };
    let mut input = In { file, left: BODY };
    let line = input.numbers::<u8>(BODY as usize)?;
    input.left = left;
    let FirstLine { byte_order, header } = serde_json::from_slice(&line)?;
    Ok((byte_order == BYTE_ORDER).then_some((header, input)))
}

/// The body of a file that is being read. What is read is not to be trusted before [`In::finish`].
pub struct In {
    file: Hashing<BufReader<File>>,
    /// Bytes of the body that were not read.
    left: u64,
}

impl In {
    pub fn numbers<T: Pod>(&mut self, count: usize) -> io::Result<Vec<T>> {
        self.expect::<T>(count)?;
        let mut numbers = vec![T::zeroed(); count];
        self.fill(&mut numbers)?;
        Ok(numbers)
    }

    pub fn fill<T: Pod>(&mut self, numbers: &mut [T]) -> io::Result<()> {
        self.left -= self.expect::<T>(numbers.len())?;
        self.file.read_exact(bytemuck::cast_slice_mut(numbers))
    }

    /// Reads over numbers that nobody wants now.
    pub fn pass<T: Pod>(&mut self, count: usize) -> io::Result<()> {
        let mut bytes = self.expect::<T>(count)? as usize;
        let mut buffer = vec![0u8; PASSED.min(bytes)];
        while bytes > 0 {
            let part = PASSED.min(bytes);
            self.fill(&mut buffer[..part])?;
            bytes -= part;
        }
        Ok(())
    }

    /// How many bytes so many numbers take; an error where the file has fewer, whatever its first line says. To be asked before
    /// memory is taken for them.
    pub fn expect<T: Pod>(&self, count: usize) -> io::Result<u64> {
        let bytes = (count as u64).checked_mul(size_of::<T>() as u64);
        bytes.filter(|bytes| *bytes <= self.left).ok_or_else(|| damaged("it is too short"))
    }

    /// Checks that all that was read is what was written, and that there is no more.
    pub fn finish(self) -> io::Result<()> {
        let Hashing { mut inner, digest } = self.file;
        let mut stored = [0; CHECKSUM as usize];
        inner.read_exact(&mut stored)?;
        let is_right = self.left == 0 && *digest.finalize().as_bytes() == stored;
        if is_right { Ok(()) } else { Err(damaged("its checksum is wrong")) }
    }
}

pub fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Digests what passes.
struct Hashing<T> {
    inner: T,
    digest: blake3::Hasher,
}

impl<T: Write> Hashing<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.digest.update(bytes);
        Ok(())
    }
}

impl<T: Read> Hashing<T> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.digest.update(bytes);
        Ok(())
    }
}
