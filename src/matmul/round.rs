//! Rounding to what the narrow products read: bf16 numbers, or bytes with a step (scale) a row.

use pulp::Arch;

use super::lines::{Floats, LINE, Lanes};

/// Rounds two lines to bf16, to the nearest even: lane `i` holds number `i` of both.
#[inline(always)]
pub fn as_bf16(first: &Floats, second: &Floats) -> Lanes {
    let mut lanes = Lanes::ZERO;
    for ((lane, first), second) in lanes.0.iter_mut().zip(first.0).zip(second.0) {
        *lane = rounded(first) >> 16 | rounded(second) & 0xffff_0000;
    }
    lanes
}

/// The bits of `x` with the nearest bf16 in the upper half.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + (bits >> 16 & 1))
}

/// [`as_bf16`] of every pair of rows.
pub fn round_to_bf16(arch: Arch, first: &[Floats], second: &[Floats], out: &mut [Lanes]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for ((out, first), second) in out.iter_mut().zip(first).zip(second) {
                *out = as_bf16(first, second);
            }
        },
    );
}

/// The largest magnitude of each row over `lines`, each `[rows]`, divided by 127: the step between two bytes of that row.
pub fn steps(arch: Arch, lines: &[&[Floats]], rows: usize) -> Vec<f32> {
    arch.dispatch(
        #[inline(always)]
        || {
            let mut largest = vec![Floats::ZERO; rows];
            for line in lines {
                for (largest, x) in largest.iter_mut().zip(*line) {
                    for (largest, x) in largest.0.iter_mut().zip(x.0) {
                        *largest = largest.max(x.abs());
                    }
                }
            }
            largest.iter().map(|line| line.0.iter().fold(1e-12, |a: f32, &b| a.max(b)) / 127.0).collect()
        },
    )
}

/// Rounds four lines (fewer stand for zeros) to unsigned bytes around 128, by each row's step: lane `i` holds number `i` of all.
pub fn round_to_bytes(arch: Arch, lines: &[&[Floats]], steps: &[f32], out: &mut [Lanes]) {
    // Adding it leaves the whole number, plus 128, in the lowest bits of the mantissa.
    const ROUND: f32 = 12_582_912.0 + 128.0;
    arch.dispatch(
        #[inline(always)]
        || {
            for (row, (out, step)) in out.iter_mut().zip(steps).enumerate() {
                let inverse = 1.0 / step;
                let mut lanes = [0x8080_8080u32; LINE];
                for (place, line) in lines.iter().enumerate() {
                    let shift = 8 * place as u32;
                    for (lane, x) in lanes.iter_mut().zip(line[row].0) {
                        let byte = (x * inverse + ROUND).to_bits() & 0xff;
                        *lane = *lane & !(0xff << shift) | byte << shift;
                    }
                }
                *out = Lanes(lanes);
            }
        },
    );
}
