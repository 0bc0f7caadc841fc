//! An immutable set of points, searched by its graph or by scanning.

use std::collections::BinaryHeap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::graph::Graph;
use super::matrix::Matrix;
use super::{IndexOptions, Neighbor, SearchMode};
use crate::embedding::Similarity;
use crate::question::PointId;

/// Rows a scan compares in the time in which a graph search looks at one of its `ef` candidates. Measured at 200,000 rows of
/// 384 dimensions: 10 µs a candidate of hnsw_rs, 60 ns a row.
const ROWS_PER_CANDIDATE: usize = 128;
/// Segments with fewer rows get no graph: scanning them takes well under a millisecond.
pub const MIN_GRAPH_ROWS: usize = 8_192;

pub struct Segment {
    /// Ascending; row i holds point i.
    points: Vec<PointId>,
    vectors: Arc<Matrix>,
    graph: Option<Graph>,
}

impl Segment {
    /// A segment without a graph. `points` ascend and are as many as the rows.
    pub fn new(points: Vec<PointId>, vectors: Matrix) -> Self {
        assert_eq!(points.len(), vectors.rows(), "a row a point");
        debug_assert!(points.is_sorted_by(|a, b| a < b), "points ascend");
        Self { points, vectors: Arc::new(vectors), graph: None }
    }

    /// The live points of `segments`, which follow each other, in one segment, with a graph where it pays.
    pub fn merge(segments: &[Arc<Segment>], live: &RoaringBitmap, dimension: usize, options: &IndexOptions) -> Self {
        let rows = segments.iter().map(|segment| segment.count(live)).sum();
        let mut points = Vec::with_capacity(rows);
        let mut vectors = Matrix::with_capacity(dimension, rows);
        for segment in segments {
            for (row, point) in segment.points.iter().enumerate().filter(|(_, point)| live.contains(point.0)) {
                points.push(*point);
                vectors.push(segment.vectors.row(row));
            }
        }
        let mut merged = Self::new(points, vectors);
        if merged.len() >= MIN_GRAPH_ROWS {
            merged.graph = Some(Graph::build(&merged.vectors, options));
        }
        merged
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn has_graph(&self) -> bool {
        self.graph.is_some()
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

    /// Adds this segment's up to `k` best allowed points to `found`.
    pub fn search(
        &self,
        query: &Arc<[f32]>,
        k: usize,
        allowed: &RoaringBitmap,
        mode: SearchMode,
        ef_search: usize,
        found: &mut Vec<Neighbor>,
    ) {
        let matching = self.count(allowed).min(self.len());
        if matching == 0 || k == 0 {
            return;
        }
        let wanted = k.min(matching);
        if let (SearchMode::Approximate, Some(graph)) = (mode, &self.graph) {
            // Enough candidates that `k` of them pass on average, with a margin; more each time that was not enough.
            let expected = k * self.len() / matching;
            let mut ef = ef_search.max(expected + expected / 2);
            while ef * ROWS_PER_CANDIDATE < matching {
                let start = found.len();
                found.extend(self.allowed_candidates(graph.search(query, ef), allowed).take(k));
                if found.len() - start >= wanted {
                    return;
                }
                found.truncate(start);
                ef *= 2;
            }
        }
        self.scan(query, k, allowed, found);
    }

    fn allowed_candidates(
        &self,
        candidates: impl Iterator<Item = (usize, f32)>,
        allowed: &RoaringBitmap,
    ) -> impl Iterator<Item = Neighbor> {
        let neighbors = candidates.map(|(row, cosine)| self.neighbor(row, cosine));
        neighbors.filter(|neighbor| allowed.contains(neighbor.point.0))
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
