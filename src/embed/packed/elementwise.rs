//! What happens to numbers between the products: activations, softmax, layer norm, and the forms that products read. In safe
//! code over `pulp`'s widest registers.

use pulp::{Arch, Simd, WithSimd};

use crate::embed::spec::Activation;
use crate::matmul::{Floats, LINE};

/// `activation` of every number, in place. GELU is exact to 1.2e-6.
pub fn activate(arch: Arch, activation: Activation, lines: &mut [[Floats; 2]]) {
    arch.dispatch(Activate { activation, lines });
}

struct Activate<'a> {
    activation: Activation,
    lines: &'a mut [[Floats; 2]],
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lines = self.lines.as_flattened_mut();
        match self.activation {
            Activation::Gelu => each(simd, lines, gelu),
            Activation::GeluTanh => each(simd, lines, gelu_tanh),
            Activation::Relu => each(simd, lines, relu),
            Activation::Tanh => each(simd, lines, tanh),
            Activation::Identity => {}
        }
    }
}

#[inline(always)]
fn each<S: Simd>(simd: S, lines: &mut [Floats], change: impl Fn(S, S::f32s) -> S::f32s) {
    for line in lines {
        for x in S::as_mut_simd_f32s(&mut line.0).0 {
            *x = change(simd, *x);
        }
    }
}

#[inline(always)]
fn relu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    simd.max_f32s(x, simd.splat_f32s(0.0))
}

/// `x / 2 * (1 + erf(x / sqrt 2))`, to 1.2e-6: `erf(x / sqrt 2) / x` is a polynomial of degree 12 in the square of `x`, fitted
/// up to 5.2 (Remez by reweighting), where the error function has become 1. No division: that alone would take longer.
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const END: f32 = 5.2;
    let factors = [
        1.717_526_9e-3,
        -5.007_418_3e-3,
        5.707_234e-3,
        -7.011_47e-3,
        1.511_565_5e-2,
        -2.620_665_2e-2,
        3.677_433e-2,
        -4.918_682_6e-2,
        6.381_453e-2,
        -7.988_26e-2,
        1.000_603_4e-1,
        -1.354_868_1e-1,
        2.718_998_8e-1,
    ];
    let bounded = simd.min_f32s(simd.max_f32s(x, simd.splat_f32s(-END)), simd.splat_f32s(END));
    let square = simd.mul_f32s(bounded, bounded);
    let from_centre = simd.mul_add_f32s(square, simd.splat_f32s(2.0 / (END * END)), simd.splat_f32s(-1.0));
    let erf = simd.mul_f32s(bounded, polynomial(simd, from_centre, factors));
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    simd.mul_add_f32s(half, erf, half)
}

/// The approximation that some models were trained with (Hendrycks and Gimpel 2016).
#[inline(always)]
fn gelu_tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let square = simd.mul_f32s(x, x);
    let factor = simd.mul_add_f32s(square, simd.splat_f32s(0.044_715), simd.splat_f32s(1.0));
    let inner = simd.mul_f32s(simd.mul_f32s(x, simd.splat_f32s(0.797_884_6)), factor);
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    simd.mul_add_f32s(half, tanh(simd, inner), half)
}

#[inline(always)]
fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let bounded = simd.min_f32s(simd.max_f32s(x, simd.splat_f32s(-10.0)), simd.splat_f32s(10.0));
    let e = exp(simd, simd.add_f32s(bounded, bounded));
    simd.div_f32s(simd.sub_f32s(e, one), simd.add_f32s(e, one))
}

/// `e^x` for `x` from -87 to 88, to 2 units in the last place (the reduction and polynomial of Cephes).
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding it pushes the fraction out of the mantissa, and leaves the whole number in its lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = simd.max_f32s(x, simd.splat_f32s(-87.0));
    let rounded = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let whole = simd.sub_f32s(rounded, simd.splat_f32s(ROUND));
    let rest = simd.mul_add_f32s(whole, simd.splat_f32s(-0.693_359_4), x);
    let rest = simd.mul_add_f32s(whole, simd.splat_f32s(2.121_944_4e-4), rest);
    let terms = [1.987_569_2e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.000_000_3e-1];
    let fraction = simd.mul_add_f32s(polynomial(simd, rest, terms), simd.mul_f32s(rest, rest), rest);
    let fraction = simd.add_f32s(fraction, simd.splat_f32s(1.0));
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(rounded), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(fraction), exponent))
}

