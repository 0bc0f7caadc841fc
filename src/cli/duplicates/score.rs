//! `likewise duplicates score`: pairs from a file, the same rows with scores out.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::super::Done;
use super::super::pages::open;
use super::super::progress::Progress;
use super::{output, tell_if_uncalibrated};
use crate::app::{judge, load_model};
use crate::config::Config;
use crate::corpus::Corpus;
use crate::duplicates::{Features, Judge, Verdict, judge_and_explain};
use crate::embed::{Embedder, compose};
use crate::embedding::Embedding;
use crate::import::BytesRead;
use crate::pairs::{self, PairRow, Scored, Side, Sink};
use crate::question::QuestionId;

/// Pairs that are scored together.
const CHUNK: usize = 2_048;
/// Sides of pairs that are remembered, so that equal texts are embedded once.
const REMEMBERED: usize = 50_000;

/// Rows have texts `a` and `b`, or ids `a_id` and `b_id` of stored questions. Files are JSON Lines or, by their name, CSV; `.gz`
/// and `.zst` are unpacked. Everything else in a row is handed through.
#[derive(Debug, Args)]
pub struct Score {
    /// `-`: JSON Lines on standard input
    file: PathBuf,
    /// Where the rows go, packed where the name ends in `.gz` or `.zst` [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Score {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let read = BytesRead::default();
        let mut rows = pairs::read(&self.file, read.clone())?;
        let header = rows.header.take();
        let mut sink = Sink::new(output(self.out.as_deref())?, header.as_ref())?;
        let mut scorer = Scorer::new(config)?;
        let total = std::fs::metadata(&self.file).map_or(0, |data| data.len());
        let mut progress = Progress::bytes("scoring", total);
        let (mut done, mut rejected) = (0u64, 0u64);
        loop {
            let chunk = rows.by_ref().take(CHUNK).collect::<Result<Vec<PairRow>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let scores = scorer.score(&chunk)?;
            for (row, scored) in chunk.iter().zip(scores) {
                if let Err(why) = &scored {
                    rejected += 1;
                    progress.line(&format!("{}:{}: {why}", self.file.display(), row.line));
                }
                sink.write(&row.raw, scored.as_ref().map_err(String::as_str))?;
            }
            done += chunk.len() as u64;
            progress.update(read.get(), done);
        }
        sink.finish()?.finish()?;
        progress.finish();
        eprintln!("{} pairs scored in {:.1} s, {rejected} rows rejected", done - rejected, progress.elapsed().as_secs_f64());
        Ok(if rejected == 0 { Done::Fully } else { Done::WithRejects })
    }
}

/// A side of a pair, known.
#[derive(Clone)]
struct Known {
    embedding: Embedding,
    features: Arc<Features>,
}

/// Scores pairs; the store is opened by the first id.
struct Scorer<'a> {
    config: &'a Config,
    embedder: Arc<Embedder>,
    judge: Judge,
    corpus: Option<Arc<Corpus>>,
    texts: HashMap<String, Known>,
}

impl<'a> Scorer<'a> {
    fn new(config: &'a Config) -> anyhow::Result<Self> {
        let model = Arc::new(load_model(config)?);
        let judge = judge(config, &model)?;
        tell_if_uncalibrated(&judge, model.info().fingerprint.as_str());
        let embedder = Arc::new(Embedder::start(model, config.embedder)?);
        Ok(Self { config, embedder, judge, corpus: None, texts: HashMap::new() })
    }

    fn score(&mut self, rows: &[PairRow]) -> anyhow::Result<Vec<Result<Scored, String>>> {
        let sides = rows.iter().filter_map(|row| row.pair.as_ref().ok()).flat_map(|(a, b)| [a, b]);
        let texts: BTreeSet<(String, &str)> = sides
            .clone()
            .filter_map(|side| match side {
                Side::Text(text) => Some((compose(text), text.title())),
                Side::Stored(_) => None,
            })
            .collect();
        let mut stored: Vec<&QuestionId> = Vec::new();
        stored.extend(sides.filter_map(|side| if let Side::Stored(id) = side { Some(id) } else { None }));
        if self.texts.len() > REMEMBERED {
            self.texts.clear();
        }
        let new: Vec<&(String, &str)> = texts.iter().filter(|(composed, _)| !self.texts.contains_key(composed)).collect();
        let composed: Vec<String> = new.iter().map(|(composed, _)| composed.clone()).collect();
        for ((composed, title), embedding) in new.into_iter().zip(self.embedder.embed_bulk(&composed)?) {
            self.texts.insert(composed.clone(), Known { embedding, features: Arc::new(self.judge.features_once(title)) });
        }
        let stored = self.stored(&stored)?;
        let score = |row: &PairRow| -> Result<Scored, String> {
            let (a, b) = row.pair.as_ref().map_err(Clone::clone)?;
            let known = |side: &Side| match side {
                Side::Text(text) => {
                    self.texts.get(&compose(text)).cloned().ok_or_else(|| "it could not be embedded".to_owned())
                }
                Side::Stored(id) => {
                    stored.get(id).cloned().ok_or_else(|| format!("no question with the id {:?} is stored", id.as_str()))
                }
            };
            let decided = match (a, b, &self.corpus) {
                (Side::Stored(a), Side::Stored(b), Some(corpus)) => corpus.editorial().verdict(a, b),
                _ => None,
            };
            Ok(scored(&self.judge, &known(a)?, &known(b)?, decided))
        };
        Ok(rows.iter().map(score).collect())
    }

    fn stored(&mut self, ids: &[&QuestionId]) -> anyhow::Result<HashMap<QuestionId, Known>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let corpus = match &self.corpus {
            Some(corpus) => Arc::clone(corpus),
            None => Arc::clone(self.corpus.insert(open(self.config)?.corpus)),
        };
        let points: Vec<_> = ids.iter().filter_map(|id| corpus.point(id)).collect();
        let mut known = HashMap::new();
        for question in corpus.by_points(&points)?.into_iter().flatten() {
            if let Some(embedding) = corpus.embedding(question.point) {
                let features = self.judge.features(question.question.text.title());
                known.insert(question.question.id, Known { embedding, features });
            }
        }
        Ok(known)
    }
}

fn scored(judge: &Judge, a: &Known, b: &Known, decided: Option<Verdict>) -> Scored {
    let score = a.embedding.similarity(&b.embedding);
    let (judgement, reasons) = judge_and_explain(judge, &a.features, &b.features, score, decided);
    Scored { score: score.value(), probability: judgement.probability, verdict: judgement.verdict.as_str(), reasons }
}
