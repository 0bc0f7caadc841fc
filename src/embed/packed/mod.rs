//! The fast forward pass: weights packed once for the processor's widest products, texts back to back without padding, and
//! each step fused with what comes before and after it.
//!
//! A pass ([`pass`]) is a sequence of steps. In each, the threads of a [`Team`] make disjoint slabs of one [`Sheet`] from others; between
//! steps they wait for each other. With one thread that is a plain loop. [`crate::matmul`] has the products, [`elementwise`] the rest.

mod attention;
mod elementwise;
mod pass;
mod sheet;
mod team;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use candle_core::Tensor;
use candle_nn::VarBuilder;
use pulp::Arch;

use self::pass::Pass;
use self::sheet::{Sheet, collect};
use self::team::Member;
pub use self::team::Team;
use super::spec::{Activation, Architecture, Family};
use super::tokenizer::Tokens;
use super::weights::WordTable;
pub use crate::matmul::Kernel;
use crate::matmul::{Bf16, Bytes, Floats, LINE, Lanes, Linear, PANEL, TILE, padded};

/// The form that weights and activations have in products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    F32,
    Bf16,
    /// Bytes: one step a column of weights, one a row of activations, found anew for each.
    Int8,
}

impl Kernel {
    /// The kernel for a precision, where the processor has one.
    pub fn detect(precision: Precision) -> Option<Self> {
        match precision {
            Precision::F32 => Some(Self::F32),
            Precision::Bf16 => Bf16::detect().map(Self::Bf16),
            Precision::Int8 => Bytes::detect().map(Self::Bytes),
        }
    }

    /// The fastest whose neighbors are those of f32, but for one in a hundred.
    pub fn best() -> Self {
        Bf16::detect().filter(|bf16| bf16.is_fast()).map_or(Self::F32, Self::Bf16)
    }

    /// The precision, and the instructions of the processor.
    pub fn name(self) -> String {
        match self {
            Self::F32 => format!("f32 ({})", instructions(Arch::new())),
            Self::Bf16(bf16) => bf16.name().into(),
            Self::Bytes(bytes) => bytes.name().into(),
        }
    }

    fn numbers_a_lane(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::Bf16(_) => 2,
            Self::Bytes(_) => 4,
        }
    }
}

fn instructions(arch: Arch) -> &'static str {
    struct Lanes;
    impl pulp::WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    match arch.dispatch(Lanes) {
        16 => "AVX-512",
        8 => "AVX2",
        4 => "NEON",
        _ => "portable",
    }
}

/// A transformer of the BERT family, packed.
pub struct Packed {
    arch: Arch,
    kernel: Kernel,
    shape: Shape,
    words: WordTable,
    /// `[positions, hidden]`, with the token type's row added.
    positions: Vec<f32>,
    /// The padding token, where positions are counted as RoBERTa does.
    counted_from: Option<u32>,
    norm: Norm,
    layers: Vec<Layer>,
    clock: Clock,
}

/// Where the time of all passes went, in nanoseconds of the first member.
#[derive(Default)]
struct Clock {
    whole: AtomicU64,
    products: AtomicU64,
    attention: AtomicU64,
}

/// Where the time of all passes went.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub whole: Duration,
    pub products: Duration,
    pub attention: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    hidden: usize,
    inner: usize,
    heads: usize,
    activation: Activation,
    eps: f32,
}

