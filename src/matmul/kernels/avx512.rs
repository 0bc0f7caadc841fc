//! Products of bf16 numbers and of bytes by AVX-512's dot-product instructions (BF16, VNNI).
//!
//! Unsafe, because `pulp` has no such instructions: intrinsics behind a run-time check, and loads by pointer, which the
//! compiler does not fold into the multiplication otherwise. Tests compare both with the plain sums.
#![expect(unsafe_code, reason = "intrinsics that no safe crate offers; 2 to 4 times the speed of the f32 product")]

use std::arch::x86_64::{
    __cpuid, __m512, __m512bh, __m512i, _mm512_cvtepi32_ps, _mm512_dpbf16_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps,
    _mm512_load_ps, _mm512_load_si512, _mm512_loadu_si512, _mm512_mul_ps, _mm512_mullo_epi32, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_setzero_si512, _mm512_store_ps, _mm512_sub_epi32,
};

use super::super::lines::{Floats, LINE, Lanes};
use super::super::prefetch::prefetch;
use super::super::round::Scale;
use super::{Panel, Scaling};

/// Rows of a tile: their sums fill 16 of the 32 registers.
pub const ROWS: usize = 8;

/// Proof that the processor has AVX-512 with BF16.
#[derive(Debug, Clone, Copy)]
pub struct Bf16(());

/// Proof that the processor has AVX-512 with VNNI.
#[derive(Debug, Clone, Copy)]
pub struct Vnni(());

impl Bf16 {
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16")).then_some(Self(()))
    }

    /// By the maker: AMD's processors (since Zen 4) compute twice as many bf16 as f32 products in a cycle, Intel's half as many.
    pub fn is_fast(self) -> bool {
        let maker = __cpuid(0);
        [maker.ebx, maker.edx, maker.ecx].map(u32::to_le_bytes).as_flattened() == b"AuthenticAMD"
    }

    /// As the f32 product, over pairs of bf16: `a` holds blocks of 32 inputs, `w` is `[inputs / 2]` pairs of lines.
    pub fn product(self, a: &[&[Lanes]], panel: Panel<'_, Lanes>, from: usize, out: &mut [[Floats; 2]]) {
        check(a, panel.weights, from, out.len());
        // SAFETY: the features were detected when `self` was made, and `check` has seen all bounds.
        unsafe { bf16(a, panel, from, out) }
    }
}

impl Vnni {
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }

    /// As the f32 product, over fours of bytes: `a` holds blocks of 64 inputs (unsigned), `w` is `[inputs / 4]` pairs of lines
    /// (signed).
    pub fn product(self, a: &[&[Lanes]], panel: Panel<'_, Lanes>, scaling: Scaling<'_>, from: usize, out: &mut [[Floats; 2]]) {
        check(a, panel.weights, from, out.len());
        assert!(scaling.rows.len() >= out.len(), "fewer scales than rows");
        // SAFETY: the features were detected when `self` was made, and `check` has seen all bounds.
        unsafe { vnni(a, panel, scaling, from, out) }
    }
}

impl Vnni {
    /// The sums of bytes of [`Amx`](super::amx::Amx) as numbers.
    pub fn scale(self, sums: &[[Lanes; 2]], scaling: Scaling<'_>, bias: &[Floats; 2], out: &mut [[Floats; 2]]) {
        // SAFETY: the features were detected when `self` was made.
        unsafe { scale(sums, scaling, bias, out) };
    }
}

#[target_feature(enable = "avx512f")]
fn scale(sums: &[[Lanes; 2]], scaling: Scaling<'_>, bias: &[Floats; 2], out: &mut [[Floats; 2]]) {
    let of_lines: [OfLine; 2] = std::array::from_fn(|line| OfLine::of(scaling, bias, line));
    for ((out, sums), of_row) in out.iter_mut().zip(sums).zip(scaling.rows) {
        for ((out, sum), of_line) in out.iter_mut().zip(sums).zip(&of_lines) {
            // SAFETY: a line is 64 aligned bytes.
            let sum = unsafe { load(sum) };
            of_line.store(sum, *of_row, out);
        }
    }
}

/// What becomes of the sums of a line of columns.
struct OfLine {
    step: __m512,
    total: __m512i,
    bias: __m512,
}

