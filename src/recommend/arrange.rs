//! The order of a list beyond likeness: what an editor pinned, the same language first, the newer ones, duplicates collapsed,
//! variety.

use std::sync::Arc;

use jiff::Timestamp;

use super::known::{Known, Questions};
use super::rank::Ranked;
use crate::corpus::Corpus;
use crate::duplicates::{Calibration, DUPLICATE_FROM, Verdict, represents};
use crate::embedding::Embedding;
use crate::question::{Language, PointId, QuestionId};
use crate::store::StoreError;

/// How much more alike a question in the preferred language counts as.
const PREFERENCE: f32 = 0.05;
const DAY_SECONDS: f32 = 86_400.0;

/// Which languages may be listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SameLanguage {
    #[default]
    Any,
    /// Questions in this language stand before others that are a little more alike.
    Prefer(Language),
    Only(Language),
}

/// Newer questions count as a little more alike: by `boost` when they are new, by half of it after `half_life_days`, and so on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Freshness {
    pub boost: f32,
    pub half_life_days: f32,
    /// Ages are counted from here.
    pub now: Timestamp,
}

impl Freshness {
    fn bonus(self, created_at: Timestamp) -> f32 {
        let age = (self.now.as_second() - created_at.as_second()).max(0) as f32 / DAY_SECONDS;
        self.boost * (-age / self.half_life_days).exp2()
    }
}

/// How a list is arranged.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrangement {
    /// Of questions that duplicate each other only one is listed, the others with it.
    pub collapse: bool,
    /// 0 to 1: how much it counts against a question that it is like those before it (maximal marginal relevance, Carbonell and
    /// Goldstein 1998). The first one always stays.
    pub diversity: f32,
    pub same_language: SameLanguage,
    pub freshness: Option<Freshness>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self { collapse: true, diversity: 0.0, same_language: SameLanguage::Any, freshness: None }
    }
}

impl Arrangement {
    /// Whether a question may stand before one that is more alike, so that more must be looked at than are listed.
    pub fn reorders(&self) -> bool {
        self.diversity > 0.0 || self.freshness.is_some() || matches!(self.same_language, SameLanguage::Prefer(_))
    }
}

/// A question that may be listed.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub ranked: Ranked,
    /// An editor put it here.
    pub pinned: bool,
    /// What language and age add to its score.
    pub bonus: f32,
    /// Those that it stands for.
    pub duplicates: Vec<Collapsed>,
}

/// A question that another one stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Collapsed {
    pub point: PointId,
    pub id: QuestionId,
    /// That it is the same as the best of its group.
    pub probability: f32,
}

impl Candidate {
    pub fn new(ranked: Ranked, pinned: bool) -> Self {
        Self { ranked, pinned, bonus: 0.0, duplicates: Vec::new() }
    }

    fn counts_as(&self) -> f32 {
        self.ranked.score + self.bonus
    }
}

/// Arranges candidates, of which the pinned ones come first and then the best; the first `limit` of the outcome are the list.
pub fn arrange(
    corpus: &Corpus,
    questions: &impl Questions,
    calibration: &Calibration,
    arrangement: &Arrangement,
    mut candidates: Vec<Candidate>,
    limit: usize,
) -> Result<Vec<Candidate>, StoreError> {
    if arrangement.freshness.is_some() || matches!(arrangement.same_language, SameLanguage::Prefer(_)) {
        add_bonuses(corpus, arrangement, &mut candidates);
        let free = candidates.partition_point(|candidate| candidate.pinned);
        candidates[free..].sort_by(|a, b| b.counts_as().total_cmp(&a.counts_as()));
    }
    if arrangement.collapse {
        candidates = collapse(corpus, questions, calibration, candidates)?;
    }
    if arrangement.diversity > 0.0 {
        candidates = diversify(corpus, arrangement.diversity, candidates, limit);
    }
    Ok(candidates)
}

fn add_bonuses(corpus: &Corpus, arrangement: &Arrangement, candidates: &mut [Candidate]) {
    let points: Vec<PointId> = candidates.iter().map(|candidate| candidate.ranked.point).collect();
    for (candidate, noted) in candidates.iter_mut().zip(corpus.noted(&points)) {
        let Some((language, created_at)) = noted else { continue };
        if matches!(&arrangement.same_language, SameLanguage::Prefer(preferred) if language.matches(preferred)) {
            candidate.bonus += PREFERENCE;
        }
        candidate.bonus += arrangement.freshness.map_or(0.0, |freshness| freshness.bonus(created_at));
    }
}

/// What is needed to tell whether two of some questions are the same: embeddings of all, texts of those that may be.
pub struct Sameness<'a> {
    corpus: &'a Corpus,
    calibration: &'a Calibration,
    floor: f32,
    embeddings: Vec<Option<Embedding>>,
    known: Vec<Option<Arc<Known>>>,
    /// Whether people decided anything.
    decided: bool,
}

