//! Attention of each text over its own tokens: no text is padded to another's length.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::elementwise::exponentials;
use crate::matmul::kernels::Panel;
use crate::matmul::kernels::f32::{ROWS, product, registers};
use crate::matmul::{Floats, LINE, PANEL};

/// Room that is used for one head of one text after the other.
#[derive(Default)]
pub struct Scratch {
    keys: Vec<[Floats; 2]>,
    scores: Vec<[Floats; 2]>,
    shares: Vec<Floats>,
    inverses: Vec<f32>,
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

/// One head of one text. `q` (scaled already), `k`, `v` and `mixed` are lines of all rows; the text's are `rows`. Writes
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
    let (length, tall) = (rows.len(), rows.len().next_multiple_of(ROWS));
    let panels = length.div_ceil(PANEL);
    scratch.scores.resize(panels * tall, [Floats::ZERO; 2]);
    for panel in 0..panels {
        let from = rows.start + panel * PANEL;
        transpose(arch, k, from..rows.end.min(from + PANEL), &place.lanes, &mut scratch.keys);
        let scores = &mut scratch.scores[panel * tall..(panel + 1) * tall];
        let panel = Panel { weights: &scratch.keys, bias: &[Floats::ZERO; 2], next: &[] };
        product(arch, q, panel, rows.start, scores);
    }
    scratch.shares.resize(length.div_ceil(LINE) * tall, Floats::ZERO);
    scratch.inverses.resize(length, 0.0);
    let mixed = &mut mixed[place.lines.clone()];
    arch.dispatch(Mix { scratch, tall, rows, v, lanes: &place.lanes, mixed });
}

/// Softmax of the scores, and the sums of the values by it.
struct Mix<'a, 'b> {
    scratch: &'a mut Scratch,
    tall: usize,
    rows: &'a Range<usize>,
    v: &'a [&'a [Floats]],
    lanes: &'a Range<usize>,
    mixed: &'a mut [&'b mut [Floats]],
}

impl WithSimd for Mix<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { scratch, tall, rows, v, lanes, mixed } = self;
        let Scratch { scores, shares, inverses, .. } = scratch;
        exponentials(simd, scores, tall, rows.len(), shares, inverses);
        let values: Vec<&[Floats]> = v.iter().map(|line| &line[rows.clone()]).collect();
        let mut mixed: Vec<&mut [Floats]> = mixed.iter_mut().map(|line| &mut line[rows.clone()]).collect();
        let shares: Vec<&[Floats]> = shares.chunks_exact(tall).collect();
        if let (16, [first, second], [a, b]) = (S::F32_LANES, &values[..], &mut mixed[..]) {
            mix::<S, 8, 1, 2>(simd, &shares, [first, second], inverses, lanes, &mut [a, b]);
            return;
        }
        for (values, mixed) in values.iter().zip(mixed) {
            match S::F32_LANES {
                16 => mix::<S, 8, 1, 1>(simd, &shares, [values], inverses, lanes, &mut [mixed]),
                8 => mix::<S, 4, 2, 1>(simd, &shares, [values], inverses, lanes, &mut [mixed]),
                4 => mix::<S, 4, 4, 1>(simd, &shares, [values], inverses, lanes, &mut [mixed]),
                _ => mix::<S, 1, 16, 1>(simd, &shares, [values], inverses, lanes, &mut [mixed]),
            }
        }
    }
}

/// `L` lines of a head for all rows, `R` at a time, `C` registers a line.
#[inline(always)]
fn mix<S: Simd, const R: usize, const C: usize, const L: usize>(
    simd: S,
    shares: &[&[Floats]],
    values: [&[Floats]; L],
    inverses: &[f32],
    lanes: &Range<usize>,
    mixed: &mut [&mut [Floats]; L],
) {
    for (tile, inverses) in inverses.chunks(R).enumerate() {
        let first = tile * R;
        let mut sums = [[[simd.splat_f32s(0.0); C]; L]; R];
        for (block, shares) in shares.iter().enumerate() {
            let Some(shares) = shares[first..].first_chunk::<R>() else { return };
            let of_block = block * LINE..values[0].len().min((block + 1) * LINE);
            for (lane, key) in of_block.enumerate() {
                let mut of_key = [[simd.splat_f32s(0.0); C]; L];
                for (of_key, values) in of_key.iter_mut().zip(values) {
                    *of_key = registers::<S, C>(simd, &values[key]);
                }
                for (sums, share) in sums.iter_mut().zip(shares) {
                    let share = simd.splat_f32s(share.0[lane]);
                    for l in 0..L {
                        for c in 0..C {
                            sums[l][c] = simd.mul_add_f32s(share, of_key[l][c], sums[l][c]);
                        }
                    }
                }
            }
        }
        for ((row, sums), inverse) in (first..).zip(sums).zip(inverses) {
            let inverse = simd.splat_f32s(*inverse);
            for l in 0..L {
                let mut line = Floats::ZERO;
                for (x, sum) in S::as_mut_simd_f32s(&mut line.0).0.iter_mut().zip(sums[l]) {
                    *x = simd.mul_f32s(sum, inverse);
                }
                if lanes.len() == LINE {
                    mixed[l][row] = line;
                } else {
                    mixed[l][row].0[lanes.clone()].copy_from_slice(&line.0[lanes.clone()]);
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
