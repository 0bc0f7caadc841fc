//! An immutable set of points, searched by its graph or by scanning.

use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::codes::Codes;
use super::file::SegmentFiles;
use super::graph::{Graph, width};
use super::matrix::Matrix;
use super::{IndexOptions, Neighbor};
use crate::embedding::Similarity;
use crate::matmul::prefetch;
use crate::question::PointId;

/// Rows beside twice as many as are wanted that are compared by their vectors: bytes tell a cosine to a hundredth.
const RESCORED: usize = 16;
/// Numbers of a row that are asked for ahead; the processor sees by itself that the others follow.
const PREFETCHED: usize = 64;
/// Rows a scan compares in the time in which a graph search looks at one of its `ef` candidates. Measured at 100,000 rows of
/// 384 dimensions: .7 µs a candidate, 40 ns a row.
const ROWS_PER_CANDIDATE: usize = 16;
/// Segments with fewer rows get no graph: scanning them takes less than a tenth of a millisecond.
pub const MIN_GRAPH_ROWS: usize = 2_048;

pub struct Segment {
    /// Ascending; row i holds point i.
    points: Vec<PointId>,
    vectors: Matrix,
    graph: Option<Graph>,
}

impl Segment {
    /// A segment without a graph. `points` ascend and are as many as the rows.
    pub fn new(points: Vec<PointId>, vectors: Matrix) -> Self {
        assert_eq!(points.len(), vectors.rows(), "a row a point");
        debug_assert!(points.is_sorted_by(|a, b| a < b), "points ascend");
        Self { points, vectors, graph: None }
    }

    /// A segment with a graph over its rows.
    pub fn with_graph(points: Vec<PointId>, vectors: Matrix, graph: Graph) -> Self {
        Self { graph: Some(graph), ..Self::new(points, vectors) }
    }

    /// The live points of `segments`, which follow each other, in one segment, with a graph where it pays; one with a graph lies in a
    /// file where there are `files`.
    pub fn merge(
        segments: &[Arc<Segment>],
        live: &RoaringBitmap,
        dimension: usize,
        options: &IndexOptions,
        files: Option<&SegmentFiles>,
    ) -> io::Result<Self> {
        let rows = || segments.iter().flat_map(|segment| segment.live_rows(live));
        let points: Vec<PointId> = rows().map(|(point, _)| point).collect();
        let count = points.len();
        let in_memory = || {
            let mut vectors = Matrix::with_capacity(dimension, count);
            rows().for_each(|(_, vector)| vectors.push(vector));
            vectors
        };
        match files {
            _ if count < MIN_GRAPH_ROWS => Ok(Self::new(points, in_memory())),
            None => {
                let vectors = in_memory();
                let graph = Graph::build(Codes::of(&vectors), in_memory, options);
                Ok(Self::with_graph(points, vectors, graph))
            }
            Some(files) => {
                let link = |codes| Graph::build(codes, in_memory, options);
                files.write(points, rows().map(|(_, vector)| vector), width(options), link)
            }
        }
    }

    fn live_rows<'a>(&'a self, live: &'a RoaringBitmap) -> impl Iterator<Item = (PointId, &'a [f32])> {
        let rows = self.points.iter().enumerate().filter(|(_, point)| live.contains(point.0));
        rows.map(|(row, point)| (*point, self.vectors.row(row)))
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    pub fn graph(&self) -> Option<&Graph> {
        self.graph.as_ref()
    }

    pub fn vectors(&self) -> &Matrix {
        &self.vectors
    }

    pub fn points(&self) -> &[PointId] {
        &self.points
    }

    pub fn row_of(&self, point: PointId) -> Option<usize> {
        self.points.binary_search(&point).ok()
    }

    /// How many points of `bitmap` may lie in this segment (points in its range).
    pub fn count(&self, bitmap: &RoaringBitmap) -> usize {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => bitmap.range_cardinality(first.0..=last.0) as usize,
            _ => 0,
        }
    }

    /// Adds this segment's up to `k` best allowed points to `found`: by its graph with `ef` candidates, or without one exactly.
    pub fn search(&self, query: &[f32], k: usize, allowed: &RoaringBitmap, ef: Option<usize>, found: &mut Vec<Neighbor>) {
        let matching = self.count(allowed).min(self.len());
        if matching == 0 || k == 0 {
            return;
        }
        let wanted = k.min(matching);
        if let (Some(ef), Some(graph)) = (ef, &self.graph) {
            // Enough candidates that `k` of them pass on average, with a margin where some may not; more each time that was
            // not enough.
            let expected = k * self.len() / matching;
            let mut ef = if matching == self.len() { ef.max(k) } else { ef.max(expected + expected / 2) };
            while ef * ROWS_PER_CANDIDATE < matching {
                let candidates = self.allowed_candidates(&graph.search(query, ef), query, k, allowed);
                if candidates.len() >= wanted {
                    found.extend(candidates.into_iter().take(k));
                    return;
                }
                ef *= 2;
            }
        }
        self.scan(query, k, allowed, found);
    }

    /// The allowed ones of rows that are near by their bytes, best first: some more than `k` are compared by their vectors.
    fn allowed_candidates(&self, rows: &[usize], query: &[f32], k: usize, allowed: &RoaringBitmap) -> Vec<Neighbor> {
        let rows = rows.iter().filter(|row| allowed.contains(self.points[**row].0)).take(2 * k + RESCORED);
        let rows: Vec<usize> = rows.copied().collect();
        rows.iter().for_each(|row| prefetch(&self.vectors.row(*row)[..PREFETCHED.min(self.vectors.dimension())]));
        let mut neighbors: Vec<Neighbor> = rows.iter().map(|row| self.neighbor(*row, self.vectors.dot(*row, query))).collect();
        neighbors.sort_unstable();
        neighbors
    }

    /// Compares every allowed point, walking both ascending lists side by side.
    fn scan(&self, query: &[f32], k: usize, allowed: &RoaringBitmap, found: &mut Vec<Neighbor>) {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return };
        // The worst of the best on top.
        let mut best: BinaryHeap<Neighbor> = BinaryHeap::with_capacity(k + 1);
        let mut row = 0;
        for number in allowed.range(first.0..=last.0) {
            let point = PointId(number);
            if self.points[row] < point {
                row += self.points[row..].partition_point(|p| *p < point);
            }
            if self.points[row] != point {
                continue;
            }
            let neighbor = self.neighbor(row, self.vectors.dot(row, query));
            if best.len() < k {
                best.push(neighbor);
            } else if best.peek().is_some_and(|worst| neighbor < *worst) {
                best.pop();
                best.push(neighbor);
            }
        }
        found.extend(best);
    }

    fn neighbor(&self, row: usize, cosine: f32) -> Neighbor {
        Neighbor { point: self.points[row], similarity: Similarity::new(cosine) }
    }
}
