//! What happens to numbers between the products: activations, softmax, layer norm, and the forms that products read. In safe
//! code over `pulp`'s widest registers.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::embed::spec::Activation;
use crate::matmul::round::{Scale, Seen, as_bf16, as_bytes};
use crate::matmul::{Floats, LINE, Lanes};

/// The least and the largest numbers of rows, lane by lane.
pub type Seeing<'a> = [&'a mut [Floats]; 2];

/// What takes the outputs of a product after their activation.
pub enum Activated<'a> {
    /// Two lines of rows.
    Floats([&'a mut [Floats]; 2]),
    /// The same, and what was seen of each row so far.
    Measured([&'a mut [Floats]; 2], Seeing<'a>),
    /// Rounded to pairs of bf16.
    Bf16(&'a mut [Lanes]),
}

/// `activation` of every number of `out`. GELU is exact to 1.2e-6.
pub fn activate(arch: Arch, activation: Activation, out: &[[Floats; 2]], into: Activated<'_>) {
    arch.dispatch(Activate { activation, out, into });
}

struct Activate<'a> {
    activation: Activation,
    out: &'a [[Floats; 2]],
    into: Activated<'a>,
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.activation {
            Activation::Gelu => self.by::<S, Gelu>(simd),
            Activation::GeluTanh => self.by::<S, GeluTanh>(simd),
            Activation::Relu => self.by::<S, Relu>(simd),
            Activation::Tanh => self.by::<S, Tanh>(simd),
            Activation::Identity => self.by::<S, Identity>(simd),
        }
    }
}

/// An activation. A trait, since the instructions of a closure would be calls.
trait Function {
    fn of<S: Simd>(simd: S, x: S::f32s) -> S::f32s;
}

macro_rules! functions {
    ($($name:ident by $of:expr;)+) => {
        $(struct $name;
        impl Function for $name {
            #[inline(always)]
            fn of<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
                $of(simd, x)
            }
        })+
    };
}

functions! {
    Gelu by gelu;
    GeluTanh by gelu_tanh;
    Relu by relu;
    Tanh by tanh;
    Identity by same;
}

impl Activate<'_> {
    #[inline(always)]
    fn by<S: Simd, F: Function>(self, simd: S) {
        match self.into {
            Activated::Floats([first, second]) => {
                for ((a, b), row) in first.iter_mut().zip(second).zip(self.out) {
                    *a = activated::<S, F>(simd, &row[0]);
                    *b = activated::<S, F>(simd, &row[1]);
                }
            }
            Activated::Measured([first, second], [least, most]) => {
                let rows = first.iter_mut().zip(second).zip(least.iter_mut().zip(most)).zip(self.out);
                for (((a, b), (least, most)), row) in rows {
                    *a = activated::<S, F>(simd, &row[0]);
                    *b = activated::<S, F>(simd, &row[1]);
                    let seen = Seen { least: *least, most: *most };
                    Seen { least: *least, most: *most } = seen.and(simd, a).and(simd, b);
                }
            }
            Activated::Bf16(lanes) => {
                for (lanes, row) in lanes.iter_mut().zip(self.out) {
                    *lanes = as_bf16(&activated::<S, F>(simd, &row[0]), &activated::<S, F>(simd, &row[1]));
                }
            }
        }
    }
}

#[inline(always)]
fn activated<S: Simd, F: Function>(simd: S, line: &Floats) -> Floats {
    let mut out = Floats::ZERO;
    for (out, x) in S::as_mut_simd_f32s(&mut out.0).0.iter_mut().zip(S::as_simd_f32s(&line.0).0) {
        *out = F::of(simd, *x);
    }
    out
}

#[inline(always)]
fn same<S: Simd>(_: S, x: S::f32s) -> S::f32s {
    x
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

/// Softmax over the first `keys` columns of each row, but for the division: `scores` is `[panels][stride]` pairs of lines; the
/// exponentials go to `out`, `[lines][stride]` with a line for every 16 keys, as the f32 product reads it, and the inverse of
/// each row's sum to `inverses`. What `out` has behind the last key is no number to be used.
#[inline(always)]
pub fn exponentials<S: Simd>(
    simd: S,
    scores: &[[Floats; 2]],
    stride: usize,
    keys: usize,
    out: &mut [Floats],
    inverses: &mut [f32],
) {
    let lines = keys.div_ceil(LINE);
    let mut behind = Floats::ZERO;
    behind.0[LINE - (lines * LINE - keys)..].fill(f32::MIN / 2.0);
    for (row, inverse) in inverses.iter_mut().enumerate() {
        let mut largest = simd.splat_f32s(f32::MIN);
        for line in 0..lines {
            let of_line = scores[line / 2 * stride + row][line % 2];
            let of_line = if line + 1 == lines { sum_of(simd, &of_line, &behind) } else { of_line };
            for &x in S::as_simd_f32s(&of_line.0).0 {
                largest = simd.max_f32s(largest, x);
            }
            out[line * stride + row] = of_line;
        }
        let largest = simd.splat_f32s(simd.reduce_max_f32s(largest));
        let mut sum = simd.splat_f32s(0.0);
        for line in 0..lines {
            for x in S::as_mut_simd_f32s(&mut out[line * stride + row].0).0 {
                *x = exp(simd, simd.sub_f32s(*x, largest));
                sum = simd.add_f32s(sum, *x);
            }
        }
        *inverse = 1.0 / simd.reduce_sum_f32s(sum);
    }
}

#[inline(always)]
fn sum_of<S: Simd>(simd: S, x: &Floats, y: &Floats) -> Floats {
    let mut out = *x;
    for (out, y) in S::as_mut_simd_f32s(&mut out.0).0.iter_mut().zip(S::as_simd_f32s(&y.0).0) {
        *out = simd.add_f32s(*out, *y);
    }
    out
}

/// Layer norm of rows, and what the next product reads of them.
pub struct Normalize<'a> {
    /// All lines of the numbers, each `[rows]`.
    pub lines: &'a [&'a [Floats]],
    pub rows: usize,
    pub eps: f32,
    /// Line by line.
    pub scale: &'a [Floats],
    pub shift: &'a [Floats],
    /// The lines that are to be written.
    pub own: Range<usize>,
    pub out: Vec<&'a mut [Floats]>,
    pub rounded: Rounded<'a>,
}

