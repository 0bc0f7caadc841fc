//! All likely duplicates of a store, exactly: the join over all questions, each pair above the floor judged where it is found.

use std::collections::HashMap;

use parking_lot::Mutex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Features, Judge};
use crate::corpus::Moment;
use crate::embedding::Similarity;
use crate::index::{BLOCK, Join, Pairs};

/// Most pairs that are kept: 16 bytes each.
const MOST_PAIRS: usize = 50_000_000;

/// More pairs are wanted than can be of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST_PAIRS} pairs are so alike; ask for likelier ones")]
pub struct TooManyPairs;

/// A pair of positions, `a < b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub a: usize,
    pub b: usize,
    pub score: Similarity,
    pub probability: f32,
}

/// Which pairs are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// At least so likely the same.
    Probability(f32),
    /// At least so alike, whatever their words say.
    Score(f32),
}

impl Wanted {
    /// No pair that is less alike is wanted.
    fn floor(self, judge: &Judge) -> f32 {
        match self {
            Self::Probability(least) => judge.least_cosine(least),
            Self::Score(least) => least,
        }
    }
}

/// What is compared of a question beside its vector.
pub struct Subject {
    pub features: Features,
    /// Digest of title and body: equal ones are one text.
    pub text: [u8; 16],
}

/// Subjects of questions as (title, body), in order, on all cores.
pub fn subjects(judge: &Judge, texts: &[(&str, Option<&str>)]) -> Vec<Subject> {
    let subject = |(title, body): &(&str, Option<&str>)| {
        let digest = Sha256::new().chain_update(title).chain_update([0]).chain_update(body.unwrap_or_default()).finalize();
        let mut text = [0; 16];
        text.copy_from_slice(&digest[..16]);
        Subject { features: judge.features_once(title), text }
    };
    texts.par_iter().map(subject).collect()
}

/// Every pair that is wanted, of which one is among `columns` (ascending positions; all for everything), ascending. Of questions
/// with the same text only the first is compared with others; its copies are paired with it.
/// After every block `progress` is told how many columns are done. Cost: see [`Join`]; a judgement for each pair that is alike.
pub fn mine(
    moment: &Moment,
    subjects: &[Subject],
    judge: &Judge,
    wanted: Wanted,
    columns: &[u32],
    threads: usize,
    mut progress: impl FnMut(usize),
) -> Result<Vec<Pair>, TooManyPairs> {
    let snapshot = &moment.snapshot;
    let mut by_text: HashMap<[u8; 16], usize> = HashMap::with_capacity(subjects.len());
    let first: Vec<usize> =
        subjects.iter().enumerate().map(|(position, subject)| *by_text.entry(subject.text).or_insert(position)).collect();
    let whole = columns.len() == snapshot.len();
    let found = Found { subjects, judge, wanted, floor: wanted.floor(judge), first: &first, pairs: Mutex::default() };
    let join = Join::new(snapshot, columns.len(), threads);
    for (number, block) in columns.chunks(BLOCK).enumerate() {
        // Of everything with everything each half is enough.
        let rows = if whole { 0..block.last().map_or(0, |last| *last as usize + 1) } else { 0..snapshot.len() };
        join.block(block, rows, &found);
        if found.pairs.lock().len() >= MOST_PAIRS {
            return Err(TooManyPairs);
        }
        progress((number * BLOCK + block.len()).min(columns.len()));
    }
    let mut pairs = found.pairs.into_inner();
    let is_column = |position: usize| whole || columns.binary_search(&(position as u32)).is_ok();
    for (position, &original) in first.iter().enumerate() {
        if original != position && (is_column(position) || is_column(original)) {
            pairs.push(Pair { a: original, b: position, score: Similarity::new(1.0), probability: 1.0 });
        }
    }
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    // Two columns of different blocks meet twice where not everything is compared.
    pairs.dedup_by_key(|pair| (pair.a, pair.b));
    Ok(pairs)
}

struct Found<'a> {
    subjects: &'a [Subject],
    judge: &'a Judge,
    wanted: Wanted,
    floor: f32,
    first: &'a [usize],
    pairs: Mutex<Vec<Pair>>,
}

impl Pairs for Found<'_> {
    fn floor(&self, position: usize) -> f32 {
        if self.first[position] == position { self.floor } else { f32::INFINITY }
    }

    fn offer(&self, a: usize, b: usize, score: Similarity) {
        if self.first[a] != a || self.first[b] != b {
            return;
        }
        let (a, b) = (a.min(b), a.max(b));
        let (left, right) = (&self.subjects[a].features, &self.subjects[b].features);
        let probability = match self.wanted {
            Wanted::Probability(least) => self.judge.probability_from(least, left, right, score),
            Wanted::Score(least) => (score.value() >= least).then(|| self.judge.probability(left, right, score)),
        };
        if let Some(probability) = probability {
            let mut pairs = self.pairs.lock();
            if pairs.len() < MOST_PAIRS {
                pairs.push(Pair { a, b, score, probability });
            }
        }
    }
}