impl<'a> Sameness<'a> {
    /// Of `points`. Cost: an inner product a pair, and a read for each that is near another.
    pub fn of(
        corpus: &'a Corpus,
        questions: &impl Questions,
        calibration: &'a Calibration,
        points: &[PointId],
    ) -> Result<Self, StoreError> {
        let floor = calibration.least_cosine(DUPLICATE_FROM);
        let decided = corpus.editorial().decision_count() > 0;
        let embeddings: Vec<Option<Embedding>> = points.iter().map(|point| corpus.embedding(*point)).collect();
        let mut needed = vec![decided; points.len()];
        for a in 0..points.len() {
            for b in 0..a {
                if likeness(&embeddings, a, b) >= floor {
                    (needed[a], needed[b]) = (true, true);
                }
            }
        }
        let which: Vec<usize> = (0..points.len()).filter(|position| needed[*position]).collect();
        let read = questions.known(&which.iter().map(|position| points[*position]).collect::<Vec<_>>())?;
        let mut known = vec![None; points.len()];
        for (position, question) in which.into_iter().zip(read) {
            known[position] = question;
        }
        Ok(Self { corpus, calibration, floor, embeddings, known, decided })
    }

    /// The probability that two of the points, by position, are the same question. A person's word is certain.
    pub fn probability(&self, a: usize, b: usize) -> f32 {
        let (Some(left), Some(right)) = (&self.known[a], &self.known[b]) else { return 0.0 };
        if self.decided
            && let Some(verdict) = self.corpus.editorial().verdict(&left.stored.question.id, &right.stored.question.id)
        {
            return f32::from(u8::from(verdict == Verdict::Duplicate));
        }
        match (&self.embeddings[a], &self.embeddings[b]) {
            (Some(x), Some(y)) if x.similarity(y).value() >= self.floor => {
                self.calibration.probability(left.features(), right.features(), x.similarity(y))
            }
            _ => 0.0,
        }
    }
}

fn likeness(embeddings: &[Option<Embedding>], a: usize, b: usize) -> f32 {
    embeddings[a].as_ref().zip(embeddings[b].as_ref()).map_or(-1.0, |(a, b)| a.similarity(b).value())
}

/// Each question joins the first before it that it duplicates. One of a group is listed, at the place of its first: the pinned
/// one, else one with an answer, then the oldest.
fn collapse(
    corpus: &Corpus,
    questions: &impl Questions,
    calibration: &Calibration,
    candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, StoreError> {
    let points: Vec<PointId> = candidates.iter().map(|candidate| candidate.ranked.point).collect();
    let sameness = Sameness::of(corpus, questions, calibration, &points)?;
    let mut groups: Vec<Vec<usize>> = Vec::with_capacity(candidates.len());
    for position in 0..candidates.len() {
        let same = |group: &&mut Vec<usize>| sameness.probability(group[0], position) >= DUPLICATE_FROM;
        // What is pinned stands by itself, whatever it is like.
        match groups.iter_mut().find(same).filter(|_| !candidates[position].pinned) {
            Some(group) => group.push(position),
            None => groups.push(vec![position]),
        }
    }
    let mut candidates: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    Ok(groups.into_iter().filter_map(|group| represented(&sameness, &mut candidates, &group)).collect())
}

fn represented(sameness: &Sameness<'_>, candidates: &mut [Option<Candidate>], group: &[usize]) -> Option<Candidate> {
    let pinned = candidates[group[0]].as_ref().is_some_and(|candidate| candidate.pinned);
    let best = if group.len() == 1 || pinned {
        group[0]
    } else {
        let question = |position: usize| sameness.known[position].as_ref().map(|known| &known.stored.question);
        let order = |a: &&usize, b: &&usize| match (question(**a), question(**b)) {
            (Some(a), Some(b)) => represents(a, b),
            _ => std::cmp::Ordering::Equal,
        };
        *group.iter().min_by(order)?
    };
    let mut candidate = candidates[best].take()?;
    candidate.duplicates = group
        .iter()
        .filter(|position| **position != best)
        .filter_map(|position| {
            let stored = &sameness.known[*position].as_ref()?.stored;
            let (point, id) = (stored.point, stored.question.id.clone());
            Some(Collapsed { point, id, probability: sameness.probability(best, *position) })
        })
        .collect();
    Some(candidate)
}

/// Takes one after the other that is alike to the query and unlike those taken. The first place, and those of pinned questions,
/// are never given away.
fn diversify(corpus: &Corpus, diversity: f32, list: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    let fixed = list.partition_point(|candidate| candidate.pinned).max(1);
    let mut left: Vec<(Candidate, Option<Embedding>, f32)> = list
        .into_iter()
        .map(|candidate| {
            let embedding = corpus.embedding(candidate.ranked.point);
            (candidate, embedding, f32::NEG_INFINITY)
        })
        .collect();
    let mut taken = Vec::with_capacity(limit);
    while taken.len() < limit && !left.is_empty() {
        let gain = |(candidate, _, nearest): &(Candidate, Option<Embedding>, f32)| {
            (1.0 - diversity) * candidate.counts_as() - diversity * nearest
        };
        let mut best = 0;
        if taken.len() >= fixed {
            // Of equal ones the earlier stays first.
            for position in 1..left.len() {
                if gain(&left[position]) > gain(&left[best]) {
                    best = position;
                }
            }
        }
        let (candidate, embedding, _) = left.remove(best);
        for (_, other, nearest) in &mut left {
            if let Some((a, b)) = embedding.as_ref().zip(other.as_ref()) {
                *nearest = nearest.max(a.similarity(b).value());
            }
        }
        taken.push(candidate);
    }
    taken
}
