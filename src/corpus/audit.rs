//! How much of what is there searches find, measured on some of those that are asked: they are answered exactly as well, beside the
//! answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use roaring::RoaringBitmap;

use super::Shared;
use crate::background;
use crate::embedding::Embedding;
use crate::index::{Neighbor, SearchMode};

/// The best of a list that are compared.
pub const AUDITED: usize = 20;
/// Searches that may wait; more are not audited.
const WAITING: usize = 4;

/// What the sample said so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    pub queries: u64,
    /// Neighbors that an exact search finds.
    pub wanted: u64,
    /// Those of them that were found.
    pub found: u64,
}

impl Audited {
    /// recall@20; `None` before anything was compared.
    pub fn recall(&self) -> Option<f64> {
        (self.wanted > 0).then(|| self.found as f64 / self.wanted as f64)
    }
}

#[derive(Default)]
struct Counts {
    queries: AtomicU64,
    wanted: AtomicU64,
    found: AtomicU64,
}

/// A search and what it found.
struct Sample {
    query: Embedding,
    allowed: RoaringBitmap,
    found: Vec<Neighbor>,
}

/// Takes one search in so many. Its thread ends when it is dropped.
pub struct Audit {
    one_in: u64,
    asked: AtomicU64,
    queue: SyncSender<Sample>,
    counts: Arc<Counts>,
}

impl Audit {
    pub(super) fn start(shared: Arc<Shared>, one_in: u64) -> std::io::Result<Self> {
        let (queue, samples) = sync_channel(WAITING);
        let counts = Arc::new(Counts::default());
        let noted = Arc::clone(&counts);
        std::thread::Builder::new().name("recall-audit".into()).spawn(move || run(&shared, &samples, &noted))?;
        Ok(Self { one_in: one_in.max(1), asked: AtomicU64::new(0), queue, counts })
    }

    /// Cost for those that are not taken: a counter.
    pub(super) fn note(&self, query: &Embedding, allowed: &RoaringBitmap, found: &[Neighbor]) {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.one_in) {
            let found = found[..found.len().min(AUDITED)].to_vec();
            // Where others wait already the machine has enough to do.
            let _ = self.queue.try_send(Sample { query: query.clone(), allowed: allowed.clone(), found });
        }
    }

    pub fn audited(&self) -> Audited {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { queries, wanted, found } = &*self.counts;
        Audited { queries: read(queries), wanted: read(wanted), found: read(found) }
    }
}

fn run(shared: &Shared, samples: &Receiver<Sample>, counts: &Counts) {
    background::yield_to_others();
    while let Ok(Sample { query, mut allowed, found }) = samples.recv() {
        // What was deleted since can't be found any more.
        allowed &= &**shared.catalog.read().live();
        let found: Vec<Neighbor> = found.into_iter().filter(|neighbor| allowed.contains(neighbor.point.0)).collect();
        let exact = shared.index.search(&query, found.len(), &allowed, SearchMode::Exact);
        let Some(least) = exact.last() else { continue };
        // By similarity: of those that are equally near one is as good as another.
        let right = found.iter().filter(|neighbor| neighbor.similarity >= least.similarity).count();
        counts.queries.fetch_add(1, Ordering::Relaxed);
        counts.wanted.fetch_add(exact.len() as u64, Ordering::Relaxed);
        counts.found.fetch_add(right as u64, Ordering::Relaxed);
    }
}
