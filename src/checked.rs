//! Files that are caches: a line of JSON that says what they are, a body, and a SHA-256 of all that. Any doubt throws them away.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Longest first line.
const LONGEST_HEADER: usize = 4_096;
/// Numbers that are turned into bytes together.
const CHUNK: usize = 1 << 16;

/// Writes a file whole, durably: who reads it sees the former one or this.
pub fn write(path: &Path, header: &impl Serialize, body: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<()> {
    let temporary = path.with_extension("part");
    let file = File::create(&temporary)?;
    let mut out = Out(Hashing { inner: BufWriter::with_capacity(1 << 20, file), digest: Sha256::new() });
    serde_json::to_writer(&mut out.0, header)?;
    out.bytes(b"\n")?;
    body(&mut out)?;
    let Hashing { mut inner, digest } = out.0;
    inner.write_all(&digest.finalize())?;
    let file = inner.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// The body of a file that is being written; numbers are little-endian.
pub struct Out(Hashing<BufWriter<File>>);

impl Out {
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub fn u32s(&mut self, numbers: &[u32]) -> io::Result<()> {
        self.each(numbers, |number| number.to_le_bytes())
    }

    pub fn f32s(&mut self, numbers: &[f32]) -> io::Result<()> {
        self.each(numbers, |number| number.to_le_bytes())
    }

    pub fn i8s(&mut self, numbers: &[i8]) -> io::Result<()> {
        self.each(numbers, |number| number.to_le_bytes())
    }

    fn each<T: Copy, const N: usize>(&mut self, numbers: &[T], bytes: impl Fn(T) -> [u8; N]) -> io::Result<()> {
        numbers.chunks(CHUNK).try_for_each(|chunk| {
            let chunk: Vec<u8> = chunk.iter().flat_map(|number| bytes(*number)).collect();
            self.bytes(&chunk)
        })
    }
}

/// Opens a file and reads what it is; `None` where there is none.
pub fn open<H: DeserializeOwned>(path: &Path) -> io::Result<Option<(H, In)>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut input = In(Hashing { inner: BufReader::with_capacity(1 << 20, file), digest: Sha256::new() });
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if line.len() > LONGEST_HEADER {
            return Err(damaged("its first line is too long"));
        }
        line.push(input.array::<1>()?[0]);
    }
    Ok(Some((serde_json::from_slice(&line)?, input)))
}

/// The body of a file that is being read. What is read is not to be trusted before [`In::finish`].
pub struct In(Hashing<BufReader<File>>);

impl In {
    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        self.each(count, |[byte]| byte)
    }

    pub fn u32s(&mut self, count: usize) -> io::Result<Vec<u32>> {
        self.each(count, u32::from_le_bytes)
    }

    pub fn f32s(&mut self, count: usize) -> io::Result<Vec<f32>> {
        self.each(count, f32::from_le_bytes)
    }

    pub fn i8s(&mut self, count: usize) -> io::Result<Vec<i8>> {
        self.each(count, i8::from_le_bytes)
    }

    /// Takes no more memory than the file has bytes, whatever its header says.
    fn each<T, const N: usize>(&mut self, count: usize, number: impl Fn([u8; N]) -> T) -> io::Result<Vec<T>> {
        let mut numbers = Vec::new();
        let mut left = count;
        while left > 0 {
            let mut bytes = vec![0; left.min(CHUNK) * N];
            self.0.read_exact(&mut bytes)?;
            let (whole, _) = bytes.as_chunks::<N>();
            numbers.extend(whole.iter().map(|bytes| number(*bytes)));
            left -= whole.len();
        }
        Ok(numbers)
    }

    /// Checks that all that was read is what was written, and that there is no more.
    pub fn finish(self) -> io::Result<()> {
        let Hashing { mut inner, digest } = self.0;
        let (mut stored, mut more) = ([0; 32], [0; 1]);
        inner.read_exact(&mut stored)?;
        if digest.finalize().as_slice() == stored && inner.read(&mut more)? == 0 {
            Ok(())
        } else {
            Err(damaged("its checksum is wrong"))
        }
    }
}

pub fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Digests what passes.
struct Hashing<T> {
    inner: T,
    digest: Sha256,
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.digest.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Hashing<T> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.digest.update(bytes);
        Ok(())
    }
}