impl OfLine {
    #[target_feature(enable = "avx512f")]
    fn of(scaling: Scaling<'_>, bias: &[Floats; 2], line: usize) -> Self {
        let Scaling { steps, totals, .. } = scaling;
        // SAFETY: a line is 64 aligned bytes, and so many are the totals.
        unsafe {
            Self {
                step: _mm512_load_ps(steps[line].0.as_ptr()),
                total: _mm512_loadu_si512(totals[line].as_ptr().cast()),
                bias: _mm512_load_ps(bias[line].0.as_ptr()),
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn store(&self, sum: __m512i, of_row: Scale, out: &mut Floats) {
        let offset = _mm512_mullo_epi32(self.total, _mm512_set1_epi32(of_row.zero));
        let number = _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, offset));
        let scaled = _mm512_fmadd_ps(number, _mm512_mul_ps(self.step, _mm512_set1_ps(of_row.step)), self.bias);
        // SAFETY: a line is 64 aligned bytes.
        unsafe { _mm512_store_ps(out.0.as_mut_ptr(), scaled) };
    }
}

fn check(a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, rows: usize) {
    assert!(rows.is_multiple_of(ROWS), "{rows} rows are no whole tiles");
    assert!(a.iter().all(|block| block.len() >= from + rows), "an input has fewer rows than the output");
    assert!(w.len() >= a.len() * LINE, "the weights are for fewer inputs");
}

#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn bf16(a: &[&[Lanes]], panel: Panel<'_, Lanes>, from: usize, out: &mut [[Floats; 2]]) {
    // SAFETY: a line is 64 aligned bytes.
    let bias = unsafe { panel.bias.each_ref().map(|line| _mm512_load_ps(line.0.as_ptr())) };
    let mut ahead = panel.ahead(out.len() / ROWS * a.len());
    for (tile, out) in out.chunks_exact_mut(ROWS).enumerate() {
        let row = from + tile * ROWS;
        let mut sums: [[__m512; 2]; ROWS] = [bias; ROWS];
        let mut w = panel.weights.as_ptr().cast::<Lanes>();
        for block in a {
            prefetch(ahead.next().unwrap_or_default());
            // SAFETY: `check`: every block has rows up to `from + out.len()`.
            let rows = unsafe { block.as_ptr().add(row) }.cast::<i32>();
            for lane in 0..LINE {
                // SAFETY: `check`: `w` has two lines for each lane of each block; lines are aligned.
                let (w0, w1) = unsafe { (load(w), load(w.add(1))) };
                // SAFETY: at most one behind the last line.
                w = unsafe { w.add(2) };
                for (r, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: within the tile's rows.
                    let x = pairs(_mm512_set1_epi32(unsafe { *rows.add(r * LINE + lane) }));
                    sums[0] = _mm512_dpbf16_ps(sums[0], x, pairs(w0));
                    sums[1] = _mm512_dpbf16_ps(sums[1], x, pairs(w1));
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(sums) {
            for (line, sum) in out.iter_mut().zip(sums) {
                // SAFETY: a line is 64 aligned bytes.
                unsafe { _mm512_store_ps(line.0.as_mut_ptr(), sum) };
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn vnni(a: &[&[Lanes]], panel: Panel<'_, Lanes>, scaling: Scaling<'_>, from: usize, out: &mut [[Floats; 2]]) {
    let of_lines: [OfLine; 2] = std::array::from_fn(|line| OfLine::of(scaling, panel.bias, line));
    let mut ahead = panel.ahead(out.len() / ROWS * a.len());
    for ((tile, out), scales) in out.chunks_exact_mut(ROWS).enumerate().zip(scaling.rows.chunks_exact(ROWS)) {
        let row = from + tile * ROWS;
        let mut sums: [[__m512i; 2]; ROWS] = [[_mm512_setzero_si512(); 2]; ROWS];
        let mut w = panel.weights.as_ptr().cast::<Lanes>();
        for block in a {
            prefetch(ahead.next().unwrap_or_default());
            // SAFETY: `check`: every block has rows up to `from + out.len()`.
            let rows = unsafe { block.as_ptr().add(row) }.cast::<i32>();
            for lane in 0..LINE {
                // SAFETY: `check`: `w` has two lines for each lane of each block; lines are aligned.
                let (w0, w1) = unsafe { (load(w), load(w.add(1))) };
                // SAFETY: at most one behind the last line.
                w = unsafe { w.add(2) };
                for (r, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: within the tile's rows.
                    let x = _mm512_set1_epi32(unsafe { *rows.add(r * LINE + lane) });
                    sums[0] = _mm512_dpbusd_epi32(sums[0], x, w0);
                    sums[1] = _mm512_dpbusd_epi32(sums[1], x, w1);
                }
            }
        }
        for ((out, sums), of_row) in out.iter_mut().zip(sums).zip(scales) {
            for ((out, sum), of_line) in out.iter_mut().zip(sums).zip(&of_lines) {
                of_line.store(sum, *of_row, out);
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
unsafe fn load(line: *const Lanes) -> __m512i {
    // SAFETY: the caller's line exists; a line is 64 aligned bytes.
    unsafe { _mm512_load_si512(line.cast()) }
}

#[target_feature(enable = "avx512f")]
fn pairs(lanes: __m512i) -> __m512bh {
    // SAFETY: both are 512 bits without invalid values.
    unsafe { std::mem::transmute(lanes) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_scaled_as_by_plain_code(
            sums in prop::collection::vec((-8_000_000i32..8_000_000, 0i32..256), 32),
            totals in prop::collection::vec(-10_000i32..10_000, 32),
            steps in prop::collection::vec((1e-5f32..1e-2, -1.0f32..1.0), 32),
            row_step in 1e-5f32..1e-2,
        ) {
            let Some(vnni) = Vnni::detect() else { return Ok(()) };
            let pair = |of: &dyn Fn(usize) -> f32| [0, LINE].map(|first| Floats(std::array::from_fn(|lane| of(first + lane))));
            let (of_steps, bias) = (pair(&|i| steps[i].0), pair(&|i| steps[i].1));
            let totals: [[i32; LINE]; 2] = [0, LINE].map(|first| std::array::from_fn(|lane| totals[first + lane]));
            let lanes = [0, LINE].map(|first| Lanes(std::array::from_fn(|lane| sums[first + lane].0 as u32)));
            let rows: Vec<Scale> = sums.iter().map(|(_, zero)| Scale { step: row_step, zero: *zero }).collect();
            let mut out = vec![[Floats::ZERO; 2]; rows.len()];
            let scaling = Scaling { rows: &rows, steps: &of_steps, totals: &totals };
            vnni.scale(&vec![lanes; rows.len()], scaling, &bias, &mut out);
            for (row, out) in rows.iter().zip(&out) {
                for i in 0..2 * LINE {
                    let (line, lane) = (i / LINE, i % LINE);
                    let number = f64::from(sums[i].0 - row.zero * totals[line][lane]);
                    let plain = number * f64::from(row_step * steps[i].0) + f64::from(steps[i].1);
                    let ours = f64::from(out[line].0[lane]);
                    prop_assert!((plain - ours).abs() <= 1e-6 * (1.0 + plain.abs()), "{} is {}", plain, ours);
                }
            }
        }
    }
}
