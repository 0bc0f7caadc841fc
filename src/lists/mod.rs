//! The nearest neighbors of every question, kept in step with the store: living lists.
//!
//! [`Lists`] holds for the first `settled` points of the corpus (in ascending order, so the oldest first) the best neighbors
//! of each among them, exactly. A step takes the next points and compares them with all that are settled and with each other;
//! both sides of a pair may gain. So a first build, a build that goes on after a stop, and taking in one new question are the
//! same step. A removed point leaves the lists it was in; each keeps more neighbors than are shown, and only a list that runs
//! short of them is searched again. Whatever the order of changes, the outcome is that of a build from scratch.

mod file;
mod living;
mod row;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use roaring::RoaringBitmap;
use thiserror::Error;

use crate::corpus::Moment;
use crate::embedding::Similarity;
use crate::index::{BLOCK, Join, Neighbor, Pairs, Snapshot};
use crate::question::{PointId, QuestionId, SeqNo};
pub use living::{Changes, LivingLists};
use row::Row;

/// Points that are taken in at a time.
const STEP: usize = BLOCK;

#[derive(Debug, Error)]
#[error("{}: the lists can't be kept: {source}", path.display())]
pub struct ListsError {
    pub path: PathBuf,
    pub source: std::io::Error,
}

/// How far an update is.
#[derive(Debug, Clone, Copy)]
pub struct Settling {
    pub settled: usize,
    pub of: usize,
}

impl Settling {
    /// Pairs that are done, and all there are: what the time goes with.
    pub fn pairs(self) -> (u64, u64) {
        let pairs = |n: usize| (n as u64) * (n as u64) / 2;
        (pairs(self.settled), pairs(self.of))
    }
}

/// Whether an update goes on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    On,
    Stop,
}

pub struct Lists {
    /// Neighbors that every list has, where there are so many questions.
    shown: usize,
    /// Neighbors kept at most.
    kept: usize,
    seq: SeqNo,
    /// Settled points, ascending; the others by position.
    points: Vec<PointId>,
    /// Empty where the lists were read from a file and not updated yet.
    ids: Vec<QuestionId>,
    slots: Vec<Slot>,
}

/// A list that several threads may add to, and what may enter it.
struct Slot {
    floor: AtomicU32,
    row: Mutex<Row>,
}

impl Slot {
    fn new(row: Row, kept: usize) -> Self {
        Self { floor: AtomicU32::new(row.floor(kept).to_bits()), row: Mutex::new(row) }
    }

    fn change(&mut self, kept: usize, change: impl FnOnce(&mut Row)) {
        let row = self.row.get_mut();
        change(row);
        *self.floor.get_mut() = row.floor(kept).to_bits();
    }
}

impl Lists {
    /// Empty lists that will show `shown` neighbors each.
    pub fn new(shown: usize) -> Self {
        let kept = shown + shown / 4 + 3;
        Self { shown, kept, seq: SeqNo(0), points: Vec::new(), ids: Vec::new(), slots: Vec::new() }
    }

    pub fn shown(&self) -> usize {
        self.shown
    }

    /// The state of the store that these lists are of, once [`Lists::update`] has come to its end.
    pub fn seq(&self) -> SeqNo {
        self.seq
    }

    /// Settled points, ascending.
    pub fn points(&self) -> &[PointId] {
        &self.points
    }

    /// From where on the next moment must know ids.
    pub fn next_point(&self) -> PointId {
        match self.points.last() {
            Some(last) if self.ids.len() == self.points.len() => PointId(last.0.saturating_add(1)),
            _ => PointId(0),
        }
    }

    /// The nearest others of a settled point: at least `shown` where there are so many; best first, ties by id.
    pub fn of(&self, point: PointId) -> Option<Vec<Neighbor>> {
        let position = self.points.binary_search(&point).ok()?;
        Some(self.slots[position].row.lock().neighbors().to_vec())
    }

    /// The points whose shown list changed after a state of the store, ascending.
    pub fn changed_after(&self, seq: SeqNo) -> Vec<PointId> {
        let changed = self.points.iter().zip(&self.slots).filter(|(_, slot)| slot.row.lock().changed_at > seq);
        changed.map(|(point, _)| *point).collect()
    }