struct Layer {
    query_key_value: Linear,
    output: Linear,
    output_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

/// Scale and shift of layer norm, line by line.
struct Norm {
    scale: Vec<Floats>,
    shift: Vec<Floats>,
}

impl Norm {
    fn load(builder: &VarBuilder<'_>, hidden: usize) -> candle_core::Result<Self> {
        let lines = |name| Ok::<_, candle_core::Error>(as_lines(&numbers(&builder.get(hidden, name)?)?));
        Ok(Self { scale: lines("weight")?, shift: lines("bias")? })
    }
}

fn numbers(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

fn as_lines(numbers: &[f32]) -> Vec<Floats> {
    numbers.as_chunks::<LINE>().0.iter().copied().map(Floats).collect()
}

impl Packed {
    /// Whether the shapes are such that panels fit: sizes of whole panels, heads of a part of one or of whole ones.
    pub fn fits(architecture: &Architecture) -> bool {
        let head = architecture.hidden_size / architecture.heads.max(1);
        let whole = |n: usize| n > 0 && n.is_multiple_of(PANEL);
        whole(architecture.hidden_size)
            && whole(architecture.intermediate_size)
            && head * architecture.heads == architecture.hidden_size
            && (whole(head) || head > 0 && PANEL.is_multiple_of(head))
    }

    /// Packs the tensors of `builder` (BERT's names, f32) beside `words`, the table of pieces.
    pub fn load(
        architecture: &Architecture,
        builder: &VarBuilder<'_>,
        words: WordTable,
        kernel: Kernel,
    ) -> candle_core::Result<Self> {
        let shape = Shape {
            hidden: architecture.hidden_size,
            inner: architecture.intermediate_size,
            heads: architecture.heads,
            activation: architecture.activation,
            eps: architecture.layer_norm_eps as f32,
        };
        words.check(architecture.vocab_size, shape.hidden)?;
        let is_roberta = architecture.family == Family::Roberta;
        let before = if is_roberta { architecture.pad_token_id + 1 } else { 0 };
        let embeddings = builder.pp("embeddings");
        let rows = (architecture.max_positions + before, shape.hidden);
        let positions = embeddings.get(rows, "position_embeddings.weight")?;
        let types = embeddings.get((architecture.token_types.max(1), shape.hidden), "token_type_embeddings.weight")?;
        let positions = numbers(&positions.broadcast_add(&types.get(0)?)?)?;
        let layer = |number| Layer::load(&builder.pp(format!("encoder.layer.{number}")), shape, kernel);
        Ok(Self {
            arch: Arch::new(),
            kernel,
            shape,
            words,
            positions,
            counted_from: is_roberta.then_some(architecture.pad_token_id as u32),
            norm: Norm::load(&embeddings.pp("LayerNorm"), shape.hidden)?,
            layers: (0..architecture.layers).map(layer).collect::<Result<_, _>>()?,
            clock: Clock::default(),
        })
    }

    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub fn spent(&self) -> Spent {
        let read = |counter: &AtomicU64| Duration::from_nanos(counter.load(Ordering::Relaxed));
        let Clock { whole, products, attention } = &self.clock;
        Spent { whole: read(whole), products: read(products), attention: read(attention) }
    }

    /// Room for passes, to be used again and again; it grows with the largest batch.
    pub fn room(&self) -> Room {
        let Shape { hidden, inner, .. } = self.shape;
        let floats = |numbers: usize| Sheet::new(numbers / PANEL, 2);
        let lanes = |numbers: usize| Sheet::new(numbers.div_ceil(LINE * self.kernel.numbers_a_lane()), 1);
        // Each kernel has room for the forms that it reads alone.
        let (inner_floats, packed, packed_inner, seen) = match self.kernel {
            Kernel::F32 => (inner, 0, 0, 0),
            Kernel::Bf16(_) => (0, hidden, inner, 0),
            Kernel::Bytes(_) => (inner, hidden, inner, Team::LARGEST),
        };
        Room {
            stride: 0,
            x: floats(hidden),
            heads: floats(3 * hidden),
            mixed: floats(hidden),
            sum: floats(hidden),
            inner: floats(inner_floats),
            packed: lanes(packed),
            packed_inner: lanes(packed_inner),
            seen: Sheet::new(seen, 2),
        }
    }

    /// What a pass over some texts begins with.
    pub fn start(&self, texts: &[&Tokens]) -> candle_core::Result<Start> {
        let count = texts.iter().map(|text| text.ids.len()).sum();
        let ids: Vec<u32> = collect(count, texts.iter().flat_map(|text| &text.ids).copied());
        let places = collect(count, texts.iter().flat_map(|text| self.places(&text.ids)));
        let mut end = 0;
        let span = |text: &&Tokens| {
            let start = end;
            end += text.ids.len();
            start..end
        };
        Ok(Start { words: self.words.rows(&ids)?, places, spans: texts.iter().map(span).collect() })
    }

    /// One member's part of a pass. Every member of the team must call it with the same start and the same room. Afterwards
    /// the first rows of `room` hold the last hidden state; see [`Room::hidden`].
    pub fn forward(&self, member: &Member<'_>, start: &Start, room: &Room) {
        let started = Instant::now();
        Pass::new(self, member, start, room).run();
        if member.is_first() {
            self.clock.whole.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        }
    }

    fn places<'a>(&self, ids: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
        let padding = self.counted_from;
        let mut seen = 0;
        ids.iter().enumerate().map(move |(position, &id)| match padding {
            None => position,
            Some(padding) => {
                seen += usize::from(id != padding);
                padding as usize + if id == padding { 0 } else { seen }
            }
        })
    }
}

impl Layer {
    fn load(builder: &VarBuilder<'_>, shape: Shape, kernel: Kernel) -> candle_core::Result<Self> {
        let Shape { hidden, inner, heads, .. } = shape;
        let load = |builder: VarBuilder<'_>, outputs: usize, inputs: usize| {
            Ok::<_, candle_core::Error>((
                numbers(&builder.get((outputs, inputs), "weight")?)?,
                numbers(&builder.get(outputs, "bias")?)?,
            ))
        };
        let linear = |builder: VarBuilder<'_>, outputs: usize, inputs: usize| {
            let (weight, bias) = load(builder, outputs, inputs)?;
            Ok::<_, candle_core::Error>(Linear::pack(kernel, &weight, &bias, inputs))
        };
        let attention = builder.pp("attention");
        let (mut weight, mut bias) = load(attention.pp("self.query"), hidden, hidden)?;
        // The scores' divisor goes into the queries.
        let divisor = ((hidden / heads) as f32).sqrt();
        weight.iter_mut().chain(&mut bias).for_each(|x| *x /= divisor);
        for part in ["self.key", "self.value"] {
            let (more_weight, more_bias) = load(attention.pp(part), hidden, hidden)?;
            weight.extend(more_weight);
            bias.extend(more_bias);
        }
        Ok(Self {
            query_key_value: Linear::pack(kernel, &weight, &bias, hidden),
            output: linear(attention.pp("output.dense"), hidden, hidden)?,
            output_norm: Norm::load(&attention.pp("output.LayerNorm"), hidden)?,
            inner: linear(builder.pp("intermediate.dense"), inner, hidden)?,
            outer: linear(builder.pp("output.dense"), hidden, inner)?,
            outer_norm: Norm::load(&builder.pp("output.LayerNorm"), hidden)?,
        })
    }
}

