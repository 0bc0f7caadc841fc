//! Rounding to what the narrow products read: bf16 numbers, or bytes with a scale a row.

use pulp::{Arch, Simd, WithSimd};

use super::lines::{Floats, Lanes};

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

/// How bytes stand for the numbers of a row: `(byte - zero) * step`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scale {
    pub step: f32,
    pub zero: i32,
}

/// The least and the largest number of a row, and zero between them.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    least: f32,
    most: f32,
}

impl Extent {
    /// From the least number to the largest, in 254 steps so that zero has a byte.
    #[inline(always)]
    pub fn scale(self) -> Scale {
        let step = (self.most - self.least).max(1e-12) / 254.0;
        Scale { step, zero: (-self.least / step).round() as i32 }
    }

    /// As far below zero as above it, as weights have it.
    #[inline(always)]
    pub fn even_scale(self) -> Scale {
        Scale { step: self.most.max(-self.least).max(1e-12) / 127.0, zero: 128 }
    }
}

/// The extent of what was seen of a row, lane by lane.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub least: Floats,
    pub most: Floats,
}

impl Seen {
    pub const NOTHING: Self = Self { least: Floats::ZERO, most: Floats::ZERO };

    /// With one line more.
    #[inline(always)]
    pub fn and<S: Simd>(mut self, simd: S, line: &Floats) -> Self {
        let seen = S::as_mut_simd_f32s(&mut self.least.0).0.iter_mut().zip(S::as_mut_simd_f32s(&mut self.most.0).0);
        for ((least, most), x) in seen.zip(S::as_simd_f32s(&line.0).0) {
            (*least, *most) = (simd.min_f32s(*least, *x), simd.max_f32s(*most, *x));
        }
        self
    }

    /// Of all lanes.
    #[inline(always)]
    pub fn extent<S: Simd>(&self, simd: S) -> Extent {
        let (mut least, mut most) = (simd.splat_f32s(0.0), simd.splat_f32s(0.0));
        for (a, b) in S::as_simd_f32s(&self.least.0).0.iter().zip(S::as_simd_f32s(&self.most.0).0) {
            (least, most) = (simd.min_f32s(least, *a), simd.max_f32s(most, *b));
        }
        Extent { least: simd.reduce_min_f32s(least), most: simd.reduce_max_f32s(most) }
    }
}

/// Rounds a row of up to four lines to unsigned bytes: lane `i` holds number `i` of all, and any byte for lines that are not
/// there.
#[inline(always)]
pub fn as_bytes<'a, S: Simd>(simd: S, lines: impl Iterator<Item = &'a Floats>, scale: Scale) -> Lanes {
    // Adding it leaves the whole number in the lowest bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    let (inverse, round) = (simd.splat_f32s(1.0 / scale.step), simd.splat_f32s(ROUND + scale.zero as f32));
    let mut lanes = Lanes::ZERO;
    for (place, line) in lines.enumerate() {
        let shift = simd.splat_u32s(8 * place as u32);
        for (lanes, x) in S::as_mut_simd_u32s(&mut lanes.0).0.iter_mut().zip(S::as_simd_f32s(&line.0).0) {
            let number = simd.transmute_u32s_f32s(simd.mul_add_f32s(*x, inverse, round));
            let byte = simd.wrapping_dyn_shl_u32s(simd.and_u32s(number, simd.splat_u32s(0xff)), shift);
            *lanes = simd.or_u32s(*lanes, byte);
        }
    }
    lanes
}

/// The extent of each row over `lines`, each `[rows]`.
pub fn extents(arch: Arch, lines: &[&[Floats]], rows: usize) -> Vec<Extent> {
    arch.dispatch(Extents { lines, rows })
}

struct Extents<'a> {
    lines: &'a [&'a [Floats]],
    rows: usize,
}

impl WithSimd for Extents<'_> {
    type Output = Vec<Extent>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Extent> {
        let mut extents = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            let mut seen = Seen::NOTHING;
            for line in self.lines {
                seen = seen.and(simd, &line[row]);
            }
            extents.push(seen.extent(simd));
        }
        extents
    }
}

/// [`as_bytes`] of every row of up to four lines, by each row's scale.
pub fn round_to_bytes(arch: Arch, lines: &[&[Floats]], scales: &[Scale], out: &mut [Lanes]) {
    arch.dispatch(RoundToBytes { lines, scales, out });
}

struct RoundToBytes<'a> {
    lines: &'a [&'a [Floats]],
    scales: &'a [Scale],
    out: &'a mut [Lanes],
}

impl WithSimd for RoundToBytes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, (out, scale)) in self.out.iter_mut().zip(self.scales).enumerate() {
            *out = as_bytes(simd, self.lines.iter().map(|line| &line[row]), *scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_half_a_step_from_their_numbers_at_most(row in prop::array::uniform16(-1.0f32..1.0), beside in -3.0f32..3.0) {
            let arch = Arch::new();
            let line = [Floats(row.map(|x| x + beside))];
            let extent = extents(arch, &[&line], 1)[0];
            for scale in [extent.scale(), extent.even_scale()] {
                let mut lanes = [Lanes::ZERO];
                round_to_bytes(arch, &[&line], &[scale], &mut lanes);
                for (x, lane) in line[0].0.iter().zip(lanes[0].0) {
                    let back = (lane as i32 - scale.zero) as f32 * scale.step;
                    prop_assert!((back - x).abs() < scale.step * 0.501, "{} is {} by {:?}", x, back, scale);
                }
            }
            // What is on one side of zero alone has half the step.
            let least = if beside.abs() > 1.0 { 1.99 } else { 0.99 };
            prop_assert!(extent.scale().step * least <= extent.even_scale().step);
            prop_assert!((0..256).contains(&extent.scale().zero));
        }
    }
}