    /// Brings the lists to a moment of the corpus, and tells which settled questions were removed. After every step `each` is
    /// told how far it is, may keep the lists, and says whether to go on. Cost: the pairs of new points with all, and nothing
    /// for a question that stays as it was.
    pub fn update(
        &mut self,
        moment: &Moment,
        threads: usize,
        mut each: impl FnMut(&Self, Settling) -> Result<Go, ListsError>,
    ) -> Result<(Go, Vec<QuestionId>), ListsError> {
        let removed = self.drop_removed(&moment.snapshot, moment.seq);
        if self.ids.len() != self.points.len() {
            self.ids = moment.ids()[..self.points.len()].to_vec();
        }
        let short: Vec<u32> = (0..self.slots.len() as u32).filter(|&p| self.is_short(p as usize)).collect();
        let all = moment.snapshot.len();
        let join = Join::new(&moment.snapshot, short.len() + all - self.points.len(), threads);
        for block in short.chunks(STEP) {
            for &position in block {
                self.slots[position as usize].change(self.kept, Row::restart);
            }
            self.join(moment, &join, block);
        }
        while self.points.len() < all {
            let start = self.points.len();
            let end = all.min(start + STEP);
            self.points.extend_from_slice(&moment.snapshot.points()[start..end]);
            self.ids.extend_from_slice(&moment.ids()[start - moment.ids_from()..end - moment.ids_from()]);
            let kept = self.kept;
            self.slots.resize_with(end, || Slot::new(Row::new(moment.seq), kept));
            let block: Vec<u32> = (start as u32..end as u32).collect();
            self.join(moment, &join, &block);
            if each(self, Settling { settled: end, of: all })? == Go::Stop {
                return Ok((Go::Stop, removed));
            }
        }
        self.seq = moment.seq;
        Ok((Go::On, removed))
    }

    fn is_short(&self, position: usize) -> bool {
        self.slots[position].row.lock().is_short(self.shown)
    }

    /// Forgets the points that are not live any more; those that stay are the first of `snapshot`.
    fn drop_removed(&mut self, snapshot: &Snapshot, seq: SeqNo) -> Vec<QuestionId> {
        let live: RoaringBitmap = snapshot.points().iter().map(|point| point.0).collect();
        let settled: RoaringBitmap = self.points.iter().map(|point| point.0).collect();
        let removed = settled - &live;
        if removed.is_empty() {
            return Vec::new();
        }
        let stays: Vec<bool> = self.points.iter().map(|point| live.contains(point.0)).collect();
        let of_ids = self.ids.iter().zip(&stays).filter(|(_, stays)| !**stays).map(|(id, _)| id.clone()).collect();
        retain(&mut self.points, &stays);
        retain(&mut self.ids, &stays);
        retain(&mut self.slots, &stays);
        for slot in &mut self.slots {
            slot.change(self.kept, |row| row.drop_removed(&removed, self.shown, seq));
        }
        of_ids
    }

    /// Compares `columns` with all that are settled.
    fn join(&self, moment: &Moment, join: &Join<'_>, columns: &[u32]) {
        join.block(columns, 0..self.points.len(), &Gaining { lists: self, seq: moment.seq });
    }

    fn id(&self, point: PointId) -> Option<&QuestionId> {
        self.points.binary_search(&point).ok().map(|position| &self.ids[position])
    }

    /// Reads the lists kept in a file. `None` where there are none, where they are for another model or number, and where the
    /// file is damaged: they are made anew then.
    pub fn load(path: &Path, model: &str, shown: usize) -> Option<Self> {
        match file::read(path, model, Self::new(shown)) {
            Ok(lists) => lists,
            Err(why) => {
                tracing::warn!(path = %path.display(), %why, "the kept lists can't be used; they are made anew");
                None
            }
        }
    }

    /// How many lists a file holds, if it is whole; `None` where it is not for this model and number.
    pub fn check(path: &Path, model: &str, shown: usize) -> std::io::Result<Option<usize>> {
        Ok(file::read(path, model, Self::new(shown))?.map(|lists| lists.points.len()))
    }

    /// Keeps the lists in a file, which is replaced as a whole.
    pub fn keep(&self, path: &Path, model: &str) -> Result<(), ListsError> {
        file::write(path, model, self).map_err(|source| ListsError { path: path.to_owned(), source })
    }
}

/// Keeps the elements whose flag is set.
fn retain<T>(elements: &mut Vec<T>, stays: &[bool]) {
    let mut flags = stays.iter();
    elements.retain(|_| flags.next().copied().unwrap_or(true));
}

/// Lists while pairs come in.
struct Gaining<'a> {
    lists: &'a Lists,
    seq: SeqNo,
}

impl Pairs for Gaining<'_> {
    fn floor(&self, position: usize) -> f32 {
        f32::from_bits(self.lists.slots[position].floor.load(Ordering::Relaxed))
    }

    fn offer(&self, a: usize, b: usize, similarity: Similarity) {
        self.gain(a, b, similarity);
        self.gain(b, a, similarity);
    }
}

impl Gaining<'_> {
    fn gain(&self, position: usize, other: usize, similarity: Similarity) {
        if similarity.value() < self.floor(position) {
            return;
        }
        let Self { lists, seq } = self;
        let neighbor = Neighbor { point: lists.points[other], similarity };
        let slot = &lists.slots[position];
        let mut row = slot.row.lock();
        let place = row.gain(neighbor, lists.kept, |point| lists.id(point));
        if place.is_some_and(|place| place < lists.shown) {
            row.changed_at = *seq;
        }
        slot.floor.store(row.floor(lists.kept).to_bits(), Ordering::Relaxed);
    }
}
