//! The groups of duplicates of a serving store, from its living lists: no comparison but of what is near already.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Decided, Features, Judge, Pair, group, represents};
use crate::corpus::Corpus;
use crate::embedding::Similarity;
use crate::lists::Lists;
use crate::question::{PointId, Question, SeqNo};
use crate::store::StoreError;

/// Questions that are read together.
const CHUNK: usize = 2_048;

/// A group with its questions, in the order of their points.
#[derive(Debug, Clone)]
pub struct StoredGroup {
    pub members: Vec<Question>,
    /// The least probability between two members.
    pub weakest: f32,
}

impl StoredGroup {
    /// The one that stands for all: with an answer, then the oldest.
    pub fn representative(&self) -> Option<&Question> {
        self.members.iter().min_by(|a, b| represents(a, b))
    }
}

/// All groups of which every two members are at least `least` likely the same, a person's word being certain, and the state of
/// the store they are of. Finds what stands in the lists: a question with more duplicates than a list keeps is joined to them
/// through each other. Cost: a read and a judgement for each question that is near another.
pub fn stored_groups(
    corpus: &Corpus,
    lists: &Lists,
    judge: &Judge,
    least: f32,
) -> Result<(SeqNo, Vec<StoredGroup>), StoreError> {
    let floor = judge.least_cosine(least);
    let mut near = Vec::new();
    for &point in lists.points() {
        for neighbor in lists.of(point).unwrap_or_default() {
            if neighbor.similarity.value() >= floor {
                near.push((point.min(neighbor.point), point.max(neighbor.point), neighbor.similarity));
            }
        }
    }
    let decided = Decided::of(corpus.editorial().verdicts(), |id| corpus.point(id).map(|point| point.0 as usize));
    near.sort_unstable_by_key(|(a, b, _)| (*a, *b));
    near.dedup_by_key(|(a, b, _)| (*a, *b));
    let points: Vec<PointId> = near.iter().flat_map(|(a, b, _)| [*a, *b]).collect::<BTreeSet<_>>().into_iter().collect();
    let mut known: HashMap<PointId, Arc<Features>> = HashMap::with_capacity(points.len());
    for chunk in points.chunks(CHUNK) {
        let stored = corpus.by_points(chunk)?.into_iter().flatten();
        known.extend(stored.map(|stored| (stored.point, judge.features(stored.question.text.title()))));
    }
    let judged = |a: PointId, b: PointId| match (known.get(&a), known.get(&b), corpus.between(a, b)) {
        (Some(a), Some(b), Some(score)) => judge.probability(a, b, score),
        _ => 0.0,
    };
    let probability = |a: PointId, b: PointId| decided.probability(a.0 as usize, b.0 as usize).unwrap_or_else(|| judged(a, b));
    let mut pairs: Vec<Pair> = near
        .into_iter()
        .map(|(a, b, score)| Pair { a: a.0 as usize, b: b.0 as usize, score, probability: probability(a, b) })
        .filter(|pair| pair.probability >= least)
        .collect();
    let point = |number: usize| PointId(number as u32);
    decided.apply(&mut pairs, |a, b| corpus.between(point(a), point(b)).unwrap_or(Similarity::new(0.0)));
    let mut stored = Vec::new();
    for found in group(&pairs, least, |pair| pair.probability, |a, b| probability(point(a), point(b))) {
        let members: Vec<PointId> = found.members.into_iter().map(point).collect();
        let members: Vec<Question> = corpus.by_points(&members)?.into_iter().flatten().map(|stored| stored.question).collect();
        // Others may have been deleted meanwhile.
        if members.len() > 1 {
            stored.push(StoredGroup { members, weakest: found.weakest });
        }
    }
    Ok((lists.seq(), stored))
}
