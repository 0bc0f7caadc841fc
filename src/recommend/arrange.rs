//! The order of a list beyond likeness: what an editor pinned, the same language first, the newer ones, duplicates collapsed,
//! variety.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;

use super::known::{Known, Questions};
use super::rank::Ranked;
use crate::corpus::Corpus;
use crate::duplicates::{Judge, Verdict, represents};
use crate::embedding::Similarity;
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

/// Arranges candidates, of which the pinned ones come first and then the best. The outcome has `enough` of them where so many are
/// to be had, or some more.
pub fn arrange(
    corpus: &Corpus,
    questions: &impl Questions,
    judge: &Judge,
    arrangement: &Arrangement,
    mut candidates: Vec<Candidate>,
    enough: usize,
) -> Result<Vec<Candidate>, StoreError> {
    if arrangement.freshness.is_some() || matches!(arrangement.same_language, SameLanguage::Prefer(_)) {
        add_bonuses(corpus, arrangement, &mut candidates);
        let free = candidates.partition_point(|candidate| candidate.pinned);
        candidates[free..].sort_by(|a, b| b.counts_as().total_cmp(&a.counts_as()));
    }
    if arrangement.collapse {
        let enough = if arrangement.diversity > 0.0 { usize::MAX } else { enough };
        candidates = collapse(corpus, questions, judge, candidates, enough)?;
    }
    if arrangement.diversity > 0.0 {
        candidates = diversify(corpus, arrangement.diversity, candidates, enough);
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

/// Tells whether two of some questions are the same; what it needs of a question is read when it is needed first.
pub struct Sameness<'a, Q> {
    corpus: &'a Corpus,
    questions: &'a Q,
    judge: &'a Judge,
    points: &'a [PointId],
    known: Vec<OnceCell<Option<Arc<Known>>>>,
    /// Less alike questions are not the same.
    floor: f32,
    /// Whether people decided anything.
    decided: bool,
}

/// Two questions and their cosine.
type Pair = (Arc<Known>, Arc<Known>, Similarity);

impl<'a, Q: Questions> Sameness<'a, Q> {
    pub fn of(corpus: &'a Corpus, questions: &'a Q, judge: &'a Judge, points: &'a [PointId]) -> Self {
        Self {
            corpus,
            questions,
            judge,
            points,
            known: vec![OnceCell::new(); points.len()],
            floor: judge.least_same(),
            decided: corpus.editorial().decision_count() > 0,
        }
    }

    /// Whether one of two points, by position, may stand for the other. A person's word is certain. Cost: an inner product for
    /// most pairs, and a read for each question that is near another.
    pub fn is_same(&self, a: usize, b: usize) -> Result<bool, StoreError> {
        if let Some(verdict) = self.verdict(a, b)? {
            return Ok(verdict == Verdict::Duplicate);
        }
        let judged = |(a, b, score): Pair| self.judge.is_same(a.features(self.judge), b.features(self.judge), score);
        Ok(self.pair(a, b)?.is_some_and(judged))
    }

    /// The probability that two of the points are the same question. A person's word is certain.
    fn probability(&self, a: usize, b: usize) -> Result<f32, StoreError> {
        if let Some(verdict) = self.verdict(a, b)? {
            return Ok(f32::from(u8::from(verdict == Verdict::Duplicate)));
        }
        let judged = |(a, b, score): Pair| self.judge.probability(a.features(self.judge), b.features(self.judge), score);
        Ok(self.pair(a, b)?.map_or(0.0, judged))
    }

    fn verdict(&self, a: usize, b: usize) -> Result<Option<Verdict>, StoreError> {
        if !self.decided {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.known(a)?, self.known(b)?) else { return Ok(None) };
        Ok(self.corpus.editorial().verdict(&a.stored.question.id, &b.stored.question.id))
    }

    /// Two points that are near each other.
    fn pair(&self, a: usize, b: usize) -> Result<Option<Pair>, StoreError> {
        let score = self.corpus.between(self.points[a], self.points[b]);
        let Some(score) = score.filter(|score| score.value() >= self.floor) else { return Ok(None) };
        Ok(self.known(a)?.zip(self.known(b)?).map(|(a, b)| (a, b, score)))
    }

    fn known(&self, position: usize) -> Result<Option<Arc<Known>>, StoreError> {
        if let Some(known) = self.known[position].get() {
            return Ok(known.clone());
        }
        let known = self.questions.known(&[self.points[position]])?.pop().flatten();
        Ok(self.known[position].get_or_init(|| known).clone())
    }
}

/// Each question joins the first before it that it duplicates. One of a group is listed, at the place of its first: the pinned
/// one, else one with an answer, then the oldest. What comes after `enough` groups is not looked at.
fn collapse(
    corpus: &Corpus,
    questions: &impl Questions,
    judge: &Judge,
    candidates: Vec<Candidate>,
    enough: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let points: Vec<PointId> = candidates.iter().map(|candidate| candidate.ranked.point).collect();
    let sameness = Sameness::of(corpus, questions, judge, &points);
    let mut groups: Vec<Vec<usize>> = Vec::with_capacity(candidates.len());
    for (position, candidate) in candidates.iter().enumerate() {
        // What is pinned stands by itself, whatever it is like.
        let joined = if candidate.pinned { None } else { first_same(&sameness, &groups, position)? };
        match joined {
            Some(group) => groups[group].push(position),
            None if groups.len() == enough => break,
            None => groups.push(vec![position]),
        }
    }
    let mut candidates: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    let represented = groups.iter().map(|group| represented(&sameness, &mut candidates, group));
    Ok(represented.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn first_same<Q: Questions>(
    sameness: &Sameness<'_, Q>,
    groups: &[Vec<usize>],
    position: usize,
) -> Result<Option<usize>, StoreError> {
    for (number, group) in groups.iter().enumerate() {
        if sameness.is_same(group[0], position)? {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn represented<Q: Questions>(
    sameness: &Sameness<'_, Q>,
    candidates: &mut [Option<Candidate>],
    group: &[usize],
) -> Result<Option<Candidate>, StoreError> {
    let Some(Candidate { ranked, pinned, bonus, .. }) = &candidates[group[0]] else { return Ok(None) };
    let (score, pinned, bonus) = (ranked.score, *pinned, *bonus);
    let mut best = group[0];
    for &position in group.iter().skip(1).filter(|_| !pinned) {
        if let (Some(known), Some(other)) = (sameness.known(best)?, sameness.known(position)?)
            && represents(&other.stored.question, &known.stored.question).is_lt()
        {
            best = position;
        }
    }
    let Some(mut candidate) = candidates[best].take() else { return Ok(None) };
    // It stands where the first of its group would, by the score of that one.
    (candidate.ranked.score, candidate.bonus) = (score, bonus);
    for &position in group.iter().filter(|position| **position != best) {
        let Some(known) = sameness.known(position)? else { continue };
        let (point, id) = (known.stored.point, known.stored.question.id.clone());
        candidate.duplicates.push(Collapsed { point, id, probability: sameness.probability(best, position)? });
    }
    Ok(Some(candidate))
}

/// Takes one after the other that is alike to the query and unlike those taken. The first place, and those of pinned questions,
/// are never given away.
fn diversify(corpus: &Corpus, diversity: f32, list: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    let fixed = list.partition_point(|candidate| candidate.pinned).max(1);
    // With how alike it is to what was taken: at first as little as can be.
    let mut left: Vec<(Candidate, f32)> = list.into_iter().map(|candidate| (candidate, -1.0)).collect();
    let mut taken: Vec<Candidate> = Vec::with_capacity(limit);
    while taken.len() < limit && !left.is_empty() {
        let gain = |(candidate, nearest): &(Candidate, f32)| (1.0 - diversity) * candidate.counts_as() - diversity * nearest;
        let mut best = 0;
        if taken.len() >= fixed {
            // Of equal ones the earlier stays first.
            for position in 1..left.len() {
                if gain(&left[position]) > gain(&left[best]) {
                    best = position;
                }
            }
        }
        let (candidate, _) = left.remove(best);
        for (other, nearest) in &mut left {
            let likeness = corpus.between(candidate.ranked.point, other.ranked.point);
            *nearest = likeness.map_or(*nearest, |likeness| nearest.max(likeness.value()));
        }
        taken.push(candidate);
    }
    taken
}
