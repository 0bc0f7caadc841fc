//! Token ids to embeddings: the forward pass, pooling, and the dense modules behind it.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder};
use parking_lot::Mutex;
use thiserror::Error;

use super::compute::{Compute, Path};
use super::error::ModelError;
use super::files::ModelFiles;
use super::packed::{Packed, Room, Spent, Team};
use super::reference::Reference;
use super::spec::{Activation, DenseSpec, ModelSpec, Pooling};
use super::tokenizer::Tokens;
use super::weights::{self, WordTable};
use crate::embedding::{Embedding, EmbeddingError};

/// Most tokens that one thread takes at a time, about: their activations fit the second-level cache.
const CHUNK: usize = 256;
/// Texts of fewer tokens than this in all are computed by all threads together, as are fewer texts than threads: reading the
/// weights costs most then, and each thread reads a part.
const TOGETHER: usize = 96;

/// A forward pass that failed. Ours to mend: the model was checked when it was loaded.
#[derive(Debug, Error)]
pub enum EncodeError {
    #[error("the model's forward pass failed")]
    Forward(#[from] candle_core::Error),
    #[error("the model gave {0}")]
    Output(#[from] EmbeddingError),
}

pub struct Encoder {
    body: Body,
    pooling: Pooling,
    dense: Vec<(Linear, Activation)>,
    hidden_size: usize,
}

enum Body {
    Packed(Box<Workers>),
    Reference(Box<Reference>),
}

impl Encoder {
    /// With the table of pieces, which it shares.
    pub fn load(files: &ModelFiles, spec: &ModelSpec, compute: Compute) -> Result<(Self, WordTable), ModelError> {
        let wrong = |file: &str, source| ModelError::Weights { model: files.name().to_string(), file: file.into(), source };
        let (words, mut tensors) = weights::load(files, spec)?;
        let table = words.clone();
        let body = match compute.path(&spec.architecture)? {
            Path::Packed(kernel) => {
                let builder = VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu);
                let packed = Packed::load(&spec.architecture, &builder, words, kernel).map_err(|e| wrong("config.json", e))?;
                Body::Packed(Box::new(Workers::start(packed, compute.threads())?))
            }
            Path::Candle(device) => {
                let words = words.whole().map_err(|e| wrong("config.json", e))?;
                tensors.insert("embeddings.word_embeddings.weight".into(), words);
                let reference = Reference::load(&spec.architecture, tensors, device);
                Body::Reference(Box::new(reference.map_err(|e| wrong("config.json", e))?))
            }
        };
        let load_dense = |dense: &DenseSpec| {
            let tensors = weights::load_dense(files, &dense.folder)?;
            let builder = VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu).pp("linear");
            let linear = candle_nn::linear_b(dense.inputs, dense.outputs, dense.bias, builder);
            Ok((linear.map_err(|e| wrong(&format!("{}config.json", dense.folder), e))?, dense.activation))
        };
        let dense = spec.dense.iter().map(load_dense).collect::<Result<_, ModelError>>()?;
        Ok((Self { body, pooling: spec.pooling, dense, hidden_size: spec.architecture.hidden_size }, table))
    }

    /// The way of computing, for people.
    pub fn path(&self) -> String {
        match &self.body {
            Body::Packed(workers) => workers.packed.kernel().name(),
            Body::Reference(reference) => reference.name().into(),
        }
    }

    /// Where the time of all forward passes went; `None` where candle's own is used.
    pub fn spent(&self) -> Option<Spent> {
        match &self.body {
            Body::Packed(workers) => Some(workers.packed.spent()),
            Body::Reference(_) => None,
        }
    }

