//! One linear layer, its weights packed once at load in the form a kernel reads.

use pulp::{Arch, Simd, WithSimd};

use super::kernels::{self, Bf16, Bytes};
use super::lines::{Floats, LINE, Lanes, PANEL};
use super::round::as_bf16;

/// Rows of sums that stay in the first-level cache between a kernel and what is done with them.
const ROWS: usize = 64;

/// How products are computed.
#[derive(Debug, Clone, Copy)]
pub enum Kernel {
    F32,
    Bf16(Bf16),
    Bytes(Bytes),
}

/// `y = W x + b`, by panels of 32 outputs.
pub struct Linear {
    inputs: usize,
    panels: usize,
    weights: Weights,
    bias: Vec<[Floats; 2]>,
}

/// `[panels][inputs / numbers in a lane]` pairs of lines; a line has a column in each lane. Which inputs share a lane is the
/// same as in the activations: see `round`.
enum Weights {
    F32(Vec<[Floats; 2]>),
    Bf16(Vec<[Lanes; 2]>),
    /// With the step between two bytes of each column, and 128 times the sum of its bytes: activations are bytes around 128.
    Bytes {
        lanes: Vec<[Lanes; 2]>,
        steps: Vec<[Floats; 2]>,
        offsets: Vec<[[i32; LINE]; 2]>,
    },
}

/// What a linear layer reads: slices of lines in the kernel's form, each `[rows]`.
pub enum Inputs<'a> {
    F32(Vec<&'a [Floats]>),
    Bf16(Vec<&'a [Lanes]>),
    /// With the step between two bytes of each row.
    Bytes(Vec<&'a [Lanes]>, &'a [f32]),
}

impl Linear {
    /// `weight` is `[outputs, inputs]`, `bias` `[outputs]` or empty; both sizes are multiples of 32.
    pub fn pack(kernel: Kernel, weight: &[f32], bias: &[f32], inputs: usize) -> Self {
        let columns: Vec<&[f32]> = weight.chunks_exact(inputs).collect();
        let weights = match kernel {
            Kernel::F32 => Weights::F32(columns.chunks_exact(PANEL).flat_map(|panel| pack_f32(panel, inputs)).collect()),
            Kernel::Bf16(_) => Weights::Bf16(columns.chunks_exact(PANEL).flat_map(|panel| pack_bf16(panel, inputs)).collect()),
            Kernel::Bytes(_) => pack_bytes(&columns, inputs),
        };
        Self { inputs, panels: columns.len() / PANEL, weights, bias: bias.chunks_exact(PANEL).map(pair).collect() }
    }

    pub fn panels(&self) -> usize {
        self.panels
    }

    /// Computes the outputs of some panels for `rows` rows (whole tiles). `take` gets the panel, the first row, and the
    /// outputs of some rows from there, still in the cache.
    pub fn run(
        &self,
        arch: Arch,
        kernel: Kernel,
        inputs: &Inputs<'_>,
        rows: usize,
        panels: std::ops::Range<usize>,
        mut take: impl FnMut(usize, usize, &mut [[Floats; 2]]),
    ) {
        let mut out = [[Floats::ZERO; 2]; ROWS];
        match (kernel, &self.weights, inputs) {
            (Kernel::F32, Weights::F32(weights), Inputs::F32(a)) => {
                for (panel, from, count) in blocks(panels, rows) {
                    let out = &mut out[..count];
                    kernels::f32::product(arch, a, part(weights, panel, self.inputs), from, out);
                    self.add_bias(arch, panel, out);
                    take(panel, from, out);
                }
            }
            (Kernel::Bf16(bf16), Weights::Bf16(weights), Inputs::Bf16(a)) => bf16.with(|product| {
                for (panel, from, count) in blocks(panels, rows) {
                    let out = &mut out[..count];
                    product(a, part(weights, panel, self.inputs / 2), from, out);
                    self.add_bias(arch, panel, out);
                    take(panel, from, out);
                }
            }),
            (Kernel::Bytes(bytes), Weights::Bytes { lanes, steps, offsets }, Inputs::Bytes(a, row_steps)) => {
                let mut sums = [[Lanes::ZERO; 2]; ROWS];
                bytes.with(|product| {
                    for (panel, from, count) in blocks(panels, rows) {
                        let (sums, out) = (&mut sums[..count], &mut out[..count]);
                        product(a, part(lanes, panel, self.inputs.next_multiple_of(4 * LINE) / 4), from, sums);
                        scale(arch, sums, &row_steps[from..], &steps[panel], &offsets[panel], out);
                        self.add_bias(arch, panel, out);
                        take(panel, from, out);
                    }
                });
            }
            _ => unreachable!("inputs, weights and kernel are of one form"),
        }
    }

    fn add_bias(&self, arch: Arch, panel: usize, out: &mut [[Floats; 2]]) {
        let Some(bias) = self.bias.get(panel) else { return };
        arch.dispatch(
            #[inline(always)]
            || {
                for row in out {
                    for (line, bias) in row.iter_mut().zip(bias) {
                        for (x, bias) in line.0.iter_mut().zip(bias.0) {
                            *x += bias;
                        }
                    }
                }
            },
        );
    }
}

/// (panel, first row, rows) for all blocks of rows of some panels.
fn blocks(panels: std::ops::Range<usize>, rows: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    panels.flat_map(move |panel| (0..rows).step_by(ROWS).map(move |from| (panel, from, ROWS.min(rows - from))))
}

fn part<T>(weights: &[T], panel: usize, lines: usize) -> &[T] {
    &weights[panel * lines..(panel + 1) * lines]
}

fn pair(of_panel: &[f32]) -> [Floats; 2] {
    std::array::from_fn(|line| Floats(std::array::from_fn(|lane| of_panel[line * LINE + lane])))
}

fn pack_f32(columns: &[&[f32]], inputs: usize) -> Vec<[Floats; 2]> {
    let line = |k: usize, line: usize| Floats(std::array::from_fn(|lane| columns[line * LINE + lane][k]));
    (0..inputs).map(|k| [line(k, 0), line(k, 1)]).collect()
}

fn pack_bf16(columns: &[&[f32]], inputs: usize) -> Vec<[Lanes; 2]> {
    let blocks = (0..inputs).step_by(2 * LINE);
    blocks
        .flat_map(|block| (0..LINE).map(move |lane| block + lane))
        .map(|k| {
            std::array::from_fn(|line| {
                let number = |k: usize| Floats(std::array::from_fn(|lane| columns[line * LINE + lane][k]));
                as_bf16(&number(k), &number(k + LINE))
            })
        })
        .collect()
}

fn pack_bytes(columns: &[&[f32]], inputs: usize) -> Weights {
    let (mut lanes, mut steps, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
    for panel in columns.chunks_exact(PANEL) {
        let of_panel: Vec<(Vec<i8>, f32)> = panel.iter().map(|column| quantize(column)).collect();
        for block in (0..inputs).step_by(4 * LINE) {
            for lane in 0..LINE {
                let four = |column: &[i8]| {
                    let byte = |place: usize| column.get(block + place * LINE + lane).copied().unwrap_or(0) as u8;
                    u32::from_le_bytes(std::array::from_fn(byte))
                };
                let line = |line: usize| Lanes(std::array::from_fn(|column| four(&of_panel[line * LINE + column].0)));
                lanes.push([line(0), line(1)]);
            }
        }
        steps.push(std::array::from_fn(|line| Floats(std::array::from_fn(|c| of_panel[line * LINE + c].1))));
        let sum = |column: &[i8]| 128 * column.iter().map(|&byte| i32::from(byte)).sum::<i32>();
        offsets.push(std::array::from_fn(|line| std::array::from_fn(|c| sum(&of_panel[line * LINE + c].0))));
    }
    Weights::Bytes { lanes, steps, offsets }
}

/// Signed bytes, and the step between two of them.
fn quantize(column: &[f32]) -> (Vec<i8>, f32) {
    let step = column.iter().fold(1e-12, |largest: f32, x| largest.max(x.abs())) / 127.0;
    (column.iter().map(|x| (x / step).round() as i8).collect(), step)
}

fn scale(
    arch: Arch,
    sums: &[[Lanes; 2]],
    row_steps: &[f32],
    steps: &[Floats; 2],
    offsets: &[[i32; LINE]; 2],
    out: &mut [[Floats; 2]],
) {
    #[cfg(target_arch = "x86_64")]
    if kernels::avx512::scale(sums, row_steps, steps, offsets, out).is_some() {
        return;
    }
    arch.dispatch(Scale { sums, row_steps, steps, offsets, out });
}

struct Scale<'a> {
    sums: &'a [[Lanes; 2]],
    row_steps: &'a [f32],
    steps: &'a [Floats; 2],
    offsets: &'a [[i32; LINE]; 2],
    out: &'a mut [[Floats; 2]],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { sums, row_steps, steps, offsets, out } = self;
        for ((out, sums), row_step) in out.iter_mut().zip(sums).zip(row_steps) {
            for (((out, sums), steps), offsets) in out.iter_mut().zip(sums).zip(steps).zip(offsets) {
                *out = Floats(scaled(&sums.0, offsets, &steps.0, *row_step));
            }
        }
    }
}

