//! Nearest neighbors of an embedding among millions, as a cache: everything here is rebuilt from the store.
//!
//! Points live in immutable segments; large ones carry an HNSW graph (Malkov and Yashunin 2018), which is kept in a file, small ones
//! are scanned. New points are findable at once in the fresh list, and [`VectorIndex::maintain`] folds them into segments of
//! geometrically growing size. A search loads one immutable generation and waits for nobody. What may be listed (live
//! points, filters) comes in as a bitmap, and a search never comes back short while enough allowed points exist.

mod codes;
mod file;
mod generation;
mod graph;
mod join;
mod mapped;
mod matrix;
mod memory;
mod segment;
mod snapshot;

use std::cmp::Ordering;
use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use roaring::RoaringBitmap;

use crate::embedding::{Embedding, Similarity};
use crate::question::PointId;
pub use file::SegmentFiles;
use generation::Generation;
pub use graph::Builder;
pub use join::{BLOCK, Join, Pairs};
pub use matrix::Matrix;
pub use segment::Segment;
pub use snapshot::Snapshot;

/// A found point. Best first: higher similarity, then the older point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbor {
    pub point: PointId,
    pub similarity: Similarity,
}

impl Ord for Neighbor {
    /// Less is better, so that sorting puts the best first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.similarity.cmp(&self.similarity).then(self.point.cmp(&other.point))
    }
}

impl PartialOrd for Neighbor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, Copy)]
pub struct IndexOptions {
    /// Links a point keeps on the upper layers, twice as many on the lowest (`M` in the paper).
    pub max_links: usize,
    /// Candidates looked at while linking a point. More: a better graph, a slower build.
    pub ef_construction: usize,
    /// Candidates looked at while searching. More: better recall, slower.
    pub ef_search: usize,
    /// Threads that build graphs.
    pub build_threads: usize,
    pub builder: Builder,
}

impl Default for IndexOptions {
    /// recall@20 of 0.99 and more on sentence embeddings; see the benchmarks in ARCHITECTURE.md.
    fn default() -> Self {
        let build_threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { max_links: 16, ef_construction: 200, ef_search: 128, build_threads, builder: Builder::Own }
    }
}

/// How a search finds its neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchMode {
    /// Graphs where they pay, scans elsewhere: recall as configured.
    Approximate,
    /// The same with so many candidates, in place of [`IndexOptions::ef_search`].
    Ef(usize),
    /// Every allowed point is compared.
    Exact,
}

/// What the index holds, for status pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexStats {
    /// Points, dead ones that were not folded away yet included.
    pub points: usize,
    pub fresh: usize,
    pub segments: usize,
    /// Points in segments that have a graph.
    pub in_graphs: usize,
    /// Bytes of vectors, graphs not counted.
    pub vector_bytes: usize,
    /// Those of them that lie in the process's own memory, not in mapped files.
    pub own_vector_bytes: usize,
    /// Bytes of graphs.
    pub graph_bytes: usize,
}

/// Segments that are due to become one; see [`VectorIndex::due_upkeep`].
pub struct Upkeep {
    retired: Vec<Arc<Segment>>,
}

pub struct VectorIndex {
    options: IndexOptions,
    dimension: usize,
    current: ArcSwap<Generation>,
    /// Held while a successor of the current generation is made.
    succession: Mutex<()>,
    /// Where segments with graphs are kept; nowhere where another process holds the folder.
    files: Option<SegmentFiles>,
}

impl VectorIndex {
    /// An index of the given points, in ascending order, and their vectors as rows of `vectors`. Searched exactly until
    /// [`VectorIndex::maintain`] has built a graph.
    pub fn new(options: IndexOptions, points: Vec<PointId>, vectors: Matrix) -> Self {
        let dimension = vectors.dimension();
        Self::restored(options, dimension, vec![Segment::new(points, vectors)], None)
    }

    /// An index of segments, the points of each newer than those of the one before; those with graphs that will be built are kept in
    /// `files`.
    pub fn restored(options: IndexOptions, dimension: usize, segments: Vec<Segment>, files: Option<SegmentFiles>) -> Self {
        let current = ArcSwap::from_pointee(Generation::of(segments));
        Self { options, dimension, current, succession: Mutex::new(()), files }
    }

    /// Makes points findable. They must be newer than every point inserted before. Cost: microseconds a point.
    pub fn insert(&self, points: &[(PointId, Embedding)]) {
        let _succession = self.succession.lock();
        let next = self.current.load().with_fresh(points, self.dimension);
        self.current.store(Arc::new(next));
    }

    /// The up to `k` best points of `allowed`, best first, ties by older point. `k` where that many are allowed.
    ///
    /// Cost: with a graph it grows with `ef_search`, hardly with the corpus; exact or with few allowed points with their
    /// number (some 40 ns each).
    pub fn search(&self, query: &Embedding, k: usize, allowed: &RoaringBitmap, mode: SearchMode) -> Vec<Neighbor> {
        let ef = match mode {
            SearchMode::Approximate => Some(self.options.ef_search),
            SearchMode::Ef(ef) => Some(ef),
            SearchMode::Exact => None,
        };
        self.current.load().search(query, k, allowed, ef)
    }

    /// The embedding of a point, if it is here.
    pub fn embedding(&self, point: PointId) -> Option<Embedding> {
        self.current.load().embedding(point)
    }

    /// The similarity of a point to `query`, as a search tells it. Cost: some 100 ns.
    pub fn similarity(&self, point: PointId, query: &Embedding) -> Option<Similarity> {
        self.current.load().similarity(point, query)
    }

    /// The similarity of two points.
    pub fn between(&self, a: PointId, b: PointId) -> Option<Similarity> {
        self.current.load().between(a, b)
    }

    /// The vectors of those of `live` that are here, as they are now. Cost: some nanoseconds a point; the vectors are not copied.
    pub fn snapshot(&self, live: &RoaringBitmap) -> Snapshot {
        Snapshot::of(self.current.load_full(), live)
    }

    /// The piece of upkeep that is due, if any. `live` must hold every point of the index that is live at this moment: what
    /// it leaves out is dropped for good, so no insert may be under way whose points `live` does not know yet.
    pub fn due_upkeep(&self, live: &RoaringBitmap) -> Option<Upkeep> {
        self.current.load().due_for_upkeep(live).map(|retired| Upkeep { retired })
    }

    /// Merges segments, leaves out points that are not `live` (the bitmap that the upkeep was planned with), builds a graph.
    /// Searches and inserts go on meanwhile. Only one thread may.
    ///
    /// Memory: while it runs, the merged segments stand beside their successor.
    ///
    /// # Errors
    /// Where the successor can't be written: then all is as it was.
    pub fn maintain(&self, Upkeep { retired }: Upkeep, live: &RoaringBitmap) -> io::Result<()> {
        let successor = Segment::merge(&retired, live, self.dimension, &self.options, self.files.as_ref())?;
        let succession = self.succession.lock();
        let next = Arc::new(self.current.load().with_successor(&retired, successor));
        self.current.store(Arc::clone(&next));
        drop(succession);
        if let Some(files) = &self.files
            && let Err(error) = next.clear_away(files)
        {
            tracing::warn!(%error, "files of former segments can't be removed");
        }
        Ok(())
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    pub fn stats(&self) -> IndexStats {
        self.current.load().stats(self.dimension)
    }
}

#[cfg(test)]
mod tests;
