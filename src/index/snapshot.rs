//! The vectors of one moment by position: what work over all questions reads while writes go on.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::generation::Generation;
use crate::question::PointId;

/// Positions `0..len` are the live points of one moment in ascending order, so a point keeps its position in a later snapshot
/// unless an older one was removed.
pub struct Snapshot {
    generation: Arc<Generation>,
    points: Vec<PointId>,
    /// Segment (one behind the last stands for the fresh points) and row of each position.
    places: Vec<(u32, u32)>,
}

impl Snapshot {
    pub(super) fn of(generation: Arc<Generation>, live: &RoaringBitmap) -> Self {
        let mut points = Vec::with_capacity(live.len() as usize);
        let mut places = Vec::with_capacity(live.len() as usize);
        let mut take = |part: usize, row: usize, point: PointId| {
            if live.contains(point.0) {
                points.push(point);
                places.push((part as u32, row as u32));
            }
        };
        for (part, segment) in generation.segments().iter().enumerate() {
            segment.points().iter().enumerate().for_each(|(row, point)| take(part, row, *point));
        }
        let part = generation.segments().len();
        generation.fresh().iter().enumerate().for_each(|(row, (point, _))| take(part, row, *point));
        Self { generation, points, places }
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Ascending.
    pub fn points(&self) -> &[PointId] {
        &self.points
    }

    pub fn position(&self, point: PointId) -> Option<usize> {
        self.points.binary_search(&point).ok()
    }

    pub fn vector(&self, position: usize) -> &[f32] {
        let (part, row) = self.places[position];
        match self.generation.segments().get(part as usize) {
            Some(segment) => segment.vectors().row(row as usize),
            None => self.generation.fresh()[row as usize].1.as_slice(),
        }
    }
}