/// The form in which products read some lines.
pub enum Rounded<'a> {
    /// As they are.
    Floats,
    /// Pairs of bf16: two lines each.
    Bf16(Vec<&'a mut [Lanes]>),
    /// Bytes: four lines each, and what they stand for in each row.
    Bytes(Vec<&'a mut [Lanes]>, &'a mut Vec<Scale>),
}

/// Rows that are normalised together: all their lines stay in the first-level cache.
const GROUP: usize = 16;

impl WithSimd for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for first in (0..self.rows).step_by(GROUP) {
            let group = first..self.rows.min(first + GROUP);
            let mut moments = [(0.0, 0.0); GROUP];
            for (moments, row) in moments.iter_mut().zip(group.clone()) {
                *moments = self.moments(simd, row);
            }
            if let Rounded::Bytes(_, scales) = &mut self.rounded {
                for (moments, row) in moments.iter().zip(group.clone()) {
                    let mut seen = Seen::NOTHING;
                    for ((line, scale), shift) in self.lines.iter().zip(self.scale).zip(self.shift) {
                        seen = seen.and(simd, &normal(simd, &line[row], *moments, scale, shift));
                    }
                    scales.push(seen.extent(simd).scale());
                }
            }
            for (out, number) in self.out.iter_mut().zip(self.own.clone()) {
                let (line, scale, shift) = (&self.lines[number][group.clone()], &self.scale[number], &self.shift[number]);
                for ((out, line), moments) in out[group.clone()].iter_mut().zip(line).zip(&moments) {
                    *out = normal(simd, line, *moments, scale, shift);
                }
            }
            match &mut self.rounded {
                Rounded::Floats => {}
                Rounded::Bf16(lanes) => {
                    for (lanes, two) in lanes.iter_mut().zip(self.out.chunks(2)) {
                        for (row, lanes) in group.clone().zip(&mut lanes[group.clone()]) {
                            *lanes = as_bf16(&two[0][row], &two[1][row]);
                        }
                    }
                }
                Rounded::Bytes(lanes, scales) => {
                    for (lanes, four) in lanes.iter_mut().zip(self.out.chunks(4)) {
                        for (row, lanes) in group.clone().zip(&mut lanes[group.clone()]) {
                            *lanes = as_bytes(simd, four.iter().map(|line| &line[row]), scales[row]);
                        }
                    }
                }
            }
        }
    }
}

impl Normalize<'_> {
    /// Mean and inverse deviation of a row.
    #[inline(always)]
    fn moments<S: Simd>(&self, simd: S, row: usize) -> (f32, f32) {
        let count = (self.lines.len() * LINE) as f32;
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
        (mean, 1.0 / (simd.reduce_sum_f32s(squares) / count + self.eps).sqrt())
    }
}

/// `(x - mean) * inverse deviation * scale + shift` of one line.
#[inline(always)]
fn normal<S: Simd>(simd: S, line: &Floats, (mean, inverse): (f32, f32), scale: &Floats, shift: &Floats) -> Floats {
    let (mean, inverse) = (simd.splat_f32s(mean), simd.splat_f32s(inverse));
    let mut out = Floats::ZERO;
    let numbers = S::as_simd_f32s(&line.0).0.iter().zip(S::as_simd_f32s(&scale.0).0).zip(S::as_simd_f32s(&shift.0).0);
    for (out, ((x, scale), shift)) in S::as_mut_simd_f32s(&mut out.0).0.iter_mut().zip(numbers) {
        let away = simd.mul_f32s(simd.sub_f32s(*x, mean), inverse);
        *out = simd.mul_add_f32s(away, *scale, *shift);
    }
    out
}

/// The sums of two lines of rows.
pub fn add<'a>(arch: Arch, x: &[Floats], y: impl Iterator<Item = &'a Floats>, out: &mut [Floats]) {
    arch.dispatch(Add { x, y, out });
}

struct Add<'a, Y> {
    x: &'a [Floats],
    y: Y,
    out: &'a mut [Floats],
}

impl<'a, Y: Iterator<Item = &'a Floats>> WithSimd for Add<'_, Y> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for ((out, x), y) in self.out.iter_mut().zip(self.x).zip(self.y) {
            *out = sum_of(simd, x, y);
        }
    }
}
