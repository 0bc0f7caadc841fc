//! `likewise bench search`: recall and speed of the index, by the candidates that a search looks at and by threads.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::{churn, percentile, read_lines};
use crate::app::App;
use crate::cli::Usage;
use crate::config::Config;
use crate::corpus::Corpus;
use crate::embed::compose;
use crate::embedding::Embedding;
use crate::evaluate::{Curve, plot_curves};
use crate::index::{Neighbor, SearchMode};
use crate::question::{PointId, QuestionText};

/// Least time to measure for: all queries are asked again until it is over.
const LEAST: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct SearchBench {
    /// Stored questions to look up
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// A file with a question in each line, in place of stored ones
    #[arg(long)]
    input: Option<PathBuf>,
    /// Neighbors to find for each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    k: u16,
    /// Candidates to look at, each measured in turn; without it the setting `ef_search`
    #[arg(long, value_delimiter = ',')]
    ef: Vec<usize>,
    /// Threads that ask at once, each measured in turn
    #[arg(long, value_delimiter = ',', default_value = "1")]
    threads: Vec<usize>,
    /// Also measure searches while so many points a second are inserted, in an index of its own
    #[arg(long)]
    write_rate: Option<u32>,
    /// Draw recall against queries a second into this SVG file
    #[arg(long)]
    plot: Option<PathBuf>,
}

/// What is asked, and the right answers.
struct Asked {
    queries: Vec<Embedding>,
    exact: Vec<Vec<Neighbor>>,
    live: RoaringBitmap,
    k: usize,
}

/// One measurement.
struct Run {
    ef: usize,
    threads: usize,
    per_second: f64,
    recall: f64,
    /// Ascending.
    times: Vec<Duration>,
}

impl SearchBench {
    pub fn run(self, config: &Config) -> anyhow::Result<Value> {
        let app = App::open(config, |_, _| ())?;
        let started = Instant::now();
        app.corpus.finish_upkeep()?;
        let build_seconds = started.elapsed().as_secs_f64();
        if app.corpus.is_empty() {
            return Err(Usage("the data folder holds no questions; import some first".into()).into());
        }
        let queries = match &self.input {
            Some(path) => embedded(&app, &read_lines(path)?)?,
            None => stored(&app.corpus, self.queries),
        };
        let asked = Asked::of(&app.corpus, queries, self.k.into());
        let efs = if self.ef.is_empty() { vec![config.index.ef_search] } else { self.ef };
        let each = self.threads.iter().flat_map(|threads| efs.iter().map(|ef| (*ef, (*threads).max(1))));
        let runs: Vec<Run> = each.map(|(ef, threads)| asked.run(&app.corpus, ef, threads)).collect();
        if let Some(path) = &self.plot {
            plot_curves(path, "recall and queries a second", "recall", "queries/s", &curves(&runs))?;
        }
        let writing = self.write_rate.map(|rate| churn::measure(&app.corpus, config.index, &asked.queries, asked.k, rate));
        let stats = app.corpus.index_stats();
        let bytes = |bytes: usize| bytes as f64 / stats.points.max(1) as f64;
        Ok(json!({
            "questions": app.corpus.len(), "k": self.k, "build_seconds": build_seconds,
            "vector_bytes_per_question": bytes(stats.vector_bytes), "graph_bytes_per_question": bytes(stats.graph_bytes),
            "while_writing": writing.transpose()?,
            "measurements": runs.iter().map(Run::told).collect::<Vec<_>>(),
        }))
    }
}

/// Stored questions, spread over all.
fn stored(corpus: &Corpus, count: usize) -> Vec<Embedding> {
    let live = corpus.live();
    let step = (live.len() as usize / count.max(1)).max(1);
    let points = live.iter().step_by(step).take(count.max(1)).map(PointId);
    points.filter_map(|point| corpus.embedding(point)).collect()
}

/// Questions that were written down, as they are asked.
fn embedded(app: &App, titles: &[String]) -> anyhow::Result<Vec<Embedding>> {
    let texts = titles.iter().map(|title| Ok(compose(&QuestionText::parse(title, None)?)));
    Ok(app.embedder.embed_bulk(&texts.collect::<anyhow::Result<Vec<String>>>()?)?)
}

impl Asked {
    fn of(corpus: &Corpus, queries: Vec<Embedding>, k: usize) -> Self {
        let live = RoaringBitmap::clone(&corpus.live());
        let exact = queries.iter().map(|query| corpus.nearest(query, k, &live, SearchMode::Exact)).collect();
        Self { queries, exact, live, k }
    }

    fn run(&self, corpus: &Corpus, ef: usize, threads: usize) -> Run {
        let ask = |query: &Embedding| corpus.nearest(query, self.k, &self.live, SearchMode::Ef(ef));
        // Reading all vectors for the exact answers left nothing else in the processor's caches; this round brings it back.
        let recall = self.recall(self.queries.iter().map(ask));
        let started = Instant::now();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut times = Vec::new();
            while started.elapsed() < LEAST {
                let query = &self.queries[next.fetch_add(1, Ordering::Relaxed) % self.queries.len()];
                let before = Instant::now();
                ask(query);
                times.push(before.elapsed());
            }
            times
        };
        let mut times: Vec<Duration> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            others.into_iter().filter_map(|other| other.join().ok()).fold(own, |all, times| [all, times].concat())
        });
        let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
        times.sort();
        Run { ef, threads, per_second, recall, times }
    }

    /// The share of the right neighbors that were found; of those as near as the last one, any.
    fn recall(&self, found: impl Iterator<Item = Vec<Neighbor>>) -> f64 {
        let (mut hits, mut wanted) = (0, 0);
        for (found, exact) in found.zip(&self.exact) {
            let floor = exact.last().map_or(-1.0, |worst| worst.similarity.value() - 1e-6);
            hits += found.iter().filter(|neighbor| neighbor.similarity.value() >= floor).count().min(exact.len());
            wanted += exact.len();
        }
        hits as f64 / wanted as f64
    }
}

impl Run {
    fn told(&self) -> Value {
        json!({
            "ef_search": self.ef, "threads": self.threads, "queries_per_second": self.per_second.round(), "recall": self.recall,
            "p50_ms": percentile(&self.times, 50), "p99_ms": percentile(&self.times, 99),
        })
    }
}

/// A curve for each number of threads.
fn curves(runs: &[Run]) -> Vec<Curve> {
    let of = |runs: &[Run]| Curve {
        label: match runs[0].threads {
            1 => "1 thread".into(),
            threads => format!("{threads} threads"),
        },
        points: runs.iter().map(|run| (run.recall, run.per_second)).collect(),
    };
    runs.chunk_by(|a, b| a.threads == b.threads).map(of).collect()
}
