//! Which questions share rare words: an inverted index in memory, derived from the store.
//!
//! Two texts are alike by words as far as the words of the first stand in the second, the rare ones counting more, and a
//! little less where the second has many others besides ([`LexicalIndex::likeness`]). Every live question's terms are kept too,
//! so that the likeness of any two is exact, whatever was looked at to find them.

mod scratch;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use roaring::RoaringBitmap;

use crate::question::PointId;
use scratch::Scratch;
pub use terms::{TERMS_VERSION, Term, Terms};

/// How much a word counts that the first text has alone, beside one that both have (Tversky 1977).
const MISSING: f32 = 0.8;
/// And one that the second has alone.
const BESIDES: f32 = 0.2;

/// The number of a term.
pub type Slot = u32;

/// The questions that have a term.
#[derive(Default)]
struct Postings {
    /// Ascending; dead points stay until the next sweep.
    points: Vec<PointId>,
    /// How many of them are live.
    live: u32,
}

/// Terms of all live questions.
#[derive(Default)]
pub struct LexicalIndex {
    slots: HashMap<Term, Slot>,
    postings: Vec<Postings>,
    /// What each term weighs: what is read most, so it lies apart.
    weights: Vec<u8>,
    /// By point number: the slots of its terms, ascending; empty where it is not live.
    texts: Vec<Box<[Slot]>>,
    /// Live questions that have terms.
    count: u32,
    entries: u64,
    dead_entries: u64,
    scratch: Scratch,
}

/// The terms of what is asked for, weighed.
pub struct WeighedTerms {
    /// Ascending by slot.
    known: Vec<(Slot, u32)>,
    /// Of all terms, those that no question has too.
    total: u32,
}

/// A question that shares words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharedWords {
    pub point: PointId,
    /// 0 to 1.
    pub likeness: f32,
}

impl LexicalIndex {
    /// Notes the terms of a new point; points come in ascending order. Cost: some 50 ns a term.
    pub fn insert(&mut self, point: PointId, terms: &Terms) {
        let mut slots: Vec<Slot> = terms.iter().map(|term| self.slot(term)).collect();
        slots.sort_unstable();
        self.entries += slots.len() as u64;
        self.set_count(self.count + u32::from(!slots.is_empty()));
        for slot in &slots {
            let postings = &mut self.postings[*slot as usize];
            postings.points.push(point);
            postings.live += 1;
            self.weights[*slot as usize] = weight(self.count, postings.live);
        }
        let position = point.0 as usize;
        if self.texts.len() <= position {
            self.texts.resize_with(position + 1, Box::default);
        }
        self.texts[position] = slots.into_boxed_slice();
    }

    /// The index of texts that were told by [`LexicalIndex::text`] and [`LexicalIndex::terms`], by ascending points. `None` where a
    /// text has a slot that no term has. Cost: some 10 ns a term of a text.
    pub fn restored(terms: Vec<Term>, texts: &[(PointId, &[Slot])]) -> Option<Self> {
        let mut live = vec![0u32; terms.len()];
        for slot in texts.iter().flat_map(|(_, slots)| *slots) {
            *live.get_mut(*slot as usize)? += 1;
        }
        let postings = |live: &u32| Postings { points: Vec::with_capacity(*live as usize), live: *live };
        let mut postings: Vec<Postings> = live.iter().map(postings).collect();
        let mut by_point: Vec<Box<[Slot]>> = Vec::new();
        by_point.resize_with(texts.last().map_or(0, |(point, _)| point.0 as usize + 1), Box::default);
        for (point, slots) in texts {
            slots.iter().for_each(|slot| postings[*slot as usize].points.push(*point));
            by_point[point.0 as usize] = (*slots).into();
        }
        let count = texts.iter().filter(|(_, slots)| !slots.is_empty()).count() as u32;
        Some(Self {
            weights: live.iter().map(|live| weight(count, *live)).collect(),
            entries: live.iter().map(|live| u64::from(*live)).sum(),
            slots: terms.into_iter().zip(0..).collect(),
            postings,
            texts: by_point,
            count,
            dead_entries: 0,
            scratch: Scratch::default(),
        })
    }

    /// Whether these are the terms of a stored question.
    pub fn holds(&self, point: PointId, terms: &Terms) -> bool {
        let mut slots: Vec<Option<Slot>> = terms.iter().map(|term| self.slots.get(&term).copied()).collect();
        slots.sort_unstable();
        slots.into_iter().eq(self.text(point).iter().map(|slot| Some(*slot)))
    }

    /// All terms, by their slots.
    pub fn terms(&self) -> Vec<Term> {
        let mut by_slot: Vec<(Slot, Term)> = self.slots.iter().map(|(term, slot)| (*slot, *term)).collect();
        by_slot.sort_unstable_by_key(|(slot, _)| *slot);
        by_slot.into_iter().map(|(_, term)| term).collect()
    }

    fn slot(&mut self, term: Term) -> Slot {
        let next = self.postings.len() as Slot;
        let slot = *self.slots.entry(term).or_insert(next);
        if slot == next {
            self.postings.push(Postings::default());
            self.weights.push(weight(self.count, 0));
        }
        slot
    }

    /// Weighs all terms again where the number of questions has come into another class: four times as many.
    fn set_count(&mut self, count: u32) {
        let again = class(count) != class(self.count);
        self.count = count;
        if again {
            self.weights = self.postings.iter().map(|postings| weight(count, postings.live)).collect();
        }
    }

