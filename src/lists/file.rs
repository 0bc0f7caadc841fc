//! The lists as a file: a cache that any doubt throws away.
//!
//! A line of JSON (what it is, sizes), then for every row the point, when it changed, its length with a flag, and its
//! neighbors; little-endian. A SHA-256 of all that ends it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Lists, Row, Slot};
use crate::embedding::Similarity;
use crate::index::Neighbor;
use crate::question::{PointId, SeqNo};

const FORMAT: &str = "likewise lists 1";
/// In the length of a row: others are left out.
const TRUNCATED: u16 = 1 << 15;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    model: String,
    shown: usize,
    kept: usize,
    seq: u64,
    rows: usize,
}

pub fn write(path: &Path, model: &str, lists: &Lists) -> io::Result<()> {
    let temporary = path.with_extension("part");
    let file = File::create(&temporary)?;
    let mut out = Hashing { inner: BufWriter::with_capacity(1 << 20, file), digest: Sha256::new() };
    let header = Header {
        format: FORMAT.into(),
        model: model.into(),
        shown: lists.shown,
        kept: lists.kept,
        seq: lists.seq.0,
        rows: lists.points.len(),
    };
    serde_json::to_writer(&mut out, &header)?;
    out.write_all(b"\n")?;
    let mut bytes = Vec::new();
    for (point, slot) in lists.points.iter().zip(&lists.slots) {
        let row = slot.row.lock();
        bytes.clear();
        bytes.extend(point.0.to_le_bytes());
        bytes.extend(row.changed_at.0.to_le_bytes());
        let length = row.neighbors().len() as u16 | if row.is_truncated() { TRUNCATED } else { 0 };
        bytes.extend(length.to_le_bytes());
        for neighbor in row.neighbors() {
            bytes.extend(neighbor.point.0.to_le_bytes());
            bytes.extend(neighbor.similarity.value().to_le_bytes());
        }
        out.write_all(&bytes)?;
    }
    let Hashing { mut inner, digest } = out;
    inner.write_all(&digest.finalize())?;
    let file = inner.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Fills `lists`, which says for how many they must be. `None` where there is no file, or one for something else.
pub fn read(path: &Path, model: &str, mut lists: Lists) -> io::Result<Option<Lists>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut input = Hashing { inner: BufReader::with_capacity(1 << 20, file), digest: Sha256::new() };
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        if line.len() > 4_096 {
            return Err(damaged("its first line is too long"));
        }
        line.push(input.array::<1>()?[0]);
    }
    let header: Header = serde_json::from_slice(&line)?;
    if header.format != FORMAT || header.model != model || (header.shown, header.kept) != (lists.shown, lists.kept) {
        return Ok(None);
    }
    lists.seq = SeqNo(header.seq);
    for _ in 0..header.rows {
        let (point, slot) = read_row(&mut input, lists.kept)?;
        if lists.points.last().is_some_and(|last| *last >= point) {
            return Err(damaged("its points do not ascend"));
        }
        lists.points.push(point);
        lists.slots.push(slot);
    }
    let Hashing { mut inner, digest } = input;
    let (mut stored, mut more) = ([0; 32], [0; 1]);
    inner.read_exact(&mut stored)?;
    if digest.finalize().as_slice() != stored || inner.read(&mut more)? != 0 {
        return Err(damaged("its checksum is wrong"));
    }
    Ok(Some(lists))
}

fn read_row(input: &mut Hashing<impl Read>, kept: usize) -> io::Result<(PointId, Slot)> {
    let point = PointId(u32::from_le_bytes(input.array()?));
    let changed_at = SeqNo(u64::from_le_bytes(input.array()?));
    let length = u16::from_le_bytes(input.array()?);
    let count = usize::from(length & !TRUNCATED);
    if count > kept {
        return Err(damaged("a list is too long"));
    }
    let mut near = Vec::with_capacity(count);
    for _ in 0..count {
        let point = PointId(u32::from_le_bytes(input.array()?));
        let similarity = f32::from_le_bytes(input.array()?);
        if !similarity.is_finite() {
            return Err(damaged("a similarity is no number"));
        }
        near.push(Neighbor { point, similarity: Similarity::new(similarity) });
    }
    let row = Row::from_parts(near, length & TRUNCATED != 0, changed_at);
    Ok((point, Slot::new(row, kept)))
}

fn damaged(why: &str) -> io::Error {
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
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.digest.update(bytes);
        Ok(bytes)
    }
}
