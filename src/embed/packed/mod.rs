//! The fast forward pass: weights packed once for the processor's widest products, texts back to back without padding, and
//! each step fused with what comes before and after it.
//!
//! A pass is a sequence of steps. In each, the threads of a [`Team`] make disjoint slabs of one [`Sheet`] from others; between
//! steps they wait for each other. With one thread that is a plain loop. [`crate::matmul`] has the products, [`elementwise`] the rest.

mod attention;
mod elementwise;
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

use self::attention::{Place, Scratch, attend};
use self::elementwise::{activate, moments, normalize};
use self::sheet::Sheet;
use self::team::Member;
pub use self::team::Team;
use super::spec::{Activation, Architecture, Family};
use super::tokenizer::Tokens;
use super::weights::WordTable;
pub use crate::matmul::Kernel;
use crate::matmul::round::{round_to_bf16, round_to_bytes, steps};
use crate::matmul::{Bf16, Bytes, Floats, Inputs, LINE, Lanes, Linear, PANEL, TILE, padded};

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
        let packed = |numbers: usize| {
            let a_slab = LINE * self.kernel.numbers_a_lane();
            Sheet::new(numbers.div_ceil(a_slab), 1)
        };
        let floats = |numbers: usize| Sheet::new(numbers / PANEL, 2);
        Room {
            stride: 0,
            x: floats(hidden),
            heads: floats(3 * hidden),
            mixed: floats(hidden),
            sum: floats(hidden),
            inner: floats(inner),
            packed: packed(hidden),
            packed_inner: packed(inner),
        }
    }

    /// One member's part of a pass over some texts. Every member of the team must call it with the same texts and the same
    /// room. Afterwards the first rows of `room` hold the last hidden state; see [`Room::hidden`].
    pub fn forward(&self, member: &Member<'_>, texts: &[&Tokens], room: &Room) -> candle_core::Result<()> {
        let spans = spans(texts);
        let pass = Pass { packed: self, member, rows: spans.last().map_or(0, |span| span.end), spans, room };
        let started = Instant::now();
        // Every member gathers, so that an error, if there is one, is every member's.
        let embedded = self.embed(texts)?;
        pass.run(&embedded);
        if member.is_first() {
            self.clock.whole.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sums of word, position and type, `[tokens, hidden]`.
    fn embed(&self, texts: &[&Tokens]) -> candle_core::Result<Vec<f32>> {
        let ids: Vec<u32> = texts.iter().flat_map(|text| &text.ids).copied().collect();
        let mut sums = self.words.rows(&ids)?;
        let hidden = self.shape.hidden;
        let places = texts.iter().flat_map(|text| self.places(&text.ids));
        for (sum, place) in sums.chunks_exact_mut(hidden).zip(places) {
            let position = &self.positions[place * hidden..(place + 1) * hidden];
            sum.iter_mut().zip(position).for_each(|(sum, position)| *sum += position);
        }
        Ok(sums)
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

/// The rows of each text.
fn spans(texts: &[&Tokens]) -> Vec<Range<usize>> {
    let mut end = 0;
    let span = |text: &&Tokens| {
        let start = end;
        end += text.ids.len();
        start..end
    };
    texts.iter().map(span).collect()
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
        for sheet in [&mut self.x, &mut self.heads, &mut self.mixed, &mut self.sum, &mut self.inner] {
            sheet.resize(stride, Floats::ZERO);
        }
        for sheet in [&mut self.packed, &mut self.packed_inner] {
            sheet.resize(stride, Lanes::ZERO);
        }
    }

    /// The last hidden state, `[tokens, hidden]`.
    pub fn hidden(&self, tokens: usize) -> Vec<f32> {
        let reading = self.x.read(0..self.x.slabs());
        let lines = reading.lines();
        (0..tokens).flat_map(|row| lines.iter().flat_map(move |line| line[row].0)).collect()
    }
}

struct Pass<'a> {
    packed: &'a Packed,
    member: &'a Member<'a>,
    rows: usize,
    spans: Vec<Range<usize>>,
    room: &'a Room,
}

/// Steps between two bytes of each row; empty where products read no bytes.
type RowSteps = Vec<f32>;

impl Pass<'_> {
    fn run(&self, embedded: &[f32]) {
        let (room, activation) = (self.room, self.packed.shape.activation);
        let mut scratch = Scratch::default();
        self.place(embedded);
        self.member.wait();
        let mut steps = self.norm(&self.packed.norm);
        for layer in &self.packed.layers {
            self.linear(&layer.query_key_value, (&room.x, &room.packed, &steps), |panel, from, out| {
                store(&mut room.heads.write(panel), self.room.stride, from, out);
            });
            self.member.wait();
            self.attention(&mut scratch);
            steps = self.pack(&room.mixed, &room.packed, self.slabs_a_head());
            self.linear(&layer.output, (&room.mixed, &room.packed, &steps), |panel, from, out| self.add(panel, from, out));
            self.member.wait();
            steps = self.norm(&layer.output_norm);
            self.linear(&layer.inner, (&room.x, &room.packed, &steps), |panel, from, out| {
                activate(self.packed.arch, activation, out);
                store(&mut room.inner.write(panel), self.room.stride, from, out);
            });
            steps = self.pack(&room.inner, &room.packed_inner, 1);
            self.linear(&layer.outer, (&room.inner, &room.packed_inner, &steps), |panel, from, out| {
                self.add(panel, from, out);
            });
            self.member.wait();
            steps = self.norm(&layer.outer_norm);
        }
    }

    /// Writes this member's slabs of the embedded tokens.
    fn place(&self, embedded: &[f32]) {
        let hidden = self.packed.shape.hidden;
        for slab in self.member.share(self.room.sum.slabs()) {
            let mut lines = self.room.sum.write(slab);
            for (line, lines) in lines.chunks_exact_mut(self.room.stride).enumerate() {
                let first = slab * PANEL + line * LINE;
                for (out, row) in lines.iter_mut().zip(embedded.chunks_exact(hidden)) {
                    out.0.copy_from_slice(&row[first..first + LINE]);
                }
            }
        }
    }

    /// `sum`, normalised, into `x` and its packed form.
    fn norm(&self, norm: &Norm) -> RowSteps {
        let (arch, room) = (self.packed.arch, self.room);
        {
            let reading = room.sum.read(0..room.sum.slabs());
            let lines = reading.lines();
            let moments = moments(arch, &lines, self.rows, self.packed.shape.eps);
            for slab in self.member.share(room.x.slabs()) {
                let mut x = room.x.write(slab);
                for (line, x) in x.chunks_exact_mut(room.stride).enumerate() {
                    let number = slab * 2 + line;
                    normalize(arch, lines[number], x, &moments, &norm.scale[number], &norm.shift[number]);
                }
            }
        }
        self.pack(&room.x, &room.packed, 1)
    }

    /// Makes what products read of a sheet, of which each member has written its share of `together` slabs each. Every member
    /// is through with it afterwards.
    fn pack(&self, sheet: &Sheet<Floats>, packed: &Sheet<Lanes>, together: usize) -> RowSteps {
        let arch = self.packed.arch;
        match self.packed.kernel {
            Kernel::F32 => {
                self.member.wait();
                RowSteps::new()
            }
            Kernel::Bf16(_) => {
                let units = self.member.share(sheet.slabs() / together);
                for slab in units.start * together..units.end * together {
                    let reading = sheet.read(slab..slab + 1);
                    let lines = reading.lines();
                    round_to_bf16(arch, &lines[0][..self.rows], lines[1], &mut packed.write(slab));
                }
                self.member.wait();
                RowSteps::new()
            }
            Kernel::Bytes(_) => {
                self.member.wait();
                let reading = sheet.read(0..sheet.slabs());
                let lines = reading.lines();
                let steps = steps(arch, &lines, self.rows);
                for slab in self.member.share(packed.slabs()) {
                    let four = &lines[4 * slab..lines.len().min(4 * slab + 4)];
                    round_to_bytes(arch, four, &steps, &mut packed.write(slab));
                }
                self.member.wait();
                // The rows that fill up the last tile are computed and not looked at.
                let mut steps = steps;
                steps.resize(padded(self.rows), 0.0);
                steps
            }
        }
    }

    fn linear(
        &self,
        linear: &Linear,
        (sheet, packed, steps): (&Sheet<Floats>, &Sheet<Lanes>, &RowSteps),
        take: impl FnMut(usize, usize, &mut [[Floats; 2]]),
    ) {
        let _timed = self.timed(&self.packed.clock.products);
        let (panels, rows) = (self.member.share(linear.panels()), padded(self.rows));
        let (arch, kernel) = (self.packed.arch, self.packed.kernel);
        if let Kernel::F32 = kernel {
            let reading = sheet.read(0..sheet.slabs());
            linear.run(arch, kernel, &Inputs::F32(reading.lines()), rows, panels, take);
            return;
        }
        let reading = packed.read(0..packed.slabs());
        let inputs = match kernel {
            Kernel::Bytes(_) => Inputs::Bytes(reading.lines(), steps),
            _ => Inputs::Bf16(reading.lines()),
        };
        linear.run(arch, kernel, &inputs, rows, panels, take);
    }

    /// `x` added to a half layer's output, into `sum`.
    fn add(&self, panel: usize, from: usize, out: &mut [[Floats; 2]]) {
        let reading = self.room.x.read(panel..panel + 1);
        let mut sum = self.room.sum.write(panel);
        for (line, x) in reading.lines().into_iter().enumerate() {
            let sum = &mut sum[line * self.room.stride + from..];
            for ((sum, x), out) in sum.iter_mut().zip(&x[from..]).zip(&*out) {
                for ((sum, x), out) in sum.0.iter_mut().zip(x.0).zip(out[line].0) {
                    *sum = x + out;
                }
            }
        }
    }

    /// Adds the time until it is dropped, where this is the first member.
    fn timed<'c>(&self, counter: &'c AtomicU64) -> Option<Timed<'c>> {
        self.member.is_first().then(|| Timed { counter, started: Instant::now() })
    }

    fn slabs_a_head(&self) -> usize {
        (self.packed.shape.hidden / self.packed.shape.heads).div_ceil(PANEL)
    }

    /// This member's heads of every text. Heads smaller than a slab stay with the slab's member.
    fn attention(&self, scratch: &mut Scratch) {
        let _timed = self.timed(&self.packed.clock.attention);
        let size = self.packed.shape.hidden / self.packed.shape.heads;
        let (slabs, heads) = (self.slabs_a_head(), PANEL.div_ceil(size));
        let room = self.room;
        for unit in self.member.share(room.mixed.slabs() / slabs) {
            let of = |part: usize| {
                let first = part * room.mixed.slabs() + unit * slabs;
                room.heads.read(first..first + slabs)
            };
            let [q, k, v] = [of(0), of(1), of(2)];
            let (q, k, v) = (q.lines(), k.lines(), v.lines());
            let mut mixed: Vec<_> = (unit * slabs..(unit + 1) * slabs).map(|slab| room.mixed.write(slab)).collect();
            let mut mixed: Vec<&mut [Floats]> = mixed.iter_mut().flat_map(|slab| slab.chunks_exact_mut(room.stride)).collect();
            for head in 0..heads {
                let place = Place::of(head, size);
                for span in &self.spans {
                    attend(self.packed.arch, &place, span, [&q, &k, &v], &mut mixed, scratch);
                }
            }
        }
    }
}

struct Timed<'a> {
    counter: &'a AtomicU64,
    started: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.counter.fetch_add(self.started.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
}

fn store(slab: &mut [Floats], stride: usize, from: usize, out: &[[Floats; 2]]) {
    for (line, slab) in slab.chunks_exact_mut(stride).enumerate() {
        for (slab, out) in slab[from..].iter_mut().zip(out) {
            *slab = out[line];
        }
    }
}