    /// Forgets a point. Now and then all lists are swept, so that what is dead never is more than a quarter: a pass over all of them,
    /// some nanoseconds an entry.
    pub fn remove(&mut self, point: PointId) {
        let Some(slots) = self.texts.get_mut(point.0 as usize).map(std::mem::take).filter(|slots| !slots.is_empty()) else {
            return;
        };
        self.set_count(self.count - 1);
        for slot in &slots {
            let postings = &mut self.postings[*slot as usize];
            postings.live -= 1;
            self.weights[*slot as usize] = weight(self.count, postings.live);
        }
        self.dead_entries += slots.len() as u64;
        if self.dead_entries * 4 > self.entries {
            self.sweep();
        }
    }

    fn sweep(&mut self) {
        let Self { postings, texts, .. } = self;
        for postings in postings.iter_mut() {
            postings.points.retain(|point| !texts[point.0 as usize].is_empty());
            postings.points.shrink_to_fit();
        }
        self.entries -= self.dead_entries;
        self.dead_entries = 0;
    }

    /// Gives back the memory that growing took, after many insertions.
    pub fn shrink(&mut self) {
        self.postings.iter_mut().for_each(|postings| postings.points.shrink_to_fit());
    }

    fn slot_weight(&self, slot: Slot) -> u32 {
        self.weights[slot as usize].into()
    }

    /// Weighs the terms of a new text.
    pub fn weigh(&self, terms: &Terms) -> WeighedTerms {
        let slots = terms.iter().filter_map(|term| self.slots.get(&term).copied());
        let mut known: Vec<(Slot, u32)> = slots.map(|slot| (slot, self.slot_weight(slot))).collect();
        known.sort_unstable_by_key(|(slot, _)| *slot);
        let unknown = (terms.len() - known.len()) as u32 * u32::from(weight(self.count, 0));
        WeighedTerms { total: unknown + known.iter().map(|(_, weight)| weight).sum::<u32>(), known }
    }

    /// Weighs the terms of a stored question.
    pub fn weigh_stored(&self, point: PointId) -> WeighedTerms {
        let known: Vec<(Slot, u32)> = self.text(point).iter().map(|slot| (*slot, self.slot_weight(*slot))).collect();
        WeighedTerms { total: known.iter().map(|(_, weight)| weight).sum(), known }
    }

    /// The slots of the terms of a stored question, ascending; none where it is not live.
    pub fn text(&self, point: PointId) -> &[Slot] {
        self.texts.get(point.0 as usize).map_or(&[], |slots| slots)
    }

    /// How alike a stored question is by words, 0 to 1: the weight of the shared terms over the weight of all, in which those
    /// on one side only count less (Tversky's index). Exact. Cost: some nanoseconds a term.
    pub fn likeness(&self, query: &WeighedTerms, point: PointId) -> f32 {
        let (mut shared, mut theirs) = (0, 0);
        let mut ours = query.known.iter().peekable();
        for slot in self.text(point) {
            while ours.next_if(|(known, _)| known < slot).is_some() {}
            let weight = self.slot_weight(*slot);
            theirs += weight;
            if ours.peek().is_some_and(|(known, _)| known == slot) {
                shared += weight;
            }
        }
        if shared == 0 {
            return 0.0;
        }
        let (missing, besides) = ((query.total - shared) as f32, (theirs - shared) as f32);
        shared as f32 / (shared as f32 + MISSING * missing + BESIDES * besides)
    }

    /// Up to `k` of the `allowed` points that share words, most alike first, ties by age. The rarest terms are looked up first,
    /// until `budget` questions were looked at; where that does not suffice for all terms, a question that shares none of those
    /// looked up is not found. Cost: some nanoseconds for each of the budget.
    pub fn nearest(&self, query: &WeighedTerms, k: usize, allowed: &RoaringBitmap, budget: usize) -> Vec<SharedWords> {
        let mut by_rarity: Vec<&(Slot, u32)> = query.known.iter().collect();
        by_rarity.sort_unstable_by_key(|(slot, _)| self.postings[*slot as usize].points.len());
        let mut left = budget;
        let mut sums = self.scratch.borrow(self.texts.len());
        for (slot, weight) in by_rarity {
            let points = &self.postings[*slot as usize].points;
            if points.len() > left {
                break;
            }
            left -= points.len();
            points.iter().for_each(|point| sums.add(*point, *weight));
        }
        // The sums know nothing of what a question has besides, so more are looked at than are wanted.
        let candidates = sums.largest(2 * k + 16, |point| allowed.contains(point.0) && !self.text(point).is_empty());
        let likeness = |point: PointId| SharedWords { point, likeness: self.likeness(query, point) };
        let mut found: Vec<SharedWords> = candidates.into_iter().map(likeness).collect();
        found.sort_unstable_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.point.cmp(&b.point)));
        found.truncate(k);
        found
    }
}

/// Rarer terms weigh more: the inverse document frequency (Spärck Jones 1972) among `count` live questions, of which `live` have
/// the term, in powers of four. Coarse on purpose: it ranks as well as the exact logarithm (MRR .752 and .753 over 14 sets), sums
/// of whole numbers do not depend on their order, and a likeness does not change with every question that is stored.
fn weight(count: u32, live: u32) -> u8 {
    2 * class(count).saturating_sub(class(live)) + 1
}

/// The power of four; at most 15.
fn class(count: u32) -> u8 {
    (count.saturating_add(1).ilog2() / 2) as u8
}
