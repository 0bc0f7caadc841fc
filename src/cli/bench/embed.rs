//! `likewise bench embed`: texts and tokens a second, by batch size.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::{percentile, read_lines, sample_titles};
use crate::app::load_model;
use crate::config::Config;
use crate::embed::{Choice, Compute, Model, Tokens};
use crate::embedding::Embedding;
use crate::memory;

/// The model's speed.
#[derive(Debug, Args)]
pub struct EmbedBench {
    /// Texts to embed for each batch size
    #[arg(long, default_value_t = 1_000)]
    texts: usize,
    /// A file with a text in each line, in place of the samples' titles
    #[arg(long)]
    input: Option<PathBuf>,
    /// Batch sizes, each measured in turn
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128")]
    batches: Vec<usize>,
    /// Compare the embeddings with those of candle's own forward pass in f32
    #[arg(long)]
    compare: bool,
}

impl EmbedBench {
    pub fn run(self, config: &Config) -> anyhow::Result<Value> {
        let before = memory::own();
        let more_memory = || Some(memory::own()?.saturating_sub(before?));
        let model = load_model(config)?;
        let loaded = more_memory();
        let texts = match &self.input {
            Some(path) => read_lines(path)?,
            None => sample_titles()?,
        };
        let texts: Vec<&String> = texts.iter().cycle().take(self.texts.max(1)).collect();
        let started = Instant::now();
        let mut sorted = tokenize(&model, &texts)?;
        let tokenizing = started.elapsed();
        sorted.sort_by_key(|(_, tokens)| tokens.ids.len());
        let tokens: Vec<&Tokens> = sorted.iter().map(|(_, tokens)| tokens).collect();
        let counted: usize = tokens.iter().map(|tokens| tokens.ids.len()).sum();
        model.encode(&tokens[..tokens.len().min(64)])?;
        let batches = self.batches.iter().map(|&size| measure(&model, &sorted, counted, tokenizing, size.max(1)));
        let batches = batches.collect::<anyhow::Result<Vec<Value>>>()?;
        let memory = json!({ "loaded_bytes": loaded, "used_bytes": more_memory() });
        let agreement = self.compare.then(|| agreement(config, &model, &tokens)).transpose()?;
        Ok(json!({ "model": model.info().name, "path": model.info().compute, "threads": model.info().threads,
                   "texts": tokens.len(), "tokens": counted, "batches": batches, "memory": memory,
                   "agreement": agreement }))
    }
}

/// The tokens of all texts, by as many threads as compute the model.
fn tokenize<'a>(model: &Model, texts: &[&'a String]) -> anyhow::Result<Vec<(&'a String, Tokens)>> {
    let part =
        |texts: &[&'a String]| texts.iter().map(|text| Ok((*text, model.tokenize(text)?))).collect::<anyhow::Result<Vec<_>>>();
    std::thread::scope(|scope| {
        let parts = texts.chunks(texts.len().div_ceil(model.info().threads).max(1));
        let threads: Vec<_> = parts.map(|texts| scope.spawn(move || part(texts))).collect();
        let parts =
            threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread that tokenizes panicked"))?);
        Ok(parts.collect::<anyhow::Result<Vec<_>>>()?.concat())
    })
}

/// Texts a second with tokenizing by all threads beforehand; the times are of tokenizing and encoding one batch. The shares are
/// of the whole time (tokenizing), and of one thread's in forward passes.
fn measure(
    model: &Model,
    sorted: &[(&String, Tokens)],
    counted: usize,
    tokenizing: Duration,
    size: usize,
) -> anyhow::Result<Value> {
    let (mut times, mut encoding) = (Vec::new(), Duration::ZERO);
    let before_all = model.spent();
    for batch in sorted.chunks(size) {
        let started = Instant::now();
        let tokens = batch.iter().map(|(text, _)| model.tokenize(text)).collect::<Result<Vec<Tokens>, _>>()?;
        let tokenized = Instant::now();
        model.encode(&tokens.iter().collect::<Vec<_>>())?;
        encoding += tokenized.elapsed();
        times.push(started.elapsed());
    }
    times.sort();
    let seconds = (tokenizing + encoding).as_secs_f64();
    let share = |part: Duration, whole: Duration| (part.as_secs_f64() / whole.as_secs_f64() * 1e3).round() / 1e3;
    let shares = before_all.zip(model.spent()).map(|(before, after)| {
        let whole = after.whole - before.whole;
        json!({ "tokenize": share(tokenizing, tokenizing + encoding),
                "attention": share(after.attention - before.attention, whole),
                "products": share(after.products - before.products, whole) })
    });
    Ok(json!({
        "batch": size, "texts_per_second": sorted.len() as f64 / seconds, "tokens_per_second": counted as f64 / seconds,
        "p50_ms": percentile(&times, 50), "p99_ms": percentile(&times, 99), "shares": shares,
    }))
}

/// How near a model's embeddings are to those of candle's forward pass, and how many of each text's ten nearest are the same.
fn agreement(config: &Config, model: &Model, tokens: &[&Tokens]) -> anyhow::Result<Value> {
    let compute = Compute { choice: Choice::Reference, ..config.compute };
    let reference = load_model(&Config { compute, ..config.clone() })?;
    let embed = |model: &Model| -> anyhow::Result<Vec<Embedding>> {
        let batches = tokens.chunks(32).map(|batch| Ok(model.encode(batch)?));
        Ok(batches.collect::<anyhow::Result<Vec<_>>>()?.concat())
    };
    let (ours, theirs) = (embed(model)?, embed(&reference)?);
    let cosines: Vec<f32> = ours.iter().zip(&theirs).map(|(a, b)| a.similarity(b).value()).collect();
    let (mut same, mut all) = (0, 0);
    for position in 0..tokens.len() {
        let (a, b) = (nearest_ten(&ours, position), nearest_ten(&theirs, position));
        same += a.iter().filter(|other| b.contains(other)).count();
        all += b.len();
    }
    Ok(json!({
        "least_cosine": cosines.iter().copied().fold(1.0, f32::min),
        "mean_cosine": cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>() / cosines.len() as f64,
        "top_10_overlap": same as f64 / all as f64,
    }))
}

fn nearest_ten(embeddings: &[Embedding], of: usize) -> Vec<usize> {
    let others = (0..embeddings.len()).filter(|&other| other != of);
    let mut scored: Vec<_> = others.map(|other| (embeddings[of].similarity(&embeddings[other]), other)).collect();
    scored.sort_by(|a, b| b.cmp(a));
    scored.into_iter().take(10).map(|(_, other)| other).collect()
}
