//! An HNSW graph over the rows of a matrix: a small wall around hnsw_rs, and the only place that names it.
//!
//! hnsw_rs 0.3.5, by its source: it ends the process on a `max_nb_connection` above 256, panics on a NaN, asserts a distance
//! that rounding can make negative, comes back short or panics with its own filters, can't delete and must not be searched
//! while it is inserted into; its loader trusts what it reads. So: parameters are checked here, only unit vectors reach it,
//! the distance is ours and clamped, filtering is done outside, a graph is complete before anyone sees it, and nothing is ever
//! loaded from or dumped to disk with it.

use std::sync::Arc;

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::Hnsw;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::IndexOptions;
use super::matrix::Matrix;

/// The layers of the paper; hnsw_rs allows no more.
const MAX_LAYERS: usize = 16;
/// Rows handed to hnsw_rs at once.
const BUILD_CHUNK: usize = 8_192;

/// What hnsw_rs takes for a vector: a row of the matrix, so that vectors are stored once, or a query.
#[derive(Clone)]
enum Handle {
    Row(u32),
    Query(Arc<[f32]>),
}

/// `1 - cosine`, never below zero.
struct CosineDistance {
    vectors: Arc<Matrix>,
}

impl Distance<Handle> for CosineDistance {
    fn eval(&self, a: &[Handle], b: &[Handle]) -> f32 {
        let cosine = match (&a[0], &b[0]) {
            (Handle::Row(a), Handle::Row(b)) => self.vectors.dot_rows(*a as usize, *b as usize),
            (Handle::Query(query), Handle::Row(row)) | (Handle::Row(row), Handle::Query(query)) => {
                self.vectors.dot(*row as usize, query)
            }
            // hnsw_rs compares a query with points only.
            (Handle::Query(a), Handle::Query(b)) => a.iter().zip(&**b).map(|(a, b)| a * b).sum(),
        };
        (1.0 - cosine).max(0.0)
    }
}

pub struct Graph {
    hnsw: Hnsw<'static, Handle, CosineDistance>,
}

impl Graph {
    /// Links all rows. Cost: about a millisecond a row and core at 200,000 rows of 384 dimensions.
    pub fn build(vectors: &Arc<Matrix>, options: &IndexOptions) -> Self {
        let max_links = options.max_links.clamp(4, 128);
        let ef_construction = options.ef_construction.clamp(max_links, 4_096);
        let distance = CosineDistance { vectors: Arc::clone(vectors) };
        let hnsw = Hnsw::new(max_links, vectors.rows(), MAX_LAYERS, ef_construction, distance);
        let handles: Vec<Vec<Handle>> = (0..vectors.rows()).map(|row| vec![Handle::Row(row as u32)]).collect();
        let numbered: Vec<(&Vec<Handle>, usize)> = handles.iter().zip(0..).collect();
        match build_pool(options.build_threads) {
            Ok(pool) => pool.install(|| numbered.chunks(BUILD_CHUNK).for_each(|chunk| hnsw.parallel_insert(chunk))),
            Err(error) => {
                tracing::warn!(%error, "no threads to build the graph with; building it on one");
                numbered.iter().for_each(|(handle, row)| hnsw.insert((handle.as_slice(), *row)));
            }
        }
        Self { hnsw }
    }

    /// Rows near `query` with their cosine, best first, at most `ef` of them.
    pub fn search(&self, query: &Arc<[f32]>, ef: usize) -> impl Iterator<Item = (usize, f32)> {
        let found = self.hnsw.search(&[Handle::Query(Arc::clone(query))], ef, ef);
        found.into_iter().map(|neighbor| (neighbor.d_id, 1.0 - neighbor.distance))
    }
}

/// A pool of its own, so that a build never waits for, or holds up, the model's threads.
fn build_pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("index-build-{n}")).build()
}