/// Horner's rule, highest power first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, factors: [f32; N]) -> S::f32s {
    let mut sum = simd.splat_f32s(factors[0]);
    for &factor in &factors[1..] {
        sum = simd.mul_add_f32s(sum, x, simd.splat_f32s(factor));
    }
    sum
}

/// Softmax over the first `keys` columns of each row. `scores` is `[panels][stride]` pairs of lines; the answer goes to
/// `out`, `[lines][stride]` with a line for every 16 keys, as the f32 product reads it. Columns behind the last key become 0.
pub fn softmax(arch: Arch, scores: &[[Floats; 2]], stride: usize, rows: usize, keys: usize, out: &mut [Floats]) {
    arch.dispatch(Softmax { scores, stride, rows, keys, out });
}

struct Softmax<'a> {
    scores: &'a [[Floats; 2]],
    stride: usize,
    rows: usize,
    keys: usize,
    out: &'a mut [Floats],
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { scores, stride, rows, keys, out } = self;
        let lines = keys.div_ceil(LINE);
        let behind = lines * LINE - keys;
        for row in 0..rows {
            let mut largest = simd.splat_f32s(f32::MIN);
            for line in 0..lines {
                let mut of_line = scores[line / 2 * stride + row][line % 2];
                if line + 1 == lines {
                    of_line.0[LINE - behind..].fill(f32::MIN);
                }
                for &x in S::as_simd_f32s(&of_line.0).0 {
                    largest = simd.max_f32s(largest, x);
                }
                out[line * stride + row] = of_line;
            }
            let largest = simd.splat_f32s(simd.reduce_max_f32s(largest));
            let mut sum = simd.splat_f32s(0.0);
            for line in 0..lines {
                let of_line = &mut out[line * stride + row];
                for x in S::as_mut_simd_f32s(&mut of_line.0).0 {
                    *x = exp(simd, simd.sub_f32s(*x, largest));
                }
                if line + 1 == lines {
                    of_line.0[LINE - behind..].fill(0.0);
                }
                for &x in S::as_simd_f32s(&of_line.0).0 {
                    sum = simd.add_f32s(sum, x);
                }
            }
            let inverse = simd.splat_f32s(1.0 / simd.reduce_sum_f32s(sum));
            for line in 0..lines {
                for x in S::as_mut_simd_f32s(&mut out[line * stride + row].0).0 {
                    *x = simd.mul_f32s(*x, inverse);
                }
            }
        }
    }
}

/// Mean and inverse deviation of each row over `lines`, each `[rows]`: what layer norm needs of a row.
pub fn moments(arch: Arch, lines: &[&[Floats]], rows: usize, eps: f32) -> Vec<(f32, f32)> {
    arch.dispatch(Moments { lines, rows, eps })
}

struct Moments<'a> {
    lines: &'a [&'a [Floats]],
    rows: usize,
    eps: f32,
}

impl WithSimd for Moments<'_> {
    type Output = Vec<(f32, f32)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let count = (self.lines.len() * LINE) as f32;
        let mut moments = Vec::with_capacity(self.rows);
        // A plain loop: in a closure the instructions would be calls.
        for row in 0..self.rows {
            let mut sum = simd.splat_f32s(0.0);
            for line in self.lines {
                for &x in S::as_simd_f32s(&line[row].0).0 {
                    sum = simd.add_f32s(sum, x);
                }
            }
            let mean = simd.reduce_sum_f32s(sum) / count;
            let (mut squares, centre) = (simd.splat_f32s(0.0), simd.splat_f32s(mean));
            for line in self.lines {
                for &x in S::as_simd_f32s(&line[row].0).0 {
                    let away = simd.sub_f32s(x, centre);
                    squares = simd.mul_add_f32s(away, away, squares);
                }
            }
            moments.push((mean, 1.0 / (simd.reduce_sum_f32s(squares) / count + self.eps).sqrt()));
        }
        moments
    }
}

/// `(x - mean) * inverse deviation * scale + shift` for each row of one line.
pub fn normalize(arch: Arch, line: &[Floats], out: &mut [Floats], moments: &[(f32, f32)], scale: &Floats, shift: &Floats) {
    arch.dispatch(
        #[inline(always)]
        || {
            for ((out, x), &(mean, inverse)) in out.iter_mut().zip(line).zip(moments) {
                for lane in 0..LINE {
                    out.0[lane] = (x.0[lane] - mean) * inverse * scale.0[lane] + shift.0[lane];
                }
            }
        },
    );
}