/// One line: written as a loop over whole arrays, which becomes four instructions.
#[inline(always)]
fn scaled(sums: &[u32; LINE], offsets: &[i32; LINE], steps: &[f32; LINE], row_step: f32) -> [f32; LINE] {
    let mut line = [0.0; LINE];
    for lane in 0..LINE {
        line[lane] = (sums[lane] as i32).wrapping_sub(offsets[lane]) as f32 * (row_step * steps[lane]);
    }
    line
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn scaling_by_intrinsics_is_that_by_plain_code(
            sums in prop::collection::vec(any::<i32>().prop_map(|sum| sum >> 8), 64),
            offsets in prop::collection::vec(-1_000_000i32..1_000_000, 32),
            steps in prop::collection::vec(1e-5f32..1e-2, 32),
            row_steps in prop::collection::vec(1e-5f32..1e-2, 2),
        ) {
            let lanes = |row: usize, line: usize| Lanes(std::array::from_fn(|lane| sums[row * 32 + line * LINE + lane] as u32));
            let sums: Vec<[Lanes; 2]> = (0..2).map(|row| [lanes(row, 0), lanes(row, 1)]).collect();
            let offsets: [[i32; LINE]; 2] = std::array::from_fn(|line| std::array::from_fn(|lane| offsets[line * LINE + lane]));
            let steps = pair(&steps);
            let (mut fast, mut plain) = ([[Floats::ZERO; 2]; 2], [[Floats::ZERO; 2]; 2]);
            let (sums, row_steps) = (sums.as_slice(), row_steps.as_slice());
            if kernels::avx512::scale(sums, row_steps, &steps, &offsets, &mut fast).is_some() {
                Arch::new().dispatch(Scale { sums, row_steps, steps: &steps, offsets: &offsets, out: &mut plain });
                prop_assert_eq!(fast, plain);
            }
        }
    }
}
