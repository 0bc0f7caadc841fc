//! Attention of each text over its own tokens: no text is padded to another's length.

use std::ops::Range;

use pulp::Arch;

use super::elementwise::softmax;
use crate::matmul::kernels::f32::product;
use crate::matmul::{Floats, LINE, PANEL};

/// Rows come in multiples of this: the f32 product's tallest tile.
const ROWS: usize = 8;

/// Room that is used for one head of one text after the other.
#[derive(Default)]
pub struct Scratch {
    keys: Vec<[Floats; 2]>,
    values: Vec<[Floats; 2]>,
    scores: Vec<[Floats; 2]>,
    shares: Vec<Floats>,
    out: Vec<[Floats; 2]>,
}

/// Where a head's numbers stand in its lines: whole lines, or some lanes of one.
#[derive(Debug, Clone)]
pub struct Place {
    pub lines: Range<usize>,
    pub lanes: Range<usize>,
}

impl Place {
    /// Head `head` of those that lie side by side in the given lines, each `size` numbers.
    pub fn of(head: usize, size: usize) -> Self {
        let (first, end) = (head * size, (head + 1) * size);
        let lanes = if size < LINE { first % LINE..first % LINE + size } else { 0..LINE };
        Self { lines: first / LINE..end.div_ceil(LINE), lanes }
    }
}

/// One head of one text. `q` (scaled already), `k`, `v` and `mixed` are lines of all rows; the text's are `rows`. Adds to
/// `mixed` in the head's place.
pub fn attend(
    arch: Arch,
    place: &Place,
    rows: &Range<usize>,
    [q, k, v]: [&[&[Floats]]; 3],
    mixed: &mut [&mut [Floats]],
    scratch: &mut Scratch,
) {
    let (q, k, v) = (&q[place.lines.clone()], &k[place.lines.clone()], &v[place.lines.clone()]);
    let mixed = &mut mixed[place.lines.clone()];
    let (length, tall) = (rows.len(), rows.len().next_multiple_of(ROWS));
    let panels = length.div_ceil(PANEL);
    scratch.scores.resize(panels * tall, [Floats::ZERO; 2]);
    for panel in 0..panels {
        let from = rows.start + panel * PANEL;
        transpose(arch, k, from..rows.end.min(from + PANEL), &place.lanes, &mut scratch.keys);
        product(arch, q, &scratch.keys, rows.start, &mut scratch.scores[panel * tall..(panel + 1) * tall]);
    }
    let lines = length.div_ceil(LINE);
    scratch.shares.resize(lines * tall, Floats::ZERO);
    softmax(arch, &scratch.scores, tall, length, length, &mut scratch.shares);
    let shares: Vec<&[Floats]> = scratch.shares.chunks_exact(tall).collect();
    scratch.out.resize(tall, [Floats::ZERO; 2]);
    for (v, mixed) in v.chunks(2).zip(mixed.chunks_mut(2)) {
        gather(v, rows.clone(), &place.lanes, lines * LINE, &mut scratch.values);
        product(arch, &shares, &scratch.values, 0, &mut scratch.out);
        for (line, mixed) in mixed.iter_mut().enumerate() {
            for (out, mixed) in scratch.out.iter().zip(&mut mixed[rows.clone()]) {
                for lane in place.lanes.clone() {
                    mixed.0[lane] = out[line].0[lane];
                }
            }
        }
    }
}

/// Up to 32 keys as columns: `[numbers of a head's lines]` pairs of lines, zeros outside the head's lanes.
fn transpose(arch: Arch, k: &[&[Floats]], rows: Range<usize>, lanes: &Range<usize>, out: &mut Vec<[Floats; 2]>) {
    out.clear();
    out.resize(k.len() * LINE, [Floats::ZERO; 2]);
    arch.dispatch(
        #[inline(always)]
        || {
            for (k, out) in k.iter().zip(out.chunks_exact_mut(LINE)) {
                for (column, key) in k[rows.clone()].iter().enumerate() {
                    for lane in lanes.clone() {
                        out[lane][column / LINE].0[column % LINE] = key.0[lane];
                    }
                }
            }
        },
    );
}

/// The values as rows: `[keys]` pairs of lines, zeros behind the last and outside the head's lanes.
fn gather(v: &[&[Floats]], rows: Range<usize>, lanes: &Range<usize>, keys: usize, out: &mut Vec<[Floats; 2]>) {
    out.clear();
    out.resize(keys, [Floats::ZERO; 2]);
    for (line, v) in v.iter().enumerate() {
        for (out, value) in out.iter_mut().zip(&v[rows.clone()]) {
            out[line].0[lanes.clone()].copy_from_slice(&value.0[lanes.clone()]);
        }
    }
}
