//! Products of bf16 numbers and of bytes by AVX-512's dot-product instructions (BF16, VNNI).
//!
//! Unsafe, because `pulp` has no such instructions: intrinsics behind a run-time check, and loads by pointer, which the
//! compiler does not fold into the multiplication otherwise. Tests compare both with the plain sums.
#![expect(unsafe_code, reason = "intrinsics that no safe crate offers; 2 to 4 times the speed of the f32 product")]

use std::arch::x86_64::{
    __cpuid, __m512, __m512bh, __m512i, _mm512_cvtepi32_ps, _mm512_dpbf16_ps, _mm512_dpbusd_epi32, _mm512_load_ps,
    _mm512_load_si512, _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_setzero_si512, _mm512_store_ps, _mm512_store_si512, _mm512_sub_epi32,
};

use super::super::lines::{Floats, LINE, Lanes};

/// Rows of a tile: their sums fill 16 of the 32 registers.
const ROWS: usize = 8;

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
    pub fn product(self, a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Floats; 2]]) {
        check(a, w, from, out.len());
        // SAFETY: the features were detected when `self` was made, and `check` has seen all bounds.
        unsafe { bf16(a, w, from, out) }
    }
}

impl Vnni {
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }

    /// As the f32 product, over fours of bytes: `a` holds blocks of 64 inputs (unsigned), `w` is `[inputs / 4]` pairs of lines
    /// (signed), the sums are `i32`.
    pub fn product(self, a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Lanes; 2]]) {
        check(a, w, from, out.len());
        // SAFETY: the features were detected when `self` was made, and `check` has seen all bounds.
        unsafe { vnni(a, w, from, out) }
    }
}

/// Sums of bytes as numbers: `(sum - offset) * row_step * step`. `None` where the processor lacks AVX-512.
///
/// The compiler makes gathers and scatters of the plain loop, which take as long as half of the product.
pub fn scale(
    sums: &[[Lanes; 2]],
    row_steps: &[f32],
    steps: &[Floats; 2],
    offsets: &[[i32; LINE]; 2],
    out: &mut [[Floats; 2]],
) -> Option<()> {
    if !is_x86_feature_detected!("avx512f") {
        return None;
    }
    // SAFETY: the feature was detected.
    unsafe { scale_lines(sums, row_steps, steps, offsets, out) };
    Some(())
}

#[target_feature(enable = "avx512f")]
fn scale_lines(
    sums: &[[Lanes; 2]],
    row_steps: &[f32],
    steps: &[Floats; 2],
    offsets: &[[i32; LINE]; 2],
    out: &mut [[Floats; 2]],
) {
    for line in 0..2 {
        // SAFETY: a line is 64 aligned bytes, and so many are the offsets.
        let (step, offset) =
            unsafe { (_mm512_load_ps(steps[line].0.as_ptr()), _mm512_loadu_si512(offsets[line].as_ptr().cast())) };
        for ((out, sums), row_step) in out.iter_mut().zip(sums).zip(row_steps) {
            // SAFETY: a line is 64 aligned bytes.
            let sum = unsafe { load(&raw const sums[line]) };
            let number = _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, offset));
            let scaled = _mm512_mul_ps(number, _mm512_mul_ps(step, _mm512_set1_ps(*row_step)));
            // SAFETY: a line is 64 aligned bytes.
            unsafe { _mm512_store_ps(out[line].0.as_mut_ptr(), scaled) };
        }
    }
}

fn check(a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, rows: usize) {
    assert!(rows.is_multiple_of(ROWS), "{rows} rows are no whole tiles");
    assert!(a.iter().all(|block| block.len() >= from + rows), "an input has fewer rows than the output");
    assert!(w.len() >= a.len() * LINE, "the weights are for fewer inputs");
}

#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn bf16(a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Floats; 2]]) {
    for (tile, out) in out.chunks_exact_mut(ROWS).enumerate() {
        let row = from + tile * ROWS;
        let mut sums: [[__m512; 2]; ROWS] = [[_mm512_setzero_ps(); 2]; ROWS];
        let mut w = w.as_ptr().cast::<Lanes>();
        for block in a {
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
unsafe fn vnni(a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Lanes; 2]]) {
    for (tile, out) in out.chunks_exact_mut(ROWS).enumerate() {
        let row = from + tile * ROWS;
        let mut sums: [[__m512i; 2]; ROWS] = [[_mm512_setzero_si512(); 2]; ROWS];
        let mut w = w.as_ptr().cast::<Lanes>();
        for block in a {
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
        for (out, sums) in out.iter_mut().zip(sums) {
            for (line, sum) in out.iter_mut().zip(sums) {
                // SAFETY: a line is 64 aligned bytes.
                unsafe { _mm512_store_si512(line.0.as_mut_ptr().cast(), sum) };
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
