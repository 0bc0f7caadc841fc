//! The kernels against plain sums in f64, on random shapes.

use proptest::prelude::*;
use pulp::{Arch, Simd, WithSimd};

use super::attention::{Place, Scratch, attend};
use super::elementwise::{Activated, activate, exponentials};
use crate::embed::spec::Activation;
use crate::matmul::round::{Extent, Scale, extents, round_to_bf16, round_to_bytes};
use crate::matmul::{Bf16, Bytes, Floats, Inputs, Kernel, LINE, Lanes, Linear, PANEL, TILE, kernels, padded};

/// Every kernel that this processor has.
fn all_kernels() -> Vec<Kernel> {
    #[cfg(target_arch = "x86_64")]
    let bf16 = [
        kernels::amx::Amx::detect().map(|amx| Kernel::Bf16(Bf16::Amx(amx))),
        kernels::avx512::Bf16::detect().map(|bf16| Kernel::Bf16(Bf16::Avx512(bf16))),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let bf16: [Option<Kernel>; 0] = [];
    let bytes = Bytes::all().into_iter().map(Kernel::Bytes);
    std::iter::once(Kernel::F32).chain(bf16.into_iter().flatten()).chain(bytes).collect()
}

/// Every width of registers that this processor has, one number too.
fn all_widths() -> Vec<Arch> {
    #[cfg(target_arch = "x86_64")]
    let narrower = pulp::x86::V3::try_new().map(Arch::V3);
    #[cfg(not(target_arch = "x86_64"))]
    let narrower = None;
    [Some(Arch::new()), narrower, Some(Arch::Scalar)].into_iter().flatten().collect()
}

/// `[rows, features]` as lines of features, each `[stride]`.
fn as_lines(x: &[f32], features: usize, stride: usize) -> Vec<Vec<Floats>> {
    let line = |first: usize| {
        let mut line = vec![Floats::ZERO; stride];
        for (out, row) in line.iter_mut().zip(x.chunks_exact(features)) {
            out.0.copy_from_slice(&row[first..first + LINE]);
        }
        line
    };
    (0..features).step_by(LINE).map(line).collect()
}

fn borrowed<L>(lines: &[Vec<L>]) -> Vec<&[L]> {
    lines.iter().map(Vec::as_slice).collect()
}

/// Random numbers from -1 to 1, the same for the same seed.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

struct Exponentials<'a> {
    scores: &'a [[Floats; 2]],
    keys: usize,
    shares: &'a mut [Floats],
    inverses: &'a mut [f32],
}