    /// One embedding a text, in order. The vector of a text does not depend on the others.
    pub fn encode(&self, texts: &[&Tokens]) -> Result<Vec<Embedding>, EncodeError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let pooled = match &self.body {
            Body::Packed(workers) => workers.forward(texts, |room, spans| self.pool_room(room, spans))?,
            Body::Reference(reference) => self.pool_hidden(&reference.forward(texts)?, texts),
        };
        self.project(pooled)
    }

    /// `hidden` is `[tokens, hidden_size]` of all texts.
    fn pool_hidden(&self, hidden: &[f32], texts: &[&Tokens]) -> Vec<Vec<f32>> {
        let mut rest = hidden;
        let of_text = |text: &&Tokens| {
            let (rows, others) = rest.split_at(text.ids.len() * self.hidden_size);
            rest = others;
            self.pool(rows.chunks_exact(self.hidden_size))
        };
        texts.iter().map(of_text).collect()
    }

    /// The rows of each text are `spans`.
    fn pool_room(&self, room: &Room, spans: &[Range<usize>]) -> Pooled {
        let mut pooled: Pooled = spans.iter().map(|_| Vec::with_capacity(self.hidden_size)).collect();
        room.hidden(|line| {
            for (pooled, span) in pooled.iter_mut().zip(spans) {
                pooled.extend(self.pool(line[span.clone()].iter().map(|row| &row.0[..])));
            }
        });
        pooled
    }

    /// The numbers of a text's tokens as one row.
    fn pool<'a>(&self, mut rows: impl ExactSizeIterator<Item = &'a [f32]>) -> Vec<f32> {
        let count = rows.len() as f32;
        let mut pooled = rows.next().map(<[f32]>::to_vec).unwrap_or_default();
        match self.pooling {
            Pooling::Cls => {}
            Pooling::Max => rows.for_each(|row| pooled.iter_mut().zip(row).for_each(|(p, &x)| *p = p.max(x))),
            Pooling::Mean => {
                rows.for_each(|row| pooled.iter_mut().zip(row).for_each(|(p, &x)| *p += x));
                pooled.iter_mut().for_each(|p| *p /= count);
            }
        }
        pooled
    }

    fn project(&self, pooled: Vec<Vec<f32>>) -> Result<Vec<Embedding>, EncodeError> {
        if self.dense.is_empty() {
            return Ok(pooled.iter().map(|vector| Embedding::normalize(vector)).collect::<Result<_, _>>()?);
        }
        let mut vectors = Tensor::new(pooled, &Device::Cpu)?;
        for (linear, activation) in &self.dense {
            vectors = activate(&linear.forward(&vectors)?, *activation)?;
        }
        let vectors = vectors.to_vec2::<f32>()?;
        Ok(vectors.iter().map(|vector| Embedding::normalize(vector)).collect::<Result<_, _>>()?)
    }
}

/// A packed model and the threads that run it.
struct Workers {
    packed: Packed,
    threads: usize,
    /// All threads but the caller's; `None` where there are no others.
    others: Option<rayon::ThreadPool>,
    rooms: Mutex<Vec<Room>>,
    /// Held by a team: the threads of two teams at once could wait for each other for ever.
    team: Mutex<()>,
}

type Pooled = Vec<Vec<f32>>;

