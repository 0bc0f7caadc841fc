//! The lists as a file: a cache that any doubt throws away.
//!
//! In columns: the points, when each list changed, its length with a flag; then all neighbors. See [`crate::checked`].

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Lists, Row, Slot};
use crate::checked::{self, damaged};
use crate::embedding::Similarity;
use crate::index::Neighbor;
use crate::question::{PointId, SeqNo};

const FORMAT: &str = "likewise lists 2";
/// Rows whose neighbors are read and written together.
const TOGETHER: usize = 4_096;
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
    let rows = || lists.slots.iter().map(|slot| slot.row.lock());
    checked::write(path, &header, |out| {
        out.numbers(&lists.points.iter().map(|point| point.0).collect::<Vec<_>>())?;
        out.numbers(&rows().map(|row| row.changed_at.0).collect::<Vec<_>>())?;
        let flag = |truncated: bool| if truncated { TRUNCATED } else { 0 };
        out.numbers(&rows().map(|row| row.neighbors().len() as u16 | flag(row.is_truncated())).collect::<Vec<_>>())?;
        for slots in lists.slots.chunks(TOGETHER) {
            let rows: Vec<_> = slots.iter().map(|slot| slot.row.lock()).collect();
            let neighbors = rows.iter().flat_map(|row| row.neighbors());
            out.numbers(&neighbors.map(|n| [n.point.0, n.similarity.value().to_bits()]).collect::<Vec<_>>())?;
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
    lists.points = input.numbers::<u32>(header.rows)?.into_iter().map(PointId).collect();
    let changed: Vec<u64> = input.numbers(header.rows)?;
    let lengths: Vec<u16> = input.numbers(header.rows)?;
    for (changed, lengths) in changed.chunks(TOGETHER).zip(lengths.chunks(TOGETHER)) {
        let count = lengths.iter().map(|length| usize::from(length & !TRUNCATED)).sum();
        let near: Vec<[u32; 2]> = input.numbers(count)?;
        let mut rest = near.as_slice();
        for (changed_at, length) in changed.iter().zip(lengths) {
            let (near, others) = rest.split_at(usize::from(length & !TRUNCATED));
            rest = others;
            lists.slots.push(slot(near, length & TRUNCATED != 0, SeqNo(*changed_at), lists.kept)?);
        }
    }
    input.finish()?;
    if !lists.points.is_sorted_by(|a, b| a < b) {
        return Err(damaged("its points do not ascend"));
    }
    Ok(Some(lists))
}

fn slot(near: &[[u32; 2]], truncated: bool, changed_at: SeqNo, kept: usize) -> io::Result<Slot> {
    if near.len() > kept {
        return Err(damaged("a list is too long"));
    }
    let neighbor = |[point, similarity]: &[u32; 2]| {
        let similarity = f32::from_bits(*similarity);
        let neighbor = Neighbor { point: PointId(*point), similarity: Similarity::new(similarity) };
        similarity.is_finite().then_some(neighbor).ok_or_else(|| damaged("a similarity is no number"))
    };
    let near = near.iter().map(neighbor).collect::<io::Result<Vec<_>>>()?;
    Ok(Slot::new(Row::from_parts(near, truncated, changed_at), kept))
}