impl WithSimd for Exponentials<'_> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        exponentials(simd, self.scores, 1, self.keys, self.shares, self.inverses);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kernel_computes_the_product(seed: u64, rows in 1usize..130, input_panels in 1usize..7, output_panels in 1usize..4) {
        let (inputs, outputs) = (input_panels * PANEL, output_panels * PANEL);
        // On one side of zero, on both, on the other.
        let beside = (seed % 3) as f32 / 2.0 - 0.5;
        let x: Vec<f32> = numbers(seed, rows * inputs).iter().map(|x| x / 2.0 + beside).collect();
        let (w, b) = (numbers(seed ^ 1, outputs * inputs), numbers(seed ^ 2, outputs));
        let all = all_widths().into_iter().flat_map(|arch| all_kernels().into_iter().map(move |kernel| (arch, kernel)));
        for (arch, kernel) in all {
            let tall = kernel.padded(rows);
            let lines = as_lines(&x, inputs, tall);
            let linear = Linear::pack(kernel, &w, &b, inputs);
            let lines = borrowed(&lines);
            let scales: Vec<Scale> = extents(arch, &lines, tall).into_iter().map(Extent::scale).collect();
            let mut packed = Vec::new();
            match kernel {
                Kernel::F32 => {}
                Kernel::Bf16(_) => for two in lines.chunks(2) {
                    packed.push(vec![Lanes::ZERO; tall]);
                    round_to_bf16(arch, two[0], two[1], packed.last_mut().expect("one"));
                }
                Kernel::Bytes(_) => for four in lines.chunks(4) {
                    packed.push(vec![Lanes::ZERO; tall]);
                    round_to_bytes(arch, four, &scales, packed.last_mut().expect("one"));
                }
            }
            let a = match kernel {
                Kernel::F32 => Inputs::F32(lines.clone()),
                Kernel::Bf16(_) => Inputs::Bf16(borrowed(&packed)),
                Kernel::Bytes(_) => Inputs::Bytes(borrowed(&packed), &scales),
            };
            // Rounding errors add up like a random walk; each number is below 1. The largest of some ten thousand sums is looked at.
            let tolerance = (inputs as f64).sqrt() * match kernel {
                Kernel::F32 => 3e-6,
                Kernel::Bf16(_) => 6e-3,
                Kernel::Bytes(_) => 1.2e-2,
            };
            let mut seen = 0;
            linear.run(arch, kernel, &a, tall, 0..output_panels, |panel, from, out| {
                for (row, out) in (from..).zip(out).take_while(|(row, _)| *row < rows) {
                    for column in 0..PANEL {
                        let output = panel * PANEL + column;
                        let products = (0..inputs).map(|i| f64::from(x[row * inputs + i]) * f64::from(w[output * inputs + i]));
                        let plain = f64::from(b[output]) + products.sum::<f64>();
                        let ours = f64::from(out[column / LINE].0[column % LINE]);
                        assert!((plain - ours).abs() < tolerance, "{}: {plain} is {ours}", kernel.name());
                        seen += 1;
                    }
                }
            });
            prop_assert_eq!(seen, rows * outputs);
        }
    }

    #[test]
    fn attention_is_that_of_each_head_alone(seed: u64, size in prop::sample::select(vec![8usize, 16, 32, 64]), length in 1usize..100, before in 0usize..20) {
        let heads = PANEL.div_ceil(size);
        let (hidden, rows) = (heads * size, before + length);
        let stride = padded(rows) + TILE;
        let [q, k, v] = [3, 4, 5].map(|salt| numbers(seed ^ salt, rows * hidden));
        let [ql, kl, vl] = [&q, &k, &v].map(|x| as_lines(x, hidden, stride));
        let by_width = all_widths().into_iter().map(|arch| {
            let mut mixed = vec![vec![Floats::ZERO; stride]; hidden / LINE];
            let mut scratch = Scratch::default();
            for head in 0..heads {
                let mut mixed: Vec<&mut [Floats]> = mixed.iter_mut().map(Vec::as_mut_slice).collect();
                let from = [&borrowed(&ql)[..], &borrowed(&kl), &borrowed(&vl)];
                attend(arch, &Place::of(head, size), &(before..rows), from, &mut mixed, &mut scratch);
            }
            mixed
        });
        let by_width: Vec<_> = by_width.collect();
        for head in 0..heads {
            for row in before..rows {
                let at = |x: &[f32], row: usize, i: usize| f64::from(x[row * hidden + head * size + i]);
                let score = |key: usize| (0..size).map(|i| at(&q, row, i) * at(&k, key, i)).sum::<f64>().exp();
                let shares: Vec<f64> = (before..rows).map(score).collect();
                let sum: f64 = shares.iter().sum();
                for i in 0..size {
                    let plain = shares.iter().zip(before..rows).map(|(share, key)| share * at(&v, key, i)).sum::<f64>() / sum;
                    for mixed in &by_width {
                        let feature = head * size + i;
                        let ours = f64::from(mixed[feature / LINE][row].0[feature % LINE]);
                        prop_assert!((plain - ours).abs() < 1e-5, "head {} row {} number {}: {} is {}", head, row, i, plain, ours);
                    }
                }
            }
        }
        prop_assert!(by_width.iter().flatten().all(|line| line[..before].iter().all(|row| *row == Floats::ZERO)), "another text's rows");
    }

    #[test]
    fn softmax_is_that_of_the_keys_alone(seed: u64, keys in 1usize..90) {
        let panels = keys.div_ceil(PANEL);
        let scores: Vec<f32> = numbers(seed, panels * PANEL).iter().map(|x| x * 30.0).collect();
        let rows: Vec<[Floats; 2]> = scores.chunks_exact(PANEL).map(|panel| {
            std::array::from_fn(|line| Floats(std::array::from_fn(|lane| panel[line * LINE + lane])))
        }).collect();
        let largest = scores[..keys].iter().copied().fold(f32::MIN, f32::max);
        let sum: f64 = scores[..keys].iter().map(|x| f64::from(x - largest).exp()).sum();
        for arch in all_widths() {
            let (mut shares, mut inverses) = (vec![Floats([7.0; LINE]); keys.div_ceil(LINE)], [0.0]);
            arch.dispatch(Exponentials { scores: &rows, keys, shares: &mut shares, inverses: &mut inverses });
            for ((key, share), x) in shares.iter().flat_map(|line| line.0).enumerate().zip(&scores[..keys]) {
                let (plain, ours) = (f64::from(x - largest).exp() / sum, f64::from(share * inverses[0]));
                prop_assert!((plain - ours).abs() < 1e-6, "key {}: {} is {}", key, plain, ours);
            }
        }
    }
}

#[test]
fn activations_are_those_of_the_textbook() {
    let numbers: Vec<f32> = (-6_000..6_000).map(|i| i as f32 / 1_000.0).collect();
    // The error function by its series, to 1e-12 in this range.
    let erf = |x: f64| {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    };
    type Plain<'a> = &'a dyn Fn(f64) -> f64;
    let gelu_tanh = |x: f64| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh());
    let cases: [(Activation, Plain<'_>); 5] = [
        (Activation::Gelu, &|x| 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))),
        (Activation::GeluTanh, &gelu_tanh),
        (Activation::Relu, &|x| x.max(0.0)),
        (Activation::Tanh, &f64::tanh),
        (Activation::Identity, &|x| x),
    ];
    for (arch, (activation, plain)) in all_widths().into_iter().flat_map(|arch| cases.map(|case| (arch, case))) {
        for sixteen in numbers.as_chunks::<LINE>().0 {
            let (mut first, mut second) = ([Floats::ZERO], [Floats::ZERO]);
            let out = [[Floats::ZERO, Floats(*sixteen)]];
            activate(arch, activation, &out, Activated::Floats([&mut first, &mut second]));
            for (x, ours) in sixteen.iter().zip(second[0].0) {
                let expected = plain(f64::from(*x));
                assert!((expected - f64::from(ours)).abs() < 2e-6, "{activation:?} of {x}: {expected} is {ours}");
            }
        }
    }
}
