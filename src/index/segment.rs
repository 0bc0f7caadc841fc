//! An immutable set of points, searched by its graph or by scanning.

use std::collections::BinaryHeap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::graph::{Graph, SavedGraph};
use super::matrix::Matrix;
use super::{IndexOptions, Neighbor, SearchMode};
use crate::embedding::Similarity;
use crate::question::PointId;

/// Rows beside twice as many as are wanted that are compared by their vectors: bytes tell a cosine to a hundredth.
const RESCORED: usize = 16;
/// Rows a scan compares in the time in which a graph search looks at one of its `ef` candidates. Measured at 100,000 rows of
/// 384 dimensions: 1.2 µs a candidate, 40 ns a row.
const ROWS_PER_CANDIDATE: usize = 32;
/// Segments with fewer rows get no graph: scanning them takes well under a millisecond.
pub const MIN_GRAPH_ROWS: usize = 8_192;

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

    /// Segments of all points, of which some have a graph that was kept (ascending, none over another). A point of such a graph that
    /// is not among `points` is dead: its vector is gone, and the graph leads past it.
    pub fn restored(mut points: Vec<PointId>, mut vectors: Matrix, saved: Vec<SavedGraph>) -> Vec<Self> {
        let mut segments = Vec::new();
        for SavedGraph { points: rows, graph } in saved {
            let (first, last) = (rows[0], rows[rows.len() - 1]);
            let before = points.partition_point(|point| *point < first);
            segments.push(Self::split_off_first(&mut points, &mut vectors, before));
            let own = points.partition_point(|point| *point <= last);
            let living = Self::split_off_first(&mut points, &mut vectors, own);
            segments.push(Self { graph: Some(graph), ..living.with_rows(rows) });
        }
        segments.push(Self::new(points, vectors));
        segments
    }

    /// A segment of the first `count`, which leave the others.
    fn split_off_first(points: &mut Vec<PointId>, vectors: &mut Matrix, count: usize) -> Self {
        let (other_points, other_vectors) = (points.split_off(count), vectors.split_off(count));
        Self::new(std::mem::replace(points, other_points), std::mem::replace(vectors, other_vectors))
    }

    /// With these rows, of which those that it lacks are zero.
    fn with_rows(self, rows: Vec<PointId>) -> Self {
        if self.points.len() == rows.len() {
            return self;
        }
        let zero = vec![0.0; self.vectors.dimension()];
        let mut vectors = Matrix::with_capacity(self.vectors.dimension(), rows.len());
        rows.iter().for_each(|point| vectors.push(self.row_of(*point).map_or(&zero[..], |row| self.vectors.row(row))));
        Self::new(rows, vectors)
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

    /// Adds this segment's up to `k` best allowed points to `found`.
    pub fn search(
        &self,
        query: &[f32],
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
        let mut neighbors: Vec<Neighbor> = rows.map(|row| self.neighbor(*row, self.vectors.dot(*row, query))).collect();
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
