//! One linear layer, its weights packed once at load in the form a kernel reads.

use std::ops::Range;

use pulp::Arch;

use super::kernels::{self, Bf16, Bytes, Panel, ROWS, Scaling};
use super::lines::{Floats, LINE, Lanes, PANEL};
use super::round::{Scale, as_bf16};

/// How products are computed.
#[derive(Debug, Clone, Copy)]
pub enum Kernel {
    F32,
    Bf16(Bf16),
    Bytes(Bytes),
}

impl Kernel {
    /// `rows` filled up to whole tiles of this kernel.
    pub fn padded(self, rows: usize) -> usize {
        let tile = match self {
            Self::F32 => kernels::f32::ROWS,
            Self::Bf16(bf16) => bf16.tile(),
            Self::Bytes(bytes) => bytes.tile(),
        };
        rows.next_multiple_of(tile)
    }
}

/// `y = W x + b`, by panels of 32 outputs.
pub struct Linear {
    panels: usize,
    weights: Weights,
    bias: Vec<[Floats; 2]>,
}

/// `[panels][inputs / numbers in a lane]` pairs of lines; a line has a column in each lane. Which inputs share a lane is the
/// same as in the activations: see `round`.
enum Weights {
    F32(Vec<[Floats; 2]>),
    Bf16(Vec<[Lanes; 2]>),
    /// With the step between two bytes of each column, and the sum of its bytes.
    Bytes {
        lanes: Vec<[Lanes; 2]>,
        steps: Vec<[Floats; 2]>,
        totals: Vec<[[i32; LINE]; 2]>,
    },
}

/// What a linear layer reads: slices of lines in the kernel's form, each `[rows]`.
pub enum Inputs<'a> {
    F32(Vec<&'a [Floats]>),
    Bf16(Vec<&'a [Lanes]>),
    /// With what the bytes of each row stand for.
    Bytes(Vec<&'a [Lanes]>, &'a [Scale]),
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
        let panels = columns.len() / PANEL;
        let bias = match bias {
            [] => vec![[Floats::ZERO; 2]; panels],
            bias => bias.chunks_exact(PANEL).map(pair).collect(),
        };
        Self { panels, weights, bias }
    }

    pub fn panels(&self) -> usize {
        self.panels
    }

    /// Computes the outputs of some panels for `tall` rows (whole tiles). `take` gets the panel, the first row, and the
    /// outputs of some rows from there, still in the cache.
    pub fn run(
        &self,
        arch: Arch,
        kernel: Kernel,
        inputs: &Inputs<'_>,
        tall: usize,
        panels: Range<usize>,
        mut take: impl FnMut(usize, usize, &mut [[Floats; 2]]),
    ) {
        let mut out = [[Floats::ZERO; 2]; ROWS];
        match (kernel, &self.weights, inputs) {
            (Kernel::F32, Weights::F32(weights), Inputs::F32(a)) => {
                for (panel, from, count) in blocks(panels, tall) {
                    let out = &mut out[..count];
                    kernels::f32::product(arch, a, self.panel(weights, panel, from..from + count, tall), from, out);
                    take(panel, from, out);
                }
            }
            (Kernel::Bf16(bf16), Weights::Bf16(weights), Inputs::Bf16(a)) => bf16.with(arch, |product| {
                for (panel, from, count) in blocks(panels, tall) {
                    let out = &mut out[..count];
                    product(a, self.panel(weights, panel, from..from + count, tall), from, out);
                    take(panel, from, out);
                }
            }),
            (Kernel::Bytes(bytes), Weights::Bytes { lanes, steps, totals }, Inputs::Bytes(a, scales)) => {
                bytes.with(|product| {
                    for (panel, from, count) in blocks(panels, tall) {
                        let out = &mut out[..count];
                        let rows = &scales[from..from + count];
                        let scaling = Scaling { rows, steps: &steps[panel], totals: &totals[panel] };
                        product(a, self.panel(lanes, panel, from..from + count, tall), scaling, from, out);
                        take(panel, from, out);
                    }
                });
            }
            _ => unreachable!("inputs, weights and kernel are of one form"),
        }
    }

    /// A panel for some of all rows, and the part of the next one that it is their turn to ask for.
    fn panel<'a, L>(&'a self, weights: &'a [[L; 2]], number: usize, of: Range<usize>, rows: usize) -> Panel<'a, L> {
        let size = weights.len() / self.panels;
        let mut panels = weights[number * size..].chunks_exact(size);
        let (weights, next) = (panels.next().unwrap_or_default(), panels.next().unwrap_or_default());
        let next = &next[next.len() * of.start / rows..next.len() * of.end / rows];
        Panel { weights, bias: &self.bias[number], next }
    }
}

/// (panel, first row, rows) for all blocks of rows of some panels.
fn blocks(panels: Range<usize>, rows: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    panels.flat_map(move |panel| (0..rows).step_by(ROWS).map(move |from| (panel, from, ROWS.min(rows - from))))
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
    let (mut lanes, mut steps, mut totals) = (Vec::new(), Vec::new(), Vec::new());
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
        let total = |column: &[i8]| column.iter().map(|&byte| i32::from(byte)).sum::<i32>();
        totals.push(std::array::from_fn(|line| std::array::from_fn(|c| total(&of_panel[line * LINE + c].0))));
    }
    Weights::Bytes { lanes, steps, totals }
}

/// Signed bytes, and the step between two of them.
fn quantize(column: &[f32]) -> (Vec<i8>, f32) {
    let step = column.iter().fold(1e-12, |largest: f32, x| largest.max(x.abs())) / 127.0;
    (column.iter().map(|x| (x / step).round() as i8).collect(), step)
}
