//! What the graph finds of what is there, measured while serving.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::filter::Filter;
use crate::index::SearchMode;

/// A measurement is good for that long.
const FRESH: Duration = Duration::from_secs(60);
/// Questions that are looked up. Each costs a comparison with every question.
const QUERIES: usize = 32;
const NEAREST: usize = 20;

/// The share of the truly nearest that searches find.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Recall {
    /// 0 to 1.
    pub value: f64,
    /// Of so many nearest.
    pub k: usize,
    /// Stored questions that were looked up, others each time.
    pub queries: usize,
}

/// The last measurement.
#[derive(Debug, Default)]
pub struct RecallGauge {
    last: Mutex<Option<(Instant, Recall)>>,
    running: AtomicBool,
    /// How many measurements there were.
    turns: AtomicUsize,
}

impl RecallGauge {
    /// The last measurement, if there is one.
    pub fn last(&self) -> Option<Recall> {
        self.last.lock().map(|(_, recall)| recall)
    }

    /// Whether it is time for another one.
    pub fn is_stale(&self) -> bool {
        self.last.lock().is_none_or(|(measured, _)| measured.elapsed() > FRESH)
    }

    /// Measures, unless somebody does already. Cost: a comparison of 32 questions with all.
    pub fn measure(&self, app: &App) {
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(recall) = measure(app, self.turns.fetch_add(1, Ordering::Relaxed)) {
            *self.last.lock() = Some((Instant::now(), recall));
        }
        self.running.store(false, Ordering::Release);
    }
}

/// `None` where nothing is stored.
fn measure(app: &App, turn: usize) -> Option<Recall> {
    let live = app.corpus.live();
    let allowed = app.corpus.allowed(&Filter::default());
    let step = (live.len() as usize / QUERIES).max(1);
    // Others each turn, spread over all.
    let start = turn.wrapping_mul(7_919) % step;
    let (mut hits, mut wanted, mut queries) = (0, 0, 0);
    for point in live.iter().skip(start).step_by(step).take(QUERIES) {
        let Some(embedding) = app.corpus.embedding(crate::question::PointId(point)) else { continue };
        let exact = app.corpus.nearest(&embedding, NEAREST, &allowed, SearchMode::Exact);
        let found = app.corpus.nearest(&embedding, NEAREST, &allowed, SearchMode::Approximate);
        // By score, so that one of two that are equally near is as good as the other.
        let least = exact.last()?.similarity;
        hits += found.iter().filter(|neighbor| neighbor.similarity >= least).count();
        wanted += exact.len();
        queries += 1;
    }
    (wanted > 0).then(|| Recall { value: (hits as f64 / wanted as f64).min(1.0), k: NEAREST, queries })
}