impl Workers {
    fn start(packed: Packed, threads: usize) -> Result<Self, ModelError> {
        let pool =
            |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("encoder-{n}")).build();
        let others = (threads > 1).then(|| pool(threads - 1)).transpose().map_err(ModelError::Threads)?;
        Ok(Self { packed, threads, others, rooms: Mutex::default(), team: Mutex::default() })
    }

    /// Calls `part` with 0 here, and with 1, 2 and so on on the other threads.
    fn everywhere(&self, part: impl Fn(usize) + Sync) {
        let Some(others) = &self.others else { return part(0) };
        others.in_place_scope(|scope| {
            scope.spawn_broadcast(|_, thread| part(thread.index() + 1));
            part(0);
        });
    }

    fn forward(
        &self,
        texts: &[&Tokens],
        pool: impl Fn(&Room, &[Range<usize>]) -> Pooled + Sync,
    ) -> candle_core::Result<Pooled> {
        let tokens = tokens(texts);
        if tokens < TOGETHER || texts.len() < self.threads {
            return self.together(texts, pool);
        }
        let chunks = chunks(texts, tokens.div_ceil(CHUNK).next_multiple_of(self.threads));
        let answers: Vec<_> = chunks.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        self.everywhere(|_| {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(chunk) = chunks.get(number) else { break };
                *answers[number].lock() = Some(self.alone(chunk, &pool));
            }
        });
        let mut pooled = Pooled::with_capacity(texts.len());
        for answer in answers {
            pooled.extend(answer.into_inner().unwrap_or(Ok(Pooled::new()))?);
        }
        Ok(pooled)
    }

    /// All threads in one pass.
    fn together(&self, texts: &[&Tokens], pool: impl Fn(&Room, &[Range<usize>]) -> Pooled) -> candle_core::Result<Pooled> {
        let size = self.threads.min(Team::LARGEST);
        let (start, team, room) = (self.packed.start(texts)?, Team::new(size), self.room(texts));
        {
            let _only_team = self.team.lock();
            self.everywhere(|rank| {
                if rank < size {
                    self.packed.forward(&team.member(rank), &start, &room);
                }
            });
        }
        let pooled = pool(&room, start.spans());
        self.rooms.lock().push(room);
        Ok(pooled)
    }

    /// One thread's pass.
    fn alone(&self, texts: &[&Tokens], pool: impl Fn(&Room, &[Range<usize>]) -> Pooled) -> candle_core::Result<Pooled> {
        let (start, team, room) = (self.packed.start(texts)?, Team::new(1), self.room(texts));
        self.packed.forward(&team.member(0), &start, &room);
        let pooled = pool(&room, start.spans());
        self.rooms.lock().push(room);
        Ok(pooled)
    }

    /// Room for some texts: one that is not in use, or a new one.
    fn room(&self, texts: &[&Tokens]) -> Room {
        let mut room = self.rooms.lock().pop().unwrap_or_else(|| self.packed.room());
        room.grow(tokens(texts));
        room
    }
}

fn tokens(texts: &[&Tokens]) -> usize {
    texts.iter().map(|text| text.ids.len()).sum()
}

/// The texts in about so many runs of about as many tokens, each at least one text.
fn chunks<'a, 'b>(texts: &'a [&'b Tokens], count: usize) -> Vec<&'a [&'b Tokens]> {
    let all = tokens(texts);
    let (mut chunks, mut start, mut counted) = (Vec::new(), 0, 0);
    for (position, text) in texts.iter().enumerate() {
        // A text belongs where its middle is.
        let middle = counted + text.ids.len() / 2;
        if position > start && middle * count > all * (chunks.len() + 1) {
            chunks.push(&texts[start..position]);
            start = position;
        }
        counted += text.ids.len();
    }
    chunks.push(&texts[start..]);
    chunks
}

fn activate(x: &Tensor, activation: Activation) -> candle_core::Result<Tensor> {
    match activation {
        Activation::Gelu => x.gelu_erf(),
        Activation::GeluTanh => x.gelu(),
        Activation::Relu => x.relu(),
        Activation::Tanh => x.tanh(),
        Activation::Identity => Ok(x.clone()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_are_all_texts_in_order_and_about_alike(lengths in prop::collection::vec(1usize..40, 1..200), count in 1usize..9) {
            let texts: Vec<Tokens> = lengths.iter().map(|&n| Tokens { ids: vec![0; n], truncated: false }).collect();
            let texts: Vec<&Tokens> = texts.iter().collect();
            let chunks = chunks(&texts, count);
            prop_assert!(chunks.len() <= count && chunks.iter().all(|chunk| !chunk.is_empty()));
            prop_assert!(chunks.concat().iter().map(|text| text.ids.len()).eq(lengths.iter().copied()));
            let alike = tokens(&texts) as f64 / count as f64;
            prop_assert!(chunks.iter().all(|chunk| tokens(chunk) as f64 <= alike + 40.0), "{} in {} chunks", tokens(&texts), chunks.len());
        }
    }
}
