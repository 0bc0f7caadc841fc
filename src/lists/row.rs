//! One list.

use roaring::RoaringBitmap;

use crate::index::Neighbor;
use crate::question::{PointId, QuestionId, SeqNo};

/// The best neighbors of one question, of all that were compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Best first, ties by id.
    near: Vec<Neighbor>,
    /// Whether others that were compared are left out: then nothing below the last one can be known.
    truncated: bool,
    /// When what is shown of it changed last.
    pub changed_at: SeqNo,
}

impl Row {
    pub fn new(seq: SeqNo) -> Self {
        Self { near: Vec::new(), truncated: false, changed_at: seq }
    }

    /// As it was kept.
    pub fn from_parts(near: Vec<Neighbor>, truncated: bool, changed_at: SeqNo) -> Self {
        Self { near, truncated, changed_at }
    }

    pub fn neighbors(&self) -> &[Neighbor] {
        &self.near
    }

    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Whether it has lost so many that others must be found again.
    pub fn is_short(&self, shown: usize) -> bool {
        self.truncated && self.near.len() < shown
    }

    /// Forgets all, to be compared with everybody again.
    pub fn restart(&mut self) {
        self.near.clear();
        self.truncated = false;
    }

    /// Nothing below can enter.
    pub fn floor(&self, kept: usize) -> f32 {
        match self.near.last() {
            Some(last) if self.truncated || self.near.len() >= kept => last.similarity.value(),
            // All are left out, or none was compared yet.
            _ if self.truncated => f32::INFINITY,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Takes a neighbor in where it belongs, and tells the place. `id` tells the ids of those that are tied.
    pub fn gain<'a>(
        &mut self,
        neighbor: Neighbor,
        kept: usize,
        id: impl Fn(PointId) -> Option<&'a QuestionId>,
    ) -> Option<usize> {
        let order = |listed: &Neighbor| {
            neighbor.similarity.cmp(&listed.similarity).then_with(|| id(listed.point).cmp(&id(neighbor.point)))
        };
        // A list that is searched again is offered what it has.
        let Err(place) = self.near.binary_search_by(order) else { return None };
        if place == self.near.len() && (self.truncated || place >= kept) {
            self.truncated = true;
            return None;
        }
        self.near.insert(place, neighbor);
        if self.near.len() > kept {
            self.near.truncate(kept);
            self.truncated = true;
        }
        Some(place)
    }

    /// Forgets the removed ones.
    pub fn drop_removed(&mut self, removed: &RoaringBitmap, shown: usize, seq: SeqNo) {
        let is_removed = |neighbor: &Neighbor| removed.contains(neighbor.point.0);
        let Some(first) = self.near.iter().position(is_removed) else { return };
        if first < shown {
            self.changed_at = seq;
        }
        self.near.retain(|neighbor| !is_removed(neighbor));
    }
}
