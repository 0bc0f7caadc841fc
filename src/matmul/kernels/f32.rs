//! The f32 product, in safe code: `pulp` brings the widest instructions the processor has (AVX-512, AVX2 with FMA, NEON).

use pulp::{Arch, Simd, WithSimd};

use super::super::lines::{Floats, LINE};
use super::super::prefetch::prefetch;
use super::Panel;

/// Rows come in multiples of this.
pub const ROWS: usize = 8;
/// Blocks of inputs that all tiles take before any goes on: their weights, 16 KiB, stay in the first-level cache meanwhile.
/// (Measured on a Xeon: 1536 inputs 1.14 times, 384 inputs 1.03 times as fast as all at once.)
const DEPTH: usize = 8;

/// One panel of a product: `out[row] = bias + Σ a[row][k] * w[k]` for rows `from..from + out.len()`.
///
/// `a` holds blocks of 16 inputs, each `[rows]` lines; the panel's weights are `[inputs]` pairs of lines; `out` is `[rows]` pairs of lines, a
/// multiple of [`ROWS`].
pub fn product(arch: Arch, a: &[&[Floats]], panel: Panel<'_, Floats>, from: usize, out: &mut [[Floats; 2]]) {
    arch.dispatch(Product { a, panel, from, out });
}

struct Product<'a> {
    a: &'a [&'a [Floats]],
    panel: Panel<'a, Floats>,
    from: usize,
    out: &'a mut [[Floats; 2]],
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// A tile of sums stays in registers while the inputs pass: as many rows and columns as there are registers for.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, panel, from, out } = self;
        out.fill(*panel.bias);
        match S::F32_LANES {
            16 => tiles::<S, 8, 1, 2>(simd, a, panel, 0, from, out),
            8 => {
                let (most, last) = out.split_at_mut(out.len() / 6 * 6);
                for line in 0..2 {
                    tiles::<S, 6, 2, 1>(simd, a, panel, line, from, most);
                    tiles::<S, 2, 2, 1>(simd, a, Panel { next: &[], ..panel }, line, from + most.len(), last);
                }
            }
            4 => {
                for line in 0..2 {
                    tiles::<S, 4, 4, 1>(simd, a, panel, line, from, out);
                }
            }
            _ => {
                for line in 0..2 {
                    tiles::<S, 1, 16, 1>(simd, a, panel, line, from, out);
                }
            }
        }
    }
}

/// `R` rows at a time, `L` lines of `C` registers each.
#[inline(always)]
fn tiles<S: Simd, const R: usize, const C: usize, const L: usize>(
    simd: S,
    a: &[&[Floats]],
    panel: Panel<'_, Floats>,
    line: usize,
    from: usize,
    out: &mut [[Floats; 2]],
) {
    let mut ahead = panel.ahead(out.len() / R * a.len());
    for (a, weights) in a.chunks(DEPTH).zip(panel.weights.chunks(DEPTH * LINE)) {
        for (tile, out) in out.as_chunks_mut::<R>().0.iter_mut().enumerate() {
            let row = from + tile * R;
            let mut sums = [[[simd.splat_f32s(0.0); C]; L]; R];
            for (sums, out) in sums.iter_mut().zip(&*out) {
                *sums = lines::<S, C, L>(simd, out, line);
            }
            for (block, w) in a.iter().zip(weights.as_chunks::<LINE>().0) {
                prefetch(ahead.next().unwrap_or_default());
                let Some(rows) = block.get(row..row + R).and_then(<[Floats]>::first_chunk::<R>) else { return };
                for (lane, w) in w.iter().enumerate() {
                    let w = lines::<S, C, L>(simd, w, line);
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        let x = simd.splat_f32s(row.0[lane]);
                        for l in 0..L {
                            for c in 0..C {
                                sums[l][c] = simd.mul_add_f32s(x, w[l][c], sums[l][c]);
                            }
                        }
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                for l in 0..L {
                    let (registers, _) = S::as_mut_simd_f32s(&mut out[line + l].0);
                    registers.copy_from_slice(&sums[l]);
                }
            }
        }
    }
}

/// `L` lines of a pair, from `line` on.
#[inline(always)]
fn lines<S: Simd, const C: usize, const L: usize>(simd: S, pair: &[Floats; 2], line: usize) -> [[S::f32s; C]; L] {
    let mut lines = [[simd.splat_f32s(0.0); C]; L];
    for (registers_of, line) in lines.iter_mut().zip(&pair[line..line + L]) {
        *registers_of = registers::<S, C>(simd, line);
    }
    lines
}

/// A line in `C` registers.
#[inline(always)]
pub fn registers<S: Simd, const C: usize>(simd: S, line: &Floats) -> [S::f32s; C] {
    let (registers, _) = S::as_simd_f32s(&line.0);
    registers.first_chunk::<C>().copied().unwrap_or([simd.splat_f32s(0.0); C])
}