/// The texts of a pass.
pub struct Start {
    /// `[tokens, hidden]`
    words: Vec<f32>,
    /// The row of the table of positions that belongs to each token.
    places: Vec<usize>,
    /// The rows of each text.
    spans: Vec<Range<usize>>,
}

impl Start {
    pub fn spans(&self) -> &[Range<usize>] {
        &self.spans
    }
}

/// Everything a pass writes.
pub struct Room {
    stride: usize,
    /// The state between two halves of a layer.
    x: Sheet<Floats>,
    /// Queries, keys and values.
    heads: Sheet<Floats>,
    mixed: Sheet<Floats>,
    /// A half layer's output with its input added.
    sum: Sheet<Floats>,
    inner: Sheet<Floats>,
    /// `x` or `mixed` as products read them, and `inner`.
    packed: Sheet<Lanes>,
    packed_inner: Sheet<Lanes>,
    /// The least and the largest numbers of each row of `inner`, in what each member made of it.
    seen: Sheet<Floats>,
}

impl Room {
    /// Makes room for so many tokens.
    pub fn grow(&mut self, tokens: usize) {
        // Attention reads whole tiles from where a text begins.
        let stride = padded(tokens) + TILE;
        if stride <= self.stride {
            return;
        }
        self.stride = stride;
        for sheet in [&mut self.x, &mut self.heads, &mut self.mixed, &mut self.sum, &mut self.inner, &mut self.seen] {
            sheet.resize(stride, Floats::ZERO);
        }
        for sheet in [&mut self.packed, &mut self.packed_inner] {
            sheet.resize(stride, Lanes::ZERO);
        }
    }

    /// Calls `each` with every line of 16 numbers of the last hidden state, `[stride]`.
    pub fn hidden(&self, mut each: impl FnMut(&[Floats])) {
        let reading = self.x.read(0..self.x.slabs());
        reading.lines().into_iter().for_each(&mut each);
    }
}
