//! Graphs by hnsw_rs: a small wall around it, and the only place that names it.
//!
//! hnsw_rs 0.3.5, by its source: it ends the process on a `max_nb_connection` above 256, panics on a NaN, asserts a distance
//! that rounding can make negative, comes back short or panics with its own filters, can't delete and must not be searched
//! while it is inserted into; its loader trusts what it reads. So: parameters are checked here, only unit vectors reach it,
//! the distance is ours and clamped, and it does nothing but build: its links are copied into ours.

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::Hnsw;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::build::width;
use super::links::{Links, MOST_LAYERS};
use crate::index::IndexOptions;
use crate::index::matrix::Matrix;

/// The layers of the paper; hnsw_rs allows no more.
const MAX_LAYERS: usize = 16;
/// Rows handed to hnsw_rs at once.
const BUILD_CHUNK: usize = 8_192;

/// `1 - cosine` of two rows, never below zero. A "vector" of hnsw_rs is the number of a row, so that vectors are stored once.
struct CosineDistance<'a> {
    vectors: &'a Matrix,
}

impl Distance<u32> for CosineDistance<'_> {
    fn eval(&self, a: &[u32], b: &[u32]) -> f32 {
        (1.0 - self.vectors.dot_rows(a[0] as usize, b[0] as usize)).max(0.0)
    }
}

/// Links all rows. Cost: about a millisecond a row and core at 200,000 rows of 384 dimensions.
pub fn build(vectors: &Matrix, options: &IndexOptions) -> Links<u32> {
    let width = width(options);
    let ef_construction = options.ef_construction.clamp(width, 4_096);
    let hnsw = Hnsw::new(width, vectors.rows(), MAX_LAYERS, ef_construction, CosineDistance { vectors });
    let rows: Vec<Vec<u32>> = (0..vectors.rows()).map(|row| vec![row as u32]).collect();
    let numbered: Vec<(&Vec<u32>, usize)> = rows.iter().zip(0..).collect();
    match build_pool(options.build_threads) {
        Ok(pool) => pool.install(|| numbered.chunks(BUILD_CHUNK).for_each(|chunk| hnsw.parallel_insert(chunk))),
        Err(error) => {
            tracing::warn!(%error, "no threads to build the graph with; building it on one");
            numbered.iter().for_each(|(row, number)| hnsw.insert((row.as_slice(), *number)));
        }
    }
    let mut layers = vec![0; vectors.rows()];
    for point in hnsw.get_point_indexation() {
        layers[point.get_origin_id()] = point.get_point_id().0.min(MOST_LAYERS);
    }
    let links = Links::none(width, layers);
    for point in hnsw.get_point_indexation() {
        let row = point.get_origin_id();
        for (layer, neighbors) in (0..=links.layers()[row]).zip(point.get_neighborhood_id()) {
            let above = |other: &u32| links.layers()[*other as usize] >= layer;
            links.set(row as u32, layer, neighbors.iter().map(|neighbor| neighbor.d_id as u32).filter(above));
        }
    }
    links.frozen()
}

/// A pool of its own, so that a build never waits for, or holds up, the model's threads.
fn build_pool(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("index-build-{n}")).build()
}
