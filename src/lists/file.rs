//! The lists as a file: a cache that any doubt throws away.
//!
//! For every row the point, when it changed, its length with a flag, and its neighbors; see [`crate::checked`].

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Lists, Row, Slot};
use crate::checked::{self, In, damaged};
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
    let header = Header {
        format: FORMAT.into(),
        model: model.into(),
        shown: lists.shown,
        kept: lists.kept,
        seq: lists.seq.0,
        rows: lists.points.len(),
    };
    checked::write(path, &header, |out| {
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
            out.bytes(&bytes)?;
        }
        Ok(())
    })
}

/// Fills `lists`, which says for how many they must be. `None` where there is no file, or one for something else.
pub fn read(path: &Path, model: &str, mut lists: Lists) -> io::Result<Option<Lists>> {
    let Some((header, mut input)) = checked::open::<Header>(path)? else { return Ok(None) };
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
    input.finish()?;
    Ok(Some(lists))
}

fn read_row(input: &mut In, kept: usize) -> io::Result<(PointId, Slot)> {
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
