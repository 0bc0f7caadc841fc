//! How long searches take while the index grows: beside them one thread inserts points and another folds them in.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::percentile;
use crate::background;
use crate::corpus::Corpus;
use crate::embedding::Embedding;
use crate::index::{IndexOptions, Matrix, SearchMode, VectorIndex};
use crate::question::PointId;

/// How long each state is measured.
const SPAN: Duration = Duration::from_secs(20);

/// An index of its own, with the vectors of the stored questions: nothing of it is stored.
struct Churn<'a> {
    index: VectorIndex,
    live: RwLock<RoaringBitmap>,
    queries: &'a [Embedding],
    k: usize,
    over: AtomicBool,
}

/// Searches without and with `rate` inserts a second.
pub fn measure(corpus: &Corpus, options: IndexOptions, queries: &[Embedding], k: usize, rate: u32) -> anyhow::Result<Value> {
    let live = RoaringBitmap::clone(&corpus.live());
    let mut vectors = Matrix::with_capacity(corpus.model().dimension, live.len() as usize);
    let mut points = Vec::with_capacity(live.len() as usize);
    for point in live.iter().map(PointId) {
        if let Some(embedding) = corpus.embedding(point) {
            points.push(point);
            vectors.push(embedding.as_slice());
        }
    }
    let churn = Churn {
        index: VectorIndex::new(options, points, vectors),
        live: RwLock::new(live),
        queries,
        k,
        over: AtomicBool::new(false),
    };
    churn.fold_all()?;
    let idle = churn.search();
    let (busy, inserted) = std::thread::scope(|scope| {
        let inserted = scope.spawn(|| churn.insert(rate));
        let folding = scope.spawn(|| churn.fold());
        let busy = churn.search();
        churn.over.store(true, Ordering::SeqCst);
        let joined = (inserted.join().unwrap_or(0), folding.join());
        joined.1.unwrap_or_else(|_| Err(io::Error::other("folding failed"))).map(|()| (busy, joined.0))
    })?;
    Ok(json!({ "inserts_per_second": f64::from(inserted) / SPAN.as_secs_f64(), "idle": idle, "writing": busy }))
}

impl Churn<'_> {
    fn search(&self) -> Value {
        let (started, mut times) = (Instant::now(), Vec::new());
        for query in self.queries.iter().cycle() {
            if started.elapsed() > SPAN {
                break;
            }
            let before = Instant::now();
            // As the corpus does: what is live now, without holding up who writes.
            let live = self.live.read().clone();
            self.index.search(query, self.k, &live, SearchMode::Approximate);
            times.push(before.elapsed());
        }
        times.sort();
        json!({ "p50_ms": percentile(&times, 50), "p99_ms": percentile(&times, 99), "searches": times.len() })
    }

    /// Points that lie between two that are asked for, one by one.
    fn insert(&self, rate: u32) -> u32 {
        let mut next = self.live.read().max().unwrap_or(0);
        let (started, mut count) = (Instant::now(), 0);
        while !self.over.load(Ordering::SeqCst) {
            let due = started + Duration::from_secs(1) * count / rate.max(1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let [a, b] = [7, 11].map(|step| &self.queries[count as usize * step % self.queries.len()]);
            let between: Vec<f32> = a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a + b / 2.0).collect();
            if let Ok(embedding) = Embedding::normalize(&between) {
                next += 1;
                let mut live = self.live.write();
                self.index.insert(&[(PointId(next), embedding)]);
                live.insert(next);
            }
            count += 1;
        }
        count
    }

    fn fold(&self) -> io::Result<()> {
        background::yield_to_others();
        while !self.over.load(Ordering::SeqCst) {
            if !self.fold_once()? {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Ok(())
    }

    fn fold_all(&self) -> io::Result<()> {
        while self.fold_once()? {}
        Ok(())
    }

    fn fold_once(&self) -> io::Result<bool> {
        let (live, due) = {
            let live = self.live.read();
            (live.clone(), self.index.due_upkeep(&live))
        };
        let Some(upkeep) = due else { return Ok(false) };
        self.index.maintain(upkeep, &live)?;
        Ok(true)
    }
}
